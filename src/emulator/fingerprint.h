/* Fingerprints: eight bytes in URL-safe base64 with its padding, twelve characters, as Compute Engine prints them. */
#pragma once

#include <stdint.h>

#include "base/json.h"

char *emu_fingerprint(uint64_t bytes);          /* in json_arena() */
char *emu_fingerprint_of(const cJSON *content); /* the same content gives the same one; NULL is nothing */

/* Public addresses: reserved ones are resources, ephemeral ones belong to their forwarding rule. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/store.h"

struct emulator;

/* A literal that nobody has, in json_arena(). */
char *emu_address_allocate(struct emulator *emulator, bool ipv6);
/* The global address resource of the project that holds this literal; NULL: none. */
struct emu_resource *emu_address_holding(struct emulator *emulator, const char *project, const char *literal);

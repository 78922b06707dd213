/* Custom error responses of URL maps: which answers are replaced, by what. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/call.h"

/* Judges the policies of a whole URL map. */
bool emu_error_pages_check(struct emu_call *call, const cJSON *map);

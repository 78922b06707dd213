/* Rate quotas: how many calls a minute a project may make, by the metric that they are charged to. There are none until POST world sets
 * some. A minute is one of the emulated clock: what is too much in it is refused until the next one begins. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/call.h"

/* Charges a call whose route is known; false: refused (403 rateLimitExceeded, with the limit in its details). */
bool emu_rate_admits(struct emu_call *call);
/* {"project": P, "metric": "read_requests", "perMinute": 60}; perMinute null: no limit. A metric "..._per_region" holds for each region
 * by itself. false: refused, nothing changed. */
bool emu_rate_change(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal);

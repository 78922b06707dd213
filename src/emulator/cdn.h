/* Cloud CDN, which backend services and backend buckets have alike: a flag, which they call enableCDN and enableCdn, and cdnPolicy. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/call.h"

bool emu_cdn_check(struct emu_call *call, const cJSON *body);
/* Fills in what the cloud fills in where the cache is on. full_key: of a backend service, whose cache key has parts to leave out. */
void emu_cdn_complete(cJSON *body, const char *flag, bool full_key);

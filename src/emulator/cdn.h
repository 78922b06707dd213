/* Cloud CDN, which backend services and backend buckets have alike: a flag, which they call enableCDN and enableCdn, and cdnPolicy. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/call.h"
#include "emulator/store.h"

bool emu_cdn_check(struct emu_call *call, const cJSON *body);
/* 16 bytes in base64url, with its padding. */
bool emu_is_url_key(const char *value);
/* The verbs addSignedUrlKey and deleteSignedUrlKey. Names are shown, in cdnPolicy.signedUrlKeyNames; values are kept nowhere. */
bool emu_add_url_key(struct emu_call *call, struct emu_resource *resource);
bool emu_delete_url_key(struct emu_call *call, struct emu_resource *resource);
/* A body that replaces another says nothing of them: they stay. */
void emu_keep_url_keys(cJSON *body, const cJSON *before);
/* Fills in what the cloud fills in where the cache is on. full_key: of a backend service, whose cache key has parts to leave out. */
void emu_cdn_complete(cJSON *body, const char *flag, bool full_key);

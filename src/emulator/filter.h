/* The `filter` parameter, in both dialects: AIP-160 ("name = x AND labels.env:*") and regular expressions ("name eq x.*"). */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/refusal.h"

struct emu_filter;

/* In json_arena(), and to be freed all the same. NULL and a refusal when the text is not a filter. */
struct emu_filter *emu_filter_parse(const char *text, struct emu_refusal *refusal);
void emu_filter_free(struct emu_filter *filter); /* NULL is fine */
bool emu_filter_matches(const struct emu_filter *filter, const cJSON *item);

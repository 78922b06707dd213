/* Lists: filter, order, pages, aggregation over scopes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct emulator;
struct emu_call;
struct emu_kind;

/* What could be listed; rendered only when it is. */
struct emu_item {
	const char *scope; /* "zones/z"; of aggregated lists */
	const char *name;  /* loan or in json_arena() */
	int64_t created;
	const void *thing; /* what render gets */
};

struct emu_items {
	cJSON *(*render)(struct emulator *emulator, const void *thing);
	const char *scope;      /* given to what is added */
	struct emu_item *items; /* in json_arena() */
	size_t count, capacity;
};

void emu_items_add(struct emu_items *items, const char *name, int64_t created, const void *thing);

/* The `filter` selects, orderBy sorts, maxResults and pageToken cut items to one page. NULL: refused.
 * *next receives the token of the page after, NULL when this was the last. */
struct emu_items *emu_items_page(struct emu_call *call, const struct emu_items *items, const char **next);

bool emu_list(struct emu_call *call);      /* one scope */
bool emu_aggregate(struct emu_call *call); /* all scopes of the project */
/* An array that is not a collection (managed instances, errors) as one page: member holds the array in the answer. */
bool emu_list_array(struct emu_call *call, cJSON *answer, const char *member, cJSON *array);

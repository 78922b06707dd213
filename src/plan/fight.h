/* Members that don't stick (design rule 11). The cloud may keep another value than the one that was written; after two
 * successful writes of one value that are still read differently no third one is sent, for that member alone. It is forgotten
 * as soon as the member is seen as wanted, and another value is another try. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds/node.h"
#include "plan/diff.h"

/* What one write changes. */
struct fight_keys {
	uint32_t keys[FIGHTS_MAX];
	size_t count; /* of all members that it changes; those beyond FIGHTS_MAX have no key */
};

void fight_add(struct fight_keys *keys, const struct difference *difference);
/* Is that member no longer written? Only a body that was read after the last write tells. */
bool fight_is_over(const struct node *node, const struct difference *difference);
/* A write of these succeeded. */
void fight_written(struct node *node, const struct fight_keys *keys);
/* What no longer differs is forgotten. diff NULL: all of it. */
void fight_keep(struct node *node, const struct diff *diff);

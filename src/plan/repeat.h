/* Calls that are made again. The cloud may do what it was told and give it up a little later, such as a machine that it tries to make
 * once: then it is told again, after some rest, which grows as long as it is the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kinds/node.h"

/* Was the member to become `of` by such a call not long ago? */
bool repeat_is_one(const struct node *node, int64_t of, int64_t now);
/* When the next one may be made. */
int64_t repeat_at(const struct node *node, int64_t of, int64_t now);
/* One succeeded. */
void repeat_note(struct node *node, int64_t of, int64_t now);

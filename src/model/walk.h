/* Reading C structs by the table of types: what stands where. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "model/types.h"

/* Any list, as read from its C form. */
struct walk_list {
	char *items; /* bytes: count times the size of an item */
	size_t count;
};

/* Bytes that a value of the type takes in a struct or list. */
size_t walk_size(const struct type *type);

/* Whether the user's object had the member: the field's bit of the struct's `present`. */
bool walk_present(const struct type *type, const struct field *field, const void *object);
void walk_set_present(const struct type *type, const struct field *field, void *object);

/* Where the field's value stands in its struct; NULL when it is absent (and has no default). Objects with a default are never
 * absent. */
const void *walk_value(const struct type *type, const struct field *field, const void *object);

/* What is set, as JSON: absent members and empty objects are left out. In the current arena. */
cJSON *walk_tree(const struct type *type, const void *value);

struct walk_list walk_list(const void *list);
/* type: the list's. */
const void *walk_item(const struct type *type, const struct walk_list *list, size_t index);
/* type: the list's, of form KEYED. The item's first key as text; NULL when it has none. */
const char *walk_key(const struct type *type, const void *item);
/* type: the list's, whose items are texts. */
const char *walk_text(const struct type *type, const struct walk_list *list, size_t index);

/* F8: every leaf of the spec in turn set to what its type allows and does not, from the table of types of src/model, so that new
 * fields are met by themselves. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

enum leaf_value { LEAF_LEAST, LEAF_MOST, LEAF_EMPTY, LEAF_DEFAULT, LEAF_INVALID, LEAF_REMOVED, LEAF_VALUES };

/* The n-th leaf below spec, as a path such as "pools[0].replicas"; arena; NULL past the end. */
char *leaf_path(size_t index);
/* A copy of spec in which the leaf has that value; NULL: it can't have it. */
cJSON *leaf_edit(const cJSON *spec, size_t index, enum leaf_value value);
const char *leaf_value_name(enum leaf_value value);

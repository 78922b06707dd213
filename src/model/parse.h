/* Reads a JSON value into its C struct as the table of types says: types, bounds, patterns, enums, keys and defaults. Knows no
 * field by name. Rules are checked afterwards (rules.h). */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "model/rules.h"
#include "model/types.h"

/* node: the value. target: zeroed memory of the type's C form. Absent numbers become LB_ABSENT. Members that are null, or
 * that the table does not know, are passed over, as the API server prunes them. false + err (REJECTED, InvalidSpec, the path
 * first) when the schema would refuse it. */
bool parse_value(const struct type *type, bool override, const struct place *place, const cJSON *node, void *target,
	struct error *err);

/* Fills a value as the API server stores it: defaults in, unknown members and nulls out. What is of another type than the
 * table's is left as it is. */
void parse_default(const struct type *type, bool override, cJSON *node);

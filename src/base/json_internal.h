/* What the files of json share and nobody else needs. */
#pragma once

#include "base/json.h"

/* The members of an object, ordered by name; count is set. In the current arena. */
const cJSON **json_sorted_members(const cJSON *object, size_t *count);

/* The schema of a type as the API server wants it (structural OpenAPI v3 with CEL rules). */
#pragma once

#include "base/json.h"
#include "model/types.h"

/* A tree in the current arena. text: the description. */
cJSON *schema_build(const struct type *type, bool override, const char *text);

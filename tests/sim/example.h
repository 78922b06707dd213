/* A file of deploy/examples as an object. */
#pragma once

#include "base/json.h"

/* With the namespace "default", in the arena; NULL: it can't be read, which is printed. YAML has no types here, so the
 * schema of the CRD says what is a number and what is not. */
cJSON *example_read(const char *file);

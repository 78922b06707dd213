/* References in bodies: finds them by the kind's table, makes them full URLs, and asks whether they exist. */
#pragma once

#include "emulator/call.h"
#include "emulator/kind.h"

/* Calls fn for every value at field ("pathMatchers[].pathRules[].service"); at is its place with indexes. Stops at false. */
bool emu_field_each(cJSON *body, const char *field, bool (*fn)(void *arg, cJSON *value, const char *at), void *arg);

/* Rewrites all references of the body as full URLs and refuses those that cannot be. */
bool emu_references_check(struct emu_call *call, cJSON *body);
/* Array of the paths of all references of resource's body that count as use, and of the kind's own links. */
cJSON *emu_references_paths(struct emulator *emulator, const struct emu_resource *resource, const cJSON *body);

/* From the spec's members to those of a body: what Compute Engine calls by another name, or keeps in another form. A member that
 * is null in from is null in to: it must be unset. Trees are those of model_serving_tree and its like. */
#pragma once

#include "base/json.h"

/* The member, when it is an object; else NULL. */
cJSON *body_object(const cJSON *tree, const char *name);
/* As it stands, under the same name. */
void body_take(cJSON *to, const cJSON *from, const char *name);
void body_take_all(cJSON *to, const cJSON *from, const char *const *names); /* up to NULL */
/* Seconds of `name` as a duration called `as`: {"seconds": "30"}. */
void body_take_seconds(cJSON *to, const char *as, const cJSON *from, const char *name);
/* Milliseconds, likewise: {"seconds": "0", "nanos": 250000000}; nanos 0 is said. */
void body_take_milliseconds(cJSON *to, const char *as, const cJSON *from, const char *name);
/* Whole percent as a share of one. */
void body_take_percent(cJSON *to, const char *as, const cJSON *from, const char *name);
/* An integer that travels as text. */
void body_take_int64(cJSON *to, const cJSON *from, const char *name);

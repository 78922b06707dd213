/* What a 2xx answer must look like before anybody reads it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"
#include "gce/gce.h"

enum { ANSWER_MAX = 16 * 1024 * 1024 };

/* The object that an answer holds, in the current arena. NULL: it is empty, cut off, no JSON, or no object; err (TRANSIENT,
 * CloudUnavailable, code "BadAnswer") says which, and names the subject. */
cJSON *answer_object(const struct gce_answer *answer, const char *subject, struct error *err);

/* The same in an arena of its own, for those who only pass the text on. */
bool answer_is_object(const struct gce_answer *answer, const char *subject, struct error *err);

/* Fills err as above. Returns false. */
bool answer_bad(struct error *err, const char *subject, const char *why);

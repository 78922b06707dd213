/* The one place that looks at Compute Engine's status codes, reasons and texts (gce-compute-v1.md section 5.2,
 * gce-facts-2.md sections 1 and 2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"

/* Where it happened and who asked, for what a message advises; loans for the call. */
struct error_scene {
	const char *project;  /* that was asked; NULL: unknown */
	const char *identity; /* ours, as gce_identity says it; NULL: the cloud itself acted */
};

/* What was answered. */
struct error_answer {
	int status;
	const char *body;
	size_t length;
	int retry_after_s; /* 0: nothing was said */
};

/* From an HTTP answer that is not 2xx. The body may be JSON, HTML or empty. Always fills err: class, reason (of the closed
 * list of conditions' reasons, "" when none fits), code (the cloud's word) and a message: the cloud's own sentence, then what a
 * person is to do. A 404 that
 * is not in the API's form (a wrong endpoint, a proxy) says nothing about a resource: it is TRANSIENT, and its status is given as 0. */
void gce_error_from_answer(struct error *err, const struct error_scene *scene, const struct error_answer *answer);

/* How many calls a minute the quota allows that an answer says is exhausted; 0: it does not say. */
double gce_error_quota_per_minute(const struct error_answer *answer);

/* From a DONE operation. true when it carries no error; else false and err as above. */
bool gce_error_from_operation(const cJSON *operation, const struct error_scene *scene, struct error *err);

/* From one {code, message, errorDetails} of lastAttempt or listErrors. */
void gce_error_from_item(struct error *err, const struct error_scene *scene, const cJSON *item);

/* true when err says that a resource is used by another one. */
bool gce_error_in_use(const struct error *err);

/* true when err says that the very resource at path is not there. A 404 alone does not: it may name something the request
 * refers to, the project, or come from something else than the API. */
bool gce_error_absent(const struct error *err, const char *path);

/* true when an operation runs on the resource, so that what was read of it will be old. */
bool gce_error_not_ready(const struct error *err);

/* The one place that looks at Compute Engine's status codes, reasons and texts (gce-compute-v1.md section 5.2,
 * gce-facts-2.md sections 1 and 2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"

/* From an HTTP answer that is not 2xx. The body may be JSON, HTML or empty. Always fills err: class, reason (of the closed
 * list of conditions' reasons, "" when none fits), code (the cloud's word) and a message with the cloud's own sentence. A 404 that
 * is not in the API's form (a wrong endpoint, a proxy) says nothing about a resource: it is TRANSIENT, and its status is given as 0. */
void gce_error_from_answer(struct error *err, int status, const char *body, size_t length, int retry_after_s);

/* From a DONE operation. true when it carries no error; else false and err as above. */
bool gce_error_from_operation(const cJSON *operation, struct error *err);

/* From one {code, message} of lastAttempt or listErrors. */
void gce_error_from_code(struct error *err, const char *code, const char *message);

/* true when err says that the very resource at path is not there. A 404 alone does not: it may name something the request
 * refers to, the project, or come from something else than the API. */
bool gce_error_absent(const struct error *err, const char *path);

/* What the client counts and measures of its calls. See deploy/monitoring/series.md. */
#pragma once

#include <stdint.h>

#include "base/metrics.h"
#include "gce/gce.h"

enum gce_measured {
	G_REQUESTS,
	G_SECONDS,
	G_OPERATIONS,
	G_OPERATION_SECONDS,
	G_RUNNING,
	G_THROTTLED,
	G_BUDGET_LEFT,
	G_BUDGET_RATE,
	G_BUDGET_FULL_RATE,
	G_BUDGET_WAITING,
	G_TOKEN_FETCHES,
	G_TOKEN_SECONDS,
	G_TOKEN_EXPIRY,
	GCE_MEASURED,
};

enum { CALL_WORD_SIZE = 40 };

/* What a call is to the Compute API. */
struct call_name {
	char kind[CALL_WORD_SIZE]; /* the collection: "backendServices" */
	char method
		[CALL_WORD_SIZE]; /* "get", "list", "aggregatedList", "insert", "patch", "delete", or its verb: "getHealth" */
};
/* Of a method of HTTP and a path below the endpoint, "projects/p/global/backendServices/x", with or without query. */
struct call_name call_name(const char *http_method, const char *path);

/* One try is over. url: as it was sent; status 0: there was no answer. */
void gce_measure_request(const struct gce *gce, const char *http_method, const char *url, int status, int64_t began_us);
void gce_measure_throttled(const struct gce *gce, const char *project, const char *location, enum gce_budget budget);
/* A token was fetched from credentials of that type, or err says why not. measured: the table; NULL: nothing is measured. */
void gce_measure_fetch(struct metric *const *measured, const char *type, const struct error *err, double seconds);
/* An operation ended. subject: as operation.h has it. */
void gce_measure_operation(const struct gce *gce, const char *subject, enum gce_outcome outcome, int64_t began_us);

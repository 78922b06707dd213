/* What a URL map does with a request, and the tests that a map carries: what the cloud evaluates when a map is inserted, changed
 * or validated (gce-compute-v1.md 7.11; the descriptions of UrlMap's members in the schema's source). */
#pragma once

#include <stdbool.h>

#include "base/json.h"

struct url_request {
	const char *host, *path; /* path with query, "/a?b=c" */
	const cJSON *headers;    /* array of {name, value}; NULL: none */
};

/* Loans into the map, texts of json_arena(). */
struct url_outcome {
	const cJSON *services; /* link, or array of weightedBackendServices; NULL: a redirect */
	int code;              /* of the redirect */
	char *url;             /* what the backend is asked for, or where the client is sent */
};

struct url_outcome url_map_route(const cJSON *map, const struct url_request *request);
/* Runs the map's tests. Adds a TestFailure to failures for each that fails; true: none does. */
bool url_map_test(const cJSON *map, cJSON *failures);
/* A sentence on the first failure; in json_arena(). */
char *url_map_failure_text(const cJSON *failure);

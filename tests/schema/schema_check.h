/* Judges calls to Compute v1 by compute-v1-schema.json: method and path, query parameters, and every member of the body. The
 * emulator has a judge of its own, written apart from this one. Stricter than the cloud on purpose: an unknown member or enum
 * value, a wrong type, and an output-only member in a request are failures. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

struct schema;

/* file: path of compute-v1-schema.json. NULL when it can't be read or is no such schema. */
struct schema *schema_load(const char *file);
void schema_free(struct schema *schema);

enum schema_use {
	SCHEMA_INSERT, /* no null, no output-only member */
	SCHEMA_PATCH,  /* null removes; no output-only member */
	SCHEMA_ANSWER, /* what the cloud prints */
};

/* Is body a value of message ("UrlMap")? false and err with a sentence that names the member. */
bool schema_check_body(
	const struct schema *schema, const char *message, enum schema_use use, const cJSON *body, struct error *err);

/* A whole request. path: below "/compute/v1/" ("projects/P/global/urlMaps/N"); query: "a=b&c=d" without '?', NULL or "": none;
 * body NULL: none. false and err when the API has no such call or the call is not one of its values. */
bool schema_check_call(const struct schema *schema, const char *method, const char *path, const char *query,
	const cJSON *body, struct error *err);

/* The messages and methods of Compute v1, from compute-v1-schema.json: judges request bodies and query parameters. On
 * purpose stricter than the cloud: what the schema does not know is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"
#include "emulator/refusal.h"

struct emu_schema;
struct emu_method;

/* text NULL: the copy built into the program. NULL and err when the text is not such a schema. */
struct emu_schema *emu_schema_new(const char *text, size_t length, struct error *err);
void emu_schema_free(struct emu_schema *schema);

/* Judges a request body as message and tidies it in place: output-only members go, int64 numbers become strings. Members
 * that are null are allowed anywhere. An unknown member, a wrong type or an unknown enum value is a refusal that names
 * it; with lenient such members are dropped instead. */
bool emu_schema_check(
	const struct emu_schema *schema, const char *message, cJSON *body, bool lenient, struct emu_refusal *refusal);
/* Judges a body that we answer with: output-only members are fine, nothing is changed. For tests. */
bool emu_schema_check_answer(
	const struct emu_schema *schema, const char *message, const cJSON *body, struct emu_refusal *refusal);

/* Whether message has a member of that name. *inner receives the message of the member, NULL when it is a plain value or
 * holds anything. A message that the schema does not know has every member. */
bool emu_schema_member(const struct emu_schema *schema, const char *message, const char *name, const char **inner);

/* The method that serves this HTTP method and path ("projects/P/..."); NULL: none that the schema knows. */
const struct emu_method *emu_schema_method(const struct emu_schema *schema, const char *http, const char *path);
/* Whether the method takes this query parameter, beside those that every method takes. */
bool emu_method_takes(const struct emu_method *method, const char *parameter);

#include "emulator/call.h"

#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/fields.h"
#include "emulator/kind.h"

static const char json_type[] = "application/json; charset=UTF-8";

char *emu_print(const struct emu_query *query, const cJSON *body)
{
	return emu_query_true(query, "prettyPrint", true) ? cJSON_Print(body) : json_print(body);
}

bool emu_answer_text(struct emu_call *call, int status, const char *content_type, const char *text, size_t length)
{
	call->status = status;
	call->answer_type = content_type;
	call->answer = text;
	call->answer_length = length;
	return true;
}

static bool answer_json(struct emu_call *call, int status, const cJSON *body)
{
	const char *text = emu_print(&call->query, body);

	return emu_answer_text(call, status, json_type, text, strlen(text));
}

bool emu_answer(struct emu_call *call, const char *message, cJSON *body)
{
	const char *fields = emu_query_get(&call->query, "fields");

	if (fields && *fields)
		body = emu_fields_select(call->emulator->own_schema, message, fields, body, &call->refusal);
	return body && answer_json(call, 200, body);
}

void emu_answer_refusal(struct emu_call *call)
{
	answer_json(call, call->refusal.status, emu_refusal_body(&call->refusal));
}

static cJSON *parse_body(struct emu_call *call)
{
	struct error err = {0};
	cJSON *body = json_parse(call->body, call->body_length, (struct json_limits){0}, &err);

	if (!body)
		emu_refuse(&call->refusal, 400, "parseError", "Parse Error: %s", err.message);
	return body;
}

cJSON *emu_call_body(struct emu_call *call, const char *message)
{
	cJSON *body;

	if (!call->body_length) {
		emu_refuse_required(&call->refusal, "");
		return NULL;
	}
	body = parse_body(call);
	if (body && !cJSON_IsObject(body)) {
		emu_refuse_required(&call->refusal, "");
		return NULL;
	}
	if (!body ||
		!emu_schema_check(call->emulator->own_schema, message, body, call->emulator->lenient, &call->refusal))
		return NULL;
	json_remove(body, "kind");
	return body;
}

char *emu_call_path(const struct emu_call *call, const char *collection, const char *name)
{
	return arena_printf(json_arena(), "%s/%s%s%s", emu_route_scope_path(&call->route), collection, name ? "/" : "",
		name ? name : "");
}

char *emu_call_resource_path(const struct emu_call *call)
{
	const char *project = call->route.project;

	if (call->kind->scopes & EMU_IN_PROJECT)
		return call->route.collection && !strcmp(call->route.collection, "projects")
		               ? arena_printf(json_arena(), "projects/%s", project)
		               : arena_printf(json_arena(), "projects/%s/%s/%s", project, call->kind->collection,
					 call->route.name);
	return emu_call_path(call, call->kind->collection, call->route.name);
}

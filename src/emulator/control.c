#include "emulator/control.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/resource.h"

cJSON *emu_state_json(struct emulator *emulator)
{
	cJSON *body = cJSON_CreateObject(), *resources, *operations;
	const struct map *all = &emulator->store.resources, *running = &emulator->operations.by_path;

	json_set_int(body, "now", emulator->now);
	json_set_text(body, "time", emu_time(emulator, emulator->now));
	json_setf(body, "seed", "%llu", (unsigned long long)emulator->seed);
	resources = json_set_object(body, "resources");
	for (size_t i = 0; i < all->count; i++) {
		const struct emu_resource *resource = all->own_entries[i].value;

		if (resource->visible)
			json_set(resources, resource->own_path, emu_resource_json(emulator, resource));
	}
	operations = json_set_object(body, "operations");
	for (size_t i = 0; i < running->count; i++)
		json_set(operations, running->own_entries[i].own_key,
			emu_operation_json(emulator, running->own_entries[i].value));
	json_set(body, "instances", emu_groups_instances_json(emulator));
	json_set(body, "world", emu_world_json(emulator));
	json_set(body, "faults", emu_faults_json(emulator));
	return body;
}

static bool get_state(struct emu_call *call, const cJSON *body)
{
	return emu_answer(call, NULL, emu_state_json(call->emulator));
}

static bool get_requests(struct emu_call *call, const cJSON *body)
{
	const char *after = emu_query_get(&call->query, "after");
	cJSON *answer = cJSON_CreateObject();

	json_set(answer, "requests", emu_log_json(&call->emulator->log, after ? strtoull(after, NULL, 10) : 0));
	json_set_int(answer, "last", (int64_t)call->emulator->log.next);
	return emu_answer(call, NULL, answer);
}

static bool post_reset(struct emu_call *call, const cJSON *body)
{
	emu_reset(call->emulator, (uint64_t)json_int(body, "seed", (int64_t)call->emulator->seed));
	return emu_answer(call, NULL, cJSON_CreateObject());
}

static bool get_faults(struct emu_call *call, const cJSON *body)
{
	cJSON *answer = cJSON_CreateObject();

	json_set(answer, "faults", emu_faults_json(call->emulator));
	return emu_answer(call, NULL, answer);
}

static bool post_faults(struct emu_call *call, const cJSON *body)
{
	cJSON *fault = emu_fault_add(call->emulator, body, &call->refusal);

	return fault && emu_answer(call, NULL, fault);
}

static bool delete_faults(struct emu_call *call, const cJSON *body)
{
	emu_faults_end(call->emulator);
	return emu_answer(call, NULL, cJSON_CreateObject());
}

static bool get_world(struct emu_call *call, const cJSON *body)
{
	return emu_answer(call, NULL, emu_world_json(call->emulator));
}

static bool post_world(struct emu_call *call, const cJSON *body)
{
	return emu_world_change(call->emulator, body, &call->refusal) && get_world(call, body);
}

static const struct {
	const char *method, *path;
	bool (*fn)(struct emu_call *call, const cJSON *body);
} controls[] = {
	{"GET", "state", get_state},
	{"GET", "requests", get_requests},
	{"POST", "reset", post_reset},
	{"GET", "faults", get_faults},
	{"POST", "faults", post_faults},
	{"DELETE", "faults", delete_faults},
	{"GET", "world", get_world},
	{"POST", "world", post_world},
};

static bool delete_one_fault(struct emu_call *call, const char *number)
{
	if (emu_fault_remove(call->emulator, strtoull(number, NULL, 10)))
		return emu_answer(call, NULL, cJSON_CreateObject());
	return emu_refuse(&call->refusal, 404, "notFound", "There is no fault %s.", number);
}

/* Control bodies are JSON objects or absent. */
static cJSON *control_body(struct emu_call *call)
{
	struct error err = {0};
	cJSON *body = call->body_length ? json_parse(call->body, call->body_length, (struct json_limits){0}, &err)
	                                : cJSON_CreateObject();

	if (cJSON_IsObject(body))
		return body;
	emu_refuse(&call->refusal, 400, "parseError", "The body is not a JSON object. %s", err.message);
	return NULL;
}

bool emu_control(struct emu_call *call)
{
	const char *path = call->path + strlen("/emulator/v1/");
	cJSON *body = control_body(call);

	if (!body)
		return false;
	if (!strcmp(call->method, "DELETE") && text_starts(path, "faults/"))
		return delete_one_fault(call, path + strlen("faults/"));
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (!strcmp(controls[i].method, call->method) && !strcmp(controls[i].path, path))
			return controls[i].fn(call, body);
	return emu_refuse(&call->refusal, 404, "notFound",
		"The emulator has no %s /emulator/v1/%s; see gce-emulator --help.", call->method, path);
}

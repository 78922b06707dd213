#include "emulator/operation.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/reference.h"

static const char caller[] = "user@example.com";

static void operation_free(void *value)
{
	struct emu_operation *operation = value;

	mem_free(operation->own_path);
	mem_free(operation->own_type);
	mem_free(operation->own_resource);
	mem_free(operation->own_target);
	mem_free(operation->own_client_id);
	mem_free(operation->own_body);
	mem_free(operation->own_failure_code);
	mem_free(operation->own_failure_message);
	mem_free(operation->own_failure_details);
	mem_free(operation->own_warnings);
	mem_free(operation);
}

struct emu_operation *emu_operation_find(const struct emulator *emulator, const char *path)
{
	return map_find(&emulator->operations.by_path, path);
}

/* "operation-MILLISECONDS-13HEX-8HEX-8HEX" beside the target's collection: global, region or zone. */
static char *new_path(struct emulator *emulator, const char *target)
{
	const char *scope = emu_link_parent(emu_link_parent(target));
	uint64_t a = emu_dice_next(&emulator->dice), b = emu_dice_next(&emulator->dice);

	return mem_printf("%s/operations/operation-%" PRId64 "-%013" PRIx64 "-%08" PRIx32 "-%08" PRIx32, scope,
		emulator->wall_start_us / 1000 + emulator->now, a >> 12, (uint32_t)(b >> 32), (uint32_t)b);
}

static void set_failure(struct emu_operation *operation, const struct emu_failure *failure)
{
	if (!failure->status)
		return;
	operation->failure_status = failure->status;
	operation->own_failure_code = mem_strdup(failure->code);
	operation->own_failure_message = mem_strdup(failure->message);
	operation->own_failure_details = mem_strdup(failure->details);
}

/* Most operations run at once; a few stand in a queue for a moment. */
static void set_times(struct emulator *emulator, struct emu_operation *operation, const struct emu_change *change)
{
	int64_t now = emulator->now;

	operation->inserted = operation->started = now;
	operation->status = OPERATION_RUNNING;
	if (change->most_ms == INT64_MAX) {
		operation->due = INT64_MAX;
		return;
	}
	operation->due = now + emu_dice_between(&emulator->dice, change->least_ms, change->most_ms);
	if (operation->due > now + 1000 && emu_dice_chance(&emulator->dice, 0.1)) {
		operation->status = OPERATION_PENDING;
		operation->started = now + emu_dice_between(&emulator->dice, 100, 900);
	}
}

struct emu_operation *emu_operation_start(
	struct emulator *emulator, const struct emu_change *change, const char *client_id)
{
	struct emu_operation *operation = mem_alloc(sizeof(*operation));

	operation->own_path = new_path(emulator, change->target ? change->target : change->resource->own_path);
	operation->own_resource = mem_strdup(change->resource->own_path);
	operation->id = emu_dice_id(&emulator->dice);
	operation->own_type = mem_strdup(change->type);
	operation->own_target = mem_strdup(change->target ? change->target : change->resource->own_path);
	operation->own_client_id = mem_strdup(client_id);
	operation->target_id = change->resource->id;
	operation->effect = change->effect;
	operation->own_body = change->body ? json_print_owned(change->body) : NULL;
	operation->own_warnings = change->warnings ? json_print_owned(change->warnings) : NULL;
	set_failure(operation, &change->failure);
	set_times(emulator, operation, change);
	map_put(&emulator->operations.by_path, operation->own_path, operation);
	if (!change->detached) {
		mem_free(change->resource->own_operation);
		change->resource->own_operation = mem_strdup(operation->own_path);
	}
	if (operation->due <= emulator->now)
		emu_operation_finish(emulator, operation->own_path);
	else if (operation->due != INT64_MAX)
		emu_agenda_add(&emulator->agenda, operation->due, EVENT_OPERATION, operation->own_path);
	return operation;
}

/* While a change runs, both what the old and what the new body refer to is in use. */
static void hold_links(struct emulator *emulator, const struct emu_change *change)
{
	cJSON *paths = emu_resource_links(change->resource);
	const cJSON *path;

	cJSON_ArrayForEach(path, change->links) json_add_text(paths, path->valuestring);
	emu_store_set_links(&emulator->store, change->resource, paths, emulator->now, 0);
}

static char *client_key(const struct emu_call *call, const char *id)
{
	return arena_printf(json_arena(), "%s %s", call->route.project, id);
}

static void apply_fault(struct emu_change *change, const struct emu_fault *fault)
{
	if (!fault || fault->action != FAULT_OPERATION)
		return;
	change->failure = fault->failure;
	if (!fault->failure.status)
		change->most_ms = INT64_MAX;
}

static uint64_t keeping_fault(const struct emu_fault *fault)
{
	return fault && fault->action == FAULT_OPERATION && !fault->failure.status ? fault->number : 0;
}

bool emu_operation_begin(struct emu_call *call, const struct emu_change *wanted)
{
	struct emulator *emulator = call->emulator;
	struct emu_change change = *wanted;
	const char *client_id = emu_query_get(&call->query, "requestId");
	struct emu_operation *operation;

	if (call->failure.status)
		change.failure = call->failure;
	apply_fault(&change, call->fault);
	if (change.effect == EFFECT_REPLACE)
		hold_links(emulator, &change);
	operation = emu_operation_start(emulator, &change, client_id);
	operation->fault = keeping_fault(call->fault);
	if (client_id)
		mem_free(map_put(
			&emulator->operations.by_client, client_key(call, client_id), mem_strdup(operation->own_path)));
	return emu_answer(call, "Operation", emu_operation_json(emulator, operation));
}

/* 8-4-4-4-12 hexadecimal digits, not all zero. */
static bool is_uuid(const char *text)
{
	bool any = false;

	if (strlen(text) != 36)
		return false;
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
		any = any || (!dash && text[i] != '0');
	}
	return any;
}

bool emu_operation_replay(struct emu_call *call)
{
	const char *id = emu_query_get(&call->query, "requestId");
	const char *path;

	if (!id)
		return false;
	if (!is_uuid(id))
		return emu_refuse(&call->refusal, 400, "invalid",
			"Invalid value for field 'requestId': '%s'. Must be a UUID other than the all-zero one.", id);
	path = map_find(&call->emulator->operations.by_client, client_key(call, id));
	return path && emu_answer(call, "Operation",
			       emu_operation_json(call->emulator, emu_operation_find(call->emulator, path)));
}

static void apply_body(struct emulator *emulator, struct emu_resource *resource, const char *text)
{
	cJSON *body = json_parse_text(text);
	bool same = json_equal(body, emu_resource_body(resource));

	emu_resource_set_body(resource, body);
	emu_store_set_links(&emulator->store, resource, emu_references_paths(emulator, resource, body), emulator->now,
		emulator->world.used_by_lag_ms);
	if (!same) {
		resource->revision++;
		resource->changed = emulator->now;
	}
}

static void apply(struct emulator *emulator, struct emu_resource *resource, const struct emu_operation *operation)
{
	const struct emu_kind *kind = resource->kind;

	if (operation->effect == EFFECT_INSERT) {
		resource->visible = true;
		resource->created = operation->inserted;
		resource->visible_since = resource->changed = emulator->now;
	} else if (operation->effect == EFFECT_REPLACE) {
		apply_body(emulator, resource, operation->own_body);
	}
	if (kind->applied && operation->effect != EFFECT_NONE)
		kind->applied(emulator, resource, operation->effect);
	if (operation->effect == EFFECT_DELETE)
		emu_store_remove(&emulator->store, resource, emulator->now, emulator->world.used_by_lag_ms);
}

/* A failed insert leaves nothing behind; a failed change or delete leaves everything as it was. */
static void undo(struct emulator *emulator, struct emu_resource *resource, const struct emu_operation *operation)
{
	resource->leaving = false;
	if (operation->effect == EFFECT_INSERT)
		emu_store_remove(&emulator->store, resource, emulator->now, 0);
	else
		emu_store_set_links(&emulator->store, resource,
			emu_references_paths(emulator, resource, emu_resource_body(resource)), emulator->now, 0);
}

void emu_operation_finish(struct emulator *emulator, const char *path)
{
	JSON_WORK(work);
	struct emu_operation *operation = emu_operation_find(emulator, path);
	struct emu_resource *resource;

	if (!operation || operation->status == OPERATION_DONE)
		return;
	operation->status = OPERATION_DONE;
	operation->ended = emulator->now;
	resource = emu_store_find(&emulator->store, operation->own_resource);
	if (resource && text_equal(resource->own_operation, path)) {
		mem_free(resource->own_operation);
		resource->own_operation = NULL;
		if (operation->failure_status)
			undo(emulator, resource, operation);
		else
			apply(emulator, resource, operation);
	}
	emu_replies_operation_done(emulator, operation->own_path);
}

void emu_operations_release(struct emulator *emulator, uint64_t fault)
{
	struct map *all = &emulator->operations.by_path;

	for (size_t i = 0; i < all->count; i++) {
		const struct emu_operation *operation = all->own_entries[i].value;

		if (operation->fault && (fault == 0 || operation->fault == fault))
			emu_operation_finish(emulator, operation->own_path);
	}
}

static const char *phrase_of(int status)
{
	switch (status) {
	case 400:
		return "BAD REQUEST";
	case 403:
		return "FORBIDDEN";
	case 404:
		return "NOT FOUND";
	case 409:
		return "CONFLICT";
	case 412:
		return "PRECONDITION FAILED";
	case 503:
		return "SERVICE UNAVAILABLE";
	default:
		return "INTERNAL SERVER ERROR";
	}
}

static void add_failure(const struct emu_operation *operation, cJSON *body)
{
	cJSON *item = json_add_object(json_set_array(json_set_object(body, "error"), "errors"));

	json_set_text(item, "code", operation->own_failure_code);
	json_set_text(item, "message", operation->own_failure_message);
	if (operation->own_failure_details)
		json_set(item, "errorDetails", json_parse_text(operation->own_failure_details));
	json_set_int(body, "httpErrorStatusCode", operation->failure_status);
	json_set_text(body, "httpErrorMessage", phrase_of(operation->failure_status));
}

static void add_scope(const struct emu_operation *operation, cJSON *body)
{
	const char *scope = emu_link_parent(emu_link_parent(operation->own_path));
	const char *location = emu_link_location(operation->own_path);

	if (location)
		json_set_text(body, emu_link_is_zonal(scope) ? "zone" : "region", emu_link_url(scope));
}

static const char *status_name(const struct emulator *emulator, const struct emu_operation *operation)
{
	if (operation->status == OPERATION_DONE)
		return "DONE";
	return operation->started > emulator->now ? "PENDING" : "RUNNING";
}

cJSON *emu_operation_json(const struct emulator *emulator, const struct emu_operation *operation)
{
	cJSON *body = cJSON_CreateObject();
	bool done = operation->status == OPERATION_DONE;

	json_set_text(body, "kind", "compute#operation");
	json_setf(body, "id", "%" PRIu64, operation->id);
	json_set_text(body, "name", emu_link_name(operation->own_path));
	json_set_text(body, "clientOperationId", operation->own_client_id);
	json_set_text(body, "operationType", operation->own_type);
	json_set_text(body, "targetLink", emu_link_url(operation->own_target));
	json_setf(body, "targetId", "%" PRIu64, operation->target_id);
	json_set_text(body, "status", status_name(emulator, operation));
	json_set_text(body, "user", caller);
	json_set_int(body, "progress", done ? 100 : 0);
	json_set_text(body, "insertTime", emu_time(emulator, operation->inserted));
	if (done || operation->started <= emulator->now)
		json_set_text(body, "startTime", emu_time(emulator, operation->started));
	if (done)
		json_set_text(body, "endTime", emu_time(emulator, operation->ended));
	if (done && operation->failure_status)
		add_failure(operation, body);
	if (operation->own_warnings)
		json_set(body, "warnings", json_parse_text(operation->own_warnings));
	json_set_text(body, "selfLink", emu_link_url(operation->own_path));
	add_scope(operation, body);
	return body;
}

static void forget_client_ids(struct emulator *emulator)
{
	struct map *ids = &emulator->operations.by_client;

	for (size_t i = ids->count; i-- > 0;)
		if (!emu_operation_find(emulator, ids->own_entries[i].value))
			mem_free(map_remove(ids, ids->own_entries[i].own_key));
}

bool emu_operation_forget(struct emulator *emulator, const char *path)
{
	struct emu_operation *operation = emu_operation_find(emulator, path);

	if (!operation)
		return false;
	if (operation->status == OPERATION_DONE) {
		map_remove(&emulator->operations.by_path, path);
		operation_free(operation);
		forget_client_ids(emulator);
	}
	return true;
}

/* What is left keeps its order, whatever was looked at when: a world that is made again by fewer steps is the same. */
static void keep_younger(struct emulator *emulator, int64_t than)
{
	struct map all = emulator->operations.by_path;

	emulator->operations.by_path = (struct map){0};
	for (size_t i = 0; i < all.count; i++) {
		struct emu_operation *operation = all.own_entries[i].value;

		if (operation->status == OPERATION_DONE && operation->ended < than)
			operation_free(operation);
		else
			map_put(&emulator->operations.by_path, all.own_entries[i].own_key, operation);
	}
	map_done(&all, NULL);
}

void emu_operations_purge(struct emulator *emulator)
{
	int64_t minute = emulator->now / PURGE_MS;

	if (minute == emulator->operations.purged)
		return;
	emulator->operations.purged = minute;
	keep_younger(emulator, minute * PURGE_MS - OPERATION_RETENTION_MS);
	forget_client_ids(emulator);
}

void emu_operations_done(struct emu_operations *operations)
{
	map_done(&operations->by_path, operation_free);
	map_done(&operations->by_client, mem_free);
}

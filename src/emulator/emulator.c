/* The public functions, and the way of a request: log, faults, project, the verb of its kind, answer. */
#include "emulator/emulator.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/time.h"
#include "emulator/autoscaler.h"
#include "emulator/batch.h"
#include "emulator/call.h"
#include "emulator/catalog.h"
#include "emulator/certificate.h"
#include "emulator/control.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/network.h"
#include "emulator/rate.h"
#include "emulator/resource.h"
#include "emulator/secret.h"
#include "emulator/template.h"

/* Compute Engine prints times of the US West coast in summer. */
enum { OFFSET_MINUTES = -7 * 60 };

char *emu_time(const struct emulator *emulator, int64_t at)
{
	char text[TIME_TEXT_SIZE];

	time_text_offset(emulator->wall_start_us + at * 1000, OFFSET_MINUTES, text);
	return arena_strdup(json_arena(), text);
}

/* Project ids: 6 to 30 characters, as the resource manager has them. */
static bool is_project_id(const char *text)
{
	size_t length = strlen(text);

	return length >= 6 && length <= 30 && text_is_label(text, 30);
}

bool emu_project_open(struct emulator *emulator, const char *project)
{
	char number[16];

	if (map_find(&emulator->projects, project))
		return true;
	if (!is_project_id(project) || text_starts(project, "no-such-"))
		return false;
	emu_project_number(project, number);
	map_put(&emulator->projects, project, mem_strdup(number));
	emu_network_add_default(emulator, project);
	return true;
}

/* Projects may be named by number, once they are known. */
static const char *project_id(const struct emulator *emulator, const char *text)
{
	for (size_t i = 0; i < emulator->projects.count; i++)
		if (!strcmp(emulator->projects.own_entries[i].value, text))
			return arena_strdup(json_arena(), emulator->projects.own_entries[i].own_key);
	return text;
}

/* The front end answers HTML for paths that are no method. */
static bool answer_no_method(struct emu_call *call)
{
	static const char page[] =
		"<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n"
		"<p><b>404.</b> That's an error.\n<p>The requested URL was not found on this server.\n";

	call->refusal.reason = "notFound";
	return emu_answer_text(call, 404, "text/html; charset=UTF-8", page, strlen(page));
}

static bool check_parameters(struct emu_call *call, const struct emu_method *method)
{
	static const char *const common[] = {"alt", "prettyPrint", "fields", "key", "quotaUser", "userIp", "$.xgafv",
		"access_token", "oauth_token", "callback", "uploadType", "upload_protocol", "$alt", "$prettyPrint"};

	for (size_t i = 0; i < call->query.count; i++) {
		const char *name = call->query.items[i].name;
		bool known = emu_method_takes(method, name);

		for (size_t j = 0; j < sizeof(common) / sizeof(common[0]); j++)
			known = known || !strcmp(name, common[j]);
		if (!known && !call->emulator->lenient)
			return emu_refuse(&call->refusal, 400, "invalidParameter",
				"Invalid JSON payload received. Unknown name \"%s\": Cannot bind query parameter.",
				name);
	}
	return true;
}

static bool refuse_not_served(struct emu_call *call)
{
	return emu_refuse(&call->refusal, 501, "notImplemented", "The emulator does not serve %s %s.", call->method,
		call->route.below);
}

static bool stands_here(const struct emu_call *call)
{
	static const unsigned bits[] = {
		[EMU_GLOBAL] = EMU_IN_GLOBAL, [EMU_REGION] = EMU_IN_REGION, [EMU_ZONE] = EMU_IN_ZONE};

	return call->route.aggregated || (call->kind->scopes & (bits[call->route.scope] | EMU_IN_PROJECT));
}

/* PATCH .../autoscalers?autoscaler=NAME */
static bool serve_named(struct emu_call *call)
{
	const char *parameter = call->kind->named_by, *name = emu_query_get(&call->query, parameter);

	if (!name || !*name)
		return emu_refuse(&call->refusal, 400, "required", "Required parameter: %s", parameter);
	call->route.name = name;
	return strcmp(call->method, "PUT") == 0 ? emu_put(call) : emu_patch(call);
}

static bool serve_collection(struct emu_call *call)
{
	bool changes = strcmp(call->method, "PATCH") == 0 || strcmp(call->method, "PUT") == 0;

	if (changes && call->kind->named_by)
		return serve_named(call);
	if (!strcmp(call->method, "GET"))
		return call->route.aggregated ? emu_aggregate(call) : emu_list(call);
	if (!strcmp(call->method, "POST") && call->kind->insert.type)
		return emu_insert(call);
	return refuse_not_served(call);
}

static bool serve_resource(struct emu_call *call)
{
	const struct emu_kind *kind = call->kind;

	if (!strcmp(call->method, "GET"))
		return emu_get(call);
	if (!strcmp(call->method, "PATCH") && kind->patch.type)
		return emu_patch(call);
	if (!strcmp(call->method, "PUT") && kind->put.type)
		return emu_put(call);
	if (!strcmp(call->method, "DELETE") && kind->remove.type)
		return emu_delete(call);
	call->route.verb = "";
	return emu_custom_verb(call);
}

/* A read is anything that makes no operation. */
static bool is_mutation(const struct emu_call *call)
{
	return strcmp(call->method, "GET") != 0 && call->kind != &emu_operation_kind;
}

static bool serve_verb(struct emu_call *call)
{
	if (is_mutation(call) && emu_query_get(&call->query, "requestId") && emu_operation_replay(call))
		return true;
	if (call->refusal.status)
		return false;
	if (call->route.verb)
		return emu_custom_verb(call);
	return call->route.name ? serve_resource(call) : serve_collection(call);
}

static bool serve_compute(struct emu_call *call)
{
	struct emulator *emulator = call->emulator;
	const struct emu_method *method;

	if (!emu_route_parse(&call->route, call->path))
		return answer_no_method(call);
	method = emu_schema_method(emulator->own_schema, call->method, call->route.below);
	if (!method)
		return answer_no_method(call);
	if (!emu_identity_check(call) || !check_parameters(call, method))
		return false;
	call->route.project = project_id(emulator, call->route.project);
	if (!emu_project_open(emulator, call->route.project))
		return emu_refuse_not_found(
			&call->refusal, arena_printf(json_arena(), "projects/%s", call->route.project));
	if (!emu_rate_admits(call))
		return false;
	call->kind = emu_kind_find(call->route.collection);
	if (!call->kind || !stands_here(call))
		return refuse_not_served(call);
	return emu_catalog_check_scope(call) && serve_verb(call);
}

static bool serve_path(struct emu_call *call)
{
	if (call->metadata)
		return emu_metadata(call);
	if (text_starts(call->path, "/emulator/v1/"))
		return emu_control(call);
	if (emu_identity_serves(call->path))
		return emu_identity_serve(call);
	if (text_starts(call->path, "/batch/compute/"))
		return emu_batch(call);
	if (text_starts(call->path, "/compute/"))
		return serve_compute(call);
	return answer_no_method(call);
}

static void answer_fault(struct emu_call *call, const struct emu_fault *fault)
{
	emu_refuse(
		&call->refusal, fault->status, arena_strdup(json_arena(), fault->own_reason), "%s", fault->own_message);
	if (fault->own_details)
		call->refusal.details = json_parse_text(fault->own_details);
	if (fault->own_body)
		emu_answer_text(call, fault->status, arena_strdup(json_arena(), fault->own_type),
			arena_strdup(json_arena(), fault->own_body), strlen(fault->own_body));
	else
		emu_answer_refusal(call);
}

static void send_answer(struct emu_call *call)
{
	const struct emu_fault *fault = call->fault;
	struct emu_message message = {.status = call->status,
		.content_type = call->answer_type,
		.body = call->answer,
		.length = call->answer_length,
		.reason = call->refusal.reason ? call->refusal.reason : ""};
	bool dropped = fault && (fault->action == FAULT_DROP_BEFORE || fault->action == FAULT_DROP_AFTER);

	if (fault && fault->action == FAULT_ANSWER)
		message.retry_after_s = fault->retry_after_s;
	if (dropped)
		message = (struct emu_message){.content_type = "", .body = "", .reason = "dropped"};
	emu_reply(call->emulator, call->slot, &message, fault && fault->action == FAULT_DELAY ? fault->delay_ms : 0);
}

static bool is_utf8(const char *text)
{
	return text_utf8(text, strlen(text)) == strlen(text);
}

/* Answers repeat what they were asked, and answers are JSON. */
static bool check_text(struct emu_call *call)
{
	bool valid = is_utf8(call->method) && is_utf8(emu_percent_decode(call->path, strlen(call->path), false));

	for (size_t i = 0; i < call->query.count; i++)
		valid = valid && is_utf8(call->query.items[i].name) && is_utf8(call->query.items[i].value);
	return valid || emu_refuse(&call->refusal, 400, "badRequest", "The request line is not UTF-8.");
}

void emu_serve(struct emu_call *call)
{
	emu_query_parse(&call->query, call->query_text);
	if (call->metadata || text_starts(call->path, "/compute/") || emu_identity_serves(call->path))
		call->fault = emu_fault_take(call->emulator, call->method, call->path);
	if (call->fault && call->fault->action == FAULT_ANSWER)
		answer_fault(call, call->fault);
	else if (!call->fault || call->fault->action != FAULT_DROP_BEFORE)
		if (!check_text(call) || !serve_path(call))
			emu_answer_refusal(call);
	if (call->later && !call->slot.batch && call->fault && call->fault->action == FAULT_DROP_AFTER) {
		emu_replies_forget(call->emulator, call->slot.id);
		call->later = false;
	}
	if (!call->later)
		send_answer(call);
}

void emulator_request(struct emulator *emulator, const struct emulator_request *request, int64_t now)
{
	JSON_WORK(work);
	struct emu_call call = {
		.emulator = emulator,
		.slot = {.id = request->id},
		.method = request->method,
		.path = request->path,
		.query_text = request->query ? request->query : "",
		.content_type = request->content_type ? request->content_type : "",
		.authorization = request->authorization,
		.metadata = request->metadata,
		.metadata_flavor = request->metadata_flavor,
		.forwarded_for = request->forwarded_for,
		.body = request->body ? request->body : "",
		.body_length = request->body_length,
	};

	emulator_advance(emulator, now);
	emulator->mark_before = emu_mark(emulator);
	if (call.metadata || !text_starts(call.path, "/emulator/v1/"))
		call.slot.log = emu_log_add(&emulator->log, &call, now);
	emu_serve(&call);
}

static void happen(struct emulator *emulator, const struct emu_entry *entry)
{
	switch (entry->event) {
	case EVENT_OPERATION:
		emu_operation_finish(emulator, entry->own_key);
		break;
	case EVENT_GROUP:
		emu_groups_due(emulator, entry->own_key);
		break;
	case EVENT_CERTIFICATE:
		emu_certificate_due(emulator, entry->own_key);
		break;
	case EVENT_AUTOSCALER:
		emu_autoscaler_due(emulator, entry->own_key);
		break;
	case EVENT_REPLY:
		emu_replies_due(emulator, entry->own_key);
		break;
	}
}

void emulator_advance(struct emulator *emulator, int64_t now)
{
	JSON_WORK(work);
	struct emu_entry entry;

	assert(now >= emulator->now);
	while (emu_agenda_take(&emulator->agenda, now, &entry)) {
		if (entry.due > emulator->now)
			emulator->now = entry.due;
		happen(emulator, &entry);
		mem_free(entry.own_key);
	}
	emulator->now = now;
	emu_operations_purge(emulator);
}

int64_t emulator_next(const struct emulator *emulator)
{
	return emu_agenda_next(&emulator->agenda);
}

void emulator_forget(struct emulator *emulator, uint64_t id)
{
	emu_replies_forget(emulator, id);
}

/* Everything that a reset does away with. */
static void contents_done(struct emulator *emulator)
{
	JSON_WORK(work);

	emu_store_done(&emulator->store);
	emu_operations_done(&emulator->operations);
	emu_agenda_done(&emulator->agenda);
	emu_faults_done(&emulator->faults);
	emu_world_done(&emulator->world);
	emu_identity_done(&emulator->identity);
	emu_log_done(&emulator->log);
	emu_templates_done(&emulator->templates);
	map_done(&emulator->schemes, mem_free);
	map_done(&emulator->projects, mem_free);
}

void emu_reset(struct emulator *emulator, uint64_t seed)
{
	int64_t now = emulator->now;

	contents_done(emulator);
	emulator->operations.purged = now / PURGE_MS;
	emulator->next_machine = 0;
	emulator->changes++;
	emulator->seed = seed;
	emulator->dice = (struct emu_dice){.state = seed};
	emu_world_init(&emulator->world);
	emu_identity_init(&emulator->identity, seed);
	emu_replies_reset(emulator);
}

struct emulator *emulator_new(
	const struct emulator_options *options, emulator_answer_fn fn, void *arg, struct error *err)
{
	struct emu_schema *schema = emu_schema_new(options->schema, options->schema_length, err);
	struct emulator *emulator;

	if (!schema)
		return NULL;
	emulator = mem_alloc(sizeof(*emulator));
	emulator->fn = fn;
	emulator->fn_arg = arg;
	emulator->seed = options->seed;
	emulator->wall_start_us = options->wall_start_us;
	emulator->lenient = options->lenient;
	emulator->require_token = options->require_token;
	emulator->issued_tokens_only = options->issued_tokens_only;
	emulator->speed = options->speed > 0 ? options->speed : 1;
	emulator->own_schema = schema;
	emulator->dice = (struct emu_dice){.state = options->seed};
	emu_world_init(&emulator->world);
	emu_identity_init(&emulator->identity, options->seed);
	return emulator;
}

void emulator_free(struct emulator *emulator)
{
	if (!emulator)
		return;
	contents_done(emulator);
	emu_replies_done(&emulator->replies);
	emu_schema_free(emulator->own_schema);
	mem_free(emulator);
}

char *emulator_state(struct emulator *emulator)
{
	JSON_WORK(work);

	return json_print_owned(emu_state_json(emulator));
}

char *emulator_shown_body(const struct emulator_request *request)
{
	JSON_WORK(work);

	const char *shown;

	if (!request->body)
		return mem_strdup("");
	shown = emu_identity_shown(request->path, request->body, request->body_length);
	return mem_strdup(emu_secret_shown(request->path, shown, strlen(shown)));
}

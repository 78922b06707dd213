/* F7: what may become of an operation that was accepted. */
#include <stdio.h>
#include <string.h>

#include "emulator/core.h"
#include "sim/fault.h"

enum {
	RUN_FAILS,
	RUN_FULL,
	RUN_NEVER,
	RUN_VANISHES,
	RUN_LOST,
	RUN_HIDDEN, /* done, but the resource does not show for a while */
	RUN_PARTIAL,
};

enum { NEVER_MS = 35 * 60000, HIDDEN_MS = 40000, UNREACHABLE_MS = 150000 };

static void tell_emulator(struct injector *injector, const struct fake_call *call, const char *operation)
{
	AUTO_FREE char *fault = mem_printf("{\"method\":\"%s\",\"path\":\"%s\",\"count\":1,\"operation\":%s}",
		call->method, call->path, operation);

	world_cloud_begin(injector->world, "POST", "/emulator/v1/faults", fault);
}

/* What never ended by itself is ended. */
static void end_never(struct injector *injector, struct fake_call *call, void *own_data)
{
	struct map *operations = &injector->world->emulator->operations.by_path;

	for (size_t i = 0; i < operations->count; i++) {
		struct emu_operation *operation = operations->own_entries[i].value;

		if (operation->due != INT64_MAX || operation->status == OPERATION_DONE)
			continue;
		JSON_WORK(work);
		emu_operation_finish(injector->world->emulator, arena_strdup(json_arena(), operation->own_path));
	}
}

static void reach(struct injector *injector, struct fake_call *call, void *own_data)
{
	world_cloud_begin(injector->world, "POST", "/emulator/v1/world",
		"{\"unreachable\":{\"scope\":\"zones/us-central1-a\",\"on\":false}}");
}

static bool strike_partial(struct injector *injector)
{
	world_cloud_begin(injector->world, "POST", "/emulator/v1/world",
		"{\"unreachable\":{\"scope\":\"zones/us-central1-a\",\"on\":true}}");
	injector_lasts(injector, UNREACHABLE_MS);
	injector_later(injector, UNREACHABLE_MS, reach, NULL, NULL);
	return false;
}

bool strike_run(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	char id[64];

	if (fault->variant == RUN_PARTIAL)
		return strike_partial(injector);
	if (!world_is_for_cloud(call) || !world_is_mutation(call))
		return false;
	switch (fault->variant) {
	case RUN_FAILS:
		tell_emulator(injector, call,
			"{\"code\":\"INTERNAL_ERROR\",\"message\":\"Internal error. Please try "
			"again.\",\"httpErrorStatusCode\":"
			"503}");
		break;
	case RUN_FULL:
		tell_emulator(injector, call,
			"{\"code\":\"QUOTA_EXCEEDED\",\"message\":\"Quota 'X' exceeded. Limit: 5.0 "
			"globally.\",\"httpErrorStatusCode\":403}");
		break;
	case RUN_NEVER:
		tell_emulator(injector, call, "{\"never\":true}");
		injector_lasts(injector, NEVER_MS);
		injector_later(injector, NEVER_MS, end_never, NULL, NULL);
		break;
	case RUN_LOST:
		if (fake_query(call, "requestId", id, sizeof(id))) {
			text_copy(injector->lost_request, sizeof(injector->lost_request), id);
			injector->lost_left = 2;
		}
		break;
	default:
		injector_spoil(injector, call, fault);
		break;
	}
	return false;
}

/* Also from the arrays of each scope. */
static bool take_out(cJSON *items, const char *name)
{
	bool found = false;
	cJSON *item, *next;

	for (item = items ? items->child : NULL; item; item = next) {
		next = item->next;
		if (cJSON_IsObject(items)) {
			found |= take_out(item, name);
		} else if (text_equal(json_text(item, "name"), name)) {
			cJSON_DetachItemViaPointer(items, item);
			found = true;
		}
	}
	return found;
}

/* Does not show what is hidden, as if the reader were in another place. */
static bool hide(struct injector *injector, struct fake_call *call, struct emulator_answer *answer)
{
	JSON_WORK(work);
	char end[160];
	cJSON *body;

	snprintf(end, sizeof(end), "/%s", injector->hidden);
	if (!text_equal(call->method, "GET") || strstr(call->path, "/operations/"))
		return false;
	if (text_ends(call->path, end)) {
		fake_answer(call, 404, "application/json",
			arena_printf(json_arena(),
				"{\"error\":{\"code\":404,\"message\":\"The resource '%s' was not "
				"found\",\"errors\":[{\"message\":\"x\",\"domain\":\"global\",\"reason\":\"notFound\"}]"
				"}}",
				call->path + strlen("/compute/v1/")));
		return true;
	}
	body = json_parse(answer->body, answer->length, (struct json_limits){0}, NULL);
	if (take_out(json_member(body, "items"), injector->hidden)) {
		text_set(&injector->own_answer, json_print(body));
		answer->body = injector->own_answer;
		answer->length = strlen(injector->own_answer);
	}
	return false;
}

bool spoil_run(struct injector *injector, int variant, struct fake_call *call, struct emulator_answer *answer)
{
	JSON_WORK(work);
	const cJSON *operation = json_parse(answer->body, answer->length, (struct json_limits){0}, NULL);
	const char *name = json_text(operation, "name");

	if (variant < 0)
		return hide(injector, call, answer);
	if (answer->status >= 300 || !name)
		return false;
	if (variant == RUN_VANISHES)
		text_copy(injector->vanished, sizeof(injector->vanished), name);
	if (variant == RUN_HIDDEN && text_equal(json_text(operation, "operationType"), "insert")) {
		const char *target = strrchr(json_text_or(operation, "targetLink", "/"), '/');

		text_copy(injector->hidden, sizeof(injector->hidden), target + 1);
		injector->hidden_until = injector->world->loop.now_ms + HIDDEN_MS;
		injector_lasts(injector, HIDDEN_MS);
	}
	return false;
}

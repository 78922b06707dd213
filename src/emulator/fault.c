#include "emulator/fault.h"

#include <fnmatch.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"

static void fault_free(void *value)
{
	struct emu_fault *fault = value;

	mem_free(fault->own_text);
	mem_free(fault->own_method);
	mem_free(fault->own_path);
	mem_free(fault->own_reason);
	mem_free(fault->own_message);
	mem_free(fault->own_body);
	mem_free(fault->own_type);
	mem_free(fault->own_details);
	mem_free((char *)fault->failure.code);
	mem_free((char *)fault->failure.message);
	mem_free((char *)fault->failure.details);
	mem_free(fault);
}

static bool is_about(const struct emu_fault *fault, const char *method, const char *path)
{
	if (fault->own_method && strcmp(fault->own_method, method) != 0)
		return false;
	return !fault->own_path || fnmatch(fault->own_path, path, 0) == 0;
}

/* Counts the request in; true: it is hit. */
static bool hits(struct emulator *emulator, struct emu_fault *fault)
{
	if (fault->skip > 0) {
		fault->skip--;
		return false;
	}
	if (!fault->count || (fault->probability < 1 && !emu_dice_chance(&emulator->dice, fault->probability)))
		return false;
	if (fault->count > 0)
		fault->count--;
	fault->hits++;
	return true;
}

const struct emu_fault *emu_fault_take(struct emulator *emulator, const char *method, const char *path)
{
	for (size_t i = 0; i < emulator->faults.items.count; i++) {
		struct emu_fault *fault = emulator->faults.items.own_items[i];

		if (is_about(fault, method, path) && hits(emulator, fault))
			return fault;
	}
	return NULL;
}

/* The member of the action: exactly one of these. */
static const char *const actions[] = {
	[FAULT_ANSWER] = "answer",
	[FAULT_DELAY] = "delayMs",
	[FAULT_DROP_BEFORE] = "dropBefore",
	[FAULT_DROP_AFTER] = "dropAfter",
	[FAULT_OPERATION] = "operation",
};
enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

static int find_action(const cJSON *body)
{
	int found = -1;

	for (int i = 0; i < ACTIONS; i++) {
		if (!json_member(body, actions[i]))
			continue;
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

/* What a fault may be made of; anything else is a slip of the caller's. */
static bool check_members(const cJSON *body, struct emu_refusal *refusal)
{
	static const char *const known[] = {"number", "method", "path", "count", "probability", "skip", "answer",
		"delayMs", "dropBefore", "dropAfter", "operation", "hits"};
	const cJSON *member;

	cJSON_ArrayForEach(member, body)
	{
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found = found || !strcmp(member->string, known[i]);
		if (!found)
			return emu_refuse(refusal, 400, "badRequest", "A fault has no member '%s'.", member->string);
	}
	if (find_action(body) >= 0)
		return true;
	return emu_refuse(refusal, 400, "badRequest",
		"A fault needs exactly one of answer, delayMs, dropBefore, dropAfter and operation.");
}

static bool check_status(const cJSON *body, const char *path, int least, struct emu_refusal *refusal)
{
	int64_t status = json_int(body, path, least);

	return (status >= least && status <= 599) ||
	       emu_refuse(refusal, 400, "badRequest", "%s must be between %d and 599.", path, least);
}

static char *printed(const cJSON *tree)
{
	return tree ? json_print_owned(tree) : NULL;
}

static void read_answer(struct emu_fault *fault, const cJSON *answer)
{
	fault->status = (int)json_int(answer, "status", 503);
	fault->retry_after_s = (int)json_int(answer, "retryAfterS", 0);
	fault->own_reason = mem_strdup(json_text_or(answer, "reason", "backendError"));
	fault->own_message = mem_strdup(json_text_or(answer, "message", "An injected fault."));
	fault->own_body = mem_strdup(json_text(answer, "body"));
	fault->own_type = mem_strdup(json_text_or(answer, "contentType", "application/json; charset=UTF-8"));
	fault->own_details = printed(json_member(answer, "details"));
}

static void read_operation(struct emu_fault *fault, const cJSON *operation)
{
	if (json_bool(operation, "never", false))
		return;
	fault->failure = (struct emu_failure){
		.status = (int)json_int(operation, "httpErrorStatusCode", 400),
		.code = mem_strdup(json_text_or(operation, "code", "INTERNAL_ERROR")),
		.message = mem_strdup(json_text_or(operation, "message", "An injected failure.")),
		.details = printed(json_member(operation, "errorDetails")),
	};
}

cJSON *emu_fault_add(struct emulator *emulator, const cJSON *body, struct emu_refusal *refusal)
{
	struct emu_fault *fault;
	const cJSON *probability;
	cJSON *answer;

	if (!check_members(body, refusal) || !check_status(body, "answer.status", 200, refusal) ||
		!check_status(body, "operation.httpErrorStatusCode", 400, refusal))
		return NULL;
	fault = mem_alloc(sizeof(*fault));
	fault->number = ++emulator->faults.next;
	fault->action = (enum emu_fault_action)find_action(body);
	fault->own_method = mem_strdup(json_text(body, "method"));
	fault->own_path = mem_strdup(json_text(body, "path"));
	fault->skip = json_int(body, "skip", 0);
	probability = json_member(body, "probability");
	fault->probability = cJSON_IsNumber(probability) ? probability->valuedouble : 1;
	fault->count = json_int(body, "count", probability ? -1 : 1);
	fault->delay_ms = json_int(body, "delayMs", 0);
	if (fault->action == FAULT_ANSWER)
		read_answer(fault, json_member(body, "answer"));
	if (fault->action == FAULT_OPERATION)
		read_operation(fault, json_member(body, "operation"));
	vec_add(&emulator->faults.items, fault);
	answer = json_copy(body);
	json_set_int(answer, "number", (int64_t)fault->number);
	fault->own_text = json_print_owned(answer);
	return answer;
}

bool emu_fault_remove(struct emulator *emulator, uint64_t number)
{
	struct vec *items = &emulator->faults.items;

	for (size_t i = 0; i < items->count; i++) {
		struct emu_fault *fault = items->own_items[i];

		if (fault->number == number) {
			vec_remove_at(items, i);
			fault_free(fault);
			emu_operations_release(emulator, number);
			return true;
		}
	}
	return false;
}

cJSON *emu_faults_json(const struct emulator *emulator)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < emulator->faults.items.count; i++) {
		const struct emu_fault *fault = emulator->faults.items.own_items[i];
		cJSON *item = json_add(array, json_parse_text(fault->own_text));

		json_set_int(item, "hits", (int64_t)fault->hits);
	}
	return array;
}

void emu_faults_end(struct emulator *emulator)
{
	emu_faults_done(&emulator->faults);
	emu_operations_release(emulator, 0);
}

void emu_faults_done(struct emu_faults *faults)
{
	vec_done(&faults->items, fault_free);
	*faults = (struct emu_faults){0};
}

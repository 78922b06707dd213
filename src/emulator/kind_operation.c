/* operations: get, list, wait (a long poll) and delete, which only forgets. */
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"

enum { WAIT_MS = 120 * 1000 };

static cJSON *find(struct emulator *emulator, const char *path)
{
	const struct emu_operation *operation = emu_operation_find(emulator, path);

	return operation ? emu_operation_json(emulator, operation) : NULL;
}

static cJSON *render(struct emulator *emulator, const void *thing)
{
	return emu_operation_json(emulator, thing);
}

static void collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	const struct map *all = &emulator->operations.by_path;
	const char *prefix = arena_printf(json_arena(), "%s/operations/", scope_path);

	items->render = render;
	for (size_t i = 0; i < all->count; i++) {
		const struct emu_operation *operation = all->own_entries[i].value;

		if (text_starts(operation->own_path, prefix))
			emu_items_add(items, emu_link_name(operation->own_path), operation->inserted, operation);
	}
}

static bool wait_for(struct emu_call *call, struct emu_resource *none)
{
	struct emulator *emulator = call->emulator;
	const char *path = emu_call_resource_path(call);
	const struct emu_operation *operation = emu_operation_find(emulator, path);

	if (!operation)
		return emu_refuse_not_found(&call->refusal, path);
	if (operation->status == OPERATION_DONE)
		return emu_answer(call, "Operation", emu_operation_json(emulator, operation));
	emu_reply_when_done(emulator, call->slot, path, &call->query, emulator->now + WAIT_MS);
	call->later = true;
	return true;
}

static bool forget(struct emu_call *call, struct emu_resource *none)
{
	const char *path = emu_call_resource_path(call);

	if (!emu_operation_forget(call->emulator, path))
		return emu_refuse_not_found(&call->refusal, path);
	return emu_answer_text(call, 204, "application/json; charset=UTF-8", "", 0);
}

static const struct emu_verb verbs[] = {
	{.name = "wait", .method = "POST", .fn = wait_for, .free_standing = true},
	{.name = "", .method = "DELETE", .fn = forget, .free_standing = true},
	{.name = NULL},
};

const struct emu_kind emu_operation_kind = {
	.collection = "operations",
	.message = "Operation",
	.noun = "operation",
	.scopes = EMU_IN_GLOBAL | EMU_IN_REGION | EMU_IN_ZONE,
	.verbs = verbs,
	.find = find,
	.collect = collect,
};

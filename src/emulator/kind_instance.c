/* instances: the machines of managed groups. People may delete or stop one behind its group's back. */
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/template.h"

static cJSON *machine_json(struct emu_group *group, const struct group_instance *instance)
{
	struct group_place place = emu_group_place(group);

	return group_instance_json(
		&place, instance, emu_template_properties(group->emulator, instance->own_machine_template));
}

static cJSON *find(struct emulator *emulator, const char *path)
{
	struct emu_group *group;
	struct group_instance *instance;

	if (!emu_groups_find_instance(emulator, path, &group, &instance) || !instance->id)
		return NULL;
	return machine_json(group, instance);
}

struct machine {
	struct emu_group *group;
	const struct group_instance *instance;
};

static cJSON *render(struct emulator *emulator, const void *thing)
{
	const struct machine *machine = thing;

	return machine_json(machine->group, machine->instance);
}

struct collection {
	const char *zone;
	struct emu_items *items;
};

static void add_group(void *arg, struct emu_group *group)
{
	struct collection *collection = arg;

	for (size_t i = 0; i < group->own_group->instance_count; i++) {
		const struct group_instance *instance = group->own_group->own_instances[i];
		struct machine *machine;

		if (!instance->id || strcmp(instance->zone, collection->zone) != 0)
			continue;
		machine = arena_alloc(json_arena(), sizeof(*machine));
		*machine = (struct machine){.group = group, .instance = instance};
		emu_items_add(collection->items, instance->name, instance->created_at, machine);
	}
}

static void collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	struct collection collection = {.zone = emu_link_name(scope_path), .items = items};

	items->render = render;
	emu_groups_each(emulator, emu_link_project(scope_path), add_group, &collection);
}

/* The operation is on the machine; its group is only where it is kept. */
static bool happen(struct emu_call *call, enum emu_machine_event event, const char *type)
{
	const char *path = emu_call_resource_path(call);
	struct emu_group *group;
	struct group_instance *instance;
	struct emu_change change = {
		.type = type, .target = path, .detached = true, .least_ms = 10000, .most_ms = 40000};

	if (!emu_groups_find_instance(call->emulator, path, &group, &instance) || !instance->id)
		return emu_refuse_not_found(&call->refusal, path);
	if (!emu_groups_machine_event(call->emulator, path, event))
		return emu_refuse_not_ready(&call->refusal, path);
	change.resource = group->manager;
	return emu_operation_begin(call, &change);
}

static bool delete (struct emu_call *call, struct emu_resource *none)
{
	return happen(call, MACHINE_VANISHES, "delete");
}

static bool stop(struct emu_call *call, struct emu_resource *none)
{
	return happen(call, MACHINE_STOPS, "stop");
}

static const struct emu_verb verbs[] = {
	{.name = "", .method = "DELETE", .fn = delete, .free_standing = true},
	{.name = "stop", .method = "POST", .fn = stop, .free_standing = true},
	{.name = NULL},
};

const struct emu_kind emu_instance_kind = {
	.collection = "instances",
	.message = "Instance",
	.noun = "instance",
	.scopes = EMU_IN_ZONE,
	.verbs = verbs,
	.find = find,
	.collect = collect,
};

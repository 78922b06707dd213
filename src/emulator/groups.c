/* The life of groups in the store, and finding machines. What the world answers them stands in group_world.c. */
#include "emulator/groups.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/group_surroundings.h"
#include "emulator/kind.h"
#include "emulator/link.h"

struct emu_group *emu_group_of(const struct emu_resource *manager)
{
	return manager->own_extra;
}

char *emu_group_instance_group_path(const struct emu_resource *manager)
{
	const char *scope = emu_link_parent(emu_link_parent(manager->own_path));

	return arena_printf(json_arena(), "%s/instanceGroups/%s", scope, emu_link_name(manager->own_path));
}

struct emu_resource *emu_group_manager_of(struct emulator *emulator, const char *instance_group_path)
{
	const char *scope = emu_link_parent(emu_link_parent(instance_group_path));
	const char *path =
		arena_printf(json_arena(), "%s/instanceGroupManagers/%s", scope, emu_link_name(instance_group_path));
	struct emu_resource *manager = emu_store_find(&emulator->store, path);

	return manager && manager->visible ? manager : NULL;
}

struct group_place emu_group_place(const struct emu_group *group)
{
	const char *path = group->manager->own_path;

	return (struct group_place){
		.base = "https://www.googleapis.com/compute/v1",
		.project = emu_link_project(path),
		.project_number = group->project_number,
		.region = emu_link_is_zonal(path) ? NULL : emu_link_location(path),
		.name = emu_link_name(path),
		.wall_start_us = group->emulator->wall_start_us,
	};
}

/* The zones of a group, as bare names: its own, or those of its distribution policy. */
static size_t zones_of(const struct emu_resource *manager, const cJSON *body, const char **zones, size_t most)
{
	const cJSON *zone;
	size_t count = 0;

	if (emu_link_is_zonal(manager->own_path)) {
		zones[0] = emu_link_location(manager->own_path);
		return 1;
	}
	cJSON_ArrayForEach(zone, json_at(body, "distributionPolicy.zones")) if (count < most) zones[count++] =
		emu_link_name(json_text_or(zone, "zone", ""));
	return count;
}

static struct group_durations durations_of(const struct emulator *emulator)
{
	struct group_durations durations = group_durations_default;

	if (emulator->world.app_start_ms >= 0)
		durations.boot = (struct group_range){emulator->world.app_start_ms, emulator->world.app_start_ms};
	return durations;
}

void emu_group_create(struct emulator *emulator, struct emu_resource *manager)
{
	struct emu_group *group = mem_alloc(sizeof(*group));
	cJSON *body = emu_resource_body(manager);
	struct group_durations durations = durations_of(emulator);
	const char *zones[16];
	struct group_options options = {.world = &group->world,
		.durations = &durations,
		.base_instance_name = json_text_or(body, "baseInstanceName", "vm"),
		.zones = zones};

	options.zone_count = zones_of(manager, body, zones, sizeof(zones) / sizeof(zones[0]));
	group->emulator = emulator;
	group->manager = manager;
	group->planned = INT64_MAX;
	emu_project_number(emu_link_project(manager->own_path), group->project_number);
	emu_group_surround(group);
	group->own_group = group_new(&options, emulator->now);
	manager->own_extra = group;
	group_read_body(group->own_group, body, emulator->now);
	emu_group_plan(group);
}

void emu_group_forget(struct emu_resource *manager)
{
	struct emu_group *group = manager->own_extra;

	if (!group)
		return;
	group_free(group->own_group);
	mem_free(group->own_ports);
	mem_free(group);
}

void emu_group_plan(struct emu_group *group)
{
	int64_t next = group_next(group->own_group);

	if (next == INT64_MAX || next >= group->planned)
		return;
	group->planned = next;
	emu_agenda_add(&group->emulator->agenda, next, EVENT_GROUP, group->manager->own_path);
}

void emu_groups_due(struct emulator *emulator, const char *manager_path)
{
	struct emu_resource *manager = emu_store_find(&emulator->store, manager_path);
	struct emu_group *group = manager ? emu_group_of(manager) : NULL;

	if (!group)
		return;
	group->planned = INT64_MAX;
	group_advance(group->own_group, emulator->now);
	if (group_gone(group->own_group))
		emu_operation_finish(emulator, arena_strdup(json_arena(), manager->own_operation));
	else
		emu_group_plan(group);
}

void emu_groups_each(
	struct emulator *emulator, const char *project, void (*fn)(void *arg, struct emu_group *group), void *arg)
{
	const char *prefix = project ? arena_printf(json_arena(), "projects/%s/", project) : "";
	const struct map *shelves = &emulator->store.shelves;

	for (size_t i = 0; i < shelves->count; i++) {
		const struct emu_shelf *shelf = shelves->own_entries[i].value;
		const char *path = shelves->own_entries[i].own_key;

		if (!text_starts(path, prefix) || !text_ends(path, "/instanceGroupManagers"))
			continue;
		for (size_t j = 0; j < shelf->count; j++)
			if (shelf->own_items[j]->own_extra)
				fn(arg, emu_group_of(shelf->own_items[j]));
	}
}

static void touch(void *arg, struct emu_group *group)
{
	const char *changed = arg, *mine = group->own_group->own_health_check;

	if (!mine || (changed && strcmp(changed, mine) != 0))
		return;
	group_touch(group->own_group, group->emulator->now);
	emu_group_plan(group);
}

void emu_groups_touch(struct emulator *emulator, const char *project, const char *health_check_path)
{
	emu_groups_each(emulator, project, touch, (void *)health_check_path);
}

static void set_app_start(void *arg, struct emu_group *group)
{
	group->own_group->durations = durations_of(group->emulator);
}

void emu_groups_set_app_start(struct emulator *emulator)
{
	emu_groups_each(emulator, NULL, set_app_start, NULL);
}

/* Looking for one machine by zone and name; of several that are to have it there is one at most. */
struct search {
	const char *zone, *name;
	struct emu_group *group;
	struct group_instance *instance;
};

static void look_into(void *arg, struct emu_group *group)
{
	struct search *search = arg;
	struct group_instance *found = group_find(group->own_group, search->name);

	if (!found || strcmp(found->zone, search->zone) != 0 || (search->instance && !found->id))
		return;
	search->group = group;
	search->instance = found;
}

bool emu_groups_find_instance(
	struct emulator *emulator, const char *path, struct emu_group **group, struct group_instance **instance)
{
	const char *zone = emu_link_location(path);
	struct search search = {.zone = zone ? zone : "", .name = emu_link_name(path)};

	emu_groups_each(emulator, emu_link_project(path), look_into, &search);
	*group = search.group;
	*instance = search.instance;
	return search.instance != NULL;
}

bool emu_groups_machine_event(struct emulator *emulator, const char *instance_path, enum emu_machine_event event)
{
	bool (*const happen[])(struct group *, const char *, int64_t) = {
		[MACHINE_BREAKS] = group_break_instance,
		[MACHINE_MENDS] = group_mend_instance,
		[MACHINE_STOPS] = group_preempt,
		[MACHINE_VANISHES] = group_lose_instance,
	};
	const char *path = emu_link_path(instance_path, "");
	struct emu_group *group;
	struct group_instance *instance;

	if (!path || !emu_link_project(path) || !emu_groups_find_instance(emulator, path, &group, &instance))
		return false;
	if (!happen[event](group->own_group, arena_strdup(json_arena(), instance->name), emulator->now))
		return false;
	emu_group_plan(group);
	return true;
}

static void add_instances(void *arg, struct emu_group *group)
{
	cJSON *array = json_set_array(arg, group->manager->own_path);
	struct group_place place = emu_group_place(group);

	group_write_managed(group->own_group, &place, array);
}

cJSON *emu_groups_instances_json(struct emulator *emulator)
{
	cJSON *object = cJSON_CreateObject();

	emu_groups_each(emulator, NULL, add_instances, object);
	return object;
}

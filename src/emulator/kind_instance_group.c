/* instanceGroups: the other face of each manager, and where its named ports change. Unmanaged groups do not exist here. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/fingerprint.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/template.h"
#include "emulator/resource.h"

static char *fingerprint(const struct emu_group *group)
{
	return emu_fingerprint(
		hash_text(arena_printf(json_arena(), "p%" PRIu64 ".%u", group->manager->id, group->ports_revision)));
}

/* From the group's template, at once. */
static void add_network(const struct emu_group *group, const cJSON *manager, cJSON *body)
{
	const char *link = json_text(manager, "versions[0].instanceTemplate");
	const char *path = link ? emu_link_path(link, "") : NULL;
	const cJSON *interface = json_at(emu_template_properties(group->emulator, path), "networkInterfaces[0]");
	const char *subnetwork = json_text(interface, "subnetwork");
	const char *project = emu_link_project(group->manager->own_path);

	json_set_text(body, "network", json_text(interface, "network"));
	if (subnetwork && emu_link_path(subnetwork, project))
		json_set_text(body, "subnetwork", emu_link_url(emu_link_path(subnetwork, project)));
}

static cJSON *group_json(struct emulator *emulator, const struct emu_resource *manager)
{
	struct emu_group *group = emu_group_of(manager);
	const char *path = emu_group_instance_group_path(manager), *scope = emu_link_parent(emu_link_parent(path));
	cJSON *body = cJSON_CreateObject(), *stored = emu_resource_body(manager);

	json_set_text(body, "kind", "compute#instanceGroup");
	json_setf(body, "id", "%" PRIu64, manager->id ^ 1);
	json_set_text(body, "creationTimestamp", emu_time(emulator, manager->created));
	json_set_text(body, "name", emu_link_name(path));
	json_set_text(body, "description", "");
	json_set(body, "namedPorts", json_copy(json_member(stored, "namedPorts")));
	json_set_text(body, "fingerprint", fingerprint(group));
	add_network(group, stored, body);
	json_set_int(body, "size", group_member_count(group->own_group));
	json_set_text(body, emu_link_is_zonal(path) ? "zone" : "region", emu_link_url(scope));
	json_set_text(body, "selfLink", emu_link_url(path));
	return body;
}

static cJSON *find(struct emulator *emulator, const char *path)
{
	const struct emu_resource *manager = emu_group_manager_of(emulator, path);

	return manager ? group_json(emulator, manager) : NULL;
}

static enum emu_presence presence(struct emulator *emulator, const char *path)
{
	const char *scope = emu_link_parent(emu_link_parent(path));

	return emu_presence_of(
		emulator, arena_printf(json_arena(), "%s/instanceGroupManagers/%s", scope, emu_link_name(path)));
}

static cJSON *render(struct emulator *emulator, const void *thing)
{
	return group_json(emulator, thing);
}

static void collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	const char *path = arena_printf(json_arena(), "%s/instanceGroupManagers", scope_path);
	const struct emu_shelf *shelf = emu_store_shelf(&emulator->store, path);

	items->render = render;
	for (size_t i = 0; shelf && i < shelf->count; i++)
		if (shelf->own_items[i]->visible)
			emu_items_add(items, emu_link_name(shelf->own_items[i]->own_path), shelf->own_items[i]->created,
				shelf->own_items[i]);
}

static struct emu_resource *manager_of_call(struct emu_call *call)
{
	const char *path = emu_call_resource_path(call);
	struct emu_resource *manager = emu_group_manager_of(call->emulator, path);

	if (!manager)
		emu_refuse_not_found(&call->refusal, path);
	return manager;
}

static bool list_instances(struct emu_call *call, struct emu_resource *none)
{
	bool regional = call->route.scope == EMU_REGION;
	struct emu_resource *manager = manager_of_call(call);
	cJSON *request = !manager            ? NULL
	                 : call->body_length ? emu_call_body(call, regional ? "RegionInstanceGroupsListInstancesRequest"
									    : "InstanceGroupsListInstancesRequest")
	                                     : cJSON_CreateObject();
	cJSON *array = cJSON_CreateArray(), *answer = cJSON_CreateObject();
	struct group_place place;

	if (!request)
		return false;
	place = emu_group_place(emu_group_of(manager));
	group_write_members(emu_group_of(manager)->own_group, &place, json_text_or(request, "instanceState", "ALL"),
		json_member(emu_resource_body(manager), "namedPorts"), array);
	json_set_text(answer, "kind",
		regional ? "compute#regionInstanceGroupsListInstances" : "compute#instanceGroupsListInstances");
	json_set_text(answer, "id", call->route.below);
	json_set_text(answer, "selfLink", emu_link_url(call->route.below));
	return emu_list_array(call, answer, "items", array);
}

/* Checks the request and works the new ports into the manager's body, where they are kept. */
static bool set_named_ports(struct emu_call *call, struct emu_resource *none)
{
	bool regional = call->route.scope == EMU_REGION;
	cJSON *request = emu_call_body(
		call, regional ? "RegionInstanceGroupsSetNamedPortsRequest" : "InstanceGroupsSetNamedPortsRequest");
	struct emu_resource *manager = request ? manager_of_call(call) : NULL;
	const char *sent = json_text(request, "fingerprint");
	struct emu_change change = {.resource = manager,
		.effect = EFFECT_REPLACE,
		.type = "compute.instanceGroups.setNamedPorts",
		.least_ms = 3000,
		.most_ms = 15000};
	cJSON *body;

	if (!manager)
		return false;
	change.target = emu_call_resource_path(call);
	if (manager->own_operation)
		return emu_refuse_not_ready(&call->refusal, change.target);
	if (sent && *sent && strcmp(sent, fingerprint(emu_group_of(manager))) != 0)
		return emu_refuse_fingerprint(&call->refusal);
	body = emu_resource_body(manager);
	json_remove(body, "namedPorts");
	json_set(body, "namedPorts", json_copy(json_member(request, "namedPorts")));
	emu_normalise(body);
	if (!emu_group_check_named_ports(call, body))
		return false;
	change.body = body;
	change.links = emu_resource_links(manager);
	return emu_operation_begin(call, &change);
}

static const struct emu_verb verbs[] = {
	{.name = "listInstances", .method = "POST", .fn = list_instances, .free_standing = true},
	{.name = "setNamedPorts", .method = "POST", .fn = set_named_ports, .free_standing = true},
	{.name = NULL},
};

const struct emu_kind emu_instance_group_kind = {
	.collection = "instanceGroups",
	.message = "InstanceGroup",
	.noun = "instance_group",
	.scopes = EMU_IN_REGION | EMU_IN_ZONE,
	.verbs = verbs,
	.find = find,
	.presence = presence,
	.collect = collect,
};

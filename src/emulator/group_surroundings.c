#include "emulator/group_surroundings.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "emulator/address_pool.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/firewall.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/network.h"
#include "emulator/quota.h"
#include "emulator/template.h"

static uint64_t pick(void *arg, uint64_t limit)
{
	struct emu_group *group = arg;

	return limit ? emu_dice_next(&group->emulator->dice) % limit : 0;
}

static uint64_t new_id(void *arg)
{
	struct emu_group *group = arg;

	return emu_dice_id(&group->emulator->dice);
}

static bool fail(struct group_fault *fault, const char *code, const char *message)
{
	text_copy(fault->code, sizeof(fault->code), code);
	text_copy(fault->message, sizeof(fault->message), message);
	return false;
}

static bool check_image(
	struct emulator *emulator, const char *project, const cJSON *properties, struct group_fault *fault)
{
	const char *text = json_text(properties, "disks[0].initializeParams.sourceImage");
	const char *path = text ? emu_link_path(text, project) : NULL;
	struct emu_image image;

	if (!path || emu_image_find(emulator, path, &image))
		return true;
	return fail(fault, "RESOURCE_NOT_FOUND", arena_printf(json_arena(), "The resource '%s' was not found", path));
}

static bool check_stock(
	struct emulator *emulator, const char *project, const char *zone, const char *type, struct group_fault *fault)
{
	const struct map *empty = &emulator->world.stockouts;

	if (!map_find(empty, zone) && !map_find(empty, arena_printf(json_arena(), "%s %s", zone, type)))
		return true;
	return fail(fault, "ZONE_RESOURCE_POOL_EXHAUSTED",
		arena_printf(json_arena(),
			"The zone 'projects/%s/zones/%s' does not have enough resources available to fulfill the "
			"request.  "
			"Try a different zone, or try again later.",
			project, zone));
}

static bool check_quota(struct emulator *emulator, const char *project, const char *zone, struct emu_quota_need need,
	struct group_fault *fault)
{
	const char *region = emu_zone_region(zone), *metric;
	cJSON *details = cJSON_CreateArray(), *info, *dimensions;
	double limit;
	bool global;

	if (emu_quota_machine_fits(emulator, project, region, need, &metric, &limit, &global))
		return true;
	info = json_set_object(json_add_object(details), "quotaInfo");
	json_setf(info, "metricName", "compute.googleapis.com/%s", metric);
	json_setf(info, "limitName", "%s-per-project%s", metric, global ? "" : "-region");
	dimensions = json_set_object(info, "dimensions");
	json_set_text(dimensions, global ? "global" : "region", global ? "global" : region);
	json_set(info, "limit", cJSON_CreateNumber(limit));
	text_copy(fault->details, sizeof(fault->details), json_print(details));
	return fail(fault, "QUOTA_EXCEEDED",
		arena_printf(json_arena(), "Quota '%s' exceeded.  Limit: %.1f %s%s.", metric, limit,
			global ? "globally" : "in region ", global ? "" : region));
}

/* What can only be known of a zone: its cards and CPUs. */
static bool check_hardware(const char *project, const char *zone, const struct emu_machine_type *type,
	const cJSON *properties, struct group_fault *fault)
{
	const char *platform = json_text(properties, "minCpuPlatform");
	const char *problem = emu_cards_problem(project, zone, type, properties);

	if (problem)
		return fail(fault, "INVALID_FIELD_VALUE", problem);
	for (size_t i = 0; platform && emu_cpu_platforms[i]; i++)
		if (text_equal(emu_cpu_platforms[i], platform))
			return true;
	if (!platform)
		return true;
	return fail(fault, "INVALID_FIELD_VALUE",
		arena_printf(json_arena(),
			"Invalid value for field 'resource.minCpuPlatform': '%s'. CPU platform type with name '%s' "
			"does not "
			"exist in zone '%s'.",
			platform, platform, zone));
}

/* Names are unique in a zone, whoever made the machine. */
static bool check_name(
	struct emulator *emulator, const char *project, const char *zone, const char *name, struct group_fault *fault)
{
	const char *path =
		name ? arena_printf(json_arena(), "projects/%s/zones/%s/instances/%s", project, zone, name) : NULL;
	struct emu_group *group;
	struct group_instance *instance;

	if (!path || !emu_groups_find_instance(emulator, path, &group, &instance) || !instance->id)
		return true;
	return fail(
		fault, "RESOURCE_ALREADY_EXISTS", arena_printf(json_arena(), "The resource '%s' already exists", path));
}

static bool can_create(void *arg, const struct group *unused, const char *zone, const struct group_machine *machine,
	struct group_fault *fault)
{
	JSON_WORK(work);
	struct emu_group *group = arg;
	struct emulator *emulator = group->emulator;
	const char *project = emu_link_project(group->manager->own_path);
	const cJSON *properties = emu_template_properties(emulator, machine->template_name);
	const char *name = machine->type ? machine->type : json_text_or(properties, "machineType", "");
	const struct emu_machine_type *type = emu_machine_type_find(emulator, zone, name);
	struct emu_quota_need need;

	if (!properties)
		return fail(fault, "RESOURCE_NOT_FOUND",
			arena_printf(json_arena(), "The resource '%s' was not found", machine->template_name));
	if (!type)
		return fail(fault, "INVALID_FIELD_VALUE",
			arena_printf(json_arena(),
				"Invalid value for field 'resource.machineType': "
				"'projects/%s/zones/%s/machineTypes/%s'. "
				"Machine type with name '%s' does not exist in zone '%s'.",
				project, zone, name, name, zone));
	need = (struct emu_quota_need){
		.cpus = type->cpus, .cards = emu_cards_of(type, emu_template_find(emulator, machine->template_name))};
	return check_name(emulator, project, zone, machine->name, fault) &&
	       check_image(emulator, project, properties, fault) &&
	       check_hardware(project, zone, type, properties, fault) &&
	       check_stock(emulator, project, zone, name, fault) && check_quota(emulator, project, zone, need, fault);
}

static const cJSON *health_check_of(const struct emu_group *group)
{
	const char *path = group->own_group->own_health_check;
	const struct emu_resource *found = path ? emu_store_find(&group->emulator->store, path) : NULL;

	return found && found->visible ? emu_resource_body(found) : NULL;
}

static int port_of(const cJSON *check)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, check) if (cJSON_IsObject(member) && json_has(member, "port")) return (int)json_int(
		member, "port", 0);
	return 0;
}

static bool healthy(void *arg, const struct group *unused, const struct group_instance *instance)
{
	JSON_WORK(work);
	struct emu_group *group = arg;
	const cJSON *check = health_check_of(group);
	const struct emu_template *machine = emu_template_find(group->emulator, instance->own_machine_template);
	int64_t since;

	return check && emu_firewall_admits(group->emulator, emu_link_project(group->manager->own_path), machine,
				port_of(check), &since);
}

static int64_t probe_ms(void *arg, const struct group *unused, bool to_healthy)
{
	JSON_WORK(work);
	const cJSON *check = health_check_of(arg);

	return 1000 * json_int(check, "checkIntervalSec", 5) *
	       json_int(check, to_healthy ? "healthyThreshold" : "unhealthyThreshold", 2);
}

static bool serves(void *arg, const struct group *unused, const struct group_instance *instance)
{
	JSON_WORK(work);
	struct emu_group *group = arg;
	const cJSON *properties = emu_template_properties(group->emulator, instance->own_template);
	const char *source = json_text(properties, "disks[0].initializeParams.sourceImage");
	struct emu_image image;

	if (!source || !emu_image_find(group->emulator,
			       emu_link_path(source, emu_link_project(group->manager->own_path)), &image))
		return true;
	return !map_find(
		&group->emulator->world.bad_images, arena_printf(json_arena(), "%s %s", image.project, image.name));
}

static void allocate_ip(void *arg, const struct group *unused, const struct group_instance *instance,
	char ip[GROUP_IP_SIZE], char nat_ip[GROUP_IP_SIZE])
{
	JSON_WORK(work);
	struct emu_group *group = arg;
	const cJSON *properties = emu_template_properties(group->emulator, instance->own_template);

	text_copy(ip, GROUP_IP_SIZE,
		emu_network_address(emu_zone_region(instance->zone), group->emulator->next_machine++));
	if (json_has(properties, "networkInterfaces[0].accessConfigs"))
		text_copy(nat_ip, GROUP_IP_SIZE, emu_address_allocate(group->emulator, false));
}

/* Members whose change needs no new machine, and what it needs. */
static const struct {
	const char *member;
	enum group_disruption needs;
} gentle[] = {
	{"labels", GROUP_DISRUPT_REFRESH},
	{"metadata", GROUP_DISRUPT_REFRESH},
	{"tags", GROUP_DISRUPT_REFRESH},
	{"machineType", GROUP_DISRUPT_RESTART},
	{"serviceAccounts", GROUP_DISRUPT_RESTART},
	{"scheduling", GROUP_DISRUPT_RESTART},
	{"guestAccelerators", GROUP_DISRUPT_RESTART},
	{"minCpuPlatform", GROUP_DISRUPT_RESTART},
};

static enum group_disruption change_needs(void *arg, const char *from_template, const char *to_template)
{
	JSON_WORK(work);
	struct emu_group *group = arg;
	cJSON *from = emu_template_properties(group->emulator, from_template),
	      *to = emu_template_properties(group->emulator, to_template);
	enum group_disruption needs = GROUP_DISRUPT_NONE;

	for (size_t i = 0; i < sizeof(gentle) / sizeof(gentle[0]); i++) {
		if (!json_equal(json_member(from, gentle[i].member), json_member(to, gentle[i].member)) &&
			gentle[i].needs > needs)
			needs = gentle[i].needs;
		json_remove(from, gentle[i].member);
		json_remove(to, gentle[i].member);
	}
	return json_equal(from, to) ? needs : GROUP_DISRUPT_REPLACE;
}

/* The longest draining of the backend services that the group serves. */
static int64_t drain_ms(void *arg, const struct group *unused)
{
	JSON_WORK(work);
	struct emu_group *group = arg;
	struct emulator *emulator = group->emulator;
	cJSON *users = emu_store_users(&emulator->store, emu_group_instance_group_path(group->manager), emulator->now);
	const cJSON *user;
	int64_t longest = 0;

	cJSON_ArrayForEach(user, users)
	{
		const struct emu_resource *service = emu_store_find(&emulator->store, user->valuestring);
		int64_t draining =
			service ? json_int(emu_resource_body(service), "connectionDraining.drainingTimeoutSec", 0) : 0;

		if (draining > longest)
			longest = draining;
	}
	return longest * 1000;
}

void emu_group_surround(struct emu_group *group)
{
	group->world = (struct group_world){
		.arg = group,
		.random = pick,
		.new_id = new_id,
		.can_create = can_create,
		.healthy = healthy,
		.probe_ms = probe_ms,
		.allocate_ip = allocate_ip,
		.serves = serves,
		.change_needs = change_needs,
		.drain_ms = drain_ms,
	};
}

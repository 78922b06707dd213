/* A group in the API's words: its manager's body in and out, and the lists of its instances and errors. */
#include "emulator/group_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "emulator/group_json_internal.h"

/* Links are kept as paths, so that texts of the same template are equal. */
static const char *link_path(const char *link)
{
	const char *path = link ? strstr(link, "projects/") : NULL;

	return path ? path : link;
}

const char *group_link(const struct group_place *place, const char *link)
{
	const char *path = link_path(link);

	if (!path || !text_starts(path, "projects/"))
		return link;
	return arena_printf(json_arena(), "%s/%s", place->base, path);
}

const char *group_instance_link(const struct group_place *place, const char *zone, const char *name)
{
	return arena_printf(
		json_arena(), "%s/projects/%s/zones/%s/instances/%s", place->base, place->project, zone, name);
}

void group_set_time(const struct group_place *place, cJSON *object, const char *name, int64_t at)
{
	enum { PACIFIC_MINUTES = -7 * 60 }; /* the cloud prints its own time zone */
	char text[TIME_TEXT_SIZE];

	time_text_offset(place->wall_start_us + at * 1000, PACIFIC_MINUTES, text);
	json_set_text(object, name, text);
}

/* An amount that a client echoes back (calculated alone) is none. */
static struct group_amount read_amount(const cJSON *amount, struct group_amount otherwise)
{
	if (json_has(amount, "percent"))
		return (struct group_amount){GROUP_AMOUNT_PERCENT, (int)json_int(amount, "percent", 0)};
	if (json_has(amount, "fixed"))
		return (struct group_amount){GROUP_AMOUNT_FIXED, (int)json_int(amount, "fixed", 0)};
	return otherwise;
}

static void read_versions(struct group *group, const cJSON *body, int64_t now)
{
	const cJSON *versions = json_member(body, "versions"), *item = NULL;
	const int count = cJSON_GetArraySize(versions);
	struct group_version single = {.template_name = link_path(json_text(body, "instanceTemplate"))};

	if (count == 0) {
		if (single.template_name)
			group_set_versions(group, &single, 1, now);
		return;
	}
	struct group_version *read = arena_alloc(json_arena(), (size_t)count * sizeof(*read));
	size_t used = 0;
	cJSON_ArrayForEach(item, versions)
	{
		read[used++] = (struct group_version){.name = json_text(item, "name"),
			.template_name = link_path(json_text(item, "instanceTemplate")),
			.size = read_amount(
				json_member(item, "targetSize"), (struct group_amount){.form = GROUP_AMOUNT_ABSENT})};
	}
	group_set_versions(group, read, used, now);
}

static enum group_disruption read_disruption(const cJSON *policy, const char *name)
{
	static const char *const words[] = {"NONE", "REFRESH", "RESTART", "REPLACE"};
	const char *word = json_text_or(policy, name, "REPLACE");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equal(word, words[i]))
			return (enum group_disruption)i;
	return GROUP_DISRUPT_REPLACE;
}

static void read_policy(struct group *group, const cJSON *body, int64_t now)
{
	const cJSON *policy = json_member(body, "updatePolicy");
	struct group_policy read = group_policy_default(group->zone_count);

	if (text_equal(json_text(policy, "type"), "PROACTIVE"))
		read.type = GROUP_PROACTIVE;
	if (text_equal(json_text(policy, "replacementMethod"), "RECREATE"))
		read.replacement = GROUP_RECREATE;
	read.minimal = read_disruption(policy, "minimalAction");
	read.most_disruptive = read_disruption(policy, "mostDisruptiveAllowedAction");
	read.surge = read_amount(json_member(policy, "maxSurge"), read.surge);
	read.unavailable = read_amount(json_member(policy, "maxUnavailable"), read.unavailable);
	group_set_policy(group, &read, now);
}

static void read_shape(struct group *group, const cJSON *body, int64_t now)
{
	const char *word = json_text_or(body, "distributionPolicy.targetShape", "EVEN");
	bool single = text_equal(word, "ANY_SINGLE_ZONE");

	group_set_shape(group,
		single                     ? GROUP_SINGLE_ZONE
		: text_equal(word, "EVEN") ? GROUP_EVEN
					   : GROUP_WHERE_STOCK_IS,
		now);
}

static void read_config(struct group *group, const cJSON *body, int64_t now)
{
	static const char *const members[] = {"metadata", "labels"};
	cJSON *kept = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const cJSON *given = json_member(json_at(body, "allInstancesConfig.properties"), members[i]);
		if (given && given->child)
			json_set(kept, members[i], json_copy(given));
	}
	group_set_config(group, kept->child ? json_print_canonical(kept) : NULL, now);
}

struct selection {
	const cJSON *item;
	int64_t rank;
};

/* Best first; of the same rank by name. */
static int compare_selections(const void *a, const void *b)
{
	const struct selection *one = a, *other = b;

	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	return strcmp(one->item->string, other->item->string);
}

static void read_machine_types(struct group *group, const cJSON *body, int64_t now)
{
	enum { TYPES_MAX = 64 };
	const cJSON *selections = json_at(body, "instanceFlexibilityPolicy.instanceSelections"), *item;
	struct selection *sorted =
		arena_alloc(json_arena(), ((size_t)cJSON_GetArraySize(selections) + 1) * sizeof(*sorted));
	const char *types[TYPES_MAX];
	size_t count = 0, type_count = 0;

	cJSON_ArrayForEach(item, selections) sorted[count++] =
		(struct selection){.item = item, .rank = json_int(item, "rank", 0)};
	qsort(sorted, count, sizeof(*sorted), compare_selections);
	for (size_t i = 0; i < count; i++)
		cJSON_ArrayForEach(item, json_member(sorted[i].item, "machineTypes")) if (type_count < TYPES_MAX)
			types[type_count++] = item->valuestring;
	group_set_machine_types(group, types, type_count, now);
}

static void read_standby(struct group *group, const cJSON *body, int64_t now)
{
	const cJSON *policy = json_member(body, "standbyPolicy");
	const struct group_standby standby = {
		.sizes = {[GROUP_SUSPENDED] = (int)json_int(body, "targetSuspendedSize", 0),
			[GROUP_STOPPED] = (int)json_int(body, "targetStoppedSize", 0)},
		.scales_out = text_equal(json_text(policy, "mode"), "SCALE_OUT_POOL"),
		.delay_ms = 1000 * json_int(policy, "initialDelaySec", 0)};

	group_set_standby(group, &standby, now);
}

bool group_is_stateful(const cJSON *body)
{
	const cJSON *part;

	cJSON_ArrayForEach(part, json_at(body, "statefulPolicy.preservedState"))
	{
		if (part->child)
			return true;
	}
	return false;
}

static void read_stateful(struct group *group, const cJSON *body, int64_t now)
{
	const cJSON *kept = json_at(body, "statefulPolicy.preservedState");
	const struct group_stateful stateful = {.policy = group_is_stateful(body) ? json_print_canonical(kept) : NULL,
		.ip = json_has(json_member(kept, "internalIPs"), "nic0"),
		.nat_ip = json_has(json_member(kept, "externalIPs"), "nic0")};

	group_set_stateful(group, &stateful, now);
}

static void read_keeping(struct group *group, const cJSON *body, int64_t now)
{
	const cJSON *policy = json_at(body, "autoHealingPolicies[0]"),
		    *life = json_member(body, "instanceLifecyclePolicy");
	const struct group_healing healing = {.health_check = link_path(json_text(policy, "healthCheck")),
		.initial_delay_ms = 1000 * json_int(policy, "initialDelaySec", 0)};
	const bool repair = !text_equal(json_text(life, "defaultActionOnFailure"), "DO_NOTHING");
	const char *on_unhealthy = json_text_or(life, "onFailedHealthCheck", "DEFAULT_ACTION");
	const bool by_default = text_equal(on_unhealthy, "DEFAULT_ACTION");
	const struct group_lifecycle lifecycle = {.repair = repair,
		.heal = by_default ? repair : text_equal(on_unhealthy, "REPAIR"),
		.update_on_repair = text_equal(json_text(life, "forceUpdateOnRepair"), "YES")};

	group_set_healing(group, &healing, now);
	group_set_lifecycle(group, &lifecycle, now);
}

void group_read_body(struct group *group, const cJSON *body, int64_t now)
{
	group_hold(group, now);
	read_keeping(group, body, now);
	read_shape(group, body, now);
	read_config(group, body, now);
	read_machine_types(group, body, now);
	read_standby(group, body, now);
	read_stateful(group, body, now);
	read_policy(group, body, now);
	read_versions(group, body, now);
	group_resize(group, (int)json_int(body, "targetSize", group->target_size), now);
	group_release(group);
}

static cJSON *member_object(cJSON *object, const char *name)
{
	cJSON *member = json_member(object, name);

	return cJSON_IsObject(member) ? member : json_set_object(object, name);
}

static void write_amount(cJSON *policy, const char *name, struct group_amount amount, int calculated)
{
	cJSON *object = member_object(policy, name);

	if (amount.form == GROUP_AMOUNT_FIXED)
		json_set_int(object, "fixed", amount.value);
	if (amount.form == GROUP_AMOUNT_PERCENT)
		json_set_int(object, "percent", amount.value);
	json_set_int(object, "calculated", calculated);
}

static void write_versions(const struct group *group, const struct group_place *place, cJSON *body)
{
	cJSON *versions = json_member(body, "versions");

	if (!cJSON_IsArray(versions))
		versions = json_set_array(body, "versions");
	for (size_t i = 0; i < group->version_count; i++) {
		const struct group_version *version = &group->own_versions[i];
		cJSON *item = cJSON_GetArrayItem(versions, (int)i);
		if (!item) {
			item = json_add_object(versions);
			json_set_text(item, "instanceTemplate", group_link(place, version->template_name));
			json_set_text(item, "name", version->name[0] ? version->name : NULL);
		}
		write_amount(item, "targetSize", version->size, group_version_target(group, i));
	}
}

static void write_actions(const struct group *group, cJSON *body)
{
	cJSON *actions = json_set_object(body, "currentActions");
	int counts[GROUP_ACTIONS];

	group_count_actions(group, counts);
	for (int action = 0; action < GROUP_ACTIONS; action++)
		json_set_int(actions, group_action_key((enum group_action)action), counts[action]);
}

static void write_status(const struct group *group, const struct group_place *place, cJSON *body)
{
	cJSON *status = json_set_object(body, "status"), *config = json_set_object(status, "allInstancesConfig");

	json_set_bool(config, "effective", group_config_effective(group));
	if (group->config_set != GROUP_UNSET)
		group_set_time(place, config, "currentRevision", group->config_set);
	json_set_bool(status, "isStable", group_stable(group));
	cJSON *stateful = json_set_object(status, "stateful");
	json_set_bool(stateful, "hasStatefulConfig", group->own_stateful != NULL);
	json_set_bool(json_set_object(stateful, "perInstanceConfigs"), "allEffective", true);
	json_set_bool(json_set_object(status, "versionTarget"), "isReached", group_version_reached(group));
}

void group_write_manager(const struct group *group, const struct group_place *place, cJSON *body)
{
	cJSON *policy = member_object(body, "updatePolicy");

	write_amount(policy, "maxSurge", group->policy.surge, group_surge(group));
	write_amount(policy, "maxUnavailable", group->policy.unavailable, group_unavailable(group));
	write_versions(group, place, body);
	json_set_int(body, "targetSize", group->target_size);
	json_set_int(body, "targetSuspendedSize", group->standby.sizes[GROUP_SUSPENDED]);
	json_set_int(body, "targetStoppedSize", group->standby.sizes[GROUP_STOPPED]);
	write_actions(group, body);
	write_status(group, place, body);
}

static void write_version(const struct group_place *place, cJSON *object, const char *template_name, const char *name)
{
	cJSON *version = json_set_object(object, "version");

	json_set_text(version, "instanceTemplate", group_link(place, template_name));
	json_set_text(version, "name", name[0] ? name : NULL);
}

static void write_fault(cJSON *item, const struct group_fault *fault)
{
	cJSON *error = json_add_object(
		json_set_array(json_set_object(json_set_object(item, "lastAttempt"), "errors"), "errors"));

	json_set_text(error, "code", fault->code);
	json_set_text(error, "message", fault->message);
	if (fault->details[0])
		json_set(error, "errorDetails", json_parse_text(fault->details));
}

/* What a probe would report: no answer from a machine that is not up or not reached, a bad one from a broken one. */
static const char *detailed_health(const struct group_instance *instance)
{
	if (group_instance_leaves(instance) || instance->action == GROUP_RECREATING)
		return "DRAINING";
	if (instance->health == GROUP_HEALTH_UNHEALTHY && !instance->broken)
		return "TIMEOUT";
	return group_health_name(instance->health);
}

static void write_health(
	const struct group *group, const struct group_place *place, const struct group_instance *instance, cJSON *item)
{
	if (!group->own_health_check || instance->status != GROUP_MACHINE_RUNNING)
		return;
	cJSON *health = json_add_object(json_set_array(item, "instanceHealth"));
	json_set_text(health, "healthCheck", group_link(place, group->own_health_check));
	json_set_text(health, "detailedHealthState", detailed_health(instance));
}

static void write_kept_disks(
	const struct group_place *place, const struct group_instance *instance, const cJSON *kept, cJSON *state)
{
	const cJSON *disk;

	cJSON_ArrayForEach(disk, json_member(kept, "disks"))
	{
		cJSON *disks = json_has(state, "disks") ? json_member(state, "disks") : json_set_object(state, "disks");
		cJSON *item = json_set_object(disks, disk->string);

		json_set_text(item, "autoDelete", json_text_or(disk, "autoDelete", "NEVER"));
		json_set_text(item, "mode", "READ_WRITE");
		json_setf(item, "source", "%s/projects/%s/zones/%s/disks/%s-%s", place->base, place->project,
			instance->zone, instance->name, disk->string);
	}
}

static void write_kept_address(const cJSON *kept, const char *part, const char *literal, cJSON *state)
{
	const cJSON *address = json_member(json_member(kept, part), "nic0");
	cJSON *item;

	if (!address || !literal[0])
		return;
	item = json_set_object(json_set_object(state, part), "nic0");
	json_set_text(item, "autoDelete", json_text_or(address, "autoDelete", "NEVER"));
	json_set_text(json_set_object(item, "ipAddress"), "literal", literal);
}

/* What it keeps by the group's policy when it is made anew. */
static void write_kept(
	const struct group *group, const struct group_place *place, const struct group_instance *instance, cJSON *item)
{
	const cJSON *kept = group->own_stateful ? json_parse_text(group->own_stateful) : NULL;
	cJSON *state;

	if (!kept || !instance->id)
		return;
	state = json_set_object(item, "preservedStateFromPolicy");
	write_kept_disks(place, instance, kept, state);
	write_kept_address(kept, "internalIPs", instance->ip, state);
	write_kept_address(kept, "externalIPs", instance->nat_ip, state);
}

static void write_managed_item(
	const struct group *group, const struct group_place *place, const struct group_instance *instance, cJSON *item)
{
	json_set_text(item, "instance", group_instance_link(place, instance->zone, instance->name));
	json_set_text(item, "name", instance->name);
	if (instance->id)
		json_setf(item, "id", "%llu", (unsigned long long)instance->id);
	json_set_text(item, "instanceStatus", group_status_name(instance->status));
	json_set_text(item, "currentAction", group_action_name(instance->action));
	if (group_instance_leaves(instance))
		json_set_object(item, "version");
	else
		write_version(place, item, instance->own_template, instance->own_version);
	if (instance->own_machine_type)
		json_set_text(json_set_object(item, "propertiesFromFlexibilityPolicy"), "machineType",
			instance->own_machine_type);
	write_kept(group, place, instance, item);
	if (instance->own_fault)
		write_fault(item, instance->own_fault);
	write_health(group, place, instance, item);
}

void group_write_managed(const struct group *group, const struct group_place *place, cJSON *items)
{
	for (size_t i = 0; i < group->instance_count; i++)
		write_managed_item(group, place, group->own_instances[i], json_add_object(items));
}

void group_write_errors(const struct group *group, const struct group_place *place, cJSON *items)
{
	for (size_t i = group->error_count; i-- > 0;) {
		const struct group_error *entry = &group->own_errors[i];
		cJSON *item = json_add_object(items), *error = json_set_object(item, "error");
		json_set_text(error, "code", entry->fault.code);
		json_set_text(error, "message", entry->fault.message);
		cJSON *details = json_set_object(item, "instanceActionDetails");
		json_set_text(details, "action", group_action_name(entry->action));
		json_set_text(details, "instance", group_instance_link(place, entry->zone, entry->instance));
		write_version(place, details, entry->own_template, entry->own_version);
		group_set_time(place, item, "timestamp", entry->at);
	}
}

void group_write_members(const struct group *group, const struct group_place *place, const char *state,
	const cJSON *named_ports, cJSON *items)
{
	const bool running_only = text_equal(state, "RUNNING");

	for (size_t i = 0; i < group->instance_count; i++) {
		const struct group_instance *instance = group->own_instances[i];
		if (!instance->id || (running_only && instance->status != GROUP_MACHINE_RUNNING))
			continue;
		cJSON *item = json_add_object(items);
		json_set_text(item, "instance", group_instance_link(place, instance->zone, instance->name));
		if (cJSON_GetArraySize(named_ports) > 0)
			json_set(item, "namedPorts", json_copy(named_ports));
		json_set_text(item, "status", group_status_name(instance->status));
	}
}

int group_member_count(const struct group *group)
{
	int count = 0;

	for (size_t i = 0; i < group->instance_count; i++)
		count += group->own_instances[i]->id != 0;
	return count;
}

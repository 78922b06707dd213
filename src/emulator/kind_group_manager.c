/* instanceGroupManagers, zonal and regional: what a body may say and what the server adds to it. The custom verbs are in
 * group_verbs.c, the machines in groups.c. */
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/autoscaler.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/group_options.h"
#include "emulator/group_verbs.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/template.h"
#include "emulator/resource.h"

enum { PERCENT_LEAST_SIZE = 10, VERSIONS_MAX = 2 };

static bool is_regional(const struct emu_call *call)
{
	return call->route.scope == EMU_REGION;
}

static int zone_count(const struct emu_call *call, const cJSON *body)
{
	int zones = cJSON_GetArraySize(json_at(body, "distributionPolicy.zones"));

	return !is_regional(call) ? 1 : zones ? zones : 3;
}

static bool check_amount(struct emu_call *call, const cJSON *amount, const char *at, int64_t size)
{
	if (json_has(amount, "fixed") && json_has(amount, "percent"))
		return emu_refuse_field(
			&call->refusal, at, json_print(amount), "Only one of fixed and percent can be set.");
	if (json_int(amount, "percent", 0) < 0 || json_int(amount, "percent", 0) > 100 ||
		json_int(amount, "fixed", 0) < 0)
		return emu_refuse_field(
			&call->refusal, at, json_print(amount), "Must be 0 to 100 percent, or a number of at least 0.");
	if (json_has(amount, "percent") && size < PERCENT_LEAST_SIZE && strncmp(at, "updatePolicy", 12) == 0)
		return emu_refuse_field(&call->refusal, at, json_print(amount),
			"Percent values of %s are only allowed for %smanaged instance groups with size at least %d.",
			at, is_regional(call) ? "regional " : "", PERCENT_LEAST_SIZE);
	return true;
}

/* A group over several zones changes none, or one machine in each of them. */
static bool check_regional_amount(struct emu_call *call, const cJSON *body, const char *at)
{
	int64_t value = json_int(body, arena_printf(json_arena(), "%s.fixed", at), 0);

	if (!is_regional(call) || !value || value >= zone_count(call, body))
		return true;
	return emu_refuse_field(&call->refusal, at, json_print(json_at(body, at)),
		"Fixed %s for regional managed instance group has to be either 0 or at least equal to the number of "
		"zones.",
		at);
}

/* Machines are moved between zones only where each is to have as many. */
static bool check_shape(struct emu_call *call, const cJSON *body)
{
	const char *shape = json_text_or(body, "distributionPolicy.targetShape", "EVEN");
	const char *moved = json_text_or(body, "updatePolicy.instanceRedistributionType", "PROACTIVE");

	return strcmp(shape, "EVEN") == 0 || strcmp(moved, "NONE") == 0 ||
	       emu_refuse_field(&call->refusal, "updatePolicy.instanceRedistributionType", moved,
		       "Proactive redistribution is only supported with target shape EVEN, and not with %s.", shape);
}

static int64_t amount_of(const cJSON *policy, const char *name, int64_t otherwise)
{
	const cJSON *amount = json_member(policy, name);

	if (json_has(amount, "percent"))
		return json_int(amount, "percent", 0);
	return json_int(amount, "fixed", otherwise);
}

static bool check_policy(struct emu_call *call, const cJSON *body)
{
	const cJSON *policy = json_member(body, "updatePolicy");
	int64_t size = json_int(body, "targetSize", 0), zones = zone_count(call, body);
	int64_t surge = amount_of(policy, "maxSurge", zones), unavailable = amount_of(policy, "maxUnavailable", zones);

	if (!check_amount(call, json_member(policy, "maxSurge"), "updatePolicy.maxSurge", size) ||
		!check_amount(call, json_member(policy, "maxUnavailable"), "updatePolicy.maxUnavailable", size) ||
		!check_regional_amount(call, body, "updatePolicy.maxSurge") ||
		!check_regional_amount(call, body, "updatePolicy.maxUnavailable"))
		return false;
	if (text_equal(json_text(policy, "replacementMethod"), "RECREATE") && (surge || !unavailable))
		return emu_refuse_field(&call->refusal, "updatePolicy.replacementMethod", "RECREATE",
			"RECREATE needs maxSurge 0 and maxUnavailable above 0.");
	return surge || unavailable ||
	       emu_refuse_field(&call->refusal, "updatePolicy.maxUnavailable", "0",
		       "At least one of maxSurge and maxUnavailable must be above 0.");
}

static bool check_versions(struct emu_call *call, const cJSON *body)
{
	const cJSON *versions = json_member(body, "versions"), *version;
	int rest = 0, index = 0, count = cJSON_GetArraySize(versions);

	if (!count)
		return emu_check_present(call, body, "instanceTemplate");
	if (count > VERSIONS_MAX)
		return emu_refuse_field(
			&call->refusal, "versions", "", "At most %d versions are supported.", VERSIONS_MAX);
	cJSON_ArrayForEach(version, versions)
	{
		const char *at = arena_printf(json_arena(), "versions[%d]", index++);
		const cJSON *size = json_member(version, "targetSize");

		if (!json_has(version, "instanceTemplate"))
			return emu_refuse_required(
				&call->refusal, arena_printf(json_arena(), "%s.instanceTemplate", at));
		if (!check_amount(call, size, arena_printf(json_arena(), "%s.targetSize", at), PERCENT_LEAST_SIZE))
			return false;
		rest += !json_has(size, "fixed") && !json_has(size, "percent");
	}
	return rest == 1 || emu_refuse_field(&call->refusal, "versions", json_print(versions),
				    "Exactly one version must not specify targetSize.");
}

bool emu_group_check_named_ports(struct emu_call *call, const cJSON *body)
{
	const cJSON *port;
	int index = 0;

	cJSON_ArrayForEach(port, json_member(body, "namedPorts"))
	{
		const char *at = arena_printf(json_arena(), "namedPorts[%d]", index++),
			   *name = json_text_or(port, "name", "");

		if (!text_is_label(name, 63))
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.name", at), name,
				"Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
		if (json_int(port, "port", 0) < 1 || json_int(port, "port", 0) > 65535)
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.port", at),
				json_print(port), "Must be between 1 and 65535.");
	}
	return true;
}

static bool check_healing(struct emu_call *call, cJSON *body)
{
	cJSON *policies = json_member(body, "autoHealingPolicies");

	/* gcloud says "none" as a list of one empty policy. */
	if (policies && policies->child && !policies->child->child) {
		json_remove(body, "autoHealingPolicies");
		return true;
	}
	if (cJSON_GetArraySize(policies) > 1)
		return emu_refuse(&call->refusal, 400, "invalid",
			"Value for field 'resource.autoHealingPolicies' is too large: maximum size 1 element(s); "
			"actual size %d.",
			cJSON_GetArraySize(policies));
	return emu_check_range(call, body, "autoHealingPolicies[0].initialDelaySec", 0, 3600);
}

static bool check_base_name(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	const char *base = json_text(body, "baseInstanceName"), *old = json_text(before, "baseInstanceName");

	if (base && !text_is_label(base, 58))
		return emu_refuse_field(&call->refusal, "baseInstanceName", base,
			"Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,56}[a-z0-9])?)'");
	return !old || text_equal(base, old) ||
	       emu_refuse_field(&call->refusal, "baseInstanceName", base, "The field cannot be changed.");
}

static bool has_zone(const cJSON *zones, const char *name)
{
	const cJSON *zone;

	cJSON_ArrayForEach(
		zone, zones) if (text_equal(emu_link_name(json_text_or(zone, "zone", "")), name)) return true;
	return false;
}

static bool check_zones(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	const cJSON *zone, *zones = json_at(body, "distributionPolicy.zones"),
			   *old = json_at(before, "distributionPolicy.zones");
	int index = 0;

	if (old && cJSON_GetArraySize(zones) != cJSON_GetArraySize(old))
		return emu_refuse_field(
			&call->refusal, "distributionPolicy.zones", json_print(zones), "The field cannot be changed.");

	cJSON_ArrayForEach(zone, zones)
	{
		const char *link = json_text_or(zone, "zone", ""), *name = emu_link_name(link);

		if (!emu_zone_exists(name) || strcmp(emu_zone_region(name), call->route.location) != 0 ||
			(old && !has_zone(old, name)))
			return emu_refuse_field(&call->refusal,
				arena_printf(json_arena(), "distributionPolicy.zones[%d].zone", index), link,
				"The zone does not belong to the group.");
		index++;
	}
	return true;
}

/* The size is the autoscaler's to say (gce-facts-2.md section 2). */
static bool check_size(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	const struct emu_resource *autoscaler;

	if (!before || json_int(body, "targetSize", 0) == json_int(before, "targetSize", 0))
		return true;
	autoscaler = emu_autoscaler_of(call->emulator, emu_call_resource(call)->own_path);
	if (!autoscaler || !emu_autoscaler_holds(autoscaler))
		return true;
	return emu_refuse_condition(&call->refusal,
		arena_printf(json_arena(),
			"Resizing of autoscaled %smanaged instance groups is not allowed. If you want to manually "
			"adjust target size remove the autoscaler or set autoscaling policy mode to OFF.",
			is_regional(call) ? "regional " : ""));
}

/* Found out by the group manager only after it took the request. */
static void judge_template(struct emu_call *call, const char *link)
{
	const char *path = link ? emu_link_path(link, call->route.project) : NULL;
	const cJSON *scheduling =
		path ? json_member(emu_template_properties(call->emulator, path), "scheduling") : NULL;

	if (text_equal(json_text(scheduling, "provisioningModel"), "SPOT") &&
		text_equal(json_text(scheduling, "instanceTerminationAction"), "DELETE"))
		call->failure = (struct emu_failure){.status = 400,
			.code = "UNSUPPORTED_OPERATION",
			.message = "Spot virtual machines with termination action set to DELETE cannot be used with "
				   "Managed Instance Groups."};
}

static void judge_templates(struct emu_call *call, const cJSON *body)
{
	const cJSON *version;

	judge_template(call, json_text(body, "instanceTemplate"));
	cJSON_ArrayForEach(version, json_member(body, "versions"))
		judge_template(call, json_text(version, "instanceTemplate"));
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	if (!emu_check_present(call, body, "targetSize") ||
		!emu_check_range(call, body, "targetSize", 0, is_regional(call) ? 2000 : 1000) ||
		!check_versions(call, body) || !check_policy(call, body) || !emu_group_check_named_ports(call, body) ||
		!check_healing(call, body) || !check_base_name(call, body, before) ||
		!check_zones(call, body, before) || !check_shape(call, body) || !check_size(call, body, before) ||
		!emu_group_check_options(call, body, before))
		return false;
	judge_templates(call, body);
	return true;
}

/* One version: the two ways to say it agree. Several: only the list says it. */
static void complete_versions(cJSON *body)
{
	cJSON *versions = json_member(body, "versions");

	if (!versions) {
		versions = json_set_array(body, "versions");
		json_set_text(json_add_object(versions), "instanceTemplate", json_text(body, "instanceTemplate"));
	}
	json_remove(body, "instanceTemplate");
	if (cJSON_GetArraySize(versions) == 1)
		json_set_text(body, "instanceTemplate", json_text(versions, "[0].instanceTemplate"));
}

static void complete_policy(struct emu_call *call, cJSON *body)
{
	cJSON *policy = emu_default_object(body, "updatePolicy");
	int zones = zone_count(call, body);

	emu_default_text(policy, "type", "OPPORTUNISTIC");
	emu_default_text(policy, "minimalAction", "REPLACE");
	emu_default_text(policy, "replacementMethod", "SUBSTITUTE");
	if (!json_has(policy, "maxSurge.percent"))
		emu_default_int(emu_default_object(policy, "maxSurge"), "fixed", zones);
	if (!json_has(policy, "maxUnavailable.percent"))
		emu_default_int(emu_default_object(policy, "maxUnavailable"), "fixed", zones);
	if (is_regional(call))
		emu_default_text(policy, "instanceRedistributionType", "PROACTIVE");
}

/* The service picks three zones of the region for a group that names none. */
static void complete_distribution(struct emu_call *call, cJSON *body)
{
	cJSON *policy = emu_default_object(body, "distributionPolicy"), *zones = json_member(policy, "zones"), *zone;
	const struct emu_region *region = emu_region_find(call->route.location);

	emu_default_text(policy, "targetShape", "EVEN");
	if (!zones) {
		zones = json_set_array(policy, "zones");
		for (const char *letter = region->zones + strlen(region->zones) - 3; *letter; letter++)
			json_setf(json_add_object(zones), "zone", "zones/%s-%c", region->name, *letter);
	}
	cJSON_ArrayForEach(zone, zones) json_setf(zone, "zone", EMU_LINK_BASE "projects/%s/zones/%s",
		call->route.project, emu_link_name(json_text_or(zone, "zone", "")));
}

static void complete(struct emu_call *call, cJSON *body)
{
	cJSON *life = emu_default_object(body, "instanceLifecyclePolicy");

	emu_default_text(body, "baseInstanceName",
		arena_strndup(json_arena(), json_text(body, "name"), strnlen(json_text(body, "name"), 58)));
	complete_versions(body);
	complete_policy(call, body);
	if (is_regional(call))
		complete_distribution(call, body);
	emu_default_text(life, "defaultActionOnFailure", "REPAIR");
	emu_default_text(life, "forceUpdateOnRepair", "NO");
	emu_default_text(life, "onFailedHealthCheck", "DEFAULT_ACTION");
	emu_default_text(emu_default_object(body, "standbyPolicy"), "mode", "MANUAL");
	emu_default_text(emu_default_object(body, "targetSizePolicy"), "mode", "INDIVIDUAL");
	emu_default_text(body, "listManagedInstancesResults", "PAGELESS");
	emu_default_int(body, "targetSuspendedSize", 0);
	emu_default_int(body, "targetStoppedSize", 0);
}

/* Templates are said in two ways: the newly sent one replaces the other. Named ports do not change this way. */
static void before_patch(cJSON *body, const cJSON *patch)
{
	json_remove((cJSON *)patch, "namedPorts");
	if (json_has(patch, "versions"))
		json_remove(body, "instanceTemplate");
	else if (json_has(patch, "instanceTemplate"))
		json_remove(body, "versions");
}

static void render(struct emulator *emulator, const struct emu_resource *resource, cJSON *body)
{
	struct emu_group *group = emu_group_of(resource);
	struct group_place place = emu_group_place(group);
	const struct emu_resource *autoscaler = emu_autoscaler_of(emulator, resource->own_path);

	json_set_text(body, "instanceGroup", emu_link_url(emu_group_instance_group_path(resource)));
	json_set_bool(body, "satisfiesPzi", false);
	json_set_bool(body, "satisfiesPzs", true);
	group_write_manager(group->own_group, &place, body);
	if (autoscaler)
		json_set_text(json_member(body, "status"), "autoscaler", emu_link_url(autoscaler->own_path));
	if (resource->own_operation)
		json_set_bool(json_member(body, "status"), "isStable", false);
}

static void note_ports(struct emu_group *group, const cJSON *body)
{
	const cJSON *member = json_member(body, "namedPorts");
	const char *ports = member ? json_print(member) : "";

	if (text_equal(ports, group->own_ports))
		return;
	mem_free(group->own_ports);
	group->own_ports = mem_strdup(ports);
	group->ports_revision++;
	group->ports_changed = group->emulator->now;
}

static void applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	struct emu_group *group;

	if (effect == EFFECT_DELETE)
		return;
	if (effect == EFFECT_INSERT)
		emu_group_create(emulator, resource);
	group = emu_group_of(resource);
	note_ports(group, emu_resource_body(resource));
	if (effect == EFFECT_REPLACE)
		group_read_body(group->own_group, emu_resource_body(resource), emulator->now);
	emu_group_plan(group);
}

static bool leaving(struct emulator *emulator, struct emu_resource *resource)
{
	struct emu_group *group = emu_group_of(resource);

	group_start_delete(group->own_group, emulator->now);
	emu_group_plan(group);
	return !group_gone(group->own_group);
}

static char *used_as(const struct emu_resource *resource)
{
	return emu_group_instance_group_path(resource);
}

static const struct emu_reference references[] = {
	{.field = "instanceTemplate", .collections = "instanceTemplates", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = "versions[].instanceTemplate",
		.collections = "instanceTemplates",
		.missing = MISSING_NOT_FOUND,
		.uses = true},
	{.field = "autoHealingPolicies[].healthCheck",
		.collections = "healthChecks",
		.missing = MISSING_NOT_FOUND,
		.uses = true},
	{.field = "resourcePolicies.workloadPolicy", .collections = "resourcePolicies", .missing = MISSING_FINE},
	{.field = NULL},
};

const struct emu_kind emu_group_manager_kind = {
	.collection = "instanceGroupManagers",
	.message = "InstanceGroupManager",
	.noun = "instance_group_manager",
	.scopes = EMU_IN_REGION | EMU_IN_ZONE,
	.insert = {"compute.instanceGroupManagers.insert", 3000, 20000},
	.patch = {"patch", 3000, 20000},
	.remove = {"compute.instanceGroupManagers.delete", 5000, 20000},
	.fingerprint = FINGERPRINT_CHECKED,
	.in_use = IN_USE_EITHER,
	.quota = "INSTANCE_GROUP_MANAGERS",
	.references = references,
	.verbs = emu_group_verbs,
	.check = check,
	.before_patch = before_patch,
	.complete = complete,
	.render = render,
	.applied = applied,
	.leaving = leaving,
	.used_as = used_as,
	.forget = emu_group_forget,
};

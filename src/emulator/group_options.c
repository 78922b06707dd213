#include "emulator/group_options.h"

#include <string.h>

#include "base/str.h"
#include "emulator/autoscaler.h"
#include "emulator/catalog.h"
#include "emulator/group_json.h"
#include "emulator/link.h"
#include "emulator/resource.h"
#include "emulator/template.h"

/* Properties of all machines. */
static bool check_config(struct emu_call *call, const cJSON *body)
{
	enum { KEY_MAX = 128, VALUE_MAX = 262144 };
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	static const char at[] = "allInstancesConfig.properties.metadata";
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(body, at))
	{
		size_t length = strlen(item->string);

		if (!length || length > KEY_MAX || item->string[strspn(item->string, allowed)])
			return emu_refuse_field(&call->refusal, at, item->string,
				"Metadata keys must be a match of regex '[a-zA-Z0-9-_]{1,128}'.");
		if (strlen(item->valuestring) > VALUE_MAX)
			return emu_refuse_field(&call->refusal, at, item->string,
				"Metadata values have at most %d characters.", VALUE_MAX);
	}
	return emu_check_labels(call, body, "allInstancesConfig.properties.labels");
}

/* Of several machine types the best that can be had; only over several zones. */
static bool check_flexibility(struct emu_call *call, const cJSON *body)
{
	static const char at[] = "instanceFlexibilityPolicy";
	const cJSON *selection, *selections = json_at(body, "instanceFlexibilityPolicy.instanceSelections");

	if (!selections || !selections->child)
		return true;
	if (call->route.scope != EMU_REGION)
		return emu_refuse_field(&call->refusal, at, "",
			"Instance flexibility is only supported for regional managed instance groups.");
	cJSON_ArrayForEach(selection, selections)
	{
		const char *here = arena_printf(json_arena(), "%s.instanceSelections.%s", at, selection->string);

		if (!cJSON_GetArraySize(json_member(selection, "machineTypes")))
			return emu_refuse_required(&call->refusal, arena_printf(json_arena(), "%s.machineTypes", here));
		if (json_int(selection, "rank", 0) < 0)
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.rank", here),
				json_print(json_member(selection, "rank")), "Must be at least 0.");
	}
	return true;
}

/* A policy of the group's region, which stays once it is there. */
static bool check_workload(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	static const char at[] = "resourcePolicies.workloadPolicy";
	const char *policy = json_text(body, at), *old = json_text(before, at);
	const char *path = policy ? emu_link_path(policy, call->route.project) : NULL;
	const char *region =
		call->route.scope == EMU_REGION ? call->route.location : emu_zone_region(call->route.location);

	if (old && (!policy || !text_equal(path, emu_link_path(old, call->route.project))))
		return emu_refuse_field(&call->refusal, at, policy ? policy : "", "The field cannot be changed.");
	if (!policy)
		return true;
	return (path && text_equal(emu_link_collection(path), "resourcePolicies") &&
		       text_equal(emu_link_location(path), region)) ||
	       emu_refuse_field(&call->refusal, at, policy, "Must be a resource policy of the region '%s'.", region);
}

static bool check_standby(struct emu_call *call, const cJSON *body)
{
	const int64_t most = call->route.scope == EMU_REGION ? 2000 : 1000;

	return emu_check_range(call, body, "standbyPolicy.initialDelaySec", 0, 3600) &&
	       emu_check_range(call, body, "targetSuspendedSize", 0, most) &&
	       emu_check_range(call, body, "targetStoppedSize", 0, most);
}

static bool has_device(const cJSON *properties, const char *name)
{
	const cJSON *disk;
	int index = 0;

	cJSON_ArrayForEach(disk, json_member(properties, "disks"))
	{
		const char *given = json_text(disk, "deviceName");

		if (text_equal(name, given ? given : arena_printf(json_arena(), "persistent-disk-%d", index)))
			return true;
		index++;
	}
	return false;
}

static const cJSON *template_of(struct emu_call *call, const cJSON *body)
{
	const char *link = json_text(body, "versions[0].instanceTemplate");
	const char *path = link ? link : json_text(body, "instanceTemplate");

	path = path ? emu_link_path(path, call->route.project) : NULL;
	return path ? emu_template_properties(call->emulator, path) : NULL;
}

static bool check_kept(struct emu_call *call, const cJSON *body)
{
	static const char at[] = "statefulPolicy.preservedState";
	const cJSON *kept = json_at(body, at), *properties = template_of(call, body), *item;

	cJSON_ArrayForEach(item, json_member(kept, "disks"))
	{
		if (properties && !has_device(properties, item->string))
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.disks", at),
				item->string, "The device name is not that of a disk of the instance template.");
	}
	return true;
}

/* Names are kept with what belongs to them, and machines stay in their zones. */
static bool check_stateful(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	const struct emu_resource *autoscaler;
	const cJSON *policy = json_member(body, "updatePolicy");

	if (!group_is_stateful(body))
		return true;
	if (text_equal(json_text(policy, "type"), "PROACTIVE") &&
		!text_equal(json_text(policy, "replacementMethod"), "RECREATE"))
		return emu_refuse_field(&call->refusal, "updatePolicy.replacementMethod", "SUBSTITUTE",
			"Stateful managed instance groups with automatic updates need RECREATE.");
	if (call->route.scope == EMU_REGION && !text_equal(json_text(policy, "instanceRedistributionType"), "NONE"))
		return emu_refuse_field(&call->refusal, "updatePolicy.instanceRedistributionType", "PROACTIVE",
			"Stateful regional managed instance groups need NONE.");
	autoscaler = before ? emu_autoscaler_of(call->emulator, emu_call_resource(call)->own_path) : NULL;
	if (autoscaler)
		return emu_refuse_field(
			&call->refusal, "statefulPolicy", "", "Autoscaled managed instance groups can't be stateful.");
	return check_kept(call, body);
}

bool emu_group_check_options(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	return check_config(call, body) && check_flexibility(call, body) && check_workload(call, body, before) &&
	       check_standby(call, body) && check_stateful(call, body, before);
}

#include "emulator/group_options.h"

#include <string.h>

#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/link.h"
#include "emulator/resource.h"

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

bool emu_group_check_options(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	return check_config(call, body) && check_flexibility(call, body) && check_workload(call, body, before);
}

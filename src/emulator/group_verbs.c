#include "emulator/group_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/link.h"
#include "emulator/resource.h"

enum { LEAST_MS = 3000, MOST_MS = 20000, NAMES_MAX = 1000 };

#define TYPE(verb) "compute.instanceGroupManagers." verb

/* The sizes that the verbs left are those that a later PATCH starts from. */
static void keep_size(struct emu_resource *resource)
{
	const struct group *group = emu_group_of(resource)->own_group;
	cJSON *body = emu_resource_body(resource);

	json_set_int(body, "targetSize", group->target_size);
	json_set_int(body, "targetSuspendedSize", group->standby.sizes[GROUP_SUSPENDED]);
	json_set_int(body, "targetStoppedSize", group->standby.sizes[GROUP_STOPPED]);
	emu_resource_set_body(resource, body);
}

/* The machines have been told already; the operation only says that it was scheduled. */
static bool answer_scheduled(struct emu_call *call, struct emu_resource *resource, const char *type)
{
	struct emu_change change = {.resource = resource, .type = type, .least_ms = LEAST_MS, .most_ms = MOST_MS};

	keep_size(resource);
	emu_group_plan(emu_group_of(resource));
	return emu_operation_begin(call, &change);
}

static bool resize(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {TYPE("resize"), LEAST_MS, MOST_MS};
	const char *text = emu_query_get(&call->query, "size");
	cJSON *body = emu_resource_body(resource);
	char *end = "";
	long size = text ? strtol(text, &end, 10) : 0;

	if (!text || !*text)
		return emu_refuse(&call->refusal, 400, "required", "Required parameter: size");
	if (*end || size < 0)
		return emu_refuse(&call->refusal, 400, "invalid",
			"Invalid value for field 'size': '%s'. Must be a number of at least 0.", text);
	json_set_int(body, "targetSize", size);
	return emu_change_body(call, resource, body, &rule);
}

static bool set_template(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {TYPE("setInstanceTemplate"), LEAST_MS, MOST_MS};
	cJSON *request = emu_call_body(call, "InstanceGroupManagersSetInstanceTemplateRequest");
	cJSON *body = emu_resource_body(resource);

	if (!request)
		return false;
	json_remove(body, "versions");
	json_remove(body, "instanceTemplate");
	json_set_text(body, "instanceTemplate", json_text(request, "instanceTemplate"));
	return emu_change_body(call, resource, body, &rule);
}

/* Bare names of the machines in an array of links. */
static struct group_names read_names(const cJSON *array)
{
	const char **items = arena_alloc(json_arena(), ((size_t)cJSON_GetArraySize(array) + 1) * sizeof(*items));
	struct group_names names = {.items = items};
	const cJSON *item;

	cJSON_ArrayForEach(item, array) items[names.count++] =
		emu_link_name(cJSON_IsString(item) ? item->valuestring : json_text_or(item, "name", ""));
	return names;
}

static bool check_names(struct emu_call *call, const cJSON *request)
{
	int count = cJSON_GetArraySize(json_member(request, "instances"));

	if (!count)
		return emu_refuse_required(&call->refusal, "instances");
	return count <= NAMES_MAX || emu_refuse_field(&call->refusal, "instances", "",
					     "At most %d instances can be named in one request.", NAMES_MAX);
}

/* Machines that have no URL yet are named; a request has the one or the other. */
static bool check_one_form(struct emu_call *call, const cJSON *instances)
{
	const cJSON *item;
	size_t urls = 0;

	cJSON_ArrayForEach(item, instances) urls += cJSON_IsString(item) && strchr(item->valuestring, '/');
	return urls == 0 || urls == (size_t)cJSON_GetArraySize(instances) ||
	       emu_refuse_field(&call->refusal, "instances", "", "URLs and names cannot be mixed in one request.");
}

static bool refuse_group(struct emu_call *call, const struct error *err)
{
	return emu_refuse(
		&call->refusal, 400, "invalid", "Invalid value for field 'resource.instances': %s", err->message);
}

static bool recreate(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "InstanceGroupManagersRecreateInstancesRequest");
	struct error err;

	if (!request || !check_names(call, request))
		return false;
	if (!group_recreate(emu_group_of(resource)->own_group, read_names(json_member(request, "instances")),
		    call->emulator->now, &err))
		return refuse_group(call, &err);
	return answer_scheduled(call, resource, TYPE("recreateInstances"));
}

static bool delete_instances(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "InstanceGroupManagersDeleteInstancesRequest");
	bool skip = json_bool(request, "skipInstancesOnValidationError", false);
	struct error err;

	if (!request || !check_names(call, request) || !check_one_form(call, json_member(request, "instances")))
		return false;
	if (!group_delete_instances(emu_group_of(resource)->own_group, read_names(json_member(request, "instances")),
		    skip, call->emulator->now, &err))
		return refuse_group(call, &err);
	return answer_scheduled(call, resource, TYPE("deleteInstances"));
}

static bool abandon(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "InstanceGroupManagersAbandonInstancesRequest");
	struct error err;

	if (!request || !check_names(call, request))
		return false;
	if (!group_abandon(emu_group_of(resource)->own_group, read_names(json_member(request, "instances")),
		    call->emulator->now, &err))
		return refuse_group(call, &err);
	return answer_scheduled(call, resource, TYPE("abandonInstances"));
}

/* New machines get exactly these names. */
static bool check_new_names(struct emu_call *call, struct group_names names)
{
	for (size_t i = 0; i < names.count; i++)
		if (!text_is_label(names.items[i], 63))
			return emu_refuse_field(
				&call->refusal, "instances", names.items[i], "Must be the name of an instance.");
	return true;
}

static bool create(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "InstanceGroupManagersCreateInstancesRequest");
	struct group_names names = read_names(json_member(request, "instances"));
	struct error err;

	if (!request || !check_names(call, request) || !check_new_names(call, names))
		return false;
	if (!group_create_instances(emu_group_of(resource)->own_group, names, call->emulator->now, &err))
		return refuse_group(call, &err);
	return answer_scheduled(call, resource, TYPE("createInstances"));
}

static enum group_disruption disruption(const cJSON *request, const char *member, enum group_disruption otherwise)
{
	static const char *const words[] = {[GROUP_DISRUPT_NONE] = "NONE",
		[GROUP_DISRUPT_REFRESH] = "REFRESH",
		[GROUP_DISRUPT_RESTART] = "RESTART",
		[GROUP_DISRUPT_REPLACE] = "REPLACE"};
	const char *word = json_text_or(request, member, "");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return (enum group_disruption)i;
	return otherwise;
}

static bool apply_updates(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "InstanceGroupManagersApplyUpdatesRequest");
	bool all = json_bool(request, "allInstances", false);
	struct error err;

	if (!request || (!all && !check_names(call, request)))
		return false;
	if (!group_apply_updates(emu_group_of(resource)->own_group,
		    read_names(all ? NULL : json_member(request, "instances")),
		    disruption(request, "minimalAction", GROUP_DISRUPT_NONE),
		    disruption(request, "mostDisruptiveAllowedAction", GROUP_DISRUPT_REPLACE), call->emulator->now,
		    &err))
		return refuse_group(call, &err);
	return answer_scheduled(call, resource, TYPE("applyUpdatesToInstances"));
}

static bool list_managed(struct emu_call *call, struct emu_resource *resource)
{
	struct emu_group *group = emu_group_of(resource);
	struct group_place place = emu_group_place(group);
	cJSON *answer = cJSON_CreateObject(), *array = cJSON_CreateArray();

	group_write_managed(group->own_group, &place, array);
	if (text_equal(json_text(emu_resource_body(resource), "listManagedInstancesResults"), "PAGINATED"))
		return emu_list_array(call, answer, "managedInstances", array);
	if (array->child)
		json_set(answer, "managedInstances", array);
	return emu_answer(call, "InstanceGroupManagersListManagedInstancesResponse", answer);
}

static bool list_errors(struct emu_call *call, struct emu_resource *resource)
{
	struct emu_group *group = emu_group_of(resource);
	struct group_place place = emu_group_place(group);
	cJSON *array = cJSON_CreateArray();

	group_write_errors(group->own_group, &place, array);
	return emu_list_array(call, cJSON_CreateObject(), "items", array);
}

/* Configurations of single instances are not kept: there are none. */
static bool list_configs(struct emu_call *call, struct emu_resource *resource)
{
	return emu_answer(call, "InstanceGroupManagersListPerInstanceConfigsResp", cJSON_CreateObject());
}

const struct emu_verb emu_group_verbs[] = {
	{.name = "resize", .method = "POST", .fn = resize},
	{.name = "setInstanceTemplate", .method = "POST", .fn = set_template},
	{.name = "recreateInstances", .method = "POST", .fn = recreate},
	{.name = "deleteInstances", .method = "POST", .fn = delete_instances},
	{.name = "abandonInstances", .method = "POST", .fn = abandon},
	{.name = "createInstances", .method = "POST", .fn = create},
	{.name = "applyUpdatesToInstances", .method = "POST", .fn = apply_updates},
	{.name = "listManagedInstances", .method = "POST", .fn = list_managed, .reads = true},
	{.name = "listErrors", .method = "GET", .fn = list_errors, .reads = true},
	{.name = "listPerInstanceConfigs", .method = "POST", .fn = list_configs, .reads = true},
	{.name = NULL},
};

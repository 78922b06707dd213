/* Machines by their names. The cloud gives names of its own choice to machines that a size asks for: so a group with named ones is
 * born empty, its machines are made one by one under their names, and the last ones are deleted by theirs. What the cloud
 * does to a machine (repair, update) keeps the name. Which names there are is asked for when the size is not as wanted, and now and
 * then; that list counts only when it was read after the body was, and after every write. */
#include <stdlib.h>
#include <string.h>

#include "kinds/internal.h"
#include "kinds/training.h"

bool group_is_named(const struct node *group)
{
	return group->terms && group->terms->pool->role;
}

/* Nothing to be listed: just made, say. */
static bool is_empty(const struct node *group)
{
	const cJSON *action;

	cJSON_ArrayForEach(action, json_member(group->seen, "currentActions"))
	{
		if (cJSON_IsNumber(action) && action->valuedouble > 0)
			return false;
	}
	return json_int(group->seen, "targetSize", 0) == 0;
}

static bool is_known(const struct node *group)
{
	const struct view *view = &group->views[VIEW_MACHINES];

	return is_empty(group) ||
	       (group->verified && view->present && !view->busy && !view->own_error && view->read_at >= group->read_at);
}

static const cJSON *machines_of(const struct node *group)
{
	return is_empty(group) ? NULL : json_member(group->views[VIEW_MACHINES].tree, "managedInstances");
}

static bool leaves(const cJSON *machine)
{
	const char *action = json_text(machine, "currentAction");

	return text_equal(action, "DELETING") || text_equal(action, "ABANDONING");
}

static const char *name_of(const cJSON *machine)
{
	return json_text_or(machine, "name", link_name(json_text_or(machine, "instance", "")));
}

/* Which of the wanted names it is; -1: none of them. */
static int64_t index_of(const struct node *group, const char *name, int64_t size)
{
	const char *base = json_text_or(group->want, "baseInstanceName", "");
	size_t length = strlen(base);
	char *end;
	long long index;

	if (!text_starts(name, base) || name[length] != '-' || name[length + 1] < '0' || name[length + 1] > '9')
		return -1;
	if (name[length + 1] == '0' && name[length + 2])
		return -1;
	index = strtoll(name + length + 1, &end, 10);
	return !*end && index < size ? index : -1;
}

static int64_t wanted_size(const struct node *group)
{
	return json_int(group->want, "targetSize", 0);
}

/* A machine that stays although it is none of the wanted. */
static bool is_strange(const struct node *group, const cJSON *machine)
{
	return !leaves(machine) && index_of(group, name_of(machine), wanted_size(group)) < 0;
}

static int64_t count_strange(const struct node *group)
{
	const cJSON *machine;
	int64_t count = 0;

	cJSON_ArrayForEach(machine, machines_of(group)) count += is_strange(group, machine);
	return count;
}

int64_t training_aim_size(const struct node *group)
{
	int64_t strange = is_known(group) ? count_strange(group) : 0;

	return strange ? json_int(group->seen, "targetSize", 0) - strange : wanted_size(group);
}

/* Machines that exist go by their links, others by name; a call takes the one or the other. */
static struct kind_call delete_strange(const struct node *group)
{
	struct kind_call call = {.verb = "deleteInstances", .body = cJSON_CreateObject()};
	cJSON *links = cJSON_CreateArray(), *names = cJSON_CreateArray();
	const cJSON *machine;

	cJSON_ArrayForEach(machine, machines_of(group))
	{
		if (!is_strange(group, machine))
			continue;
		if (json_has(machine, "instanceStatus"))
			json_add_text(links, arena_printf(json_arena(), "zones/%s/instances/%s", group->own_location,
						     name_of(machine)));
		else
			json_add_text(names, name_of(machine));
	}
	call.change = -cJSON_GetArraySize(links->child ? links : names);
	json_set(call.body, "instances", links->child ? links : names);
	json_set_bool(call.body, "skipInstancesOnValidationError", true);
	return call;
}

/* A name is free again when the machine that had it is gone. */
static struct kind_call create_missing(const struct node *group, int64_t size)
{
	struct kind_call call = {.verb = "createInstances", .body = cJSON_CreateObject()};
	bool *taken = arena_alloc(json_arena(), (size_t)(size + 1) * sizeof(*taken));
	cJSON *instances = json_set_array(call.body, "instances");
	int64_t room = size - json_int(group->seen, "targetSize", 0);
	const cJSON *machine;

	memset(taken, 0, (size_t)(size + 1) * sizeof(*taken));
	cJSON_ArrayForEach(machine, machines_of(group))
	{
		int64_t index = index_of(group, name_of(machine), size);

		if (index >= 0)
			taken[index] = true;
	}
	for (int64_t i = 0; i < size && call.change < room; i++) {
		if (taken[i])
			continue;
		json_setf(json_add_object(instances), "name", "%s-%lld",
			json_text_or(group->want, "baseInstanceName", ""), (long long)i);
		call.change++;
	}
	return call;
}

struct kind_call training_call(const struct node *group, int64_t size)
{
	struct kind_call call = {0};

	if (!is_known(group))
		return call;
	call = count_strange(group) ? delete_strange(group) : create_missing(group, size);
	return call.change ? call : (struct kind_call){0};
}

/* Who of a group's machines serves, by what each backend service says that probes them. There may be thousands of machines. */
#include "kinds/internal.h"

static bool is_healthy(const cJSON *machine)
{
	return text_equal(json_text(machine, "healthState"), "HEALTHY");
}

/* A machine that drains may still be probed as healthy. */
static bool is_leaving(const cJSON *machine)
{
	const char *action = json_text(machine, "currentAction");

	return text_equal(action, "DELETING") || text_equal(action, "ABANDONING");
}

static struct machines leaving(const struct node *group)
{
	return machines_pick(json_member(group->views[VIEW_MACHINES].tree, "managedInstances"), "instance", is_leaving);
}

static const cJSON *machines_of_front(const struct node *group, size_t front)
{
	const struct view *view = &group->views[view_of_front(front)];

	return view->present ? json_member(view->tree, "healthStatus") : NULL;
}

struct probes group_probes(const struct node *group)
{
	struct probes probes = {0};

	for (; group->fronts && group->fronts[probes.count]; probes.count++)
		probes.healthy[probes.count] =
			machines_pick(machines_of_front(group, probes.count), "instance", is_healthy);
	return probes;
}

bool probes_agree(const struct probes *probes, const char *instance)
{
	for (size_t front = 0; front < probes->count; front++) {
		if (!machines_have(&probes->healthy[front], instance))
			return false;
	}
	return true;
}

bool group_machine_is_healthy(const struct node *group, const struct probes *probes, const cJSON *machine)
{
	if (!group->fronts)
		return text_equal(json_text(machine, "currentAction"), "NONE");
	return probes_agree(probes, json_text_or(machine, "instance", ""));
}

int64_t group_probed_at(const struct node *group)
{
	int64_t at = INT64_MAX;

	for (size_t front = 0; group->fronts && group->fronts[front]; front++) {
		const struct view *view = &group->views[view_of_front(front)];

		at = view->read_at < at ? view->read_at : at;
	}
	return at;
}

static bool is_probed(const struct node *group)
{
	for (size_t front = 0; group->fronts[front]; front++) {
		if (cJSON_GetArraySize(machines_of_front(group, front)) == 0)
			return false;
	}
	return true;
}

static int64_t count_serving(const struct node *group)
{
	struct probes probes = group_probes(group);
	struct machines gone = leaving(group);
	int64_t count = 0;
	const cJSON *machine;

	cJSON_ArrayForEach(machine, machines_of_front(group, 0))
	{
		const char *instance = json_text_or(machine, "instance", "");

		count += is_healthy(machine) && !machines_have(&gone, instance) && probes_agree(&probes, instance);
	}
	return count;
}

void group_count_healthy(const struct node *group, struct group_sight *sight)
{
	if (!group->fronts) { /* who serves nobody has only to run */
		sight->health_known = true;
		sight->healthy = sight->existing;
		return;
	}
	sight->health_known = is_probed(group);
	sight->healthy = count_serving(group);
	/* The two are read at different times: of a group at rest the body knows, of one that grows the probes. */
	if (sight->stable && json_has(group->seen, "currentActions") && sight->healthy > sight->existing)
		sight->healthy = sight->existing;
	if (sight->healthy > sight->existing)
		sight->existing = sight->healthy;
}

int64_t group_healthy_at(const struct node *group, const char *front)
{
	struct machines gone = leaving(group);
	int64_t healthy = 0;

	for (size_t i = 0; group->fronts && group->fronts[i]; i++) {
		const cJSON *machine;

		if (!text_equal(group->fronts[i], front))
			continue;
		cJSON_ArrayForEach(machine, machines_of_front(group, i)) healthy +=
			is_healthy(machine) && !machines_have(&gone, json_text_or(machine, "instance", ""));
	}
	return healthy;
}

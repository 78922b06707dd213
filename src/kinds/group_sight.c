/* What can be said of a group's machines out of its body and views. */
#include "kinds/internal.h"

/* Machines on their way in are not there yet, those on their way out no longer count. */
static bool is_member(const char *action)
{
	static const char *const others[] = {"creating", "creatingWithoutRetries", "deleting", "abandoning"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (text_equal(action, others[i]))
			return false;
	}
	return true;
}

static int64_t count_existing(const cJSON *actions)
{
	int64_t count = 0;
	const cJSON *action;

	cJSON_ArrayForEach(action, actions)
	{
		if (is_member(action->string))
			count += json_int(actions, action->string, 0);
	}
	return count;
}

static bool has_version(const struct node *group, const char *template)
{
	const cJSON *versions = json_member(group->seen, "versions");
	const char *first = json_text(group->seen, "versions[0].instanceTemplate");

	return template && first && cJSON_GetArraySize(versions) == 1 &&
	       link_equal(first, template, group->own_project);
}

/* Machines made of template, by the list of managed machines. */
static int64_t count_machines(const struct node *group, const char *template)
{
	int64_t count = 0;
	const cJSON *machine;

	cJSON_ArrayForEach(machine, json_member(group->views[VIEW_MACHINES].tree, "managedInstances"))
	{
		const char *version = json_text(machine, "version.instanceTemplate");

		if (version && json_has(machine, "instanceStatus") && link_equal(version, template, group->own_project))
			count++;
	}
	return count;
}

static int64_t count_updated(const struct node *group, const char *template, const struct group_sight *sight)
{
	if (sight->at_version && !sight->mixed)
		return sight->existing;
	if (template && group->views[VIEW_MACHINES].present)
		return count_machines(group, template);
	return 0;
}

/* A machine that drains may still be probed as healthy. */
static bool is_leaving(const struct node *group, const char *instance)
{
	const cJSON *machine;

	cJSON_ArrayForEach(machine, json_member(group->views[VIEW_MACHINES].tree, "managedInstances"))
	{
		const char *link = json_text(machine, "instance");

		if (link && link_equal(link, instance, group->own_project))
			return text_equal(json_text(machine, "currentAction"), "DELETING") ||
			       text_equal(json_text(machine, "currentAction"), "ABANDONING");
	}
	return false;
}

static void count_health(const struct node *group, struct group_sight *sight)
{
	const struct view *view = &group->views[VIEW_HEALTH];
	const cJSON *machines = json_member(view->tree, "healthStatus");
	const cJSON *machine;

	sight->health_known = view->present && cJSON_GetArraySize(machines) > 0;
	cJSON_ArrayForEach(machine, machines)
	{
		if (text_equal(json_text(machine, "healthState"), "HEALTHY") &&
			!is_leaving(group, json_text_or(machine, "instance", "")))
			sight->healthy++;
	}
	/* The two are read at different times: of a group at rest the body knows, of one that grows the probes. */
	if (sight->stable && json_has(group->seen, "currentActions") && sight->healthy > sight->existing)
		sight->healthy = sight->existing;
	if (sight->healthy > sight->existing)
		sight->existing = sight->healthy;
}

/* What is not allowed does not happen later either. */
static bool leaves_machines_alone(const cJSON *seen)
{
	const char *most = json_text_or(seen, "updatePolicy.mostDisruptiveAllowedAction", "REPLACE");

	return !text_equal(json_text(seen, "updatePolicy.type"), "PROACTIVE") || !text_equal(most, "REPLACE");
}

struct group_sight group_sight(const struct node *group)
{
	const char *template = json_text(group->want, "versions[0].instanceTemplate");
	const cJSON *seen = group->seen;
	struct group_sight sight = {
		.target = json_int(json_has(group->want, "targetSize") ? group->want : seen, "targetSize", 0),
		.existing = count_existing(json_member(seen, "currentActions")),
		.at_version = has_version(group, template),
		.stable = json_bool(seen, "status.isStable", false),
	};

	sight.mixed = sight.at_version && !json_bool(seen, "status.versionTarget.isReached", false);
	if (sight.mixed && !(sight.stable && leaves_machines_alone(seen)))
		sight.at_version = sight.mixed = false;

	count_health(group, &sight);
	sight.updated = count_updated(group, template, &sight);
	return sight;
}

int64_t group_healthy_needed(int64_t target)
{
	return (target + 1) / 2;
}

bool group_serving(const struct node *group)
{
	struct group_sight sight;

	if (group->presence != NODE_PRESENT)
		return false;
	sight = group_sight(group);
	return sight.at_version &&
	       (group->least_healthy == 0 || (sight.health_known && sight.healthy >= group->least_healthy));
}

/* What can be said of a group's machines out of its body and views. */
#include "kinds/internal.h"
#include "kinds/rollout.h"

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

static const cJSON *find_version(const struct node *group, const cJSON *versions, const char *template)
{
	const cJSON *version;

	cJSON_ArrayForEach(version, versions)
	{
		if (link_equal(json_text_or(version, "instanceTemplate", ""), template, group->own_project))
			return version;
	}
	return NULL;
}

bool group_versions_are(const struct node *group, const cJSON *versions)
{
	const cJSON *seen = json_member(group->seen, "versions"), *version;

	cJSON_ArrayForEach(version, versions)
	{
		if (!find_version(group, seen, json_text_or(version, "instanceTemplate", "")))
			return false;
	}
	return cJSON_GetArraySize(versions) > 0 && cJSON_GetArraySize(seen) == cJSON_GetArraySize(versions);
}

bool group_has_versions(const struct node *group)
{
	return group_versions_are(group, rollout_versions(group));
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
	if (sight->at_version && !sight->mixed && !sight->went_back)
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

static const cJSON *machines_of_front(const struct node *group, size_t front)
{
	const struct view *view = &group->views[view_of_front(front)];

	return view->present ? json_member(view->tree, "healthStatus") : NULL;
}

static bool is_healthy(const cJSON *machine)
{
	return text_equal(json_text(machine, "healthState"), "HEALTHY");
}

static bool is_healthy_at(const struct node *group, size_t front, const char *instance)
{
	const cJSON *machine;

	cJSON_ArrayForEach(machine, machines_of_front(group, front))
	{
		const char *link = json_text(machine, "instance");

		if (link && link_equal(link, instance, group->own_project))
			return is_healthy(machine);
	}
	return false;
}

/* A machine serves when all backends that it is behind say so. */
static bool is_healthy_everywhere(const struct node *group, const cJSON *machine)
{
	const char *instance = json_text_or(machine, "instance", "");

	if (!is_healthy(machine) || is_leaving(group, instance))
		return false;
	for (size_t front = 1; group->fronts[front]; front++) {
		if (!is_healthy_at(group, front, instance))
			return false;
	}
	return true;
}

bool group_machine_serves(const struct node *group, const char *instance)
{
	for (size_t front = 0; group->fronts && group->fronts[front]; front++) {
		if (!is_healthy_at(group, front, instance))
			return false;
	}
	return true;
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

static void count_health(const struct node *group, struct group_sight *sight)
{
	const cJSON *machine;

	if (!group->fronts) { /* who serves nobody has only to run */
		sight->health_known = true;
		sight->healthy = sight->existing;
		return;
	}
	sight->health_known = is_probed(group);
	cJSON_ArrayForEach(machine, machines_of_front(group, 0)) sight->healthy +=
		is_healthy_everywhere(group, machine);
	/* The two are read at different times: of a group at rest the body knows, of one that grows the probes. */
	if (sight->stable && json_has(group->seen, "currentActions") && sight->healthy > sight->existing)
		sight->healthy = sight->existing;
	if (sight->healthy > sight->existing)
		sight->existing = sight->healthy;
}

int64_t group_healthy_at(const struct node *group, const char *front)
{
	int64_t healthy = 0;
	const cJSON *machine;

	for (size_t i = 0; group->fronts && group->fronts[i]; i++) {
		if (!text_equal(group->fronts[i], front))
			continue;
		cJSON_ArrayForEach(machine, machines_of_front(group, i)) healthy +=
			is_healthy(machine) && !is_leaving(group, json_text_or(machine, "instance", ""));
	}
	return healthy;
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
	const cJSON *seen = group->seen, *versions = rollout_versions(group);
	struct group_sight sight = {
		.target = json_int(json_has(group->want, "targetSize") ? group->want : seen, "targetSize", 0),
		.existing = count_existing(json_member(seen, "currentActions")),
		.at_version = group_versions_are(group, versions),
		.went_back = group->want && versions != json_member(group->want, "versions"),
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

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
	bool left_alone = sight.stable && leaves_machines_alone(seen);

	sight.mixed = sight.at_version && !json_bool(seen, "status.versionTarget.isReached", false);
	if (sight.mixed && !left_alone)
		sight.at_version = sight.mixed = false;
	group_count_healthy(group, &sight);
	sight.updated = count_updated(group, template, &sight);
	sight.unrefreshed = sight.at_version && !json_bool(seen, "status.allInstancesConfig.effective", true);
	if (sight.unrefreshed && !left_alone)
		sight.at_version = sight.unrefreshed = false;
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

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

static bool has_size(const cJSON *version)
{
	const cJSON *size = json_member(version, "targetSize");

	return cJSON_IsNumber(json_member(size, "fixed")) || cJSON_IsNumber(json_member(size, "percent"));
}

static const cJSON *first_version(const cJSON *versions, bool of_size)
{
	const cJSON *version;

	cJSON_ArrayForEach(version, versions)
	{
		if (has_size(version) == of_size)
			return version;
	}
	return NULL;
}

const cJSON *group_canary(const cJSON *versions)
{
	return first_version(versions, true);
}

const cJSON *group_main(const cJSON *versions)
{
	return first_version(versions, false);
}

/* Compute Engine rounds up. */
int64_t group_version_size(const cJSON *versions, const cJSON *version, int64_t size)
{
	const cJSON *canary = group_canary(versions), *amount = json_member(canary, "targetSize");
	int64_t percent = json_int(amount, "percent", -1);
	int64_t share = percent < 0 ? json_int(amount, "fixed", 0) : (percent * size + 99) / 100;

	share = share < size ? share : size;
	return version == canary ? share : size - share;
}

/* Machines that stand by, beyond the size. */
static int64_t count_standing_by(const cJSON *seen)
{
	return json_int(seen, "targetSuspendedSize", 0) + json_int(seen, "targetStoppedSize", 0);
}

bool group_stands_by(const struct node *group, const cJSON *machine)
{
	static const char *const words[] = {"SUSPENDING", "SUSPENDED", "STOPPED", "TERMINATED"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (text_equal(json_text(machine, "instanceStatus"), words[i]))
			return count_standing_by(group->seen) > 0;
	}
	return false;
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

static const cJSON *machines_of(const struct node *group)
{
	return json_member(group->views[VIEW_MACHINES].tree, "managedInstances");
}

static bool is_of(const struct node *group, const cJSON *machine, const char *template)
{
	const char *version = json_text(machine, "version.instanceTemplate");

	return version && json_has(machine, "instanceStatus") && !group_stands_by(group, machine) &&
	       link_equal(version, template, group->own_project);
}

/* Machines made of template, by the list of managed machines. */
static int64_t count_machines(const struct node *group, const char *template)
{
	int64_t count = 0;
	const cJSON *machine;

	cJSON_ArrayForEach(machine, machines_of(group)) count += is_of(group, machine, template);
	return count;
}

/* More canaries than wanted, say, are not where they are to be. */
static int64_t count_updated(const struct node *group, const struct group_sight *sight)
{
	const cJSON *versions = json_member(group->want, "versions"), *version;
	int64_t updated = 0;

	if (sight->at_version && !sight->mixed && !sight->went_back)
		return sight->existing;
	cJSON_ArrayForEach(version, versions)
	{
		int64_t count = count_machines(group, json_text_or(version, "instanceTemplate", ""));
		int64_t most = group_version_size(versions, version, sight->target);

		updated += !group_canary(versions) || count < most ? count : most;
	}
	return updated;
}

/* What is not allowed does not happen later either. */
static bool leaves_machines_alone(const cJSON *seen)
{
	const char *most = json_text_or(seen, "updatePolicy.mostDisruptiveAllowedAction", "REPLACE");

	return !text_equal(json_text(seen, "updatePolicy.type"), "PROACTIVE") || !text_equal(most, "REPLACE");
}

struct group_sight group_sight(const struct node *group)
{
	const cJSON *seen = group->seen, *versions = rollout_versions(group);
	struct group_sight sight = {
		.target = json_int(json_has(group->want, "targetSize") ? group->want : seen, "targetSize", 0),
		.existing = count_existing(json_member(seen, "currentActions")) - count_standing_by(seen),
		.at_version = group_versions_are(group, versions),
		.went_back = group->want && versions != json_member(group->want, "versions"),
		.stable = json_bool(seen, "status.isStable", false),
	};
	bool left_alone = sight.stable && leaves_machines_alone(seen);

	if (sight.existing < 0)
		sight.existing = 0;
	sight.mixed = sight.at_version && !json_bool(seen, "status.versionTarget.isReached", false);
	if (sight.mixed && !left_alone)
		sight.at_version = sight.mixed = false;
	group_count_healthy(group, &sight);
	sight.updated = count_updated(group, &sight);
	sight.unrefreshed = sight.at_version && !json_bool(seen, "status.allInstancesConfig.effective", true);
	if (sight.unrefreshed && !left_alone)
		sight.at_version = sight.unrefreshed = false;
	return sight;
}

struct canary_sight group_canary_sight(const struct node *group)
{
	const cJSON *versions = rollout_versions(group), *canary = group_canary(versions), *machine;
	const char *template = json_text_or(canary, "instanceTemplate", "");
	struct group_sight sight = group_sight(group);
	struct canary_sight seen = {.known = group->views[VIEW_MACHINES].present && sight.health_known};
	struct probes probes;

	if (!canary)
		return seen;
	probes = group_probes(group);
	seen.template = link_name(template);
	seen.target = group_version_size(versions, canary, sight.target);
	cJSON_ArrayForEach(machine, machines_of(group))
	{
		if (!is_of(group, machine, template))
			continue;
		seen.existing++;
		seen.healthy += group_machine_is_healthy(group, &probes, machine);
	}
	return seen;
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

/* What can be seen of a group at one moment: counters, predicates and the API's words. */
#include <string.h>

#include "emulator/group_internal.h"

struct group_instance *group_find(const struct group *group, const char *name)
{
	for (size_t i = 0; i < group->instance_count; i++)
		if (text_equal(group->own_instances[i]->name, name))
			return group->own_instances[i];
	return NULL;
}

bool group_instance_available(const struct group *group, const struct group_instance *instance)
{
	const bool calm = instance->action == GROUP_NONE || instance->action == GROUP_REFRESHING;

	return instance->status == GROUP_MACHINE_RUNNING && calm &&
	       (!group->own_health_check || instance->healthy_once);
}

void group_count_actions(const struct group *group, int counts[GROUP_ACTIONS])
{
	memset(counts, 0, GROUP_ACTIONS * sizeof(*counts));
	for (size_t i = 0; i < group->instance_count; i++)
		counts[group->own_instances[i]->action]++;
}

bool group_stable(const struct group *group)
{
	int serving = 0;

	for (size_t i = 0; i < group->instance_count; i++) {
		const struct group_instance *instance = group->own_instances[i];
		if (instance->action != GROUP_NONE || instance->due != GROUP_NEVER)
			return false;
		serving += instance->duty == GROUP_SERVES;
	}
	return !group->deleting && serving == group->target_size && group_standby_settled(group) &&
	       group_plan_outstanding(group) == 0;
}

static bool has_its_version(const struct group_instance *instance)
{
	return !instance->own_machine_template ||
	       (text_equal(instance->own_machine_template, instance->own_template) &&
		       text_equal(instance->own_machine_version, instance->own_version));
}

bool group_version_reached(const struct group *group)
{
	AUTO_SURVEY survey = group_survey_versions(group);

	for (size_t i = 0; i < group->instance_count; i++)
		if (!group_instance_leaves(group->own_instances[i]) && !has_its_version(group->own_instances[i]))
			return false;
	return survey.excess_count == 0;
}

bool group_instance_is_configured(const struct group *group, const struct group_instance *instance)
{
	return !instance->own_machine_template || text_equal(instance->own_config, group->own_config);
}

bool group_config_effective(const struct group *group)
{
	for (size_t i = 0; i < group->instance_count; i++) {
		const struct group_instance *instance = group->own_instances[i];
		if (!group_instance_leaves(instance) && instance->own_machine_template &&
			!text_equal(instance->own_machine_config, group->own_config))
			return false;
	}
	return true;
}

/* Percent of the target size, rounded to the nearest instance; versions are favoured and round up. */
static int amount_of(struct group_amount amount, int size, bool up)
{
	if (amount.form == GROUP_AMOUNT_PERCENT)
		return (amount.value * size + (up ? 99 : 50)) / 100;
	return amount.form == GROUP_AMOUNT_FIXED ? amount.value : 0;
}

/* Explicit sizes are served in order, as long as there are instances; the version without one takes the rest. */
int group_version_target(const struct group *group, size_t version)
{
	int left = group->target_size;

	for (size_t i = 0; i < group->version_count; i++) {
		int wanted = amount_of(group->own_versions[i].size, group->target_size, true);
		wanted = wanted < left ? wanted : left;
		if (i == version && group->own_versions[i].size.form != GROUP_AMOUNT_ABSENT)
			return wanted;
		left -= wanted;
	}
	return left;
}

int group_surge(const struct group *group)
{
	return amount_of(group->policy.surge, group->target_size, false);
}

int group_unavailable(const struct group *group)
{
	return amount_of(group->policy.unavailable, group->target_size, false);
}

bool group_uses_template(const struct group *group, const char *template_name)
{
	for (size_t i = 0; i < group->version_count; i++)
		if (text_equal(group->own_versions[i].template_name, template_name))
			return true;
	for (size_t i = 0; i < group->instance_count; i++)
		if (!group_instance_leaves(group->own_instances[i]) &&
			text_equal(group->own_instances[i]->own_template, template_name))
			return true;
	return false;
}

static const struct {
	const char *name, *key;
} action_words[GROUP_ACTIONS] = {
	[GROUP_ABANDONING] = {"ABANDONING", "abandoning"},
	[GROUP_CREATING] = {"CREATING", "creating"},
	[GROUP_CREATING_WITHOUT_RETRIES] = {"CREATING_WITHOUT_RETRIES", "creatingWithoutRetries"},
	[GROUP_DELETING] = {"DELETING", "deleting"},
	[GROUP_NONE] = {"NONE", "none"},
	[GROUP_RECREATING] = {"RECREATING", "recreating"},
	[GROUP_REFRESHING] = {"REFRESHING", "refreshing"},
	[GROUP_RESTARTING] = {"RESTARTING", "restarting"},
	[GROUP_RESUMING] = {"RESUMING", "resuming"},
	[GROUP_STARTING] = {"STARTING", "starting"},
	[GROUP_STOPPING] = {"STOPPING", "stopping"},
	[GROUP_SUSPENDING] = {"SUSPENDING", "suspending"},
	[GROUP_VERIFYING] = {"VERIFYING", "verifying"},
};

const char *group_action_name(enum group_action action)
{
	return action_words[action].name;
}

const char *group_action_key(enum group_action action)
{
	return action_words[action].key;
}

const char *group_status_name(enum group_status status)
{
	static const char *const names[] = {
		[GROUP_ABSENT] = NULL,
		[GROUP_MACHINE_PROVISIONING] = "PROVISIONING",
		[GROUP_MACHINE_STAGING] = "STAGING",
		[GROUP_MACHINE_RUNNING] = "RUNNING",
		[GROUP_MACHINE_STOPPING] = "STOPPING",
		[GROUP_MACHINE_TERMINATED] = "TERMINATED",
		[GROUP_MACHINE_SUSPENDING] = "SUSPENDING",
		[GROUP_MACHINE_SUSPENDED] = "SUSPENDED",
	};

	return names[status];
}

const char *group_health_name(enum group_health health)
{
	static const char *const names[] = {
		[GROUP_HEALTH_UNKNOWN] = "UNKNOWN",
		[GROUP_HEALTH_HEALTHY] = "HEALTHY",
		[GROUP_HEALTH_UNHEALTHY] = "UNHEALTHY",
	};

	return names[health];
}

/* Machines that stand by beyond the group's size: suspended or stopped once they ran for a while, and called when there is need. They
 * count neither as too many nor as too few; what they are made of follows the group's main version. */
#include "emulator/group_internal.h"

static const enum group_status resting[] = {
	[GROUP_SUSPENDED] = GROUP_MACHINE_SUSPENDED,
	[GROUP_STOPPED] = GROUP_MACHINE_TERMINATED,
};

void group_standby_begin(struct group *group, struct group_instance *instance)
{
	instance->action = instance->duty == GROUP_SUSPENDED ? GROUP_SUSPENDING : GROUP_STOPPING;
	instance->due = group->now + group->standby.delay_ms + group_pick(group, group->durations.refresh);
}

bool group_standby_rests(const struct group_instance *instance)
{
	return instance->duty != GROUP_SERVES && instance->status == resting[instance->duty] &&
	       instance->action == GROUP_NONE;
}

static bool is_of(const struct group *group, const struct group_instance *instance, size_t version)
{
	return text_equal(instance->own_template, group->own_versions[version].template_name) &&
	       text_equal(instance->own_version, group->own_versions[version].name) &&
	       text_equal(instance->own_machine_config, group->own_config);
}

bool group_standby_call(struct group *group, size_t version)
{
	if (!group->standby.scales_out)
		return false;
	for (size_t i = 0; i < group->instance_count; i++) {
		struct group_instance *instance = group->own_instances[i];

		if (!group_standby_rests(instance) || !is_of(group, instance, version))
			continue;
		instance->action = instance->duty == GROUP_SUSPENDED ? GROUP_RESUMING : GROUP_STARTING;
		instance->duty = GROUP_SERVES;
		instance->status = GROUP_MACHINE_STAGING;
		instance->due = group->now + group_pick(group, group->durations.refresh);
		return true;
	}
	return false;
}

/* Those that stand by are renewed when they rest, where the group updates its machines itself. */
static bool is_outdated(const struct group *group, const struct group_instance *instance)
{
	return group->policy.type == GROUP_PROACTIVE && group_standby_rests(instance) &&
	       !is_of(group, instance, group_main_version(group));
}

/* Somebody stopped it, or took it away. */
static bool is_lost(const struct group_instance *instance)
{
	const bool still = instance->status == GROUP_ABSENT || instance->status == GROUP_MACHINE_TERMINATED;

	return still && instance->action == GROUP_NONE && !group_standby_rests(instance);
}

static bool keep(struct group *group, enum group_duty duty)
{
	struct group_instance *last = NULL;
	int count = 0;

	for (size_t i = 0; i < group->instance_count; i++) {
		struct group_instance *instance = group->own_instances[i];

		if (instance->duty != duty || group_instance_leaves(instance))
			continue;
		if (is_outdated(group, instance) || is_lost(instance)) {
			group_instance_start_delete(group, instance);
			return true;
		}
		last = instance;
		count++;
	}
	if (count > group->standby.sizes[duty])
		group_instance_start_delete(group, last);
	else if (count < group->standby.sizes[duty])
		group_add_instance(group, NULL, group_main_version(group))->duty = duty;
	return count != group->standby.sizes[duty];
}

bool group_standby_step(struct group *group)
{
	return group->version_count && (keep(group, GROUP_SUSPENDED) || keep(group, GROUP_STOPPED));
}

bool group_standby_settled(const struct group *group)
{
	int counts[GROUP_DUTIES] = {0};

	for (size_t i = 0; i < group->instance_count; i++) {
		const struct group_instance *instance = group->own_instances[i];

		if (instance->duty != GROUP_SERVES && (!group_standby_rests(instance) || is_outdated(group, instance)))
			return false;
		counts[instance->duty]++;
	}
	return counts[GROUP_SUSPENDED] == group->standby.sizes[GROUP_SUSPENDED] &&
	       counts[GROUP_STOPPED] == group->standby.sizes[GROUP_STOPPED];
}

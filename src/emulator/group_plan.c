/* The plan: one step at a time towards what is wanted, as far as surge and availability allow.
 * A step is taken on a fresh survey, so any change of mind in the middle of an update simply changes the next step. */
#include "emulator/group_internal.h"

static bool delete_next(struct group *group)
{
	for (size_t i = 0; i < group->instance_count; i++) {
		if (group_instance_leaves(group->own_instances[i]))
			continue;
		group_instance_start_delete(group, group->own_instances[i]);
		return true;
	}
	return false;
}

static bool has_failed(const struct group_instance *instance)
{
	const bool stopped = instance->status == GROUP_ABSENT || instance->status == GROUP_MACHINE_TERMINATED;

	return instance->duty == GROUP_SERVES && stopped &&
	       (instance->action == GROUP_NONE || instance->action == GROUP_VERIFYING);
}

/* The group says why it gives up a machine that never became healthy. */
static void note_never_healthy(struct group *group, const struct group_instance *instance)
{
	struct group_fault fault = {.code = "WAITING_FOR_HEALTHY_TIMEOUT_EXCEEDED"};

	AUTO_FREE char *message = mem_printf("Waiting for HEALTHY state timed out (autohealingPolicy.initialDelay=%lld "
					     "sec) for instance %s and health check %s.",
		(long long)group->initial_delay_ms / 1000, instance->name, group->own_health_check);
	text_copy(fault.message, sizeof(fault.message), message);
	group_add_error(group, instance, &fault);
}

static void repair(struct group *group, const struct group_survey *survey, struct group_instance *instance)
{
	bool outdated = false;

	if (instance->action == GROUP_VERIFYING && instance->status == GROUP_MACHINE_RUNNING)
		note_never_healthy(group, instance);
	for (size_t i = 0; i < survey->excess_count; i++)
		outdated = outdated || survey->own_excess[i] == instance;
	if (outdated && survey->lacking > 0 && group->lifecycle.update_on_repair)
		group_instance_assign(group, instance, group_survey_version_for(group, survey, instance));
	group_instance_start_recreate(group, instance);
}

static bool repair_next(struct group *group, const struct group_survey *survey)
{
	for (size_t i = 0; i < group->instance_count; i++) {
		struct group_instance *instance = group->own_instances[i];
		const bool failed = group->lifecycle.repair && has_failed(instance);
		if (!failed && group_instance_heal_at(group, instance) > group->now)
			continue;
		repair(group, survey, instance);
		return true;
	}
	return false;
}

static enum group_update update_of(
	const struct group *group, const struct group_survey *survey, const struct group_instance *instance)
{
	return group_update_of(group, &group->policy, instance, group_survey_version_for(group, survey, instance));
}

static size_t count_substitutes(const struct group *group, const struct group_survey *survey)
{
	size_t count = 0;

	if (group->policy.type != GROUP_PROACTIVE)
		return 0;
	for (size_t i = 0; i < survey->excess_count; i++)
		count += update_of(group, survey, survey->own_excess[i]) == GROUP_UPDATE_SUBSTITUTE;
	return count;
}

/* How many instances there may be: above the target only as long as newcomers are to take over from others. */
static int size_limit(const struct group *group, const struct group_survey *survey)
{
	const int newcomers = survey->lacking + survey->pending, leavers = (int)count_substitutes(group, survey);
	int extra = group_surge(group);

	extra = extra < newcomers ? extra : newcomers;
	return group->target_size + (extra < leavers ? extra : leavers);
}

static bool trim(struct group *group, const struct group_survey *survey)
{
	if (survey->live <= size_limit(group, survey))
		return false;
	group_instance_start_delete(group, survey->own_excess[survey->excess_count - 1]);
	return true;
}

static bool may_disturb(
	const struct group *group, const struct group_survey *survey, const struct group_instance *instance)
{
	return !group_instance_available(group, instance) ||
	       survey->available - 1 >= group->target_size - group_unavailable(group);
}

static bool try_update(struct group *group, const struct group_survey *survey, struct group_instance *instance)
{
	const size_t version = group_survey_version_for(group, survey, instance);
	const enum group_update update = group_update_of(group, &group->policy, instance, version);

	if (update == GROUP_UPDATE_NOT)
		return false;
	if (update != GROUP_UPDATE_REFRESH && !may_disturb(group, survey, instance))
		return false;
	if (update != GROUP_UPDATE_SUBSTITUTE && survey->lacking == 0)
		return false;
	group_update_start(group, instance, update, update == GROUP_UPDATE_SUBSTITUTE ? SIZE_MAX : version);
	return true;
}

static bool update_next(struct group *group, const struct group_survey *survey)
{
	if (group->policy.type != GROUP_PROACTIVE)
		return false;
	for (size_t i = survey->excess_count; i-- > 0;)
		if (try_update(group, survey, survey->own_excess[i]))
			return true;
	return false;
}

static bool fill(struct group *group, const struct group_survey *survey)
{
	if (survey->lacking == 0 || survey->live >= size_limit(group, survey))
		return false;
	const size_t version = group_survey_version(group, survey);
	if (!group_standby_call(group, version))
		group_add_instance(group, NULL, version);
	return true;
}

bool group_plan_step(struct group *group)
{
	if (group->deleting)
		return delete_next(group);
	AUTO_SURVEY survey = group_survey_make(group);
	return repair_next(group, &survey) || trim(group, &survey) || update_next(group, &survey) ||
	       fill(group, &survey) || group_standby_step(group);
}

size_t group_plan_outstanding(const struct group *group)
{
	if (group->policy.type != GROUP_PROACTIVE)
		return 0;
	AUTO_SURVEY survey = group_survey_make(group);
	size_t count = 0;
	for (size_t i = 0; i < survey.excess_count; i++)
		count += update_of(group, &survey, survey.own_excess[i]) != GROUP_UPDATE_NOT;
	return count;
}

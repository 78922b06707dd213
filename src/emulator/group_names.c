/* Verbs on named instances, and what the world does to single machines. */
#include <assert.h>

#include "emulator/group_internal.h"

static bool refuse(struct error *err, const struct group *group, const char *name, const char *why)
{
	error_set(err, ERROR_REJECTED, "The instance '%s' %s the managed instance group with base instance name '%s'.",
		name, why, group->own_base_name);
	error_code(err, "invalid");
	return false;
}

/* All names, or none: nothing is touched before every one of them was found. */
static bool check_names(const struct group *group, struct group_names names, struct error *err)
{
	for (size_t i = 0; i < names.count; i++) {
		const struct group_instance *instance = group_find(group, names.items[i]);
		if (!instance)
			return refuse(err, group, names.items[i], "is not a member of");
		if (group_instance_leaves(instance))
			return refuse(err, group, names.items[i], "is already leaving");
	}
	return true;
}

static void begin(struct group *group, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
}

static bool is_excess(const struct group_survey *survey, const struct group_instance *instance)
{
	for (size_t i = 0; i < survey->excess_count; i++)
		if (survey->own_excess[i] == instance)
			return true;
	return false;
}

/* The version the instance should move to; SIZE_MAX: it is where it should be. */
static size_t newer_version(const struct group *group, const struct group_instance *instance)
{
	AUTO_SURVEY survey = group_survey_make(group);

	if (survey.lacking == 0 || !is_excess(&survey, instance))
		return SIZE_MAX;
	return group_survey_version_for(group, &survey, instance);
}

bool group_recreate(struct group *group, struct group_names names, int64_t now, struct error *err)
{
	begin(group, now);
	if (!check_names(group, names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		struct group_instance *instance = group_find(group, names.items[i]);
		group_update_start(group, instance, GROUP_UPDATE_RECREATE, newer_version(group, instance));
	}
	group_settle(group);
	return true;
}

bool group_delete_instances(struct group *group, struct group_names names, bool skip, int64_t now, struct error *err)
{
	begin(group, now);
	if (!skip && !check_names(group, names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		struct group_instance *instance = group_find(group, names.items[i]);
		if (!instance || group_instance_leaves(instance))
			continue;
		group_instance_start_delete(group, instance);
		group_lower_size(group, instance);
	}
	group_settle(group);
	return true;
}

bool group_abandon(struct group *group, struct group_names names, int64_t now, struct error *err)
{
	begin(group, now);
	if (!check_names(group, names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		struct group_instance *instance = group_find(group, names.items[i]);
		if (group_instance_leaves(instance))
			continue;
		group_instance_start_abandon(group, instance);
		group_lower_size(group, instance);
	}
	group_settle(group);
	return true;
}

bool group_create_instances(struct group *group, struct group_names names, int64_t now, struct error *err)
{
	begin(group, now);
	for (size_t i = 0; i < names.count; i++)
		for (size_t j = 0; j <= i; j++)
			if (j < i ? text_equal(names.items[j], names.items[i])
				  : group_find(group, names.items[i]) != NULL)
				return refuse(err, group, names.items[i], "already exists in");
	group->target_size += (int)names.count;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_SURVEY survey = group_survey_make(group);
		struct group_instance *instance =
			group_add_instance(group, names.items[i], group_survey_version(group, &survey));
		instance->action = GROUP_CREATING_WITHOUT_RETRIES;
	}
	group_settle(group);
	return true;
}

static void apply_update(struct group *group, struct group_instance *instance, const struct group_policy *policy)
{
	const size_t version = newer_version(group, instance);
	enum group_update update = GROUP_UPDATE_NOT;

	if (version != SIZE_MAX)
		update = group_update_of(group, policy, instance, version);
	else if (policy->minimal == GROUP_DISRUPT_REPLACE)
		update = GROUP_UPDATE_RECREATE;
	else if (policy->minimal != GROUP_DISRUPT_NONE && instance->due == GROUP_NEVER &&
		 instance->status == GROUP_MACHINE_RUNNING)
		update = policy->minimal == GROUP_DISRUPT_RESTART ? GROUP_UPDATE_RESTART : GROUP_UPDATE_REFRESH;
	if (update != GROUP_UPDATE_NOT)
		group_update_start(group, instance, update, version);
}

bool group_apply_updates(struct group *group, struct group_names names, enum group_disruption minimal,
	enum group_disruption most_disruptive, int64_t now, struct error *err)
{
	const struct group_policy policy = {
		.minimal = minimal, .most_disruptive = most_disruptive, .replacement = GROUP_RECREATE};

	begin(group, now);
	if (!check_names(group, names, err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		apply_update(group, group_find(group, names.items[i]), &policy);
	for (size_t i = 0; names.count == 0 && i < group->instance_count; i++)
		if (!group_instance_leaves(group->own_instances[i]))
			apply_update(group, group->own_instances[i], &policy);
	group_settle(group);
	return true;
}

static bool set_broken(struct group *group, const char *name, bool broken, int64_t now)
{
	group_advance(group, now);
	struct group_instance *instance = group_find(group, name);
	if (!instance || instance->status != GROUP_MACHINE_RUNNING)
		return false;
	instance->broken = broken;
	group_settle(group);
	return true;
}

bool group_break_instance(struct group *group, const char *name, int64_t now)
{
	return set_broken(group, name, true, now);
}

bool group_mend_instance(struct group *group, const char *name, int64_t now)
{
	return set_broken(group, name, false, now);
}

bool group_preempt(struct group *group, const char *name, int64_t now)
{
	group_advance(group, now);
	struct group_instance *instance = group_find(group, name);
	if (!instance || instance->status != GROUP_MACHINE_RUNNING)
		return false;
	group_instance_start_stop(group, instance, false);
	group_settle(group);
	return true;
}

bool group_lose_instance(struct group *group, const char *name, int64_t now)
{
	group_advance(group, now);
	struct group_instance *instance = group_find(group, name);
	if (!instance || instance->status == GROUP_ABSENT)
		return false;
	group_instance_start_stop(group, instance, true);
	group_settle(group);
	return true;
}

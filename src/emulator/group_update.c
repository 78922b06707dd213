/* What an update does to one instance: the least that policy and change ask for, if it is not more than allowed. */
#include <assert.h>

#include "emulator/group_internal.h"

static enum group_disruption needed(
	const struct group *group, const struct group_instance *instance, const struct group_version *version)
{
	const struct group_world *world = group->world;
	const char *from = instance->own_machine_template ? instance->own_machine_template : instance->own_template;

	if (text_equal(from, version->template_name))
		return text_equal(instance->own_version, version->name) && group_instance_is_configured(group, instance)
		               ? GROUP_DISRUPT_NONE
		               : GROUP_DISRUPT_REFRESH;
	if (!world->change_needs)
		return GROUP_DISRUPT_REPLACE;
	const enum group_disruption needs = world->change_needs(world->arg, from, version->template_name);
	return needs == GROUP_DISRUPT_NONE ? GROUP_DISRUPT_REFRESH : needs; /* the machine bears the template's name */
}

/* The update of an instance that needs no replacement: a machine that is busy is waited for, one that stands still is
 * started, and where there is none the creation does it. */
static enum group_update in_place(const struct group_instance *instance, enum group_disruption disruption)
{
	if (instance->status == GROUP_ABSENT)
		return GROUP_UPDATE_RECREATE;
	if (instance->due != GROUP_NEVER)
		return GROUP_UPDATE_NOT;
	if (instance->status == GROUP_MACHINE_TERMINATED)
		return GROUP_UPDATE_RESTART;
	return disruption == GROUP_DISRUPT_RESTART ? GROUP_UPDATE_RESTART : GROUP_UPDATE_REFRESH;
}

enum group_update group_update_of(const struct group *group, const struct group_policy *policy,
	const struct group_instance *instance, size_t version)
{
	enum group_disruption disruption = needed(group, instance, &group->own_versions[version]);

	if (disruption < policy->minimal)
		disruption = policy->minimal;
	if (disruption > policy->most_disruptive || disruption == GROUP_DISRUPT_NONE)
		return GROUP_UPDATE_NOT;
	if (disruption == GROUP_DISRUPT_REPLACE)
		return policy->replacement == GROUP_SUBSTITUTE ? GROUP_UPDATE_SUBSTITUTE : GROUP_UPDATE_RECREATE;
	return in_place(instance, disruption);
}

/* Without a machine only the creation that is tried changes, and is tried at once. */
static void recreate(struct group *group, struct group_instance *instance)
{
	const bool creates = instance->action == GROUP_CREATING || instance->action == GROUP_CREATING_WITHOUT_RETRIES;

	if (creates && instance->status == GROUP_ABSENT)
		group_instance_start_create(group, instance, instance->action);
	else
		group_instance_start_recreate(group, instance);
}

void group_update_start(struct group *group, struct group_instance *instance, enum group_update update, size_t version)
{
	if (version != SIZE_MAX)
		group_instance_assign(group, instance, version);
	group_instance_configure(group, instance);
	switch (update) {
	case GROUP_UPDATE_NOT:
		assert(false);
		break;
	case GROUP_UPDATE_SUBSTITUTE:
		group_instance_start_delete(group, instance);
		break;
	case GROUP_UPDATE_RECREATE:
		recreate(group, instance);
		break;
	case GROUP_UPDATE_RESTART:
		group_instance_start_restart(group, instance);
		break;
	case GROUP_UPDATE_REFRESH:
		group_instance_start_refresh(group, instance);
		break;
	}
}

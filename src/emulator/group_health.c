/* Auto-healing: what the probes of an instance say, and when that makes the group repair it.
 * Probes are not played one by one: health follows the answer after the time that interval and threshold take, so a group
 * at rest has no events at all. */
#include <assert.h>

#include "emulator/group_internal.h"

bool group_instance_answers(const struct group_instance *instance, int64_t now)
{
	return instance->status == GROUP_MACHINE_RUNNING && !instance->broken && instance->app_up_at <= now;
}

void group_instance_forget_health(struct group_instance *instance)
{
	instance->answering = false;
	instance->healthy_once = false;
	instance->health = GROUP_HEALTH_UNKNOWN;
	instance->health_due = GROUP_NEVER;
}

static bool is_watched(const struct group *group, const struct group_instance *instance)
{
	return group->own_health_check && instance->status == GROUP_MACHINE_RUNNING && instance->duty == GROUP_SERVES &&
	       !group_instance_leaves(instance) && instance->action != GROUP_RECREATING;
}

static int64_t probe_time(const struct group *group, bool to_healthy)
{
	const struct group_world *world = group->world;

	return world->probe_ms ? world->probe_ms(world->arg, group, to_healthy) : group->durations.probe_ms;
}

/* The answer changed, or is the first: health will follow, unless it says so already. */
static void note_answer(struct group *group, struct group_instance *instance, bool answering)
{
	const enum group_health health = answering ? GROUP_HEALTH_HEALTHY : GROUP_HEALTH_UNHEALTHY;

	instance->answering = answering;
	instance->health_due = instance->health == health ? GROUP_NEVER : group->now + probe_time(group, answering);
}

static void change_health(struct group_instance *instance)
{
	instance->health_due = GROUP_NEVER;
	instance->health = instance->answering ? GROUP_HEALTH_HEALTHY : GROUP_HEALTH_UNHEALTHY;
	if (!instance->answering)
		return;
	instance->healthy_once = true;
	if (instance->action == GROUP_VERIFYING)
		instance->action = GROUP_NONE;
}

void group_instance_watch(struct group *group, struct group_instance *instance)
{
	const struct group_world *world = group->world;

	if (!is_watched(group, instance)) {
		instance->health_due = GROUP_NEVER;
		return;
	}
	const bool answering =
		group_instance_answers(instance, group->now) && world->healthy(world->arg, group, instance);
	const bool first = instance->health == GROUP_HEALTH_UNKNOWN && instance->health_due == GROUP_NEVER;
	if (first || answering != instance->answering)
		note_answer(group, instance, answering);
	if (instance->health_due <= group->now)
		change_health(instance);
}

int64_t group_instance_heal_at(const struct group *group, const struct group_instance *instance)
{
	if (!group->lifecycle.heal || !is_watched(group, instance) || instance->health != GROUP_HEALTH_UNHEALTHY)
		return GROUP_NEVER;
	if (instance->action != GROUP_NONE && instance->action != GROUP_VERIFYING)
		return GROUP_NEVER;
	const int64_t first = instance->running_at + group->initial_delay_ms;
	return first > group->now ? first : group->now;
}

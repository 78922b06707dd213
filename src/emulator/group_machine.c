/* One instance: the steps that its machine takes, each ending at instance->due.
 * A machine is born at the end of a creation attempt and dies at the end of STOPPING; what follows depends on the action. */
#include <assert.h>
#include <string.h>

#include "emulator/group_internal.h"

bool group_instance_leaves(const struct group_instance *instance)
{
	return instance->action == GROUP_DELETING || instance->action == GROUP_ABANDONING;
}

void group_instance_free(struct group_instance *instance)
{
	mem_free(instance->own_template);
	mem_free(instance->own_version);
	mem_free(instance->own_machine_template);
	mem_free(instance->own_machine_version);
	mem_free(instance->own_config);
	mem_free(instance->own_machine_config);
	mem_free(instance->own_machine_type);
	mem_free(instance->own_fault);
	mem_free(instance);
}

void group_instance_assign(struct group *group, struct group_instance *instance, size_t version)
{
	group_text_replace(&instance->own_template, group->own_versions[version].template_name);
	group_text_replace(&instance->own_version, group->own_versions[version].name);
}

void group_instance_configure(struct group *group, struct group_instance *instance)
{
	group_text_replace(&instance->own_config, group->own_config);
}

/* From now on the machine is at the version that was intended. */
static void take_version(struct group_instance *instance)
{
	group_text_replace(&instance->own_machine_template, instance->own_template);
	group_text_replace(&instance->own_machine_version, instance->own_version);
	group_text_replace(&instance->own_machine_config, instance->own_config);
}

/* The update did not get through: the machine stays what it was. */
static void give_up_version(struct group_instance *instance)
{
	group_text_replace(&instance->own_template, instance->own_machine_template);
	group_text_replace(&instance->own_version, instance->own_machine_version);
	group_text_replace(&instance->own_config, instance->own_machine_config);
}

static void clear_fault(struct group_instance *instance)
{
	mem_free(TAKE(instance->own_fault));
	instance->attempts = 0;
}

static void enter(
	struct group *group, struct group_instance *instance, enum group_status status, struct group_range lasts)
{
	instance->status = status;
	instance->due = group->now + group_pick(group, lasts);
}

void group_instance_start_create(struct group *group, struct group_instance *instance, enum group_action action)
{
	assert(instance->status == GROUP_ABSENT);
	instance->action = action;
	clear_fault(instance);
	enter(group, instance, GROUP_ABSENT, group->durations.attempt);
}

static int64_t drain_time(const struct group *group)
{
	return group->world->drain_ms ? group->world->drain_ms(group->world->arg, group) : 0;
}

/* The way of a machine to its end: a running one is drained first, a stopping one goes on stopping. */
static void start_end(struct group *group, struct group_instance *instance)
{
	if (instance->status == GROUP_ABSENT)
		instance->due = group->now;
	else if (instance->status == GROUP_MACHINE_RUNNING)
		instance->due = group->now + drain_time(group);
	else if (instance->status != GROUP_MACHINE_STOPPING)
		enter(group, instance, GROUP_MACHINE_STOPPING, group->durations.stopping);
}

void group_instance_start_delete(struct group *group, struct group_instance *instance)
{
	instance->action = GROUP_DELETING;
	start_end(group, instance);
}

void group_instance_start_abandon(struct group *group, struct group_instance *instance)
{
	instance->action = GROUP_ABANDONING;
	instance->due = group->now + group_pick(group, group->durations.refresh);
}

void group_instance_start_recreate(struct group *group, struct group_instance *instance)
{
	if (instance->status == GROUP_ABSENT) {
		group_instance_start_create(group, instance, GROUP_RECREATING);
		return;
	}
	instance->action = GROUP_RECREATING;
	start_end(group, instance);
}

void group_instance_start_restart(struct group *group, struct group_instance *instance)
{
	const bool runs = instance->status == GROUP_MACHINE_RUNNING;

	assert(runs || instance->status == GROUP_MACHINE_TERMINATED);
	instance->action = GROUP_RESTARTING;
	if (runs)
		enter(group, instance, GROUP_MACHINE_STOPPING, group->durations.stopping);
	else
		enter(group, instance, GROUP_MACHINE_TERMINATED, group->durations.refresh);
}

void group_instance_start_refresh(struct group *group, struct group_instance *instance)
{
	instance->action = GROUP_REFRESHING;
	instance->due = group->now + group_pick(group, group->durations.refresh);
}

void group_instance_start_stop(struct group *group, struct group_instance *instance, bool lost)
{
	if (instance->action == GROUP_REFRESHING)
		give_up_version(instance);
	if (!group_instance_leaves(instance) && instance->action != GROUP_RECREATING)
		instance->action = GROUP_NONE;
	instance->lost = lost;
	enter(group, instance, GROUP_MACHINE_STOPPING, group->durations.stopping);
}

static int64_t back_off(const struct group *group, int attempts)
{
	int64_t wait = group->durations.retry_first_ms;

	for (int i = 1; i < attempts && wait < group->durations.retry_most_ms; i++)
		wait *= 2;
	return wait < group->durations.retry_most_ms ? wait : group->durations.retry_most_ms;
}

/* true: it is not tried again, the instance is to be dropped. */
static bool attempt_failed(struct group *group, struct group_instance *instance, const struct group_fault *fault)
{
	group_add_error(group, instance, fault);
	mem_free(instance->own_fault);
	instance->own_fault = mem_copy(fault, sizeof(*fault));
	instance->attempts++;
	instance->due = group->now + back_off(group, instance->attempts);
	if (instance->action != GROUP_RECREATING) /* a machine that had a zone keeps it, as it keeps its name */
		instance->zone = group_next_zone(group, instance);
	if (instance->action != GROUP_CREATING_WITHOUT_RETRIES)
		return false;
	group_lower_size(group, instance);
	return true;
}

/* A stateful group's machines keep theirs. */
static void give_addresses(struct group *group, struct group_instance *instance)
{
	const struct group_world *world = group->world;
	char ip[GROUP_IP_SIZE] = "", nat_ip[GROUP_IP_SIZE] = "";

	world->allocate_ip(world->arg, group, instance, ip, nat_ip);
	if (!group->keeps_ip || !instance->ip[0])
		text_copy(instance->ip, GROUP_IP_SIZE, ip);
	if (!group->keeps_nat_ip || !instance->nat_ip[0])
		text_copy(instance->nat_ip, GROUP_IP_SIZE, nat_ip);
}

static void machine_born(struct group *group, struct group_instance *instance)
{
	const struct group_world *world = group->world;

	clear_fault(instance);
	group_instance_configure(group, instance);
	take_version(instance);
	instance->id = world->new_id(world->arg);
	instance->created_at = group->now;
	instance->broken = world->serves && !world->serves(world->arg, group, instance);
	instance->lost = false;
	give_addresses(group, instance);
	enter(group, instance, GROUP_MACHINE_PROVISIONING, group->durations.provisioning);
}

static bool can_be(
	struct group *group, struct group_instance *instance, const char *machine_type, struct group_fault *fault)
{
	const struct group_world *world = group->world;
	const bool named = instance->action == GROUP_CREATING_WITHOUT_RETRIES;
	const struct group_machine machine = {
		.name = named ? instance->name : NULL, .template_name = instance->own_template, .type = machine_type};

	*fault = (struct group_fault){.code = ""};
	if (!world->can_create(world->arg, group, instance->zone, &machine, fault))
		return false;
	group_text_replace(&instance->own_machine_type, machine_type);
	return true;
}

/* Of several types the best that can be had. */
static bool find_machine(struct group *group, struct group_instance *instance, struct group_fault *fault)
{
	if (group->machine_type_count == 0)
		return can_be(group, instance, NULL, fault);
	for (size_t i = 0; i < group->machine_type_count; i++)
		if (can_be(group, instance, group->own_machine_types[i], fault))
			return true;
	return false;
}

static bool try_create(struct group *group, struct group_instance *instance)
{
	struct group_fault fault;

	if (!find_machine(group, instance, &fault))
		return attempt_failed(group, instance, &fault);
	machine_born(group, instance);
	return false;
}

static void machine_runs(struct group *group, struct group_instance *instance)
{
	take_version(instance);
	instance->status = GROUP_MACHINE_RUNNING;
	instance->due = GROUP_NEVER;
	instance->running_at = group->now;
	instance->app_up_at = group->now + group_pick(group, group->durations.boot);
	group_instance_forget_health(instance);
	if (group_instance_leaves(instance))
		return;
	if (instance->duty == GROUP_SERVES)
		instance->action = group->own_health_check ? GROUP_VERIFYING : GROUP_NONE;
	else
		group_standby_begin(group, instance);
}

static void machine_gone(struct group_instance *instance)
{
	instance->id = 0;
	instance->status = GROUP_ABSENT;
	instance->due = GROUP_NEVER;
	instance->lost = false;
	mem_free(TAKE(instance->own_machine_template));
	mem_free(TAKE(instance->own_machine_version));
	mem_free(TAKE(instance->own_machine_config));
}

/* End of STOPPING. true: the instance left. */
static bool machine_stopped(struct group *group, struct group_instance *instance)
{
	switch (instance->action) {
	case GROUP_DELETING:
		return true;
	case GROUP_RECREATING:
		machine_gone(instance);
		group_instance_start_create(group, instance, GROUP_RECREATING);
		return false;
	case GROUP_RESTARTING:
		enter(group, instance, GROUP_MACHINE_TERMINATED, group->durations.refresh);
		return false;
	default:
		if (instance->action == GROUP_STOPPING)
			instance->action = GROUP_NONE;
		if (instance->lost)
			machine_gone(instance);
		instance->status = instance->id ? GROUP_MACHINE_TERMINATED : GROUP_ABSENT;
		instance->due = GROUP_NEVER;
		return false;
	}
}

static void machine_suspended(struct group_instance *instance)
{
	instance->status = GROUP_MACHINE_SUSPENDED;
	instance->action = GROUP_NONE;
	instance->due = GROUP_NEVER;
}

/* A running machine has steps only when it is refreshed, or when it was drained and ends now. */
static void running_step(struct group *group, struct group_instance *instance)
{
	if (instance->action != GROUP_REFRESHING) {
		enter(group, instance,
			instance->action == GROUP_SUSPENDING ? GROUP_MACHINE_SUSPENDING : GROUP_MACHINE_STOPPING,
			group->durations.stopping);
		return;
	}
	take_version(instance);
	instance->action = group->own_health_check && !instance->healthy_once ? GROUP_VERIFYING : GROUP_NONE;
	instance->due = GROUP_NEVER;
}

bool group_instance_step(struct group *group, struct group_instance *instance)
{
	if (instance->action == GROUP_ABANDONING) {
		if (instance->id && group->world->abandoned)
			group->world->abandoned(group->world->arg, group, instance);
		return true;
	}
	switch (instance->status) {
	case GROUP_ABSENT:
		return instance->action == GROUP_DELETING || try_create(group, instance);
	case GROUP_MACHINE_PROVISIONING:
	case GROUP_MACHINE_TERMINATED:
		enter(group, instance, GROUP_MACHINE_STAGING, group->durations.staging);
		return false;
	case GROUP_MACHINE_STAGING:
		machine_runs(group, instance);
		return false;
	case GROUP_MACHINE_RUNNING:
		running_step(group, instance);
		return false;
	case GROUP_MACHINE_STOPPING:
		return machine_stopped(group, instance);
	case GROUP_MACHINE_SUSPENDING:
	case GROUP_MACHINE_SUSPENDED:
		machine_suspended(instance);
		return false;
	}
	return false;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t group_instance_next(const struct group *group, const struct group_instance *instance)
{
	int64_t next = sooner(instance->due, instance->health_due);

	if (instance->status == GROUP_MACHINE_RUNNING && instance->app_up_at > group->now)
		next = sooner(next, instance->app_up_at);
	return sooner(next, group_instance_heal_at(group, instance));
}

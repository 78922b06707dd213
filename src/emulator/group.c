/* A group's life: birth and end, what is wanted of it, and time.
 * Invariant: outside of these functions a group is at rest: nothing is due and the plan has no step to take. */
#include "emulator/group.h"

#include <assert.h>
#include <string.h>

#include "emulator/group_internal.h"

const struct group_durations group_durations_default = {
	.attempt = {2000, 8000},
	.provisioning = {5000, 22000},
	.staging = {13000, 60000},
	.boot = {15000, 45000},
	.stopping = {20000, 60000},
	.refresh = {1000, 4000},
	.probe_ms = 10000,
	.retry_first_ms = 10000,
	.retry_most_ms = 300000,
};

struct group_policy group_policy_default(size_t zone_count)
{
	const struct group_amount zones = {GROUP_AMOUNT_FIXED, (int)zone_count};

	return (struct group_policy){.type = GROUP_OPPORTUNISTIC,
		.minimal = GROUP_DISRUPT_REPLACE,
		.most_disruptive = GROUP_DISRUPT_REPLACE,
		.replacement = GROUP_SUBSTITUTE,
		.surge = zones,
		.unavailable = zones};
}

struct group *group_new(const struct group_options *options, int64_t now)
{
	struct group *group = mem_alloc(sizeof(*group));

	assert(options->zone_count > 0);
	group->world = options->world;
	group->durations = options->durations ? *options->durations : group_durations_default;
	group->own_base_name = mem_strdup(options->base_instance_name);
	group->zone_count = options->zone_count;
	group->own_zones = mem_alloc(options->zone_count * sizeof(*group->own_zones));
	for (size_t i = 0; i < options->zone_count; i++)
		group->own_zones[i] = mem_strdup(options->zones[i]);
	group->policy = group_policy_default(options->zone_count);
	group->lifecycle = (struct group_lifecycle){.repair = true, .heal = true};
	group->config_set = GROUP_UNSET;
	group->now = now;
	return group;
}

static void free_versions(struct group *group)
{
	for (size_t i = 0; i < group->version_count; i++) {
		mem_free((char *)group->own_versions[i].name);
		mem_free((char *)group->own_versions[i].template_name);
	}
	mem_free(group->own_versions);
}

static void free_error(struct group_error *error)
{
	mem_free(error->own_template);
	mem_free(error->own_version);
}

static void free_machine_types(struct group *group)
{
	for (size_t i = 0; i < group->machine_type_count; i++)
		mem_free(group->own_machine_types[i]);
	mem_free(group->own_machine_types);
}

void group_free(struct group *group)
{
	if (!group)
		return;
	for (size_t i = 0; i < group->instance_count; i++)
		group_instance_free(group->own_instances[i]);
	for (size_t i = 0; i < group->error_count; i++)
		free_error(&group->own_errors[i]);
	for (size_t i = 0; i < group->zone_count; i++)
		mem_free(group->own_zones[i]);
	free_versions(group);
	mem_free(group->own_instances);
	mem_free(group->own_errors);
	mem_free(group->own_zones);
	free_machine_types(group);
	mem_free(group->own_stateful);
	mem_free(group->own_config);
	mem_free(group->own_health_check);
	mem_free(group->own_base_name);
	mem_free(group);
}

int64_t group_pick(const struct group *group, struct group_range range)
{
	const uint64_t span = (uint64_t)(range.most - range.least) + 1;

	return range.least + (int64_t)group->world->random(group->world->arg, span);
}

void group_text_replace(char **own_text, const char *text)
{
	char *copy = mem_strdup(text); /* text may be part of what is freed */

	mem_free(*own_text);
	*own_text = copy;
}

void group_add_error(struct group *group, const struct group_instance *instance, const struct group_fault *fault)
{
	if (!group->own_errors)
		group->own_errors = mem_alloc(GROUP_ERRORS_MAX * sizeof(*group->own_errors));
	if (group->error_count == GROUP_ERRORS_MAX) {
		free_error(&group->own_errors[0]);
		memmove(group->own_errors, group->own_errors + 1, --group->error_count * sizeof(*group->own_errors));
	}
	struct group_error *error = &group->own_errors[group->error_count++];
	*error = (struct group_error){.fault = *fault,
		.at = group->now,
		.action = instance->action,
		.zone = instance->zone,
		.own_template = mem_strdup(instance->own_template),
		.own_version = mem_strdup(instance->own_version)};
	text_copy(error->instance, sizeof(error->instance), instance->name);
}

static void make_name(const struct group *group, char name[GROUP_NAME_SIZE])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char suffix[5] = "";

	do {
		for (size_t i = 0; i < 4; i++)
			suffix[i] = letters[group->world->random(group->world->arg, sizeof(letters) - 1)];
		AUTO_FREE char *text = mem_printf("%s-%s", group->own_base_name, suffix);
		text_copy(name, GROUP_NAME_SIZE, text);
	} while (group_find(group, name));
}

struct group_instance *group_add_instance(struct group *group, const char *name, size_t version)
{
	struct group_instance *instance = mem_alloc(sizeof(*instance));

	if (name)
		text_copy(instance->name, sizeof(instance->name), name);
	else
		make_name(group, instance->name);
	instance->zone = group_next_zone(group, NULL);
	instance->draw = group->world->random(group->world->arg, UINT64_MAX);
	instance->due = GROUP_NEVER;
	group_instance_forget_health(instance);
	group_instance_assign(group, instance, version);
	group_instance_start_create(group, instance, GROUP_CREATING);
	if (group->instance_count == group->instance_capacity) {
		group->instance_capacity = group->instance_capacity ? 2 * group->instance_capacity : 8;
		group->own_instances =
			mem_resize(group->own_instances, group->instance_capacity * sizeof(*group->own_instances));
	}
	group->own_instances[group->instance_count++] = instance;
	return instance;
}

/* Takes every step that is due. Instances that left are freed; the others keep their order. */
static void take_steps(struct group *group)
{
	size_t kept = 0;

	for (size_t i = 0; i < group->instance_count; i++) {
		struct group_instance *instance = group->own_instances[i];
		if (instance->due <= group->now && group_instance_step(group, instance))
			group_instance_free(instance);
		else
			group->own_instances[kept++] = instance;
	}
	group->instance_count = kept;
}

static bool anything_due(const struct group *group)
{
	for (size_t i = 0; i < group->instance_count; i++)
		if (group->own_instances[i]->due <= group->now)
			return true;
	return false;
}

void group_settle(struct group *group)
{
	if (group->held)
		return;
	do {
		while (anything_due(group))
			take_steps(group);
		for (size_t i = 0; i < group->instance_count; i++)
			group_instance_watch(group, group->own_instances[i]);
		while (group_plan_step(group))
			;
	} while (anything_due(group));
}

int64_t group_next(const struct group *group)
{
	int64_t next = GROUP_NEVER;

	for (size_t i = 0; i < group->instance_count; i++) {
		int64_t at = group_instance_next(group, group->own_instances[i]);
		next = at < next ? at : next;
	}
	return next;
}

void group_advance(struct group *group, int64_t now)
{
	assert(now >= group->now);
	if (group->held)
		return;
	for (int64_t next = group_next(group); next <= now; next = group_next(group)) {
		assert(next > group->now);
		group->now = next;
		group_settle(group);
	}
	group->now = now;
}

void group_hold(struct group *group, int64_t now)
{
	group_advance(group, now);
	group->held = true;
}

void group_release(struct group *group)
{
	group->held = false;
	group_settle(group);
}

void group_touch(struct group *group, int64_t now)
{
	group_advance(group, now);
	group_settle(group);
}

void group_resize(struct group *group, int size, int64_t now)
{
	assert(!group->deleting && size >= 0);
	group_advance(group, now);
	group->target_size = size;
	group_settle(group);
}

/* While an update surges there are more instances than the size asks for; all of them may be taken out. */
void group_lower_size(struct group *group, const struct group_instance *instance)
{
	int *size = instance->duty == GROUP_SERVES ? &group->target_size : &group->standby.sizes[instance->duty];

	if (*size > 0)
		(*size)--;
}

void group_set_versions(struct group *group, const struct group_version *versions, size_t count, int64_t now)
{
	assert(!group->deleting && count > 0);
	group_advance(group, now);
	free_versions(group);
	group->version_count = count;
	group->own_versions = mem_alloc(count * sizeof(*group->own_versions));
	for (size_t i = 0; i < count; i++)
		group->own_versions[i] =
			(struct group_version){.name = mem_strdup(versions[i].name ? versions[i].name : ""),
				.template_name = mem_strdup(versions[i].template_name),
				.size = versions[i].size};
	group_settle(group);
}

void group_set_config(struct group *group, const char *config, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	if (text_equal(group->own_config, config))
		return;
	group_text_replace(&group->own_config, config);
	group->config_set = group->now;
	group_settle(group);
}

void group_set_standby(struct group *group, const struct group_standby *standby, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group->standby = *standby;
	group_settle(group);
}

void group_set_stateful(struct group *group, const struct group_stateful *stateful, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group_text_replace(&group->own_stateful, stateful->policy);
	group->keeps_ip = stateful->ip;
	group->keeps_nat_ip = stateful->nat_ip;
}

void group_set_machine_types(struct group *group, const char *const *types, size_t count, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	free_machine_types(group);
	group->machine_type_count = count;
	group->own_machine_types = mem_alloc((count + 1) * sizeof(*group->own_machine_types));
	for (size_t i = 0; i < count; i++)
		group->own_machine_types[i] = mem_strdup(types[i]);
}

void group_set_shape(struct group *group, enum group_shape shape, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group->shape = shape;
}

void group_set_policy(struct group *group, const struct group_policy *policy, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group->policy = *policy;
	group_settle(group);
}

/* Without auto-healing nobody waits for health any more. */
static void stop_watching(struct group *group)
{
	for (size_t i = 0; i < group->instance_count; i++) {
		struct group_instance *instance = group->own_instances[i];
		group_instance_forget_health(instance);
		if (instance->action == GROUP_VERIFYING)
			instance->action = GROUP_NONE;
	}
}

void group_set_healing(struct group *group, const struct group_healing *healing, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group_text_replace(&group->own_health_check, healing->health_check);
	group->initial_delay_ms = healing->initial_delay_ms;
	if (!healing->health_check)
		stop_watching(group);
	group_settle(group);
}

void group_set_lifecycle(struct group *group, const struct group_lifecycle *lifecycle, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group->lifecycle = *lifecycle;
	group_settle(group);
}

void group_start_delete(struct group *group, int64_t now)
{
	assert(!group->deleting);
	group_advance(group, now);
	group->deleting = true;
	group_settle(group);
}

bool group_gone(const struct group *group)
{
	return group->deleting && group->instance_count == 0;
}

/* A group in a world that a test controls, in virtual time. Every event is followed by a check of what must always hold. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/group.h"

#define TEMPLATE_A "projects/p/global/instanceTemplates/a"
#define TEMPLATE_B "projects/p/global/instanceTemplates/b"
#define TEMPLATE_C "projects/p/global/instanceTemplates/c"
#define HEALTH_CHECK "projects/p/global/healthChecks/heal"

enum { HOUR = 3600 * 1000 };

struct fixture {
	struct group_world world;
	uint64_t seed;
	uint64_t last_id;
	const char *bad_template;  /* can't be created */
	const char *sick_template; /* never answers */
	bool no_capacity;          /* nothing can be created */
	int refused;               /* creations refused so far */
	int abandoned;
	int64_t drain_ms;
	enum group_disruption needs;
	struct group *group;
	int64_t now;
	int least_available; /* since reset_marks */
	int most_live;
};

static inline uint64_t fixture_random(void *arg, uint64_t limit)
{
	struct fixture *f = arg;

	f->seed ^= f->seed << 13;
	f->seed ^= f->seed >> 7;
	f->seed ^= f->seed << 17;
	return f->seed % limit;
}

static inline uint64_t fixture_new_id(void *arg)
{
	return ++((struct fixture *)arg)->last_id;
}

static inline bool fixture_can_create(void *arg, const struct group *group, const char *zone,
	const struct group_machine *machine, struct group_fault *fault)
{
	struct fixture *f = arg;

	if (!f->no_capacity && !text_equal(machine->template_name, f->bad_template))
		return true;
	f->refused++;
	text_copy(fault->code, sizeof(fault->code), "ZONE_RESOURCE_POOL_EXHAUSTED");
	text_copy(fault->message, sizeof(fault->message), "The zone does not have enough resources available.");
	return false;
}

static inline bool fixture_healthy(void *arg, const struct group *group, const struct group_instance *instance)
{
	return !text_equal(instance->own_machine_template, ((struct fixture *)arg)->sick_template);
}

static inline void fixture_allocate_ip(void *arg, const struct group *group, const struct group_instance *instance,
	char ip[GROUP_IP_SIZE], char nat_ip[GROUP_IP_SIZE])
{
	AUTO_FREE char *text = mem_printf("10.128.0.%d", (int)(instance->id % 250) + 2);

	text_copy(ip, GROUP_IP_SIZE, text);
}

static inline enum group_disruption fixture_change_needs(void *arg, const char *from_template, const char *to_template)
{
	return ((struct fixture *)arg)->needs;
}

static inline int64_t fixture_drain_ms(void *arg, const struct group *group)
{
	return ((struct fixture *)arg)->drain_ms;
}

static inline void fixture_abandoned(void *arg, const struct group *group, const struct group_instance *instance)
{
	((struct fixture *)arg)->abandoned++;
}

static inline int count_available(const struct group *group)
{
	int count = 0;

	for (size_t i = 0; i < group->instance_count; i++)
		count += group_instance_available(group, group->own_instances[i]);
	return count;
}

static inline int count_live(const struct group *group)
{
	int counts[GROUP_ACTIONS];

	group_count_actions(group, counts);
	return (int)group->instance_count - counts[GROUP_DELETING] - counts[GROUP_ABANDONING];
}

static inline void check_instance(const struct group *group, size_t index)
{
	const struct group_instance *instance = group->own_instances[index];

	assert_int_equal(instance->id != 0, instance->status != GROUP_ABSENT);
	assert_int_equal(instance->own_machine_template != NULL, instance->id != 0);
	assert_true(instance->due > group->now);
	for (size_t i = 0; i < index; i++)
		assert_string_not_equal(group->own_instances[i]->name, instance->name);
}

static inline void check_always(struct fixture *f)
{
	const struct group *group = f->group;
	int counts[GROUP_ACTIONS], sum = 0;

	group_count_actions(group, counts);
	for (int i = 0; i < GROUP_ACTIONS; i++)
		sum += counts[i];
	assert_int_equal(sum, group->instance_count);
	for (size_t i = 0; i < group->instance_count; i++)
		check_instance(group, i);
	assert_true(group_next(group) > group->now);
	if (!group->deleting)
		assert_true(count_live(group) <= group->target_size + group_surge(group));
	if (group_stable(group)) {
		assert_int_equal(counts[GROUP_NONE], group->target_size);
		if (group->policy.type == GROUP_PROACTIVE && group->policy.most_disruptive == GROUP_DISRUPT_REPLACE)
			assert_true(group_version_reached(group));
	}
	f->least_available = count_available(group) < f->least_available ? count_available(group) : f->least_available;
	f->most_live = count_live(group) > f->most_live ? count_live(group) : f->most_live;
}

static inline void reset_marks(struct fixture *f)
{
	f->least_available = count_available(f->group);
	f->most_live = count_live(f->group);
}

/* Lets time pass, event by event. */
static inline void run_for(struct fixture *f, int64_t ms)
{
	const int64_t end = f->now + ms;

	check_always(f);
	while (group_next(f->group) <= end) {
		f->now = group_next(f->group);
		group_advance(f->group, f->now);
		check_always(f);
	}
	f->now = end;
	group_advance(f->group, end);
}

static inline void set_template(struct fixture *f, const char *template_name)
{
	const struct group_version version = {.template_name = template_name};

	group_set_versions(f->group, &version, 1, f->now);
}

static inline struct group_policy proactive(int surge, int unavailable)
{
	struct group_policy policy = group_policy_default(1);

	policy.type = GROUP_PROACTIVE;
	policy.surge = (struct group_amount){GROUP_AMOUNT_FIXED, surge};
	policy.unavailable = (struct group_amount){GROUP_AMOUNT_FIXED, unavailable};
	return policy;
}

static inline void set_healing(struct fixture *f, int64_t initial_delay_ms)
{
	const struct group_healing healing = {HEALTH_CHECK, initial_delay_ms};

	group_set_healing(f->group, &healing, f->now);
}

static inline int count_template(const struct fixture *f, const char *template_name)
{
	int count = 0;

	for (size_t i = 0; i < f->group->instance_count; i++)
		count += f->group->own_instances[i]->action != GROUP_DELETING &&
		         text_equal(f->group->own_instances[i]->own_template, template_name);
	return count;
}

static inline int count_action(const struct fixture *f, enum group_action action)
{
	int counts[GROUP_ACTIONS];

	group_count_actions(f->group, counts);
	return counts[action];
}

static inline void fixture_group(struct fixture *f, const char *const *zones, size_t zone_count)
{
	const struct group_options options = {
		.world = &f->world, .base_instance_name = "tf", .zones = zones, .zone_count = zone_count};

	f->group = group_new(&options, f->now);
	f->least_available = INT32_MAX;
}

static inline struct fixture *fixture_seeded(uint64_t seed)
{
	static const char *const zones[] = {"us-central1-a"};
	struct fixture *f = mem_alloc(sizeof(*f));

	f->seed = seed * 0x9e3779b97f4a7c15u + 1;
	f->needs = GROUP_DISRUPT_REPLACE;
	f->world = (struct group_world){.arg = f,
		.random = fixture_random,
		.new_id = fixture_new_id,
		.can_create = fixture_can_create,
		.healthy = fixture_healthy,
		.allocate_ip = fixture_allocate_ip,
		.change_needs = fixture_change_needs,
		.drain_ms = fixture_drain_ms,
		.abandoned = fixture_abandoned};
	fixture_group(f, zones, 1);
	return f;
}

static inline void fixture_free(struct fixture *f)
{
	group_free(f->group);
	mem_free(f);
}

/* cmocka's set-up: an empty group. */
static inline int fixture_setup(void **state)
{
	*state = fixture_seeded(7);
	return 0;
}

static inline int fixture_teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

/* Three machines of template A that are up, with the policy and auto-healing that users are told to choose. */
static inline void three_up(struct fixture *f)
{
	const struct group_policy policy = proactive(1, 0);

	set_template(f, TEMPLATE_A);
	group_set_policy(f->group, &policy, f->now);
	set_healing(f, 300000);
	group_resize(f->group, 3, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	reset_marks(f);
}

#define GROUP_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

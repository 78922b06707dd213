/* Random walks: any verbs, in any order, at any time; what must always hold is checked after every event, and at the end,
 * when the world is kind again, the group gets to where it was told to go. */
#include "group_fixture.h"

#include <stdlib.h>

enum { STEPS = 60 };
static uint64_t first_seed = 1, walk_count = 300;

static const char *const templates[] = {TEMPLATE_A, TEMPLATE_B, TEMPLATE_C};

static int chance(struct fixture *f, int limit)
{
	return (int)fixture_random(f, (uint64_t)limit);
}

static void change_versions(struct fixture *f)
{
	const struct group_version versions[] = {{.name = "stable", .template_name = templates[chance(f, 3)]},
		{.name = "canary",
			.template_name = templates[chance(f, 3)],
			.size = {chance(f, 2) ? GROUP_AMOUNT_PERCENT : GROUP_AMOUNT_FIXED, chance(f, 60)}}};

	group_set_versions(f->group, versions, (size_t)chance(f, 2) + 1, f->now);
}

static void change_policy(struct fixture *f)
{
	struct group_policy policy = proactive(chance(f, 4), chance(f, 3));

	if (policy.surge.value == 0 && policy.unavailable.value == 0)
		policy.surge.value = 1;
	if (policy.surge.value == 0 && chance(f, 2))
		policy.replacement = GROUP_RECREATE;
	policy.type = chance(f, 3) ? GROUP_PROACTIVE : GROUP_OPPORTUNISTIC;
	policy.minimal = (enum group_disruption)chance(f, 4);
	f->needs = (enum group_disruption)chance(f, 4);
	group_set_policy(f->group, &policy, f->now);
}

static void change_keeping(struct fixture *f)
{
	const struct group_healing healing = {chance(f, 4) ? HEALTH_CHECK : NULL, 1000 * chance(f, 300)};
	const struct group_lifecycle lifecycle = {chance(f, 3) != 0, chance(f, 3) != 0, chance(f, 2) != 0};

	group_set_healing(f->group, &healing, f->now);
	group_set_lifecycle(f->group, &lifecycle, f->now);
}

static void change_world(struct fixture *f)
{
	f->no_capacity = chance(f, 4) == 0;
	f->bad_template = chance(f, 3) ? NULL : templates[chance(f, 3)];
	f->sick_template = chance(f, 3) ? NULL : templates[chance(f, 3)];
	f->drain_ms = 1000 * chance(f, 60);
	group_touch(f->group, f->now);
}

/* A name of the group, or one that is not. */
static const char *any_name(struct fixture *f)
{
	if (f->group->instance_count == 0 || chance(f, 10) == 0)
		return "tf-none";
	return f->group->own_instances[chance(f, (int)f->group->instance_count)]->name;
}

static void act_on_machines(struct fixture *f)
{
	char first[GROUP_NAME_SIZE], second[GROUP_NAME_SIZE]; /* instances may be freed meanwhile */
	const char *items[] = {first, second};
	const struct group_names names = {items, (size_t)chance(f, 2) + 1};

	text_copy(first, sizeof(first), any_name(f));
	text_copy(second, sizeof(second), any_name(f));
	switch (chance(f, 9)) {
	case 0:
		group_recreate(f->group, names, f->now, NULL);
		break;
	case 1:
		group_delete_instances(f->group, names, chance(f, 2) != 0, f->now, NULL);
		break;
	case 2:
		group_abandon(f->group, names, f->now, NULL);
		break;
	case 3:
		group_create_instances(f->group, names, f->now, NULL);
		break;
	case 4:
		group_apply_updates(f->group, names, (enum group_disruption)chance(f, 4),
			(enum group_disruption)chance(f, 4), f->now, NULL);
		break;
	case 5:
		group_break_instance(f->group, first, f->now);
		break;
	case 6:
		group_mend_instance(f->group, first, f->now);
		break;
	case 7:
		group_preempt(f->group, first, f->now);
		break;
	default:
		group_lose_instance(f->group, first, f->now);
	}
}

static void walk_step(struct fixture *f)
{
	switch (chance(f, 6)) {
	case 0:
		group_resize(f->group, chance(f, 12), f->now);
		break;
	case 1:
		change_versions(f);
		break;
	case 2:
		change_policy(f);
		break;
	case 3:
		change_keeping(f);
		break;
	case 4:
		change_world(f);
		break;
	default:
		act_on_machines(f);
	}
	run_for(f, chance(f, 3) ? 1000 * chance(f, 90) : 0);
}

static void make_the_world_kind(struct fixture *f)
{
	const struct group_policy policy = proactive(1, 0);
	const struct group_lifecycle lifecycle = {.repair = true, .heal = true};

	f->no_capacity = false;
	f->bad_template = f->sick_template = NULL;
	f->drain_ms = 0;
	group_set_policy(f->group, &policy, f->now);
	group_set_lifecycle(f->group, &lifecycle, f->now);
	set_healing(f, 300000);
	group_touch(f->group, f->now);
}

static void walk(uint64_t seed)
{
	struct fixture *f = fixture_seeded(seed);

	set_template(f, TEMPLATE_A);
	group_resize(f->group, 3, f->now);
	for (int step = 0; step < STEPS; step++)
		walk_step(f);
	make_the_world_kind(f);
	run_for(f, 10 * HOUR);
	assert_true(group_stable(f->group));
	assert_true(group_version_reached(f->group));
	assert_int_equal(count_available(f->group), f->group->target_size);
	for (size_t i = 0; i < f->group->version_count; i++)
		assert_true(group_version_target(f->group, i) >= 0);
	group_start_delete(f->group, f->now);
	run_for(f, HOUR);
	assert_true(group_gone(f->group));
	fixture_free(f);
}

/* The seed of a walk stands in the state as long as the walk goes on. */
static void walks(void **state)
{
	uint64_t seed;

	*state = &seed;
	for (seed = first_seed; seed < first_seed + walk_count; seed++)
		walk(seed);
	*state = NULL;
}

static int tell_seed(void **state)
{
	const uint64_t *seed = *state;

	if (seed)
		print_message("replay: test_group_walk %llu\n", (unsigned long long)*seed);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(walks, tell_seed)};

	if (argc > 1) {
		first_seed = strtoull(argv[1], NULL, 10);
		walk_count = 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Birth, growing, shrinking, named verbs and end of a group. */
#include "group_fixture.h"

static void creates_and_verifies(void **state)
{
	struct fixture *f = *state;

	set_template(f, TEMPLATE_A);
	set_healing(f, 300000);
	group_resize(f->group, 3, f->now);
	assert_int_equal(count_action(f, GROUP_CREATING), 3);
	assert_false(group_stable(f->group));
	assert_true(group_version_reached(f->group)); /* true while the machines are still being made */
	while (count_action(f, GROUP_VERIFYING) < 1)
		run_for(f, 1000);
	assert_in_range(f->now, 20000, 91000);
	assert_int_equal(count_available(f->group), 0);
	run_for(f, 3 * 60000);
	assert_true(group_stable(f->group));
	assert_int_equal(count_available(f->group), 3);
	assert_true(group_next(f->group) == INT64_MAX); /* a group at rest has no events */
}

static void machines_pass_through_their_states(void **state)
{
	struct fixture *f = *state;
	unsigned seen = 0;

	set_template(f, TEMPLATE_A);
	group_resize(f->group, 1, f->now);
	while (!group_stable(f->group)) {
		seen |= 1u << f->group->own_instances[0]->status;
		run_for(f, 500);
	}
	assert_int_equal(seen, 1u << GROUP_ABSENT | 1u << GROUP_MACHINE_PROVISIONING | 1u << GROUP_MACHINE_STAGING);
	assert_int_equal(f->group->own_instances[0]->status, GROUP_MACHINE_RUNNING);
	assert_string_equal(f->group->own_instances[0]->own_machine_template, TEMPLATE_A);
}

static void names_are_base_and_four(void **state)
{
	struct fixture *f = *state;

	set_template(f, TEMPLATE_A);
	group_resize(f->group, 40, f->now);
	for (size_t i = 0; i < 40; i++) {
		const char *name = f->group->own_instances[i]->name;
		assert_int_equal(strlen(name), strlen("tf-xxxx"));
		assert_true(text_starts(name, "tf-"));
		assert_int_equal(strspn(name + 3, "abcdefghijklmnopqrstuvwxyz0123456789"), 4);
	}
	check_always(f);
}

static void grows_and_shrinks(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	group_resize(f->group, 5, f->now);
	assert_int_equal(count_action(f, GROUP_CREATING), 2);
	run_for(f, HOUR);
	assert_int_equal(f->group->instance_count, 5);
	group_resize(f->group, 2, f->now);
	assert_int_equal(count_action(f, GROUP_DELETING), 3);
	assert_false(group_stable(f->group));
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(f->group->instance_count, 2);
	group_resize(f->group, 0, f->now);
	run_for(f, HOUR);
	assert_int_equal(f->group->instance_count, 0);
	assert_true(group_stable(f->group));
}

static void shrinking_gives_up_what_does_not_run_first(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	group_resize(f->group, 5, f->now);
	run_for(f, 15000); /* the two are not up yet */
	group_resize(f->group, 3, f->now);
	run_for(f, HOUR);
	assert_int_equal(f->least_available, 3);
}

static void shrinking_gives_up_the_unhealthy_first(void **state)
{
	struct fixture *f = *state;
	const struct group_lifecycle leave = {.repair = false};

	three_up(f);
	group_set_lifecycle(f->group, &leave, f->now);
	AUTO_FREE char *lost = mem_strdup(f->group->own_instances[1]->name);
	assert_true(group_preempt(f->group, lost, f->now));
	run_for(f, HOUR);
	assert_int_equal(group_find(f->group, lost)->status, GROUP_MACHINE_TERMINATED);
	group_resize(f->group, 2, f->now);
	assert_int_equal(group_find(f->group, lost)->action, GROUP_DELETING);
}

static void deleting_drains_first(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	f->drain_ms = 30000;
	group_start_delete(f->group, f->now);
	run_for(f, 29000);
	assert_int_equal(f->group->own_instances[0]->status, GROUP_MACHINE_RUNNING);
	run_for(f, 2000);
	assert_int_equal(f->group->own_instances[0]->status, GROUP_MACHINE_STOPPING);
	assert_int_equal(count_action(f, GROUP_DELETING), 3);
	assert_false(group_gone(f->group));
	run_for(f, HOUR);
	assert_true(group_gone(f->group));
}

static void deletes_in_the_middle_of_creation(void **state)
{
	struct fixture *f = *state;

	set_template(f, TEMPLATE_A);
	group_resize(f->group, 3, f->now);
	run_for(f, 6000);
	group_start_delete(f->group, f->now);
	run_for(f, HOUR);
	assert_true(group_gone(f->group));
}

static void deleted_instances_lower_the_size(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};

	three_up(f);
	const char *names[] = {f->group->own_instances[2]->name, "tf-none"};
	assert_false(group_delete_instances(f->group, (struct group_names){names, 2}, false, f->now, &err));
	assert_string_equal(err.code, "invalid");
	assert_int_equal(f->group->target_size, 3);
	assert_true(group_delete_instances(f->group, (struct group_names){names, 2}, true, f->now, &err));
	assert_int_equal(f->group->target_size, 2);
	assert_false(group_delete_instances(f->group, (struct group_names){names, 1}, false, f->now, &err));
	run_for(f, HOUR);
	assert_int_equal(f->group->instance_count, 2);
	assert_true(group_stable(f->group));
}

static void abandoned_instances_live_on(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	const char *names[] = {f->group->own_instances[0]->name};
	assert_true(group_abandon(f->group, (struct group_names){names, 1}, f->now, NULL));
	assert_int_equal(count_action(f, GROUP_ABANDONING), 1);
	run_for(f, HOUR);
	assert_int_equal(f->abandoned, 1);
	assert_int_equal(f->group->instance_count, 2);
	assert_int_equal(f->group->target_size, 2);
}

static void created_instances_have_the_names_asked_for(void **state)
{
	struct fixture *f = *state;
	const char *names[] = {"tf-one", "tf-two"}, *twice[] = {"tf-new", "tf-new"};

	three_up(f);
	assert_true(group_create_instances(f->group, (struct group_names){names, 2}, f->now, NULL));
	assert_int_equal(count_action(f, GROUP_CREATING_WITHOUT_RETRIES), 2);
	assert_false(group_create_instances(f->group, (struct group_names){names, 1}, f->now, NULL));
	assert_false(group_create_instances(f->group, (struct group_names){twice, 2}, f->now, NULL));
	assert_int_equal(f->group->target_size, 5);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_non_null(group_find(f->group, "tf-one"));
	assert_null(group_find(f->group, "tf-new"));
}

static void created_instances_are_tried_once(void **state)
{
	struct fixture *f = *state;
	const char *names[] = {"tf-one"};

	three_up(f);
	f->no_capacity = true;
	assert_true(group_create_instances(f->group, (struct group_names){names, 1}, f->now, NULL));
	run_for(f, HOUR);
	assert_int_equal(f->refused, 1);
	assert_int_equal(f->group->target_size, 3);
	assert_true(group_stable(f->group));
}

static void recreated_instances_keep_their_names(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	const char *names[] = {f->group->own_instances[1]->name};
	const uint64_t id = f->group->own_instances[1]->id;
	assert_true(group_recreate(f->group, (struct group_names){names, 1}, f->now, NULL));
	assert_int_equal(count_action(f, GROUP_RECREATING), 1);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_ptr_equal(group_find(f->group, names[0]), f->group->own_instances[1]);
	assert_true(f->group->own_instances[1]->id > id);
}

static void regional_groups_spread_evenly(void **state)
{
	static const char *const zones[] = {"us-central1-a", "us-central1-b", "us-central1-c"};
	struct fixture *f = *state;
	size_t counts[3] = {0};

	group_free(f->group);
	fixture_group(f, zones, 3);
	set_template(f, TEMPLATE_A);
	group_resize(f->group, 7, f->now);
	for (size_t i = 0; i < 7; i++)
		for (size_t zone = 0; zone < 3; zone++)
			counts[zone] += text_equal(f->group->own_instances[i]->zone, zones[zone]);
	assert_int_equal(counts[0], 3);
	assert_int_equal(counts[1], 2);
	assert_int_equal(counts[2], 2);
	assert_int_equal(group_surge(f->group), 3);
}

/* A machine has its name in one zone: made again it waits there, while a new one goes where there is room. */
static void recreated_instances_keep_their_zones(void **state)
{
	static const char *const zones[] = {"us-central1-a", "us-central1-b"};
	struct fixture *f = *state;
	const char *zone, *names[1];

	group_free(f->group);
	fixture_group(f, zones, 2);
	group_set_shape(f->group, GROUP_WHERE_STOCK_IS, f->now);
	set_template(f, TEMPLATE_A);
	group_resize(f->group, 1, f->now);
	run_for(f, HOUR);
	zone = f->group->own_instances[0]->zone;
	names[0] = f->group->own_instances[0]->name;
	f->no_capacity = true;
	assert_true(group_recreate(f->group, (struct group_names){names, 1}, f->now, NULL));
	for (int i = 0; i < 60; i++) {
		run_for(f, 60000);
		assert_string_equal(f->group->own_instances[0]->zone, zone);
	}
	assert_true(f->refused > 3);
	f->no_capacity = false;
	run_for(f, HOUR);
	assert_string_equal(f->group->own_instances[0]->zone, zone);
}

/* The history does not depend on how often somebody looks. */
static void one_long_step_equals_many_short_ones(void **state)
{
	struct fixture *patient = fixture_seeded(3), *hasty = fixture_seeded(3);

	set_template(patient, TEMPLATE_A);
	set_template(hasty, TEMPLATE_A);
	group_resize(patient->group, 5, 0);
	group_resize(hasty->group, 5, 0);
	for (int i = 0; i < 45; i++)
		run_for(hasty, 1000);
	group_advance(patient->group, 45000);
	for (size_t i = 0; i < 5; i++) {
		const struct group_instance *a = patient->group->own_instances[i], *b = hasty->group->own_instances[i];
		assert_string_equal(a->name, b->name);
		assert_int_equal(a->status, b->status);
		assert_true(a->due == b->due && a->created_at == b->created_at);
	}
	fixture_free(patient);
	fixture_free(hasty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUP_TEST(creates_and_verifies),
		GROUP_TEST(machines_pass_through_their_states),
		GROUP_TEST(names_are_base_and_four),
		GROUP_TEST(grows_and_shrinks),
		GROUP_TEST(shrinking_gives_up_what_does_not_run_first),
		GROUP_TEST(shrinking_gives_up_the_unhealthy_first),
		GROUP_TEST(deleting_drains_first),
		GROUP_TEST(deletes_in_the_middle_of_creation),
		GROUP_TEST(deleted_instances_lower_the_size),
		GROUP_TEST(abandoned_instances_live_on),
		GROUP_TEST(created_instances_have_the_names_asked_for),
		GROUP_TEST(created_instances_are_tried_once),
		GROUP_TEST(recreated_instances_keep_their_names),
		GROUP_TEST(recreated_instances_keep_their_zones),
		GROUP_TEST(regional_groups_spread_evenly),
		GROUP_TEST(one_long_step_equals_many_short_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

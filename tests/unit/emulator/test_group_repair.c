/* What goes wrong with machines, and how the group mends it. */
#include "group_fixture.h"

static void failed_creations_are_retried_for_ever(void **state)
{
	struct fixture *f = *state;

	f->no_capacity = true;
	set_template(f, TEMPLATE_A);
	group_resize(f->group, 2, f->now);
	run_for(f, 60000);
	const struct group_instance *instance = f->group->own_instances[0];
	assert_int_equal(instance->action, GROUP_CREATING);
	assert_string_equal(instance->own_fault->code, "ZONE_RESOURCE_POOL_EXHAUSTED");
	assert_in_range(instance->attempts, 2, 4); /* back-off: 10, 20, 40 s */
	run_for(f, 10 * HOUR);
	assert_false(group_stable(f->group));
	assert_in_range(f->refused, 2 * 110, 2 * 130); /* every five minutes */
	assert_int_equal(f->group->error_count, GROUP_ERRORS_MAX);
	assert_int_equal(f->group->own_errors[0].action, GROUP_CREATING);
	f->no_capacity = false;
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_null(instance->own_fault);
	assert_int_equal(f->group->error_count, GROUP_ERRORS_MAX); /* history stays */
}

static void errors_are_a_ring(void **state)
{
	struct fixture *f = *state;

	f->no_capacity = true;
	set_template(f, TEMPLATE_A);
	group_resize(f->group, 1, f->now);
	run_for(f, 20 * HOUR);
	const struct group_error *errors = f->group->own_errors;
	for (size_t i = 1; i < f->group->error_count; i++)
		assert_true(errors[i - 1].at < errors[i].at);
	assert_true(errors[GROUP_ERRORS_MAX - 1].at > f->now - 301000);
}

static void an_unhealthy_machine_is_recreated_under_its_name(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	AUTO_FREE char *name = mem_strdup(f->group->own_instances[0]->name);
	const uint64_t id = f->group->own_instances[0]->id;
	assert_true(group_break_instance(f->group, name, f->now));
	run_for(f, 9000);
	assert_true(group_stable(f->group)); /* the threshold is not passed yet */
	run_for(f, 2000);
	assert_int_equal(group_find(f->group, name)->action, GROUP_RECREATING);
	assert_true(group_version_reached(f->group));
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_true(group_find(f->group, name)->id > id);
	assert_int_equal(count_available(f->group), 3);
}

static void a_short_trouble_is_overlooked(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	const struct group_instance *instance = f->group->own_instances[0];
	const uint64_t id = instance->id;
	assert_true(group_break_instance(f->group, instance->name, f->now));
	run_for(f, 5000);
	assert_true(group_mend_instance(f->group, instance->name, f->now));
	run_for(f, HOUR);
	assert_int_equal(instance->id, id);
	assert_int_equal(instance->health, GROUP_HEALTH_HEALTHY);
}

static void machines_have_the_initial_delay_to_get_healthy(void **state)
{
	struct fixture *f = *state;

	f->sick_template = TEMPLATE_A;
	set_template(f, TEMPLATE_A);
	set_healing(f, 200000);
	group_resize(f->group, 1, f->now);
	while (count_action(f, GROUP_VERIFYING) == 0)
		run_for(f, 1000);
	run_for(f, 195000);
	assert_int_equal(count_action(f, GROUP_VERIFYING), 1);
	assert_int_equal(f->group->own_instances[0]->health, GROUP_HEALTH_UNHEALTHY);
	run_for(f, 6000);
	assert_int_equal(count_action(f, GROUP_RECREATING), 1);
	assert_int_equal(f->group->error_count, 1);
	assert_string_equal(f->group->own_errors[0].fault.code, "WAITING_FOR_HEALTHY_TIMEOUT_EXCEEDED");
	assert_int_equal(f->group->own_errors[0].action, GROUP_VERIFYING);
	f->sick_template = NULL;
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
}

static void a_change_of_the_world_is_seen_when_told(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	f->sick_template = TEMPLATE_A; /* a firewall was deleted */
	group_touch(f->group, f->now);
	run_for(f, 5000);
	assert_int_equal(count_available(f->group), 3);
	run_for(f, 6000);
	assert_int_equal(count_action(f, GROUP_RECREATING), 3);
}

static void unhealthy_machines_can_be_left_alone(void **state)
{
	struct fixture *f = *state;
	const struct group_lifecycle lifecycle = {.repair = true, .heal = false};

	three_up(f);
	group_set_lifecycle(f->group, &lifecycle, f->now);
	group_break_instance(f->group, f->group->own_instances[0]->name, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(f->group->own_instances[0]->health, GROUP_HEALTH_UNHEALTHY);
}

static void a_machine_deleted_by_somebody_comes_back(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	AUTO_FREE char *name = mem_strdup(f->group->own_instances[2]->name);
	const uint64_t id = f->group->own_instances[2]->id;
	assert_true(group_lose_instance(f->group, name, f->now));
	assert_int_equal(group_find(f->group, name)->status, GROUP_MACHINE_STOPPING);
	assert_false(group_stable(f->group));
	assert_int_equal(count_available(f->group), 2);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_true(group_find(f->group, name)->id > id);
	assert_false(group_lose_instance(f->group, "tf-none", f->now));
}

static void a_preempted_machine_waits_for_capacity(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	AUTO_FREE char *name = mem_strdup(f->group->own_instances[1]->name);
	f->no_capacity = true;
	assert_true(group_preempt(f->group, name, f->now));
	assert_false(group_preempt(f->group, name, f->now));
	run_for(f, HOUR);
	assert_int_equal(group_find(f->group, name)->action, GROUP_RECREATING);
	assert_non_null(group_find(f->group, name)->own_fault);
	f->no_capacity = false;
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_available(f->group), 3);
}

static void repair_keeps_the_version_unless_told(void **state)
{
	struct fixture *f = *state;
	const struct group_policy lazy = group_policy_default(1);
	const struct group_lifecycle update = {.repair = true, .heal = true, .update_on_repair = true};

	three_up(f);
	group_set_policy(f->group, &lazy, f->now);
	set_template(f, TEMPLATE_B);
	group_lose_instance(f->group, f->group->own_instances[0]->name, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
	group_set_lifecycle(f->group, &update, f->now);
	group_lose_instance(f->group, f->group->own_instances[0]->name, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_A), 2);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
}

static void without_repair_a_failed_machine_stays_failed(void **state)
{
	struct fixture *f = *state;
	const struct group_lifecycle leave = {.repair = false}, repair = {.repair = true};

	three_up(f);
	group_set_lifecycle(f->group, &leave, f->now);
	group_lose_instance(f->group, f->group->own_instances[0]->name, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_available(f->group), 2);
	group_set_lifecycle(f->group, &repair, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_available(f->group), 3);
}

static void without_auto_healing_nobody_waits_for_health(void **state)
{
	struct fixture *f = *state;
	const struct group_healing none = {0};

	f->sick_template = TEMPLATE_A;
	set_template(f, TEMPLATE_A);
	set_healing(f, 3600000);
	group_resize(f->group, 1, f->now);
	while (count_action(f, GROUP_VERIFYING) == 0)
		run_for(f, 1000);
	group_set_healing(f->group, &none, f->now);
	assert_true(group_stable(f->group));
	assert_int_equal(count_available(f->group), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUP_TEST(failed_creations_are_retried_for_ever),
		GROUP_TEST(errors_are_a_ring),
		GROUP_TEST(an_unhealthy_machine_is_recreated_under_its_name),
		GROUP_TEST(a_short_trouble_is_overlooked),
		GROUP_TEST(machines_have_the_initial_delay_to_get_healthy),
		GROUP_TEST(a_change_of_the_world_is_seen_when_told),
		GROUP_TEST(unhealthy_machines_can_be_left_alone),
		GROUP_TEST(a_machine_deleted_by_somebody_comes_back),
		GROUP_TEST(a_preempted_machine_waits_for_capacity),
		GROUP_TEST(repair_keeps_the_version_unless_told),
		GROUP_TEST(without_repair_a_failed_machine_stays_failed),
		GROUP_TEST(without_auto_healing_nobody_waits_for_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

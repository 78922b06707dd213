/* Machines that stand by beyond a group's size, and what stateful machines keep. */
#include "group_fixture.h"

static void set_standby(struct fixture *f, int suspended, int stopped, bool scales_out)
{
	const struct group_standby standby = {.sizes = {[GROUP_SUSPENDED] = suspended, [GROUP_STOPPED] = stopped},
		.scales_out = scales_out,
		.delay_ms = 30000};

	group_set_standby(f->group, &standby, f->now);
}

static int count_status(const struct fixture *f, enum group_status status)
{
	int count = 0;

	for (size_t i = 0; i < f->group->instance_count; i++)
		count += f->group->own_instances[i]->status == status;
	return count;
}

/* check_always knows of no machines beyond the size. */
static void pass(struct fixture *f, int64_t ms)
{
	f->now += ms;
	group_advance(f->group, f->now);
}

static void they_run_for_a_while_and_rest(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_standby(f, 1, 2, false);
	assert_false(group_stable(f->group));
	pass(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_status(f, GROUP_MACHINE_RUNNING), 3);
	assert_int_equal(count_status(f, GROUP_MACHINE_SUSPENDED), 1);
	assert_int_equal(count_status(f, GROUP_MACHINE_TERMINATED), 2);
	assert_int_equal(f->last_id, 6);
	set_standby(f, 0, 1, false);
	pass(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(f->group->instance_count, 4);
	assert_int_equal(count_status(f, GROUP_MACHINE_RUNNING), 3);
}

static void they_are_called_where_the_mode_says_so(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_standby(f, 1, 1, true);
	pass(f, HOUR);
	group_resize(f->group, 4, f->now);
	assert_int_equal(count_action(f, GROUP_RESUMING) + count_action(f, GROUP_STARTING), 1);
	pass(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_status(f, GROUP_MACHINE_RUNNING), 4);
	assert_int_equal(f->last_id, 6); /* one to take the place of the one that was called */
	set_standby(f, 1, 1, false);
	group_resize(f->group, 5, f->now);
	assert_int_equal(count_action(f, GROUP_CREATING), 1);
	pass(f, HOUR);
	assert_int_equal(f->last_id, 7);
}

static void they_follow_the_version(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_standby(f, 1, 0, true);
	pass(f, HOUR);
	set_template(f, TEMPLATE_B);
	pass(f, 2 * HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 4);
	assert_int_equal(count_status(f, GROUP_MACHINE_SUSPENDED), 1);
}

static void those_that_are_lost_come_back(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_standby(f, 1, 0, true);
	pass(f, HOUR);
	for (size_t i = 0; i < f->group->instance_count; i++)
		if (f->group->own_instances[i]->status == GROUP_MACHINE_SUSPENDED)
			assert_true(group_lose_instance(f->group, f->group->own_instances[i]->name, f->now));
	pass(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_status(f, GROUP_MACHINE_SUSPENDED), 1);
	const char *names[] = {f->group->own_instances[f->group->instance_count - 1]->name};
	assert_true(group_delete_instances(f->group, (struct group_names){names, 1}, false, f->now, NULL));
	pass(f, HOUR);
	assert_int_equal(f->group->instance_count, 3); /* it stood by, and is not wanted any more */
	assert_int_equal(f->group->target_size, 3);
}

static void stateful_machines_keep_their_addresses(void **state)
{
	const struct group_stateful stateful = {.policy = "{}", .ip = true};
	struct group_policy policy = proactive(0, 1);
	struct fixture *f = *state;
	char before[GROUP_IP_SIZE];

	three_up(f);
	policy.replacement = GROUP_RECREATE;
	group_set_policy(f->group, &policy, f->now);
	group_set_stateful(f->group, &stateful, f->now);
	text_copy(before, sizeof(before), f->group->own_instances[0]->ip);
	set_template(f, TEMPLATE_B);
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
	assert_string_equal(f->group->own_instances[0]->ip, before);
	group_set_stateful(f->group, &(struct group_stateful){0}, f->now);
	set_template(f, TEMPLATE_A);
	run_for(f, HOUR);
	assert_string_not_equal(f->group->own_instances[0]->ip, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUP_TEST(they_run_for_a_while_and_rest),
		GROUP_TEST(they_are_called_where_the_mode_says_so),
		GROUP_TEST(they_follow_the_version),
		GROUP_TEST(those_that_are_lost_come_back),
		GROUP_TEST(stateful_machines_keep_their_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

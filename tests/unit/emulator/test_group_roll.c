/* Updates: rolling replacement, replacement in place, canaries, and changes of mind in the middle. */
#include "group_fixture.h"

static void set_policy(struct fixture *f, struct group_policy policy)
{
	group_set_policy(f->group, &policy, f->now);
}

static void surge_never_drops_below_the_size(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_template(f, TEMPLATE_B);
	assert_int_equal(count_action(f, GROUP_CREATING), 1);
	assert_false(group_stable(f->group));
	assert_false(group_version_reached(f->group));
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_true(group_version_reached(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
	assert_int_equal(f->least_available, 3);
	assert_int_equal(f->most_live, 4);
}

static void reached_comes_before_stable(void **state)
{
	struct fixture *f = *state;
	bool seen = false;

	three_up(f);
	set_template(f, TEMPLATE_B);
	for (int i = 0; i < 3600 && !group_stable(f->group); i++) {
		run_for(f, 1000);
		seen = seen || (group_version_reached(f->group) && !group_stable(f->group));
	}
	assert_true(group_stable(f->group));
	assert_true(seen); /* the last old machine is going */
}

static void unavailable_substitutes_without_surge(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_policy(f, proactive(0, 1));
	set_template(f, TEMPLATE_B);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
	assert_int_equal(f->least_available, 2);
	assert_int_equal(f->most_live, 3);
}

static void surge_and_unavailable_work_together(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	group_resize(f->group, 10, f->now);
	run_for(f, HOUR);
	reset_marks(f);
	set_policy(f, proactive(3, 2));
	set_template(f, TEMPLATE_B);
	run_for(f, 2 * HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(f->least_available, 8);
	assert_int_equal(f->most_live, 13);
}

static void percents_are_of_the_target_size(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = proactive(0, 0);

	policy.surge = (struct group_amount){GROUP_AMOUNT_PERCENT, 25};
	policy.unavailable = (struct group_amount){GROUP_AMOUNT_PERCENT, 12};
	three_up(f);
	group_resize(f->group, 12, f->now);
	set_policy(f, policy);
	assert_int_equal(group_surge(f->group), 3);
	assert_int_equal(group_unavailable(f->group), 1); /* 1.44 */
	run_for(f, HOUR);
	reset_marks(f);
	set_template(f, TEMPLATE_B);
	run_for(f, 2 * HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(f->least_available, 11);
	assert_int_equal(f->most_live, 15);
}

static void recreate_keeps_names(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = proactive(0, 1);
	char names[3][GROUP_NAME_SIZE];

	policy.replacement = GROUP_RECREATE;
	three_up(f);
	for (size_t i = 0; i < 3; i++)
		text_copy(names[i], sizeof(names[i]), f->group->own_instances[i]->name);
	set_policy(f, policy);
	set_template(f, TEMPLATE_B);
	assert_int_equal(count_action(f, GROUP_RECREATING), 1);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(group_find(f->group, names[i])->own_machine_template, TEMPLATE_B);
	assert_int_equal(f->least_available, 2);
	assert_int_equal(f->most_live, 3);
}

static void opportunistic_waits_for_an_occasion(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_policy(f, group_policy_default(1));
	set_template(f, TEMPLATE_B);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_false(group_version_reached(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
	group_resize(f->group, 4, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
	group_resize(f->group, 3, f->now); /* what is outdated goes first */
	assert_int_equal(count_template(f, TEMPLATE_A), 2);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
}

static void a_new_template_in_the_middle_of_a_roll(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_template(f, TEMPLATE_B);
	while (count_template(f, TEMPLATE_B) < 2)
		run_for(f, 1000);
	set_template(f, TEMPLATE_C);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_C), 3);
	assert_false(group_uses_template(f->group, TEMPLATE_A));
	assert_false(group_uses_template(f->group, TEMPLATE_B));
	assert_int_equal(f->least_available, 3);
	assert_int_equal(f->most_live, 4);
}

static void rolling_back_in_the_middle(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	const uint64_t before = f->last_id;
	set_template(f, TEMPLATE_B);
	while (count_action(f, GROUP_DELETING) == 0)
		run_for(f, 100);
	set_template(f, TEMPLATE_A);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
	assert_int_equal(f->least_available, 3);
	assert_int_equal(f->last_id - before, 2); /* one new one, and one for what it replaced: the others stay */
}

static void resizing_in_the_middle_of_a_roll(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_template(f, TEMPLATE_B);
	run_for(f, 20000);
	group_resize(f->group, 5, f->now);
	run_for(f, 60000);
	group_resize(f->group, 2, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 2);
	assert_int_equal(f->group->instance_count, 2);
}

static void a_roll_waits_for_health(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	f->sick_template = TEMPLATE_B;
	set_template(f, TEMPLATE_B);
	run_for(f, 3 * HOUR);
	assert_false(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
	assert_int_equal(f->least_available, 3);
	assert_int_equal(f->most_live, 4);
}

static void a_roll_waits_for_creation(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	f->bad_template = TEMPLATE_B;
	set_template(f, TEMPLATE_B);
	run_for(f, 3 * HOUR);
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
	assert_int_equal(f->least_available, 3);
	set_template(f, TEMPLATE_C); /* recovery: what never came is given up at once */
	assert_int_equal(count_template(f, TEMPLATE_B), 0);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_C), 3);
	assert_int_equal(f->least_available, 3);
}

static void set_canary(struct fixture *f, struct group_amount size)
{
	const struct group_version versions[] = {{.name = "stable", .template_name = TEMPLATE_A},
		{.name = "canary", .template_name = TEMPLATE_B, .size = size}};

	group_set_versions(f->group, versions, 2, f->now);
}

static void canary_percent_rounds_up(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	group_resize(f->group, 2, f->now);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_PERCENT, 60});
	assert_int_equal(group_version_target(f->group, 0), 0);
	assert_int_equal(group_version_target(f->group, 1), 2);
	group_resize(f->group, 10, f->now);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_PERCENT, 25});
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_true(group_version_reached(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 7);
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
}

static void canary_shrinks_and_is_promoted(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	group_resize(f->group, 6, f->now);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_FIXED, 4});
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 4);
	reset_marks(f);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_FIXED, 1});
	assert_false(group_version_reached(f->group));
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
	assert_int_equal(f->least_available, 6);
	assert_int_equal(f->most_live, 7);
	set_template(f, TEMPLATE_B);
	run_for(f, 2 * HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 6);
	assert_int_equal(f->least_available, 6);
}

static uint64_t only_one_of(const struct fixture *f, const char *template_name)
{
	uint64_t id = 0;

	for (size_t i = 0; i < f->group->instance_count; i++) {
		if (!text_equal(f->group->own_instances[i]->own_machine_template, template_name))
			continue;
		assert_int_equal(id, 0);
		id = f->group->own_instances[i]->id;
	}
	return id;
}

static void promotion_leaves_canaries_alone(void **state)
{
	const struct group_version promoted = {.name = "canary", .template_name = TEMPLATE_B};
	struct fixture *f = *state;
	uint64_t id;

	three_up(f);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_FIXED, 1});
	run_for(f, HOUR);
	id = only_one_of(f, TEMPLATE_B);
	assert_true(id != 0);
	group_set_versions(f->group, &promoted, 1, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
	for (size_t i = 0; i < 3; i++)
		id = f->group->own_instances[i]->id == id ? 0 : id;
	assert_int_equal(id, 0); /* it was among them */
}

/* As an autoscaler resizes: the share is of the new size, and nobody changes who need not. */
static void canaries_follow_the_size(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_PERCENT, 34});
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 2);
	group_resize(f->group, 8, f->now);
	run_for(f, HOUR);
	assert_true(group_version_reached(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 5);
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
	group_resize(f->group, 1, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
	group_resize(f->group, 0, f->now);
	run_for(f, HOUR);
	assert_true(group_version_reached(f->group));
}

static void canaries_of_several_zones(void **state)
{
	static const char *const zones[] = {"us-central1-a", "us-central1-b", "us-central1-c"};
	struct fixture *f = *state;
	const struct group_version versions[] = {
		{.template_name = TEMPLATE_A}, {.template_name = TEMPLATE_B, .size = {GROUP_AMOUNT_PERCENT, 50}}};

	group_free(f->group);
	fixture_group(f, zones, 3);
	group_set_versions(f->group, versions, 1, f->now);
	group_resize(f->group, 6, f->now);
	run_for(f, HOUR);
	set_policy(f, proactive(3, 0));
	group_set_versions(f->group, versions, 2, f->now);
	assert_false(group_version_reached(f->group));
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
	assert_int_equal(count_template(f, TEMPLATE_B), 3);
}

static void a_canary_that_does_not_fit_is_cut(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_canary(f, (struct group_amount){GROUP_AMOUNT_FIXED, 9});
	assert_int_equal(group_version_target(f->group, 0), 0);
	assert_int_equal(group_version_target(f->group, 1), 3);
}

/* gcloud's rolling restart: the same template under another version name. */
static void another_version_name_restarts(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = proactive(0, 1);
	const struct group_version again = {.name = "0/2026-06-13", .template_name = TEMPLATE_A};
	uint64_t ids[3];

	policy.minimal = GROUP_DISRUPT_RESTART;
	three_up(f);
	for (size_t i = 0; i < 3; i++)
		ids[i] = f->group->own_instances[i]->id;
	set_policy(f, policy);
	group_set_versions(f->group, &again, 1, f->now);
	assert_int_equal(count_action(f, GROUP_RESTARTING), 1);
	assert_false(group_version_reached(f->group));
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(f->least_available, 2);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(f->group->own_instances[i]->id, ids[i]);
		assert_string_equal(f->group->own_instances[i]->own_machine_version, "0/2026-06-13");
	}
}

static void a_refresh_disturbs_nobody(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = proactive(1, 0);

	policy.minimal = GROUP_DISRUPT_NONE;
	f->needs = GROUP_DISRUPT_REFRESH;
	three_up(f);
	set_policy(f, policy);
	set_template(f, TEMPLATE_B);
	assert_int_equal(count_action(f, GROUP_REFRESHING), 3);
	run_for(f, 10000);
	assert_true(group_stable(f->group));
	assert_int_equal(f->least_available, 3);
	assert_string_equal(f->group->own_instances[0]->own_machine_template, TEMPLATE_B);
}

static void what_would_disturb_too_much_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = proactive(1, 0);

	policy.minimal = GROUP_DISRUPT_NONE;
	policy.most_disruptive = GROUP_DISRUPT_RESTART;
	three_up(f);
	set_policy(f, policy);
	set_template(f, TEMPLATE_B);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_false(group_version_reached(f->group));
	assert_int_equal(count_template(f, TEMPLATE_A), 3);
}

static void updates_can_be_applied_by_hand(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_policy(f, group_policy_default(1));
	set_template(f, TEMPLATE_B);
	const char *names[] = {f->group->own_instances[2]->name};
	assert_true(group_apply_updates(
		f->group, (struct group_names){names, 1}, GROUP_DISRUPT_NONE, GROUP_DISRUPT_RESTART, f->now, NULL));
	assert_int_equal(count_action(f, GROUP_NONE), 3); /* it would take a replacement */
	assert_true(group_apply_updates(
		f->group, (struct group_names){names, 1}, GROUP_DISRUPT_NONE, GROUP_DISRUPT_REPLACE, f->now, NULL));
	assert_int_equal(count_action(f, GROUP_RECREATING), 1);
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
	assert_true(group_apply_updates(
		f->group, (struct group_names){0}, GROUP_DISRUPT_NONE, GROUP_DISRUPT_REPLACE, f->now, NULL));
	assert_int_equal(count_action(f, GROUP_RECREATING), 2);
	run_for(f, HOUR);
	assert_true(group_version_reached(f->group));
}

static void templates_in_use(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_template(f, TEMPLATE_B);
	assert_true(group_uses_template(f->group, TEMPLATE_A));
	assert_true(group_uses_template(f->group, TEMPLATE_B));
	while (!group_version_reached(f->group))
		run_for(f, 1000);
	assert_false(group_uses_template(f->group, TEMPLATE_A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUP_TEST(surge_never_drops_below_the_size),
		GROUP_TEST(reached_comes_before_stable),
		GROUP_TEST(unavailable_substitutes_without_surge),
		GROUP_TEST(surge_and_unavailable_work_together),
		GROUP_TEST(percents_are_of_the_target_size),
		GROUP_TEST(recreate_keeps_names),
		GROUP_TEST(opportunistic_waits_for_an_occasion),
		GROUP_TEST(a_new_template_in_the_middle_of_a_roll),
		GROUP_TEST(rolling_back_in_the_middle),
		GROUP_TEST(resizing_in_the_middle_of_a_roll),
		GROUP_TEST(a_roll_waits_for_health),
		GROUP_TEST(a_roll_waits_for_creation),
		GROUP_TEST(canary_percent_rounds_up),
		GROUP_TEST(canary_shrinks_and_is_promoted),
		GROUP_TEST(promotion_leaves_canaries_alone),
		GROUP_TEST(canaries_follow_the_size),
		GROUP_TEST(canaries_of_several_zones),
		GROUP_TEST(a_canary_that_does_not_fit_is_cut),
		GROUP_TEST(another_version_name_restarts),
		GROUP_TEST(a_refresh_disturbs_nobody),
		GROUP_TEST(what_would_disturb_too_much_is_left_alone),
		GROUP_TEST(updates_can_be_applied_by_hand),
		GROUP_TEST(templates_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

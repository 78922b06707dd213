/* Properties that a group has for all its machines: who gets them, when, and what that disturbs. */
#include "group_fixture.h"

#define BLUE "{\"labels\":{\"tier\":\"blue\"}}"
#define RED "{\"labels\":{\"tier\":\"red\"}}"

static struct group_policy gentle(void)
{
	struct group_policy policy = proactive(1, 0);

	policy.minimal = GROUP_DISRUPT_REFRESH;
	return policy;
}

static void set_policy(struct fixture *f, struct group_policy policy)
{
	group_set_policy(f->group, &policy, f->now);
}

static int count_configured(const struct fixture *f, const char *config)
{
	int count = 0;

	for (size_t i = 0; i < f->group->instance_count; i++)
		count += text_equal(f->group->own_instances[i]->own_machine_config, config);
	return count;
}

static void machines_that_run_are_refreshed(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_policy(f, gentle());
	assert_true(group_config_effective(f->group));
	group_set_config(f->group, BLUE, f->now);
	assert_int_equal(count_action(f, GROUP_REFRESHING), 3);
	assert_false(group_config_effective(f->group));
	assert_false(group_stable(f->group));
	assert_true(group_version_reached(f->group));
	run_for(f, 10000);
	assert_true(group_stable(f->group));
	assert_true(group_config_effective(f->group));
	assert_int_equal(count_configured(f, BLUE), 3);
	assert_int_equal(f->least_available, 3);
	assert_int_equal(f->last_id, 3); /* the same machines */
}

static void the_policy_may_ask_for_more(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	group_set_config(f->group, BLUE, f->now); /* its minimalAction is REPLACE */
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_configured(f, BLUE), 3);
	assert_int_equal(f->last_id, 6);
	assert_int_equal(f->least_available, 3);
	assert_int_equal(f->most_live, 4);
}

static void others_decide_where_updates_are_left_to_them(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = gentle();

	three_up(f);
	policy.type = GROUP_OPPORTUNISTIC;
	set_policy(f, policy);
	group_set_config(f->group, BLUE, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_false(group_config_effective(f->group));
	group_resize(f->group, 4, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_configured(f, BLUE), 1);
	assert_true(group_apply_updates(
		f->group, (struct group_names){0}, GROUP_DISRUPT_NONE, GROUP_DISRUPT_REFRESH, f->now, NULL));
	run_for(f, 10000);
	assert_int_equal(count_configured(f, BLUE), 4);
	assert_true(group_config_effective(f->group));
}

static void what_is_allowed_bounds_it(void **state)
{
	struct fixture *f = *state;
	struct group_policy policy = gentle();

	three_up(f);
	policy.minimal = policy.most_disruptive = GROUP_DISRUPT_NONE;
	set_policy(f, policy);
	group_set_config(f->group, BLUE, f->now);
	run_for(f, HOUR);
	assert_true(group_stable(f->group));
	assert_int_equal(count_configured(f, BLUE), 0);
}

/* A change in the middle: those that are busy come after. */
static void the_last_word_counts(void **state)
{
	struct fixture *f = *state;

	three_up(f);
	set_policy(f, gentle());
	group_resize(f->group, 5, f->now);
	run_for(f, 15000); /* two are being made */
	group_set_config(f->group, BLUE, f->now);
	run_for(f, 500);
	group_set_config(f->group, RED, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_configured(f, RED), 5);
	group_set_config(f->group, NULL, f->now);
	run_for(f, 10000);
	assert_int_equal(count_configured(f, NULL), 5);
	assert_true(group_config_effective(f->group));
}

/* Each machine of a canary stays at its version. */
static void versions_stay_as_they_are(void **state)
{
	const struct group_version both[] = {
		{.template_name = TEMPLATE_A}, {.template_name = TEMPLATE_B, .size = {GROUP_AMOUNT_FIXED, 1}}};
	struct fixture *f = *state;

	three_up(f);
	set_policy(f, gentle());
	group_set_versions(f->group, both, 2, f->now);
	run_for(f, HOUR);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
	const uint64_t made = f->last_id;
	group_set_config(f->group, BLUE, f->now);
	run_for(f, 10000);
	assert_int_equal(count_configured(f, BLUE), 3);
	assert_int_equal(count_template(f, TEMPLATE_B), 1);
	assert_int_equal(f->last_id, made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUP_TEST(machines_that_run_are_refreshed),
		GROUP_TEST(the_policy_may_ask_for_more),
		GROUP_TEST(others_decide_where_updates_are_left_to_them),
		GROUP_TEST(what_is_allowed_bounds_it),
		GROUP_TEST(the_last_word_counts),
		GROUP_TEST(versions_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

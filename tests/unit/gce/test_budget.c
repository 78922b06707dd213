#include "rig.h"

#include "gce/budget.h"

enum { PLACES = 200 };

struct bench {
	struct fake_loop loop;
	struct fake_env env;
	struct budgets budgets;
	struct budget_place places[PLACES];
	int order[PLACES]; /* which places were granted, in order */
	int64_t when[PLACES];
	int granted;
	bool answers_at_once; /* who is granted leaves */
};

static struct bench *bench;

static int setup(void **state)
{
	bench = mem_alloc(sizeof(*bench));
	fake_loop_init(&bench->loop);
	fake_env_init(&bench->env, &bench->loop, 3);
	budgets_init(&bench->budgets, &bench->loop.loop, &bench->env.env);
	return 0;
}

static int teardown(void **state)
{
	budgets_close(&bench->budgets);
	for (int i = 0; i < PLACES; i++)
		budget_leave(&bench->places[i]);
	budgets_done(&bench->budgets);
	bool idle = bench->loop.wake_ms == INT64_MAX;
	fake_env_done(&bench->env);
	fake_loop_done(&bench->loop);
	mem_free(bench);
	return idle ? 0 : -1;
}

static void on_granted(void *arg)
{
	struct budget_place *place = arg;
	bench->when[bench->granted] = bench->loop.now_ms;
	bench->order[bench->granted++] = (int)(place - bench->places);
	if (bench->answers_at_once)
		budget_leave(place);
}

static void enter_for(int i, const struct budget_claim *claim)
{
	budget_enter(&bench->budgets, claim, &bench->places[i], on_granted, &bench->places[i]);
}

static void enter(int i, const char *project, enum gce_budget budget)
{
	enter_for(i, &(struct budget_claim){.project = project, .location = "global", .budget = budget});
}

static void leave(int i)
{
	budget_leave(&bench->places[i]);
}

static void a_burst_goes_at_once_and_the_rest_at_the_rate(void **state)
{
	int64_t start = bench->loop.now_ms;
	bench->answers_at_once = true;
	for (int i = 0; i < 60; i++)
		enter(i, "p", GCE_READ);
	assert_int_equal(bench->granted, 30);
	fake_loop_run_for(&bench->loop, 1000);
	assert_in_range(bench->granted, 44, 45);
	fake_loop_run_for(&bench->loop, 1100);
	assert_int_equal(bench->granted, 60);
	assert_in_range(bench->when[59] - start, 2000, 2100);
	for (int i = 0; i < 60; i++)
		assert_int_equal(bench->order[i], i);
}

static void a_pause_fills_the_bucket_no_further_than_the_burst(void **state)
{
	bench->answers_at_once = true;
	for (int i = 0; i < 20; i++)
		enter(i, "p", GCE_LIST);
	fake_loop_run_for(&bench->loop, 3600 * 1000);
	for (int i = 20; i < 60; i++)
		enter(i, "p", GCE_LIST);
	assert_int_equal(bench->granted, 40);
}

static void budgets_and_projects_do_not_know_each_other(void **state)
{
	enter(0, "p", GCE_READ);
	budget_refused(&bench->places[0], 0);
	enter(1, "p", GCE_READ);
	assert_int_equal(bench->granted, 1);
	enter(2, "p", GCE_HEALTH);
	enter(3, "q", GCE_READ);
	assert_int_equal(bench->granted, 3);
}

static void each_region_has_budgets_of_its_own(void **state)
{
	static const char *const locations[] = {"us-central1", "europe-west4"};
	enter(0, "p", GCE_READ);
	budget_refused(&bench->places[0], 0);
	bench->answers_at_once = true;
	for (int i = 0; i < 80; i++)
		enter_for(40 + i,
			&(struct budget_claim){.project = "p", .location = locations[i % 2], .budget = GCE_READ});
	assert_int_equal(bench->granted, 1 + 2 * 30);
	fake_loop_run_for(&bench->loop, 1000);
	assert_int_equal(bench->granted, 1 + 2 * 40);
}

/* Somebody with many calls does not hold up somebody with a few. */
static void those_who_share_a_rate_take_turns(void **state)
{
	static const int wanted[] = {0, 6, 8, 1, 7, 9, 2, 3, 4, 5};
	int names[3];
	enter(100, "p", GCE_READ);
	budget_refused(&bench->places[100], 60000);
	for (int i = 0; i < 10; i++)
		enter_for(i, &(struct budget_claim){"p", "global", GCE_READ, &names[i < 6 ? 0 : i < 8 ? 1 : 2], 0});
	fake_loop_run_for(&bench->loop, 90000);
	assert_int_equal(bench->granted, 11);
	for (int i = 0; i < 10; i++)
		assert_int_equal(bench->order[i + 1], wanted[i]);
}

/* Who comes again and again gets no further than who came once. */
static void nobody_is_passed_for_ever(void **state)
{
	int names[2];
	enter(100, "p", GCE_READ);
	budget_refused(&bench->places[100], 1000);
	bench->answers_at_once = true;
	for (int i = 0; i < 3; i++)
		enter_for(i, &(struct budget_claim){"p", "global", GCE_READ, &names[0], 0});
	for (int i = 10; i < 40; i++) {
		enter_for(i, &(struct budget_claim){"p", "global", GCE_READ, &names[1], 0});
		fake_loop_run_for(&bench->loop, 150);
	}
	int at = 0;
	while (bench->order[at] != 2)
		at++;
	assert_in_range(at, 3, 6); /* the third of three, with a turn of the other before each */
}

struct seen {
	int count;
	size_t waiting;
	double rate;
};

static void see(void *arg, const struct budget_state *state)
{
	struct seen *seen = arg;
	seen->count++;
	assert_string_equal(state->project, "p");
	assert_string_equal(state->location, "us-central1");
	assert_int_equal(state->budget, GCE_WRITE);
	seen->waiting = state->waiting;
	seen->rate = state->rate;
}

static void only_what_was_used_is_shown(void **state)
{
	struct seen seen = {0};
	for (int i = 0; i < 10; i++)
		enter_for(i, &(struct budget_claim){.project = "p", .location = "us-central1", .budget = GCE_WRITE});
	budgets_each(&bench->budgets, see, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.waiting, 2);
	assert_true(seen.rate == budget_full_rate(GCE_WRITE));
}

static void eight_mutations_at_once(void **state)
{
	for (int i = 0; i < 10; i++)
		enter(i, "p", GCE_WRITE);
	assert_int_equal(bench->granted, 8);
	fake_loop_run_for(&bench->loop, 60000);
	assert_int_equal(bench->granted, 8);
	assert_int_equal(bench->loop.wake_ms, INT64_MAX); /* nothing ticks meanwhile */
	leave(3);
	assert_int_equal(bench->granted, 9);
	assert_int_equal(bench->order[8], 8);
	leave(9); /* gives up its place in line */
	leave(8);
	assert_int_equal(bench->granted, 9);
	enter(10, "q", GCE_WRITE);
	assert_int_equal(bench->granted, 10);
}

/* A project that does not answer holds a part of the connections, not all. */
static void so_many_are_under_way_at_most(void **state)
{
	static const struct {
		enum gce_budget budget;
		int most;
	} rows[] = {{GCE_READ, 16}, {GCE_LIST, 16}, {GCE_HEAVY, 8}, {GCE_HEALTH, 16}};
	for (int i = 0; i < 4; i++) {
		int before = bench->granted;
		for (int place = 0; place < 40; place++)
			enter(i * 40 + place, "p", rows[i].budget);
		fake_loop_run_for(&bench->loop, 3600 * 1000);
		assert_int_equal(bench->granted - before, rows[i].most);
		leave(i * 40);
		assert_int_equal(bench->granted - before, rows[i].most + 1);
	}
}

/* Of 16 operations twelve are the most from then on, and slowly more. */
static void fewer_operations_are_begun_when_too_many_run(void **state)
{
	struct budget_claim claim = {.project = "p", .location = "global", .budget = GCE_WRITE};
	struct budget_run runs[30] = {0};
	for (int i = 0; i < 16; i++)
		budget_began(&bench->budgets, &claim, &runs[i]);
	enter(0, "p", GCE_WRITE);
	budget_crowded(&bench->places[0]);
	budget_refused(&bench->places[0], 1000);
	leave(0);
	bench->answers_at_once = true;
	for (int i = 1; i < 6; i++)
		enter(i, "p", GCE_WRITE);
	fake_loop_run_for(&bench->loop, 3000);
	assert_int_equal(bench->granted, 1);
	for (int i = 0; i < 4; i++)
		budget_ended(&runs[i]);
	assert_int_equal(bench->granted, 1);
	budget_ended(&runs[4]);
	fake_loop_run_for(&bench->loop, 3000);
	assert_int_equal(bench->granted, 6);
	for (int i = 0; i < 5; i++)
		budget_began(&bench->budgets, &claim, &runs[i]);
	enter(6, "p", GCE_WRITE);
	assert_int_equal(bench->granted, 6); /* 16 again */
	fake_loop_run_for(&bench->loop, 30000);
	assert_int_equal(bench->granted, 7); /* although none has ended */
	for (int i = 0; i < 16; i++)
		budget_ended(&runs[i]);
}

static void leaving_the_middle_of_the_line_keeps_the_others_in_order(void **state)
{
	for (int i = 0; i < 14; i++)
		enter(i, "p", GCE_WRITE);
	leave(9);
	leave(13);
	leave(8);
	for (int i = 0; i < 8; i++)
		leave(i);
	assert_int_equal(bench->granted, 11);
	assert_int_equal(bench->order[8], 10);
	assert_int_equal(bench->order[9], 11);
	assert_int_equal(bench->order[10], 12);
	enter(13, "p", GCE_WRITE); /* the end of the line is still its end */
	assert_int_equal(bench->order[11], 13);
}

static void a_refusal_freezes_for_the_time_asked(void **state)
{
	enter(0, "p", GCE_READ);
	assert_int_equal(budget_refused(&bench->places[0], 3000), 3000);
	leave(0);
	enter(1, "p", GCE_READ);
	fake_loop_run_for(&bench->loop, 2999);
	assert_int_equal(bench->granted, 1);
	fake_loop_run_for(&bench->loop, 300);
	assert_int_equal(bench->granted, 2);
}

static void a_refusal_without_a_time_freezes_for_20_to_60_s(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	for (int i = 0; i < 100; i++) {
		char project[16];
		snprintf(project, sizeof(project), "p%d", i);
		enter(i, project, GCE_READ);
		int64_t freeze = budget_refused(&bench->places[i], 0);
		least = freeze < least ? freeze : least;
		most = freeze > most ? freeze : most;
	}
	assert_in_range(least, 20000, 30000);
	assert_in_range(most, 50000, 60000);
}

static void refusals_of_calls_that_left_together_count_once(void **state)
{
	for (int i = 0; i < 16; i++)
		enter(i, "p", GCE_READ);
	for (int i = 0; i < 16; i++) {
		budget_refused(&bench->places[i], 1000);
		leave(i);
	}
	bench->answers_at_once = true;
	for (int i = 16; i < 116; i++)
		enter(i, "p", GCE_READ);
	fake_loop_run_for(&bench->loop, 1000 + 10000);
	/* Half of 15 a second, slowly growing: 75 to 83 in 10 s. Halved 16 times it would be about 10. */
	assert_in_range(bench->granted - 16, 75, 83);
}

static void the_rate_halves_to_a_minimum_and_grows_back(void **state)
{
	for (int round = 0; round < 12; round++) {
		enter(0, "p", GCE_LIST);
		assert_int_equal(bench->granted, round + 1);
		budget_refused(&bench->places[0], 1);
		leave(0);
		fake_loop_run_for(&bench->loop, 2);
	}
	int before = bench->granted;
	bench->answers_at_once = true;
	for (int i = 0; i < 100; i++)
		enter(i, "p", GCE_LIST);
	assert_int_equal(bench->granted - before, 1); /* finds out how things are */
	fake_loop_run_for(&bench->loop, 2000);
	assert_int_equal(bench->granted - before, 1);
	fake_loop_run_for(&bench->loop, 2500); /* a twentieth of 5 a second: one in 4 s */
	assert_int_equal(bench->granted - before, 2);
	for (int i = 0; i < 100; i++)
		leave(i);
	fake_loop_run_for(&bench->loop, 120000);
	before = bench->granted;
	for (int i = 0; i < 100; i++)
		enter(i, "p", GCE_LIST);
	assert_int_equal(bench->granted - before, 20); /* the whole burst again */
}

/* 120 a minute: 1.8 a second at most, until the cloud may have changed its mind. */
static void a_limit_that_is_told_is_kept(void **state)
{
	enter(0, "p", GCE_READ);
	budget_limited(&bench->places[0], 120);
	budget_refused(&bench->places[0], 1000);
	leave(0);
	bench->answers_at_once = true;
	fake_loop_run_for(&bench->loop, 300000); /* long enough for the rate to grow back */
	for (int i = 1; i < 100; i++)
		enter(i, "p", GCE_READ);
	assert_in_range(bench->granted, 4, 5); /* what may leave at once is less, too */
	fake_loop_run_for(&bench->loop, 10000);
	assert_in_range(bench->granted, 21, 24);
	for (int i = 1; i < 100; i++)
		leave(i);
	int before = bench->granted;
	fake_loop_run_for(&bench->loop, 700000);
	fake_loop_run_for(&bench->loop, 300000);
	enter(1, "p", GCE_READ);
	fake_loop_run_for(&bench->loop, 100000);
	for (int i = 2; i < 100; i++)
		enter(i, "p", GCE_READ);
	assert_int_equal(bench->granted - before, 31); /* as before all that */
}

static void closed_budgets_let_nobody_go(void **state)
{
	for (int i = 0; i < 10; i++)
		enter(i, "p", GCE_WRITE);
	budgets_close(&bench->budgets);
	leave(0);
	assert_int_equal(bench->granted, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_burst_goes_at_once_and_the_rest_at_the_rate, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pause_fills_the_bucket_no_further_than_the_burst, setup, teardown),
		cmocka_unit_test_setup_teardown(budgets_and_projects_do_not_know_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(each_region_has_budgets_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(those_who_share_a_rate_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_is_passed_for_ever, setup, teardown),
		cmocka_unit_test_setup_teardown(only_what_was_used_is_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(eight_mutations_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(so_many_are_under_way_at_most, setup, teardown),
		cmocka_unit_test_setup_teardown(fewer_operations_are_begun_when_too_many_run, setup, teardown),
		cmocka_unit_test_setup_teardown(
			leaving_the_middle_of_the_line_keeps_the_others_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refusal_freezes_for_the_time_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refusal_without_a_time_freezes_for_20_to_60_s, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_of_calls_that_left_together_count_once, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rate_halves_to_a_minimum_and_grows_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_limit_that_is_told_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(closed_budgets_let_nobody_go, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

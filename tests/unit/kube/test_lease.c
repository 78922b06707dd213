/* The election against a server of one Lease. */
#include "lease_rig.h"

/* --- terms --- */

static void check_terms(int64_t duration, int64_t deadline, int64_t retry, const char *word)
{
	struct lease_terms terms = {.duration_ms = duration, .renew_deadline_ms = deadline, .retry_period_ms = retry};
	struct error err = {0};
	assert_int_equal(lease_terms_check(&terms, &err), word == NULL);
	if (word)
		assert_non_null(strstr(err.message, word));
}

static void test_terms(void **state)
{
	check_terms(15000, 10000, 2000, NULL);
	check_terms(137000, 107000, 26000, NULL);
	check_terms(10000, 10000, 2000, "longer than the renew deadline");
	check_terms(15000, 2400, 2000, "1.2 times the retry period");
	check_terms(15000, 2401, 2000, NULL);
	check_terms(15500, 10000, 2000, "whole seconds");
	check_terms(0, 0, 0, "whole seconds");
	check_terms(15000, 10000, 0, "retry period");
}

/* --- acquiring --- */

static void test_the_first_one_creates_the_lease(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	start(f);
	assert_false(lease_held(f->lease));
	run(f, 100);
	assert_int_equal(f->leading, 1);
	assert_int_equal(f->posts, 1);
	assert_true(f->last_own);
	assert_string_equal(f->last_component, "leader-election");
	assert_string_equal(text_of(f, "apiVersion"), "coordination.k8s.io/v1");
	assert_string_equal(text_of(f, "metadata.name"), "tflb-controller");
	assert_string_equal(text_of(f, "spec.holderIdentity"), ME);
	assert_int_equal(number_of(f, "spec.leaseDurationSeconds"), 15);
	assert_int_equal(number_of(f, "spec.leaseTransitions"), 0);
	assert_int_equal(strlen(text_of(f, "spec.renewTime")), strlen("2026-01-02T03:04:05.000000Z"));
	assert_string_equal(text_of(f, "spec.renewTime"), text_of(f, "spec.acquireTime"));
	assert_int_equal(f->troubles, 0);
}

/* Two create at once: the one that comes second follows. */
static void test_create_meets_another(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, LATENCY_MS); /* its GET was answered 404 */
	held_by(f, "other", 15, 0);
	run(f, 5000);
	assert_int_equal(f->conflicts, 1);
	assert_int_equal(f->leading, 0);
	assert_string_equal(f->holder, "other");
	assert_int_equal(f->follows, 1);
}

static void test_a_released_lease_is_taken_at_once(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	held_by(f, "", 1, 0);
	start(f);
	run(f, 100);
	assert_int_equal(f->leading, 1);
	assert_int_equal(number_of(f, "spec.leaseTransitions"), 5);
}

/* However old the times in it look: a follower measures by its own clock, from its own start. */
static void check_takes_over_after(struct fixture *f, int duration_s, int renewed)
{
	int64_t began = f->rig.loop.now_ms;
	held_by(f, "dead", duration_s, renewed);
	start(f);
	run(f, duration_s * 1000);
	assert_int_equal(f->leading, 0);
	assert_int_equal(f->puts, 0);
	run(f, 500);
	assert_int_equal(f->leading, 1);
	assert_in_range(f->led_at - began, duration_s * 1000, duration_s * 1000 + 200);
}

static void test_a_follower_waits_a_full_duration(void **state)
{
	check_takes_over_after(*state, 15, 0);
}

static void test_another_clock_that_is_behind(void **state)
{
	check_takes_over_after(*state, 15, -86400);
}

static void test_another_clock_that_is_ahead(void **state)
{
	check_takes_over_after(*state, 15, 86400);
}

/* The duration is the holder's, not ours. */
static void test_the_holders_duration_counts(void **state)
{
	check_takes_over_after(*state, 60, 0);
}

static void test_a_living_holder_is_left_alone(void **state)
{
	struct fixture *f = *state;
	held_by(f, "alive", 15, 0);
	start(f);
	for (int i = 0; i < 60; i++) {
		run(f, 14000);
		held_by(f, "alive", 15, 0);
	}
	assert_int_equal(f->leading, 0);
	assert_int_equal(f->puts + f->posts, 0);
	assert_int_equal(f->follows, 1);
	/* Often enough to see a Lease that was given back within the retry period, and no more. */
	assert_in_range(f->gets, 60 * 14000 / RETRY_MS, 60 * 14000 / (RETRY_MS * 6 / 10));
}

static void test_a_hand_over_is_fast(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 20; i++) {
		int before = f->leading;
		held_by(f, "alive", 15, 0);
		start(f);
		run(f, 8000 + i * 97);
		held_by(f, "alive", 15, 0); /* its last breath */
		int64_t died = f->rig.loop.now_ms;
		run(f, 17000);
		assert_int_equal(f->leading - before, 1);
		assert_in_range(f->led_at - died, DURATION_MS, DURATION_MS + RETRY_MS);
		lease_free(TAKE(f->lease));
	}
}

static void test_what_is_not_known_stays(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	held_by(f, "", 1, 0);
	start(f);
	run(f, 30000);
	assert_true(f->puts > 5);
	assert_string_equal(text_of(f, "metadata.labels.a"), "b");
	assert_string_equal(text_of(f, "spec.strategy"), "OldestEmulationVersion");
	assert_string_equal(text_of(f, "spec.preferredHolder"), "somebody");
	assert_int_equal(number_of(f, "spec.later.x[1]"), 2);
	lease_release(f->lease, on_released, f);
	run(f, 1000);
	assert_string_equal(text_of(f, "spec.preferredHolder"), "somebody");
}

/* --- renewing --- */

static void test_renewals(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	start(f);
	run(f, 100);
	char *acquired = arena_strdup(json_arena(), text_of(f, "spec.acquireTime"));
	int gets = f->gets;
	run(f, 600000);
	assert_int_equal(f->lost, 0);
	assert_true(lease_held(f->lease));
	assert_int_equal(f->gets, gets); /* the fast path: one PUT each */
	assert_in_range(f->puts, 600000 / (RETRY_MS + 2 * LATENCY_MS) - 1, 600000 / RETRY_MS);
	assert_string_equal(text_of(f, "spec.acquireTime"), acquired);
	assert_string_not_equal(text_of(f, "spec.renewTime"), acquired);
	assert_int_equal(number_of(f, "spec.leaseTransitions"), 0);
}

static void test_lost_by_time_out(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 20000);
	assert_int_equal(f->leading, 1);
	int64_t sent = f->last_put - LATENCY_MS;
	f->reads = f->writes = LOST;
	run(f, sent + DEADLINE_MS - 1 - f->rig.loop.now_ms);
	assert_true(lease_held(f->lease));
	assert_int_equal(f->lost, 0);
	run(f, 1);
	assert_false(lease_held(f->lease));
	assert_int_equal(f->lost, 1);
	assert_int_equal(f->lost_at, sent + DEADLINE_MS); /* of when it was sent, not answered */
	assert_false(f->allowed);
	assert_non_null(strstr(f->why, "did not answer"));
	int asked = f->gets + f->puts;
	f->reads = f->writes = SERVED;
	run(f, 60000);
	assert_int_equal(f->gets + f->puts, asked); /* it stays lost */
	assert_int_equal(f->lost, 1);
	assert_int_equal(f->leading, 1);
}

/* The clock counts, whatever timers have run: a process that stood still must not write first. */
static void test_a_process_that_stood_still(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 20000);
	assert_true(lease_held(f->lease));
	f->rig.loop.now_ms += 60000;
	assert_false(lease_held(f->lease));
	run(f, 1);
	assert_int_equal(f->lost, 1);
}

static void test_a_short_outage_is_survived(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 20000);
	f->writes = f->reads = REFUSED;
	f->refusal = 500;
	run(f, 5000);
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->recoveries, 0);
	f->writes = f->reads = SERVED;
	run(f, 60000);
	assert_int_equal(f->lost, 0);
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->recoveries, 1);
	assert_true(lease_held(f->lease));
}

/* A renewal without an answer may have worked: the Lease is read, and it is ours still. The next request takes a connection
 * of its own. */
static void test_an_unclear_renewal(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 100);
	int gets = f->gets;
	f->writes = APPLIED_AND_LOST;
	run(f, RETRY_MS + 100);
	f->writes = SERVED;
	run(f, 5000);
	assert_true(f->gets > gets);
	run(f, 60000);
	assert_int_equal(f->lost, 0);
	assert_int_equal(f->conflicts, 0);
	assert_int_equal(f->leading, 1);
	assert_true(lease_held(f->lease));
	assert_false(f->last_fresh);
}

static void test_a_connection_that_may_be_dead_is_left(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 100);
	assert_false(f->last_fresh);
	f->writes = f->reads = LOST;
	run(f, RETRY_MS + DEADLINE_MS / 2 + 100); /* the PUT ran out of time, the GET is under way */
	assert_true(f->last_fresh);
}

/* Somebody labels the Lease: the renewal conflicts, the slow path holds it. */
static void test_a_conflict_that_is_none(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	start(f);
	run(f, 100);
	cJSON *object = json_parse_text(f->own_lease);
	json_set_text(json_set_object(json_member(object, "metadata"), "labels"), "team", "a");
	store(f, object);
	run(f, 60000);
	assert_int_equal(f->conflicts, 1);
	assert_int_equal(f->lost, 0);
	assert_true(lease_held(f->lease));
	assert_string_equal(text_of(f, "metadata.labels.team"), "a");
	assert_int_equal(number_of(f, "spec.leaseTransitions"), 0);
}

static void test_a_lease_that_was_taken_away(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 100);
	held_by(f, "thief", 15, 0);
	run(f, RETRY_MS + 100);
	assert_int_equal(f->lost, 1);
	assert_non_null(strstr(f->why, "thief"));
	assert_false(f->allowed);
	run(f, 60000);
	JSON_WORK(work);
	assert_string_equal(text_of(f, "spec.holderIdentity"), "thief");
}

static void test_a_lease_that_was_deleted_is_made_again(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 100);
	mem_free(TAKE(f->own_lease));
	run(f, RETRY_MS + 200);
	assert_int_equal(f->posts, 2);
	assert_int_equal(f->lost, 0);
	assert_true(lease_held(f->lease));
}

/* Answers that say nothing are failures, of a leader and of a follower. */
static void test_answers_without_sense(void **state)
{
	struct fixture *f = *state;
	f->own_lease = mem_strdup("[1,2");
	start(f);
	run(f, 30000);
	assert_int_equal(f->leading, 0);
	assert_int_equal(f->puts + f->posts, 0);
	assert_int_equal(f->troubles, 1);
}

static void test_a_refused_follower_goes_on_trying(void **state)
{
	struct fixture *f = *state;
	f->reads = REFUSED;
	f->refusal = 403;
	start(f);
	run(f, 30000);
	assert_int_equal(f->troubles, 1);
	assert_in_range(f->gets, 30000 / RETRY_MS, 30000 / (RETRY_MS * 6 / 10));
	f->reads = SERVED;
	run(f, RETRY_MS + 100);
	assert_int_equal(f->leading, 1);
	assert_int_equal(f->recoveries, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms),
		LEASE_TEST(test_the_first_one_creates_the_lease),
		LEASE_TEST(test_create_meets_another),
		LEASE_TEST(test_a_released_lease_is_taken_at_once),
		LEASE_TEST(test_a_follower_waits_a_full_duration),
		LEASE_TEST(test_another_clock_that_is_behind),
		LEASE_TEST(test_another_clock_that_is_ahead),
		LEASE_TEST(test_the_holders_duration_counts),
		LEASE_TEST(test_a_living_holder_is_left_alone),
		LEASE_TEST(test_a_hand_over_is_fast),
		LEASE_TEST(test_what_is_not_known_stays),
		LEASE_TEST(test_renewals),
		LEASE_TEST(test_lost_by_time_out),
		LEASE_TEST(test_a_process_that_stood_still),
		LEASE_TEST(test_a_short_outage_is_survived),
		LEASE_TEST(test_an_unclear_renewal),
		LEASE_TEST(test_a_connection_that_may_be_dead_is_left),
		LEASE_TEST(test_a_conflict_that_is_none),
		LEASE_TEST(test_a_lease_that_was_taken_away),
		LEASE_TEST(test_a_lease_that_was_deleted_is_made_again),
		LEASE_TEST(test_answers_without_sense),
		LEASE_TEST(test_a_refused_follower_goes_on_trying),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

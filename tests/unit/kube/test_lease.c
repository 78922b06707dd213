/* The election against a server of one Lease. */
#include "kube/lease.h"

#include "base/time.h"
#include "rig.h"

static const char PATH[] = "/apis/coordination.k8s.io/v1/namespaces/sys/leases/tflb-controller";
static const char ME[] = "host_1";

enum { LATENCY_MS = 20, DURATION_MS = 15000, DEADLINE_MS = 10000, RETRY_MS = 2000 };

/* What becomes of a request. */
enum fate { SERVED, LOST, APPLIED_AND_LOST, REFUSED };

struct fixture {
	struct rig rig;
	struct lease *lease;
	char *own_lease; /* NULL: there is none */
	int version;
	enum fate reads, writes;
	int refusal;
	int gets, puts, posts, conflicts;
	int64_t last_put;
	bool last_own, last_fresh; /* of the last request */
	const char *last_component;

	int leading, lost, troubles, recoveries, follows, released;
	char why[256], holder[64];
	int64_t led_at, lost_at;
	bool allowed; /* what lease_held said within lost */
};

static void refuse(struct fake_call *call, int status, const char *reason)
{
	char body[200];
	snprintf(body, sizeof(body), "{\"kind\":\"Status\",\"message\":\"no\",\"reason\":\"%s\",\"code\":%d}", reason,
		status);
	fake_answer(call, status, "application/json", body);
}

static void store(struct fixture *f, const cJSON *object)
{
	cJSON *copy = json_copy(object);
	json_setf(json_member(copy, "metadata"), "resourceVersion", "%d", ++f->version);
	mem_free(f->own_lease);
	f->own_lease = json_print_owned(copy);
}

static void write_lease(struct fixture *f, struct fake_call *call)
{
	JSON_WORK(work);
	cJSON *object = json_parse_text(call->body);
	const cJSON *old = f->own_lease ? json_parse_text(f->own_lease) : NULL;
	bool creates = text_equal(call->method, "POST");
	bool conflict = creates ? old != NULL
	                        : !old || !text_equal(json_text(old, "metadata.resourceVersion"),
						  json_text(object, "metadata.resourceVersion"));
	f->conflicts += conflict;
	if (conflict) {
		refuse(call, 409, creates ? "AlreadyExists" : "Conflict");
		return;
	}
	store(f, object);
	if (f->writes == APPLIED_AND_LOST)
		return;
	fake_answer(call, creates ? 201 : 200, "application/json", f->own_lease);
}

static void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
	bool read = text_equal(call->method, "GET");
	enum fate fate = read ? f->reads : f->writes;
	f->gets += read;
	f->posts += text_equal(call->method, "POST");
	f->puts += text_equal(call->method, "PUT");
	f->last_component = call->component;
	f->last_own = call->own_connection;
	f->last_fresh = call->fresh_connection;
	if (text_equal(call->method, "PUT"))
		f->last_put = f->rig.loop.now_ms;
	if (fate == LOST)
		return;
	if (fate == REFUSED)
		refuse(call, f->refusal, "Whatever");
	else if (!read)
		write_lease(f, call);
	else if (f->own_lease)
		fake_answer(call, 200, "application/json", f->own_lease);
	else
		refuse(call, 404, "NotFound");
}

static void on_leading(void *arg)
{
	struct fixture *f = arg;
	f->leading++;
	f->led_at = f->rig.loop.now_ms;
	assert_true(lease_held(f->lease));
}

static void on_lost(void *arg, const char *why)
{
	struct fixture *f = arg;
	f->lost++;
	f->lost_at = f->rig.loop.now_ms;
	f->allowed = lease_held(f->lease);
	text_copy(f->why, sizeof(f->why), why);
}

static void on_follows(void *arg, const char *holder)
{
	struct fixture *f = arg;
	f->follows++;
	text_copy(f->holder, sizeof(f->holder), holder);
}

static void on_trouble(void *arg, const struct error *err)
{
	struct fixture *f = arg;
	f->troubles += err != NULL;
	f->recoveries += err == NULL;
}

static void on_released(void *arg)
{
	((struct fixture *)arg)->released++;
}

static const struct lease_terms usual = {.namespace = "sys",
	.name = "tflb-controller",
	.identity = ME,
	.duration_ms = DURATION_MS,
	.renew_deadline_ms = DEADLINE_MS,
	.retry_period_ms = RETRY_MS};

static void start(struct fixture *f)
{
	struct lease_handler handler = {on_leading, on_lost, on_follows, on_trouble, f};
	f->lease = lease_new(f->rig.kube, &usual, &handler);
	lease_start(f->lease);
}

static int set_up(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));
	rig_init(&f->rig, serve, f);
	f->rig.http.latency_ms = LATENCY_MS;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	lease_free(f->lease);
	rig_done(&f->rig);
	mem_free(f->own_lease);
	mem_free(f);
	return 0;
}

static void run(struct fixture *f, int64_t ms)
{
	fake_loop_run_for(&f->rig.loop, ms);
}

/* Somebody else writes the Lease. renewed: seconds off our wall clock. */
static void held_by(struct fixture *f, const char *holder, int duration_s, int renewed)
{
	JSON_WORK(work);
	char time[TIME_TEXT_SIZE];
	time_text_micro(env_wall_us(&f->rig.env.env) + renewed * 1000000LL, time);
	store(f, json_parse_text(arena_printf(json_arena(),
			 "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":"
			 "\"tflb-controller\",\"namespace\":\"sys\",\"labels\":{\"a\":\"b\"}},\"spec\":{"
			 "\"holderIdentity\":\"%s\",\"leaseDurationSeconds\":%d,\"acquireTime\":\"%s\",\"renewTime\":"
			 "\"%s\",\"leaseTransitions\":4,\"strategy\":\"OldestEmulationVersion\",\"preferredHolder\":"
			 "\"somebody\",\"later\":{\"x\":[1,2]}}}",
			 holder, duration_s, time, time)));
}

static const char *text_of(struct fixture *f, const char *path)
{
	return json_text(json_parse_text(f->own_lease), path);
}

static int64_t number_of(struct fixture *f, const char *path)
{
	return json_int(json_parse_text(f->own_lease), path, -1);
}

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

/* --- giving it back --- */

static void test_release(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	start(f);
	run(f, 20000);
	int puts = f->puts;
	lease_release(f->lease, on_released, f);
	assert_false(lease_held(f->lease));
	run(f, 100);
	assert_int_equal(f->released, 1);
	assert_int_equal(f->puts, puts + 1);
	assert_string_equal(text_of(f, "spec.holderIdentity"), "");
	assert_int_equal(number_of(f, "spec.leaseDurationSeconds"), 1);
	assert_int_equal(number_of(f, "spec.leaseTransitions"), 0);
	run(f, 60000);
	assert_int_equal(f->puts, puts + 1);
	assert_int_equal(f->lost, 0);
	assert_int_equal(f->released, 1);
}

/* A renewal is under way when it is given back: it must not take it again. */
static void test_release_meets_a_renewal(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	for (int moment = 0; moment < 50; moment++) {
		start(f);
		run(f, RETRY_MS * 2 + moment);
		lease_release(f->lease, on_released, f);
		run(f, 2000);
		assert_int_equal(f->released, moment + 1);
		assert_string_equal(text_of(f, "spec.holderIdentity"), "");
		lease_free(TAKE(f->lease));
	}
}

static void test_release_of_what_is_anothers(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	held_by(f, "other", 15, 0);
	start(f);
	run(f, 3000);
	lease_release(f->lease, on_released, f);
	run(f, 100);
	assert_int_equal(f->released, 1);
	assert_int_equal(f->puts, 0);
	assert_string_equal(text_of(f, "spec.holderIdentity"), "other");
}

static void test_release_does_not_wait_for_ever(void **state)
{
	struct fixture *f = *state;
	start(f);
	run(f, 3000);
	f->reads = LOST;
	lease_release(f->lease, on_released, f);
	run(f, 1499);
	assert_int_equal(f->released, 0);
	run(f, 1);
	assert_int_equal(f->released, 1);
}

/* --- the guard --- */

static bool nothing_may_leave(void *arg)
{
	return false;
}

static void keep_code(void *arg, const char *body, size_t length, const struct error *err)
{
	text_copy(arg, 64, err ? err->code : "");
}

static void check_guarded(struct fixture *f, struct kube_request request, const char *code)
{
	char told[64] = "nothing";
	kube_send(f->rig.kube, &request, keep_code, told);
	run(f, 5000);
	assert_string_equal(told, code);
}

static void test_the_guard(void **state)
{
	struct fixture *f = *state;
	held_by(f, "other", 15, 0);
	kube_guard(f->rig.kube, nothing_may_leave, f);
	check_guarded(f, (struct kube_request){.method = "PUT", .path = PATH, .body = "{}"}, "Withheld");
	check_guarded(f, (struct kube_request){.method = "DELETE", .path = PATH}, "Withheld");
	assert_int_equal(f->rig.http.sent, 0);
	check_guarded(f, (struct kube_request){.method = "GET", .path = PATH}, "");
	check_guarded(
		f, (struct kube_request){.method = "PUT", .path = PATH, .body = "{}", .unguarded = true}, "Conflict");
	assert_int_equal(f->rig.http.sent, 2);
}

#define LEASE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		LEASE_TEST(test_release),
		LEASE_TEST(test_release_meets_a_renewal),
		LEASE_TEST(test_release_of_what_is_anothers),
		LEASE_TEST(test_release_does_not_wait_for_ever),
		LEASE_TEST(test_the_guard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

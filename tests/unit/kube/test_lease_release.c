/* The election: giving the lease back, and the guard that lets nothing leave without it. */
#include "lease_rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEASE_TEST(test_release),
		LEASE_TEST(test_release_meets_a_renewal),
		LEASE_TEST(test_release_of_what_is_anothers),
		LEASE_TEST(test_release_does_not_wait_for_ever),
		LEASE_TEST(test_the_guard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Going on with a watch, and servers whose history went back: their storage was restored from an older copy. */
#include "watch_rig.h"

#define TOO_LARGE                                                                                                      \
	"{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"m\",\"details\":{\"causes\":[{"        \
	"\"reason\":\"ResourceVersionTooLarge\"}],\"retryAfterSeconds\":1}}"

/* A list of nothing at version 50 was taken and a watch from there is open, for more than a while. */
static void begin_watching_long(struct fixture *f)
{
	begin(f);
	expect(f, "limit=500");
	answer(f, 200, LIST("50", "", ""));
	expect(f, WATCH "50&");
	opened(f);
	fake_loop_run_for(&f->rig.loop, 60000);
	heard(f, " end");
	f->checked = true;
}

static int64_t seconds_asked(const struct fixture *f)
{
	char text[16];
	assert_true(fake_query(f->call, "timeoutSeconds", text, sizeof(text)));
	return strtol(text, NULL, 10);
}

static void test_after_a_broken_stream_the_server_is_asked(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "51")));
	fake_drop(f.call);
	assert_int_equal(expect(&f, CHECK "51"), 0);
	assert_string_equal(f.call->query, CHECK "51");
	assert_false(f.call->own_connection);
	answer(&f, 200, LIST("60", "t", OBJECT("b", "55"))); /* what is in it does not matter */
	assert_int_equal(expect(&f, WATCH "51&"), 0);
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("b", "55")));
	heard(&f, " +a@51 +b@55");
	assert_int_equal(f.lists, 1);
	finish(&f);
}

/* A server that begins again with older data may do so in that moment. */
static void test_a_watch_that_ends_by_its_time_proves_nothing(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("50", "", ""));
	expect(&f, WATCH "50&");
	int64_t seconds = seconds_asked(&f);
	opened(&f);
	fake_loop_run_for(&f.rig.loop, seconds * 1000);
	fake_end(f.call);
	expect(&f, WATCH "50&");
	assert_int_equal(f.checks, 1);
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 100 * 1000);
	fake_end(f.call); /* before its time: the server went away */
	expect(&f, WATCH "50&");
	assert_int_equal(f.checks, 2);
	finish(&f);
}

/* Neither does one that we ended, for it was silent too long: it is asked over another connection. */
static void test_silence_says_nothing_about_the_server(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	expect(&f, CHECK "50");
	assert_true(f.call->fresh_connection);
	answer(&f, 200, LIST("50", "", ""));
	expect(&f, WATCH "50&");
	assert_true(f.call->fresh_connection);
	opened(&f);
	stream(&f, BOOKMARK("51"));
	stream(&f, BOOKMARK("52"));
	assert_int_equal(expect(&f, CHECK "52"), 150000);
	finish(&f);
}

/* The request may be lost on a connection that lives. */
static void test_a_watch_that_is_never_answered(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	fake_drop(f.call);
	expect(&f, CHECK "50");
	answer(&f, 200, LIST("50", "", ""));
	expect(&f, WATCH "50&");
	assert_int_equal(expect(&f, CHECK "50"), 90000);
	assert_true(f.call->fresh_connection);
	answer(&f, 200, LIST("50", "", ""));
	expect(&f, WATCH "50&");
	assert_true(f.call->fresh_connection);
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 200000); /* answered, and without bookmarks silence says nothing */
	assert_false(f.asked);
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_a_server_that_went_back_is_listed(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "51")));
	fake_drop(f.call);
	expect(&f, CHECK "51");
	answer(&f, 504, TOO_LARGE);
	assert_int_equal(expect(&f, "limit=500"), 0);
	answer(&f, 200, LIST("30", "", OBJECT("a", "20")));
	expect(&f, WATCH "30&");
	opened(&f);
	stream(&f, EVENT("MODIFIED", OBJECT("a", "31")));
	heard(&f, " +a@51 begin +a@20 end +a@31"); /* no trouble */
	finish(&f);
}

static void test_refusals_of_the_question_lose_nothing(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	fake_drop(f.call);
	expect(&f, CHECK "50");
	fake_fail(f.call, "Connect", "connection refused");
	assert_in_range(expect(&f, CHECK "50"), 800, 1600);
	answer(&f, 429, "slow down");
	assert_in_range(expect(&f, CHECK "50"), 1600, 3200);
	fake_answer_retry(f.call, 503, 2, "not yet");
	assert_int_equal(expect(&f, CHECK "50"), 2000);
	answer(&f, 200, LIST("60", "", ""));
	expect(&f, WATCH "50&");
	fake_fail(f.call, "Connect", "connection refused");
	expect(&f, CHECK "50"); /* what was known of it is known no more */
	heard(&f, " Connect TooManyRequests ServiceUnavailable Connect");
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_other_refusals_of_the_question_are_a_list(void **state)
{
	static const int statuses[] = {400, 403, 410, 500};
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct fixture f;
		begin_watching_long(&f);
		fake_drop(f.call);
		expect(&f, CHECK "50");
		answer(&f, statuses[i], "no");
		expect(&f, "limit=500");
		finish(&f);
	}
}

/* The three ways in which a watch itself may say it. */
static void test_a_watch_from_a_version_to_come(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	stream(&f, EVENT("ERROR", TOO_LARGE));
	assert_int_equal(expect(&f, "limit=500"), 0);
	answer(&f, 200, LIST("30", "", ""));
	expect(&f, WATCH "30&");
	answer(&f, 504, TOO_LARGE);
	assert_in_range(expect(&f, "limit=500"), 800, 1600); /* not list after list */
	answer(&f, 200, LIST("20", "", ""));
	expect(&f, WATCH "20&");
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 60000);
	stream(&f, BOOKMARK("19"));
	assert_int_equal(expect(&f, "limit=500"), 0);
	heard(&f, " begin end begin end begin");
	finish(&f);
}

static void test_older_events_are_not_taken(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	stream(&f,
		EVENT("ADDED", OBJECT("a", "51")) EVENT("ADDED", OBJECT("b", "49")) EVENT("ADDED", OBJECT("c", "52")));
	expect(&f, "limit=500");
	answer(&f, 200, LIST("52", "", OBJECT("a", "51") "," OBJECT("b", "49") "," OBJECT("c", "52")));
	heard(&f, " +a@51 begin +a@51 +b@49 +c@52 end");
	finish(&f);
}

static void test_the_same_again_is_no_news(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "51")) EVENT("ADDED", OBJECT("a", "51")) BOOKMARK("51"));
	stream(&f, EVENT("DELETED", OBJECT("a", "52")) EVENT("DELETED", OBJECT("a", "52")));
	heard(&f, " +a@51 -a@52");
	assert_false(f.asked);
	finish(&f);
}

/* Not all servers count: nothing is known of their versions but whether they are the same. */
static void test_versions_that_are_no_numbers(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	stream(&f,
		EVENT("ADDED", OBJECT("a", "z9")) EVENT("ADDED", OBJECT("b", "a1")) EVENT("ADDED", OBJECT("b", "a1")));
	heard(&f, " +a@z9 +b@a1");
	fake_drop(f.call);
	expect(&f, CHECK "a1");
	answer(&f, 200, LIST("a1", "", ""));
	expect(&f, WATCH "a1&");
	finish(&f);
}

static void test_freed_while_it_asks(void **state)
{
	struct fixture f;
	begin_watching_long(&f);
	fake_drop(f.call);
	expect(&f, CHECK "50");
	size_t sent = f.rig.http.sent;
	kube_watch_free(f.watch);
	f.watch = NULL;
	fake_loop_run_for(&f.rig.loop, 1000000);
	assert_int_equal(f.rig.http.sent, sent);
	heard(&f, "");
	finish(&f);
}

static void test_order_of_versions(void **state)
{
	assert_int_equal(kube_version_order("10", "9"), KUBE_NEWER);
	assert_int_equal(kube_version_order("9", "10"), KUBE_OLDER);
	assert_int_equal(kube_version_order("10", "10"), KUBE_SAME);
	assert_int_equal(kube_version_order("18446744073709551616", "18446744073709551615"), KUBE_NEWER);
	assert_int_equal(kube_version_order("a1", "10"), KUBE_UNORDERED);
	assert_int_equal(kube_version_order("a1", "a1"), KUBE_SAME);
	assert_int_equal(kube_version_order("10", NULL), KUBE_UNORDERED);
	assert_int_equal(kube_version_order(NULL, "10"), KUBE_UNORDERED);
	assert_int_equal(kube_version_order("", "10"), KUBE_UNORDERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_a_broken_stream_the_server_is_asked),
		cmocka_unit_test(test_a_watch_that_ends_by_its_time_proves_nothing),
		cmocka_unit_test(test_silence_says_nothing_about_the_server),
		cmocka_unit_test(test_a_watch_that_is_never_answered),
		cmocka_unit_test(test_a_server_that_went_back_is_listed),
		cmocka_unit_test(test_refusals_of_the_question_lose_nothing),
		cmocka_unit_test(test_other_refusals_of_the_question_are_a_list),
		cmocka_unit_test(test_a_watch_from_a_version_to_come),
		cmocka_unit_test(test_older_events_are_not_taken),
		cmocka_unit_test(test_the_same_again_is_no_news),
		cmocka_unit_test(test_versions_that_are_no_numbers),
		cmocka_unit_test(test_freed_while_it_asks),
		cmocka_unit_test(test_order_of_versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

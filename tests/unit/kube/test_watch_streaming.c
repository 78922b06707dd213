/* The first state by way of a watch: client-go's TestWatchList and TestReflector* cases, and what servers do that don't
 * know it. */
#include "watch_rig.h"

#define END(version)                                                                                                   \
	EVENT("BOOKMARK", "{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"" version                          \
			  "\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}")

static void begin_stream(struct fixture *f)
{
	begin_new(f);
	expect(f, STREAM);
	assert_null(strstr(f->call->query, "resourceVersion="));
	opened(f);
	heard(f, " begin");
}

static void test_synced_then_no_second_request(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "9")) EVENT("ADDED", OBJECT("b", "3")));
	heard(&f, " +a@9 +b@3");
	stream(&f, END("12"));
	heard(&f, " end");
	stream(&f, EVENT("MODIFIED", OBJECT("b", "13")) EVENT("DELETED", OBJECT("a", "14")));
	heard(&f, " +b@13 -a@14");
	assert_int_equal(f.rig.http.sent, 1);
	fake_end(f.call);
	assert_int_equal(expect(&f, WATCH "14&"), 0); /* an ordinary one */
	assert_null(strstr(f.call->query, "sendInitialEvents"));
	assert_int_equal(f.lists, 0);
	finish(&f);
}

static void test_every_byte_alone(void **state)
{
	struct fixture f;
	begin_new(&f);
	f.rig.http.piece = 1;
	expect(&f, STREAM);
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("\\u00e9", "9")) END("12") EVENT("ADDED", OBJECT("b", "13")));
	heard(&f, " begin +\xc3\xa9@9 end +b@13");
	finish(&f);
}

static void test_nothing_there(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, END("12"));
	heard(&f, " end");
	stream(&f, EVENT("ADDED", OBJECT("a", "13")));
	heard(&f, " +a@13");
	stream(&f, EVENT("ADDED", "{\"kind\":\"Gadget\",\"metadata\":{\"resourceVersion\":\"14\"}}"));
	heard(&f, " WrongKind"); /* the bookmark has said what kind they are */
	finish(&f);
}

static void test_bookmarks_that_are_not_the_end(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, BOOKMARK("7"));
	stream(&f, EVENT("BOOKMARK", "{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"8\",\"annotations\":{"
				     "\"k8s.io/initial-events-end\":\"false\"}}}"));
	stream(&f, EVENT("BOOKMARK", "{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"8\",\"annotations\":{"
				     "\"k8s.io/initial-events-end\":true}}}"));
	heard(&f, "");
	fake_drop(f.call);
	assert_in_range(expect(&f, STREAM), 800, 1600); /* their versions are worth nothing yet */
	finish(&f);
}

static void test_changes_before_the_bookmark(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f,
		EVENT("ADDED", OBJECT("a", "3")) EVENT("ADDED", OBJECT("b", "4")) EVENT("MODIFIED", OBJECT("a", "5")));
	stream(&f, EVENT("DELETED", OBJECT("b", "6")) END("6"));
	heard(&f, " +a@3 +b@4 +a@5 -b@6 end");
	finish(&f);
}

static void test_gate_off(void **state)
{
	struct fixture f;
	begin_new(&f);
	expect(&f, STREAM);
	answer(&f, 422, STATUS("422", "Invalid"));
	assert_int_equal(expect(&f, "limit=500"), 0);
	answer(&f, 200, LIST("5", "", OBJECT("a", "3")));
	expect(&f, WATCH "5&");
	opened(&f);
	heard(&f, " begin begin +a@3 end"); /* nothing to tell */
	fake_loop_run_for(&f.rig.loop, 60000);
	stream(&f, EVENT("ERROR", STATUS("410", "Expired")));
	expect(&f, "limit=500"); /* remembered */
	finish(&f);
}

static void test_storage_without_progress(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, EVENT("ERROR", "{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\",\"message\":\"a "
				  "watch stream was "
				  "requested by the client but the required storage feature RequestWatchProgress is "
				  "disabled\"}"));
	expect(&f, "limit=500");
	heard(&f, " begin");
	assert_true(f.rig.kube != NULL);
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 60000);
	stream(&f, EVENT("ERROR", STATUS("410", "Expired")));
	expect(&f, "limit=500");
	finish(&f);
}

/* It takes the request for an ordinary watch from "now". */
static void test_an_old_server(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "3")));
	assert_int_equal(expect(&f, "limit=500"), 10000);
	heard(&f, " +a@3 begin");
	answer(&f, 200, LIST("5", "", OBJECT("a", "3")));
	expect(&f, WATCH "5&");
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 60000);
	heard(&f, " +a@3 end");
	stream(&f, EVENT("ERROR", STATUS("410", "Expired")));
	expect(&f, "limit=500");
	finish(&f);
}

static void test_an_old_server_where_much_happens(void **state)
{
	struct fixture f;
	begin_stream(&f);
	for (int i = 0; i < 11; i++) {
		fake_loop_run_for(&f.rig.loop, 5000);
		stream(&f, EVENT("MODIFIED", OBJECT("a", "3")));
	}
	assert_int_equal(expect(&f, "limit=500"), 5000);
	finish(&f);
}

/* One that did it before is only slow: next time it is asked again, and it may take its time. */
static void test_a_slow_server_is_not_an_old_one(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, END("12"));
	fake_loop_run_for(&f.rig.loop, 60000);
	stream(&f, EVENT("ERROR", STATUS("410", "Expired")));
	expect(&f, STREAM);
	opened(&f);
	for (int i = 0; i < 20; i++) {
		fake_loop_run_for(&f.rig.loop, 9000);
		stream(&f, EVENT("ADDED", OBJECT("a", "3")));
	}
	assert_false(f.asked);
	assert_int_equal(expect(&f, "limit=500"), 10000);
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 60000);
	stream(&f, EVENT("ERROR", STATUS("410", "Expired")));
	expect(&f, STREAM);
	finish(&f);
}

static void test_any_other_refusal_is_a_list(void **state)
{
	static const int statuses[] = {400, 403, 405, 410, 500, 503, 504};
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct fixture f;
		begin_new(&f);
		expect(&f, STREAM);
		answer(&f, statuses[i], "no");
		assert_int_equal(expect(&f, "limit=500"), 0);
		answer(&f, statuses[i], "no");
		expect(&f, STREAM); /* this is not remembered */
		finish(&f);
	}
}

static void test_refusals_that_are_waited_for(void **state)
{
	struct fixture f;
	begin_new(&f);
	expect(&f, STREAM);
	fake_answer_retry(f.call, 429, 3, "slow down");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(expect(&f, STREAM), 3000);
	answer(&f, 429, "slow down");
	assert_in_range(expect(&f, STREAM), 800, 1600);
	fake_fail(f.call, "Connect", "connection refused");
	fake_loop_settle(&f.rig.loop);
	assert_in_range(expect(&f, STREAM), 1600, 3200);
	opened(&f);
	stream(&f, EVENT("ERROR", STATUS("429", "TooManyRequests")));
	assert_in_range(expect(&f, STREAM), 3200, 6400);
	opened(&f);
	stream(&f, END("12"));
	heard(&f, " begin TooManyRequests begin begin Connect begin TooManyRequests begin end well");
	assert_int_equal(f.lists, 0);
	finish(&f);
}

static void test_not_installed(void **state)
{
	struct fixture f;
	begin_new(&f);
	for (int i = 0; i < 3; i++) {
		expect(&f, STREAM);
		answer(&f, 404, "404 page not found\n");
	}
	heard(&f, " begin NotFound begin begin");
	assert_string_equal(f.trouble.message,
		"the API server does not know widgets; install the resource type with: kubectl apply -f crds/");
	expect(&f, STREAM);
	opened(&f);
	stream(&f, END("5"));
	heard(&f, " begin end well");
	finish(&f);
}

static void test_closed_before_the_bookmark(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "3")));
	fake_drop(f.call);
	assert_in_range(expect(&f, STREAM), 800, 1600);
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("b", "3")) END("4"));
	heard(&f, " +a@3 Connection begin +b@3 end well"); /* from the beginning */
	finish(&f);
}

/* Something in between lets no stream live so long: a list is shorter. */
static void test_closed_before_the_bookmark_twice(void **state)
{
	struct fixture f;
	begin_stream(&f);
	fake_end(f.call);
	expect(&f, STREAM);
	opened(&f);
	fake_end(f.call);
	expect(&f, "limit=500");
	heard(&f, " ShortWatch begin begin");
	finish(&f);
}

static void test_410_on_an_established_watch(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, END("12") EVENT("ERROR", STATUS("410", "Expired")));
	assert_in_range(expect(&f, STREAM), 800, 1600);
	assert_null(strstr(f.call->query, "resourceVersion="));
	finish(&f);
}

static void test_objects_that_are_too_large(void **state)
{
	struct fixture f;
	char huge[6000];
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	begin_stream(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "3")) "{\"type\":\"ADDED\",\"object\":{\"kind\":\"");
	stream(&f, huge);
	stream(&f, "\"}}" EVENT("ADDED", OBJECT("b", "4")) END("5"));
	heard(&f, " +a@3 !/? +b@4 end TooLarge");
	assert_string_equal(f.trouble.message, "1 of widgets left out: larger than 4096 bytes");
	finish(&f);
}

static void test_tables_are_skipped(void **state)
{
	struct fixture f;
	begin_stream(&f);
	stream(&f, EVENT("ADDED", "{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"3\"}}"));
	heard(&f, " WrongKind");
	stream(&f, EVENT("ADDED", OBJECT("a", "3")) END("5"));
	heard(&f, " +a@3 end well");
	finish(&f);
}

/* Silence is measured from the request on, however far the server came. */
static void test_a_server_that_never_answers(void **state)
{
	struct fixture f;
	begin_new(&f);
	expect(&f, STREAM);
	assert_int_equal(expect(&f, "limit=500"), 60000);
	finish(&f);
}

static void test_free_at_any_time(void **state)
{
	for (int when = 0; when < 4; when++) {
		struct fixture f;
		begin_new(&f);
		if (when > 0)
			expect(&f, STREAM);
		if (when > 1)
			opened(&f), stream(&f, "{\"type\":");
		if (when > 2)
			fake_drop(f.call);
		fake_loop_settle(&f.rig.loop);
		str_clear(&f.heard);
		size_t sent = f.rig.http.sent;
		kube_watch_free(f.watch);
		f.watch = NULL;
		fake_loop_run_for(&f.rig.loop, 1000000);
		assert_int_equal(f.rig.http.sent, sent);
		heard(&f, "");
		finish(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_synced_then_no_second_request),
		cmocka_unit_test(test_every_byte_alone),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_bookmarks_that_are_not_the_end),
		cmocka_unit_test(test_changes_before_the_bookmark),
		cmocka_unit_test(test_gate_off),
		cmocka_unit_test(test_storage_without_progress),
		cmocka_unit_test(test_an_old_server),
		cmocka_unit_test(test_an_old_server_where_much_happens),
		cmocka_unit_test(test_a_slow_server_is_not_an_old_one),
		cmocka_unit_test(test_any_other_refusal_is_a_list),
		cmocka_unit_test(test_refusals_that_are_waited_for),
		cmocka_unit_test(test_not_installed),
		cmocka_unit_test(test_closed_before_the_bookmark),
		cmocka_unit_test(test_closed_before_the_bookmark_twice),
		cmocka_unit_test(test_410_on_an_established_watch),
		cmocka_unit_test(test_objects_that_are_too_large),
		cmocka_unit_test(test_tables_are_skipped),
		cmocka_unit_test(test_a_server_that_never_answers),
		cmocka_unit_test(test_free_at_any_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

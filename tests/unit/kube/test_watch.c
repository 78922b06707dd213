/* The reflector by list and watch, as with servers that do not know sendInitialEvents. */
#include "watch_rig.h"

static void test_list_then_watch(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	assert_string_equal(f.call->query, "limit=500");
	answer(&f, 200, LIST("5", "", OBJECT("a", "3") "," OBJECT("b", "4")));
	heard(&f, " +a@3 +b@4 end");
	expect(&f, WATCH "5&timeoutSeconds=");
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("c", "6")) EVENT("MODIFIED", OBJECT("a", "7")));
	stream(&f, EVENT("DELETED", OBJECT("b", "8")));
	heard(&f, " +c@6 +a@7 -b@8");
	fake_end(f.call);
	assert_int_equal(expect(&f, WATCH "8&"), 0);
	heard(&f, "");
	finish(&f);
}

static void test_every_byte_alone(void **state)
{
	struct fixture f;
	begin(&f);
	f.rig.http.piece = 1;
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", OBJECT("\\u00e9\xc3\xa9", "3") "," OBJECT("b}]\\\"", "4")));
	heard(&f, " +\xc3\xa9\xc3\xa9@3 +b}]\"@4 end");
	expect(&f, WATCH "5&");
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("\\u00e9\xc3\xa9", "6")));
	stream(&f, " { \"object\" : " OBJECT("b", "7") "\r\n, \"x\\\"y\": [\"object\", {}], \"type\" : \"MODIFIED\" }");
	stream(&f, "{\"x\":{\"object\":1},\"n\":-1.5e3,\"type\":\"DELETED\",\"object\":" OBJECT("c,\\\\", "8") "}");
	heard(&f, " +\xc3\xa9\xc3\xa9@6 +b@7 -c,\\@8");
	finish(&f);
}

static void test_pages(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "t/1=", OBJECT("a", "3")));
	expect(&f, "limit=500&continue=t%2F1%3D");
	assert_null(strstr(f.call->query, "resourceVersion"));
	answer(&f, 200, LIST("6", "t2", OBJECT("b", "4")));
	expect(&f, "limit=500&continue=t2");
	answer(&f, 200, LIST("7", "", OBJECT("c", "2")));
	heard(&f, " +a@3 +b@4 +c@2 end");
	expect(&f, WATCH "5&"); /* the snapshot of the first page */
	finish(&f);
}

static void test_pages_that_turn_in_a_circle(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "t", ""));
	expect(&f, "limit=500&continue=t");
	answer(&f, 200, LIST("5", "t", ""));
	heard(&f, " transient");
	assert_string_equal(f.trouble.message, "list of widgets: the list goes on where it just was");
	finish(&f);
}

static void test_elements_that_are_no_objects(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", OBJECT("a", "3") ",\"b\"," OBJECT("c", "4")));
	heard(&f, " +a@3 transient");
	assert_string_equal(f.trouble.message, "list of widgets: an element of the list is no object");
	finish(&f);
}

/* Whoever reads it may refuse it; the others come, by a list and by a watch. */
static void test_one_bad_object_does_not_stop_the_others(void **state)
{
	static const char *const bad[] = {
		"{\"kind\":\"Widget\",\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"4\"},\"a\":1,\"a\":2}",
		"{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"4\",\"name\":\"\xff\xfe\"}}",
		"{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"4\"},\"a\":-}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fixture f;
		begin(&f);
		f.raw = true;
		expect(&f, "limit=500");
		AUTO_FREE char *list = mem_printf(
			"{\"kind\":\"WidgetList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s,%s,%s]}",
			OBJECT("a", "3"), bad[i], OBJECT("b", "2"));
		answer(&f, 200, list);
		heard(&f, " + + + end");
		expect(&f, WATCH "5&");
		opened(&f);
		AUTO_FREE char *event = mem_printf("{\"type\":\"ADDED\",\"object\":%s}\n", bad[i]);
		char *version = strstr(event, "\"4\"");
		version[1] = '6';
		stream(&f, event);
		stream(&f, EVENT("ADDED", OBJECT("c", "7")));
		heard(&f, " + +");
		assert_false(f.asked);
		finish(&f);
	}
}

static void test_bookmarks_resume(void **state)
{
	struct fixture f;
	begin_watching(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "6")) BOOKMARK("42"));
	heard(&f, " +a@6");
	fake_drop(f.call);
	assert_int_equal(expect(&f, WATCH "42&"), 0);
	heard(&f, "");
	finish(&f);
}

static void test_cut_in_the_middle_of_an_event(void **state)
{
	struct fixture f;
	begin_watching(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "6")) "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Wid");
	fake_end(f.call);
	assert_int_equal(expect(&f, WATCH "6&"), 0);
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("b", "7")));
	heard(&f, " +a@6 +b@7");
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_time_of_a_watch(void **state)
{
	struct fixture f;
	begin_watching(&f);
	long least = 1000, most = 0;
	for (int i = 0; i < 200; i++) {
		char text[16];
		assert_true(fake_query(f.call, "timeoutSeconds", text, sizeof(text)));
		long seconds = strtol(text, NULL, 10);
		least = seconds < least ? seconds : least;
		most = seconds > most ? seconds : most;
		/* The server falls silent: our own deadline is 30 s later, and then we go on at once. */
		assert_int_equal(expect(&f, WATCH "5&"), (seconds + 30) * 1000);
		opened(&f);
	}
	assert_in_range(least, 300, 310);
	assert_in_range(most, 590, 600);
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_watches_that_end_at_once(void **state)
{
	struct fixture f;
	begin_watching(&f);
	fake_end(f.call);
	fake_loop_settle(&f.rig.loop);
	heard(&f, " ShortWatch");
	assert_in_range(expect(&f, "limit=500"), 800, 1600);
	answer(&f, 200, LIST("5", "", OBJECT("a", "5")));
	expect(&f, WATCH "5&");
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "5"))); /* no news is no progress */
	fake_end(f.call);
	assert_in_range(expect(&f, "limit=500"), 1600, 3200);
	heard(&f, " begin +a@5 end begin");
	finish(&f);
}

/* A broken connection is not a proxy: the first two times the version is kept. */
static void test_watches_that_are_cut_at_once(void **state)
{
	struct fixture f;
	begin_watching(&f);
	fake_drop(f.call);
	assert_in_range(expect(&f, WATCH "5&"), 800, 1600);
	opened(&f);
	fake_drop(f.call);
	assert_in_range(expect(&f, WATCH "5&"), 1600, 3200);
	opened(&f);
	fake_drop(f.call);
	assert_in_range(expect(&f, "limit=500"), 3200, 6400);
	heard(&f, " Connection ShortWatch begin");
	finish(&f);
}

static void test_an_event_that_is_too_large_is_told(void **state)
{
	struct fixture f;
	begin_watching(&f);
	char huge[6000];
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	stream(&f, "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Widget\",\"metadata\":{\"name\":\"h\",\"namespace\":"
		   "\"n\"},"
		   "\"spec\":\"");
	stream(&f, huge);
	stream(&f, "\"}}" EVENT("ADDED", OBJECT("a", "8")));
	heard(&f, " !n/h +a@8 TooLarge");
	assert_string_equal(f.trouble.message, "1 of widgets left out: larger than 4096 bytes");
	fake_loop_run_for(&f.rig.loop, 60 * 1000);
	assert_false(f.asked);
	finish(&f);
}

/* Nobody knows which one it is: a list shows the others. */
static void test_an_event_too_large_for_its_name(void **state)
{
	struct fixture f;
	begin_watching(&f);
	char huge[6000];
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	fake_loop_run_for(&f.rig.loop, 60 * 1000);
	stream(&f, "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"");
	stream(&f, huge);
	stream(&f, "\"}}" EVENT("ADDED", OBJECT("a", "8")));
	expect(&f, "limit=500");
	heard(&f, " !/? +a@8 TooLarge begin");
	finish(&f);
}

static void bookmark_after(struct fixture *f, int seconds)
{
	fake_loop_run_for(&f->rig.loop, seconds * 1000);
	stream(f, BOOKMARK("7"));
}

/* Silence means something once the server has shown that it sends bookmarks. */
static void test_half_open_connections(void **state)
{
	struct fixture f;
	begin_watching(&f);
	bookmark_after(&f, 60);
	fake_end(f.call);
	expect(&f, WATCH "7&");
	assert_false(f.call->fresh_connection);
	opened(&f);
	bookmark_after(&f, 160); /* the first one proved nothing */
	fake_loop_run_for(&f.rig.loop, 149999);
	assert_false(f.asked);
	assert_int_equal(expect(&f, WATCH "7&"), 1);
	assert_true(f.call->fresh_connection);
	opened(&f);
	assert_int_equal(expect(&f, WATCH "7&"), 150000); /* and again, from its beginning */
	assert_true(f.call->fresh_connection);
	opened(&f);
	fake_end(f.call);
	heard(&f, " ShortWatch");
	expect(&f, "limit=500");
	answer(&f, 200, LIST("8", "", ""));
	expect(&f, WATCH "8&");
	assert_false(f.call->fresh_connection);
	finish(&f);
}

/* Our own deadline says the same of a server without bookmarks. */
static void test_a_watch_that_never_ends_is_suspect(void **state)
{
	struct fixture f;
	begin_watching(&f);
	assert_true(expect(&f, WATCH "5&") >= 330000);
	assert_true(f.call->fresh_connection);
	finish(&f);
}

static void test_objects_that_are_too_large(void **state)
{
	struct fixture f;
	begin(&f);
	char huge[6000];
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	expect(&f, "limit=500");
	fake_head(f.call, 200, "application/json", 0);
	stream(&f, "{\"kind\":\"WidgetList\",\"items\":[" OBJECT(
			   "a", "3") ",{\"metadata\":{\"name\":\"h\",\"namespace\":\"n\"},\"kind\":\"");
	stream(&f, huge);
	stream(&f, "\"}," OBJECT("b", "4") "],\"metadata\":{\"resourceVersion\":\"5\"}}");
	fake_end(f.call);
	expect(&f, WATCH "5&");
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 1000);
	heard(&f, " +a@3 !n/h +b@4 end TooLarge");
	assert_string_equal(f.trouble.message, "1 of widgets left out: larger than 4096 bytes");
	stream(&f, EVENT("ADDED", OBJECT("c", "6")));
	heard(&f, " +c@6"); /* still so */
	stream(&f, "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"e\"},\"kind\":\"");
	stream(&f, huge);
	stream(&f, "\"}}" EVENT("ADDED", OBJECT("d", "8")));
	heard(&f, " !/e +d@8"); /* the others go on */
	fake_end(f.call);
	expect(&f, WATCH "8&");
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_wrong_kind_is_skipped(void **state)
{
	struct fixture f;
	begin_watching(&f);
	stream(&f, EVENT("ADDED", "{\"kind\":\"Gadget\",\"metadata\":{\"resourceVersion\":\"9\"}}"));
	heard(&f, " WrongKind");
	stream(&f, EVENT("ADDED", OBJECT("a", "6")));
	heard(&f, " +a@6 well");
	fake_end(f.call);
	expect(&f, WATCH "6&");
	finish(&f);
}

/* Freed in each state: nothing is asked and nothing is heard afterwards. */
static void test_free_at_any_time(void **state)
{
	for (int when = 0; when < 6; when++) {
		struct fixture f;
		begin(&f);
		if (when > 0)
			expect(&f, "limit=500");
		if (when == 2)
			fake_fail(f.call, "Connect", "connection refused");
		if (when == 3)
			fake_head(f.call, 200, "", 0), stream(&f, "{\"kind\":\"WidgetList\",\"items\":[{");
		if (when > 3)
			answer(&f, 200, LIST("5", "", "")), expect(&f, WATCH "5&");
		if (when > 4)
			opened(&f), stream(&f, "{\"type\":");
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
		cmocka_unit_test(test_list_then_watch),
		cmocka_unit_test(test_every_byte_alone),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_pages_that_turn_in_a_circle),
		cmocka_unit_test(test_elements_that_are_no_objects),
		cmocka_unit_test(test_one_bad_object_does_not_stop_the_others),
		cmocka_unit_test(test_bookmarks_resume),
		cmocka_unit_test(test_cut_in_the_middle_of_an_event),
		cmocka_unit_test(test_time_of_a_watch),
		cmocka_unit_test(test_watches_that_end_at_once),
		cmocka_unit_test(test_watches_that_are_cut_at_once),
		cmocka_unit_test(test_an_event_that_is_too_large_is_told),
		cmocka_unit_test(test_an_event_too_large_for_its_name),
		cmocka_unit_test(test_half_open_connections),
		cmocka_unit_test(test_a_watch_that_never_ends_is_suspect),
		cmocka_unit_test(test_objects_that_are_too_large),
		cmocka_unit_test(test_wrong_kind_is_skipped),
		cmocka_unit_test(test_free_at_any_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the reflector makes of refusals, of servers that are away, and of answers that are none. */
#include "watch_rig.h"

static void test_expired_continue_token(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "t", OBJECT("a", "3")));
	expect(&f, "limit=500&continue=t");
	answer(&f, 410, STATUS("410", "Expired"));
	assert_int_equal(expect(&f, ""), 0);
	assert_string_equal(f.call->query, "");
	answer(&f, 200, LIST("9", "", OBJECT("b", "8")));
	heard(&f, " +a@3 begin +b@8 end");
	expect(&f, WATCH "9&");
	finish(&f);
}

static void test_410_on_the_first_page(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 410, STATUS("410", "Expired"));
	int64_t wait = expect(&f, "limit=500");
	assert_true(wait >= 800 && wait < 1600);
	heard(&f, " Expired begin");
	finish(&f);
}

static void list_again(struct fixture *f)
{
	int64_t wait = expect(f, "limit=500");
	assert_true(wait >= 800 && wait < 1600);
	answer(f, 200, LIST("20", "", OBJECT("z", "19")));
	expect(f, WATCH "20&");
	opened(f);
}

static void test_410_as_answer_to_the_watch(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	answer(&f, 410, STATUS("410", "Gone"));
	list_again(&f);
	heard(&f, " end begin +z@19 end"); /* everyday life: no trouble */
	finish(&f);
}

static void test_410_long_after_the_list(void **state)
{
	struct fixture f;
	begin_watching(&f);
	fake_loop_run_for(&f.rig.loop, 30000);
	stream(&f, EVENT("ERROR", STATUS("410", "Expired")));
	assert_int_equal(expect(&f, "limit=500"), 0); /* as after a restart of the server: no reason to wait */
	answer(&f, 200, LIST("6", "", ""));
	expect(&f, WATCH "6&");
	answer(&f, 410, STATUS("410", "Expired"));
	assert_in_range(expect(&f, "limit=500"), 800, 1600); /* not list after list */
	heard(&f, " begin end begin");
	finish(&f);
}

static void test_410_as_event(void **state)
{
	struct fixture f;
	begin_watching(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "6")) EVENT("ERROR", STATUS("410", "Expired"))
			   EVENT("ADDED", OBJECT("b", "7")));
	heard(&f, " +a@6");
	assert_true(f.call->gone);
	list_again(&f);
	heard(&f, " begin +z@19 end");
	finish(&f);
}

static void test_error_events(void **state)
{
	static const struct {
		const char *event, *told;
	} rows[] = {
		{EVENT("ERROR", STATUS("500", "InternalError")), " InternalError"},
		{EVENT("ERROR", STATUS("403", "Forbidden")), " Forbidden"},
		{EVENT("ERROR", STATUS("403", "Forbidden")) "(", " Forbidden"}, /* what follows it means nothing */
		{EVENT("ERROR", "{\"kind\":\"Widget\"}"), " BadEvent"},
		{EVENT("ERROR", "7"), " BadEvent"},
		{EVENT("SURPRISE", OBJECT("a", "6")), " BadEvent"},
		{EVENT("ADDED", "{\"kind\":\"Widget\",\"metadata\":{}}"), " BadEvent"},
		{EVENT("ADDED", "{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":6}}"), " BadEvent"},
		{"[]\n", " BadEvent"},
		{"{\"type\":\"ADDED\",\"type\":\"DELETED\",\"object\":" OBJECT("a", "6") "}", " BadEvent"},
		{"{\"type\":\"ADDED\",\"object\":[" OBJECT("a", "6") "]}", " BadEvent"},
		{"{\"type\":\"ADDED\",\"object\":{\"spec\":{\"a\" 1}}}", " transient"},
		{"{\"type\":\"ADDED\",\"object\":{\"kind\" 1}}", " transient"},
		{"<html>", " transient"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		begin_watching(&f);
		stream(&f, rows[i].event);
		heard(&f, rows[i].told);
		list_again(&f);
		fake_loop_run_for(&f.rig.loop, 1000);
		heard(&f, " begin +z@19 end well");
		finish(&f);
	}
}

static void test_429_event_keeps_the_version(void **state)
{
	struct fixture f;
	begin_watching(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "6")));
	stream(&f, EVENT("ERROR", "{\"kind\":\"Status\",\"code\":429,\"reason\":\"TooManyRequests\",\"message\":\"m\","
				  "\"details\":{\"retryAfterSeconds\":4}}"));
	heard(&f, " +a@6 TooManyRequests");
	assert_int_equal(expect(&f, WATCH "6&"), 4000);
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_refusals_with_a_time_keep_the_version(void **state)
{
	static const int refusals[] = {429, 503};
	for (size_t i = 0; i < 2; i++) {
		struct fixture f;
		begin(&f);
		expect(&f, "limit=500");
		answer(&f, 200, LIST("5", "", ""));
		expect(&f, WATCH "5&");
		for (int k = 0; k < 10; k++) {
			fake_answer_retry(f.call, refusals[i], 1, "slow down");
			fake_loop_settle(&f.rig.loop);
			assert_int_equal(expect(&f, WATCH "5&"), 1000);
		}
		heard(&f, i == 0 ? " end TooManyRequests" : " end ServiceUnavailable");
		assert_int_equal(f.lists, 1);
		fake_answer_retry(f.call, refusals[i], 1, "slow down"); /* once too often */
		fake_loop_settle(&f.rig.loop);
		assert_in_range(expect(&f, i == 0 ? WATCH "5&" : "limit=500"), 1000, 1600);
		finish(&f);
	}
}

static void test_429_without_a_time_keeps_the_version(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	answer(&f, 429, "slow down");
	assert_in_range(expect(&f, WATCH "5&"), 800, 1600);
	answer(&f, 429, "slow down");
	assert_in_range(expect(&f, WATCH "5&"), 1600, 3200);
	heard(&f, " end TooManyRequests");
	finish(&f);
}

static void test_429_in_the_middle_of_a_list(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "t", OBJECT("a", "3")));
	expect(&f, "limit=500&continue=t");
	fake_answer_retry(f.call, 429, 3, "slow down");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(expect(&f, "limit=500&continue=t"), 3000);
	answer(&f, 200, LIST("5", "", OBJECT("b", "4")));
	heard(&f, " +a@3 TooManyRequests +b@4 end");
	finish(&f);
}

static void test_refused_connections_keep_the_version(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	int64_t least = 800;
	for (int i = 0; i < 8; i++) {
		fake_fail(f.call, "Connect", "connection refused");
		fake_loop_settle(&f.rig.loop);
		int64_t wait = expect(&f, WATCH "5&");
		assert_in_range(wait, least, least * 2);
		least = least * 2 < 15000 ? least * 2 : 15000;
	}
	heard(&f, " end Connect");
	opened(&f);
	stream(&f, EVENT("ADDED", OBJECT("a", "6")));
	heard(&f, " +a@6 well");
	fake_loop_run_for(&f.rig.loop, 130000);
	fake_drop(f.call);
	assert_int_equal(expect(&f, WATCH "6&"), 0);
	fake_fail(f.call, "Connect", "connection refused");
	assert_in_range(expect(&f, WATCH "6&"), 800, 1600); /* quiet for two minutes: from the beginning */
	assert_int_equal(f.lists, 1);
	finish(&f);
}

static void test_server_away_at_the_start(void **state)
{
	struct fixture f;
	begin(&f);
	for (int i = 0; i < 3; i++) {
		expect(&f, "limit=500");
		static const char *const messages[] = {
			"refused after 3 ms", "refused after 12 ms", "wrong certificate"};
		fake_fail(f.call, "Connect", messages[i]);
		fake_loop_settle(&f.rig.loop);
	}
	heard(&f, " Connect begin begin Connect");
	assert_string_equal(f.trouble.message, "GET /apis/x/v1/widgets: wrong certificate");
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	opened(&f);
	heard(&f, " begin end");
	fake_loop_run_for(&f.rig.loop, 1000);
	heard(&f, " well");
	finish(&f);
}

static void test_answers_that_are_no_lists(void **state)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		"{}",
		"{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[]}",
		"{\"kind\":\"WidgetList\",\"metadata\":{},\"items\":[]}",
		"{\"kind\":\"WidgetList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[",
		"{\"kind\":\"WidgetList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[]}}",
		"[]",
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct fixture f;
		begin(&f);
		expect(&f, "limit=500");
		answer(&f, 200, bodies[i]);
		heard(&f, " transient");
		list_again(&f);
		stream(&f, BOOKMARK("21"));
		heard(&f, " begin +z@19 end well");
		finish(&f);
	}
}

static void test_list_cut_in_the_middle(void **state)
{
	struct fixture f;
	begin(&f);
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "t", OBJECT("a", "3")));
	expect(&f, "limit=500&continue=t");
	fake_head(f.call, 200, "application/json", 0);
	stream(&f, "{\"kind\":\"WidgetList\",\"items\":[" OBJECT("b", "4") ",{\"ki");
	fake_drop(f.call);
	fake_loop_settle(&f.rig.loop);
	heard(&f, " +a@3 +b@4 Connection");
	list_again(&f);
	heard(&f, " begin +z@19 end");
	finish(&f);
}

static void test_type_not_installed(void **state)
{
	struct fixture f;
	begin(&f);
	for (int i = 0; i < 5; i++) {
		expect(&f, "limit=500");
		answer(&f, 404, "404 page not found\n");
	}
	heard(&f, " NotFound begin begin begin begin");
	assert_string_equal(f.trouble.message,
		"the API server does not know widgets; install the resource type with: kubectl apply -f crds/");
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	opened(&f);
	fake_loop_run_for(&f.rig.loop, 1000);
	heard(&f, " begin end well");
	finish(&f);
}

static void test_watch_forbidden_is_told_once(void **state)
{
	struct fixture f;
	begin(&f);
	for (int i = 0; i < 3; i++) {
		expect(&f, "limit=500");
		answer(&f, 200, LIST("5", "", ""));
		expect(&f, WATCH "5&");
		answer(&f, 403, STATUS("403", "Forbidden"));
	}
	heard(&f, " end Forbidden begin end begin end");
	assert_string_equal(f.trouble.reason, "PermissionDenied");
	finish(&f);
}

static void test_unauthorized_takes_a_fresh_token(void **state)
{
	struct fixture f;
	begin_new(&f);
	f.rig.config.own_token_file = mem_strdup("/token");
	fake_env_file(&f.rig.env, "/token", "one");
	expect(&f, STREAM);
	answer(&f, 422, STATUS("422", "Invalid"));
	expect(&f, "limit=500");
	answer(&f, 200, LIST("5", "", ""));
	expect(&f, WATCH "5&");
	assert_string_equal(fake_header(f.call, "Authorization"), "Bearer one");
	fake_env_file(&f.rig.env, "/token", "two");
	answer(&f, 401, STATUS("401", "Unauthorized"));
	assert_int_equal(expect(&f, WATCH "5&"), 0);
	assert_string_equal(fake_header(f.call, "Authorization"), "Bearer two");
	fake_env_file(&f.rig.env, "/token", "three"); /* once is enough */
	answer(&f, 401, "{\"kind\":\"Status\",\"reason\":\"Unauthorized\",\"message\":\"the second\"}");
	heard(&f, " begin begin end Unauthorized");
	assert_non_null(strstr(f.trouble.message, "widgets: the second; "));
	assert_in_range(expect(&f, "limit=500"), 800, 1600);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expired_continue_token),
		cmocka_unit_test(test_410_on_the_first_page),
		cmocka_unit_test(test_410_as_answer_to_the_watch),
		cmocka_unit_test(test_410_long_after_the_list),
		cmocka_unit_test(test_410_as_event),
		cmocka_unit_test(test_error_events),
		cmocka_unit_test(test_429_event_keeps_the_version),
		cmocka_unit_test(test_refusals_with_a_time_keep_the_version),
		cmocka_unit_test(test_429_without_a_time_keeps_the_version),
		cmocka_unit_test(test_429_in_the_middle_of_a_list),
		cmocka_unit_test(test_refused_connections_keep_the_version),
		cmocka_unit_test(test_server_away_at_the_start),
		cmocka_unit_test(test_answers_that_are_no_lists),
		cmocka_unit_test(test_list_cut_in_the_middle),
		cmocka_unit_test(test_type_not_installed),
		cmocka_unit_test(test_watch_forbidden_is_told_once),
		cmocka_unit_test(test_unauthorized_takes_a_fresh_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* gce_new and gce_send. */
#include "rig.h"

static const struct gce_request read_map = {
	.project = "p", .budget = GCE_READ, .method = "GET", .path = "projects/p/global/urlMaps/m"};

static void sends_what_it_should(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	struct gce_request request = read_map;
	request.query = "fields=name";
	gce_send(rig->gce, &request, told_answer, &told);
	assert_int_equal(told.count, 0);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "GET");
	assert_string_equal(call->url,
		"https://compute.example/compute/v1/projects/p/global/urlMaps/m?fields=name&prettyPrint=false");
	assert_string_equal(fake_header(call, "Authorization"), "Bearer ya29.first");
	assert_string_equal(fake_header(call, "Accept"), "application/json");
	assert_null(fake_header(call, "Content-Type"));
	assert_int_equal(call->body_length, 0);
	assert_false(call->own_connection);
	rig_answer(rig, call, 200, "{\"name\":\"m\"}");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_NONE);
	assert_int_equal(told.status, 200);
	assert_string_equal(told.body, "{\"name\":\"m\"}");
	assert_int_equal(told.length, 12);
}

static void sends_a_body(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	char body[] = "{\"group\":\"g\"}";
	struct gce_request request = {.project = "p",
		.budget = GCE_HEALTH,
		.method = "POST",
		.path = "projects/p/global/backendServices/b/getHealth",
		.body = body};
	gce_send(rig->gce, &request, told_answer, &told);
	memset(body, 'x', sizeof(body) - 1);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->body, "{\"group\":\"g\"}");
	assert_string_equal(fake_header(call, "Content-Type"), "application/json");
	rig_answer(rig, call, 200, "{}");
	assert_int_equal(told.err.class, ERROR_NONE);
	assert_int_equal(gce_counted(rig->gce).calls[GCE_HEALTH], 1);
	assert_int_equal(gce_counted(rig->gce).calls[GCE_READ], 0);
}

static void joins_answers_that_come_in_pieces(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	rig->http.piece = 1;
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_answer(rig, rig_next(rig), 200, "{\"name\":\"m\"}");
	assert_string_equal(told.body, "{\"name\":\"m\"}");
}

static void an_error_names_the_resource(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_refuse(rig, rig_next(rig), 403, "forbidden", "No permission.");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_REJECTED);
	assert_ptr_equal(strstr(told.err.message, "urlMaps/m: No permission."), told.err.message);
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_refuse(rig, rig_next(rig), 404, "notFound", "The resource 'projects/p/global/urlMaps/m' was not found");
	assert_string_equal(told.err.message, "The resource 'projects/p/global/urlMaps/m' was not found");
}

static void reads_are_tried_four_times(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	int64_t before = rig->loop.now_ms, pauses[4];
	gce_send(rig->gce, &read_map, told_answer, &told);
	for (int i = 0; i < 4; i++) {
		struct fake_call *call = rig_wait(rig, 20000);
		assert_non_null(call);
		pauses[i] = rig->loop.now_ms - before;
		before = rig->loop.now_ms;
		if (i % 2)
			rig_drop(rig, call);
		else
			rig_answer(rig, call, 503, "");
	}
	assert_in_range(pauses[1], 750, 1250);
	assert_in_range(pauses[2], 1500, 2500);
	assert_in_range(pauses[3], 3000, 5000);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_TRANSIENT);
	assert_string_equal(told.err.reason, "CloudUnavailable");
	assert_non_null(strstr(told.err.message, "urlMaps/m"));
	assert_null(rig_wait(rig, 60000));
	assert_int_equal(gce_counted(rig->gce).calls[GCE_READ], 2); /* those that were answered */
}

static void a_later_try_may_succeed(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	fake_head(rig_next(rig), 200, json_type, 0);
	/* The first answer breaks off; what came of it must not stand before the second. */
	gce_cancel(NULL);
	struct fake_call *call = rig->http.calls.own_items[0];
	fake_chunk(call, "{\"na", 4);
	rig_drop(rig, call);
	call = rig_wait(rig, 2000);
	assert_non_null(call);
	rig_answer(rig, call, 200, "{\"name\":\"m\"}");
	assert_int_equal(told.count, 1);
	assert_string_equal(told.body, "{\"name\":\"m\"}");
}

static void waits_as_long_as_a_503_asks(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	fake_answer_retry(rig_next(rig), 503, 30, "");
	assert_null(rig_wait(rig, 29000));
	struct fake_call *call = rig_wait(rig, 2000);
	assert_non_null(call);
	fake_answer_retry(call, 503, 600, ""); /* too long to sit through */
	fake_loop_settle(&rig->loop);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.retry_after_ms, 600000);
}

static void posts_and_definite_answers_are_not_tried_again(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	struct gce_request post = {.project = "p",
		.budget = GCE_HEALTH,
		.method = "POST",
		.path = "projects/p/global/backendServices/b/getHealth",
		.body = "{}"};
	gce_send(rig->gce, &post, told_answer, &told);
	rig_answer(rig, rig_next(rig), 503, "");
	assert_int_equal(told.count, 1);
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_refuse(rig, rig_next(rig), 400, "invalid", "No.");
	assert_int_equal(told.count, 2);
	assert_null(rig_wait(rig, 60000));
}

static void an_answer_that_never_comes_is_an_error(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_TRANSIENT);
}

static void refuses_answers_of_the_wrong_shape(void **state)
{
	struct rig *rig = *state;
	static const char *const bodies[] = {"", "  \n", "[]", "\"x\"", "null", "7", "{", "{\"name\":\"m\"",
		"{\"name\":}", "<html></html>", "{}{}", "{\"a\":1,\"a\":2}", "\xff\xfe"};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct told told = {0};
		gce_send(rig->gce, &read_map, told_answer, &told);
		rig_answer(rig, rig_next(rig), 200, bodies[i]);
		assert_int_equal(told.count, 1);
		if (told.err.class != ERROR_TRANSIENT)
			fail_msg("accepted %s", bodies[i]);
		assert_string_equal(told.err.code, "BadAnswer");
		assert_ptr_equal(strstr(told.err.message, "urlMaps/m: Compute Engine's answer cannot be used: "),
			told.err.message);
	}
}

static void every_prefix_of_an_answer_is_refused(void **state)
{
	struct rig *rig = *state;
	static const char whole[] =
		"{\"kind\":\"compute#urlMap\",\"hosts\":[{\"a\":\"\\u00fc\\\"\"},-1.5e3,true,null],\"name\":\"m\"}";
	for (size_t length = 0; length < strlen(whole); length++) {
		struct told told = {0};
		fake_loop_run_for(&rig->loop, 1000);
		gce_send(rig->gce, &read_map, told_answer, &told);
		fake_answer_bytes(rig_next(rig), 200, json_type, whole, length);
		fake_loop_settle(&rig->loop);
		assert_int_equal(told.count, 1);
		assert_int_equal(told.err.class, ERROR_TRANSIENT);
	}
}

static void refuses_answers_beyond_16_mib(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	AUTO_FREE char *mib = mem_alloc(1 << 20);
	memset(mib, ' ', 1 << 20);
	gce_send(rig->gce, &read_map, told_answer, &told);
	struct fake_call *call = rig_next(rig);
	fake_head(call, 200, json_type, 0);
	for (int i = 0; i < 17; i++)
		fake_chunk(call, mib, 1 << 20);
	fake_end(call);
	fake_loop_settle(&rig->loop);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.err.code, "TooLarge");
	assert_non_null(strstr(told.err.message, "larger than 16 MiB"));
	assert_null(rig_wait(rig, 60000)); /* it would not get smaller */
}

static void long_refusals_are_read_to_their_end(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	AUTO_FREE char *page = mem_alloc(200001);
	memset(page, 'x', 200000);
	memcpy(page, "<html>", 6);
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_answer(rig, rig_next(rig), 400, page);
	assert_int_equal(told.err.class, ERROR_REJECTED);
	assert_non_null(strstr(told.err.message, "HTML"));
}

static void a_throttled_budget_delays_its_own_calls_only(void **state)
{
	struct rig *rig = *state;
	struct told told = {0}, second = {0}, other = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_refuse(rig, rig_next(rig), 403, "rateLimitExceeded", "Rate Limit Exceeded");
	assert_int_equal(told.err.class, ERROR_THROTTLED);
	assert_in_range(told.err.retry_after_ms, 20000, 60000);
	assert_int_equal(gce_counted(rig->gce).throttled, 1);
	gce_send(rig->gce, &read_map, told_answer, &second);
	assert_null(rig_wait(rig, 19000));
	struct gce_request elsewhere = read_map;
	elsewhere.project = "q";
	gce_send(rig->gce, &elsewhere, told_answer, &other);
	rig_answer(rig, rig_next(rig), 200, "{}");
	assert_int_equal(other.count, 1);
	assert_int_equal(second.count, 0);
	struct fake_call *call = rig_wait(rig, 42000);
	assert_non_null(call);
	rig_answer(rig, call, 200, "{}");
	assert_int_equal(second.err.class, ERROR_NONE);
}

static void ignore_item(void *arg, const char *text, size_t length)
{
}

static void ignore_end(void *arg, const struct error *err)
{
}

/* More lists than their rate allows, refused on top of that: a call for one resource leaves at once. */
static void short_calls_do_not_stand_behind_lists(void **state)
{
	struct rig *rig = *state;
	static const char *const paths[] = {"projects/p/global/urlMaps", "projects/p/aggregated/instanceGroupManagers"};
	struct gce_request elsewhere = {.project = "p",
		.budget = GCE_WRITE,
		.method = "DELETE",
		.path = "projects/p/zones/us-central1-a/instanceGroupManagers/g"};
	struct gce_request health = {.project = "p",
		.budget = GCE_HEALTH,
		.method = "POST",
		.path = "projects/p/global/backendServices/b/getHealth"};
	struct told told = {0};
	int lists = 0;

	for (int i = 0; i < 200; i++)
		gce_list(rig->gce, &(struct gce_list){.project = "p",
					   .path = paths[i % 2],
					   .inner = i % 2 ? "instanceGroupManagers" : NULL,
					   .item = ignore_item,
					   .done = ignore_end});
	for (struct fake_call *call; (call = rig_wait(rig, 0)); lists++)
		rig_refuse(rig, call, 403, "rateLimitExceeded", "Rate Limit Exceeded");
	assert_int_equal(lists, 16 + 8); /* of each kind what may be under way */
	gce_send(rig->gce, &read_map, told_answer, &told);
	assert_string_equal(rig_next(rig)->method, "GET");
	gce_send(rig->gce, &elsewhere, told_answer, &told);
	assert_string_equal(rig_next(rig)->method, "DELETE");
	gce_send(rig->gce, &health, told_answer, &told);
	assert_true(text_ends(rig_next(rig)->path, "/getHealth"));
}

static void a_path_that_needs_escaping_is_refused_without_a_call(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	struct gce_request request = read_map;
	request.path = "projects/p/../../q?x";
	gce_send(rig->gce, &request, told_answer, &told);
	assert_int_equal(told.count, 0); /* not from within */
	fake_loop_settle(&rig->loop);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.err.reason, "InvalidSpec");
	assert_int_equal(rig->http.sent, 0);
}

static void cancel_is_silent_at_every_stage(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	struct gce_request bad = read_map;
	bad.path = "/";
	gce_cancel(gce_send(rig->gce, &bad, told_answer, &told));
	gce_cancel(gce_send(rig->gce, &read_map, told_answer, &told));
	struct gce_call *call = gce_send(rig->gce, &read_map, told_answer, &told);
	struct fake_call *open = rig_next(rig);
	gce_cancel(call);
	assert_true(open->gone);
	fake_answer(open, 200, json_type, "{}");
	call = gce_send(rig->gce, &read_map, told_answer, &told);
	rig_drop(rig, rig_next(rig));
	gce_cancel(call); /* while it pauses */
	struct gce_call *waiting[40];
	for (int i = 0; i < 40; i++)
		waiting[i] = gce_send(rig->gce, &read_map, told_answer, &told);
	for (int i = 39; i >= 0; i--) /* those in line first */
		gce_cancel(waiting[i]);
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(told.count, 0);
}

struct chain {
	struct rig *rig;
	struct gce_call *other;
	unsigned count;
};

static void cancel_other(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct chain *chain = arg;
	chain->count++;
	gce_cancel(TAKE(chain->other));
	if (chain->count == 1)
		gce_send(chain->rig->gce, &read_map, cancel_other, chain);
}

static void callbacks_may_cancel_and_send(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	struct chain chain = {.rig = rig};
	gce_send(rig->gce, &read_map, cancel_other, &chain);
	chain.other = gce_send(rig->gce, &read_map, told_answer, &told);
	struct fake_call *first = rig_next(rig), *second = rig_next(rig);
	fake_answer(first, 200, json_type, "{}");
	fake_answer(second, 200, json_type, "{}");
	fake_loop_settle(&rig->loop);
	assert_int_equal(told.count, 0);
	rig_answer(rig, rig_next(rig), 200, "{}");
	assert_int_equal(chain.count, 2);
}

static void free_forgets_everything_in_flight(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	for (int i = 0; i < 50; i++)
		gce_send(rig->gce, &read_map, told_answer, &told);
	rig_drop(rig, rig_next(rig));
	size_t sent = rig->http.sent;
	gce_free(rig->gce);
	rig->gce = NULL;
	fake_loop_run_for(&rig->loop, 100000);
	assert_int_equal(rig->http.sent, sent); /* those in line stayed there */
	assert_int_equal(told.count, 0);
	gce_free(NULL);
}

static void new_says_what_is_wrong(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "NO_GCE_CHECK", "true");
	static const struct {
		const char *endpoint, *file, *why;
	} cases[] = {
		{"http://compute.googleapis.com/", "/token", "plain http"},
		{"https://compute.googleapis.com/compute/v1/", NULL,
			"no credentials: set GOOGLE_APPLICATION_CREDENTIALS"},
		{"https://compute.googleapis.com/compute/v1/", "/nowhere", "/nowhere"},
		{"https://127.0.0.1/", NULL, "no credentials: set GOOGLE_APPLICATION_CREDENTIALS"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = {0};
		struct gce_options options = {
			&rig->loop.loop, &rig->env.env, &rig->http.http, cases[i].endpoint, cases[i].file};
		assert_null(gce_new(&options, &err));
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_non_null(strstr(err.message, cases[i].why));
	}
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG(sends_what_it_should),
		RIG(sends_a_body),
		RIG(joins_answers_that_come_in_pieces),
		RIG(an_error_names_the_resource),
		RIG(reads_are_tried_four_times),
		RIG(a_later_try_may_succeed),
		RIG(waits_as_long_as_a_503_asks),
		RIG(posts_and_definite_answers_are_not_tried_again),
		RIG(an_answer_that_never_comes_is_an_error),
		RIG(refuses_answers_of_the_wrong_shape),
		RIG(every_prefix_of_an_answer_is_refused),
		RIG(refuses_answers_beyond_16_mib),
		RIG(long_refusals_are_read_to_their_end),
		RIG(a_throttled_budget_delays_its_own_calls_only),
		RIG(short_calls_do_not_stand_behind_lists),
		RIG(a_path_that_needs_escaping_is_refused_without_a_call),
		RIG(cancel_is_silent_at_every_stage),
		RIG(callbacks_may_cancel_and_send),
		RIG(free_forgets_everything_in_flight),
		RIG(new_says_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

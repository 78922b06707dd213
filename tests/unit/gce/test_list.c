/* gce_list: complete, or an error. */
#include "rig.h"

struct seen {
	struct str items;       /* all elements, each in its own line */
	struct str unreachable; /* likewise */
	unsigned count, done;
	struct error err; /* class NONE: complete */
	struct gce_call *cancel_at_item, *cancel_at_unreachable;
};

static void on_item(void *arg, const char *text, size_t length)
{
	struct seen *seen = arg;
	assert_int_equal(seen->done, 0);
	seen->count++;
	str_add(&seen->items, text, length);
	str_adds(&seen->items, "\n");
	gce_cancel(TAKE(seen->cancel_at_item));
}

static void on_unreachable(void *arg, const char *scope)
{
	struct seen *seen = arg;
	assert_int_equal(seen->done, 0);
	str_addf(&seen->unreachable, "%s\n", scope);
	gce_cancel(TAKE(seen->cancel_at_unreachable));
}

static void on_done(void *arg, const struct error *err)
{
	struct seen *seen = arg;
	seen->done++;
	seen->err = err ? *err : (struct error){0};
}

static void seen_done(struct seen *seen)
{
	str_done(&seen->items);
	str_done(&seen->unreachable);
}
#define SEEN(name) __attribute__((cleanup(seen_done))) struct seen name = {0}

static struct gce_call *list_maps(struct rig *rig, struct seen *seen)
{
	struct gce_list list = {
		.project = "p", .path = "projects/p/global/urlMaps", .item = on_item, .done = on_done, .arg = seen};
	return gce_list(rig->gce, &list);
}

static struct gce_call *list_groups(struct rig *rig, struct seen *seen)
{
	struct gce_list list = {.project = "p",
		.path = "projects/p/aggregated/instanceGroupManagers",
		.inner = "instanceGroupManagers",
		.item = on_item,
		.unreachable = on_unreachable,
		.done = on_done,
		.arg = seen};
	return gce_list(rig->gce, &list);
}

static void reads_all_pages(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	char value[100];
	list_maps(rig, &seen);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->path, "/compute/v1/projects/p/global/urlMaps");
	assert_true(fake_query(call, "maxResults", value, sizeof(value)));
	assert_string_equal(value, "500");
	assert_false(fake_query(call, "pageToken", value, sizeof(value)));
	assert_false(fake_query(call, "returnPartialSuccess", value, sizeof(value)));
	rig_answer(rig, call, 200,
		"{\"kind\":\"compute#urlMapList\",\"items\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"nextPageToken\":\"C/"
		"+=&x\"}");
	assert_int_equal(seen.done, 0);
	call = rig_next(rig);
	assert_true(fake_query(call, "pageToken", value, sizeof(value)));
	assert_string_equal(value, "C%2F%2B%3D%26x");
	rig_answer(rig, call, 200,
		"{\"kind\":\"compute#urlMapList\",\"nextPageToken\":\"D\"}"); /* empty, and yet not the last */
	rig_answer(rig, rig_next(rig), 200,
		"{\"nextPageToken\":\"\",\"items\":[{\"name\":\"c\"}],\"kind\":\"compute#urlMapList\"}");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_NONE);
	assert_string_equal(str_text(&seen.items), "{\"name\":\"a\"}\n{\"name\":\"b\"}\n{\"name\":\"c\"}\n");
	assert_int_equal(gce_counted(rig->gce).calls[GCE_LIST], 3);
}

static void an_empty_list_is_complete(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 200,
		"{\"kind\":\"compute#urlMapList\",\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\",\"message\":\"There are "
		"no results on this page.\"}}");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_NONE);
	assert_int_equal(seen.count, 0);
}

static void pieces_of_any_size_give_the_same(void **state)
{
	struct rig *rig = *state;
	for (size_t piece = 1; piece < 40; piece++) {
		SEEN(seen);
		rig->http.piece = piece;
		list_maps(rig, &seen);
		struct fake_call *call = rig_wait(rig, 1000);
		assert_non_null(call);
		rig_answer(rig, call, 200,
			"{\n \"kind\": \"compute#urlMapList\",\n \"items\": [\n  {\"name\": \"a]\\\"\"},\n  {\"x\": "
			"[{}]}\n ]\n}\n");
		assert_int_equal(seen.done, 1);
		assert_int_equal(seen.err.class, ERROR_NONE);
		assert_string_equal(str_text(&seen.items), "{\"name\": \"a]\\\"\"}\n{\"x\": [{}]}\n");
	}
}

static void aggregated_lists_bring_their_inner_elements(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	char value[100];
	list_groups(rig, &seen);
	struct fake_call *call = rig_next(rig);
	assert_true(fake_query(call, "returnPartialSuccess", value, sizeof(value)));
	assert_string_equal(value, "true");
	rig_answer(rig, call, 200,
		"{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"items\":{\"zones/"
		"a\":{\"instanceGroupManagers\":[{\"name\":\"x\"}]},"
		"\"regions/r\":{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\",\"message\":\"m\"}},\"zones/"
		"b\":{\"instanceGroupManagers\":[{\"name\":\"y\"},"
		"{\"name\":\"z\"}]}}}");
	assert_int_equal(seen.err.class, ERROR_NONE);
	assert_int_equal(seen.done, 1);
	assert_string_equal(str_text(&seen.items), "{\"name\":\"x\"}\n{\"name\":\"y\"}\n{\"name\":\"z\"}\n");
	assert_string_equal(str_text(&seen.unreachable), "");
}

static void unreachable_scopes_are_told_once_each(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_groups(rig, &seen);
	rig_answer(rig, rig_next(rig), 200,
		"{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"nextPageToken\":\"t\",\"items\":{\"zones/"
		"a\":{\"warning\":{\"code\":"
		"\"UNREACHABLE\"}},\"zones/"
		"b\":{\"instanceGroupManagers\":[{\"name\":\"y\"}]}},\"unreachables\":[\"zones/c\",\"zones/a\"]}");
	rig_answer(rig, rig_next(rig), 200,
		"{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"items\":{\"zones/"
		"a\":{\"warning\":{\"code\":\"UNREACHABLE\"}}},"
		"\"unreachables\":[\"zones/d\"]}");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
	assert_string_equal(seen.err.code, "UNREACHABLE");
	assert_non_null(strstr(seen.err.message, "zones/c and others"));
	assert_string_equal(str_text(&seen.unreachable), "zones/c\nzones/a\nzones/d\n");
	assert_int_equal(seen.count, 1);
}

static void a_plain_list_with_a_hole_is_an_error(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 200,
		"{\"kind\":\"compute#urlMapList\",\"warning\":{\"code\":\"UNREACHABLE\",\"message\":\"part of it\"}}");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
	assert_non_null(strstr(seen.err.message, "part of it"));
}

static const char *const wrong_plain[] = {"", " ", "null", "[]", "\"x\"", "{}", "{\"items\":[]}", "<html></html>",
	"{\"kind\":\"compute#urlMap\"}", "{\"kind\":7}", "{\"kind\":\"compute#urlMapList\",\"items\":{}}",
	"{\"kind\":\"compute#urlMapList\",\"items\":\"x\"}", "{\"kind\":\"compute#urlMapList\",\"items\":null}",
	"{\"kind\":\"compute#urlMapList\",\"items\":[7]}", "{\"kind\":\"compute#urlMapList\",\"items\":[[]]}",
	"{\"kind\":\"compute#urlMapList\",\"nextPageToken\":7}", "{\"kind\":\"compute#urlMapList\",\"items\":[{}]",
	"{\"kind\":\"compute#urlMapList\"}x", "{\"kind\":\"compute#urlMapList\",}",
	"{\"kind\":\"compute#urlMapList\",\"unreachables\":[\"zones/z\"]}"};

static void answers_of_the_wrong_shape_are_no_lists(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(wrong_plain) / sizeof(wrong_plain[0]); i++) {
		SEEN(seen);
		list_maps(rig, &seen);
		struct fake_call *call = rig_wait(rig, 1000);
		rig_answer(rig, call, 200, wrong_plain[i]);
		assert_int_equal(seen.done, 1);
		if (seen.err.class != ERROR_TRANSIENT)
			fail_msg("took %s for a list", wrong_plain[i]);
		assert_ptr_equal(strstr(seen.err.message, "urlMaps: "), seen.err.message);
	}
}

static void lists_are_charged_to_the_quota_that_counts_them(void **state)
{
	struct rig *rig = *state;
	static const struct {
		const char *path, *inner;
		enum gce_budget budget;
	} cases[] = {
		{"projects/p/global/urlMaps", NULL, GCE_LIST},
		{"projects/p/aggregated/instanceGroupManagers", "instanceGroupManagers", GCE_HEAVY},
		{"projects/p/aggregated/operations", "operations", GCE_HEAVY},
		{"projects/p/zones/z/operations", NULL, GCE_OPERATION},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SEEN(seen);
		struct gce_counts before = gce_counted(rig->gce);
		struct gce_list list = {.project = "p",
			.path = cases[i].path,
			.inner = cases[i].inner,
			.item = on_item,
			.done = on_done,
			.arg = &seen};
		gce_list(rig->gce, &list);
		rig_answer(rig, rig_next(rig), 200, "{}");
		assert_int_equal(gce_counted(rig->gce).calls[cases[i].budget], before.calls[cases[i].budget] + 1);
	}
}

static void aggregated_answers_of_the_wrong_shape_are_no_lists(void **state)
{
	struct rig *rig = *state;
	static const char *const items[] = {"[]", "[{\"name\":\"x\"}]", "7", "{\"zones/a\":[]}", "{\"zones/a\":7}",
		"{\"zones/a\":{\"instanceGroupManagers\":{}}}", "{\"zones/a\":{\"instanceGroupManagers\":7}}",
		"{\"zones/a\":{\"instanceGroupManagers\":[7]}}", "{\"zones/a\":{\"warning\":{}}}"};
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		SEEN(seen);
		list_groups(rig, &seen);
		AUTO_FREE char *body =
			mem_printf("{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"items\":%s}", items[i]);
		rig_answer(rig, rig_wait(rig, 1000), 200, body);
		assert_int_equal(seen.done, 1);
		if (seen.err.class != ERROR_TRANSIENT)
			fail_msg("took %s for a list", items[i]);
	}
}

static void every_prefix_is_an_error(void **state)
{
	struct rig *rig = *state;
	static const char whole[] =
		"{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"items\":{\"zones/"
		"a\":{\"instanceGroupManagers\":"
		"[{\"name\":\"x\\u00fc\"}]},\"zones/b\":{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}}}}";
	for (size_t length = 0; length < strlen(whole); length++) {
		SEEN(seen);
		list_groups(rig, &seen);
		fake_answer_bytes(rig_wait(rig, 1000), 200, json_type, whole, length);
		fake_loop_settle(&rig->loop);
		assert_int_equal(seen.done, 1);
		assert_int_equal(seen.err.class, ERROR_TRANSIENT);
		assert_true(seen.count <= 1);
	}
}

static void random_bytes_are_an_error(void **state)
{
	struct rig *rig = *state;
	static const char *const parts[] = {"{", "}", "[", "]", ",", ":", "\"items\"", "\"zones/a\"",
		"\"instanceGroupManagers\"", "\"kind\"", "\"compute#xList\"", "1", "null", "\\", "\"", " ", "\xff",
		"\"nextPageToken\""};
	for (int round = 0; round < 3000; round++) {
		SEEN(seen);
		AUTO_STR struct str body = {0};
		size_t count = env_random_below(&rig->env.env, 24);
		str_adds(&body, round % 3 ? "{\"items\":{\"zones/a\":{" : "{\"items\":");
		for (size_t i = 0; i < count; i++)
			str_adds(&body, parts[env_random_below(&rig->env.env, sizeof(parts) / sizeof(parts[0]))]);
		rig->http.piece = 1 + (size_t)round % 9;
		list_groups(rig, &seen);
		fake_answer_bytes(rig_wait(rig, 1000), 200, json_type, str_text(&body), body.length);
		fake_loop_settle(&rig->loop);
		assert_int_equal(seen.done, 1);
		assert_int_equal(seen.err.class, ERROR_TRANSIENT);
	}
}

static void a_page_that_names_itself_is_an_error(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 200, "{\"kind\":\"compute#urlMapList\",\"nextPageToken\":\"t\"}");
	rig_answer(rig, rig_next(rig), 200, "{\"kind\":\"compute#urlMapList\",\"nextPageToken\":\"t\"}");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
	assert_non_null(strstr(seen.err.message, "names itself"));
}

static void a_list_without_end_ends(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	int pages = 0;
	list_maps(rig, &seen);
	while (!seen.done) {
		char body[100];
		struct fake_call *call = rig_wait(rig, 1000);
		assert_non_null(call);
		assert_true(pages++ < 10001);
		snprintf(body, sizeof(body), "{\"kind\":\"compute#urlMapList\",\"nextPageToken\":\"t%d\"}", pages);
		rig_answer(rig, call, 200, body);
	}
	assert_int_equal(pages, 10000);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
}

static void an_element_beyond_1_mib_makes_it_incomplete(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	AUTO_STR struct str body = {0};
	AUTO_FREE char *big = mem_alloc((1 << 20) + 1);
	memset(big, 'x', 1 << 20);
	str_addf(&body,
		"{\"kind\":\"compute#urlMapList\",\"items\":[{\"name\":\"a\"},{\"name\":\"%s\"},{\"name\":\"b\"}]}",
		big);
	list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 200, str_text(&body));
	assert_string_equal(str_text(&seen.items), "{\"name\":\"a\"}\n{\"name\":\"b\"}\n");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
	assert_non_null(strstr(seen.err.message, "larger than 1 MiB"));
}

static void a_page_is_tried_again_until_elements_came(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 503, "<html>");
	struct fake_call *call = rig_wait(rig, 2000);
	assert_non_null(call);
	rig_drop(rig, call);
	call = rig_wait(rig, 3000);
	assert_non_null(call);
	rig_answer(rig, call, 200,
		"{\"kind\":\"compute#urlMapList\",\"items\":[{\"name\":\"a\"}],\"nextPageToken\":\"t\"}");
	call = rig_next(rig);
	fake_head(call, 200, json_type, 0);
	fake_chunk(call, "{\"items\":[{\"name\":\"b\"}", 22);
	rig_drop(rig, call);
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
	assert_int_equal(seen.count, 2);
	assert_null(rig_wait(rig, 60000));
}

static void a_silent_page_is_an_error(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	struct fake_call *call = rig_next(rig);
	fake_head(call, 200, json_type, 0);
	fake_chunk(call, "{", 1);
	fake_loop_run_for(&rig->loop, 31000);
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_TRANSIENT);
}

static void a_refusal_is_told_with_its_class(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	rig_refuse(rig, rig_next(rig), 403, "forbidden", "Required 'compute.urlMaps.list' permission for 'projects/p'");
	assert_int_equal(seen.done, 1);
	assert_string_equal(seen.err.reason, "PermissionDenied");
}

static void refuse_for_rate(struct rig *rig)
{
	struct fake_call *call = rig_wait(rig, 61000);
	assert_non_null(call);
	rig_refuse(rig, call, 403, "rateLimitExceeded", "Rate Limit Exceeded");
}

static void answer_in_time(struct rig *rig, const char *body)
{
	struct fake_call *call = rig_wait(rig, 61000);
	assert_non_null(call);
	rig_answer(rig, call, 200, body);
}

static void a_page_refused_for_its_rate_stands_in_line_again(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	refuse_for_rate(rig);
	answer_in_time(rig, "{\"kind\":\"compute#urlMapList\",\"items\":[{\"name\":\"a\"}],\"nextPageToken\":\"C\"}");
	for (int i = 0; i < 3; i++)
		refuse_for_rate(rig);
	assert_int_equal(seen.done, 0);
	answer_in_time(rig, "{\"kind\":\"compute#urlMapList\",\"items\":[{\"name\":\"b\"}]}");
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_NONE);
	assert_string_equal(str_text(&seen.items), "{\"name\":\"a\"}\n{\"name\":\"b\"}\n");
}

/* Nobody waits for a bucket that lets nothing through, nor where the cloud asks for more time than that. */
static void a_page_that_only_meets_refusals_is_an_error(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	list_maps(rig, &seen);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(seen.done, 0);
		refuse_for_rate(rig);
	}
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_THROTTLED);
	SEEN(second);
	list_groups(rig, &second);
	fake_answer_retry(rig_next(rig), 429, 100, "{\"error\":{\"code\":429,\"message\":\"Slower\"}}");
	fake_loop_settle(&rig->loop);
	assert_int_equal(second.err.class, ERROR_THROTTLED);
}

static void a_long_refusal_is_read_to_its_end(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	AUTO_FREE char *page = mem_alloc(200001);
	memset(page, 'x', 200000);
	list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 400, page);
	assert_int_equal(seen.done, 1);
	assert_int_equal(seen.err.class, ERROR_REJECTED);
}

static void selectors_keep_what_completeness_needs(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	struct gce_list list = {.project = "p",
		.path = "projects/p/global/instanceTemplates",
		.query = "fields=items(name),nextPageToken",
		.item = on_item,
		.done = on_done,
		.arg = &seen};
	gce_list(rig->gce, &list);
	assert_non_null(strstr(rig_next(rig)->query, "fields=items(name),nextPageToken,kind,warning&"));
}

static void cancel_is_silent_at_every_stage(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	gce_cancel(list_maps(rig, &seen));
	struct gce_call *call = list_maps(rig, &seen);
	rig_next(rig);
	gce_cancel(call);
	call = list_maps(rig, &seen);
	struct fake_call *open = rig_next(rig);
	fake_head(open, 200, json_type, 0);
	fake_chunk(open, "{\"items\":[{\"a\":1},{\"b", 21);
	fake_loop_settle(&rig->loop);
	assert_int_equal(seen.count, 1);
	gce_cancel(call);
	call = list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 200, "{\"kind\":\"compute#urlMapList\",\"nextPageToken\":\"t\"}");
	gce_cancel(call);
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(seen.done, 0);
}

static void callbacks_may_cancel(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	seen.cancel_at_item = list_maps(rig, &seen);
	rig_answer(rig, rig_next(rig), 200, "{\"kind\":\"compute#urlMapList\",\"items\":[{\"a\":1},{\"b\":2}]}");
	assert_int_equal(seen.count, 1); /* not the second one, although it came in the same piece */
	seen.cancel_at_unreachable = list_groups(rig, &seen);
	rig_answer(rig, rig_next(rig), 200,
		"{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"unreachables\":[\"zones/a\",\"zones/b\"]}");
	assert_string_equal(str_text(&seen.unreachable), "zones/a\n");
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(seen.done, 0);
}

static void free_in_the_middle(void **state)
{
	struct rig *rig = *state;
	SEEN(seen);
	for (int i = 0; i < 30; i++)
		list_maps(rig, &seen);
	struct fake_call *open = rig_next(rig);
	fake_head(open, 200, json_type, 0);
	fake_chunk(open, "{\"items\":[{\"a\":1},{\"b", 21);
	fake_loop_settle(&rig->loop);
	gce_free(rig->gce);
	rig->gce = NULL;
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(seen.done, 0);
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG(reads_all_pages),
		RIG(an_empty_list_is_complete),
		RIG(pieces_of_any_size_give_the_same),
		RIG(aggregated_lists_bring_their_inner_elements),
		RIG(unreachable_scopes_are_told_once_each),
		RIG(a_plain_list_with_a_hole_is_an_error),
		RIG(answers_of_the_wrong_shape_are_no_lists),
		RIG(lists_are_charged_to_the_quota_that_counts_them),
		RIG(aggregated_answers_of_the_wrong_shape_are_no_lists),
		RIG(every_prefix_is_an_error),
		RIG(random_bytes_are_an_error),
		RIG(a_page_that_names_itself_is_an_error),
		RIG(a_list_without_end_ends),
		RIG(an_element_beyond_1_mib_makes_it_incomplete),
		RIG(a_page_is_tried_again_until_elements_came),
		RIG(a_silent_page_is_an_error),
		RIG(a_refusal_is_told_with_its_class),
		RIG(a_page_refused_for_its_rate_stands_in_line_again),
		RIG(a_page_that_only_meets_refusals_is_an_error),
		RIG(a_long_refusal_is_read_to_its_end),
		RIG(selectors_keep_what_completeness_needs),
		RIG(cancel_is_silent_at_every_stage),
		RIG(callbacks_may_cancel),
		RIG(free_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

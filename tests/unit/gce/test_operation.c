/* Operations that are followed: by long polls while they are few, by lists of the scope beyond. */
#include "rig.h"

#include "gce/operation.h"

struct end {
	unsigned count;
	enum gce_outcome outcome;
	struct error err;
};

/* Who follows one, as a mutation does. */
struct follower {
	struct gce_call base;
	struct follow follow;
	follow_fn fn;
	void *arg;
};

static void stop_follower(struct gce_call *base)
{
	struct follower *follower = (struct follower *)base;
	follow_stop(&follower->follow);
	mem_free(follower);
}

static void on_followed(void *arg, enum gce_outcome outcome, const struct error *err)
{
	struct follower *follower = arg;
	follow_fn fn = follower->fn;
	void *fn_arg = follower->arg;
	gce_cancel(&follower->base);
	fn(fn_arg, outcome, err);
}

static struct gce_call *follow_path(struct rig *rig, const char *project, const char *path, follow_fn fn, void *arg)
{
	struct follower *follower = mem_alloc(sizeof(*follower));
	struct followed followed = {project, path, "instances/i", NULL};
	follower->fn = fn;
	follower->arg = arg;
	call_add(rig->gce, &follower->base, stop_follower);
	follow_start(&follower->follow, rig->gce, &followed, on_followed, follower);
	return &follower->base;
}

static void on_end(void *arg, enum gce_outcome outcome, const struct error *err)
{
	struct end *end = arg;
	end->count++;
	end->outcome = outcome;
	assert_int_not_equal(outcome, GCE_ACCEPTED);
	assert_int_equal(err == NULL, outcome == GCE_DONE);
	end->err = err ? *err : (struct error){0};
}

static struct gce_call *follow(struct rig *rig, const char *name, struct end *end)
{
	AUTO_FREE char *path = mem_printf("projects/p/zones/z/operations/%s", name);
	return follow_path(rig, "p", path, on_end, end);
}

static const char running[] = "{\"kind\":\"compute#operation\",\"name\":\"o\",\"status\":\"RUNNING\"}";
static const char done[] = "{\"kind\":\"compute#operation\",\"name\":\"o\",\"status\":\"DONE\"}";

static void waits_until_it_is_done(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	follow(rig, "o", &end);
	for (int i = 0; i < 5; i++) {
		struct fake_call *call = rig_next(rig);
		assert_string_equal(call->path, "/compute/v1/projects/p/zones/z/operations/o/wait");
		fake_loop_run_for(
			&rig->loop, 119000); /* a long poll that ends at the server's limit is asked again at once */
		rig_answer(rig, call, 200, running);
	}
	rig_answer(rig, rig_next(rig), 200, done);
	assert_int_equal(end.count, 1);
	assert_int_equal(end.outcome, GCE_DONE);
}

static void answers_that_come_too_early_are_followed_by_growing_pauses(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	int64_t pauses[6];
	follow(rig, "o", &end);
	rig_answer(rig, rig_next(rig), 200, running);
	for (int i = 0; i < 6; i++) {
		int64_t before = rig->loop.now_ms;
		struct fake_call *call = rig_wait(rig, 60000);
		assert_non_null(call);
		pauses[i] = rig->loop.now_ms - before;
		rig_answer(rig, call, 200, running);
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(pauses[i], 1000, 10000);
	assert_true(pauses[5] >= 6000);
	struct fake_call *call = rig_wait(rig, 60000);
	fake_loop_run_for(&rig->loop, 5000);
	rig_answer(rig, call, 200, running);
	rig_next(rig); /* at once again */
}

static void what_may_pass_is_tried_again(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	follow(rig, "o", &end);
	rig_drop(rig, rig_next(rig));
	static const char *const useless[] = {
		"", "{", "[]", "{\"name\":\"other\",\"status\":\"DONE\"}", "{\"status\":\"DONE\"}"};
	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
		struct fake_call *call = rig_wait(rig, 10000);
		assert_non_null(call);
		rig_answer(rig, call, 200, useless[i]);
	}
	struct fake_call *call = rig_wait(rig, 10000);
	rig_answer(rig, call, 503, "");
	call = rig_wait(rig, 10000);
	rig_answer(rig, call, 404, "<html>"); /* not the API */
	call = rig_wait(rig, 10000);
	fake_loop_run_for(&rig->loop, 151000); /* no answer at all */
	assert_int_equal(end.count, 0);
	call = rig_wait(rig, 10000);
	assert_non_null(call);
	rig_answer(rig, call, 200, done);
	assert_int_equal(end.outcome, GCE_DONE);
}

static void a_throttled_wait_pauses(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	follow(rig, "o", &end);
	rig_refuse(rig, rig_next(rig), 403, "rateLimitExceeded", "Rate Limit Exceeded");
	assert_null(rig_wait(rig, 19000));
	struct fake_call *call = rig_wait(rig, 42000);
	assert_non_null(call);
	rig_answer(rig, call, 200, done);
	assert_int_equal(end.outcome, GCE_DONE);
	assert_int_equal(gce_counted(rig->gce).throttled, 1);
}

static void an_operation_that_is_not_known_any_more_is_unclear(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	follow(rig, "o", &end);
	rig_refuse(rig, rig_next(rig), 404, "notFound", "The resource 'projects/p/zones/z/operations/o' was not found");
	assert_int_equal(end.count, 1);
	assert_int_equal(end.outcome, GCE_UNCLEAR);
	assert_int_equal(end.err.status, 404);
}

static void an_operation_that_may_not_be_read_is_unclear(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	follow(rig, "o", &end);
	rig_refuse(rig, rig_next(rig), 403, "forbidden", "Required 'compute.zoneOperations.get' permission");
	assert_int_equal(end.count, 1);
	assert_int_equal(end.outcome, GCE_UNCLEAR);
	assert_string_equal(end.err.reason, "PermissionDenied");
}

static void an_operation_that_never_ends_is_unclear_after_half_an_hour(void **state)
{
	struct rig *rig = *state;
	struct end end = {0};
	int64_t start = rig->loop.now_ms;
	follow(rig, "o", &end);
	while (end.count == 0) {
		struct fake_call *call = rig_wait(rig, 60000);
		if (!call)
			continue;
		fake_loop_run_for(&rig->loop, 110000);
		if (end.count == 0)
			rig_answer(rig, call, 200, running);
	}
	assert_int_equal(end.outcome, GCE_UNCLEAR);
	assert_in_range(rig->loop.now_ms - start, 1800000, 1920000);
	assert_non_null(strstr(end.err.message, "operation o did not end"));
}

enum { MANY = 60, WAITS = 50 };

struct crowd {
	struct end ends[MANY];
	struct gce_call *calls[MANY];
	struct fake_call *waits[WAITS];
};

/* 60 operations n0 to n59, of which the first 50 have long polls. */
static struct crowd *follow_many(struct rig *rig)
{
	struct crowd *crowd = mem_alloc(sizeof(*crowd));
	for (int i = 0; i < MANY; i++) {
		char name[20];
		snprintf(name, sizeof(name), "n%d", i);
		crowd->calls[i] = follow(rig, name, &crowd->ends[i]);
	}
	for (int i = 0; i < WAITS; i++) {
		crowd->waits[i] = rig_next(rig);
		assert_true(text_ends(crowd->waits[i]->path, "/wait"));
	}
	return crowd;
}

static void answer_list(struct rig *rig, struct fake_call *call, int from, int to, const char *next)
{
	AUTO_STR struct str body = {0};
	str_adds(&body, "{\"kind\":\"compute#operationList\",\"items\":[");
	for (int i = from; i < to; i++)
		str_addf(&body, "%s{\"name\":\"n%d\",\"status\":\"%s\"}", i > from ? "," : "", i,
			i % 2 ? "RUNNING" : "DONE");
	str_adds(&body, "]");
	if (next)
		str_addf(&body, ",\"nextPageToken\":\"%s\"", next);
	str_adds(&body, "}");
	rig_answer(rig, call, 200, str_text(&body));
}

static void fifty_wait_and_the_rest_is_listed(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	assert_null(rig_wait(rig, 1900));
	struct fake_call *call = rig_wait(rig, 200);
	assert_non_null(call);
	assert_string_equal(call->method, "GET");
	assert_string_equal(call->path, "/compute/v1/projects/p/zones/z/operations");
	assert_non_null(strstr(
		call->query, "filter=name%20eq%20%22n50%7Cn51%7Cn52%7Cn53%7Cn54%7Cn55%7Cn56%7Cn57%7Cn58%7Cn59%22&"));
	assert_null(rig_wait(rig, 5000));           /* one list at a time */
	answer_list(rig, call, 40, 60, "more");     /* everybody was seen: the second page is not read */
	assert_int_equal(crowd->ends[48].count, 0); /* it has a long poll of its own */
	for (int i = WAITS; i < MANY; i++)
		assert_int_equal(crowd->ends[i].count, i % 2 ? 0 : 1);
	assert_int_equal(gce_counted(rig->gce).calls[GCE_OPERATION], 1); /* although nobody waited for its end */
	assert_null(rig_wait(rig, 1900));
	call = rig_wait(rig, 200);
	assert_non_null(call);
	assert_string_equal(call->path, "/compute/v1/projects/p/zones/z/operations");
	mem_free(crowd);
}

static void too_many_names_for_an_address_are_looked_for_newest_first(void **state)
{
	struct rig *rig = *state;
	struct end ends[WAITS + 41] = {0};
	for (int i = 0; i < WAITS + 41; i++) {
		char name[20];
		snprintf(name, sizeof(name), "n%d", i);
		follow(rig, name, &ends[i]);
	}
	for (int i = 0; i < WAITS; i++)
		rig_next(rig);
	struct fake_call *call = rig_wait(rig, 3000);
	assert_non_null(strstr(call->query, "orderBy=creationTimestamp%20desc"));
	assert_null(strstr(call->query, "filter="));
	answer_list(rig, call, WAITS, WAITS + 41, NULL);
	assert_int_equal(ends[WAITS].count, 1);
	call = rig_wait(rig, 3000); /* the half of them is left */
	assert_non_null(strstr(call->query, "filter=name%20eq%20%22n51%7Cn53"));
}

/* One project's operations don't end; another's get their long polls nevertheless, up to half of them. */
static void projects_share_the_long_polls(void **state)
{
	struct rig *rig = *state;
	struct end ends[MANY] = {0}, others[30] = {0};
	int polls = 0;
	for (int i = 0; i < MANY; i++) {
		char name[20];
		snprintf(name, sizeof(name), "n%d", i);
		follow(rig, name, &ends[i]);
	}
	for (int i = 0; i < WAITS; i++)
		rig_next(rig);
	for (int i = 0; i < 30; i++) {
		AUTO_FREE char *path = mem_printf("projects/q/global/operations/o%d", i);
		follow_path(rig, "q", path, on_end, &others[i]);
		fake_loop_settle(&rig->loop);
	}
	for (struct fake_call *call; (call = rig_wait(rig, 0));)
		polls += text_starts(call->path, "/compute/v1/projects/q/") && text_ends(call->path, "/wait");
	assert_int_equal(polls, WAITS / 2);
	struct fake_call *call = rig_wait(rig, 3000); /* who gave one up is listed */
	assert_string_equal(call->path, "/compute/v1/projects/p/zones/z/operations");
	assert_non_null(strstr(call->query, "n49"));
	assert_null(strstr(call->query, "n24%7C"));
	answer_list(rig, call, 40, 50, NULL);
	assert_int_equal(ends[48].count, 1);
	assert_int_equal(ends[48].outcome, GCE_DONE);
}

static void each_scope_has_one_list(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	struct end end = {0};
	follow_path(rig, "p", "projects/p/global/operations/g", on_end, &end);
	struct fake_call *zone = rig_wait(rig, 3000), *global = rig_wait(rig, 3000);
	assert_string_equal(zone->path, "/compute/v1/projects/p/zones/z/operations");
	assert_string_equal(global->path, "/compute/v1/projects/p/global/operations");
	rig_answer(rig, global, 200,
		"{\"kind\":\"compute#operationList\",\"items\":[{\"name\":\"g\",\"status\":\"DONE\"}]}");
	assert_int_equal(end.outcome, GCE_DONE);
	assert_int_equal(end.count, 1);
	assert_null(rig_wait(rig, 10000)); /* nobody is left in that scope */
	mem_free(crowd);
}

static void what_lists_do_not_show_gets_a_long_poll_when_one_is_free(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	for (int i = 0; i < 3; i++) {
		struct fake_call *call = rig_wait(rig, 3000);
		assert_non_null(call);
		answer_list(rig, call, 0, 0, NULL);
	}
	assert_null(rig_wait(rig, 10000)); /* all in line: no list, no place */
	rig_answer(rig, crowd->waits[0], 200, "{\"name\":\"n0\",\"status\":\"DONE\"}");
	assert_int_equal(crowd->ends[0].count, 1);
	struct fake_call *call = rig_next(rig);
	assert_true(text_ends(call->path, "/wait"));
	rig_refuse(rig, call, 404, "notFound", "gone");
	int unclear = 0;
	for (int i = WAITS; i < MANY; i++)
		unclear += crowd->ends[i].count == 1 && crowd->ends[i].outcome == GCE_UNCLEAR;
	assert_int_equal(unclear, 1);
	rig_next(rig); /* the next in line */
	mem_free(crowd);
}

static void a_list_that_fails_is_tried_again_later(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	struct fake_call *call = rig_wait(rig, 3000);
	rig_answer(rig, call, 200, "[]");
	assert_null(rig_wait(rig, 2500));
	call = rig_wait(rig, 2000);
	assert_non_null(call);
	answer_list(rig, call, 50, 60, NULL);
	assert_int_equal(crowd->ends[50].outcome, GCE_DONE);
	assert_int_equal(crowd->ends[50].count, 1);
	mem_free(crowd);
}

static void without_permission_to_list_all_stand_in_line(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	struct fake_call *call = rig_wait(rig, 3000);
	rig_refuse(rig, call, 403, "forbidden", "Required 'compute.zoneOperations.list' permission");
	assert_null(rig_wait(rig, 60000));
	for (int i = 0; i < 3; i++)
		gce_cancel(crowd->calls[i]);
	for (int i = 0; i < 3; i++)
		assert_true(text_ends(rig_next(rig)->path, "/wait"));
	for (int i = WAITS; i < MANY; i++)
		gce_cancel(crowd->calls[i]);
	mem_free(crowd);
}

static void being_seen_once_forgives_having_been_missed(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	for (int i = 0; i < 5; i++) {
		struct fake_call *call = rig_wait(rig, 3000);
		assert_non_null(call);
		if (i == 2)
			rig_answer(rig, call, 200,
				"{\"kind\":\"compute#operationList\",\"items\":[{\"name\":\"n55\",\"status\":"
				"\"RUNNING\"}]}");
		else
			answer_list(rig, call, 0, 0, NULL);
	}
	struct fake_call *call = rig_wait(rig, 3000); /* for n55 alone: the others stand in line */
	assert_non_null(call);
	rig_answer(rig, call, 200,
		"{\"kind\":\"compute#operationList\",\"items\":[{\"name\":\"n55\",\"status\":\"DONE\"}]}");
	assert_int_equal(crowd->ends[55].outcome, GCE_DONE);
	assert_int_equal(crowd->ends[55].count, 1);
	assert_null(rig_wait(rig, 60000));
	mem_free(crowd);
}

static void one_that_joins_while_the_list_is_read_may_be_in_it(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	struct end late = {0};
	struct fake_call *call = rig_wait(rig, 3000);
	follow(rig, "late", &late);
	AUTO_STR struct str body = {0};
	str_adds(&body, "{\"kind\":\"compute#operationList\",\"items\":[{\"name\":\"late\",\"status\":\"DONE\"}");
	for (int i = WAITS; i < MANY; i++)
		str_addf(&body, ",{\"name\":\"n%d\",\"status\":\"DONE\"}", i);
	str_adds(&body, "]}");
	rig_answer(rig, call, 200, str_text(&body));
	assert_int_equal(late.count, 1);
	for (int i = WAITS; i < MANY; i++)
		assert_int_equal(crowd->ends[i].count, 1);
	mem_free(crowd);
}

static void free_gives_no_place_to_who_stands_in_line(void **state)
{
	struct rig *rig = *state;
	struct end ends[WAITS] = {0}, older = {0}, newer = {0};
	struct fake_call *first = NULL;
	for (int i = 0; i < WAITS; i++) {
		follow(rig, "o", &ends[i]);
		struct fake_call *call = rig_next(rig);
		first = first ? first : call;
	}
	follow_path(rig, "p", "projects/p/global/operations/older", on_end, &older);
	follow(rig, "newer", &newer);
	struct fake_call *global = rig_wait(rig, 3000), *zone = rig_wait(rig, 3000);
	rig_refuse(rig, zone, 403, "forbidden", "No.");
	rig_refuse(rig, global, 403, "forbidden", "No.");
	rig_answer(rig, first, 200, done);
	assert_string_equal(rig_next(rig)->path, "/compute/v1/projects/p/zones/z/operations/newer/wait");
	size_t sent = rig->http.sent;
	gce_free(rig->gce);
	rig->gce = NULL;
	assert_int_equal(rig->http.sent, sent);
	assert_int_equal(older.count + newer.count, 0);
}

struct massacre {
	struct crowd *crowd;
	unsigned count;
};

static void cancel_all_the_others(void *arg, enum gce_outcome outcome, const struct error *err)
{
	struct massacre *massacre = arg;
	massacre->count++;
	for (int i = 0; i < MANY; i++)
		gce_cancel(TAKE(massacre->crowd->calls[i]));
}

static void a_callback_may_cancel_all_others_of_its_list(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	struct massacre massacre = {.crowd = crowd};
	follow_path(rig, "p", "projects/p/zones/z/operations/n60", cancel_all_the_others, &massacre);
	struct fake_call *call = rig_wait(rig, 3000);
	rig->http.piece = 7;
	answer_list(rig, call, 60, 61, "more");
	assert_int_equal(massacre.count, 1);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(crowd->ends[i].count, 0);
	assert_null(rig_wait(rig, 60000));
	mem_free(crowd);
}

static void free_with_a_crowd_in_flight(void **state)
{
	struct rig *rig = *state;
	struct crowd *crowd = follow_many(rig);
	rig_wait(rig, 3000);
	size_t sent = rig->http.sent;
	gce_free(rig->gce);
	rig->gce = NULL;
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(rig->http.sent, sent);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(crowd->ends[i].count, 0);
	mem_free(crowd);
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG(waits_until_it_is_done),
		RIG(answers_that_come_too_early_are_followed_by_growing_pauses),
		RIG(what_may_pass_is_tried_again),
		RIG(a_throttled_wait_pauses),
		RIG(an_operation_that_is_not_known_any_more_is_unclear),
		RIG(an_operation_that_may_not_be_read_is_unclear),
		RIG(an_operation_that_never_ends_is_unclear_after_half_an_hour),
		RIG(fifty_wait_and_the_rest_is_listed),
		RIG(too_many_names_for_an_address_are_looked_for_newest_first),
		RIG(projects_share_the_long_polls),
		RIG(each_scope_has_one_list),
		RIG(what_lists_do_not_show_gets_a_long_poll_when_one_is_free),
		RIG(a_list_that_fails_is_tried_again_later),
		RIG(without_permission_to_list_all_stand_in_line),
		RIG(being_seen_once_forgives_having_been_missed),
		RIG(one_that_joins_while_the_list_is_read_may_be_in_it),
		RIG(free_gives_no_place_to_who_stands_in_line),
		RIG(a_callback_may_cancel_all_others_of_its_list),
		RIG(free_with_a_crowd_in_flight),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

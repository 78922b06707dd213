/* gce_mutate: one requestId per intent, definite and unclear outcomes. */
#include "rig.h"

enum { EVENTS = 8 };

struct events {
	unsigned count;
	enum gce_outcome outcomes[EVENTS];
	char operation[300], warning[300];
	struct error err;
	struct gce_call *cancel_on_accepted;
};

static void on_event(void *arg, const struct gce_mutation_event *event)
{
	struct events *events = arg;
	assert_true(events->count < EVENTS);
	events->outcomes[events->count++] = event->outcome;
	assert_int_equal(event->operation != NULL, event->outcome == GCE_ACCEPTED);
	assert_int_equal(event->err != NULL, event->outcome == GCE_FAILED || event->outcome == GCE_UNCLEAR);
	if (event->outcome == GCE_ACCEPTED && events->cancel_on_accepted)
		gce_cancel(TAKE(events->cancel_on_accepted));
	if (event->operation)
		snprintf(events->operation, sizeof(events->operation), "%s", event->operation);
	if (event->err)
		events->err = *event->err;
	assert_true(!event->warning || event->outcome == GCE_DONE);
	snprintf(events->warning, sizeof(events->warning), "%s", event->warning ? event->warning : "");
}

static const struct gce_request insert_map = {.project = "p",
	.budget = GCE_WRITE,
	.method = "POST",
	.path = "projects/p/global/urlMaps",
	.body = "{\"name\":\"m\"}"};
static const struct gce_request delete_map = {
	.project = "p", .budget = GCE_WRITE, .method = "DELETE", .path = "projects/p/global/urlMaps/m"};
static const struct gce_request resize_group = {.project = "p",
	.budget = GCE_WRITE,
	.method = "POST",
	.path = "projects/p/zones/z/instanceGroupManagers/g/resize",
	.query = "size=5"};

/* recorded: v1, 2026, names and numbers replaced. */
static const char running[] =
	"{\"kind\":\"compute#operation\",\"id\":\"1\",\"name\":\"operation-1-2\",\"operationType\":\"insert\","
	"\"status\":\"RUNNING\",\"progress\":0,"
	"\"targetId\":\"9\",\"targetLink\":\"https://www.googleapis.com/compute/v1/projects/p/global/urlMaps/m\","
	"\"selfLink\":\"https://www.googleapis.com/compute/v1/projects/p/global/operations/"
	"operation-1-2\",\"user\":\"u@example.com\"}";
static const char done[] =
	"{\"kind\":\"compute#operation\",\"name\":\"operation-1-2\",\"status\":\"DONE\",\"progress\":100,"
	"\"targetLink\":\"https://www.googleapis.com/compute/v1/projects/p/global/urlMaps/m\"}";
static const char failed[] =
	"{\"kind\":\"compute#operation\",\"name\":\"operation-1-2\",\"operationType\":\"delete\","
	"\"status\":\"DONE\",\"progress\":100,\"targetLink\":"
	"\"https://www.googleapis.com/compute/v1/projects/p/global/urlMaps/m\",\"error\":{\"errors\":"
	"[{\"code\":\"RESOURCE_IN_USE_BY_ANOTHER_RESOURCE\",\"message\":\"The url_map resource "
	"'projects/p/global/urlMaps/m' is already "
	"being used by "
	"'projects/p/global/targetHttpProxies/"
	"x'\"}]},\"httpErrorStatusCode\":400,\"httpErrorMessage\":\"BAD REQUEST\"}";

static void an_insert_is_followed_to_its_end(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	struct fake_call *call = rig_next(rig);
	char id[60];
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->path, "/compute/v1/projects/p/global/urlMaps");
	assert_string_equal(call->body, "{\"name\":\"m\"}");
	assert_true(fake_query(call, "requestId", id, sizeof(id)));
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[14], '4');
	rig_answer(rig, call, 200, running);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.outcomes[0], GCE_ACCEPTED);
	assert_string_equal(events.operation, "projects/p/global/operations/operation-1-2");
	call = rig_next(rig);
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->path, "/compute/v1/projects/p/global/operations/operation-1-2/wait");
	assert_true(call->own_connection);
	assert_false(fake_query(call, "requestId", id, sizeof(id)));
	assert_int_equal(call->body_length, 0);
	rig_answer(rig, call, 200, done);
	assert_int_equal(events.count, 2);
	assert_int_equal(events.outcomes[1], GCE_DONE);
	struct gce_counts counts = gce_counted(rig->gce);
	assert_int_equal(counts.calls[GCE_WRITE], 1);
	assert_int_equal(counts.calls[GCE_OPERATION], 1);
}

#define WARNED                                                                                                         \
	"{\"name\":\"operation-1-2\",\"status\":\"DONE\",\"targetLink\":\"https://x/projects/p/global/urlMaps/"        \
	"m\",\"warnings\":"                                                                                            \
	"[{\"code\":\"DISK_SIZE_LARGER_THAN_IMAGE_SIZE\",\"message\":\"Larger.\"},{\"code\":\"DEPRECATED_RESOURCE_"    \
	"USED\","                                                                                                      \
	"\"message\":\"The resource 'i' is "                                                                           \
	"deprecated.\",\"data\":[{\"key\":\"resource_name\",\"value\":\"i\"},{\"key\":"                                \
	"\"replacement_suggestion\",\"value\":\"j\"}]}]}"

static void what_is_deprecated_is_told(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, WARNED);
	assert_int_equal(events.outcomes[0], GCE_DONE);
	assert_string_equal(events.warning, "The resource 'i' is deprecated. Use instead: j");
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, running);
	rig_answer(rig, rig_next(rig), 200, WARNED);
	assert_string_equal(events.warning, "The resource 'i' is deprecated. Use instead: j");
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, done);
	assert_string_equal(events.warning, "");
}

static void an_operation_may_be_done_at_once(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, done);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.outcomes[0], GCE_DONE);
	gce_mutate(rig->gce, &delete_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, failed);
	assert_int_equal(events.outcomes[1], GCE_FAILED);
	assert_int_equal(events.err.class, ERROR_WAIT);
	assert_null(rig_wait(rig, 60000));
}

static void an_operation_may_fail_later(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &delete_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, running);
	rig_answer(rig, rig_next(rig), 200, failed);
	assert_int_equal(events.count, 2);
	assert_int_equal(events.outcomes[1], GCE_FAILED);
	assert_string_equal(events.err.code, "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
	assert_int_equal(events.err.status, 400);
}

static void an_operation_that_timed_out_is_unclear(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, running);
	rig_answer(rig, rig_next(rig), 200,
		"{\"name\":\"operation-1-2\",\"status\":\"DONE\",\"error\":{\"errors\":[{\"code\":\"OPERATION_"
		"TIMEOUT\",\"message\":\"Too long.\"}]}}");
	assert_int_equal(events.outcomes[1], GCE_UNCLEAR);
	assert_string_equal(events.err.message, "urlMaps/m: Too long.");
}

#define ABOUT_MAP "\"targetLink\":\"https://www.googleapis.com/compute/v1/projects/p/global/urlMaps/m\","
#define ABOUT_GROUP                                                                                                    \
	"\"targetLink\":\"https://www.googleapis.com/compute/v1/projects/p/zones/z/instanceGroupManagers/g\","

static void the_scope_of_an_operation_is_its_own(void **state)
{
	struct rig *rig = *state;
	static const struct {
		const char *answer, *want;
	} cases[] = {
		{"{" ABOUT_GROUP
		 "\"name\":\"o-1\",\"zone\":\"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a\"}",
			"projects/p/zones/us-central1-a/operations/o-1"},
		{"{" ABOUT_GROUP "\"name\":\"o-1\",\"region\":\"https://evil.example/regions/us-east1\"}",
			"projects/p/regions/us-east1/operations/o-1"},
		{"{" ABOUT_GROUP "\"name\":\"o-1\",\"zone\":\"z\",\"region\":\"r\"}",
			"projects/p/zones/z/operations/o-1"},
		{"{" ABOUT_GROUP
		 "\"name\":\"o-1\",\"selfLink\":\"https://evil.example/projects/q/zones/x/operations/o-2\"}",
			"projects/p/global/operations/o-1"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct events events = {0};
		struct gce_call *call = gce_mutate(rig->gce, &resize_group, on_event, &events);
		rig_answer(rig, rig_next(rig), 200, cases[i].answer);
		assert_string_equal(events.operation, cases[i].want);
		AUTO_FREE char *url =
			mem_printf("https://compute.example/compute/v1/%s/wait?prettyPrint=false", cases[i].want);
		assert_string_equal(rig_next(rig)->url, url);
		gce_cancel(call);
	}
}

static void answers_that_are_no_operation_are_unclear(void **state)
{
	struct rig *rig = *state;
	static const char *const bodies[] = {"", "{", "[]", "{}", "<html>", "{\"status\":\"DONE\"}",
		"{" ABOUT_MAP "\"name\":7}", "{" ABOUT_MAP "\"name\":\"../x\"}", "{" ABOUT_MAP "\"name\":\"a/b\"}",
		"{" ABOUT_MAP "\"name\":\"O\"}", "{" ABOUT_MAP "\"name\":\"o\",\"zone\":\"zones/\"}",
		"{" ABOUT_MAP "\"name\":\"o\",\"zone\":\"zones/..\"}",
		"{" ABOUT_MAP "\"name\":\"o\",\"region\":\"a?b\"}"};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct events events = {0};
		gce_mutate(rig->gce, &insert_map, on_event, &events);
		rig_answer(rig, rig_next(rig), 200, bodies[i]);
		assert_int_equal(events.count, 1);
		if (events.outcomes[0] != GCE_UNCLEAR)
			fail_msg("took %s for an operation", bodies[i]);
		assert_non_null(strstr(events.err.message, "urlMaps/m"));
	}
	assert_null(rig_wait(rig, 60000));
}

static void every_prefix_of_an_answer_is_unclear(void **state)
{
	struct rig *rig = *state;
	for (size_t length = 0; length < strlen(running); length++) {
		struct events events = {0};
		fake_loop_run_for(&rig->loop, 1000);
		gce_mutate(rig->gce, &insert_map, on_event, &events);
		fake_answer_bytes(rig_next(rig), 200, json_type, running, length);
		fake_loop_settle(&rig->loop);
		assert_int_equal(events.count, 1);
		assert_int_equal(events.outcomes[0], GCE_UNCLEAR);
	}
}

static void tries_again_with_the_same_id_and_body(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	char first[60] = "", id[60];
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	for (int i = 0; i < 4; i++) {
		struct fake_call *call = rig_wait(rig, 20000);
		assert_non_null(call);
		assert_true(fake_query(call, "requestId", id, sizeof(id)));
		assert_string_equal(call->body, "{\"name\":\"m\"}");
		if (i == 0)
			strcpy(first, id);
		assert_string_equal(id, first);
		if (i == 1)
			rig_answer(rig, call, 503, "");
		else
			rig_drop(rig, call);
	}
	assert_null(rig_wait(rig, 60000));
	assert_int_equal(events.count, 1);
	assert_int_equal(events.outcomes[0], GCE_UNCLEAR);
	assert_int_equal(events.err.class, ERROR_TRANSIENT);
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	struct fake_call *call = rig_next(rig);
	assert_true(fake_query(call, "requestId", id, sizeof(id)));
	assert_string_not_equal(id, first); /* a new intent */
}

static void a_definite_answer_after_a_lost_one_decides(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_drop(rig, rig_next(rig));
	struct fake_call *call = rig_wait(rig, 2000);
	assert_non_null(call);
	rig_refuse(rig, call, 403, "quotaExceeded", "Quota 'URL_MAPS' exceeded.");
	assert_int_equal(events.count, 1);
	assert_int_equal(events.outcomes[0], GCE_FAILED);
	assert_string_equal(events.err.reason, "QuotaExceeded");
	assert_ptr_equal(strstr(events.err.message, "urlMaps/m: Quota"), events.err.message);
}

static void methods_without_an_id_are_sent_once(void **state)
{
	struct rig *rig = *state;
	static const char *const verbs[] = {"setLabels", "applyUpdatesToInstances", "deletePerInstanceConfigs"};
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct events events = {0};
		char id[60];
		AUTO_FREE char *path = mem_printf("projects/p/global/forwardingRules/f/%s", verbs[i]);
		struct gce_request request = {
			.project = "p", .budget = GCE_WRITE, .method = "POST", .path = path, .body = "{}"};
		gce_mutate(rig->gce, &request, on_event, &events);
		struct fake_call *call = rig_next(rig);
		assert_false(fake_query(call, "requestId", id, sizeof(id)));
		rig_answer(rig, call, 503, "");
		assert_int_equal(events.outcomes[0], GCE_UNCLEAR);
		assert_null(rig_wait(rig, 60000));
	}
}

static void queries_are_kept_beside_the_id(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	char size[10], id[60];
	gce_mutate(rig->gce, &resize_group, on_event, &events);
	struct fake_call *call = rig_next(rig);
	assert_true(fake_query(call, "size", size, sizeof(size)) && fake_query(call, "requestId", id, sizeof(id)));
	assert_string_equal(size, "5");
}

static void a_4xx_is_definite(void **state)
{
	struct rig *rig = *state;
	static const struct {
		int status;
		const char *reason, *message;
		enum error_class class;
	} cases[] = {
		{400, "invalid", "Invalid value for field 'resource.name'.", ERROR_REJECTED},
		{409, "alreadyExists", "The resource 'projects/p/global/urlMaps/m' already exists", ERROR_STALE},
		{412, "conditionNotMet", "Invalid fingerprint.", ERROR_STALE},
		{404, "notFound", "The resource 'projects/p/global/backendServices/b' was not found", ERROR_WAIT},
		{403, "forbidden", "No.", ERROR_REJECTED},
		{403, "rateLimitExceeded", "Rate Limit Exceeded", ERROR_THROTTLED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct events events = {0};
		gce_mutate(rig->gce, &insert_map, on_event, &events);
		rig_refuse(rig, rig_next(rig), cases[i].status, cases[i].reason, cases[i].message);
		assert_int_equal(events.count, 1);
		assert_int_equal(events.outcomes[0], GCE_FAILED);
		assert_int_equal(events.err.class, cases[i].class);
	}
}

static void a_target_that_is_gone_is_to_be_looked_for(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &delete_map, on_event, &events);
	rig_refuse(rig, rig_next(rig), 404, "notFound", "The resource 'projects/p/global/urlMaps/m' was not found");
	assert_int_equal(events.outcomes[0], GCE_FAILED); /* only a read says that it is gone */
	assert_int_equal(events.err.class, ERROR_STALE);
	gce_mutate(rig->gce, &resize_group, on_event, &events);
	rig_refuse(rig, rig_next(rig), 404, "notFound",
		"The resource 'projects/p/zones/z/instanceGroupManagers/g' was not found");
	assert_int_equal(events.outcomes[1], GCE_FAILED);
	assert_int_equal(events.err.class, ERROR_STALE);
	gce_mutate(rig->gce, &delete_map, on_event, &events);
	rig_refuse(rig, rig_next(rig), 404, "notFound", "The resource 'projects/p' was not found");
	assert_int_equal(events.outcomes[2], GCE_FAILED);
	assert_int_equal(events.err.class, ERROR_REJECTED);
}

/* Nobody can say whether the write was begun. */
static void an_operation_on_something_else_is_unclear(void **state)
{
	struct rig *rig = *state;
	static const char *const others[] = {
		"{\"name\":\"operation-1-2\",\"status\":\"DONE\"}",
		"{\"name\":\"operation-1-2\",\"status\":\"DONE\",\"targetLink\":\"\"}",
		"{\"name\":\"operation-1-2\",\"status\":\"RUNNING\",\"targetLink\":\"https://x/projects/p/global/"
		"urlMaps/mm\"}",
		"{\"name\":\"operation-1-2\",\"status\":\"RUNNING\",\"targetLink\":\"https://x/projects/p/global/"
		"urlMaps/m/\"}",
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct events events = {0};
		gce_mutate(rig->gce, i % 2 ? &delete_map : &insert_map, on_event, &events);
		rig_answer(rig, rig_next(rig), 200, others[i]);
		assert_int_equal(events.count, 1);
		assert_int_equal(events.outcomes[0], GCE_UNCLEAR);
		assert_string_equal(events.err.code, "BadAnswer");
	}
	struct events events = {0};
	gce_mutate(rig->gce, &resize_group, on_event, &events);
	rig_answer(rig, rig_next(rig), 200,
		"{\"name\":\"operation-1-2\",\"status\":\"DONE\",\"targetLink\":"
		"\"https://x/projects/1234/zones/z/instanceGroupManagers/g\"}");
	assert_int_equal(events.outcomes[0], GCE_DONE);
}

/* The path of its collection does not name it. */
static void an_autoscaler_is_named_by_a_parameter(void **state)
{
	static const struct gce_request patch = {.project = "p",
		.budget = GCE_WRITE,
		.method = "PATCH",
		.path = "projects/p/zones/z/autoscalers",
		.query = "autoscaler=a",
		.body = "{\"autoscalingPolicy\":{\"maxNumReplicas\":4}}"};
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &patch, on_event, &events);
	rig_answer(rig, rig_next(rig), 200,
		"{\"name\":\"operation-1-2\",\"status\":\"DONE\",\"targetLink\":"
		"\"https://x/projects/p/zones/z/autoscalers/a\"}");
	assert_int_equal(events.outcomes[0], GCE_DONE);
	gce_mutate(rig->gce, &patch, on_event, &events);
	rig_answer(rig, rig_next(rig), 200,
		"{\"name\":\"operation-1-2\",\"status\":\"DONE\",\"targetLink\":"
		"\"https://x/projects/p/zones/z/autoscalers/b\"}");
	assert_int_equal(events.outcomes[1], GCE_UNCLEAR);
}

static void a_foreign_404_on_delete_is_unclear(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_mutate(rig->gce, &delete_map, on_event, &events);
	for (int i = 0; i < 4; i++) {
		struct fake_call *call = rig_wait(rig, 20000);
		assert_non_null(call);
		rig_answer(rig, call, 404, "<html>");
	}
	assert_int_equal(events.count, 1);
	assert_int_equal(events.outcomes[0], GCE_UNCLEAR);
}

static void a_401_is_answered_with_a_new_token_and_the_same_id(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	char first[60], second[60];
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	struct fake_call *call = rig_next(rig);
	assert_true(fake_query(call, "requestId", first, sizeof(first)));
	fake_env_file(&rig->env, "/token", "ya29.second");
	rig_refuse(rig, call, 401, "authError", "Invalid Credentials");
	call = rig_next(rig);
	assert_true(fake_query(call, "requestId", second, sizeof(second)));
	assert_string_equal(first, second);
	assert_string_equal(fake_header(call, "Authorization"), "Bearer ya29.second");
	rig_refuse(rig, call, 401, "authError", "Invalid Credentials");
	assert_int_equal(events.outcomes[0], GCE_FAILED);
	assert_string_equal(events.err.reason, "PermissionDenied");
}

static void at_most_eight_requests_of_a_project_at_once(void **state)
{
	struct rig *rig = *state;
	struct events events[10] = {0};
	for (int i = 0; i < 10; i++)
		gce_mutate(rig->gce, &insert_map, on_event, &events[i]);
	struct fake_call *first = rig_next(rig);
	for (int i = 1; i < 8; i++)
		rig_next(rig);
	assert_null(rig_wait(rig, 1000));
	rig_answer(rig, first, 200, running); /* its operation does not hold the place */
	struct fake_call *a = rig_next(rig), *b = rig_next(rig);
	assert_true(text_ends(a->path, "/urlMaps") != text_ends(b->path, "/urlMaps"));
}

static void cancel_is_silent_at_every_stage(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	gce_cancel(gce_mutate(rig->gce, &insert_map, on_event, &events));
	struct gce_call *call = gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_next(rig);
	gce_cancel(call);
	call = gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_drop(rig, rig_next(rig));
	gce_cancel(call);
	assert_int_equal(events.count, 0);
	call = gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, running);
	gce_cancel(call);
	assert_int_equal(events.count, 1);
	events.cancel_on_accepted = gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_answer(rig, rig_next(rig), 200, running);
	fake_loop_run_for(&rig->loop, 600000);
	assert_int_equal(events.count, 2);
	assert_string_equal(events.operation, "projects/p/global/operations/operation-1-2");
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

static bool allowed(void *arg)
{
	return *(const bool *)arg;
}

/* A write waits for its next try when writing ends: what went before may have happened, nothing more leaves. Reads do. */
static void what_is_guarded(void **state)
{
	struct rig *rig = *state;
	struct events events = {0};
	struct gce_request read = insert_map;
	bool yes = true;
	gce_guard(rig->gce, allowed, &yes);
	gce_mutate(rig->gce, &insert_map, on_event, &events);
	rig_drop(rig, rig_next(rig));
	assert_int_equal(events.count, 0);
	yes = false;
	assert_null(rig_wait(rig, 60000));
	assert_int_equal(events.count, 1);
	assert_int_equal(events.outcomes[0], GCE_UNCLEAR);
	assert_string_equal(events.err.code, "Withheld");
	read.method = "GET";
	read.body = NULL;
	read.budget = GCE_READ;
	struct gce_call *call = gce_send(rig->gce, &read, NULL, NULL);
	rig_next(rig);
	gce_cancel(call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG(an_insert_is_followed_to_its_end),
		RIG(what_is_guarded),
		RIG(an_operation_may_be_done_at_once),
		RIG(what_is_deprecated_is_told),
		RIG(an_operation_may_fail_later),
		RIG(an_operation_that_timed_out_is_unclear),
		RIG(the_scope_of_an_operation_is_its_own),
		RIG(answers_that_are_no_operation_are_unclear),
		RIG(every_prefix_of_an_answer_is_unclear),
		RIG(tries_again_with_the_same_id_and_body),
		RIG(a_definite_answer_after_a_lost_one_decides),
		RIG(methods_without_an_id_are_sent_once),
		RIG(queries_are_kept_beside_the_id),
		RIG(a_4xx_is_definite),
		RIG(a_target_that_is_gone_is_to_be_looked_for),
		RIG(an_operation_on_something_else_is_unclear),
		RIG(an_autoscaler_is_named_by_a_parameter),
		RIG(a_foreign_404_on_delete_is_unclear),
		RIG(a_401_is_answered_with_a_new_token_and_the_same_id),
		RIG(at_most_eight_requests_of_a_project_at_once),
		RIG(cancel_is_silent_at_every_stage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

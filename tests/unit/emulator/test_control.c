/* Faults, the world, state, the log of requests, reset; and batches. */
#include "chain.h"

#define CHECKS P "global/healthChecks"
#define BODY "{\"name\":\"hc\",\"type\":\"TCP\"}"

static void fault(struct client *client, const char *body)
{
	client_call(client, 200, "POST", "/emulator/v1/faults", body);
}

static void a_fault_answers_so_many_times(void **state)
{
	struct client *client = *state;

	fault(client, "{\"method\":\"GET\",\"path\":\"*/"
		      "healthChecks*\",\"skip\":1,\"count\":2,\"answer\":{\"status\":503,\"reason\":"
		      "\"backendError\",\"message\":\"Try later.\"}}");
	client_call(client, 200, "GET", CHECKS, NULL);
	client_call(client, 503, "GET", CHECKS, NULL);
	assert_string_equal(client_reason(client), "backendError");
	assert_string_equal(client_message(client), "Try later.");
	client_call(client, 200, "GET", P "global/urlMaps", NULL);
	client_call(client, 503, "GET", CHECKS, NULL);
	client_call(client, 200, "GET", CHECKS, NULL);
	client_call(client, 200, "GET", "/emulator/v1/faults", NULL);
	assert_int_equal(json_int(client->body, "faults[0].hits", 0), 2);
}

static void a_fault_may_answer_anything(void **state)
{
	struct client *client = *state;

	fault(client, "{\"answer\":{\"status\":502,\"body\":\"<html>\",\"contentType\":\"text/html\"}}");
	client_call(client, 502, "GET", CHECKS, NULL);
	assert_string_equal(client->own_text, "<html>");
	assert_string_equal(client->own_type, "text/html");
	fault(client,
		"{\"answer\":{\"status\":403,\"reason\":\"rateLimitExceeded\",\"details\":[{\"reason\":\"X\"}]}}");
	client_call(client, 403, "GET", CHECKS, NULL);
	assert_string_equal(json_text(client->body, "error.details[0].reason"), "X");
	fault(client, "{\"answer\":{\"status\":200,\"body\":\"\"}}");
	client_call(client, 200, "GET", CHECKS, NULL);
	assert_int_equal(client->length, 0);
	assert_int_equal(client->retry_after_s, 0);
	fault(client, "{\"answer\":{\"status\":429,\"retryAfterS\":7}}");
	client_call(client, 429, "GET", CHECKS, NULL);
	assert_int_equal(client->retry_after_s, 7);
}

static void probability_hits_some(void **state)
{
	struct client *client = *state;
	int hits = 0;

	fault(client, "{\"probability\":0.5,\"answer\":{\"status\":500}}");
	for (int i = 0; i < 100; i++) {
		client_send(client, "GET", CHECKS, NULL);
		hits += client->status == 500;
	}
	assert_in_range(hits, 25, 75);
}

static void drops_before_and_after(void **state)
{
	struct client *client = *state;

	fault(client, "{\"method\":\"POST\",\"dropBefore\":true}");
	client_call(client, 0, "POST", CHECKS, BODY);
	client_settle(client);
	client_call(client, 404, "GET", CHECKS "/hc", NULL);
	fault(client, "{\"method\":\"POST\",\"dropAfter\":true}");
	client_call(client, 0, "POST", CHECKS, BODY);
	client_settle(client);
	client_call(client, 200, "GET", CHECKS "/hc", NULL);
}

static void a_dropped_wait_is_over(void **state)
{
	struct client *client = *state;
	char path[300];
	int answers;

	client_call(client, 200, "POST", CHECKS, BODY);
	snprintf(path, sizeof(path), P "global/operations/%s/wait", json_text(client->body, "name"));
	fault(client, "{\"path\":\"*/wait\",\"dropAfter\":true}");
	client_call(client, 0, "POST", path, NULL);
	answers = client->answers;
	client_settle(client);
	assert_int_equal(client->answers, answers);
}

static void delays_the_answer_only(void **state)
{
	struct client *client = *state;
	int answers;

	fault(client, "{\"method\":\"POST\",\"delayMs\":60000}");
	answers = client->answers;
	client_send(client, "POST", CHECKS, BODY);
	client_pass(client, 59999);
	assert_int_equal(client->answers, answers);
	client_call(client, 200, "GET", CHECKS "/hc", NULL);
	client_pass(client, 1);
	assert_int_equal(client->answers, answers + 2);
	assert_string_equal(json_text(client->body, "status"), "RUNNING");
}

static void operations_fail_and_leave_nothing(void **state)
{
	struct client *client = *state;
	cJSON *operation;

	fault(client, "{\"method\":\"POST\",\"operation\":{\"code\":\"QUOTA_EXCEEDED\",\"message\":\"Full.\","
		      "\"httpErrorStatusCode\":403}}");
	operation = client_do(client, "POST", CHECKS, BODY);
	assert_string_equal(json_text(operation, "error.errors[0].code"), "QUOTA_EXCEEDED");
	assert_int_equal(json_int(operation, "httpErrorStatusCode", 0), 403);
	client_call(client, 404, "GET", CHECKS "/hc", NULL);
	client_make(client, "POST", CHECKS, BODY);
	fault(client, "{\"method\":\"DELETE\",\"operation\":{}}");
	operation = client_do(client, "DELETE", CHECKS "/hc", NULL);
	assert_string_equal(json_text(operation, "error.errors[0].code"), "INTERNAL_ERROR");
	client_call(client, 200, "GET", CHECKS "/hc", NULL);
	client_make(client, "DELETE", CHECKS "/hc", NULL);
}

static void a_failed_delete_of_a_group_keeps_its_machines(void **state)
{
	struct client *client = *state;

	chain_make_group(client);
	client_settle(client);
	fault(client, "{\"method\":\"DELETE\",\"operation\":{}}");
	client_do(client, "DELETE", ZONE "instanceGroupManagers/mig", NULL);
	client_settle(client);
	assert_int_equal(json_int(chain_manager(client), "currentActions.none", 0), 3);
	client_make(client, "POST", ZONE "instanceGroupManagers/mig/resize?size=1", NULL);
}

static void wrong_faults_are_refused(void **state)
{
	static const char *const bodies[] = {"{}", "{\"delayMs\":1,\"dropAfter\":true}", "{\"delayMs\":1,\"colour\":1}",
		"{\"answer\":{\"status\":99}}", "{\"operation\":{\"httpErrorStatusCode\":200}}", "[]", "{"};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		client_call(client, 400, "POST", "/emulator/v1/faults", bodies[i]);
	client_call(client, 200, "GET", "/emulator/v1/faults", NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(client->body, "faults")), 0);
}

static void faults_can_be_taken_back(void **state)
{
	struct client *client = *state;

	fault(client, "{\"count\":-1,\"answer\":{\"status\":500}}");
	fault(client, "{\"count\":-1,\"answer\":{\"status\":501}}");
	client_call(client, 200, "DELETE", "/emulator/v1/faults/1", NULL);
	client_call(client, 501, "GET", CHECKS, NULL);
	client_call(client, 404, "DELETE", "/emulator/v1/faults/1", NULL);
	client_call(client, 200, "DELETE", "/emulator/v1/faults", NULL);
	client_call(client, 200, "GET", CHECKS, NULL);
}

static void families_are_withdrawn_and_restored(void **state)
{
	static const char gone[] =
		"/compute/v1/projects/deeplearning-platform-release/global/images/family/tf-latest-cpu";
	static const char here[] = "/compute/v1/projects/debian-cloud/global/images/family/debian-12";
	struct client *client = *state;

	client_call(client, 404, "GET", gone, NULL);
	assert_string_equal(client_message(client),
		"The resource 'projects/deeplearning-platform-release/global/images/family/tf-latest-cpu' was not "
		"found");
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"imageFamily\":{\"project\":\"deeplearning-platform-release\",\"family\":\"tf-latest-cpu\","
		"\"state\":\"ACTIVE\"}}");
	assert_string_equal(json_text(client_call(client, 200, "GET", gone, NULL), "family"), "tf-latest-cpu");
	assert_string_equal(json_text(client_call(client, 200, "GET", here, NULL), "kind"), "compute#image");
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"imageFamily\":{\"project\":\"debian-cloud\",\"family\":\"debian-12\",\"state\":\"WITHDRAWN\"}}");
	client_call(client, 404, "GET", here, NULL);
}

/* Families stand for what was published last; earlier images stay until somebody deletes them. */
static void families_get_newer_images(void **state)
{
	static const char family[] = "/compute/v1/projects/debian-cloud/global/images/family/debian-12";
	static const char first[] = "/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20260609";
	static const char next[] = "/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20260701";
	struct client *client = *state;
	const cJSON *body, *item;
	int found = 0;

	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"image\":{\"project\":\"debian-cloud\",\"family\":\"debian-12\",\"name\":\"debian-12-bookworm-"
		"v20260701\"}}");
	body = client_call(client, 200, "GET", family, NULL);
	assert_string_equal(json_text(body, "name"), "debian-12-bookworm-v20260701");
	assert_string_equal(json_text(body, "family"), "debian-12");
	assert_string_equal(json_text(body, "diskSizeGb"), "10");
	assert_string_not_equal(json_text(body, "creationTimestamp"),
		json_text(client_call(client, 200, "GET", first, NULL), "creationTimestamp"));
	body = client_call(client, 200, "GET", "/compute/v1/projects/debian-cloud/global/images", NULL);
	cJSON_ArrayForEach(item, json_member(body, "items")) found +=
		text_equal(json_text(item, "family"), "debian-12");
	assert_int_equal(found, 2);
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"image\":{\"project\":\"debian-cloud\",\"name\":\"debian-12-bookworm-v20260701\",\"exists\":false}"
		"}");
	client_call(client, 404, "GET", next, NULL);
	assert_string_equal(
		json_text(client_call(client, 200, "GET", family, NULL), "name"), "debian-12-bookworm-v20260609");
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"image\":{\"project\":\"debian-cloud\",\"name\":\"debian-12-bookworm-v20260609\",\"exists\":false}"
		"}");
	client_call(client, 404, "GET", family, NULL);
	client_call(client, 404, "GET", first, NULL);
}

static const char *last_error(struct client *client)
{
	const cJSON *body =
		client_call(client, 200, "POST", ZONE "instanceGroupManagers/mig/listManagedInstances", NULL);

	return json_text_or(body, "managedInstances[0].lastAttempt.errors.errors[0].code", "");
}

static void machines_fail_where_there_is_no_room(void **state)
{
	struct client *client = *state;

	client_call(client, 200, "POST", "/emulator/v1/world", "{\"stockout\":{\"zone\":\"us-central1-a\"}}");
	chain_make_group(client);
	client_pass(client, 300000);
	assert_string_equal(last_error(client), "ZONE_RESOURCE_POOL_EXHAUSTED");
	assert_false(json_bool(chain_manager(client), "status.isStable", true));
	assert_int_equal(json_int(client->body, "currentActions.creating", 0), 3);
	client_call(client, 200, "GET", ZONE "instanceGroupManagers/mig/listErrors", NULL);
	assert_string_equal(json_text(client->body, "items[0].error.code"), "ZONE_RESOURCE_POOL_EXHAUSTED");
	client_call(
		client, 200, "POST", "/emulator/v1/world", "{\"stockout\":{\"zone\":\"us-central1-a\",\"on\":false}}");
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"region\":\"us-central1\",\"metric\":\"CPUS\",\"limit\":8}}");
	client_pass(client, 1800000);
	assert_int_equal(json_int(chain_manager(client), "currentActions.none", 0), 2);
	client_call(client, 200, "GET", ZONE "instanceGroupManagers/mig/listErrors", NULL);
	assert_string_equal(json_text(client->body, "items[0].error.message"),
		"Quota 'CPUS' exceeded.  Limit: 8.0 in region us-central1.");
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"region\":\"us-central1\",\"metric\":\"CPUS\",\"limit\":null}"
		"}");
	client_settle(client);
	assert_true(json_bool(chain_manager(client), "status.isStable", false));
}

static void an_unknown_machine_type_is_said_by_the_machines(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t1", "n1-gigantic-4"));
	client_make(client, "POST", ZONE "instanceGroupManagers", MANAGER);
	client_pass(client, 300000);
	assert_string_equal(last_error(client), "INVALID_FIELD_VALUE");
	assert_non_null(strstr(
		client->own_text, "Machine type with name 'n1-gigantic-4' does not exist in zone 'us-central1-a'."));
}

static void count_quotas_refuse_at_once(void **state)
{
	struct client *client = *state;

	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"metric\":\"HEALTH_CHECKS\",\"limit\":1}}");
	client_make(client, "POST", CHECKS, BODY);
	client_call(client, 403, "POST", CHECKS, "{\"name\":\"hc2\",\"type\":\"TCP\"}");
	assert_string_equal(client_reason(client), "quotaExceeded");
	assert_string_equal(client_message(client), "Quota 'HEALTH_CHECKS' exceeded.  Limit: 1.0 globally.");
	client_call(client, 200, "GET", "/compute/v1/projects/my-project?fields=quotas(metric,limit,usage)", NULL);
}

static void wrong_changes_are_refused(void **state)
{
	static const char *const bodies[] = {"{}", "{\"colour\":1}", "{\"usedByLagMs\":1,\"appStartMs\":1}",
		"{\"usedByLagMs\":\"x\"}", "{\"quota\":{}}",
		"{\"imageFamily\":{\"project\":\"p\",\"family\":\"f\",\"state\":\"x\"}}",
		"{\"image\":{\"project\":\"p\",\"name\":\"i\"}}"};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		client_call(client, 400, "POST", "/emulator/v1/world", bodies[i]);
	client_call(client, 404, "POST", "/emulator/v1/world",
		"{\"breakInstance\":\"projects/my-project/zones/us-central1-a/instances/x\"}");
	client_call(client, 404, "GET", "/emulator/v1/colour", NULL);
}

static void requests_are_logged(void **state)
{
	struct client *client = *state;

	client_call(client, 200, "POST", CHECKS "?prettyPrint=false", BODY);
	client_call(client, 404, "GET", CHECKS "/none", NULL);
	client_call(client, 200, "GET", "/emulator/v1/requests", NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(client->body, "requests")), 2);
	assert_string_equal(json_text(client->body, "requests[0].method"), "POST");
	assert_string_equal(json_text(client->body, "requests[0].path"), CHECKS);
	assert_string_equal(json_text(client->body, "requests[0].query"), "prettyPrint=false");
	assert_string_equal(json_text(client->body, "requests[0].body"), BODY);
	assert_int_equal(json_int(client->body, "requests[1].status", 0), 404);
	assert_string_equal(json_text(client->body, "requests[1].reason"), "notFound");
	client_call(client, 400, "G\xc3", CHECKS, NULL);
	client_call(client, 200, "GET", "/emulator/v1/requests", NULL);
	assert_string_equal(json_text(client->body, "requests[2].method"), "G");
	client_call(client, 200, "GET", "/emulator/v1/requests?after=1", NULL);
	assert_int_equal(json_int(client->body, "requests[0].number", 0), 2);
}

static void reset_forgets_everything(void **state)
{
	struct client *client = *state;
	char *text;
	cJSON *world;

	chain_make_group(client);
	client_call(client, 200, "POST", "/emulator/v1/reset", "{\"seed\":9}");
	client_call(client, 404, "GET", ZONE "instanceGroupManagers/mig", NULL);
	text = emulator_state(client->emulator);
	world = json_parse_text(text);
	mem_free(text);
	assert_string_equal(json_text(world, "seed"), "9");
	assert_null(json_member(json_member(world, "resources"), "projects/my-project/global/instanceTemplates/t1"));
	chain_make(client);
	text = emulator_state(client->emulator);
	world = json_parse_text(text);
	mem_free(text);
	assert_non_null(
		json_member(json_member(world, "resources"), "projects/my-project/global/instanceTemplates/t1"));
	assert_int_equal(cJSON_GetArraySize(json_member(json_member(world, "instances"),
				 "projects/my-project/zones/us-central1-a/instanceGroupManagers/mig")),
		3);
}

static void send_batch(struct client *client, const char *body)
{
	struct emulator_request request = {.id = ++client->id,
		.method = "POST",
		.path = "/batch/compute/v1",
		.query = "",
		.content_type = "multipart/mixed; boundary=\"===edge===\"",
		.body = body,
		.body_length = strlen(body)};

	emulator_request(client->emulator, &request, client->now);
}

#define PART(id, request, body)                                                                                        \
	"--===edge===\r\nContent-Type: application/http\r\nMIME-Version: 1.0\r\nContent-ID: <x+" id                    \
	">\r\n\r\n" request " HTTP/1.1\r\nContent-Type: application/json\r\nHost: localhost\r\n\r\n" body "\r\n"

static void batches_answer_every_part(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", CHECKS, BODY);
	send_batch(client, PART("1", "GET " CHECKS "/hc?alt=json", "") PART("2", "GET " CHECKS "/none", "") PART(
				   "3", "POST " CHECKS, "{\"name\":\"hc3\",\"type\":\"TCP\"}") "--===edge===--\r\n");
	assert_int_equal(client->answered, client->id);
	assert_int_equal(client->status, 200);
	assert_non_null(strstr(client->own_type, "multipart/mixed; boundary="));
	assert_non_null(strstr(client->own_text, "Content-ID: <response-x+1>\r\n\r\nHTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(client->own_text, "Content-ID: <response-x+2>\r\n\r\nHTTP/1.1 404 Not Found\r\n"));
	assert_non_null(strstr(client->own_text, "Content-ID: <response-x+3>\r\n\r\nHTTP/1.1 200 OK\r\n"));
	client_settle(client);
	client_call(client, 200, "GET", CHECKS "/hc3", NULL);
}

static void a_batch_of_waits_is_a_long_poll(void **state)
{
	struct client *client = *state;
	char body[1200];
	int answers;

	client_call(client, 200, "POST", CHECKS, BODY);
	snprintf(body, sizeof(body),
		PART("1", "POST " P "global/operations/%s/wait", "") PART("2", "GET " CHECKS, "") "--===edge===--",
		json_text(client->body, "name"));
	answers = client->answers;
	send_batch(client, body);
	assert_int_equal(client->answers, answers);
	client_settle(client);
	assert_int_equal(client->answers, answers + 1);
	assert_non_null(strstr(client->own_text, "\"DONE\""));
}

static void broken_batches_are_refused(void **state)
{
	static const char *const bodies[] = {"", "nothing", "--===edge===--",
		"--===edge===\r\n\r\nGET\r\n--===edge===--", PART("1", "GET " CHECKS, "")};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		send_batch(client, bodies[i]);
		assert_int_equal(client->answered, client->id);
		assert_int_equal(client->status, 400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(a_fault_answers_so_many_times),
		EMULATOR_TEST(a_fault_may_answer_anything),
		EMULATOR_TEST(probability_hits_some),
		EMULATOR_TEST(drops_before_and_after),
		EMULATOR_TEST(a_dropped_wait_is_over),
		EMULATOR_TEST(delays_the_answer_only),
		EMULATOR_TEST(operations_fail_and_leave_nothing),
		EMULATOR_TEST(a_failed_delete_of_a_group_keeps_its_machines),
		EMULATOR_TEST(wrong_faults_are_refused),
		EMULATOR_TEST(faults_can_be_taken_back),
		EMULATOR_TEST(families_are_withdrawn_and_restored),
		EMULATOR_TEST(families_get_newer_images),
		EMULATOR_TEST(machines_fail_where_there_is_no_room),
		EMULATOR_TEST(an_unknown_machine_type_is_said_by_the_machines),
		EMULATOR_TEST(count_quotas_refuse_at_once),
		EMULATOR_TEST(wrong_changes_are_refused),
		EMULATOR_TEST(requests_are_logged),
		EMULATOR_TEST(reset_forgets_everything),
		EMULATOR_TEST(batches_answer_every_part),
		EMULATOR_TEST(a_batch_of_waits_is_a_long_poll),
		EMULATOR_TEST(broken_batches_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The life of a health check: the plainest kind, so everything that all kinds share is tested here. */
#include "client.h"

#define CHECKS P "global/healthChecks"
#define BODY                                                                                                           \
	"{\"name\":\"hc\",\"type\":\"HTTP\",\"checkIntervalSec\":10,\"timeoutSec\":5,\"healthyThreshold\":2,"          \
	"\"unhealthyThreshold\":2,"                                                                                    \
	"\"httpHealthCheck\":{\"port\":80,\"proxyHeader\":\"NONE\",\"requestPath\":\"/\"}}"

static void insert_is_an_operation_that_takes_time(void **state)
{
	struct client *client = *state;
	cJSON *operation = client_call(client, 200, "POST", CHECKS, BODY);

	assert_string_equal(json_text(operation, "kind"), "compute#operation");
	assert_string_equal(json_text(operation, "operationType"), "insert");
	assert_string_not_equal(json_text(operation, "status"), "DONE");
	assert_int_equal(json_int(operation, "progress", -1), 0);
	assert_string_equal(json_text(operation, "targetLink"), LINK "global/healthChecks/hc");
	assert_false(json_has(operation, "endTime"));
	client_call(client, 404, "GET", CHECKS "/hc", NULL);
	assert_string_equal(
		client_message(client), "The resource 'projects/my-project/global/healthChecks/hc' was not found");
	assert_string_equal(client_reason(client), "notFound");
	client_pass(client, 11000);
	client_call(client, 200, "GET", CHECKS "/hc", NULL);
}

static void reads_back_what_was_recorded(void **state)
{
	struct client *client = *state;
	cJSON *body, *sent = json_parse_text(BODY);

	client_make(client, "POST", CHECKS, BODY);
	body = client_call(client, 200, "GET", CHECKS "/hc", NULL);
	assert_string_equal(json_text(body, "kind"), "compute#healthCheck");
	assert_string_equal(json_text(body, "selfLink"), LINK "global/healthChecks/hc");
	assert_true(strlen(json_text(body, "id")) >= 18);
	assert_string_equal(json_text(body, "creationTimestamp"), "2026-06-13T03:36:31.100-07:00");
	json_remove(body, "kind");
	json_remove(body, "selfLink");
	json_remove(body, "id");
	json_remove(body, "creationTimestamp");
	assert_true(json_equal(body, sent));
}

static void fills_in_defaults(void **state)
{
	struct client *client = *state;
	cJSON *body;

	client_make(client, "POST", CHECKS, "{\"name\":\"hc\",\"type\":\"HTTPS\"}");
	body = client_call(client, 200, "GET", CHECKS "/hc", NULL);
	assert_int_equal(json_int(body, "checkIntervalSec", 0), 5);
	assert_int_equal(json_int(body, "timeoutSec", 0), 5);
	assert_int_equal(json_int(body, "healthyThreshold", 0), 2);
	assert_int_equal(json_int(body, "httpsHealthCheck.port", 0), 443);
	assert_string_equal(json_text(body, "httpsHealthCheck.requestPath"), "/");
	assert_string_equal(json_text(body, "httpsHealthCheck.proxyHeader"), "NONE");
	assert_false(json_has(body, "description"));
	assert_false(json_has(body, "fingerprint"));
}

static void the_second_of_a_name_is_refused(void **state)
{
	struct client *client = *state;

	client_call(client, 200, "POST", CHECKS, BODY);
	client_call(client, 409, "POST", CHECKS, BODY);
	assert_string_equal(client_reason(client), "alreadyExists");
	assert_string_equal(
		client_message(client), "The resource 'projects/my-project/global/healthChecks/hc' already exists");
}

static void one_change_at_a_time(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", CHECKS, BODY);
	client_call(client, 200, "PATCH", CHECKS "/hc", "{\"timeoutSec\":4}");
	client_call(client, 400, "PATCH", CHECKS "/hc", "{\"timeoutSec\":3}");
	assert_string_equal(client_reason(client), "resourceNotReady");
	assert_string_equal(
		client_message(client), "The resource 'projects/my-project/global/healthChecks/hc' is not ready");
	assert_int_equal(json_int(client_call(client, 200, "GET", CHECKS "/hc", NULL), "timeoutSec", 0), 5);
	client_settle(client);
	assert_int_equal(json_int(client_call(client, 200, "GET", CHECKS "/hc", NULL), "timeoutSec", 0), 4);
}

static void patch_merges_and_put_replaces(void **state)
{
	struct client *client = *state;
	cJSON *body;

	client_make(client, "POST", CHECKS, BODY);
	client_make(
		client, "PATCH", CHECKS "/hc", "{\"httpHealthCheck\":{\"requestPath\":\"/healthz\",\"host\":\"a.b\"}}");
	body = client_call(client, 200, "GET", CHECKS "/hc", NULL);
	assert_string_equal(json_text(body, "httpHealthCheck.requestPath"), "/healthz");
	assert_int_equal(json_int(body, "httpHealthCheck.port", 0), 80);
	assert_int_equal(json_int(body, "checkIntervalSec", 0), 10);
	client_make(client, "PATCH", CHECKS "/hc", "{\"httpHealthCheck\":{\"host\":null}}");
	body = client_call(client, 200, "GET", CHECKS "/hc", NULL);
	assert_false(json_has(body, "httpHealthCheck.host"));
	client_make(client, "PUT", CHECKS "/hc",
		"{\"name\":\"hc\",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":81},\"description\":\"\"}");
	body = client_call(client, 200, "GET", CHECKS "/hc", NULL);
	assert_int_equal(json_int(body, "checkIntervalSec", 0), 5);
	assert_false(json_has(body, "httpHealthCheck"));
	assert_string_equal(json_text(body, "description"), "");
}

static void deleted_is_gone_when_done(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", CHECKS, BODY);
	assert_string_equal(
		json_text(client_call(client, 200, "DELETE", CHECKS "/hc", NULL), "operationType"), "delete");
	client_call(client, 200, "GET", CHECKS "/hc", NULL);
	client_call(client, 400, "DELETE", CHECKS "/hc", NULL);
	assert_string_equal(client_reason(client), "resourceNotReady");
	client_settle(client);
	client_call(client, 404, "GET", CHECKS "/hc", NULL);
	client_call(client, 404, "DELETE", CHECKS "/hc", NULL);
}

static void bad_bodies_are_refused_by_name(void **state)
{
	static const struct {
		const char *body, *reason, *text;
	} cases[] = {
		{"", "required", "Required field 'resource' not specified"},
		{"[]", "required", "Required field 'resource' not specified"},
		{"{\"name\":", "parseError", "Parse Error"},
		{"{\"type\":\"HTTP\"}", "required", "Required field 'resource.name' not specified"},
		{"{\"name\":\"X_y\",\"type\":\"HTTP\"}", "invalid",
			"Invalid value for field 'resource.name': 'X_y'. Must be a match of regex "
			"'(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"colour\":1}", "badRequest", "\"colour\""},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"colour\":1}}", "badRequest",
			"at 'resource.httpHealthCheck'"},
		{"{\"name\":\"hc\",\"type\":\"PING\"}", "invalid", "'resource.type': 'PING'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"timeoutSec\":\"5\"}", "invalid", "'resource.timeoutSec': '5'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"timeoutSec\":1.5}", "invalid", "'resource.timeoutSec'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"timeoutSec\":6}", "invalid", "'resource.timeoutSec': '6'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"checkIntervalSec\":301}", "invalid",
			"'resource.checkIntervalSec': '301'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"tcpHealthCheck\":{}}", "invalid", "'resource.tcpHealthCheck'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":0}}", "invalid",
			"'resource.httpHealthCheck.port': '0'"},
		{"{\"name\":\"hc\",\"type\":\"HTTP\",\"httpHealthCheck\":[]}", "invalid", "'resource.httpHealthCheck'"},
	};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, 400, "POST", CHECKS, cases[i].body);
		assert_string_equal(client_reason(client), cases[i].reason);
		assert_non_null(strstr(client_message(client), cases[i].text));
	}
}

static void output_only_members_are_ignored(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", CHECKS,
		"{\"name\":\"hc\",\"type\":\"TCP\",\"kind\":\"compute#healthCheck\",\"id\":\"7\",\"selfLink\":\"x\","
		"\"region\":\"r\"}");
	assert_string_not_equal(json_text(client_call(client, 200, "GET", CHECKS "/hc", NULL), "id"), "7");
}

static void request_ids_are_remembered(void **state)
{
	struct client *client = *state;
	const char *first, *second;

	first = json_text(
		client_call(client, 200, "POST", CHECKS "?requestId=01234567-89ab-4def-8123-456789abcdef", BODY),
		"name");
	second = json_text(
		client_call(client, 200, "POST", CHECKS "?requestId=01234567-89ab-4def-8123-456789abcdef", BODY),
		"name");
	assert_string_equal(first, second);
	assert_string_equal(json_text(client->body, "clientOperationId"), "01234567-89ab-4def-8123-456789abcdef");
	client_settle(client);
	client_call(client, 200, "POST", CHECKS "?requestId=01234567-89ab-4def-8123-456789abcdef", BODY);
	assert_string_equal(json_text(client->body, "status"), "DONE");
	client_call(client, 400, "POST", CHECKS "?requestId=seven", BODY);
	client_call(client, 400, "POST", CHECKS "?requestId=00000000-0000-0000-0000-000000000000", BODY);
}

static void wait_answers_when_the_operation_is_done(void **state)
{
	struct client *client = *state;
	char path[300];
	int answers;

	client_call(client, 200, "POST", CHECKS, BODY);
	snprintf(path, sizeof(path), P "global/operations/%s/wait", json_text(client->body, "name"));
	answers = client->answers;
	client_send(client, "POST", path, NULL);
	assert_int_equal(client->answers, answers);
	client_settle(client);
	assert_int_equal(client->answers, answers + 1);
	assert_int_equal(client->status, 200);
	assert_string_equal(json_text(client->body, "status"), "DONE");
	assert_int_equal(json_int(client->body, "progress", 0), 100);
	assert_true(json_has(client->body, "endTime"));
	client_call(client, 200, "POST", path, NULL);
}

static void wait_gives_up_after_two_minutes(void **state)
{
	struct client *client = *state;
	char path[300];
	int answers;

	client_call(client, 200, "POST", "/emulator/v1/faults",
		"{\"method\":\"POST\",\"path\":\"*\",\"operation\":{\"never\":true}}");
	client_call(client, 200, "POST", CHECKS, BODY);
	snprintf(path, sizeof(path), P "global/operations/%s/wait", json_text(client->body, "name"));
	answers = client->answers;
	client_send(client, "POST", path, NULL);
	client_pass(client, 119999);
	assert_int_equal(client->answers, answers);
	client_pass(client, 1);
	assert_int_equal(client->answers, answers + 1);
	assert_string_equal(json_text(client->body, "status"), "RUNNING");
}

static void taking_the_fault_back_lets_it_end(void **state)
{
	struct client *client = *state;
	char path[300];

	client_call(client, 200, "POST", "/emulator/v1/faults",
		"{\"method\":\"POST\",\"path\":\"*\",\"operation\":{\"never\":true}}");
	client_call(client, 200, "POST", CHECKS, BODY);
	snprintf(path, sizeof(path), P "global/operations/%s", json_text(client->body, "name"));
	client_pass(client, 3600000);
	client_call(client, 404, "DELETE", "/emulator/v1/faults/2", NULL);
	client_call(client, 200, "GET", path, NULL);
	assert_string_equal(json_text(client->body, "status"), "RUNNING");
	client_call(client, 200, "DELETE", "/emulator/v1/faults/1", NULL);
	client_call(client, 200, "GET", path, NULL);
	assert_string_equal(json_text(client->body, "status"), "DONE");
	client_call(client, 200, "GET", CHECKS "/hc", NULL);
}

static void a_forgotten_wait_is_never_answered(void **state)
{
	struct client *client = *state;
	char path[300];
	int answers;

	client_call(client, 200, "POST", CHECKS, BODY);
	snprintf(path, sizeof(path), P "global/operations/%s/wait", json_text(client->body, "name"));
	answers = client->answers;
	client_send(client, "POST", path, NULL);
	emulator_forget(client->emulator, client->id);
	client_settle(client);
	assert_int_equal(client->answers, answers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(insert_is_an_operation_that_takes_time),
		EMULATOR_TEST(reads_back_what_was_recorded),
		EMULATOR_TEST(fills_in_defaults),
		EMULATOR_TEST(the_second_of_a_name_is_refused),
		EMULATOR_TEST(one_change_at_a_time),
		EMULATOR_TEST(patch_merges_and_put_replaces),
		EMULATOR_TEST(deleted_is_gone_when_done),
		EMULATOR_TEST(bad_bodies_are_refused_by_name),
		EMULATOR_TEST(output_only_members_are_ignored),
		EMULATOR_TEST(request_ids_are_remembered),
		EMULATOR_TEST(wait_answers_when_the_operation_is_done),
		EMULATOR_TEST(wait_gives_up_after_two_minutes),
		EMULATOR_TEST(taking_the_fault_back_lets_it_end),
		EMULATOR_TEST(a_forgotten_wait_is_never_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rate quotas: minutes, metrics and places of which each is counted by itself. */
#include "client.h"

#define WORLD "/emulator/v1/world"
#define REGION P "regions/us-central1/"
#define ZONE P "zones/us-central1-a/"

static void allow(struct client *client, const char *metric, const char *most)
{
	AUTO_FREE char *body =
		mem_printf("{\"rate\":{\"project\":\"my-project\",\"metric\":\"%s\",\"perMinute\":%s}}", metric, most);

	client_send(client, "POST", WORLD, body);
	assert_int_equal(client->status, 200);
}

/* So many calls pass, and the next one does not. */
static void check_passes(struct client *client, int calls, const char *method, const char *path, const char *body)
{
	for (int i = 0; i < calls; i++) {
		client_send(client, method, path, body);
		assert_int_not_equal(client->status, 403);
	}
	client_send(client, method, path, body);
	assert_int_equal(client->status, 403);
}

static void next_minute(struct client *client)
{
	client->now = (client->now / 60000 + 1) * 60000;
}

static void what_is_too_much_is_refused_until_the_next_minute(void **state)
{
	struct client *client = *state;
	const cJSON *error, *metadata;

	client->now = 30000;
	client_send(client, "GET", P "global/urlMaps", NULL);
	assert_int_equal(client->status, 200);
	allow(client, "list_requests", "3");
	check_passes(client, 3, "GET", P "global/urlMaps", NULL);
	error = json_member(client->body, "error");
	assert_string_equal(json_text(error, "errors[0].reason"), "rateLimitExceeded");
	assert_string_equal(json_text(error, "errors[0].domain"), "usageLimits");
	assert_non_null(
		strstr(json_text(error, "message"), "'List requests per minute' of service 'compute.googleapis.com'"));
	assert_string_equal(json_text(error, "details[0].reason"), "RATE_LIMIT_EXCEEDED");
	metadata = json_at(error, "details[0].metadata");
	assert_string_equal(json_text(metadata, "quota_metric"), "compute.googleapis.com/list_requests");
	assert_string_equal(json_text(metadata, "quota_limit"), "ListRequestsPerMinutePerProject");
	assert_string_equal(json_text(metadata, "quota_limit_value"), "3");
	assert_string_equal(json_text(metadata, "quota_location"), "global");
	client->now = 59999;
	client_send(client, "GET", P "global/addresses", NULL);
	assert_int_equal(client->status, 403);
	next_minute(client);
	check_passes(client, 3, "GET", P "global/addresses", NULL);
	allow(client, "list_requests", "null");
	client_send(client, "GET", P "global/addresses", NULL);
	assert_int_equal(client->status, 200);
}

static void each_metric_place_and_project_is_counted_by_itself(void **state)
{
	struct client *client = *state;
	static const char *const metrics[] = {"read_requests", "list_requests", "global_writes",
		"operation_read_requests", "heavy_weight_read_requests", "read_requests_per_region",
		"list_requests_per_region", "writes_per_region", "operation_read_requests_per_region",
		"heavy_weight_read_requests_per_region", "default_per_region"};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		allow(client, metrics[i], "1");
	check_passes(client, 1, "GET", P "global/urlMaps/m", NULL);
	check_passes(client, 1, "GET", P "global/urlMaps", NULL);
	check_passes(client, 1, "DELETE", P "global/urlMaps/m", NULL);
	check_passes(client, 1, "GET", P "global/operations/o", NULL);
	check_passes(client, 1, "GET", P "aggregated/autoscalers", NULL);
	check_passes(client, 1, "GET", ZONE "instances/i", NULL);
	check_passes(client, 1, "GET", ZONE "instances", NULL);
	check_passes(client, 1, "DELETE", ZONE "instances/i", NULL);
	check_passes(client, 1, "GET", REGION "operations/o", NULL);
	check_passes(client, 1, "POST", ZONE "operations/o/wait", NULL);
	check_passes(client, 1, "POST", ZONE "instanceGroupManagers/g/listManagedInstances", NULL);
	client_send(client, "GET", P "zones/us-central1-b/instances", NULL); /* a zone of the same region */
	assert_int_equal(client->status, 403);
	client_send(client, "GET", P "zones/us-east1-b/instances", NULL);
	assert_int_equal(client->status, 200);
	client_send(client, "GET", "/compute/v1/projects/other-project/global/urlMaps", NULL);
	assert_int_equal(client->status, 200);
}

static void what_is_refused_has_no_effect(void **state)
{
	struct client *client = *state;
	static const char body[] = "{\"name\":\"hc\",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80}}";

	allow(client, "global_writes", "0");
	check_passes(client, 0, "POST", P "global/healthChecks", body);
	client_send(client, "GET", P "global/healthChecks/hc", NULL);
	assert_int_equal(client->status, 404);
}

static void nonsense_is_refused(void **state)
{
	struct client *client = *state;
	static const char *const bodies[] = {
		"{\"rate\":{\"project\":\"my-project\",\"metric\":\"reads\",\"perMinute\":1}}",
		"{\"rate\":{\"project\":\"my-project\",\"metric\":\"global_writes_per_region\",\"perMinute\":1}}",
		"{\"rate\":{\"project\":\"my-project\",\"metric\":\"writes\",\"perMinute\":1}}",
		"{\"rate\":{\"project\":\"my-project\",\"metric\":\"read_requests\",\"perMinute\":-1}}",
		"{\"rate\":{\"project\":\"my-project\",\"metric\":\"read_requests\"}}",
		"{\"rate\":{\"metric\":\"read_requests\",\"perMinute\":1}}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		client_send(client, "POST", WORLD, bodies[i]);
		assert_int_equal(client->status, 400);
	}
	client_send(client, "GET", WORLD, NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(client->body, "rates")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(what_is_too_much_is_refused_until_the_next_minute),
		EMULATOR_TEST(each_metric_place_and_project_is_counted_by_itself),
		EMULATOR_TEST(what_is_refused_has_no_effect),
		EMULATOR_TEST(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

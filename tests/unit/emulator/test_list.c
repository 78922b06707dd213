/* Lists: pages, order, filters of both dialects, the fields parameter, aggregation. */
#include "chain.h"

#define CHECKS P "global/healthChecks"

static void make_checks(struct client *client, int count)
{
	char body[200];

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "{\"name\":\"hc-%02d\",\"type\":\"%s\",\"checkIntervalSec\":%d}", i,
			i % 2 ? "TCP" : "HTTP", 10 + i);
		client_call(client, 200, "POST", CHECKS, body);
		client_pass(client, 1000);
	}
	client_settle(client);
}

static void an_empty_list_has_no_items(void **state)
{
	struct client *client = *state;
	cJSON *body = client_call(client, 200, "GET", CHECKS, NULL);

	assert_string_equal(json_text(body, "kind"), "compute#healthCheckList");
	assert_string_equal(json_text(body, "id"), "projects/my-project/global/healthChecks");
	assert_string_equal(json_text(body, "selfLink"), LINK "global/healthChecks");
	assert_false(json_has(body, "items"));
	assert_false(json_has(body, "nextPageToken"));
}

static void pages_hold_everything_once(void **state)
{
	struct client *client = *state;
	char path[600] = CHECKS "?maxResults=3", seen[8] = "";
	int pages = 0;

	make_checks(client, 7);
	for (;;) {
		const cJSON *body = client_call(client, 200, "GET", path, NULL), *item;
		const char *token = json_text(body, "nextPageToken");

		pages++;
		cJSON_ArrayForEach(item, json_member(body, "items")) strncat(seen, json_text(item, "name") + 4, 1);
		if (!token)
			break;
		snprintf(path, sizeof(path), CHECKS "?maxResults=3&pageToken=%s", token);
	}
	assert_int_equal(pages, 3);
	assert_string_equal(seen, "0123456");
}

static void what_comes_meanwhile_does_not_shift_pages(void **state)
{
	struct client *client = *state;
	char path[600];

	make_checks(client, 4);
	client_call(client, 200, "GET", CHECKS "?maxResults=2", NULL);
	snprintf(path, sizeof(path), CHECKS "?maxResults=2&pageToken=%s", json_text(client->body, "nextPageToken"));
	client_make(client, "POST", CHECKS, "{\"name\":\"a\",\"type\":\"TCP\"}");
	client_call(client, 200, "GET", path, NULL);
	assert_string_equal(json_text(client->body, "items[0].name"), "hc-02");
}

static void tokens_are_bound_to_their_query(void **state)
{
	struct client *client = *state;
	char path[600];

	make_checks(client, 4);
	client_call(client, 200, "GET", CHECKS "?maxResults=2", NULL);
	snprintf(path, sizeof(path), CHECKS "?maxResults=2&filter=type%%3DHTTP&pageToken=%s",
		json_text(client->body, "nextPageToken"));
	client_call(client, 400, "GET", path, NULL);
	assert_string_equal(client_reason(client), "invalid");
	client_call(client, 400, "GET", CHECKS "?pageToken=nonsense", NULL);
}

static void newest_first(void **state)
{
	struct client *client = *state;

	make_checks(client, 3);
	client_call(client, 200, "GET", CHECKS "?orderBy=creationTimestamp%20desc", NULL);
	assert_string_equal(json_text(client->body, "items[0].name"), "hc-02");
	assert_string_equal(json_text(client->body, "items[2].name"), "hc-00");
	client_call(client, 400, "GET", CHECKS "?orderBy=colour", NULL);
}

static void filters_choose(void **state)
{
	static const struct {
		const char *filter;
		int count;
	} cases[] = {
		{"name+%3D+hc-01", 1},
		{"name%3Dhc-0*", 6},
		{"name%21%3Dhc-01", 5},
		{"type%3DTCP", 3},
		{"type+%3D+%22TCP%22", 3},
		{"%28type+%3D+TCP%29+%28checkIntervalSec+%3E+12%29", 2},
		{"type+%3D+TCP+AND+checkIntervalSec+%3C%3D+13", 2},
		{"name%3Dhc-00+OR+name%3Dhc-01", 2},
		{"NOT+name%3Dhc-00", 5},
		{"-name%3Dhc-00", 5},
		{"name%3A02", 1},
		{"httpHealthCheck.port%3D80", 3},
		{"httpHealthCheck%3A%2A", 3},
		{"checkIntervalSec%3E%3D14", 2},
		{"name+eq+hc-0%5B12%5D", 2},
		{"name+eq+hc", 0},
		{"name+ne+.%2A0%5B12%5D", 4},
		{"%28name+eq+%22hc-0%281%7C2%29%22%29", 2},
		{"selfLink+eq+.%2A%2Fhc-03", 1},
		{"%5B0%3D1", 0}, /* names of fields, not steps into arrays */
		{"name%5B%3D1+OR+name..x%3D1", 0},
		{"name%3D%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Aa%2Ab", 0},
	};
	struct client *client = *state;
	char path[300];

	make_checks(client, 6);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(path, sizeof(path), CHECKS "?filter=%s", cases[i].filter);
		client_call(client, 200, "GET", path, NULL);
		if (cJSON_GetArraySize(json_member(client->body, "items")) != cases[i].count)
			fail_msg("%s: %s", cases[i].filter, client->own_text);
	}
}

static void bad_parameters_are_refused(void **state)
{
	static const char *const queries[] = {"filter=name", "filter=name%3D", "filter=%28name%3Da",
		"filter=name+eq+%28", "filter=name+eq+%28a%7B9%7D%29%7B9%7D", "filter=name+eq+a%2B%2B%2B%2B",
		"filter=name+eq+%28%28%28%28%28a%29%2B%29%2B%29%2B%29%2B%29%2B", "filter=name+eq+a%7B999%7D",
		"filter=name+eq+a+AND+type%3DHTTP", "maxResults=501", "maxResults=-1", "maxResults=x", "colour=red"};
	struct client *client = *state;
	char path[200];

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		snprintf(path, sizeof(path), CHECKS "?%s", queries[i]);
		client_call(client, 400, "GET", path, NULL);
	}
}

static void fields_cut_the_answer(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	make_checks(client, 2);
	body = client_call(client, 200, "GET", CHECKS "?fields=items(name,httpHealthCheck/port),nextPageToken", NULL);
	assert_string_equal(json_print(body),
		"{\"items\":[{\"name\":\"hc-00\",\"httpHealthCheck\":{\"port\":80}},{\"name\":\"hc-01\"}]}");
	body = client_call(client, 200, "GET", CHECKS "/hc-01?fields=name,type", NULL);
	assert_int_equal(cJSON_GetArraySize(body), 2);
	client_call(client, 200, "GET", CHECKS "/hc-01?fields=*", NULL);
	assert_true(json_has(client->body, "checkIntervalSec"));
	client_call(client, 400, "GET", CHECKS "/hc-01?fields=colour", NULL);
	assert_string_equal(client_reason(client), "invalidParameter");
	client_call(client, 400, "GET", CHECKS "/hc-01?fields=httpHealthCheck(colour)", NULL);
	client_call(client, 400, "GET", CHECKS "?fields=items(name", NULL);
	client_call(client, 400, "GET", CHECKS "?fields=items/colour", NULL);
}

static void aggregated_lists_go_by_scope(void **state)
{
	struct client *client = *state;
	const cJSON *body, *items;

	chain_make_group(client);
	body = client_call(client, 200, "GET",
		P "aggregated/instanceGroupManagers?returnPartialSuccess=True&includeAllScopes=True", NULL);
	assert_string_equal(json_text(body, "kind"), "compute#instanceGroupManagerAggregatedList");
	items = json_member(body, "items");
	assert_string_equal(
		json_text(json_member(items, "zones/us-central1-a"), "instanceGroupManagers[0].name"), "mig");
	assert_false(json_has(json_member(items, "zones/us-central1-a"), "warning"));
	assert_string_equal(json_text(json_member(items, "regions/us-east1"), "warning.code"), "NO_RESULTS_ON_PAGE");
	assert_string_equal(
		json_text(json_member(items, "regions/us-east1"), "warning.data[0].value"), "regions/us-east1");
	assert_false(json_has(body, "unreachables"));
}

static void an_unreachable_zone_fails_the_list_or_is_left_out(void **state)
{
	struct client *client = *state;

	chain_make_group(client);
	client_call(client, 200, "POST", "/emulator/v1/world", "{\"unreachable\":{\"scope\":\"zones/us-central1-a\"}}");
	client_call(client, 503, "GET", P "aggregated/instanceGroupManagers", NULL);
	client_call(client, 200, "GET", P "aggregated/instanceGroupManagers?returnPartialSuccess=true", NULL);
	assert_string_equal(json_text(client->body, "unreachables[0]"), "zones/us-central1-a");
	assert_null(json_member(json_member(client->body, "items"), "zones/us-central1-a"));
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"unreachable\":{\"scope\":\"zones/us-central1-a\",\"on\":false}}");
	client_call(client, 200, "GET", P "aggregated/instanceGroupManagers", NULL);
}

static void operations_are_listed_and_forgotten(void **state)
{
	struct client *client = *state;
	char path[300];

	make_checks(client, 2);
	client_call(client, 200, "GET", P "global/operations?filter=status+eq+DONE", NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(client->body, "items")), 2);
	client_call(client, 200, "GET", P "global/operations?filter=targetLink+eq+.%2Ahc-01", NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(client->body, "items")), 1);
	snprintf(path, sizeof(path), P "global/operations/%s", json_text(client->body, "items[0].name"));
	client_call(client, 200, "GET", path, NULL);
	client_call(client, 204, "DELETE", path, NULL);
	client_call(client, 404, "GET", path, NULL);
	client_pass(client, INT64_C(3) * 3600 * 1000);
	client_call(client, 200, "GET", P "global/operations", NULL);
	assert_false(json_has(client->body, "items"));
	client_call(client, 200, "GET", P "aggregated/operations?returnPartialSuccess=True", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(an_empty_list_has_no_items),
		EMULATOR_TEST(pages_hold_everything_once),
		EMULATOR_TEST(what_comes_meanwhile_does_not_shift_pages),
		EMULATOR_TEST(tokens_are_bound_to_their_query),
		EMULATOR_TEST(newest_first),
		EMULATOR_TEST(filters_choose),
		EMULATOR_TEST(bad_parameters_are_refused),
		EMULATOR_TEST(fields_cut_the_answer),
		EMULATOR_TEST(aggregated_lists_go_by_scope),
		EMULATOR_TEST(an_unreachable_zone_fails_the_list_or_is_left_out),
		EMULATOR_TEST(operations_are_listed_and_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The schema as judge: of methods, and of everything that the emulator itself answers with. */
#include "chain.h"

#include "emulator/kind.h"
#include "emulator/schema.h"

static int open_schema(void **state)
{
	*state = emu_schema_new(NULL, 0, NULL);
	return *state ? 0 : -1;
}

static int close_schema(void **state)
{
	emu_schema_free(*state);
	return 0;
}

static void methods_are_found_by_path(void **state)
{
	const struct emu_method *method;

	assert_non_null(emu_schema_method(*state, "GET", "projects/p/global/healthChecks"));
	assert_non_null(emu_schema_method(*state, "POST", "projects/p/targetHttpProxies/x/setUrlMap"));
	assert_null(emu_schema_method(*state, "POST", "projects/p/global/targetHttpProxies/x/setUrlMap"));
	assert_null(emu_schema_method(*state, "PATCH", "projects/p/global/instanceTemplates/t"));
	assert_null(emu_schema_method(*state, "GET", "projects/p/global/healthChecks/a/b"));
	assert_non_null(emu_schema_method(*state, "GET", "projects/p/aggregated/forwardingRules"));
	method = emu_schema_method(*state, "POST", "projects/p/zones/z/instanceGroupManagers/m/resize");
	assert_true(emu_method_takes(method, "size"));
	assert_false(emu_method_takes(method, "filter"));
}

static void exceptions_are_known(void **state)
{
	JSON_WORK(work);
	cJSON *body = json_parse_text(
		"{\"namedPorts\":[{\"name\":\"http\",\"port\":80}],\"targetSizePolicy\":{\"mode\":\"INDIVIDUAL\"},"
		"\"instanceLifecyclePolicy\":{\"onFailedHealthCheck\":\"DEFAULT_ACTION\"}}");
	struct emu_refusal refusal = {0};

	assert_true(emu_schema_check(*state, "InstanceGroupManager", body, false, &refusal));
	assert_true(json_has(body, "namedPorts[0].port"));
}

static void numbers_become_what_the_wire_has(void **state)
{
	JSON_WORK(work);
	cJSON *body = json_parse_text("{\"diskSizeGb\":100,\"provisionedIops\":\"7\"}");
	cJSON *wrong = json_parse_text("{\"diskSizeGb\":1.5}");
	struct emu_refusal refusal = {0};

	assert_true(emu_schema_check(*state, "AttachedDiskInitializeParams", body, false, &refusal));
	assert_string_equal(json_text(body, "diskSizeGb"), "100");
	assert_false(emu_schema_check(*state, "AttachedDiskInitializeParams", wrong, false, &refusal));
	assert_string_equal(refusal.message,
		"Invalid value for field 'resource.diskSizeGb': '1.5'. A whole number in quotes is expected.");
}

static void a_text_that_is_no_schema_is_refused(void **state)
{
	struct error err = {0};

	assert_null(emu_schema_new("{}", 2, &err));
	assert_null(emu_schema_new("{", 1, &err));
}

static void judge(const struct emu_schema *schema, const char *message, const cJSON *body)
{
	struct emu_refusal refusal = {0};

	if (!emu_schema_check_answer(schema, message, body, &refusal))
		fail_msg("%s: %s", message, refusal.message);
}

/* The message of a resource, by the collection in its path. */
static const char *message_of(const char *path)
{
	static char collection[64];
	const char *end = strrchr(path, '/'), *start = end;

	while (start > path && start[-1] != '/')
		start--;
	snprintf(collection, sizeof(collection), "%.*s", (int)(end - start), start);
	return emu_kind_find(collection)->message;
}

static void every_answer_is_of_the_schema(void **state)
{
	static const struct emulator_options options = {.seed = 3};
	static const struct {
		const char *path, *message;
	} lists[] = {{P "zones", "Zone"}, {P "regions", "Region"}, {ZONE "machineTypes", "MachineType"},
		{ZONE "instances", "Instance"}, {ZONE "instanceGroups", "InstanceGroup"},
		{P "global/operations", "Operation"}, {ZONE "operations", "Operation"},
		{"/compute/v1/projects/debian-cloud/global/images", "Image"}};
	struct client client;
	const cJSON *item;
	char *text;

	client_open(&client, &options);
	chain_make(&client);
	client_settle(&client);
	text = emulator_state(client.emulator);
	cJSON_ArrayForEach(item, json_member(json_parse_text(text), "resources"))
		judge(*state, message_of(item->string), item);
	mem_free(text);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		client_call(&client, 200, "GET", lists[i].path, NULL);
		assert_true(json_has(client.body, "items[0]"));
		cJSON_ArrayForEach(item, json_member(client.body, "items")) judge(*state, lists[i].message, item);
	}
	judge(*state, "Project", client_call(&client, 200, "GET", "/compute/v1/projects/my-project", NULL));
	judge(*state, "InstanceGroupManagersListManagedInstancesResponse",
		client_call(&client, 200, "POST", ZONE "instanceGroupManagers/mig/listManagedInstances", NULL));
	judge(*state, "BackendServiceGroupHealth",
		client_call(&client, 200, "POST", P "global/backendServices/be/getHealth", GET_HEALTH));
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_are_found_by_path),
		cmocka_unit_test(exceptions_are_known),
		cmocka_unit_test(numbers_become_what_the_wire_has),
		cmocka_unit_test(a_text_that_is_no_schema_is_refused),
		cmocka_unit_test(every_answer_is_of_the_schema),
	};

	return cmocka_run_group_tests(tests, open_schema, close_schema);
}

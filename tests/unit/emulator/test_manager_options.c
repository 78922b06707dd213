/* What group managers say beside versions, sizes and updates: on the wire, and what becomes of machines. */
#include "chain.h"

#define MANAGERS ZONE "instanceGroupManagers"
#define MIG MANAGERS "/mig"

static const cJSON *machine(struct client *client)
{
	client_call(client, 200, "GET", ZONE "instances", NULL);
	return json_at(client->body, "items[0]");
}

static const char *metadata(const cJSON *machine, const char *key)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(machine, "metadata.items"))
	{
		if (text_equal(json_text(item, "key"), key))
			return json_text(item, "value");
	}
	return NULL;
}

#define CONFIG(properties) "{\"allInstancesConfig\":{\"properties\":" properties "}}"

static void properties_of_all_machines(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	chain_make_group(client);
	client_pass(client, 600000);
	assert_null(json_text(chain_manager(client), "status.allInstancesConfig.currentRevision"));
	client_make(client, "PATCH", MIG,
		"{\"updatePolicy\":{\"minimalAction\":\"REFRESH\"},\"allInstancesConfig\":{\"properties\":{"
		"\"metadata\":{\"model\":\"v7\",\"size\":\"big\"},\"labels\":{\"tier\":\"gpu\"}}}}");
	client_pass(client, 60000);
	body = chain_manager(client);
	assert_true(json_bool(body, "status.allInstancesConfig.effective", false));
	assert_non_null(json_text(body, "status.allInstancesConfig.currentRevision"));
	assert_string_equal(metadata(machine(client), "model"), "v7");
	assert_string_equal(json_text(machine(client), "labels.tier"), "gpu");
	client_make(client, "PATCH", MIG, CONFIG("{\"metadata\":{\"model\":\"v8\",\"size\":null},\"labels\":{}}"));
	client_pass(client, 60000);
	assert_string_equal(json_print_canonical(json_member(chain_manager(client), "allInstancesConfig")),
		"{\"properties\":{\"labels\":{\"tier\":\"gpu\"},\"metadata\":{\"model\":\"v8\"}}}");
	assert_string_equal(metadata(machine(client), "model"), "v8");
	assert_null(metadata(machine(client), "size"));
	client_make(client, "PATCH", MIG, "{\"allInstancesConfig\":null}");
	client_pass(client, 60000);
	assert_null(json_member(chain_manager(client), "allInstancesConfig"));
	assert_null(metadata(machine(client), "model"));
	assert_null(json_text(machine(client), "labels.tier"));
}

static void wrong_options_are_refused(void **state)
{
	static const char *const patches[] = {
		CONFIG("{\"labels\":{\"Tier\":\"gpu\"}}"),
		CONFIG("{\"labels\":{\"tier\":\"GPU\"}}"),
		CONFIG("{\"metadata\":{\"no key\":\"x\"}}"),
		CONFIG("{\"metadata\":{\"items\":[]}}"),
		CONFIG("{\"tags\":{\"a\":\"b\"}}"),
	};
	struct client *client = *state;

	chain_make_group(client);
	for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++)
		client_call(client, 400, "PATCH", MIG, patches[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(properties_of_all_machines),
		EMULATOR_TEST(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

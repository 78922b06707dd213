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
#define CHOICE(selections) "{\"instanceFlexibilityPolicy\":{\"instanceSelections\":" selections "}}"

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

#define REGIONAL P "regions/us-central1/instanceGroupManagers"
#define FLEXIBLE                                                                                                       \
	"{\"name\":\"mig\",\"targetSize\":2,\"instanceTemplate\":\"global/instanceTemplates/"                          \
	"t1\",\"distributionPolicy\":"                                                                                 \
	"{\"targetShape\":\"ANY\",\"zones\":[{\"zone\":\"zones/us-central1-a\"}]},\"updatePolicy\":{"                  \
	"\"instanceRedistributionType\":\"NONE\"},\"instanceFlexibilityPolicy\":{\"instanceSelections\":{\"later\":{"  \
	"\"machineTypes\":[\"n1-standard-8\"],\"rank\":2},\"first\":{\"machineTypes\":[\"n2-standard-8\"],\"rank\":1}" \
	"}}}"

/* The best that there is; what is there already stays. */
static void machines_of_several_types(void **state)
{
	struct client *client = *state;
	const cJSON *list;

	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t1", "n1-standard-4"));
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"stockout\":{\"zone\":\"us-central1-a\",\"machineType\":\"n2-standard-8\"}}");
	client_make(client, "POST", REGIONAL, FLEXIBLE);
	client_pass(client, 600000);
	assert_true(text_ends(json_text(machine(client), "machineType"), "/n1-standard-8"));
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"stockout\":{\"zone\":\"us-central1-a\",\"machineType\":\"n2-standard-8\",\"on\":false}}");
	client_make(client, "POST", REGIONAL "/mig/resize?size=3", NULL);
	client_pass(client, 600000);
	list = json_member(
		client_call(client, 200, "POST", REGIONAL "/mig/listManagedInstances", NULL), "managedInstances");
	assert_string_equal(json_text(list, "[0].propertiesFromFlexibilityPolicy.machineType"), "n1-standard-8");
	assert_string_equal(json_text(list, "[2].propertiesFromFlexibilityPolicy.machineType"), "n2-standard-8");
}

#define WORKLOAD(name) "{\"resourcePolicies\":{\"workloadPolicy\":\"" name "\"}}"

static void a_workload_policy_comes_and_stays(void **state)
{
	struct client *client = *state;

	chain_make_group(client);
	client_call(client, 400, "PATCH", MIG, WORKLOAD("regions/us-east1/resourcePolicies/w"));
	client_call(client, 400, "PATCH", MIG, WORKLOAD("w"));
	client_make(client, "PATCH", MIG, WORKLOAD("regions/us-central1/resourcePolicies/w"));
	assert_string_equal(json_text(chain_manager(client), "resourcePolicies.workloadPolicy"),
		LINK "regions/us-central1/resourcePolicies/w");
	client_make(client, "PATCH", MIG, WORKLOAD("projects/my-project/regions/us-central1/resourcePolicies/w"));
	client_call(client, 400, "PATCH", MIG, WORKLOAD("regions/us-central1/resourcePolicies/other"));
	client_call(client, 400, "PATCH", MIG, "{\"resourcePolicies\":null}");
}

static void machines_stand_by(void **state)
{
	struct client *client = *state;
	const cJSON *list;

	chain_make_group(client);
	client_make(client, "PATCH", MIG,
		"{\"standbyPolicy\":{\"mode\":\"SCALE_OUT_POOL\",\"initialDelaySec\":60},\"targetSuspendedSize\":1,"
		"\"targetStoppedSize\":1}");
	client_pass(client, 3600000);
	assert_true(json_bool(chain_manager(client), "status.isStable", false));
	assert_int_equal(json_int(chain_manager(client), "targetSuspendedSize", 0), 1);
	assert_int_equal(json_int(chain_manager(client), "currentActions.none", 0), 5);
	list = json_member(client_call(client, 200, "POST", MIG "/listManagedInstances", NULL), "managedInstances");
	assert_string_equal(json_text(list, "[3].instanceStatus"), "SUSPENDED");
	assert_string_equal(json_text(list, "[4].instanceStatus"), "TERMINATED");
}

#define KEPT                                                                                                           \
	"\"statefulPolicy\":{\"preservedState\":{\"disks\":{\"persistent-disk-0\":{\"autoDelete\":\"NEVER\"}},"        \
	"\"internalIPs\":"                                                                                             \
	"{\"nic0\":{\"autoDelete\":\"ON_PERMANENT_INSTANCE_DELETION\"}}}}"
#define KEPT_BY_NAME                                                                                                   \
	"{\"updatePolicy\":{\"replacementMethod\":\"RECREATE\",\"maxSurge\":{\"fixed\":0},\"maxUnavailable\":{"        \
	"\"fixed\":1}}," KEPT "}"

static void stateful_groups(void **state)
{
	struct client *client = *state;
	const char *name, *kept;

	chain_make_group(client);
	client_call(client, 400, "PATCH", MIG, "{" KEPT "}"); /* SUBSTITUTE */
	client_call(client, 400, "PATCH", MIG,
		"{\"statefulPolicy\":{\"preservedState\":{\"disks\":{\"other\":{}}}},\"updatePolicy\":{"
		"\"replacementMethod\":"
		"\"RECREATE\",\"maxSurge\":{\"fixed\":0},\"maxUnavailable\":{\"fixed\":1}}}");
	client_make(client, "PATCH", MIG, KEPT_BY_NAME);
	assert_true(json_bool(chain_manager(client), "status.stateful.hasStatefulConfig", false));
	client_pass(client, 600000);
	client_call(client, 200, "POST", MIG "/listManagedInstances", NULL);
	kept = json_text(
		client->body, "managedInstances[0].preservedStateFromPolicy.internalIPs.nic0.ipAddress.literal");
	name = json_text(client->body, "managedInstances[0].name");
	client_call(client, 200, "GET", arena_printf(json_arena(), ZONE "instances/%s", name), NULL);
	assert_string_equal(json_text(client->body, "networkInterfaces[0].networkIP"), kept);
	client_call(client, 400, "POST", ZONE "autoscalers",
		"{\"name\":\"a\",\"target\":\"zones/us-central1-a/instanceGroupManagers/mig\",\"autoscalingPolicy\":{"
		"\"maxNumReplicas\":5}}");
	client_make(client, "PATCH", MIG, "{\"statefulPolicy\":null}");
	assert_false(json_bool(chain_manager(client), "status.stateful.hasStatefulConfig", true));
	client_make(client, "POST", ZONE "autoscalers",
		"{\"name\":\"a\",\"target\":\"zones/us-central1-a/instanceGroupManagers/mig\",\"autoscalingPolicy\":{"
		"\"maxNumReplicas\":5}}");
	client_call(client, 400, "PATCH", MIG, KEPT_BY_NAME);
}

static void wrong_options_are_refused(void **state)
{
	static const char *const patches[] = {
		CONFIG("{\"labels\":{\"Tier\":\"gpu\"}}"),
		CONFIG("{\"labels\":{\"tier\":\"GPU\"}}"),
		CONFIG("{\"metadata\":{\"no key\":\"x\"}}"),
		CONFIG("{\"metadata\":{\"items\":[]}}"),
		CONFIG("{\"tags\":{\"a\":\"b\"}}"),
		"{\"targetSuspendedSize\":-1}",
		"{\"standbyPolicy\":{\"initialDelaySec\":3601}}",
		CHOICE("{\"a\":{\"machineTypes\":[\"n2-standard-8\"]}}"),
	};
	struct client *client = *state;

	chain_make_group(client);
	for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++)
		client_call(client, 400, "PATCH", MIG, patches[i]);
	client_call(client, 400, "POST", REGIONAL,
		"{\"name\":\"r\",\"targetSize\":1,\"instanceTemplate\":\"global/instanceTemplates/t1\","
		"\"instanceFlexibilityPolicy\":{\"instanceSelections\":{\"a\":{\"rank\":1}}}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(properties_of_all_machines),
		EMULATOR_TEST(machines_of_several_types),
		EMULATOR_TEST(a_workload_policy_comes_and_stays),
		EMULATOR_TEST(machines_stand_by),
		EMULATOR_TEST(stateful_groups),
		EMULATOR_TEST(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

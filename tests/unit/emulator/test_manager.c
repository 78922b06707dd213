/* Instance group managers on the wire: read-back, rolling, sizes, verbs, refusals. */
#include "chain.h"

#define MANAGERS ZONE "instanceGroupManagers"
#define MIG MANAGERS "/mig"
#define REGION P "regions/us-central1/"

static void has_exactly_the_members_of_v1(void **state)
{
	static const char *const members[] = {"kind", "id", "creationTimestamp", "name", "zone", "selfLink",
		"baseInstanceName", "instanceGroup", "instanceTemplate", "versions", "targetSize",
		"targetSuspendedSize", "targetStoppedSize", "namedPorts", "updatePolicy", "fingerprint",
		"instanceLifecyclePolicy", "standbyPolicy", "targetSizePolicy", "listManagedInstancesResults",
		"satisfiesPzi", "satisfiesPzs", "currentActions", "status"};
	struct client *client = *state;
	const cJSON *body, *member;

	chain_make_group(client);
	body = chain_manager(client);
	assert_int_equal(cJSON_GetArraySize(body), sizeof(members) / sizeof(members[0]));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!json_member(body, members[i]))
			fail_msg("no %s in %s", members[i], client->own_text);
	assert_int_equal(cJSON_GetArraySize(json_member(body, "currentActions")), 13);
	member = json_member(body, "updatePolicy");
	assert_string_equal(json_print_canonical(member),
		"{\"maxSurge\":{\"calculated\":1,\"fixed\":1},\"maxUnavailable\":{\"calculated\":0,\"fixed\":0},"
		"\"minimalAction\":\"REPLACE\",\"replacementMethod\":\"SUBSTITUTE\",\"type\":\"PROACTIVE\"}");
	assert_string_equal(json_print_canonical(json_member(body, "versions")),
		"[{\"instanceTemplate\":\"" LINK "global/instanceTemplates/t1\",\"targetSize\":{\"calculated\":3}}]");
	assert_string_equal(json_text(body, "instanceTemplate"), LINK "global/instanceTemplates/t1");
	assert_string_equal(json_print_canonical(json_member(body, "instanceLifecyclePolicy")),
		"{\"defaultActionOnFailure\":\"REPAIR\",\"forceUpdateOnRepair\":\"NO\",\"onFailedHealthCheck\":"
		"\"DEFAULT_ACTION\"}");
}

static void takes_what_gcloud_sends(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t1", "n1-standard-4"));
	client_make(client, "POST", MANAGERS,
		"{\"name\":\"mig\",\"zone\":\"us-central1-a\",\"targetSize\":2,\"instanceTemplate\":\"http://"
		"127.0.0.1:1/compute/v1/"
		"projects/my-project/global/instanceTemplates/"
		"t1\",\"statefulPolicy\":{\"preservedState\":{\"disks\":{},\"internalIPs\":{},"
		"\"externalIPs\":{}}}}");
	body = chain_manager(client);
	assert_string_equal(json_text(body, "baseInstanceName"), "mig");
	assert_string_equal(json_text(body, "updatePolicy.type"), "OPPORTUNISTIC");
	assert_string_equal(json_text(body, "instanceTemplate"), LINK "global/instanceTemplates/t1");
	/* rolling-action: the read versions come back with a name and with `calculated`. */
	client_make(client, "PATCH", MIG,
		"{\"versions\":[{\"instanceTemplate\":\"" LINK
		"global/instanceTemplates/t1\",\"name\":\"0/2026\",\"targetSize\":"
		"{\"calculated\":2}}],\"updatePolicy\":{\"type\":\"PROACTIVE\",\"minimalAction\":\"RESTART\"}}");
	assert_string_equal(json_text(chain_manager(client), "versions[0].name"), "0/2026");
}

static void rolls_to_a_new_template(void **state)
{
	struct client *client = *state;
	const cJSON *body, *item;

	chain_make_group(client);
	client_settle(client);
	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t2", "n1-standard-8"));
	client_make(client, "PATCH", MIG,
		"{\"versions\":[{\"instanceTemplate\":\"" LINK "global/instanceTemplates/t2\"}]}");
	body = chain_manager(client);
	assert_false(json_bool(body, "status.isStable", true));
	assert_false(json_bool(body, "status.versionTarget.isReached", true));
	assert_int_equal(json_int(body, "currentActions.creating", 0), 1);
	client_call(client, 400, "DELETE", P "global/instanceTemplates/t1", NULL);
	assert_string_equal(client_reason(client), "resourceInUseByAnotherResource");
	client_settle(client);
	body = chain_manager(client);
	assert_true(
		json_bool(body, "status.isStable", false) && json_bool(body, "status.versionTarget.isReached", false));
	body = client_call(client, 200, "POST", MIG "/listManagedInstances?maxResults=500", NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(body, "managedInstances")), 3);
	cJSON_ArrayForEach(item, json_member(body, "managedInstances"))
		assert_string_equal(json_text(item, "version.instanceTemplate"), LINK "global/instanceTemplates/t2");
	client_make(client, "DELETE", P "global/instanceTemplates/t1", NULL);
	body = client_call(client, 200, "GET", ZONE "instances", NULL);
	assert_string_equal(json_text(body, "items[0].machineType"), ZONE_LINK "machineTypes/n1-standard-8");
	assert_string_equal(json_text(body, "items[0].status"), "RUNNING");
}

static int count_of(struct client *client, const char *template)
{
	const cJSON *item, *list = client_call(client, 200, "POST", MIG "/listManagedInstances", NULL);
	int count = 0;

	cJSON_ArrayForEach(item, json_member(list, "managedInstances")) count +=
		text_equal(json_text(item, "version.instanceTemplate"), template);
	return count;
}

#define OF(template, more) "{\"instanceTemplate\":\"" LINK "global/instanceTemplates/" template "\"" more "}"

/* Two versions: each says how many it has, and nobody may delete the template of either. */
static void canaries_share_the_group(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	chain_make_group(client);
	client_settle(client);
	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t2", "n1-standard-8"));
	client_make(client, "PATCH", MIG,
		"{\"versions\":[" OF("t1", "") "," OF("t2", ",\"targetSize\":{\"fixed\":1}") "]}");
	body = chain_manager(client);
	assert_null(json_member(body, "instanceTemplate"));
	assert_false(json_bool(body, "status.versionTarget.isReached", true));
	client_settle(client);
	body = chain_manager(client);
	assert_true(json_bool(body, "status.versionTarget.isReached", false));
	assert_string_equal(json_print_canonical(json_at(body, "versions[0].targetSize")), "{\"calculated\":2}");
	assert_string_equal(
		json_print_canonical(json_at(body, "versions[1].targetSize")), "{\"calculated\":1,\"fixed\":1}");
	assert_int_equal(count_of(client, LINK "global/instanceTemplates/t1"), 2);
	assert_int_equal(count_of(client, LINK "global/instanceTemplates/t2"), 1);
	client_call(client, 400, "DELETE", P "global/instanceTemplates/t1", NULL);
	client_call(client, 400, "DELETE", P "global/instanceTemplates/t2", NULL);
	assert_string_equal(client_reason(client), "resourceInUseByAnotherResource");
	client_make(client, "PATCH", MIG, "{\"versions\":[" OF("t1", "") "]}");
	client_settle(client);
	assert_int_equal(count_of(client, LINK "global/instanceTemplates/t1"), 3);
	client_make(client, "DELETE", P "global/instanceTemplates/t2", NULL);
}

static void sizes_change_by_resize_and_by_verbs(void **state)
{
	struct client *client = *state;
	char body[300];

	chain_make_group(client);
	client_settle(client);
	client_make(client, "POST", MIG "/resize?size=5", NULL);
	client_settle(client);
	assert_int_equal(json_int(client_call(client, 200, "GET", ZONE "instanceGroups/mig", NULL), "size", 0), 5);
	client_call(client, 200, "POST", MIG "/listManagedInstances", NULL);
	snprintf(body, sizeof(body), "{\"instances\":[\"%s\"]}",
		json_text(client->body, "managedInstances[0].instance"));
	client_make(client, "POST", MIG "/deleteInstances", body);
	client_settle(client);
	assert_int_equal(json_int(chain_manager(client), "targetSize", 0), 4);
	/* A later PATCH starts from that size. */
	client_make(client, "PATCH", MIG, "{\"description\":\"x\"}");
	client_settle(client);
	assert_int_equal(json_int(chain_manager(client), "targetSize", 0), 4);
	client_make(client, "POST", MIG "/createInstances", "{\"instances\":[{\"name\":\"special\"}]}");
	client_settle(client);
	client_call(client, 200, "GET", ZONE "instances/special", NULL);
	client_make(client, "POST", MIG "/recreateInstances",
		"{\"instances\":[\"zones/us-central1-a/instances/special\"]}");
	client_settle(client);
	client_call(client, 400, "POST", MIG "/deleteInstances", "{\"instances\":[\"nobody\"]}");
	client_call(client, 400, "POST", MIG "/deleteInstances", "{}");
	client_call(client, 400, "POST", MIG "/resize", NULL);
	client_call(client, 400, "POST", MIG "/resize?size=x", NULL);
}

static void a_machine_deleted_by_hand_comes_back(void **state)
{
	struct client *client = *state;
	char path[200];
	cJSON *operation;

	chain_make_group(client);
	client_settle(client);
	client_call(client, 200, "GET", ZONE "instances", NULL);
	snprintf(path, sizeof(path), ZONE "instances/%s", json_text(client->body, "items[0].name"));
	operation = client_do(client, "DELETE", path, NULL);
	assert_string_equal(json_text(operation, "operationType"), "delete");
	assert_non_null(strstr(json_text(operation, "targetLink"), "/instances/tf-"));
	client_settle(client);
	assert_int_equal(json_int(chain_manager(client), "currentActions.none", 0), 3);
	client_call(client, 200, "GET", path, NULL);
}

static void named_ports_change_by_their_own_verb(void **state)
{
	struct client *client = *state;
	char body[300], fingerprint[40];
	cJSON *operation;

	chain_make_group(client);
	client_make(client, "PATCH", MIG, "{\"namedPorts\":[{\"name\":\"x\",\"port\":1}]}");
	assert_int_equal(json_int(chain_manager(client), "namedPorts[0].port", 0), 80);
	snprintf(fingerprint, sizeof(fingerprint), "%s",
		json_text(client_call(client, 200, "GET", ZONE "instanceGroups/mig", NULL), "fingerprint"));
	snprintf(body, sizeof(body), "{\"namedPorts\":[{\"name\":\"http\",\"port\":8501}],\"fingerprint\":\"%s\"}",
		fingerprint);
	operation = client_do(client, "POST", ZONE "instanceGroups/mig/setNamedPorts", body);
	assert_string_equal(json_text(operation, "operationType"), "compute.instanceGroups.setNamedPorts");
	assert_string_equal(json_text(operation, "targetLink"), ZONE_LINK "instanceGroups/mig");
	assert_int_equal(json_int(chain_manager(client), "namedPorts[0].port", 0), 8501);
	client_call(client, 412, "POST", ZONE "instanceGroups/mig/setNamedPorts", body);
	assert_string_equal(client_message(client), "Invalid fingerprint.");
	client_make(client, "POST", ZONE "instanceGroups/mig/setNamedPorts", "{\"namedPorts\":[]}");
	assert_false(json_has(chain_manager(client), "namedPorts"));
	client_call(client, 200, "POST", ZONE "instanceGroups/mig/listInstances", "{\"instanceState\":\"ALL\"}");
	assert_string_equal(json_text(client->body, "kind"), "compute#instanceGroupsListInstances");
}

static void healing_waits_for_the_firewall(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	client_make(client, "POST", P "global/healthChecks", HEALTH_CHECK);
	chain_make_group(client);
	client_make(client, "PATCH", MIG,
		"{\"autoHealingPolicies\":[{\"healthCheck\":\"global/healthChecks/hc\",\"initialDelaySec\":3600}]}");
	client_pass(client, 1800000);
	body = chain_manager(client);
	assert_int_equal(json_int(body, "currentActions.verifying", 0), 3);
	assert_false(json_bool(body, "status.isStable", true));
	client_make(client, "POST", P "global/firewalls", FIREWALL);
	client_pass(client, 60000);
	assert_int_equal(json_int(chain_manager(client), "currentActions.none", 0), 3);
	client_call(client, 400, "DELETE", P "global/healthChecks/hc", NULL);
	assert_non_null(strstr(client_message(client),
		"The health_check resource 'projects/my-project/global/healthChecks/hc' is already being "
		"used by 'projects/my-project/zones/us-central1-a/instanceGroupManagers/mig'"));
	client_make(client, "PATCH", MIG, "{\"autoHealingPolicies\":[{}]}");
	client_make(client, "DELETE", P "global/healthChecks/hc", NULL);
}

static void a_regional_group_spreads(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t1", "n1-standard-4"));
	client_make(client, "POST", REGION "instanceGroupManagers",
		"{\"name\":\"mig\",\"instanceTemplate\":\"global/instanceTemplates/t1\",\"targetSize\":3}");
	client_settle(client);
	body = client_call(client, 200, "GET", REGION "instanceGroupManagers/mig", NULL);
	assert_string_equal(json_text(body, "distributionPolicy.targetShape"), "EVEN");
	assert_string_equal(json_text(body, "distributionPolicy.zones[0].zone"), LINK "zones/us-central1-b");
	assert_string_equal(json_text(body, "distributionPolicy.zones[2].zone"), LINK "zones/us-central1-f");
	assert_string_equal(json_text(body, "updatePolicy.instanceRedistributionType"), "PROACTIVE");
	assert_int_equal(json_int(body, "updatePolicy.maxSurge.fixed", 0), 3);
	assert_string_equal(json_text(body, "region"), LINK "regions/us-central1");
	client_call(client, 200, "GET", P "zones/us-central1-f/instances", NULL);
	assert_int_equal(cJSON_GetArraySize(json_member(client->body, "items")), 1);
	client_call(client, 200, "GET", REGION "instanceGroupManagers", NULL);
	assert_string_equal(json_text(client->body, "kind"), "compute#regionInstanceGroupManagerList");
	client_call(client, 400, "PATCH", REGION "instanceGroupManagers/mig",
		"{\"updatePolicy\":{\"maxSurge\":{\"fixed\":1}}}");
	assert_non_null(strstr(client_message(client),
		"Fixed updatePolicy.maxSurge for regional managed instance group has to be either 0 or at "
		"least equal to the number of zones."));
}

static int count_in(struct client *client, const char *zone)
{
	char path[100];

	snprintf(path, sizeof(path), P "zones/%s/instances", zone);
	return cJSON_GetArraySize(json_member(client_call(client, 200, "GET", path, NULL), "items"));
}

#define SHAPED(name, shape)                                                                                            \
	"{\"name\":\"" name "\",\"instanceTemplate\":\"global/instanceTemplates/t1\",\"targetSize\":4,"                \
	"\"distributionPolicy\":{\"targetShape\":\"" shape                                                             \
	"\",\"zones\":[{\"zone\":\"zones/us-central1-a\"},{\"zone\":\"zones/us-central1-b\"}]},\"updatePolicy\":{"     \
	"\"instanceRedistributionType\":\"NONE\"}}"

/* A zone without stock: an even group waits for it, the others go where stock is. */
static void shapes_say_where_machines_go(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t1", "n1-standard-4"));
	client_call(client, 200, "POST", "/emulator/v1/world", "{\"stockout\":{\"zone\":\"us-central1-a\"}}");
	client_make(client, "POST", REGION "instanceGroupManagers", SHAPED("even", "EVEN"));
	client_pass(client, 600000);
	assert_int_equal(count_in(client, "us-central1-b"), 2);
	client_make(client, "POST", REGION "instanceGroupManagers", SHAPED("balanced", "BALANCED"));
	client_pass(client, 600000);
	assert_int_equal(count_in(client, "us-central1-b"), 6);
	client_make(client, "POST", REGION "instanceGroupManagers", SHAPED("one", "ANY_SINGLE_ZONE"));
	client_pass(client, 600000);
	assert_int_equal(count_in(client, "us-central1-b"), 10);
	client_call(client, 400, "PATCH", REGION "instanceGroupManagers/balanced",
		"{\"updatePolicy\":{\"instanceRedistributionType\":\"PROACTIVE\"}}");
	assert_non_null(strstr(client_message(client), "target shape EVEN"));
}

static void spot_with_delete_fails_in_the_operation(void **state)
{
	struct client *client = *state;
	cJSON *operation;

	client_make(client, "POST", P "global/instanceTemplates",
		"{\"name\":\"t1\",\"properties\":{\"machineType\":\"n1-standard-4\",\"disks\":[{\"boot\":true}],"
		"\"networkInterfaces\":[{}],"
		"\"scheduling\":{\"provisioningModel\":\"SPOT\",\"instanceTerminationAction\":\"DELETE\"}}}");
	operation = client_do(client, "POST", MANAGERS, MANAGER);
	assert_string_equal(json_text(operation, "error.errors[0].message"),
		"Spot virtual machines with termination action set to "
		"DELETE cannot be used with Managed Instance Groups.");
	assert_int_equal(json_int(operation, "httpErrorStatusCode", 0), 400);
	client_call(client, 404, "GET", MIG, NULL);
	client_make(client, "DELETE", P "global/instanceTemplates/t1", NULL);
}

static void fingerprints_are_optional_but_checked(void **state)
{
	struct client *client = *state;
	char body[200];

	chain_make_group(client);
	snprintf(body, sizeof(body), "{\"description\":\"x\",\"fingerprint\":\"%s\"}",
		json_text(chain_manager(client), "fingerprint"));
	client_make(client, "PATCH", MIG, body);
	client_call(client, 412, "PATCH", MIG, body);
	assert_string_equal(json_text(client->body, "error.errors[0].location"), "If-Match");
}

static void wrong_managers_are_refused(void **state)
{
#define WITH(members)                                                                                                  \
	"{\"name\":\"m\",\"targetSize\":3,\"instanceTemplate\":\"global/instanceTemplates/t1\"," members "}"
	static const char *const bodies[] = {
		"{\"name\":\"m\",\"targetSize\":3}",
		"{\"name\":\"m\",\"instanceTemplate\":\"global/instanceTemplates/t1\"}",
		WITH("\"updatePolicy\":{\"maxSurge\":{\"percent\":20}}"),
		WITH("\"updatePolicy\":{\"maxSurge\":{\"fixed\":0},\"maxUnavailable\":{\"fixed\":0}}"),
		WITH("\"updatePolicy\":{\"maxSurge\":{\"fixed\":1,\"percent\":1}}"),
		WITH("\"updatePolicy\":{\"replacementMethod\":\"RECREATE\",\"maxSurge\":{\"fixed\":1}}"),
		WITH("\"versions\":[{\"instanceTemplate\":\"global/instanceTemplates/"
		     "t1\"},{\"instanceTemplate\":\"global/instanceTemplates/t1\"}]"),
		WITH("\"versions\":[{\"name\":\"x\"}]"),
		WITH("\"namedPorts\":[{\"name\":\"http\",\"port\":0}]"),
		WITH("\"namedPorts\":[{\"name\":\"HTTP\",\"port\":80}]"),
		WITH("\"autoHealingPolicies\":[{\"initialDelaySec\":3601}]"),
		WITH("\"baseInstanceName\":\"-x\""),
		WITH("\"updatePolicy\":{\"minReadySec\":0}"),
	};
	struct client *client = *state;

	chain_make_group(client);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		client_call(client, 400, "POST", MANAGERS, bodies[i]);
	client_call(client, 400, "PATCH", MIG, "{\"baseInstanceName\":\"other\"}");
	client_call(client, 400, "POST", P "zones/us-central1-z/instanceGroupManagers", MANAGER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(has_exactly_the_members_of_v1),
		EMULATOR_TEST(takes_what_gcloud_sends),
		EMULATOR_TEST(rolls_to_a_new_template),
		EMULATOR_TEST(canaries_share_the_group),
		EMULATOR_TEST(sizes_change_by_resize_and_by_verbs),
		EMULATOR_TEST(a_machine_deleted_by_hand_comes_back),
		EMULATOR_TEST(named_ports_change_by_their_own_verb),
		EMULATOR_TEST(healing_waits_for_the_firewall),
		EMULATOR_TEST(a_regional_group_spreads),
		EMULATOR_TEST(shapes_say_where_machines_go),
		EMULATOR_TEST(spot_with_delete_fails_in_the_operation),
		EMULATOR_TEST(fingerprints_are_optional_but_checked),
		EMULATOR_TEST(wrong_managers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

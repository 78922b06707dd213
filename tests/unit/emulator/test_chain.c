/* The whole chain: references, uses, health, and taking it down from the front backwards. */
#include "chain.h"

static void comes_up_and_serves(void **state)
{
	struct client *client = *state;
	cJSON *body;

	chain_make(client);
	client_settle(client);
	client_pass(client, 60000);
	body = chain_manager(client);
	assert_true(json_bool(body, "status.isStable", false));
	assert_true(json_bool(body, "status.versionTarget.isReached", false));
	assert_int_equal(json_int(body, "currentActions.none", 0), 3);
	assert_string_equal(json_text(body, "instanceGroup"), ZONE_LINK "instanceGroups/mig");
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
	body = client_call(client, 200, "GET", P "global/forwardingRules/rule", NULL);
	assert_string_equal(json_text(body, "portRange"), "80-80");
	assert_string_equal(json_text(body, "IPProtocol"), "TCP");
	assert_string_equal(json_text(body, "networkTier"), "PREMIUM");
	body = client_call(client, 200, "GET", P "global/addresses/ip", NULL);
	assert_string_equal(json_text(body, "status"), "IN_USE");
	assert_string_equal(json_text(body, "users[0]"), LINK "global/forwardingRules/rule");
	body = client_call(client, 200, "GET", P "global/backendServices/be", NULL);
	assert_string_equal(json_text(body, "usedBy[0].reference"), LINK "global/urlMaps/map");
}

static void health_needs_a_forwarding_rule(void **state)
{
	struct client *client = *state;
	cJSON *body;

	chain_make_back(client);
	client_make(client, "POST", P "global/firewalls", FIREWALL);
	client_settle(client);
	client_pass(client, 60000);
	body = client_call(client, 200, "POST", P "global/backendServices/be/getHealth", GET_HEALTH);
	assert_string_equal(json_text(body, "kind"), "compute#backendServiceGroupHealth");
	assert_false(json_has(body, "healthStatus"));
	client_make(client, "POST", P "global/forwardingRules", RULE);
	client_pass(client, 9000);
	assert_int_equal(chain_health(client, "UNHEALTHY") + chain_health(client, "HEALTHY"), 0);
	client_pass(client, 1000);
	assert_int_equal(chain_health(client, "UNHEALTHY"), 3);
	client_pass(client, 10000);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
}

static void health_needs_a_firewall_that_admits_the_probers(void **state)
{
	struct client *client = *state;

	chain_make_back(client);
	client_make(client, "POST", P "global/forwardingRules", RULE);
	client_settle(client);
	client_pass(client, 120000);
	assert_int_equal(chain_health(client, "UNHEALTHY"), 3);
	client_make(client, "POST", P "global/firewalls", FIREWALL);
	client_pass(client, 20000);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
	client_make(client, "PATCH", P "global/firewalls/fw", "{\"sourceRanges\":[\"130.211.0.0/22\"]}");
	chain_health(client, "HEALTHY");
	client_pass(client, 20000);
	assert_int_equal(chain_health(client, "UNHEALTHY"), 3);
	client_make(client, "PATCH", P "global/firewalls/fw",
		"{\"sourceRanges\":[\"130.211.0.0/22\",\"35.191.0.0/16\"],\"targetTags\":[\"other\"]}");
	client_pass(client, 60000);
	assert_int_equal(chain_health(client, "UNHEALTHY"), 3);
	client_make(client, "PATCH", P "global/firewalls/fw", "{\"targetTags\":[]}");
	client_pass(client, 60000);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
	client_make(client, "PATCH", P "global/firewalls/fw",
		"{\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"81-90\"]}]}");
	chain_health(client, "HEALTHY");
	client_pass(client, 60000);
	assert_int_equal(chain_health(client, "UNHEALTHY"), 3);
}

static void health_needs_the_named_port(void **state)
{
	struct client *client = *state;
	cJSON *body;

	chain_make(client);
	client_make(client, "POST", ZONE "instanceGroups/mig/setNamedPorts",
		"{\"namedPorts\":[{\"name\":\"grpc\",\"port\":8500}]}");
	client_settle(client);
	client_pass(client, 120000);
	assert_int_equal(chain_health(client, "UNHEALTHY"), 3);
	client_make(client, "POST", ZONE "instanceGroups/mig/setNamedPorts",
		"{\"namedPorts\":[{\"name\":\"http\",\"port\":8080}]}");
	client_pass(client, 20000);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
	body = client_call(client, 200, "POST", P "global/backendServices/be/getHealth", GET_HEALTH);
	assert_int_equal(json_int(body, "healthStatus[0].port", 0), 8080);
	body = client_call(client, 200, "GET", ZONE "instanceGroups/mig", NULL);
	assert_int_equal(json_int(body, "namedPorts[0].port", 0), 8080);
	assert_int_equal(json_int(body, "size", 0), 3);
	assert_string_equal(json_text(body, "network"), LINK "global/networks/default");
}

static void a_broken_machine_is_unhealthy_until_mended(void **state)
{
	struct client *client = *state;
	char body[200], name[80];

	chain_make(client);
	client_settle(client);
	client_pass(client, 60000);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
	snprintf(name, sizeof(name), "%s",
		json_text(client->body, "healthStatus[1].instance") + strlen("https://www.googleapis.com/compute/v1/"));
	snprintf(body, sizeof(body), "{\"breakInstance\":\"%s\"}", name);
	client_call(client, 200, "POST", "/emulator/v1/world", body);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
	client_pass(client, 20000);
	assert_int_equal(chain_health(client, "HEALTHY"), 2);
	snprintf(body, sizeof(body), "{\"mendInstance\":\"%s\"}", name);
	client_call(client, 200, "POST", "/emulator/v1/world", body);
	chain_health(client, "HEALTHY");
	client_pass(client, 19000);
	assert_int_equal(chain_health(client, "HEALTHY"), 2);
	client_pass(client, 1000);
	assert_int_equal(chain_health(client, "HEALTHY"), 3);
}

static void missing_references_are_named(void **state)
{
	static const struct {
		const char *path, *body, *text;
		int status;
	} cases[] = {
		{P "global/targetHttpProxies", PROXY,
			"The resource 'projects/my-project/global/urlMaps/map' was not found", 404},
		{P "global/urlMaps", MAP, "The resource 'projects/my-project/global/backendServices/be' was not found",
			404},
		{P "global/backendServices", SERVICE,
			"The resource 'projects/my-project/global/healthChecks/hc' was not found", 404},
		{P "global/forwardingRules",
			"{\"name\":\"r\",\"target\":\"global/targetHttpProxies/p\",\"portRange\":\"80\"}",
			"The resource 'projects/my-project/global/targetHttpProxies/p' was not found", 404},
		{P "global/forwardingRules", RULE,
			"The resource 'projects/my-project/global/addresses/ip' was not found", 404},
		{ZONE "instanceGroupManagers", MANAGER,
			"The resource 'projects/my-project/global/instanceTemplates/t1' was not found", 404},
		{P "global/firewalls",
			"{\"name\":\"f\",\"network\":\"global/networks/n\",\"allowed\":[{\"IPProtocol\":\"tcp\"}]}",
			"The resource 'projects/my-project/global/networks/n' was not found", 404},
		{P "global/instanceTemplates",
			"{\"name\":\"t\",\"properties\":{\"machineType\":\"n1-standard-4\",\"disks\":[{\"boot\":true,"
			"\"initializeParams\":"
			"{\"sourceImage\":\"projects/deeplearning-platform-release/global/images/family/"
			"tf-latest-cpu\"}}],"
			"\"networkInterfaces\":[{}]}}",
			"The referenced image resource cannot be found.", 400},
		{P "global/instanceTemplates",
			"{\"name\":\"t\",\"properties\":{\"machineType\":\"n1-standard-4\",\"disks\":[{\"boot\":true}],"
			"\"networkInterfaces\":[{\"network\":\"global/networks/n\"}]}}",
			"Invalid value for field 'resource.properties.networkInterfaces[0].network': "
			"'global/networks/n'. The referenced network "
			"resource cannot be found.",
			400},
		{P "global/targetHttpProxies", "{\"name\":\"p\",\"urlMap\":\"global/backendServices/x\"}",
			"backendServices", 400},
		{P "global/targetHttpProxies", "{\"name\":\"p\",\"urlMap\":\"map\"}", "The URL is malformed.", 400},
	};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, cases[i].status, "POST", cases[i].path, cases[i].body);
		if (!strstr(client_message(client), cases[i].text))
			fail_msg("case %zu: %s", i, client_message(client));
	}
}

static void what_is_being_made_is_not_ready(void **state)
{
	struct client *client = *state;

	chain_make_group(client);
	client_make(client, "POST", P "global/healthChecks", HEALTH_CHECK);
	client_call(client, 200, "POST", P "global/backendServices", SERVICE);
	client_call(client, 400, "POST", P "global/urlMaps", MAP);
	assert_string_equal(client_reason(client), "resourceNotReady");
	assert_string_equal(
		client_message(client), "The resource 'projects/my-project/global/backendServices/be' is not ready");
}

static void in_use(struct client *client, const char *path, const char *text)
{
	client_call(client, 400, "DELETE", path, NULL);
	assert_string_equal(client_reason(client), "resourceInUseByAnotherResource");
	if (!strstr(client_message(client), text))
		fail_msg("%s: %s", path, client_message(client));
}

static void nothing_in_use_can_be_deleted(void **state)
{
	struct client *client = *state;

	chain_make(client);
	in_use(client, P "global/backendServices/be",
		"The backend_service resource 'projects/my-project/global/backendServices/be' is already being used by "
		"'projects/my-project/global/urlMaps/map'");
	in_use(client, P "global/urlMaps/map",
		"already being used by 'projects/my-project/global/targetHttpProxies/proxy'");
	in_use(client, P "global/targetHttpProxies/proxy",
		"already being used by 'projects/my-project/global/forwardingRules/rule'");
	in_use(client, P "global/addresses/ip",
		"already being used by 'projects/my-project/global/forwardingRules/rule'");
	in_use(client, P "global/instanceTemplates/t1",
		"already being used by 'projects/my-project/zones/us-central1-a/instanceGroupManagers/mig'");
	in_use(client, P "global/healthChecks/hc", "HEALTH_CHECK:hc' is already being used by 'GLOBAL:global/PROJECT:");
}

static void a_group_in_use_is_refused_at_once_or_in_the_operation(void **state)
{
	static const char text[] = "The instance_group_manager resource "
				   "'projects/my-project/zones/us-central1-a/instanceGroupManagers/mig' "
				   "is already being used by 'projects/my-project/global/backendServices/be'";
	struct client *client = *state;
	int at_once = 0, in_operation = 0;

	chain_make_back(client);
	for (int i = 0; i < 20; i++) {
		client_send(client, "DELETE", ZONE "instanceGroupManagers/mig", NULL);
		if (client->status == 400) {
			at_once++;
			assert_string_equal(client_message(client), text);
			continue;
		}
		in_operation++;
		client_settle(client);
		client_call(client, 200, "GET",
			ZONE "operations?filter=operationType+%3D+compute.instanceGroupManagers.delete", NULL);
		assert_string_equal(json_text(client->body, "items[0].error.errors[0].code"),
			"RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
		assert_string_equal(json_text(client->body, "items[0].error.errors[0].message"), text);
		assert_int_equal(json_int(client->body, "items[0].httpErrorStatusCode", 0), 400);
		assert_string_equal(json_text(client->body, "items[0].httpErrorMessage"), "BAD REQUEST");
	}
	assert_true(at_once > 0 && in_operation > 0);
	assert_int_equal(json_int(chain_manager(client), "targetSize", 0), 3);
}

static void a_network_in_use_fails_in_the_operation(void **state)
{
	struct client *client = *state;
	cJSON *operation;

	client_make(client, "POST", P "global/firewalls", FIREWALL);
	operation = client_do(client, "DELETE", P "global/networks/default", NULL);
	assert_string_equal(json_text(operation, "error.errors[0].code"), "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
	client_make(client, "DELETE", P "global/firewalls/fw", NULL);
	client_make(client, "DELETE", P "global/networks/default", NULL);
	client_call(client, 404, "GET", P "regions/us-east1/subnetworks/default", NULL);
}

static void goes_down_from_the_front(void **state)
{
	static const char *const order[] = {P "global/forwardingRules/rule", P "global/targetHttpProxies/proxy",
		P "global/urlMaps/map", P "global/backendServices/be", ZONE "instanceGroupManagers/mig",
		P "global/instanceTemplates/t1", P "global/healthChecks/hc", P "global/addresses/ip",
		P "global/firewalls/fw"};
	struct client *client = *state;

	chain_make(client);
	client_settle(client);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		client_make(client, "DELETE", order[i], NULL);
		client_call(client, 404, "GET", order[i], NULL);
	}
	client_call(client, 404, "GET", ZONE "instanceGroups/mig", NULL);
	assert_false(json_has(client_call(client, 200, "GET", ZONE "instances", NULL), "items"));
}

static void used_by_may_lag(void **state)
{
	struct client *client = *state;

	chain_make_back(client);
	client_call(client, 200, "POST", "/emulator/v1/world", "{\"usedByLagMs\":4000}");
	client_make(client, "DELETE", P "global/targetHttpProxies/proxy", NULL);
	in_use(client, P "global/urlMaps/map",
		"already being used by 'projects/my-project/global/targetHttpProxies/proxy'");
	client_pass(client, 4000);
	client_make(client, "DELETE", P "global/urlMaps/map", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(comes_up_and_serves),
		EMULATOR_TEST(health_needs_a_forwarding_rule),
		EMULATOR_TEST(health_needs_a_firewall_that_admits_the_probers),
		EMULATOR_TEST(health_needs_the_named_port),
		EMULATOR_TEST(a_broken_machine_is_unhealthy_until_mended),
		EMULATOR_TEST(missing_references_are_named),
		EMULATOR_TEST(what_is_being_made_is_not_ready),
		EMULATOR_TEST(nothing_in_use_can_be_deleted),
		EMULATOR_TEST(a_group_in_use_is_refused_at_once_or_in_the_operation),
		EMULATOR_TEST(a_network_in_use_fails_in_the_operation),
		EMULATOR_TEST(goes_down_from_the_front),
		EMULATOR_TEST(used_by_may_lag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

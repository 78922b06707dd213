/* What each kind reads back, takes and refuses, by the reference and the recordings. */
#include "chain.h"

/* The resource without what differs from run to run. */
static const char *read_back(struct client *client, const char *path)
{
	static const char *const passing[] = {"id", "creationTimestamp", "selfLink", "kind", "fingerprint",
		"labelFingerprint", "address", "IPAddress"};
	cJSON *body = client_call(client, 200, "GET", path, NULL);

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		json_remove(body, passing[i]);
	return json_print_canonical(body);
}

static const char *fingerprint_of(struct client *client, const char *path)
{
	return json_text(client_call(client, 200, "GET", path, NULL), "fingerprint");
}

static void backend_service_as_recorded(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", P "global/healthChecks", HEALTH_CHECK);
	client_make(client, "POST", P "global/backendServices",
		"{\"connectionDraining\":{\"drainingTimeoutSec\":300},\"healthChecks\":[\"" LINK "global/healthChecks/"
		"hc\"],\"iap\":{\"enabled\":false,\"oauth2ClientId\":\"\",\"oauth2ClientSecret\":\"\"},"
		"\"loadBalancingScheme\":\"EXTERNAL_MANAGED\",\"name\":\"be\"}");
	assert_string_equal(read_back(client, P "global/backendServices/be"),
		"{\"affinityCookieTtlSec\":0,\"connectionDraining\":{\"drainingTimeoutSec\":300},\"description\":\"\","
		"\"enableCDN\":false,\"healthChecks\":[\"" LINK "global/healthChecks/hc\"],\"iap\":{\"enabled\":false,"
		"\"oauth2ClientId\":\"\",\"oauth2ClientSecretSha256\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"},"
		"\"loadBalancingScheme\":\"EXTERNAL_MANAGED\",\"name\":\"be\",\"port\":80,\"portName\":\"http\","
		"\"protocol\":\"HTTP\","
		"\"sessionAffinity\":\"NONE\",\"timeoutSec\":30}");
}

static void backend_service_defaults(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	chain_make_group(client);
	client_make(client, "POST", P "global/healthChecks", HEALTH_CHECK);
	client_make(client, "POST", P "global/backendServices",
		"{\"name\":\"be\",\"healthChecks\":[\"global/healthChecks/hc\"],\"backends\":[{\"group\":\"http://"
		"127.0.0.1:1/compute/v1/projects/"
		"my-project/zones/us-central1-a/instanceGroups/mig\"}]}");
	body = client_call(client, 200, "GET", P "global/backendServices/be", NULL);
	assert_string_equal(json_text(body, "loadBalancingScheme"), "EXTERNAL");
	assert_int_equal(json_int(body, "connectionDraining.drainingTimeoutSec", -1), 0);
	assert_false(json_has(body, "iap"));
	assert_string_equal(json_print_canonical(json_member(body, "backends")),
		"[{\"balancingMode\":\"UTILIZATION\",\"capacityScaler\":1,\"group\":\"" ZONE_LINK
		"instanceGroups/mig\"}]");
}

static void fingerprints_by_verb(void **state)
{
	struct client *client = *state;
	char body[400], old[40];

	chain_make_back(client);
	snprintf(old, sizeof(old), "%s", fingerprint_of(client, P "global/backendServices/be"));
	assert_int_equal(strlen(old), 12);
	assert_int_equal(old[11], '=');
	client_call(client, 400, "PUT", P "global/backendServices/be", SERVICE);
	assert_string_equal(client_reason(client), "required");
	assert_string_equal(client_message(client), "Required field 'resource.fingerprint' not specified");
	client_make(client, "PATCH", P "global/backendServices/be", "{\"timeoutSec\":31}");
	snprintf(body, sizeof(body), "{\"timeoutSec\":32,\"fingerprint\":\"%s\"}", old);
	client_call(client, 412, "PATCH", P "global/backendServices/be", body);
	assert_string_equal(client_reason(client), "conditionNotMet");
	assert_string_equal(client_message(client), "Invalid fingerprint.");
	assert_string_equal(json_text(client->body, "error.errors[0].locationType"), "header");
	client_call(client, 400, "PUT", P "global/urlMaps/map", MAP);
	assert_string_equal(client_reason(client), "required");
	client_make(client, "PATCH", P "global/urlMaps/map", "{\"description\":\"x\"}");
	client_call(client, 400, "PATCH", P "global/targetHttpProxies/proxy", "{\"description\":\"x\"}");
	assert_string_equal(client_reason(client), "required");
	snprintf(body, sizeof(body), "{\"description\":\"x\",\"fingerprint\":\"%s\"}",
		fingerprint_of(client, P "global/targetHttpProxies/proxy"));
	client_make(client, "PATCH", P "global/targetHttpProxies/proxy", body);
}

static void a_write_without_effect_keeps_the_fingerprint(void **state)
{
	struct client *client = *state;
	char before[40];

	chain_make_back(client);
	snprintf(before, sizeof(before), "%s", fingerprint_of(client, P "global/backendServices/be"));
	client_make(client, "PATCH", P "global/backendServices/be", "{\"timeoutSec\":30}");
	assert_string_equal(fingerprint_of(client, P "global/backendServices/be"), before);
	client_make(client, "PATCH", P "global/backendServices/be", "{\"timeoutSec\":29}");
	assert_string_not_equal(fingerprint_of(client, P "global/backendServices/be"), before);
	client_make(client, "PATCH", P "global/backendServices/be", "{\"timeoutSec\":30}");
	assert_string_not_equal(fingerprint_of(client, P "global/backendServices/be"), before);
}

/* gcloud puts back the whole object that it read, output-only members and all. */
static void put_of_what_was_read(void **state)
{
	struct client *client = *state;
	cJSON *body;

	chain_make_back(client);
	body = json_copy(client_call(client, 200, "GET", P "global/backendServices/be", NULL));
	json_remove(body, "backends");
	json_set_array(body, "customRequestHeaders");
	client_make(client, "PUT", P "global/backendServices/be", json_print(body));
	body = client_call(client, 200, "GET", P "global/backendServices/be", NULL);
	assert_false(json_has(body, "backends"));
	assert_false(json_has(body, "customRequestHeaders"));
	client_make(client, "DELETE", ZONE "instanceGroupManagers/mig", NULL);
}

/* With what only EXTERNAL_MANAGED has, before a service of scheme EXTERNAL. */
#define VALIDATED(schemes)                                                                                             \
	"{\"resource\":{\"name\":\"x\",\"defaultService\":\"global/backendServices/be\",\"hostRules\":[{\"hosts\":["   \
	"\"a.b\"],\"pathMatcher\":\"x\"}],\"pathMatchers\":[{\"name\":\"x\",\"defaultService\":\"global/"              \
	"backendServices/"                                                                                             \
	"be\",\"headerAction\":{\"requestHeadersToRemove\":[\"x-a\"]}}]}" schemes "}"

static void url_maps(void **state)
{
	struct client *client = *state;
	const cJSON *body;

	chain_make_back(client);
	body = client_call(client, 200, "GET", P "global/urlMaps/map", NULL);
	assert_int_equal(cJSON_GetArraySize(body), 7);
	assert_string_equal(json_text(body, "defaultService"), LINK "global/backendServices/be");
	client_make(client, "POST", P "global/urlMaps",
		"{\"name\":\"m2\",\"defaultService\":\"global/backendServices/"
		"be\",\"hostRules\":[{\"hosts\":[\"a.b\"],\"pathMatcher\":\"x\"}],"
		"\"pathMatchers\":[{\"name\":\"x\",\"defaultService\":\"global/backendServices/"
		"be\",\"pathRules\":[{\"paths\":[\"/v1/*\"],"
		"\"service\":\"global/backendServices/be\"}]}]}");
	body = client_call(client, 200, "GET", P "global/urlMaps/m2", NULL);
	assert_string_equal(json_text(body, "pathMatchers[0].pathRules[0].service"), LINK "global/backendServices/be");
	client_call(client, 200, "POST", P "global/urlMaps/none/validate", "{\"resource\":" MAP "}");
	assert_true(json_bool(client->body, "result.loadSucceeded", false));
	client_call(client, 200, "POST", P "global/urlMaps/none/validate",
		"{\"resource\":{\"name\":\"x\",\"defaultService\":\"global/backendServices/no\"}}");
	assert_string_equal(json_text(client->body, "result.loadErrors[0]"),
		"The resource 'projects/my-project/global/backendServices/no' was not found");
	client_call(client, 200, "POST", P "global/urlMaps/none/validate", VALIDATED(""));
	assert_false(json_bool(client->body, "result.loadSucceeded", true));
	client_call(client, 200, "POST", P "global/urlMaps/none/validate",
		VALIDATED(",\"loadBalancingSchemes\":[\"EXTERNAL_MANAGED\"]"));
	assert_true(json_bool(client->body, "result.loadSucceeded", false));
	client_call(client, 200, "POST", P "global/urlMaps/none/validate",
		VALIDATED(",\"loadBalancingSchemes\":[\"EXTERNAL_MANAGED\",\"EXTERNAL\"]"));
	assert_non_null(strstr(json_text(client->body, "result.loadErrors[0]"), "not supported for scheme EXTERNAL"));
}

static void proxies_change_their_map_without_global(void **state)
{
	struct client *client = *state;
	cJSON *operation;

	chain_make_back(client);
	client_make(client, "POST", P "global/urlMaps",
		"{\"name\":\"m2\",\"defaultService\":\"global/backendServices/be\"}");
	client_call(client, 404, "POST", P "global/targetHttpProxies/proxy/setUrlMap",
		"{\"urlMap\":\"global/urlMaps/m2\"}");
	operation =
		client_do(client, "POST", P "targetHttpProxies/proxy/setUrlMap", "{\"urlMap\":\"global/urlMaps/m2\"}");
	assert_string_equal(json_text(operation, "operationType"), "SetUrlMap");
	assert_string_equal(
		json_text(client_call(client, 200, "GET", P "global/targetHttpProxies/proxy", NULL), "urlMap"),
		LINK "global/urlMaps/m2");
	client_make(client, "DELETE", P "global/urlMaps/map", NULL);
}

static void labels_come_by_set_labels_only(void **state)
{
	struct client *client = *state;
	char body[200], old[40];
	const cJSON *seen;

	client_make(client, "POST", P "global/addresses",
		"{\"name\":\"ip\",\"labels\":{\"a\":\"b\"},\"description\":\"d\"}");
	assert_string_equal(read_back(client, P "global/addresses/ip"),
		"{\"addressType\":\"EXTERNAL\",\"description\":\"d\",\"name\":\"ip\",\"networkTier\":\"PREMIUM\","
		"\"status\":\"RESERVED\"}");
	seen = client_call(client, 200, "GET", P "global/addresses/ip", NULL);
	snprintf(old, sizeof(old), "%s", json_text(seen, "labelFingerprint"));
	client_call(client, 412, "POST", P "global/addresses/ip/setLabels", "{\"labels\":{\"a\":\"b\"}}");
	assert_string_equal(
		client_message(client), "Labels fingerprint either invalid or resource labels have changed");
	snprintf(body, sizeof(body), "{\"labels\":{\"a\":\"b\"},\"labelFingerprint\":\"%s\"}", old);
	seen = client_call(client, 200, "POST", P "global/addresses/ip/setLabels", body);
	assert_string_equal(json_text(seen, "status"), "DONE");
	assert_string_equal(json_text(seen, "operationType"), "setLabels");
	seen = client_call(client, 200, "GET", P "global/addresses/ip", NULL);
	assert_string_equal(json_text(seen, "labels.a"), "b");
	client_call(client, 412, "POST", P "global/addresses/ip/setLabels", body);
	client_call(client, 400, "POST",
		P "global/addresses/ip/setLabels?requestId=01234567-89ab-4def-8123-456789abcdef", body);
}

static void forwarding_rules(void **state)
{
	struct client *client = *state;
	const cJSON *body;
	char literal[80], other[400];

	chain_make_back(client);
	client_make(client, "POST", P "global/forwardingRules", RULE);
	body = client_call(client, 200, "GET", P "global/forwardingRules/rule", NULL);
	snprintf(literal, sizeof(literal), "%s", json_text(body, "IPAddress"));
	assert_string_equal(
		literal, json_text(client_call(client, 200, "GET", P "global/addresses/ip", NULL), "address"));
	assert_string_equal(read_back(client, P "global/forwardingRules/rule"),
		"{\"IPProtocol\":\"TCP\",\"loadBalancingScheme\":\"EXTERNAL\",\"name\":\"rule\",\"networkTier\":"
		"\"PREMIUM\","
		"\"portRange\":\"80-80\",\"target\":\"" LINK "global/targetHttpProxies/proxy\"}");
	snprintf(other, sizeof(other),
		"{\"name\":\"r2\",\"target\":\"global/targetHttpProxies/"
		"proxy\",\"portRange\":\"80\",\"IPAddress\":\"%s\"}",
		literal);
	client_call(client, 400, "POST", P "global/forwardingRules", other);
	assert_non_null(
		strstr(client_message(client), "Specified IP address is in-use and would result in a conflict."));
	snprintf(other, sizeof(other),
		"{\"name\":\"r2\",\"target\":\"global/targetHttpProxies/"
		"proxy\",\"portRange\":\"8080\",\"IPAddress\":\"ip\"}");
	client_make(client, "POST", P "global/forwardingRules", other);
	assert_string_equal(
		json_text(client_call(client, 200, "GET", P "global/forwardingRules/r2", NULL), "IPAddress"), literal);
	client_make(
		client, "POST", P "global/targetHttpProxies", "{\"name\":\"p2\",\"urlMap\":\"global/urlMaps/map\"}");
	assert_string_equal(json_text(client_do(client, "POST", P "global/forwardingRules/r2/setTarget",
					      "{\"target\":\"global/targetHttpProxies/p2\"}"),
				    "operationType"),
		"SetTarget");
	client_make(client, "POST", P "global/forwardingRules",
		"{\"name\":\"r3\",\"target\":\"global/targetHttpProxies/p2\",\"portRange\":\"80\"}");
	assert_true(text_starts(
		json_text(client_call(client, 200, "GET", P "global/forwardingRules/r3", NULL), "IPAddress"), "34."));
}

static void wrong_rules_are_refused(void **state)
{
#define NEW_RULE(members) "{\"name\":\"r\",\"target\":\"global/targetHttpProxies/proxy\"," members "}"
	static const struct {
		const char *body, *text;
	} cases[] = {
		{NEW_RULE("\"portRange\":\"80-81\""), "resource.portRange"},
		{NEW_RULE("\"portRange\":\"x\""), "resource.portRange"},
		{NEW_RULE("\"IPProtocol\":\"TCP\""), "Required field 'resource.portRange' not specified"},
		{NEW_RULE("\"portRange\":\"80\",\"IPAddress\":\"8.8.8.8\""), "Invalid IP address specified."},
		{NEW_RULE("\"portRange\":\"80\",\"IPAddress\":\"ip\",\"ipVersion\":\"IPV4\""),
			"Invalid value for field 'resource.ipVersion': 'IPV4'. Both IP Version and IP Address cannot "
			"be specified."},
		{NEW_RULE("\"portRange\":\"80\",\"loadBalancingScheme\":\"EXTERNAL_MANAGED\""),
			"load balancing scheme EXTERNAL"},
		{"{\"name\":\"r\",\"portRange\":\"80\"}", "Required field 'resource.target' not specified"},
	};
	struct client *client = *state;

	chain_make_back(client);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, 400, "POST", P "global/forwardingRules", cases[i].body);
		if (!strstr(client_message(client), cases[i].text))
			fail_msg("case %zu: %s", i, client_message(client));
	}
	client_make(client, "POST", P "global/forwardingRules", RULE);
	client_call(client, 400, "PATCH", P "global/forwardingRules/rule", "{\"portRange\":\"81\"}");
	client_call(
		client, 400, "PATCH", P "global/forwardingRules/rule", "{\"target\":\"global/targetHttpProxies/x\"}");
}

static void firewalls(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", P "global/firewalls",
		"{\"name\":\"fw\",\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"80\"]}]}");
	assert_string_equal(read_back(client, P "global/firewalls/fw"),
		"{\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"80\"]}],\"description\":\"\",\"direction\":"
		"\"INGRESS\",\"disabled\":false,"
		"\"logConfig\":{\"enable\":false},\"name\":\"fw\",\"network\":\"" LINK
		"global/networks/default\",\"priority\":1000,\"sourceRanges\":[\"0.0.0.0/0\"]}");
	client_make(
		client, "PATCH", P "global/firewalls/fw", "{\"sourceTags\":[],\"targetTags\":[\"tf\"],\"priority\":7}");
	assert_false(json_has(client_call(client, 200, "GET", P "global/firewalls/fw", NULL), "sourceTags"));
	assert_int_equal(json_int(client->body, "priority", 0), 7);
	client_make(client, "PUT", P "global/firewalls/fw", "{\"name\":\"fw\",\"denied\":[{\"IPProtocol\":\"udp\"}]}");
	assert_false(json_has(client_call(client, 200, "GET", P "global/firewalls/fw", NULL), "allowed"));
}

static void wrong_firewalls_are_refused(void **state)
{
#define WALL(members) "{\"name\":\"f\"," members "}"
#define ALLOWED "\"allowed\":[{\"IPProtocol\":\"tcp\"}]"
	static const char *const bodies[] = {
		WALL("\"priority\":1"),
		WALL(ALLOWED ",\"denied\":[{\"IPProtocol\":\"tcp\"}]"),
		WALL("\"allowed\":[{\"ports\":[\"80\"]}]"),
		WALL("\"allowed\":[{\"IPProtocol\":\"TCP\"}]"),
		WALL("\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"80-79\"]}]"),
		WALL("\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[80]}]"),
		WALL(ALLOWED ",\"priority\":65536"),
		WALL(ALLOWED ",\"sourceRanges\":[\"everywhere\"]"),
		WALL(ALLOWED ",\"targetTags\":[\"a\"],\"targetServiceAccounts\":[\"b\"]"),
	};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		client_call(client, 400, "POST", P "global/firewalls", bodies[i]);
}

static void instance_template_as_recorded(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", P "global/instanceTemplates",
		"{\"name\":\"t\",\"properties\":{\"machineType\":\"n1-standard-4\",\"disks\":[{\"boot\":true,"
		"\"autoDelete\":true,"
		"\"initializeParams\":{\"sourceImage\":\"" FAMILY
		"\",\"diskSizeGb\":100}}],\"metadata\":{\"items\":[{\"key\":\"b\",\"value\":\"2\"},"
		"{\"key\":\"a\",\"value\":\"1\"}]},\"tags\":{},\"networkInterfaces\":[{\"network\":\"projects/"
		"my-project/global/networks/default\","
		"\"accessConfigs\":[{\"name\":\"External "
		"NAT\"}]}],\"scheduling\":{\"onHostMaintenance\":\"MIGRATE\"}}}");
	client_call(client, 200, "GET", P "global/instanceTemplates/t", NULL);
	json_remove(json_at(client->body, "properties.metadata"), "fingerprint");
	assert_string_equal(json_print_canonical(json_member(client->body, "properties")),
		"{\"disks\":[{\"autoDelete\":true,\"boot\":true,\"deviceName\":\"persistent-disk-0\",\"index\":0,"
		"\"initializeParams\":{"
		"\"diskSizeGb\":\"100\",\"sourceImage\":\"" FAMILY
		"\"},\"kind\":\"compute#attachedDisk\",\"mode\":\"READ_WRITE\","
		"\"type\":\"PERSISTENT\"}],\"machineType\":\"n1-standard-4\",\"metadata\":{\"items\":[{\"key\":\"a\","
		"\"value\":\"1\"},"
		"{\"key\":\"b\",\"value\":\"2\"}],\"kind\":\"compute#metadata\"},\"networkInterfaces\":[{"
		"\"accessConfigs\":[{\"kind\":"
		"\"compute#accessConfig\",\"name\":\"External "
		"NAT\",\"type\":\"ONE_TO_ONE_NAT\"}],\"kind\":\"compute#networkInterface\","
		"\"name\":\"nic0\",\"network\":\"" LINK
		"global/networks/default\"}],\"scheduling\":{\"automaticRestart\":true,"
		"\"onHostMaintenance\":\"MIGRATE\",\"preemptible\":false,\"provisioningModel\":\"STANDARD\"},\"tags\":{"
		"}}");
	assert_string_equal(json_text(client->body, "description"), "");
	client_call(client, 404, "PATCH", P "global/instanceTemplates/t", "{}");
}

static void wrong_templates_are_refused(void **state)
{
#define PROPERTIES(machine, disk, nic, more)                                                                           \
	"{\"name\":\"t\",\"properties\":{\"machineType\":\"" machine "\",\"disks\":[{\"boot\":true" disk               \
	"}],\"networkInterfaces\":[{" nic "}]" more "}}"
	static const struct {
		const char *body, *text;
	} cases[] = {
		{"{\"name\":\"t\"}", "resource.properties"},
		{PROPERTIES("n1-standard-4", ",\"initializeParams\":{\"sourceImage\":\"tf\"}", "", ""),
			"The URL is malformed."},
		{PROPERTIES("n1-standard-4",
			 ",\"initializeParams\":{\"sourceImage\":\"" FAMILY "\",\"diskSizeGb\":\"12\"}", "", ""),
			"Disk cannot be smaller than the chosen image 'common-cu129-ubuntu-2204-nvidia-580-v20260601' "
			"(50.0 GB)."},
		{PROPERTIES("n1-standard-4",
			 ",\"initializeParams\":{\"sourceImage\":\"projects/no-such-one/global/images/x\"}", "", ""),
			"The project 'no-such-one' was not found."},
		{PROPERTIES("n1-standard-4", "", "",
			 ",\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":1}]"),
			"Instances with guest accelerators do not support live migration."},
		{PROPERTIES("n1-standard-4", "", "",
			 ",\"guestAccelerators\":[{\"acceleratorType\":\"zones/z/acceleratorTypes/t4\"}]"),
			"not an url"},
		{PROPERTIES("n1-standard-4", "", "",
			 ",\"scheduling\":{\"provisioningModel\":\"SPOT\",\"automaticRestart\":true}"),
			"AutomaticRestart"},
		{PROPERTIES("n1-standard-4", "", "", ",\"scheduling\":{\"hostErrorTimeoutSeconds\":100}"),
			"hostErrorTimeoutSeconds"},
		{PROPERTIES("n1-standard-4", "", "",
			 ",\"scheduling\":{\"maxRunDuration\":{\"seconds\":\"60\"},\"terminationTime\":\"2026-12-24T18:"
			 "00:00Z\"}"),
			"At most one of maxRunDuration and terminationTime"},
		{PROPERTIES("n1-standard-4", "", "",
			 ",\"reservationAffinity\":{\"consumeReservationType\":\"SPECIFIC_RESERVATION\"}"),
			"resource.properties.reservationAffinity"},
		{PROPERTIES("n1-standard-4", "", "", ",\"tags\":{\"items\":[\"A\"]}"),
			"resource.properties.tags.items"},
		{PROPERTIES("n1-standard-4", "", "", ",\"labels\":{\"A\":\"b\"}"), "resource.properties.labels"},
		{PROPERTIES("n1-standard-4", "", "\"network\":\"global/networks/custom\"", ""),
			"must specify a subnet"},
		{PROPERTIES("n1-standard-4", "", "\"aliasIpRanges\":[{\"ipCidrRange\":\"10.0.0.0/24\"}]", ""),
			"must be a netmask when used in an instance template"},
		{PROPERTIES("n1-standard-4", "", "\"ipv6AccessConfigs\":[{\"type\":\"DIRECT_IPV6\"}]", ""),
			"ipv6AccessConfigs"},
		{PROPERTIES("n1-standard-4", "", "},{", ""), "Networks must be distinct"},
		{PROPERTIES("n1-standard-4", "},{\"type\":\"SCRATCH\"", "", ""), "must be of type local-ssd"},
		{PROPERTIES("n1-standard-4", "", "\"subnetwork\":\"regions/us-central1/subnetworks/none\"", ""),
			"The referenced subnetwork resource cannot be found."},
	};
	struct client *client = *state;

	client_make(client, "POST", P "global/networks", "{\"name\":\"custom\",\"autoCreateSubnetworks\":false}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, 400, "POST", P "global/instanceTemplates", cases[i].body);
		if (!strstr(client_message(client), cases[i].text))
			fail_msg("case %zu: %s", i, client_message(client));
	}
	/* A URL as machine type is taken, and breaks the operation. */
	assert_string_equal(json_text(client_do(client, "POST", P "global/instanceTemplates",
					      PROPERTIES("zones/z/machineTypes/n1", "", "", "")),
				    "error.errors[0].code"),
		"INTERNAL_ERROR");
}

static void a_deprecated_image_warns(void **state)
{
	struct client *client = *state;
	cJSON *operation = client_do(client, "POST", P "global/instanceTemplates",
		PROPERTIES("n1-standard-4",
			",\"initializeParams\":{\"sourceImage\":\"projects/deeplearning-platform-release/global/images/"
			"common-cpu-v20250901\"}",
			"", ""));

	assert_string_equal(json_text(operation, "warnings[0].code"), "DEPRECATED_RESOURCE_USED");
	client_call(client, 200, "GET", P "global/instanceTemplates/t", NULL);
}

static void the_catalogue(void **state)
{
	struct client *client = *state;
	const cJSON *body;
	char by_number[200];

	body = client_call(client, 200, "GET", "/compute/v1/projects/my-project", NULL);
	assert_string_equal(json_text(body, "kind"), "compute#project");
	body = client_call(client, 200, "GET", P "zones/us-central1-f", NULL);
	assert_string_equal(json_text(body, "region"), LINK "regions/us-central1");
	assert_string_equal(json_text(body, "status"), "UP");
	client_call(client, 200, "GET", P "zones", NULL);
	assert_true(cJSON_GetArraySize(json_member(client->body, "items")) > 20);
	client_call(client, 404, "GET", P "zones/us-central1-z", NULL);
	client_call(client, 404, "GET", P "regions/nowhere", NULL);
	body = client_call(client, 200, "GET", ZONE "machineTypes/n1-standard-4", NULL);
	assert_int_equal(json_int(body, "guestCpus", 0), 4);
	client_call(client, 404, "GET", ZONE "machineTypes/n1-standard-5", NULL);
	body = client_call(client, 200, "GET", P "global/networks/default", NULL);
	assert_true(json_bool(body, "autoCreateSubnetworks", false));
	assert_int_equal(json_int(body, "mtu", 0), 1460);
	assert_true(cJSON_GetArraySize(json_member(body, "subnetworks")) == 10);
	client_call(client, 404, "GET", "/compute/v1/projects/no-such-project/global/networks", NULL);
	client_call(client, 200, "GET", "/compute/v1/projects/my-project", NULL);
	snprintf(by_number, sizeof(by_number), "/compute/v1/projects/%.12s/global/networks/default",
		json_text(client->body, "defaultServiceAccount"));
	client_call(client, 200, "GET", by_number, NULL);
	client_call(client, 404, "GET", "/compute/v1/nothing", NULL);
	assert_string_equal(client->own_type, "text/html; charset=UTF-8");
	client_call(client, 404, "GET", "/", NULL);
	client_call(client, 400, "G\xc3", P "zones", NULL); /* what repeats it must be JSON */
}

static void tokens_when_they_are_required(void **state)
{
	static const struct emulator_options options = {.require_token = true};
	struct client client;

	client_open(&client, &options);
	client_call(&client, 401, "GET", "/compute/v1/projects/my-project", NULL);
	assert_string_equal(json_text(client.body, "error.status"), "UNAUTHENTICATED");
	assert_string_equal(json_text(client.body, "error.errors[0].location"), "Authorization");
	client_close(&client);
}

static void lenient_drops_what_it_does_not_know(void **state)
{
	static const struct emulator_options options = {.lenient = true};
	struct client client;

	client_open(&client, &options);
	client_make(&client, "POST", P "global/healthChecks?colour=red",
		"{\"name\":\"hc\",\"type\":\"TCP\",\"colour\":1,\"logConfig\":{\"x\":1}}");
	assert_false(json_has(client_call(&client, 200, "GET", P "global/healthChecks/hc", NULL), "colour"));
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(backend_service_as_recorded),
		EMULATOR_TEST(backend_service_defaults),
		EMULATOR_TEST(fingerprints_by_verb),
		EMULATOR_TEST(a_write_without_effect_keeps_the_fingerprint),
		EMULATOR_TEST(put_of_what_was_read),
		EMULATOR_TEST(url_maps),
		EMULATOR_TEST(proxies_change_their_map_without_global),
		EMULATOR_TEST(labels_come_by_set_labels_only),
		EMULATOR_TEST(forwarding_rules),
		EMULATOR_TEST(wrong_rules_are_refused),
		EMULATOR_TEST(firewalls),
		EMULATOR_TEST(wrong_firewalls_are_refused),
		EMULATOR_TEST(instance_template_as_recorded),
		EMULATOR_TEST(wrong_templates_are_refused),
		EMULATOR_TEST(a_deprecated_image_warns),
		EMULATOR_TEST(the_catalogue),
		cmocka_unit_test(tokens_when_they_are_required),
		cmocka_unit_test(lenient_drops_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

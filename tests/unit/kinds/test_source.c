/* The cloud's words about a body, in those of the spec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/kind.h"
#include "model/crd.h"

static const struct {
	enum kind_id kind;
	const char *said, *want;
} cases[] = {
	{KIND_HEALTH_CHECK, "Invalid value for field 'resource.httpHealthCheck.requestPath': 'x'. Must begin with '/'.",
		"Invalid value for spec.healthCheck.requestPath: 'x'. Must begin with '/'."},
	{KIND_GROUP, "Invalid value for field 'resource.targetSize': '-1'.",
		"Invalid value for spec.pools[cpu].replicas: '-1'."},
	{KIND_GROUP, "Invalid value for field 'resource.namedPorts[0].name': 'X'. No.",
		"Invalid value for spec.serving.portName: 'X'. No."},
	{KIND_GROUP, "Invalid value for field 'resource.namedPorts[12].port': '0'. No.",
		"Invalid value for spec.serving.port: '0'. No."},
	{KIND_INSTANCE_TEMPLATE,
		"Invalid value for field 'resource.properties.disks[0].initializeParams.sourceImage': 'i'. The "
		"referenced image "
		"resource cannot be found.",
		"Invalid value for spec.template.image: 'i'. The referenced image resource cannot be found."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.properties.disks[0].autoDelete': '1'.",
		"Invalid value for spec.template.disk.autoDelete: '1'."},
	/* items of lists, and what is below a row under the same name */
	{KIND_INSTANCE_TEMPLATE,
		"Invalid value for field 'resource.properties.disks[0].initializeParams.diskSizeGb': '1'.",
		"Invalid value for spec.template.disk.diskSizeGb: '1'."},
	{KIND_INSTANCE_TEMPLATE,
		"Invalid value for field 'resource.properties.disks[2].initializeParams.diskSizeGb': '1'.",
		"Invalid value for spec.template.additionalDisks[1].diskSizeGb: '1'."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.properties.disks[1].deviceName': 'X'.",
		"Invalid value for spec.template.additionalDisks[0].deviceName: 'X'."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.properties.disks[x.deviceName': 'X'.",
		"Invalid value for spec.template.disk: 'X'."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.networkInterfaces[1].subnetwork': 's'.",
		"Invalid value for spec.template.additionalNetworkInterfaces[0].subnetwork: 's'."},
	{KIND_INSTANCE_TEMPLATE,
		"Invalid value for field 'resource.networkInterfaces[0].accessConfigs[0].networkTier': 's'.",
		"Invalid value for spec.template.networkTier: 's'."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.scheduling.onHostMaintenance': 'x'.",
		"Invalid value for spec.template.scheduling.onHostMaintenance: 'x'."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.properties.metadata.items[3].value': 'x'.",
		"Invalid value for spec.template.metadata: 'x'."},
	{KIND_GROUP, "Invalid value for field 'resource.versions[1].targetSize.fixed': '9'.",
		"Invalid value for spec.pools[cpu].canary: '9'."},
	{KIND_GROUP, "Invalid value for field 'resource.updatePolicy.maxSurge.fixed': '1'.",
		"Invalid value for spec.updatePolicy.maxSurge.fixed: '1'."},
	{KIND_URL_MAP,
		"Invalid value for field 'resource.pathMatchers[1].routeRules[2].matchRules[0].prefixMatch': 'x'.",
		"Invalid value for spec.routes[1].routeRules[2].matchRules[0].prefixMatch: 'x'."},
	{KIND_URL_MAP, "Invalid value for field 'resource.pathMatchers[1].routeRules[2].service': 'x'.",
		"Invalid value for spec.routes[1].routeRules[2].backend: 'x'."},
	{KIND_URL_MAP,
		"Invalid value for field "
		"'resource.pathMatchers[0].defaultRouteAction.weightedBackendServices[1].weight': '-1'.",
		"Invalid value for spec.routes[0].weightedBackends[1].weight: '-1'."},
	{KIND_URL_MAP, "Invalid value for field 'resource.hostRules[2].hosts[0]': '*x'.",
		"Invalid value for spec.routes[2].hosts[0]: '*x'."},
	{KIND_BACKEND_SERVICE, "Invalid value for field 'resource.cdnPolicy.negativeCachingPolicy[1].ttl': '-1'.",
		"Invalid value for spec.serving.cdnPolicy.negativeCachingPolicy[1].ttl: '-1'."},
	/* of a machine */
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.machineType': 't'. Does not exist.",
		"Invalid value for spec.template.machineType: 't'. Does not exist."},
	{KIND_INSTANCE_TEMPLATE, "Invalid value for field 'resource.networkInterfaces[0].subnetwork': 's'.",
		"Invalid value for spec.template.subnetwork: 's'."},
	{KIND_BACKEND_SERVICE, "Value for field 'resource.backends' is too large: maximum size 50 element(s).",
		"Value for spec.pools is too large: maximum size 50 element(s)."},
	{KIND_BACKEND_SERVICE, "Required field 'resource.protocol' not specified",
		"Required field spec.serving.protocol not specified"},
	/* a backend is no pool, and the cloud counts its members */
	{KIND_BACKEND_SERVICE, "Invalid value for field 'resource.backends[2].maxRate': '-1'.",
		"Invalid value for spec.pools[].capacity.maxRate: '-1'."},
	{KIND_BACKEND_SERVICE, "Invalid value for field 'resource.edgeSecurityPolicy': 'x'.",
		"Invalid value for spec.serving.edgeSecurityPolicy: 'x'."},
	/* what does not come from the spec */
	{KIND_BACKEND_SERVICE, "Required field 'resource.fingerprint' not specified",
		"Required field 'resource.fingerprint' not specified"},
	{KIND_BACKEND_SERVICE, "Invalid value for field 'resource.protocolX': 'x'.",
		"Invalid value for field 'resource.protocolX': 'x'."},
	{KIND_URL_MAP, "Invalid value for field 'resource.defaultService': 'x'.",
		"Invalid value for field 'resource.defaultService': 'x'."},
	{KIND_BACKEND_SERVICE, "Invalid value for field 'resource.", "Invalid value for field 'resource."},
	{KIND_BACKEND_SERVICE, "Something else.", "Something else."},
	{KIND_BACKEND_SERVICE, "", ""},
};

static const char *part_of(enum kind_id kind)
{
	return kind == KIND_BACKEND_SERVICE || kind == KIND_HEALTH_CHECK ? "default" : "cpu";
}

static void fields_are_called_by_the_spec(void **state)
{
	JSON_WORK(work);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(kind_in_spec(kind_at(cases[i].kind), part_of(cases[i].kind), NULL, cases[i].said),
			cases[i].want);
}

/* What pools and backends say for themselves is told as theirs, and nothing else. */
static void fields_that_are_overridden(void **state)
{
	JSON_WORK(work);
	const cJSON *spec = json_parse_text("{\"template\":{\"machineType\":\"a\",\"disk\":{}},\"pools\":[{\"name\":"
					    "\"a\",\"template\":{\"machineType\":"
					    "\"b\"}},{\"name\":\"b\",\"updatePolicy\":{\"maxSurge\":{\"fixed\":1}},"
					    "\"canary\":{\"template\":{\"machineType\":"
					    "\"c\"}}}],\"backends\":[{\"name\":\"v2\",\"serving\":{\"timeoutSec\":0},"
					    "\"healthCheck\":{\"port\":1}}]}");
	static const struct {
		enum kind_id kind;
		const char *part, *member, *want;
	} rows[] = {
		{KIND_INSTANCE_TEMPLATE, "a", "properties.machineType", "spec.pools[a].template.machineType"},
		{KIND_INSTANCE_TEMPLATE, "a", "machineType", "spec.pools[a].template.machineType"},
		{KIND_INSTANCE_TEMPLATE, "a", "properties.disks[0].deviceName", "spec.template.disk.deviceName"},
		{KIND_INSTANCE_TEMPLATE, "b", "properties.machineType",
			"spec.template.machineType, or spec.pools[b].canary.template.machineType"},
		{KIND_INSTANCE_TEMPLATE, "c", "properties.machineType", "spec.template.machineType"},
		{KIND_GROUP, "b", "updatePolicy.maxSurge.fixed", "spec.pools[b].updatePolicy.maxSurge.fixed"},
		{KIND_GROUP, "a", "updatePolicy.maxSurge.fixed", "spec.updatePolicy.maxSurge.fixed"},
		{KIND_BACKEND_SERVICE, "v2", "timeoutSec", "spec.backends[v2].serving.timeoutSec"},
		{KIND_BACKEND_SERVICE, "v2", "protocol", "spec.serving.protocol"},
		{KIND_BACKEND_SERVICE, "default", "timeoutSec", "spec.serving.timeoutSec"},
		{KIND_HEALTH_CHECK, "v2", "httpHealthCheck.port", "spec.backends[v2].healthCheck.port"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *said = arena_printf(json_arena(), "Invalid value for field 'resource.%s': 'x'.", rows[i].member);
		char *want = arena_printf(json_arena(), "Invalid value for %s: 'x'.", rows[i].want);

		assert_string_equal(kind_in_spec(kind_at(rows[i].kind), rows[i].part, spec, said), want);
	}
}

/* "spec.pools[].zone" is a field of the API. */
static bool is_in_spec(const cJSON *schema, const char *path)
{
	for (const char *at = path; schema && at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
		char *name = arena_strndup(json_arena(), at, strcspn(at, ".["));

		schema = json_member(json_member(schema, "properties"), name);
		if (at[strlen(name)] == '[')
			schema = json_member(schema, "items");
	}
	return schema != NULL;
}

static void every_row_names_a_field_of_the_api(void **state)
{
	JSON_WORK(work);
	const cJSON *schema = json_at(crd_build(), "spec.versions[0].schema.openAPIV3Schema");
	int rows = 0;

	for (int kind = 0; kind < KINDS; kind++) {
		for (const struct kind_source *row = kind_at(kind)->sources; row && row->member; row++, rows++) {
			if (!is_in_spec(schema, row->spec))
				fail_msg("%s of %s", row->spec, kind_at(kind)->name);
		}
	}
	assert_in_range(rows, 30, 1000);
	assert_false(is_in_spec(schema, "spec.template.machinetype"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_called_by_the_spec),
		cmocka_unit_test(fields_that_are_overridden),
		cmocka_unit_test(every_row_names_a_field_of_the_api),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The judge refuses what it must, and passes what was recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_check.h"

static struct schema *schema;

static int load(void **state)
{
	schema = schema_load(TFLB_SOURCE_DIR "/src/emulator/compute-v1-schema.json");
	return schema ? 0 : -1;
}

static int unload(void **state)
{
	schema_free(schema);
	return 0;
}

struct body_case {
	const char *message;
	enum schema_use use;
	const char *body;
	const char *problem; /* NULL: passes */
};

static const struct body_case body_cases[] = {
	{"UrlMap", SCHEMA_INSERT, "{\"name\":\"m\",\"hostRules\":[{\"hosts\":[\"a\"]}]}", NULL},
	{"UrlMap", SCHEMA_INSERT, "{\"name\":\"m\",\"hostRule\":[]}", "hostRule: unknown member of UrlMap"},
	{"UrlMap", SCHEMA_INSERT, "{\"hostRules\":[{\"hosts\":[1]}]}", "hostRules[0].hosts[0]: not of type string"},
	{"UrlMap", SCHEMA_INSERT, "{\"hostRules\":{}}", "hostRules: not an array"},
	{"UrlMap", SCHEMA_INSERT, "{\"hostRules\":null}", "hostRules: null"},
	{"UrlMap", SCHEMA_PATCH, "{\"hostRules\":null}", NULL},
	{"UrlMap", SCHEMA_PATCH, "{\"hostRules\":[null]}", "hostRules[0]: not a HostRule"},
	{"UrlMap", SCHEMA_PATCH, "{\"selfLink\":\"x\"}", "selfLink: output only"},
	{"UrlMap", SCHEMA_ANSWER, "{\"selfLink\":\"x\"}", NULL},
	{"UrlMap", SCHEMA_PATCH, "[]", "body: not a UrlMap"},
	{"Firewall", SCHEMA_INSERT, "{\"direction\":\"SIDEWAYS\"}", "direction: not one of the enum's values"},
	{"Firewall", SCHEMA_INSERT, "{\"priority\":1000.5}", "priority: not of type int32"},
	{"Firewall", SCHEMA_INSERT, "{\"priority\":\"1000\"}", "priority: not of type int32"},
	{"Firewall", SCHEMA_INSERT, "{\"disabled\":\"false\"}", "disabled: not of type bool"},
	{"Image", SCHEMA_ANSWER, "{\"diskSizeGb\":\"10\"}", NULL},
	{"Image", SCHEMA_ANSWER, "{\"diskSizeGb\":10}", "diskSizeGb: not of type int64"},
	{"Address", SCHEMA_ANSWER, "{\"labels\":{\"a\":\"b\"}}", NULL},
	{"Address", SCHEMA_ANSWER, "{\"labels\":{\"a\":1}}", "labels.a: not of type string"},
	{"InstanceGroupManager", SCHEMA_INSERT, "{\"namedPorts\":[{\"name\":\"http\",\"port\":80}]}", NULL},
	{"InstanceGroupManager", SCHEMA_INSERT, "{\"namedPorts\":[{\"prot\":80}]}",
		"namedPorts[0].prot: unknown member of NamedPort"},
	{"InstanceGroupManager", SCHEMA_ANSWER, "{\"targetSizePolicy\":{\"mode\":\"INDIVIDUAL\"}}", NULL},
	{"NoSuchThing", SCHEMA_ANSWER, "{}", "the schema has no message NoSuchThing"},
};

static void bodies(void **state)
{
	JSON_WORK(work);

	for (size_t i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++) {
		const struct body_case *c = &body_cases[i];
		struct error err = {0};
		bool passes = schema_check_body(schema, c->message, c->use, json_parse_text(c->body), &err);

		assert_string_equal(passes ? "" : err.message, c->problem ? c->problem : "");
	}
}

struct call_case {
	const char *method, *path, *query, *body;
	const char *problem;
};

static const struct call_case call_cases[] = {
	{"GET", "projects/p/global/urlMaps/m", NULL, NULL, NULL},
	{"GET", "projects/p/global/urlMaps", "maxResults=500&fields=items(name)&pageToken=x", NULL, NULL},
	{"GET", "projects/p/global/urlMaps", "maxResult=500", NULL,
		"compute.urlMaps.list takes no parameter maxResult"},
	{"GET", "projects/p/global/urlMap/m", NULL, NULL, "no such call: GET projects/p/global/urlMap/m"},
	{"GET", "projects//global/urlMaps/m", NULL, NULL, "no such call: GET projects//global/urlMaps/m"},
	{"POST", "projects/p/global/urlMaps", "requestId=1", "{\"name\":\"m\"}", NULL},
	{"POST", "projects/p/global/urlMaps", "", "{}", "compute.urlMaps.insert: the body has no name"},
	{"POST", "projects/p/global/urlMaps", "", NULL, "compute.urlMaps.insert needs a body"},
	{"DELETE", "projects/p/global/urlMaps/m", "", "{}", "compute.urlMaps.delete takes no body"},
	{"PATCH", "projects/p/global/urlMaps/m", "", "{\"tests\":null,\"fingerprint\":\"abc=\"}", NULL},
	{"POST", "projects/p/targetHttpProxies/x/setUrlMap", "", "{\"urlMap\":\"u\"}", NULL},
	{"POST", "projects/p/global/targetHttpProxies/x/setUrlMap", "", "{\"urlMap\":\"u\"}",
		"no such call: POST projects/p/global/targetHttpProxies/x/setUrlMap"},
	{"POST", "projects/p/zones/z/instanceGroupManagers/g/resize", "size=5", NULL, NULL},
	{"POST", "projects/p/zones/z/instanceGroups/g/setNamedPorts", "", "{\"namedPorts\":[]}", NULL},
	{"POST", "projects/p/global/operations/o/wait", "", NULL, NULL},
};

static void calls(void **state)
{
	JSON_WORK(work);

	for (size_t i = 0; i < sizeof(call_cases) / sizeof(call_cases[0]); i++) {
		const struct call_case *c = &call_cases[i];
		struct error err = {0};
		cJSON *body = c->body ? json_parse_text(c->body) : NULL;
		bool passes = schema_check_call(schema, c->method, c->path, c->query, body, &err);

		assert_string_equal(passes ? "" : err.message, c->problem ? c->problem : "");
	}
}

static void a_file_that_is_none(void **state)
{
	assert_null(schema_load(TFLB_SOURCE_DIR "/no-such-file.json"));
	assert_null(schema_load(TFLB_SOURCE_DIR "/CMakeLists.txt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(calls),
		cmocka_unit_test(a_file_that_is_none),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

/* The kinds of a front that speaks TLS, by the reference and the recordings. */
#include "chain.h"

#include "tools/pair.h"

#define PROXIES P "global/targetHttpsProxies"
#define CERTIFICATES P "global/sslCertificates"
#define MANAGED(name, domain) "{\"name\":\"" name "\",\"type\":\"MANAGED\",\"managed\":{\"domains\":[\"" domain "\"]}}"
#define HTTPS_PROXY                                                                                                    \
	"{\"name\":\"https\",\"urlMap\":\"global/urlMaps/map\",\"sslCertificates\":[\"global/sslCertificates/c\"]}"
#define HTTPS_RULE                                                                                                     \
	"{\"name\":\"s\",\"target\":\"global/targetHttpsProxies/"                                                      \
	"https\",\"portRange\":\"443\",\"IPAddress\":\"ip\"}"

static char *pair_body(const char *name, const struct pair *chain, const struct pair *key)
{
	cJSON *body = cJSON_CreateObject();

	json_set_text(body, "name", name);
	json_set_text(body, "certificate", chain->own_chain);
	json_set_text(body, "privateKey", key->own_key);
	return json_print(body);
}

static void a_key_is_never_shown(void **state)
{
	struct client *client = *state;
	struct pair a, b;
	const cJSON *seen;
	char *text;

	pair_make(&a, "ml.example.com");
	pair_make(&b, "ml.example.com");
	client_make(client, "POST", CERTIFICATES, pair_body("c", &a, &a));
	seen = client_call(client, 200, "GET", CERTIFICATES "/c", NULL);
	assert_string_equal(json_text(seen, "type"), "SELF_MANAGED");
	assert_string_equal(json_text(seen, "certificate"), a.own_chain);
	assert_string_equal(json_text(seen, "selfManaged.certificate"), a.own_chain);
	assert_string_equal(json_text(seen, "subjectAlternativeNames[0]"), "ml.example.com");
	assert_non_null(json_text(seen, "expireTime"));
	text = emulator_state(client->emulator);
	assert_null(strstr(text, "PRIVATE KEY"));
	mem_free(text);
	client_call(client, 400, "POST", CERTIFICATES, pair_body("d", &a, &b));
	assert_non_null(strstr(client_message(client), "does not belong"));
	client_call(client, 200, "GET", "/emulator/v1/requests", NULL);
	assert_null(strstr(client->own_text, "PRIVATE KEY"));
	assert_non_null(strstr(client->own_text, "[hidden]"));
	client_call(client, 404, "PATCH", CERTIFICATES "/c", "{}");
	pair_done(&a);
	pair_done(&b);
}

/* One word decides which sort it is; what belongs to the other one counts for nothing. */
static void the_type_decides(void **state)
{
	struct client *client = *state;
	struct pair a;
	cJSON *body;
	const cJSON *seen;

	pair_make(&a, "ml.example.com");
	body = json_parse_text(pair_body("c", &a, &a));
	json_set_text(body, "type", "SELF_MANAGED");
	json_set(body, "managed", json_parse_text("{\"domains\":[\"ml.example.com\"]}"));
	client_make(client, "POST", CERTIFICATES, json_print(body));
	seen = client_call(client, 200, "GET", CERTIFICATES "/c", NULL);
	assert_string_equal(json_text(seen, "type"), "SELF_MANAGED");
	assert_false(json_has(seen, "managed"));
	json_set_text(body, "name", "d");
	json_set_text(body, "type", "MANAGED");
	json_remove(body, "privateKey");
	json_remove(body, "certificate");
	json_set_text(json_set_object(body, "selfManaged"), "certificate", "x");
	client_make(client, "POST", CERTIFICATES, json_print(body));
	seen = client_call(client, 200, "GET", CERTIFICATES "/d", NULL);
	assert_string_equal(json_text(seen, "type"), "MANAGED");
	assert_string_equal(json_text(seen, "managed.status"), "PROVISIONING");
	assert_false(json_has(seen, "selfManaged"));
	pair_done(&a);
}

static const char *state_of(struct client *client, const char *member)
{
	const char *text = json_text(client_call(client, 200, "GET", CERTIFICATES "/c", NULL), member);

	return text ? text : "";
}

static void minutes(struct client *client, int count)
{
	client_pass(client, count * 60000);
}

static void a_managed_one_needs_a_front_and_dns(void **state)
{
	struct client *client = *state;

	chain_make(client);
	client_make(client, "POST", CERTIFICATES, MANAGED("c", "ml.example.com."));
	assert_string_equal(state_of(client, "managed.domains[0]"), "ml.example.com");
	assert_string_equal(state_of(client, "managed.status"), "PROVISIONING");
	assert_string_equal(state_of(client, "expireTime"), "");
	minutes(client, 70);
	assert_string_equal(state_of(client, "managed.status"), "PROVISIONING");
	client_make(client, "POST", PROXIES, HTTPS_PROXY);
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"domain\":{\"name\":\"ml.example.com\",\"state\":\"FAILED_NOT_VISIBLE\"}}");
	client_make(client, "POST", P "global/forwardingRules", HTTPS_RULE);
	minutes(client, 70);
	assert_string_equal(state_of(client, "managed.status"), "PROVISIONING");
	assert_non_null(strstr(json_print(client_call(client, 200, "GET", CERTIFICATES "/c", NULL)),
		"\"ml.example.com\":\"FAILED_NOT_VISIBLE\""));
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"domain\":{\"name\":\"ml.example.com\",\"state\":\"ACTIVE\"}}");
	minutes(client, 5);
	assert_string_equal(state_of(client, "managed.status"), "PROVISIONING");
	minutes(client, 70);
	assert_string_equal(state_of(client, "managed.status"), "ACTIVE");
	assert_true(state_of(client, "expireTime")[0]);
}

static void a_managed_one_can_fail_for_good(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", CERTIFICATES, MANAGED("c", "ml.example.com"));
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"domain\":{\"name\":\"ml.example.com\",\"state\":\"PROVISIONING_FAILED_PERMANENTLY\"}}");
	minutes(client, 5);
	assert_string_equal(state_of(client, "managed.status"), "PROVISIONING_FAILED_PERMANENTLY");
	client_call(client, 200, "POST", "/emulator/v1/world",
		"{\"domain\":{\"name\":\"ml.example.com\",\"state\":\"ACTIVE\"}}");
	minutes(client, 70);
	assert_string_equal(state_of(client, "managed.status"), "PROVISIONING_FAILED_PERMANENTLY");
}

static const char *call_verb(struct client *client, const char *path, const char *body)
{
	return json_text(client_do(client, "POST", path, body), "operationType");
}

static void a_proxy_and_its_verbs(void **state)
{
	struct client *client = *state;
	const cJSON *seen;

	chain_make(client);
	client_make(client, "POST", CERTIFICATES, MANAGED("c", "a.example.com"));
	client_make(client, "POST", CERTIFICATES, MANAGED("d", "b.example.com"));
	client_make(client, "POST", P "global/sslPolicies", "{\"name\":\"p\",\"profile\":\"MODERN\"}");
	client_make(client, "POST", P "global/urlMaps",
		"{\"name\":\"m2\",\"defaultService\":\"global/backendServices/be\"}");
	client_make(client, "POST", PROXIES, HTTPS_PROXY);
	seen = client_call(client, 200, "GET", PROXIES "/https", NULL);
	assert_string_equal(json_text(seen, "tlsEarlyData"), "DISABLED");
	assert_false(json_has(seen, "quicOverride"));
	assert_string_equal(
		call_verb(client, P "targetHttpsProxies/https/setUrlMap", "{\"urlMap\":\"global/urlMaps/m2\"}"),
		"SetUrlMap");
	assert_string_equal(
		call_verb(client, P "targetHttpsProxies/https/setSslCertificates",
			"{\"sslCertificates\":[\"global/sslCertificates/d\",\"global/sslCertificates/c\"]}"),
		"SetSslCertificates");
	call_verb(client, PROXIES "/https/setSslPolicy", "{\"sslPolicy\":\"global/sslPolicies/p\"}");
	assert_string_equal(call_verb(client, PROXIES "/https/setQuicOverride", "{\"quicOverride\":\"DISABLE\"}"),
		"compute.targetHttpsProxies.setQuicOverride");
	seen = client_call(client, 200, "GET", PROXIES "/https", NULL);
	assert_string_equal(json_text(seen, "urlMap"), LINK "global/urlMaps/m2");
	assert_string_equal(json_text(seen, "sslCertificates[0]"), LINK "global/sslCertificates/d");
	assert_string_equal(json_text(seen, "sslPolicy"), LINK "global/sslPolicies/p");
	assert_string_equal(json_text(seen, "quicOverride"), "DISABLE");
	client_call(client, 400, "DELETE", P "global/sslPolicies/p", NULL);
	client_call(client, 400, "DELETE", CERTIFICATES "/c", NULL);
	assert_non_null(strstr(client_message(client), "The ssl_certificate resource"));
	client_call(client, 400, "PATCH", PROXIES "/https", "{\"sslPolicy\":null}");
	assert_non_null(strstr(client_message(client), "Required field 'resource.fingerprint' not specified"));
}

static void wrong_proxies_are_refused(void **state)
{
#define NEW_PROXY(members) "{\"name\":\"x\",\"urlMap\":\"global/urlMaps/map\"" members "}"
	static const struct {
		const char *body, *text;
		int status;
	} cases[] = {
		{NEW_PROXY(""), "resource.sslCertificates", 400},
		{NEW_PROXY(",\"sslCertificates\":[\"global/sslCertificates/no\"]"), "sslCertificates/no' was not found",
			404},
		{NEW_PROXY(",\"certificateMap\":\"map\""), "resource.certificateMap", 400},
		{NEW_PROXY(",\"certificateMap\":\"//certificatemanager.googleapis.com/projects/p/locations/global/"
			   "certificateMaps/m\",\"httpKeepAliveTimeoutSec\":4"),
			"resource.httpKeepAliveTimeoutSec", 400},
	};
	struct client *client = *state;

	chain_make(client);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, cases[i].status, "POST", PROXIES, cases[i].body);
		if (!strstr(client_message(client), cases[i].text))
			fail_msg("case %zu: %s", i, client_message(client));
	}
	client_make(client, "POST", PROXIES,
		NEW_PROXY(",\"certificateMap\":\"//certificatemanager.googleapis.com/projects/p/locations/global/"
			  "certificateMaps/m\""));
}

static void wrong_certificates_and_policies_are_refused(void **state)
{
	static const struct {
		const char *path, *body, *text;
	} cases[] = {
		{CERTIFICATES, MANAGED("c", "*.example.com"), "Invalid domain name specified."},
		{CERTIFICATES, MANAGED("c", "example"), "Invalid domain name specified."},
		{CERTIFICATES, "{\"name\":\"c\",\"type\":\"MANAGED\"}", "managed.domains"},
		{CERTIFICATES, "{\"name\":\"c\",\"certificate\":\"x\",\"privateKey\":\"y\"}", "holds no certificate"},
		{CERTIFICATES, "{\"name\":\"c\",\"certificate\":\"x\"}", "Required field 'resource.privateKey'"},
		{P "global/sslPolicies", "{\"name\":\"p\",\"profile\":\"CUSTOM\"}", "resource.customFeatures"},
		{P "global/sslPolicies", "{\"name\":\"p\",\"customFeatures\":[\"TLS_RSA_WITH_AES_128_CBC_SHA\"]}",
			"resource.customFeatures"},
		{P "global/sslPolicies", "{\"name\":\"p\",\"profile\":\"CUSTOM\",\"customFeatures\":[\"X\"]}",
			"There is no such feature."},
	};
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, 400, "POST", cases[i].path, cases[i].body);
		if (!strstr(client_message(client), cases[i].text))
			fail_msg("case %zu: %s", i, client_message(client));
	}
}

static void policies(void **state)
{
	struct client *client = *state;
	const cJSON *seen;
	char patch[120];

	client_make(client, "POST", P "global/sslPolicies", "{\"name\":\"p\"}");
	seen = client_call(client, 200, "GET", P "global/sslPolicies/p", NULL);
	assert_string_equal(json_text(seen, "profile"), "COMPATIBLE");
	assert_string_equal(json_text(seen, "minTlsVersion"), "TLS_1_0");
	assert_true(cJSON_GetArraySize(json_member(seen, "enabledFeatures")) > 10);
	snprintf(patch, sizeof(patch), "{\"profile\":\"RESTRICTED\",\"fingerprint\":\"%s\"}",
		json_text(seen, "fingerprint"));
	client_do(client, "PATCH", P "global/sslPolicies/p", patch);
	seen = client_call(client, 200, "GET", P "global/sslPolicies/p", NULL);
	assert_string_equal(json_text(seen, "profile"), "RESTRICTED");
	client_call(client, 412, "PATCH", P "global/sslPolicies/p", patch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(a_key_is_never_shown),
		EMULATOR_TEST(the_type_decides),
		EMULATOR_TEST(a_managed_one_needs_a_front_and_dns),
		EMULATOR_TEST(a_managed_one_can_fail_for_good),
		EMULATOR_TEST(a_proxy_and_its_verbs),
		EMULATOR_TEST(wrong_proxies_are_refused),
		EMULATOR_TEST(wrong_certificates_and_policies_are_refused),
		EMULATOR_TEST(policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

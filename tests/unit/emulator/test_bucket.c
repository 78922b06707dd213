/* Backend buckets, and what URL maps may do with them. */
#include "chain.h"

#define BUCKETS P "global/backendBuckets"
#define BUCKET "{\"name\":\"site\",\"bucketName\":\"my-site\"}"
#define SITE "\"global/backendBuckets/site\""
#define SERVICE_LINK "\"global/backendServices/be\""
#define MAPS P "global/urlMaps"

/* As it was recorded. */
static void it_is_read_back(void **state)
{
	struct client *client = *state;
	cJSON *seen;

	client_make(client, "POST", BUCKETS, BUCKET);
	seen = client_call(client, 200, "GET", BUCKETS "/site", NULL);
	json_remove(seen, "id");
	json_remove(seen, "creationTimestamp");
	assert_string_equal(json_print_canonical(seen),
		"{\"bucketName\":\"my-site\",\"enableCdn\":false,\"kind\":\"compute#backendBucket\",\"name\":\"site\","
		"\"selfLink\":\"https://www.googleapis.com/compute/v1/projects/my-project/global/backendBuckets/"
		"site\"}");
	client_make(client, "PATCH", BUCKETS "/site", "{\"enableCdn\":true}");
	seen = json_member(client_call(client, 200, "GET", BUCKETS "/site", NULL), "cdnPolicy");
	assert_string_equal(json_print_canonical(seen),
		"{\"cacheMode\":\"CACHE_ALL_STATIC\",\"clientTtl\":3600,\"defaultTtl\":3600,\"maxTtl\":86400,"
		"\"negativeCaching\":true,\"requestCoalescing\":true,\"serveWhileStale\":86400}");
	client_do(client, "POST", BUCKETS "/site/setEdgeSecurityPolicy",
		"{\"securityPolicy\":\"global/securityPolicies/edge\"}");
	seen = client_call(client, 200, "GET", BUCKETS "/site", NULL);
	assert_string_equal(json_text(seen, "edgeSecurityPolicy"), LINK "global/securityPolicies/edge");
	client_call(client, 400, "POST", BUCKETS, "{\"name\":\"b\"}");
	client_call(client, 400, "POST", BUCKETS, "{\"name\":\"b\",\"bucketName\":\"My_Site\"}");
	client_call(
		client, 400, "PATCH", BUCKETS "/site", "{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeHost\":true}}}");
}

static void a_map_leads_there(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", BUCKETS, BUCKET);
	client_make(client, "POST", MAPS, "{\"name\":\"map\",\"defaultService\":" SITE "}");
	assert_string_equal(json_text(client_call(client, 200, "GET", BUCKETS "/site", NULL), "usedBy[0].reference"),
		LINK "global/urlMaps/map");
	client_call(client, 400, "DELETE", BUCKETS "/site", NULL);
	assert_string_equal(client_message(client),
		"The backend_bucket resource 'projects/my-project/global/backendBuckets/site' is already being used by "
		"'projects/my-project/global/urlMaps/map'");
	client_make(client, "DELETE", MAPS "/map", NULL);
	client_make(client, "DELETE", BUCKETS "/site", NULL);
}

#define WITH_PAGES(rules)                                                                                              \
	"{\"name\":\"pages\",\"defaultService\":" SERVICE_LINK                                                         \
	",\"defaultCustomErrorResponsePolicy\":{\"errorService\":" SITE ",\"errorResponseRules\":[" rules "]}}"
#define PAGE "{\"matchResponseCodes\":[\"404\"],\"path\":\"/404.html\",\"overrideResponseCode\":200}"

static void maps_that_are_refused(void **state)
{
	static const struct {
		const char *body, *words;
	} cases[] = {
		{"{\"name\":\"m\",\"defaultRouteAction\":{\"weightedBackendServices\":[{\"backendService\":" SITE
		 ",\"weight\":1}]}}",
			"weightedBackendServices"},
		{"{\"name\":\"m\",\"defaultService\":" SERVICE_LINK ",\"defaultRouteAction\":{\"requestMirrorPolicy\":{"
		 "\"backendService\":" SITE "}}}",
			"requestMirrorPolicy"},
		{"{\"name\":\"m\",\"defaultService\":" SERVICE_LINK ",\"defaultCustomErrorResponsePolicy\":{"
		 "\"errorService\":" SERVICE_LINK ",\"errorResponseRules\":[" PAGE "]}}",
			"errorService"},
		{"{\"name\":\"m\",\"defaultService\":" SERVICE_LINK ",\"defaultCustomErrorResponsePolicy\":{"
		 "\"errorResponseRules\":[" PAGE "]}}",
			"errorService"},
		{WITH_PAGES("{\"path\":\"/a.html\"}"), "matchResponseCodes"},
		{WITH_PAGES("{\"matchResponseCodes\":[\"302\"],\"path\":\"/a.html\"}"), "matchResponseCodes"},
		{WITH_PAGES("{\"matchResponseCodes\":[\"4xx\"],\"path\":\"/a.html\"},{\"matchResponseCodes\":[\"4xx\"],"
			    "\"path\":\"/b.html\"}"),
			"errorResponseRules[1].matchResponseCodes"},
		{WITH_PAGES("{\"matchResponseCodes\":[\"4xx\"],\"path\":\"a.html\"}"), "path"},
		{WITH_PAGES("{\"matchResponseCodes\":[\"4xx\"],\"path\":\"/a/\"}"), "path"},
		{WITH_PAGES("{\"matchResponseCodes\":[\"4xx\"],\"path\":\"/a\",\"overrideResponseCode\":600}"),
			"overrideResponseCode"},
	};
	struct client *client = *state;

	client_make(client, "POST", BUCKETS, BUCKET);
	client_make(client, "POST", P "global/backendServices",
		"{\"name\":\"be\",\"loadBalancingScheme\":\"EXTERNAL_MANAGED\"}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, 400, "POST", MAPS, cases[i].body);
		if (!strstr(client_message(client), cases[i].words))
			fail_msg("%s: %s", cases[i].body, client_message(client));
	}
	client_make(client, "POST", MAPS, WITH_PAGES(PAGE));
}

static void the_classic_front_has_no_pages(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", BUCKETS, BUCKET);
	client_make(
		client, "POST", P "global/backendServices", "{\"name\":\"be\",\"loadBalancingScheme\":\"EXTERNAL\"}");
	client_call(client, 400, "POST", MAPS, WITH_PAGES(PAGE));
	assert_non_null(strstr(client_message(client), "not supported for scheme EXTERNAL"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(it_is_read_back),
		EMULATOR_TEST(a_map_leads_there),
		EMULATOR_TEST(maps_that_are_refused),
		EMULATOR_TEST(the_classic_front_has_no_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

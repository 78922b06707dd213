/* Cloud CDN: what is filled in, and what is refused. */
#include "chain.h"

#define SERVICES P "global/backendServices"
#define WITH(members) "{\"name\":\"be\",\"loadBalancingScheme\":\"EXTERNAL_MANAGED\"," members "}"
#define ON(policy) "{\"enableCDN\":true,\"cdnPolicy\":" policy "}"

static const cJSON *policy_of(struct client *client)
{
	return json_member(client_call(client, 200, "GET", SERVICES "/be", NULL), "cdnPolicy");
}

static void assert_policy(struct client *client, const char *text)
{
	assert_string_equal(json_print_canonical(policy_of(client)), json_print_canonical(json_parse_text(text)));
}

#define KEY "\"cacheKeyPolicy\":{\"includeHost\":true,\"includeProtocol\":true,\"includeQueryString\":true}"
#define FILLED "\"negativeCaching\":true,\"requestCoalescing\":true,\"serveWhileStale\":86400," KEY

static void the_rest_is_filled_in(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", SERVICES, WITH("\"enableCDN\":true"));
	assert_policy(client,
		"{\"cacheMode\":\"CACHE_ALL_STATIC\",\"clientTtl\":3600,\"defaultTtl\":3600,\"maxTtl\":86400," FILLED
		"}");
	client_make(client, "PATCH", SERVICES "/be",
		ON("{\"cacheMode\":\"FORCE_CACHE_ALL\",\"clientTtl\":null,\"maxTtl\":null}"));
	assert_policy(client, "{\"cacheMode\":\"FORCE_CACHE_ALL\",\"clientTtl\":3600,\"defaultTtl\":3600," FILLED "}");
	client_make(client, "PATCH", SERVICES "/be",
		ON("{\"cacheMode\":\"USE_ORIGIN_HEADERS\",\"clientTtl\":null,\"defaultTtl\":null}"));
	assert_policy(client, "{\"cacheMode\":\"USE_ORIGIN_HEADERS\"," FILLED "}");
	client_make(client, "PATCH", SERVICES "/be", "{\"enableCDN\":false}");
	assert_policy(client, "{\"cacheMode\":\"USE_ORIGIN_HEADERS\"," FILLED "}");
}

static void a_short_longest_time_is_kept(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", SERVICES,
		WITH("\"enableCDN\":true,\"cdnPolicy\":{\"maxTtl\":60,\"signedUrlCacheMaxAgeSec\":7}"));
	assert_policy(client, "{\"cacheMode\":\"CACHE_ALL_STATIC\",\"clientTtl\":60,\"defaultTtl\":60,\"maxTtl\":60,"
			      "\"signedUrlCacheMaxAgeSec\":\"7\"," FILLED "}");
}

static void without_a_cache_there_is_no_policy(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", SERVICES, WITH("\"timeoutSec\":7"));
	assert_null(policy_of(client));
}

static void wrong_policies_are_refused(void **state)
{
	static const struct {
		const char *body, *words;
	} cases[] = {
		{ON("{\"cacheMode\":\"USE_ORIGIN_HEADERS\"}"), "'resource.cdnPolicy.clientTtl': '3600'. client_ttl "
							       "cannot be specified with USE_ORIGIN_HEADERS "
							       "cache_mode."},
		{ON("{\"cacheMode\":\"FORCE_CACHE_ALL\"}"), "'resource.cdnPolicy.maxTtl': '86400'. max_ttl must be "
							    "specified with CACHE_ALL_STATIC cache_mode "
							    "only."},
		{ON("{\"cacheMode\":\"INVALID_CACHE_MODE\"}"), "cdnPolicy.cacheMode"},
		{ON("{\"defaultTtl\":86401}"), "cdnPolicy.defaultTtl"},
		{ON("{\"maxTtl\":60}"), "cdnPolicy.clientTtl"},
		{ON("{\"maxTtl\":31622401}"), "cdnPolicy.maxTtl"},
		{ON("{\"serveWhileStale\":604801}"), "cdnPolicy.serveWhileStale"},
		{ON("{\"negativeCaching\":false,\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":1}]}"),
			"cdnPolicy.negativeCachingPolicy"},
		{ON("{\"negativeCachingPolicy\":[{\"code\":500,\"ttl\":1}]}"), "cdnPolicy.negativeCachingPolicy"},
		{ON("{\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":1801}]}"), "cdnPolicy.negativeCachingPolicy"},
		{ON("{\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":1},{\"code\":404,\"ttl\":2}]}"),
			"more than once"},
		{ON("{\"bypassCacheOnRequestHeaders\":[{\"headerName\":\"a\"},{\"headerName\":\"b\"},{\"headerName\":"
		    "\"c\"},{\"headerName\":\"d\"},{\"headerName\":\"e\"},{\"headerName\":\"f\"}]}"),
			"Up to 5"},
		{ON("{\"cacheKeyPolicy\":{\"queryStringWhitelist\":[\"a\"],\"queryStringBlacklist\":[\"b\"]}}"),
			"not both"},
		{ON("{\"cacheKeyPolicy\":{\"queryStringWhitelist\":[\"a\"],\"includeQueryString\":false}}"),
			"must be included"},
		{"{\"iap\":{\"enabled\":true}}", "Identity-Aware Proxy"},
	};
	struct client *client = *state;

	client_make(client, "POST", SERVICES, WITH("\"enableCDN\":true"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, 400, "PATCH", SERVICES "/be", cases[i].body);
		if (!strstr(client_message(client), cases[i].words))
			fail_msg("%s: %s", cases[i].body, client_message(client));
	}
}

#define KEY_VALUE "nZtRohdNF9m3cKM24IcK4w=="
#define ADD(name, value) "{\"keyName\":\"" name "\",\"keyValue\":\"" value "\"}"

static const char *keys(struct client *client)
{
	return json_print(json_member(policy_of(client), "signedUrlKeyNames"));
}

static void refused_key(struct client *client, const char *key, const char *words)
{
	client_call(client, 400, "POST", SERVICES "/be/addSignedUrlKey", key);
	assert_non_null(strstr(client_message(client), words));
}

static void keys_of_signed_urls(void **state)
{
	struct client *client = *state;

	client_make(client, "POST", SERVICES, WITH("\"enableCDN\":true"));
	client_do(client, "POST", SERVICES "/be/addSignedUrlKey", ADD("a", KEY_VALUE));
	client_do(client, "POST", SERVICES "/be/addSignedUrlKey", ADD("b", KEY_VALUE));
	client_make(client, "PATCH", SERVICES "/be", ON("{\"clientTtl\":7}"));
	assert_string_equal(keys(client), "[\"a\",\"b\"]");
	refused_key(client, ADD("a", KEY_VALUE), "exists");
	refused_key(client, ADD("c", "c2hvcnQ="), "128-bit");
	refused_key(client, ADD("c", "nZtRohdNF9m3cKM24IcK4w"), "128-bit");
	refused_key(client, ADD("c", "nZtRohdNF9m3cKM24Ic+4w=="), "128-bit");
	refused_key(client, ADD("C", KEY_VALUE), "keyName");
	refused_key(client, "{\"keyName\":\"c\"}", "keyValue");
	client_do(client, "POST", SERVICES "/be/addSignedUrlKey", ADD("c", KEY_VALUE));
	refused_key(client, ADD("d", KEY_VALUE), "At most 3");
	client_do(client, "POST", SERVICES "/be/deleteSignedUrlKey?keyName=a", NULL);
	client_call(client, 400, "POST", SERVICES "/be/deleteSignedUrlKey?keyName=a", NULL);
	client_call(client, 400, "POST", SERVICES "/be/deleteSignedUrlKey", NULL);
	assert_string_equal(keys(client), "[\"b\",\"c\"]");
	client_call(client, 200, "GET", "/emulator/v1/requests", NULL);
	assert_null(strstr(client->own_text, "nZtRohdNF9m3"));
	assert_non_null(strstr(client->own_text, "[hidden]"));
}

/* They may come before the cache is on, and a body that replaces another takes none away. */
static void keys_stay(void **state)
{
	struct client *client = *state;
	static const char buckets[] = P "global/backendBuckets";
	cJSON *body;

	client_make(client, "POST", buckets, "{\"name\":\"site\",\"bucketName\":\"my-site\"}");
	client_do(client, "POST", P "global/backendBuckets/site/addSignedUrlKey", ADD("a", KEY_VALUE));
	body = json_copy(client_call(client, 200, "GET", P "global/backendBuckets/site", NULL));
	assert_string_equal(json_print(json_at(body, "cdnPolicy")), "{\"signedUrlKeyNames\":[\"a\"]}");
	client_make(client, "PUT", P "global/backendBuckets/site",
		"{\"name\":\"site\",\"bucketName\":\"my-site\",\"enableCdn\":true}");
	body = json_copy(client_call(client, 200, "GET", P "global/backendBuckets/site", NULL));
	assert_string_equal(json_print(json_at(body, "cdnPolicy.signedUrlKeyNames")), "[\"a\"]");
	client_do(client, "POST", P "global/backendBuckets/site/deleteSignedUrlKey?keyName=a", NULL);
	body = json_copy(client_call(client, 200, "GET", P "global/backendBuckets/site", NULL));
	assert_null(json_at(body, "cdnPolicy.signedUrlKeyNames"));
	assert_string_equal(json_text(body, "cdnPolicy.cacheMode"), "CACHE_ALL_STATIC");
}

#define SECRET "GOCSPX-secret"

static const cJSON *proxy(struct client *client)
{
	return json_member(client_call(client, 200, "GET", SERVICES "/be", NULL), "iap");
}

static void a_secret_is_shown_by_its_digest(void **state)
{
	struct client *client = *state;
	char digest[DIGEST_HEX_SIZE];

	digest_hex(SECRET, strlen(SECRET), digest);
	client_make(client, "POST", SERVICES,
		WITH("\"iap\":{\"enabled\":true,\"oauth2ClientId\":\"id\",\"oauth2ClientSecret\":\"" SECRET "\"}"));
	assert_string_equal(json_text(proxy(client), "oauth2ClientSecretSha256"), digest);
	assert_null(json_member(proxy(client), "oauth2ClientSecret"));
	client_make(client, "PATCH", SERVICES "/be", "{\"iap\":{\"oauth2ClientId\":\"other\"}}");
	assert_string_equal(json_text(proxy(client), "oauth2ClientSecretSha256"), digest);
	client_make(client, "PATCH", SERVICES "/be", "{\"iap\":{\"oauth2ClientSecret\":\"\"}}");
	assert_string_equal(json_text(proxy(client), "oauth2ClientSecretSha256"),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	client_call(client, 200, "GET", "/emulator/v1/requests", NULL);
	assert_null(strstr(client->own_text, SECRET));
	assert_non_null(strstr(client->own_text, digest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(the_rest_is_filled_in),
		EMULATOR_TEST(a_short_longest_time_is_kept),
		EMULATOR_TEST(without_a_cache_there_is_no_policy),
		EMULATOR_TEST(wrong_policies_are_refused),
		EMULATOR_TEST(keys_of_signed_urls),
		EMULATOR_TEST(keys_stay),
		EMULATOR_TEST(a_secret_is_shown_by_its_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

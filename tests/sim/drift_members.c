/* Every member that we own, of every kind, is changed by hand, one after the other: each is put back within a minute, and an
 * event names it. The list below must be complete: what is wanted and neither in it nor fixed at birth is complained of. */
#include <stdio.h>
#include <string.h>

#include "kinds/kind.h"
#include "kinds/mark.h"
#include "sim/script.h"

#define TOP "projects/my-project/global/"

struct tampering {
	enum kind_id kind;
	const char *role, *path;
	const char *verb; /* NULL: PATCH of the resource; else "/verb", below it */
	const char *body; /* "MARK": of the description, a mark with a note; NULL: none */
};

#define ROW(kind, role, path, body)                                                                                    \
	{                                                                                                              \
		kind, role, path, NULL, body                                                                           \
	}
#define CHECK(path, body) ROW(KIND_HEALTH_CHECK, "health-check", path, body)
#define GROUP(path, body) ROW(KIND_GROUP, "group-tf", path, body)
#define SERVICE(path, body) ROW(KIND_BACKEND_SERVICE, "backend-default", path, body)
#define BUCKET(path, body)                                                                                             \
	{                                                                                                              \
		KIND_BACKEND_BUCKET, "bucket-site", path, NULL, body                                                   \
	}
#define MAP(path, body) ROW(KIND_URL_MAP, "url-map", path, body)
#define HTTPS(path, body) ROW(KIND_TARGET_HTTPS_PROXY, "https-proxy", path, body)
#define POLICY(path, body) ROW(KIND_SSL_POLICY, "ssl-policy", path, body)
#define REDIRECT(member, value)                                                                                        \
	ROW(KIND_URL_MAP, "redirect-map", "defaultUrlRedirect." member,                                                \
		"{\"defaultUrlRedirect\":{\"" member "\":" value "}}")
#define WALL(path, body) ROW(KIND_FIREWALL, "firewall", path, body)

#define OTHER_KEY "{\"keyName\":\"other\",\"keyValue\":\"nZtRohdNF9m3cKM24IcK4w==\"}"

static const struct tampering TAMPERINGS[] = {
	WALL("description", "MARK"),
	WALL("priority", "{\"priority\":77}"),
	WALL("sourceRanges", "{\"sourceRanges\":[\"10.0.0.0/8\"]}"),
	WALL("targetTags", "{\"targetTags\":[\"other\"]}"),
	WALL("allowed", "{\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"22\"]}]}"),
	WALL("disabled", "{\"disabled\":true}"),
	WALL("logConfig.enable", "{\"logConfig\":{\"enable\":true}}"),
	WALL("logConfig.metadata", "{\"logConfig\":{\"enable\":true,\"metadata\":\"INCLUDE_ALL_METADATA\"}}"),
	WALL("sourceTags", "{\"sourceTags\":[\"other\"]}"),
	WALL("destinationRanges", "{\"destinationRanges\":[\"10.128.0.0/9\"]}"),
	CHECK("description", "MARK"),
	CHECK("type", "{\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80},\"httpHealthCheck\":null}"),
	CHECK("checkIntervalSec", "{\"checkIntervalSec\":77}"),
	CHECK("timeoutSec", "{\"timeoutSec\":3}"),
	CHECK("healthyThreshold", "{\"healthyThreshold\":7}"),
	CHECK("unhealthyThreshold", "{\"unhealthyThreshold\":7}"),
	CHECK("httpHealthCheck.port", "{\"httpHealthCheck\":{\"port\":81}}"),
	CHECK("httpHealthCheck.portSpecification",
		"{\"httpHealthCheck\":{\"portSpecification\":\"USE_SERVING_PORT\",\"port\":null}}"),
	CHECK("httpHealthCheck.requestPath", "{\"httpHealthCheck\":{\"requestPath\":\"/other\"}}"),
	CHECK("httpHealthCheck.proxyHeader", "{\"httpHealthCheck\":{\"proxyHeader\":\"PROXY_V1\"}}"),
	CHECK("httpHealthCheck.host", "{\"httpHealthCheck\":{\"host\":\"other.example.com\"}}"),
	CHECK("httpHealthCheck.response", "{\"httpHealthCheck\":{\"response\":\"other\"}}"),
	CHECK("tcpHealthCheck", "{\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80},\"httpHealthCheck\":null}"),
	CHECK("sslHealthCheck", "{\"type\":\"SSL\",\"sslHealthCheck\":{\"port\":80},\"httpHealthCheck\":null}"),
	CHECK("httpsHealthCheck", "{\"type\":\"HTTPS\",\"httpsHealthCheck\":{\"port\":80},\"httpHealthCheck\":null}"),
	CHECK("http2HealthCheck", "{\"type\":\"HTTP2\",\"http2HealthCheck\":{\"port\":80},\"httpHealthCheck\":null}"),
	CHECK("grpcHealthCheck", "{\"type\":\"GRPC\",\"grpcHealthCheck\":{\"port\":80},\"httpHealthCheck\":null}"),
	CHECK("logConfig.enable", "{\"logConfig\":{\"enable\":true}}"),
	GROUP("description", "MARK"),
	GROUP("versions", "{\"versions\":[{\"instanceTemplate\":\"" TOP "instanceTemplates/other\"}]}"),
	{KIND_GROUP, "group-tf", "targetSize", "/resize?size=4", NULL},
	{KIND_GROUP, "group-tf", "namedPorts", "setNamedPorts", "{\"namedPorts\":[{\"name\":\"http\",\"port\":81}]}"},
	GROUP("autoHealingPolicies", "{\"autoHealingPolicies\":[]}"),
	GROUP("updatePolicy.type", "{\"updatePolicy\":{\"type\":\"OPPORTUNISTIC\"}}"),
	GROUP("updatePolicy.minimalAction", "{\"updatePolicy\":{\"minimalAction\":\"RESTART\"}}"),
	GROUP("updatePolicy.mostDisruptiveAllowedAction",
		"{\"updatePolicy\":{\"minimalAction\":\"RESTART\",\"mostDisruptiveAllowedAction\":\"RESTART\"}}"),
	GROUP("updatePolicy.maxSurge.fixed", "{\"updatePolicy\":{\"maxSurge\":{\"fixed\":2}}}"),
	GROUP("updatePolicy.maxUnavailable.fixed", "{\"updatePolicy\":{\"maxUnavailable\":{\"fixed\":2}}}"),
	GROUP("updatePolicy.replacementMethod", "{\"updatePolicy\":{\"replacementMethod\":\"RECREATE\",\"maxSurge\":{"
						"\"fixed\":0},\"maxUnavailable\":{\"fixed\":1}}}"),
	GROUP("instanceLifecyclePolicy.defaultActionOnFailure",
		"{\"instanceLifecyclePolicy\":{\"defaultActionOnFailure\":\"DO_NOTHING\"}}"),
	GROUP("instanceLifecyclePolicy.forceUpdateOnRepair",
		"{\"instanceLifecyclePolicy\":{\"forceUpdateOnRepair\":\"YES\"}}"),
	GROUP("allInstancesConfig", "{\"allInstancesConfig\":{\"properties\":{\"labels\":{\"by\":\"hand\"}}}}"),
	GROUP("statefulPolicy", "{\"updatePolicy\":{\"replacementMethod\":\"RECREATE\",\"maxSurge\":{\"fixed\":0},"
				"\"maxUnavailable\":{\"fixed\":1}},"
				"\"statefulPolicy\":{\"preservedState\":{\"disks\":{\"persistent-disk-0\":{"
				"\"autoDelete\":\"NEVER\"}}}}}"),
	GROUP("standbyPolicy.mode", "{\"standbyPolicy\":{\"mode\":\"SCALE_OUT_POOL\"}}"),
	GROUP("standbyPolicy.initialDelaySec", "{\"standbyPolicy\":{\"initialDelaySec\":77}}"),
	GROUP("targetSuspendedSize", "{\"targetSuspendedSize\":1}"),
	GROUP("targetStoppedSize", "{\"targetStoppedSize\":1}"),
	SERVICE("description", "MARK"),
	SERVICE("protocol", "{\"protocol\":\"HTTP2\"}"),
	SERVICE("portName", "{\"portName\":\"other\"}"),
	SERVICE("timeoutSec", "{\"timeoutSec\":77}"),
	SERVICE("healthChecks", "{\"healthChecks\":[\"" TOP "healthChecks/other\"]}"),
	SERVICE("backends", "{\"backends\":[]}"),
	SERVICE("connectionDraining.drainingTimeoutSec", "{\"connectionDraining\":{\"drainingTimeoutSec\":7}}"),
	SERVICE("sessionAffinity", "{\"sessionAffinity\":\"CLIENT_IP\"}"),
	SERVICE("affinityCookieTtlSec", "{\"sessionAffinity\":\"GENERATED_COOKIE\",\"affinityCookieTtlSec\":77}"),
	SERVICE("localityLbPolicy", "{\"localityLbPolicy\":\"RANDOM\"}"),
	SERVICE("customMetrics", "{\"customMetrics\":[{\"name\":\"other\"}]}"),
	SERVICE("circuitBreakers", "{\"circuitBreakers\":{\"maxRequests\":7}}"),
	SERVICE("compressionMode", "{\"compressionMode\":\"AUTOMATIC\"}"),
	SERVICE("customRequestHeaders", "{\"customRequestHeaders\":[\"x-other: 1\"]}"),
	SERVICE("customResponseHeaders", "{\"customResponseHeaders\":[\"x-other: 1\"]}"),
	SERVICE("ipAddressSelectionPolicy", "{\"ipAddressSelectionPolicy\":\"PREFER_IPV6\"}"),
	SERVICE("strongSessionAffinityCookie", "{\"sessionAffinity\":\"STRONG_COOKIE_AFFINITY\","
					       "\"strongSessionAffinityCookie\":{\"name\":\"other\"}}"),
	SERVICE("consistentHash",
		"{\"localityLbPolicy\":\"RING_HASH\",\"consistentHash\":{\"minimumRingSize\":\"7\"}}"),
	SERVICE("outlierDetection", "{\"outlierDetection\":{\"consecutiveErrors\":7}}"),
	SERVICE("maxStreamDuration", "{\"maxStreamDuration\":{\"seconds\":\"7\"}}"),
	SERVICE("logConfig.enable", "{\"logConfig\":{\"enable\":true}}"),
	SERVICE("logConfig.sampleRate", "{\"logConfig\":{\"sampleRate\":0.5}}"),
	SERVICE("logConfig.optionalMode", "{\"logConfig\":{\"optionalMode\":\"INCLUDE_ALL_OPTIONAL\"}}"),
	SERVICE("logConfig.optionalFields",
		"{\"logConfig\":{\"optionalMode\":\"CUSTOM\",\"optionalFields\":[\"tls.protocol\"]}}"),
	SERVICE("serviceLbPolicy", "{\"serviceLbPolicy\":\"//networkservices.googleapis.com/projects/my-project/"
				   "locations/global/serviceLbPolicies/other\"}"),
	SERVICE("iap.enabled", "{\"enableCDN\":false,\"iap\":{\"enabled\":true}}"),
	SERVICE("iap.oauth2ClientId", "{\"iap\":{\"oauth2ClientId\":\"other\"}}"),
	SERVICE("iap.oauth2ClientSecretSha256", "{\"iap\":{\"oauth2ClientSecret\":\"GOCSPX-other\"}}"),
	{KIND_BACKEND_SERVICE, "backend-default", "cdnPolicy.signedUrlKeyNames", "/addSignedUrlKey", OTHER_KEY},
	SERVICE("enableCDN", "{\"enableCDN\":false}"),
	SERVICE("cdnPolicy.cacheMode", "{\"cdnPolicy\":{\"cacheMode\":\"FORCE_CACHE_ALL\",\"maxTtl\":null}}"),
	SERVICE("cdnPolicy.clientTtl", "{\"cdnPolicy\":{\"clientTtl\":77}}"),
	SERVICE("cdnPolicy.defaultTtl", "{\"cdnPolicy\":{\"defaultTtl\":77}}"),
	SERVICE("cdnPolicy.maxTtl", "{\"cdnPolicy\":{\"maxTtl\":7777}}"),
	SERVICE("cdnPolicy.negativeCaching", "{\"cdnPolicy\":{\"negativeCaching\":false}}"),
	SERVICE("cdnPolicy.requestCoalescing", "{\"cdnPolicy\":{\"requestCoalescing\":false}}"),
	SERVICE("cdnPolicy.serveWhileStale", "{\"cdnPolicy\":{\"serveWhileStale\":77}}"),
	SERVICE("cdnPolicy.signedUrlCacheMaxAgeSec", "{\"cdnPolicy\":{\"signedUrlCacheMaxAgeSec\":\"77\"}}"),
	SERVICE("cdnPolicy.negativeCachingPolicy",
		"{\"cdnPolicy\":{\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":7}]}}"),
	SERVICE("cdnPolicy.bypassCacheOnRequestHeaders",
		"{\"cdnPolicy\":{\"bypassCacheOnRequestHeaders\":[{\"headerName\":\"x-other\"}]}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.includeHost", "{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeHost\":false}}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.includeProtocol",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeProtocol\":false}}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.includeQueryString",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeQueryString\":false}}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.queryStringWhitelist",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"queryStringWhitelist\":[\"other\"]}}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.queryStringBlacklist",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"queryStringBlacklist\":[\"other\"]}}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.includeHttpHeaders",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeHttpHeaders\":[\"other\"]}}}"),
	SERVICE("cdnPolicy.cacheKeyPolicy.includeNamedCookies",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeNamedCookies\":[\"other\"]}}}"),
	{KIND_BACKEND_SERVICE, "backend-default", "securityPolicy", "/setSecurityPolicy",
		"{\"securityPolicy\":\"" TOP "securityPolicies/other\"}"},
	{KIND_BACKEND_SERVICE, "backend-default", "edgeSecurityPolicy", "/setEdgeSecurityPolicy",
		"{\"securityPolicy\":\"" TOP "securityPolicies/other\"}"},
	BUCKET("description", "MARK"),
	BUCKET("bucketName", "{\"bucketName\":\"other-site\"}"),
	BUCKET("compressionMode", "{\"compressionMode\":\"AUTOMATIC\"}"),
	BUCKET("customResponseHeaders", "{\"customResponseHeaders\":[\"x-other: 1\"]}"),
	BUCKET("enableCdn", "{\"enableCdn\":false}"),
	{KIND_BACKEND_BUCKET, "bucket-site", "cdnPolicy.signedUrlKeyNames", "/addSignedUrlKey", OTHER_KEY},
	BUCKET("cdnPolicy.cacheMode", "{\"cdnPolicy\":{\"cacheMode\":\"FORCE_CACHE_ALL\",\"maxTtl\":null}}"),
	BUCKET("cdnPolicy.clientTtl", "{\"cdnPolicy\":{\"clientTtl\":77}}"),
	BUCKET("cdnPolicy.defaultTtl", "{\"cdnPolicy\":{\"defaultTtl\":77}}"),
	BUCKET("cdnPolicy.maxTtl", "{\"cdnPolicy\":{\"maxTtl\":7777}}"),
	BUCKET("cdnPolicy.negativeCaching", "{\"cdnPolicy\":{\"negativeCaching\":false}}"),
	BUCKET("cdnPolicy.requestCoalescing", "{\"cdnPolicy\":{\"requestCoalescing\":false}}"),
	BUCKET("cdnPolicy.serveWhileStale", "{\"cdnPolicy\":{\"serveWhileStale\":77}}"),
	BUCKET("cdnPolicy.signedUrlCacheMaxAgeSec", "{\"cdnPolicy\":{\"signedUrlCacheMaxAgeSec\":\"77\"}}"),
	BUCKET("cdnPolicy.negativeCachingPolicy",
		"{\"cdnPolicy\":{\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":7}]}}"),
	BUCKET("cdnPolicy.bypassCacheOnRequestHeaders",
		"{\"cdnPolicy\":{\"bypassCacheOnRequestHeaders\":[{\"headerName\":\"x-other\"}]}}"),
	BUCKET("cdnPolicy.cacheKeyPolicy.queryStringWhitelist",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"queryStringWhitelist\":[\"other\"]}}}"),
	BUCKET("cdnPolicy.cacheKeyPolicy.includeHttpHeaders",
		"{\"cdnPolicy\":{\"cacheKeyPolicy\":{\"includeHttpHeaders\":[\"other\"]}}}"),
	{KIND_BACKEND_BUCKET, "bucket-site", "edgeSecurityPolicy", "/setEdgeSecurityPolicy",
		"{\"securityPolicy\":\"" TOP "securityPolicies/other\"}"},
	MAP("description", "MARK"),
	MAP("defaultCustomErrorResponsePolicy",
		"{\"defaultCustomErrorResponsePolicy\":{\"errorService\":\"" TOP "backendBuckets/other\"}}"),
	MAP("defaultService", "{\"defaultService\":\"" TOP "backendServices/other\"}"),
	MAP("hostRules", "{\"hostRules\":[{\"hosts\":[\"a.example.com\"],\"pathMatcher\":\"m\"}],\"pathMatchers\":[{"
			 "\"name\":\"m\","
			 "\"defaultService\":\"" TOP "backendServices/other\"}]}"),
	MAP("pathMatchers", "{\"hostRules\":[{\"hosts\":[\"b.example.com\"],\"pathMatcher\":\"n\"}],\"pathMatchers\":[{"
			    "\"name\":\"n\","
			    "\"defaultService\":\"" TOP "backendServices/other\"}]}"),
	MAP("tests", "{\"tests\":[{\"host\":\"a.example.com\",\"path\":\"/\",\"service\":\"%s\"}]}"),
	MAP("defaultUrlRedirect",
		"{\"defaultService\":null,\"defaultUrlRedirect\":{\"httpsRedirect\":true,\"stripQuery\":false}}"),
	MAP("defaultRouteAction", "{\"defaultRouteAction\":{\"timeout\":{\"seconds\":\"7\"}}}"),
	MAP("headerAction", "{\"headerAction\":{\"requestHeadersToRemove\":[\"x-other\"]}}"),
	REDIRECT("httpsRedirect", "false,\"pathRedirect\":\"/\""),
	REDIRECT("redirectResponseCode", "\"FOUND\""),
	REDIRECT("stripQuery", "true"),
	REDIRECT("hostRedirect", "\"other.example.com\""),
	REDIRECT("pathRedirect", "\"/other\""),
	REDIRECT("prefixRedirect", "\"/other\""),
	POLICY("profile", "{\"profile\":\"COMPATIBLE\"}"),
	POLICY("minTlsVersion", "{\"minTlsVersion\":\"TLS_1_0\"}"),
	POLICY("customFeatures", "{\"profile\":\"CUSTOM\",\"customFeatures\":[\"TLS_RSA_WITH_AES_128_CBC_SHA\"]}"),
	{KIND_TARGET_HTTP_PROXY, "http-proxy", "urlMap", "setUrlMap", "{\"urlMap\":\"" TOP "urlMaps/other\"}"},
	{KIND_TARGET_HTTP_PROXY, "http-proxy", "httpKeepAliveTimeoutSec", NULL, "{\"httpKeepAliveTimeoutSec\":77}"},
	{KIND_TARGET_HTTPS_PROXY, "https-proxy", "urlMap", "setUrlMap", "{\"urlMap\":\"" TOP "urlMaps/other\"}"},
	HTTPS("sslCertificates", "{\"sslCertificates\":[\"" TOP "sslCertificates/other\"]}"),
	HTTPS("certificateMap", "{\"certificateMap\":\"//certificatemanager.googleapis.com/projects/my-project/"
				"locations/global/certificateMaps/other\"}"),
	HTTPS("sslPolicy", "{\"sslPolicy\":\"" TOP "sslPolicies/other\"}"),
	HTTPS("quicOverride", "{\"quicOverride\":\"ENABLE\"}"),
	HTTPS("tlsEarlyData", "{\"tlsEarlyData\":\"UNRESTRICTED\"}"),
	HTTPS("serverTlsPolicy", "{\"serverTlsPolicy\":\"//networksecurity.googleapis.com/projects/my-project/"
				 "locations/global/serverTlsPolicies/other\"}"),
	HTTPS("httpKeepAliveTimeoutSec", "{\"httpKeepAliveTimeoutSec\":77}"),
	{KIND_ADDRESS, "address", "labels", "/setLabels", "{\"labels\":{\"by\":\"hand\"}}"},
	{KIND_FORWARDING_RULE, "http-rule", "labels", "/setLabels", "{\"labels\":{\"by\":\"hand\"}}"},
	{KIND_FORWARDING_RULE, "http-rule", "target", "/setTarget", "{\"target\":\"" TOP "targetHttpProxies/other\"}"},
};

/* Compared, and yet nobody can change them: names and ports are fixed, schemes migrate, of each pair the other half is unset, and a
 * group of one zone chooses no machine types. */
static bool cannot_change(enum kind_id kind, const char *path)
{
	return text_equal(path, "name") || text_equal(path, "loadBalancingScheme") ||
	       text_equal(path, "updatePolicy.maxSurge.percent") ||
	       text_equal(path, "updatePolicy.maxUnavailable.percent") ||
	       text_equal(path, "instanceFlexibilityPolicy") ||
	       (kind == KIND_FORWARDING_RULE && text_equal(path, "portRange"));
}

static bool fixed_at_birth(const struct kind *kind, const char *path)
{
	for (const struct kind_member *member = kind->members; member && member->path; member++) {
		if (member->rule == MEMBER_INSERT_ONLY && text_equal(member->path, path))
			return true;
	}
	return false;
}

static bool is_whole(const struct kind *kind, const char *path)
{
	for (const struct kind_member *member = kind->members; member && member->path; member++) {
		if (member->rule == MEMBER_MAP && text_equal(member->path, path))
			return true;
	}
	return false;
}

static bool is_tampered(enum kind_id kind, const char *path)
{
	for (size_t i = 0; i < sizeof(TAMPERINGS) / sizeof(TAMPERINGS[0]); i++) {
		if (TAMPERINGS[i].kind == kind && text_equal(TAMPERINGS[i].path, path))
			return true;
	}
	return false;
}

static void check_complete(struct world *world, const struct kind *kind, const cJSON *body, const char *path)
{
	const cJSON *member;

	if (fixed_at_birth(kind, path))
		return;
	if (cJSON_IsObject(body) && !is_whole(kind, path)) {
		cJSON_ArrayForEach(member, body)
		{
			const char *inner =
				path[0] ? arena_printf(json_arena(), "%s.%s", path, member->string) : member->string;

			check_complete(world, kind, member, inner);
		}
	} else if (!is_tampered(kind->id, path) && !cannot_change(kind->id, path)) {
		world_complain(world, "nobody tampers with %s of kind %s", path, kind->name);
	}
}

/* --- one member --- */

static char *path_in_project(const char *path)
{
	return arena_strdup(json_arena(), path + strlen("projects/my-project/"));
}

/* setUrlMap of proxies has no "global/", setNamedPorts belongs to the group of the same name. */
static char *call_path(const struct want *want, const struct tampering *row)
{
	char *path = path_in_project(want_path(want));

	if (!row->verb)
		return path;
	if (row->kind == KIND_TARGET_HTTP_PROXY || row->kind == KIND_TARGET_HTTPS_PROXY)
		return arena_printf(json_arena(), "%s/%s", path + strlen("global/"), row->verb);
	if (text_equal(row->verb, "setNamedPorts"))
		return arena_printf(
			json_arena(), "zones/%s/instanceGroups/%s/%s", want->location, want->name, row->verb);
	return arena_printf(json_arena(), "%s%s", path, row->verb);
}

static char *call_body(const struct kind_context *context, const struct wants *wants, const struct tampering *row)
{
	cJSON *body;

	if (!text_equal(row->body, "MARK"))
		return row->body ? arena_printf(json_arena(), row->body,
					   want_path(wants_find(wants, KIND_BACKEND_SERVICE, "backend-default")))
		                 : NULL;
	body = cJSON_CreateObject();
	json_set_text(body, "description", mark_text(context->who, row->role, json_parse_text("{\"by\":\"hand\"}")));
	return json_print(body);
}

/* Whoever patches or labels says what was seen. */
static char *with_proof(struct world *world, const struct want *want, const struct tampering *row, char *text)
{
	const char *proof = row->verb ? "labelFingerprint" : "fingerprint";
	bool asked = row->verb ? text_equal(row->verb, "/setLabels") : want->kind->fingerprint;
	cJSON *body = asked ? json_parse_text(text) : NULL;
	const cJSON *seen;

	if (!asked)
		return text;
	seen = json_parse_text(world_cloud(world, "GET", path_in_project(want_path(want)), NULL));
	json_set_text(body, proof, json_text(seen, proof));
	return json_print(body);
}

/* What a change there and back again may leave different. */
static char *looks(struct world *world, const struct want *want)
{
	static const char *const changing[] = {
		"fingerprint", "labelFingerprint", "status", "currentActions", "instanceTemplate"};
	cJSON *body = json_parse_text(world_cloud(world, "GET", path_in_project(want_path(want)), NULL));

	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
		json_remove(body, changing[i]);
	if (text_equal(json_text(body, "httpHealthCheck.portSpecification"), "USE_FIXED_PORT"))
		json_remove(json_member(body, "httpHealthCheck"), "portSpecification"); /* the same as none */
	return json_print_canonical(body);
}

static bool is_named(const struct world *world, size_t from, const char *name, const char *path)
{
	for (size_t i = from; i < world->api.event_notes.count; i++) {
		const char *note = world->api.event_notes.own_items[i];

		if (text_starts(note, "Drifted") && strstr(note, name) && strstr(note, path))
			return true;
	}
	return false;
}

static void tamper(
	struct world *world, const struct kind_context *context, const struct wants *wants, const struct tampering *row)
{
	const struct want *want = wants_find(wants, row->kind, row->role);
	char *before = looks(world, want);
	size_t told = world->api.event_notes.count;
	const char *method = row->verb ? "POST" : "PATCH";
	bool seen = false;

	world_cloud(world, method, call_path(want, row), with_proof(world, want, row, call_body(context, wants, row)));
	if (world->direct_status != 200)
		world_complain(world, "%s of %s: %s", row->path, want->name, world->own_direct);
	for (int i = 0; i < 90 && !seen; i++) { /* a minute to be seen, and what the cloud needs to change it back */
		world_run(world, 1000);
		seen = is_named(world, told, want->name, row->path) && text_equal(before, looks(world, want));
	}
	check_metric(world, arena_printf(json_arena(), "tflb_drift_members_total{kind=\"%s\",member=\"%s\"} ",
				    want->kind->name, row->path));
	if (!seen)
		world_complain(world, "%s of %s was not put back, or not told:\n%s\n%s", row->path, want->name, before,
			looks(world, want));
}

/* What others have, to point to. */
static void strangers(struct world *world)
{
	world_do(world, "POST", "global/healthChecks",
		"{\"name\":\"other\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80}}");
	world_do(world, "POST", "global/backendServices",
		"{\"name\":\"other\",\"protocol\":\"HTTP\",\"loadBalancingScheme\":\"EXTERNAL_MANAGED\","
		"\"healthChecks\":[\"" TOP "healthChecks/other\"]}");
	world_do(world, "POST", "global/backendBuckets", "{\"name\":\"other\",\"bucketName\":\"other-site\"}");
	world_do(world, "POST", "global/urlMaps",
		"{\"name\":\"other\",\"defaultService\":\"" TOP "backendServices/other\"}");
	world_do(world, "POST", "global/targetHttpProxies", "{\"name\":\"other\",\"urlMap\":\"" TOP "urlMaps/other\"}");
	world_do(world, "POST", "global/sslPolicies", "{\"name\":\"other\"}");
	world_do(world, "POST", "global/instanceTemplates",
		"{\"name\":\"other\",\"properties\":{\"machineType\":\"n1-standard-1\",\"disks\":[{\"boot\":true,"
		"\"initializeParams\":{\"sourceImage\":\"" IMAGE "\"}}],\"networkInterfaces\":[{\"network\":"
		"\"global/networks/default\"}]}}");
}

void drift_members(struct world *world)
{
	static const char SPEC[] = OBJECT("default", "tf",
		TEMPLATE
		",\"serving\":{\"enableCDN\":true,\"iap\":{\"enabled\":false}},\"backends\":[{\"name\":\"site\","
		"\"bucket\":{\"bucketName\":\"my-"
		"site\",\"enableCDN\":true,\"cdnPolicy\":{\"cacheKeyPolicy\":{\"queryStringWhitelist\":[\"v\"]}}}}],"
		"\"pools\":[{\"name\":\"tf\",\"zone\":\"us-central1-a\"}],"
		"\"frontend\":{\"labels\":{"
		"\"team\":\"ml\"},\"tls\":{\"sslPolicy\":{\"profile\":\"MODERN\"},\"certificates\":[{"
		"\"name\":\"web\",\"sslCertificate\":\"web\"}]}}");
	JSON_WORK(work);
	struct identity who = {.cluster = "c1u5-7e4", .namespace = "default", .name = "tf"};
	struct lb lb;
	struct kind_context context = {.lb = &lb, .who = &who};
	struct wants wants = {0};
	struct error err = {0};

	make_certificate(world, "web");
	make_certificate(world, "other");
	start_with(world, SPEC);
	check_ready(world, KEY);
	check_settled(world);
	world->more = (struct more){.url_maps = 1, .https_proxies = 1, .rules = 1, .ssl_policies = 1};
	strangers(world);
	who.uid = json_text(apiserver_get(&world->api, KEY), "metadata.uid");
	model_id(who.cluster, who.namespace, who.name, who.id);
	if (!model_parse(apiserver_get(&world->api, KEY), &lb, &err))
		world_complain(world, "%s", err.message);
	kinds_want(&context, &wants);
	for (size_t i = 0; i < wants.count; i++) {
		if (wants.items[i].body && !wants.items[i].kind->immutable)
			check_complete(world, wants.items[i].kind, wants.items[i].body, "");
	}
	for (size_t i = 0; i < sizeof(TAMPERINGS) / sizeof(TAMPERINGS[0]); i++) {
		tamper(world, &context, &wants, &TAMPERINGS[i]);
		check_settled(world);
		world_run(world, 7 * MINUTE); /* the same event again would only be a series of the first */
	}
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* Of the traffic's leaves: serving, healthCheck, buckets, routes; and of rollout. */
#include "sim/transitions.h"

/* Of the Secret that the world has (TRANSITION_TEXTS). */
#define CLIENT(key)                                                                                                    \
	"\"oauth2ClientId\":\"client-" key "\",\"oauth2ClientSecretRef\":{\"name\":\"texts\",\"key\":\"client-" key    \
	"\"}"
#define URL_KEY(name, key) "{\"name\":\"" name "\",\"secretRef\":{\"name\":\"texts\",\"key\":\"key-" key "\"}}"
#define URL_KEYS                                                                                                       \
	"[[" URL_KEY("a", "a") "],[" URL_KEY("a", "b") "," URL_KEY("b", "a") "],[" URL_KEY("b", "a") "," URL_KEY(      \
		"c", "a") "," URL_KEY("d", "b") "]]"
#define CDN "{\"enableCDN\":true}"
#define SERVING(member) "serving." member
#define BUCKET(member) BUCKET_PREFIX member
#define CHECK(member) "healthCheck." member
#define ROUTE(member) ROUTE_PREFIX member
#define HEADERS                                                                                                        \
	"[[{\"headerName\":\"a\",\"headerValue\":\"b\"}],[{\"headerName\":\"a\",\"headerValue\":\"c\",\"replace\":"    \
	"true},{\"headerName\":\"d\",\"headerValue\":\"\"}]]"
#define OTHER_HOST "{\"urlRedirect\":{\"hostRedirect\":\"a.example.com\"}}"
#define BY_HTTPS "{\"urlRedirect\":{\"httpsRedirect\":true}}"
#define PAGES(codes, page, more)                                                                                       \
	"{\"errorBackend\":\"site\",\"errorResponseRules\":[{\"matchResponseCodes\":[\"" codes "\"],\"path\":\"" page  \
	"\"" more "}]}"
#define WEIGHTS(one, other) "[{\"backend\":\"v2\",\"weight\":" one "},{\"backend\":\"default\",\"weight\":" other "}]"

const struct example traffic_examples[] = {
	{SPEC_PREFIX "minHealthyPercent", "[0,1,100]", NULL},
	{SPEC_PREFIX "routeTests",
		"[[{\"name\":\"a\",\"host\":\"a.example.com\",\"path\":\"/"
		"\",\"backend\":\"default\"}],[{\"name\":\"b\","
		"\"host\":\"a.example.com\",\"path\":\"/"
		"x?y\",\"headers\":[{\"name\":\"x-a\",\"value\":\"1\"}],\"backend\":"
		"\"default\"},{\"name\":\"a\",\"host\":\"b.example.com\",\"path\":\"/\",\"backend\":\"default\"}]]",
		NULL},
	{"rollout.progressDeadlineSec", "[600,86400]", NULL},
	{"rollout.revisionHistoryLimit", "[0,1,10]", "{\"failurePolicy\":\"Hold\"}"},
	{SERVING("port"), "[8080,8501]", NULL},
	/* Those that go with nothing beside them; the others are told as a whole. */
	{SERVING("sessionAffinity"), "[\"NONE\",\"CLIENT_IP\",\"GENERATED_COOKIE\"]", NULL},
	{SPEC_PREFIX "serving",
		"[{\"sessionAffinity\":\"STRONG_COOKIE_AFFINITY\",\"strongSessionAffinityCookie\":{\"name\":\"a\"}},"
		"{\"sessionAffinity\":\"STRONG_COOKIE_AFFINITY\",\"strongSessionAffinityCookie\":{\"name\":\"b\","
		"\"path\":\"/x\","
		"\"ttlSec\":60}},{\"sessionAffinity\":\"HEADER_FIELD\",\"localityLbPolicy\":\"MAGLEV\","
		"\"consistentHash\":"
		"{\"httpHeaderName\":\"x-a\"}},{\"sessionAffinity\":\"HTTP_COOKIE\",\"localityLbPolicy\":\"RING_HASH\","
		"\"consistentHash\":{\"httpCookie\":{\"name\":\"a\",\"ttlSec\":0}}},{\"sessionAffinity\":\"GENERATED_"
		"COOKIE\","
		"\"affinityCookieTtlSec\":60}]",
		NULL},
	{SERVING("affinityCookieTtlSec"), "[0,60,1209600]", "{\"sessionAffinity\":\"GENERATED_COOKIE\"}"},
	{SERVING("consistentHash"),
		"[{\"httpHeaderName\":\"x-a\"},{\"httpCookie\":{\"name\":\"c\",\"path\":\"/"
		"\",\"ttlSec\":0}},{\"httpCookie\":"
		"{\"name\":\"d\",\"ttlSec\":60}},{\"minimumRingSize\":2048}]",
		"{\"localityLbPolicy\":\"RING_HASH\"}"},
	{SERVING("customMetrics"), "[[{\"name\":\"a\"}],[{\"name\":\"a\",\"dryRun\":true},{\"name\":\"b\"}]]", NULL},
	{SERVING("customRequestHeaders"), "[[\"x-a: b\"],[\"x-a: c\",\"x-d: e\"]]", NULL},
	{SERVING("customResponseHeaders"), "[[\"x-a: b\"],[\"x-a: c\",\"x-d: e\"]]", NULL},
	{SERVING("logConfig.sampleRatePercent"), "[0,1,100]", "{\"logConfig\":{\"enable\":true}}"},
	{SERVING("logConfig.optionalMode"), NULL, "{\"logConfig\":{\"enable\":true}}"},
	{SERVING("logConfig.optionalFields"), "[[\"tls.protocol\"],[\"tls.cipher\",\"tls.protocol\"]]",
		"{\"logConfig\":{\"enable\":true,\"optionalMode\":\"CUSTOM\"}}"},
	{SERVING("cdnPolicy.cacheMode"), NULL, CDN},
	{SERVING("cdnPolicy.clientTtl"), "[0,60,86400]", CDN},
	{SERVING("cdnPolicy.defaultTtl"), "[0,60,86401]", CDN},
	{SERVING("cdnPolicy.maxTtl"), "[0,60,86401]", CDN},
	{SERVING("cdnPolicy.negativeCaching"), NULL, CDN},
	{SERVING("cdnPolicy.negativeCachingPolicy"),
		"[[{\"code\":404,\"ttl\":0}],[{\"code\":301,\"ttl\":60},{\"code\":404,\"ttl\":1800}]]",
		"{\"enableCDN\":true,\"cdnPolicy\":{\"negativeCaching\":true}}"},
	{SERVING("cdnPolicy.bypassCacheOnRequestHeaders"),
		"[[{\"headerName\":\"authorization\"}],[{\"headerName\":\"a\"},{\"headerName\":\"authorization\"}]]",
		CDN},
	{SERVING("cdnPolicy.requestCoalescing"), NULL, CDN},
	{SERVING("cdnPolicy.serveWhileStale"), NULL, CDN},
	{SERVING("cdnPolicy.signedUrlCacheMaxAgeSec"), NULL, CDN},
	{SERVING("cdnPolicy.signedUrlKeys"), URL_KEYS, CDN},
	{SERVING("iap"),
		"[{\"enabled\":true},{\"enabled\":true," CLIENT("a") "},{\"enabled\":true," CLIENT(
			"b") "},{\"enabled\":false," CLIENT("b") "},{\"enabled\":false}]",
		NULL},
	{SERVING("cdnPolicy.cacheKeyPolicy.includeHost"), NULL, CDN},
	{SERVING("cdnPolicy.cacheKeyPolicy.includeProtocol"), NULL, CDN},
	{SERVING("cdnPolicy.cacheKeyPolicy.includeQueryString"), NULL, CDN},
	{SERVING("cdnPolicy.cacheKeyPolicy.queryStringWhitelist"), NULL, CDN},
	{SERVING("cdnPolicy.cacheKeyPolicy.queryStringBlacklist"), NULL, CDN},
	{SERVING("cdnPolicy.cacheKeyPolicy.includeHttpHeaders"), NULL, CDN},
	{SERVING("cdnPolicy.cacheKeyPolicy.includeNamedCookies"), NULL, CDN},
	{CHECK("portName"), "[\"http\"]", NULL},
	{CHECK("requestPath"), "[\"/a\",\"/b?c=d\"]", NULL},
	{CHECK("request"), NULL, "{\"type\":\"TCP\"}"},
	{CHECK("response"), NULL, "{\"type\":\"SSL\"}"},
	{CHECK("grpcServiceName"), NULL, "{\"type\":\"GRPC\"}"},
	{CHECK("checkIntervalSec"), "[6,300]", NULL},
	{BUCKET("bucketName"), "[\"my-site\",\"other-site\"]", NULL},
	{BUCKET("customResponseHeaders"), "[[\"x-a: b\"],[\"x-a: c\",\"x-d: e\"]]", NULL},
	{BUCKET("cdnPolicy.cacheMode"), NULL, CDN},
	{BUCKET("cdnPolicy.clientTtl"), "[0,60,86400]", CDN},
	{BUCKET("cdnPolicy.defaultTtl"), "[0,60,86401]", CDN},
	{BUCKET("cdnPolicy.maxTtl"), "[0,60,86401]", CDN},
	{BUCKET("cdnPolicy.negativeCaching"), NULL, CDN},
	{BUCKET("cdnPolicy.negativeCachingPolicy"),
		"[[{\"code\":404,\"ttl\":0}],[{\"code\":301,\"ttl\":60},{\"code\":404,\"ttl\":1800}]]",
		"{\"enableCDN\":true,\"cdnPolicy\":{\"negativeCaching\":true}}"},
	{BUCKET("cdnPolicy.bypassCacheOnRequestHeaders"),
		"[[{\"headerName\":\"authorization\"}],[{\"headerName\":\"a\"},{\"headerName\":\"authorization\"}]]",
		CDN},
	{BUCKET("cdnPolicy.requestCoalescing"), NULL, CDN},
	{BUCKET("cdnPolicy.serveWhileStale"), NULL, CDN},
	{BUCKET("cdnPolicy.signedUrlCacheMaxAgeSec"), NULL, CDN},
	{BUCKET("cdnPolicy.signedUrlKeys"), URL_KEYS, CDN},
	{BUCKET("cdnPolicy.cacheKeyPolicy.queryStringWhitelist"), NULL, CDN},
	{BUCKET("cdnPolicy.cacheKeyPolicy.includeHttpHeaders"), NULL, CDN},
	{ROUTE("name"), "[\"r\",\"s\"]", NULL},
	{ROUTE("hosts"), "[[\"a.example.com\"],[\"*.example.com\",\"b.example.com\"]]", NULL},
	{ROUTE("backend"), "[\"default\",\"v2\",\"site\"]", NULL},
	{ROUTE("weightedBackends"),
		"[" WEIGHTS("0", "1") "," WEIGHTS("90", "10") ",[{\"backend\":\"v2\",\"weight\":1000,\"headerAction\":"
							      "{\"responseHeadersToRemove\":[\"x-a\"]}}]]",
		NULL},
	{ROUTE("urlRedirect.hostRedirect"), "[\"a.example.com\",\"b.example.com\"]", BY_HTTPS},
	{ROUTE("urlRedirect.pathRedirect"), "[\"/a\",\"/b\"]", BY_HTTPS},
	{ROUTE("urlRedirect.prefixRedirect"), "[\"/a\",\"/b/\"]", BY_HTTPS},
	{ROUTE("urlRedirect.httpsRedirect"), NULL, OTHER_HOST},
	{ROUTE("urlRedirect.stripQuery"), NULL, BY_HTTPS},
	{ROUTE("urlRedirect.redirectResponseCode"), NULL, BY_HTTPS},
	{ROUTE("routeAction.retryPolicy.retryConditions"), "[[\"5xx\"],[\"gateway-error\",\"5xx\"]]", NULL},
	{ROUTE("routeAction.retryPolicy.perTryTimeoutMsec"), "[1,2000,2500]", NULL},
	{ROUTE("routeAction.faultInjectionPolicy.abort.httpStatus"), "[404,503]", NULL},
	{ROUTE("routeAction.faultInjectionPolicy.delay.fixedDelayMsec"), "[1,2000,2500]", NULL},
	{ROUTE("routeAction.urlRewrite.hostRewrite"), "[\"a.example.com\",\"b.example.com\"]", NULL},
	{ROUTE("routeAction.urlRewrite.pathPrefixRewrite"), "[\"/a/\",\"/b/\"]", NULL},
	{ROUTE("routeAction.requestMirrorPolicy.backend"), "[\"default\",\"v2\"]", NULL},
	{ROUTE("headerAction.requestHeadersToAdd"), HEADERS, NULL},
	{ROUTE("headerAction.responseHeadersToAdd"), HEADERS, NULL},
	{ROUTE("customErrorResponsePolicy"),
		"[" PAGES("404", "/a.html", "") "," PAGES("4xx", "/b.html", ",\"overrideResponseCode\":200") "," PAGES(
			"4xx", "/b.html", ",\"overrideResponseCode\":404") "]",
		NULL},
	{ROUTE("pathRules"),
		"[[{\"name\":\"a\",\"paths\":[\"/a\",\"/a/*\"],\"backend\":\"v2\"}],[{\"name\":\"a\",\"paths\":[\"/"
		"a\"],"
		"\"urlRedirect\":{\"pathRedirect\":\"/b\"}}],[{\"name\":\"b\",\"paths\":[\"/b/"
		"*\"],\"customErrorResponsePolicy\":" PAGES("5xx", "/c.html", "") ",\"weightedBackends\":" WEIGHTS(
			"1", "1") ",\"routeAction\":{\"timeoutSec\":5,\"urlRewrite\":{\"pathPrefixRewrite\":\"/c/\"}}},"
				  "{\"name\":\"a\",\"paths\":[\"/a\"],\"backend\":\"default\"}]]",
		NULL},
	{ROUTE("routeRules"),
		"[[{\"priority\":0,\"matchRules\":[{\"prefixMatch\":\"/a\"}],\"backend\":\"v2\"}],[{\"priority\":1,"
		"\"description\":\"d\",\"matchRules\":[{\"fullPathMatch\":\"/a\",\"ignoreCase\":true,\"headerMatches\":"
		"[{\"headerName\":\"x-a\",\"exactMatch\":\"1\",\"invertMatch\":true},{\"headerName\":\"x-b\","
		"\"rangeMatch\":"
		"{\"rangeStart\":-1,\"rangeEnd\":9}},{\"headerName\":\"x-c\",\"presentMatch\":true}]},{\"regexMatch\":"
		"\"/"
		"b.*\",\"queryParameterMatches\":[{\"name\":\"q\",\"regexMatch\":\"1+\"}]}],"
		"\"weightedBackends\":" WEIGHTS("1", "2") ",\"headerAction\":{\"requestHeadersToAdd\":[{\"headerName\":"
							  "\"x-d\",\"headerValue\":\"1\"}]}},"
							  "{\"priority\":0,\"matchRules\":[{\"prefixMatch\":\"/"
							  "a\"}],\"urlRedirect\":{\"httpsRedirect\":true}}],"
							  "[{\"priority\":0,\"matchRules\":[{\"pathTemplateMatch\":\"/"
							  "m/{model=*}/**\"}],\"backend\":\"default\","
							  "\"routeAction\":{\"urlRewrite\":{\"pathTemplateRewrite\":\"/"
							  "v1/{model}\"},\"faultInjectionPolicy\":"
							  "{\"abort\":{\"httpStatus\":503,\"percentage\":0}}}}]]",
		NULL},
	{0},
};

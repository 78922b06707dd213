/* URL maps: one says which backend gets which requests, the other sends clients of plain HTTP to HTTPS. A map that serves
 * leads to a backend that is new there only when its machines run. */
#include "kinds/internal.h"
#include "kinds/migration.h"
#include "kinds/routes.h"

#define BACKEND(path)                                                                                                  \
	{                                                                                                              \
		(path), .rule = MEMBER_REFERENCE, .target = KIND_BACKEND_SERVICE                                       \
	}
#define ABSENT(path, json)                                                                                             \
	{                                                                                                              \
		(path), .rule = MEMBER_ABSENT_IS, .absent = (json)                                                     \
	}
#define DURATION(path) ABSENT(path ".seconds", "\"0\""), ABSENT(path ".nanos", "0")
#define NO(path) ABSENT(path, "false")
#define HEADERS(path) NO(path ".requestHeadersToAdd[].replace"), NO(path ".responseHeadersToAdd[].replace")
#define REDIRECT(path)                                                                                                 \
	NO(path ".httpsRedirect"), NO(path ".stripQuery"),                                                             \
		ABSENT(path ".redirectResponseCode", "\"MOVED_PERMANENTLY_DEFAULT\"")
#define ACTION(path)                                                                                                   \
	BACKEND(path ".weightedBackendServices[].backendService"),                                                     \
		BACKEND(path ".requestMirrorPolicy.backendService"),                                                   \
		ABSENT(path ".weightedBackendServices[].weight", "0"),                                                 \
		HEADERS(path ".weightedBackendServices[].headerAction"), DURATION(path ".timeout"),                    \
		DURATION(path ".maxStreamDuration"), ABSENT(path ".retryPolicy.numRetries", "1"),                      \
		DURATION(path ".retryPolicy.perTryTimeout"),                                                           \
		ABSENT(path ".faultInjectionPolicy.abort.percentage", "0"),                                            \
		ABSENT(path ".faultInjectionPolicy.delay.percentage", "0"),                                            \
		DURATION(path ".faultInjectionPolicy.delay.fixedDelay"), ABSENT(path ".corsPolicy.maxAge", "0"),       \
		NO(path ".corsPolicy.allowCredentials"), NO(path ".corsPolicy.disabled")
#define BUCKET(path)                                                                                                   \
	{                                                                                                              \
		(path), .rule = MEMBER_REFERENCE, .target = KIND_BACKEND_BUCKET                                        \
	}
/* Requests, unlike shares and copies of them, may go to a bucket, too. */
#define EITHER(path) BACKEND(path), BUCKET(path)
#define PAGES(path)                                                                                                    \
	BUCKET(path ".errorService"),                                                                                  \
	{                                                                                                              \
		path ".errorResponseRules[].matchResponseCodes", .rule = MEMBER_SET                                    \
	}

static const struct kind_member members[] = {
	BACKEND("defaultService"),
	REDIRECT("defaultUrlRedirect"),
	EITHER("pathMatchers[].defaultService"),
	REDIRECT("pathMatchers[].defaultUrlRedirect"),
	ACTION("pathMatchers[].defaultRouteAction"),
	PAGES("pathMatchers[].defaultCustomErrorResponsePolicy"),
	HEADERS("pathMatchers[].headerAction"),
	EITHER("pathMatchers[].pathRules[].service"),
	REDIRECT("pathMatchers[].pathRules[].urlRedirect"),
	ACTION("pathMatchers[].pathRules[].routeAction"),
	PAGES("pathMatchers[].pathRules[].customErrorResponsePolicy"),
	EITHER("pathMatchers[].routeRules[].service"),
	REDIRECT("pathMatchers[].routeRules[].urlRedirect"),
	ACTION("pathMatchers[].routeRules[].routeAction"),
	PAGES("pathMatchers[].routeRules[].customErrorResponsePolicy"),
	HEADERS("pathMatchers[].routeRules[].headerAction"),
	ABSENT("pathMatchers[].routeRules[].priority", "0"),
	NO("pathMatchers[].routeRules[].matchRules[].ignoreCase"),
	NO("pathMatchers[].routeRules[].matchRules[].headerMatches[].invertMatch"),
	ABSENT("pathMatchers[].routeRules[].matchRules[].headerMatches[].rangeMatch.rangeStart", "\"0\""),
	ABSENT("pathMatchers[].routeRules[].matchRules[].headerMatches[].rangeMatch.rangeEnd", "\"0\""),
	EITHER("tests[].service"),
	{0},
};

static const struct kind_source sources[] = {
	{"hostRules", "spec.routes"},
	{"pathMatchers", "spec.routes"},
	{"pathMatchers[].defaultService", "spec.routes[i].backend"},
	{"pathMatchers[].defaultUrlRedirect", "spec.routes[i].urlRedirect"},
	{"pathMatchers[].defaultRouteAction", "spec.routes[i].routeAction"},
	{"pathMatchers[].defaultRouteAction.weightedBackendServices", "spec.routes[i].weightedBackends"},
	{"pathMatchers[].defaultCustomErrorResponsePolicy", "spec.routes[i].customErrorResponsePolicy"},
	{"pathMatchers[].pathRules[].service", "spec.routes[i].pathRules[i].backend"},
	{"pathMatchers[].pathRules[].routeAction.weightedBackendServices",
		"spec.routes[i].pathRules[i].weightedBackends"},
	{"pathMatchers[].routeRules[].service", "spec.routes[i].routeRules[i].backend"},
	{"pathMatchers[].routeRules[].routeAction.weightedBackendServices",
		"spec.routes[i].routeRules[i].weightedBackends"},
	{"tests", "spec.routeTests"},
	{"tests[].service", "spec.routeTests[i].backend"},
	{"defaultUrlRedirect", "spec.frontend.tls.httpPolicy"},
	{"defaultUrlRedirect.redirectResponseCode", "spec.frontend.tls.redirectResponseCode"},
	{0},
};

/* What would send requests elsewhere. */
static const char *const must_be_unset[] = {
	"defaultUrlRedirect", "defaultRouteAction", "headerAction", "defaultCustomErrorResponsePolicy"};

static void add_redirect(const struct kind_context *context, struct wants *wants)
{
	static const char *const unset[] = {"defaultService", "hostRules", "pathMatchers", "tests",
		"defaultRouteAction", "headerAction", "defaultCustomErrorResponsePolicy"};
	static const char *const elsewhere[] = {"hostRedirect", "pathRedirect", "prefixRedirect"};
	const char *code = context->lb->spec.frontend.tls.redirect_response_code;
	cJSON *body = want_begin(wants, &kind_url_map, context, "redirect-map", "", NULL)->body, *redirect;

	redirect = json_set_object(body, "defaultUrlRedirect");
	json_set_bool(redirect, "httpsRedirect", true);
	json_set_text(redirect, "redirectResponseCode", code ? code : "MOVED_PERMANENTLY_DEFAULT");
	json_set_bool(redirect, "stripQuery", false);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		json_set(redirect, elsewhere[i], cJSON_CreateNull());
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		json_set(body, unset[i], cJSON_CreateNull());
}

static void build(const struct kind_context *context, struct wants *wants)
{
	cJSON *body = want_begin(wants, &kind_url_map, context, "url-map", "", NULL)->body;

	json_set_text(body, "defaultService", wanted_path(wants, KIND_BACKEND_SERVICE, "backend-default"));
	for (size_t i = 0; i < sizeof(must_be_unset) / sizeof(must_be_unset[0]); i++)
		json_set(body, must_be_unset[i], cJSON_CreateNull());
	routes_set(body, context->lb, wants);
	if (lb_redirects(&context->lb->spec.frontend))
		add_redirect(context, wants);
}

static bool leads_to(const cJSON *value, const char *link, const char *project)
{
	const cJSON *member;

	if (cJSON_IsString(value))
		return link_equal(value->valuestring, link, project);
	cJSON_ArrayForEach(member, value)
	{
		if (leads_to(member, link, project))
			return true;
	}
	return false;
}

static bool has_group(const struct node *service, const struct node *group)
{
	return group->kind->id == KIND_GROUP && group->wanted &&
	       leads_to(service->want, group_path(group), group->own_project);
}

/* Groups are to serve it, and none of them runs as many machines as have to be healthy. What their health is, the cloud does
 * not say before a map leads there; and a group that can't be made holds up no other. */
static bool is_empty(const struct node *service, const struct nodes *nodes)
{
	bool any = false;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *group = nodes->items[i];

		if (!has_group(service, group) || group->least_healthy == 0)
			continue;
		if (group->presence == NODE_PRESENT && group_sight(group).existing >= group->least_healthy)
			return false;
		any = true;
	}
	return any;
}

static bool leads_nowhere(const struct node *map, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *service = nodes->items[i];
		const char *path;

		if (service->kind->id != KIND_BACKEND_SERVICE || !service->wanted)
			continue;
		path = node_path(service);
		if (leads_to(map->want, path, map->own_project) && !leads_to(map->seen, path, map->own_project) &&
			is_empty(service, nodes))
			return true;
	}
	return false;
}

/* Requests go where they went, until there is somebody to get them. */
static void keep_ways(const struct node *node, cJSON *body)
{
	static const char *const ways[] = {"hostRules", "pathMatchers", "tests"};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		json_set(body, ways[i],
			json_has(node->seen, ways[i]) ? json_copy(json_member(node->seen, ways[i]))
						      : cJSON_CreateNull());
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	bool nowhere = node->presence == NODE_PRESENT && leads_nowhere(node, nodes), migrates = migration_runs(nodes);
	cJSON *body;

	if (!nowhere && !migrates)
		return NULL;
	body = json_copy(node->want);
	if (nowhere)
		keep_ways(node, body);
	if (migrates)
		migration_aim_map(node, nodes, body);
	return body;
}

const struct kind kind_url_map = {
	.id = KIND_URL_MAP,
	.name = "UrlMap",
	.text = "URL map",
	.collection = "urlMaps",
	.fingerprint = true,
	.list_path = "global/urlMaps",
	.members = members,
	.sources = sources,
	.build = build,
	.toward = toward,
};

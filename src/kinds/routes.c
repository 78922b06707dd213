/* Routes: each is a path matcher with its hosts. Names of backends become links, durations what the cloud takes for them; all else
 * stands there as in the spec. */
#include "kinds/routes.h"

#include <string.h>

#include "kinds/body.h"
#include "kinds/internal.h"

struct scene {
	const struct wants *wants;
};

static const char *link_of(const struct scene *scene, const char *backend)
{
	const struct want *bucket = wants_find(scene->wants, KIND_BACKEND_BUCKET, bucket_role(backend));

	if (bucket)
		return want_path(bucket);
	return wanted_path(scene->wants, KIND_BACKEND_SERVICE, arena_printf(json_arena(), "backend-%s", backend));
}

static void set_link(cJSON *to, const char *member, const struct scene *scene, const char *backend)
{
	json_set(to, member, backend ? cJSON_CreateString(link_of(scene, backend)) : cJSON_CreateNull());
}

/* --- what becomes of a request --- */

static void set_weights(cJSON *action, const struct scene *scene, const cJSON *from)
{
	const cJSON *item;
	cJSON *list;

	if (!cJSON_IsArray(from)) {
		json_set(action, "weightedBackendServices", cJSON_CreateNull());
		return;
	}
	list = json_set_array(action, "weightedBackendServices");
	cJSON_ArrayForEach(item, from)
	{
		cJSON *one = json_add_object(list);

		set_link(one, "backendService", scene, json_text(item, "backend"));
		body_take(one, item, "weight");
		body_take(one, item, "headerAction");
	}
}

static void set_retries(cJSON *action, const cJSON *from)
{
	cJSON *policy;

	if (!from) {
		json_set(action, "retryPolicy", cJSON_CreateNull());
		return;
	}
	policy = json_set_object(action, "retryPolicy");
	body_take(policy, from, "retryConditions");
	body_take(policy, from, "numRetries");
	body_take_milliseconds(policy, "perTryTimeout", from, "perTryTimeoutMsec");
}

static void set_faults(cJSON *action, const cJSON *from)
{
	const cJSON *delay = body_object(from, "delay");
	cJSON *policy, *wait;

	if (!from) {
		json_set(action, "faultInjectionPolicy", cJSON_CreateNull());
		return;
	}
	policy = json_set_object(action, "faultInjectionPolicy");
	body_take(policy, from, "abort");
	if (!delay) {
		json_set(policy, "delay", cJSON_CreateNull());
		return;
	}
	wait = json_set_object(policy, "delay");
	body_take_milliseconds(wait, "fixedDelay", delay, "fixedDelayMsec");
	body_take(wait, delay, "percentage");
}

static void set_route_action(cJSON *to, const char *member, const struct scene *scene, const cJSON *holder)
{
	const cJSON *from = body_object(holder, "routeAction"), *weights = json_member(holder, "weightedBackends");
	const char *mirror = json_text(from, "requestMirrorPolicy.backend");
	cJSON *action;

	if (!from && !cJSON_IsArray(weights)) {
		json_set(to, member, cJSON_CreateNull());
		return;
	}
	action = json_set_object(to, member);
	set_weights(action, scene, weights);
	body_take_seconds(action, "timeout", from, "timeoutSec");
	body_take_seconds(action, "maxStreamDuration", from, "maxStreamDurationSec");
	set_retries(action, body_object(from, "retryPolicy"));
	body_take(action, from, "urlRewrite");
	if (mirror)
		set_link(json_set_object(action, "requestMirrorPolicy"), "backendService", scene, mirror);
	else
		json_set(action, "requestMirrorPolicy", cJSON_CreateNull());
	set_faults(action, body_object(from, "faultInjectionPolicy"));
	body_take(action, from, "corsPolicy");
}

static void set_redirect(cJSON *to, const char *member, const cJSON *holder)
{
	const cJSON *from = body_object(holder, "urlRedirect");

	json_set(to, member, from ? json_copy(from) : cJSON_CreateNull());
}

static void set_pages(cJSON *to, const char *member, const struct scene *scene, const cJSON *holder)
{
	const cJSON *from = body_object(holder, "customErrorResponsePolicy");
	cJSON *policy;

	if (!from) {
		json_set(to, member, cJSON_CreateNull());
		return;
	}
	policy = json_set_object(to, member);
	set_link(policy, "errorService", scene, json_text(from, "errorBackend"));
	body_take(policy, from, "errorResponseRules");
}

static void set_rule(cJSON *rule, const struct scene *scene, const cJSON *from)
{
	set_link(rule, "service", scene, json_text(from, "backend"));
	set_redirect(rule, "urlRedirect", from);
	set_route_action(rule, "routeAction", scene, from);
	set_pages(rule, "customErrorResponsePolicy", scene, from);
}

/* --- matches --- */

/* The ends of a range travel as text. */
static cJSON *header_match(const cJSON *from)
{
	const cJSON *range = body_object(from, "rangeMatch");
	cJSON *match = json_copy(from), *ends;

	if (!range)
		return match;
	ends = json_set_object(match, "rangeMatch");
	body_take_int64(ends, range, "rangeStart");
	body_take_int64(ends, range, "rangeEnd");
	return match;
}

static cJSON *match_rule(const cJSON *from)
{
	const cJSON *headers = json_member(from, "headerMatches"), *item;
	cJSON *match = json_copy(from), *list;

	if (!cJSON_IsArray(headers))
		return match;
	list = json_set_array(match, "headerMatches");
	cJSON_ArrayForEach(item, headers) json_add(list, header_match(item));
	return match;
}

static void add_route_rule(cJSON *list, const struct scene *scene, const cJSON *from)
{
	static const char *const alike[] = {"priority", "description", "headerAction", NULL};
	cJSON *rule = json_add_object(list), *matches;
	const cJSON *item;

	body_take_all(rule, from, alike);
	matches = json_set_array(rule, "matchRules");
	cJSON_ArrayForEach(item, json_member(from, "matchRules")) json_add(matches, match_rule(item));
	set_rule(rule, scene, from);
}

/* --- the map --- */

static void add_path_rule(cJSON *list, const struct scene *scene, const cJSON *from)
{
	cJSON *rule = json_add_object(list);

	body_take(rule, from, "paths");
	set_rule(rule, scene, from);
}

typedef void (*add_fn)(cJSON *list, const struct scene *scene, const cJSON *from);

static void set_list(cJSON *matcher, const char *member, const struct scene *scene, const cJSON *from, add_fn add)
{
	const cJSON *item;
	cJSON *list;

	if (!from || !from->child) {
		json_set(matcher, member, cJSON_CreateNull());
		return;
	}
	list = json_set_array(matcher, member);
	cJSON_ArrayForEach(item, from) add(list, scene, item);
}

static void add_matcher(cJSON *matchers, const struct scene *scene, const cJSON *route)
{
	bool elsewhere = body_object(route, "urlRedirect") || cJSON_IsArray(json_member(route, "weightedBackends"));
	cJSON *matcher = json_add_object(matchers);

	body_take(matcher, route, "name");
	set_link(matcher, "defaultService", scene, elsewhere ? NULL : json_text_or(route, "backend", "default"));
	set_redirect(matcher, "defaultUrlRedirect", route);
	set_route_action(matcher, "defaultRouteAction", scene, route);
	set_pages(matcher, "defaultCustomErrorResponsePolicy", scene, route);
	body_take(matcher, route, "headerAction");
	set_list(matcher, "pathRules", scene, json_member(route, "pathRules"), add_path_rule);
	set_list(matcher, "routeRules", scene, json_member(route, "routeRules"), add_route_rule);
}

static void add_hosts(cJSON *rules, const cJSON *route)
{
	const cJSON *hosts = json_member(route, "hosts");
	cJSON *rule = json_add_object(rules);

	json_set(rule, "hosts", cJSON_IsArray(hosts) ? json_copy(hosts) : json_parse_text("[\"*\"]"));
	json_set_text(rule, "pathMatcher", json_text(route, "name"));
}

static void add_test(cJSON *tests, const struct scene *scene, const cJSON *from)
{
	static const char *const alike[] = {
		"host", "path", "headers", "expectedOutputUrl", "expectedRedirectResponseCode", NULL};
	cJSON *test = json_add_object(tests);

	json_set_text(test, "description", json_text(from, "name"));
	body_take_all(test, from, alike);
	set_link(test, "service", scene, json_text(from, "backend"));
}

void routes_set(cJSON *body, const struct lb *lb, const struct wants *wants)
{
	const struct scene scene = {.wants = wants};
	const cJSON *routes = model_routes_tree(&lb->spec.routes),
		    *tests = model_route_tests_tree(&lb->spec.route_tests);
	const cJSON *item;

	set_list(body, "tests", &scene, tests, add_test);
	if (!routes->child) {
		json_set(body, "hostRules", cJSON_CreateNull());
		json_set(body, "pathMatchers", cJSON_CreateNull());
		return;
	}
	json_set_array(body, "hostRules");
	json_set_array(body, "pathMatchers");
	cJSON_ArrayForEach(item, routes)
	{
		add_hosts(json_member(body, "hostRules"), item);
		add_matcher(json_member(body, "pathMatchers"), &scene, item);
	}
}

/* --- where they lead --- */

static bool action_leads_to(const struct lb_action *action, const char *backend)
{
	for (size_t i = 0; i < action->weighted_backends.count; i++) {
		if (text_equal(action->weighted_backends.items[i].backend, backend))
			return true;
	}
	return text_equal(action->backend, backend) ||
	       text_equal(action->route_action.request_mirror_policy.backend, backend);
}

static bool route_leads_to(const struct lb_route *route, const char *backend)
{
	for (size_t i = 0; i < route->path_rules.count; i++) {
		if (action_leads_to(&route->path_rules.items[i].action, backend))
			return true;
	}
	for (size_t i = 0; i < route->route_rules.count; i++) {
		if (action_leads_to(&route->route_rules.items[i].action, backend))
			return true;
	}
	return action_leads_to(&route->action, backend);
}

bool routes_lead_to(const struct lb_spec *spec, const char *backend)
{
	for (size_t i = 0; i < spec->routes.count; i++) {
		if (route_leads_to(&spec->routes.items[i], backend))
			return true;
	}
	return text_equal(backend, "default");
}

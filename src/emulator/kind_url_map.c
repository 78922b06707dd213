/* urlMaps: which backend service gets a request. */
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/error_pages.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/migration.h"
#include "emulator/reference.h"
#include "emulator/resource.h"
#include "emulator/url_map.h"

/* A map or a matcher has exactly one default. */
static bool check_default(struct emu_call *call, const cJSON *holder, const char *at)
{
	const cJSON *action = json_at(holder, "defaultRouteAction.weightedBackendServices");
	int defaults = json_has(holder, "defaultService") + json_has(holder, "defaultUrlRedirect") + (action != NULL);

	return defaults == 1 || emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%sdefaultService", at),
					json_text_or(holder, "defaultService", ""),
					"Exactly one of defaultService, defaultUrlRedirect and "
					"defaultRouteAction.weightedBackendServices must be specified.");
}

static const cJSON *find_matcher(const cJSON *body, const char *name)
{
	const cJSON *matcher;

	cJSON_ArrayForEach(matcher,
		json_member(body, "pathMatchers")) if (text_equal(json_text(matcher, "name"), name)) return matcher;
	return NULL;
}

static bool is_referenced(const cJSON *body, const char *matcher)
{
	const cJSON *rule;

	cJSON_ArrayForEach(rule,
		json_member(body, "hostRules")) if (text_equal(json_text(rule, "pathMatcher"), matcher)) return true;
	return false;
}

static bool host_seen(const cJSON *hosts, const char *host)
{
	const cJSON *seen;

	cJSON_ArrayForEach(seen, hosts) if (!strcmp(seen->valuestring, host)) return true;
	return false;
}

static bool check_host_rules(struct emu_call *call, const cJSON *body)
{
	const cJSON *rule, *host, *seen = cJSON_CreateArray();
	int index = 0;

	cJSON_ArrayForEach(rule, json_member(body, "hostRules"))
	{
		const char *matcher = json_text_or(rule, "pathMatcher", "");

		if (!find_matcher(body, matcher))
			return emu_refuse_field(&call->refusal,
				arena_printf(json_arena(), "hostRules[%d].pathMatcher", index), matcher,
				"There is no such PathMatcher.");
		cJSON_ArrayForEach(host, json_member(rule, "hosts"))
		{
			if (host_seen(seen, host->valuestring))
				return emu_refuse_field(&call->refusal,
					arena_printf(json_arena(), "hostRules[%d].hosts", index), host->valuestring,
					"A host can be in one HostRule only.");
			json_add_text((cJSON *)seen, host->valuestring);
		}
		index++;
	}
	return true;
}

static bool check_path_rules(struct emu_call *call, const cJSON *matcher, const char *at)
{
	const cJSON *rule, *path;

	cJSON_ArrayForEach(rule, json_member(matcher, "pathRules"))
	{
		cJSON_ArrayForEach(path, json_member(rule, "paths"))
		{
			const char *star = strchr(path->valuestring, '*');

			if (path->valuestring[0] != '/' || (star && (star[1] || star[-1] != '/')))
				return emu_refuse_field(&call->refusal,
					arena_printf(json_arena(), "%spathRules[].paths", at), path->valuestring,
					"A path starts with '/', and '*' may only follow the last '/'.");
		}
	}
	return true;
}

static bool check_matchers(struct emu_call *call, const cJSON *body, const char *path)
{
	const cJSON *matcher;
	int index = 0;

	cJSON_ArrayForEach(matcher, json_member(body, "pathMatchers"))
	{
		const char *name = json_text_or(matcher, "name", "");
		const char *at = arena_printf(json_arena(), "pathMatchers[%d].", index++);

		if (!is_referenced(body, name))
			return emu_refuse(&call->refusal, 400, "invalid",
				"The resource '%s' is not valid. The PathMatcher '%s' is not referenced by any "
				"HostRule.",
				path, name);
		if (!check_default(call, matcher, at) || !check_path_rules(call, matcher, at))
			return false;
	}
	return true;
}

#define SERVICES "backendServices|backendBuckets"
#define PAGES "backendBuckets"
#define MACHINES "backendServices" /* a share, or a copy, of the requests: buckets get none */

static const struct emu_reference references[] = {
	{.field = "defaultService", .collections = SERVICES, .uses = true},
	{.field = "defaultRouteAction.weightedBackendServices[].backendService", .collections = MACHINES, .uses = true},
	{.field = "defaultRouteAction.requestMirrorPolicy.backendService", .collections = MACHINES, .uses = true},
	{.field = "defaultCustomErrorResponsePolicy.errorService", .collections = PAGES, .uses = true},
	{.field = "pathMatchers[].defaultService", .collections = SERVICES, .uses = true},
	{.field = "pathMatchers[].defaultRouteAction.weightedBackendServices[].backendService",
		.collections = MACHINES,
		.uses = true},
	{.field = "pathMatchers[].defaultCustomErrorResponsePolicy.errorService", .collections = PAGES, .uses = true},
	{.field = "pathMatchers[].pathRules[].service", .collections = SERVICES, .uses = true},
	{.field = "pathMatchers[].pathRules[].routeAction.weightedBackendServices[].backendService",
		.collections = MACHINES,
		.uses = true},
	{.field = "pathMatchers[].routeRules[].service", .collections = SERVICES, .uses = true},
	{.field = "pathMatchers[].routeRules[].routeAction.weightedBackendServices[].backendService",
		.collections = MACHINES,
		.uses = true},
	{.field = "pathMatchers[].defaultRouteAction.requestMirrorPolicy.backendService",
		.collections = MACHINES,
		.uses = true},
	{.field = "pathMatchers[].pathRules[].routeAction.requestMirrorPolicy.backendService",
		.collections = MACHINES,
		.uses = true},
	{.field = "pathMatchers[].routeRules[].routeAction.requestMirrorPolicy.backendService",
		.collections = MACHINES,
		.uses = true},
	{.field = "pathMatchers[].pathRules[].customErrorResponsePolicy.errorService",
		.collections = PAGES,
		.uses = true},
	{.field = "pathMatchers[].routeRules[].customErrorResponsePolicy.errorService",
		.collections = PAGES,
		.uses = true},
	{.field = "tests[].service", .collections = SERVICES},
	{.field = NULL},
};

/* Anything beyond rewriting. */
static bool is_advanced_action(const cJSON *action)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, action)
	{
		if (strcmp(member->string, "urlRewrite") != 0)
			return true;
	}
	return false;
}

/* holder: a map, a matcher or a path rule. */
static bool is_advanced(const cJSON *holder)
{
	return json_has(holder, "headerAction") || json_has(holder, "routeRules") ||
	       json_has(holder, "customErrorResponsePolicy") || json_has(holder, "defaultCustomErrorResponsePolicy") ||
	       is_advanced_action(json_member(holder, "defaultRouteAction")) ||
	       is_advanced_action(json_member(holder, "routeAction"));
}

bool emu_url_map_is_advanced(const cJSON *body)
{
	const cJSON *matcher, *rule;

	if (is_advanced(body))
		return true;
	cJSON_ArrayForEach(matcher, json_member(body, "pathMatchers"))
	{
		if (is_advanced(matcher))
			return true;
		cJSON_ArrayForEach(rule, json_member(matcher, "pathRules"))
		{
			if (is_advanced(rule))
				return true;
		}
	}
	return false;
}

static bool refuse_classic(void *arg, cJSON *value, const char *at)
{
	struct emu_call *call = arg;
	const char *link = cJSON_IsString(value) ? value->valuestring : "";
	const char *path = emu_link_path(link, call->route.project);
	const struct emu_resource *service = path ? emu_store_find(&call->emulator->store, path) : NULL;

	if (!service || !text_equal(json_text(emu_resource_body(service), "loadBalancingScheme"), "EXTERNAL"))
		return true;
	return emu_refuse_field(
		&call->refusal, at, link, "Advanced routing rules are not supported for scheme EXTERNAL");
}

/* Classic load balancers route by host and path only. */
static bool check_scheme(struct emu_call *call, cJSON *body)
{
	if (!emu_url_map_is_advanced(body))
		return true;
	for (const struct emu_reference *reference = references; reference->field; reference++)
		if (!emu_field_each(body, reference->field, refuse_classic, call))
			return false;
	return true;
}

/* A rule has one action; priorities are unique; a test says what it expects. */
static bool check_action(struct emu_call *call, const cJSON *rule, const char *at)
{
	int actions = json_has(rule, "service") + json_has(rule, "urlRedirect") +
	              json_has(rule, "routeAction.weightedBackendServices");

	if (actions != 1)
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.service", at),
			json_text_or(rule, "service", ""),
			"Exactly one of service, urlRedirect and routeAction.weightedBackendServices must be "
			"specified.");
	if (json_has(rule, "urlRedirect") && json_has(rule, "routeAction"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.urlRedirect", at), "",
			"urlRedirect and routeAction exclude each other.");
	return true;
}

static bool check_rules(struct emu_call *call, const cJSON *rules, const char *at, bool ordered)
{
	const cJSON *rule, *other;
	int index = 0;

	cJSON_ArrayForEach(rule, rules)
	{
		const char *here = arena_printf(json_arena(), "%s[%d]", at, index++);

		if (!check_action(call, rule, here))
			return false;
		for (other = rules->child; ordered && other != rule; other = other->next) {
			if (json_int(other, "priority", 0) == json_int(rule, "priority", 0))
				return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.priority", here),
					json_print(json_member(rule, "priority")),
					"Priorities of route rules must be unique.");
		}
		if (ordered && !json_has(rule, "matchRules"))
			return emu_refuse_required(&call->refusal, arena_printf(json_arena(), "%s.matchRules", here));
	}
	return true;
}

static bool check_all_rules(struct emu_call *call, const cJSON *body)
{
	const cJSON *matcher;
	int index = 0;

	cJSON_ArrayForEach(matcher, json_member(body, "pathMatchers"))
	{
		const char *at = arena_printf(json_arena(), "pathMatchers[%d]", index++);

		if (json_has(matcher, "pathRules") && json_has(matcher, "routeRules"))
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.routeRules", at), "",
				"pathRules and routeRules exclude each other.");
		if (!check_rules(call, json_member(matcher, "pathRules"),
			    arena_printf(json_arena(), "%s.pathRules", at), false) ||
			!check_rules(call, json_member(matcher, "routeRules"),
				arena_printf(json_arena(), "%s.routeRules", at), true))
			return false;
	}
	return true;
}

/* A map whose own tests fail is not taken. */
static bool check_tests(struct emu_call *call, const cJSON *body)
{
	cJSON *failures = cJSON_CreateArray();

	if (url_map_test(body, failures))
		return true;
	return emu_refuse_field(&call->refusal, "tests", "", "%s", url_map_failure_text(failures->child));
}

/* All but the scheme and the tests. */
static bool check_body(struct emu_call *call, cJSON *body)
{
	const char *path = emu_call_path(call, "urlMaps", json_text_or(body, "name", ""));

	return check_default(call, body, "") && check_host_rules(call, body) && check_matchers(call, body, path) &&
	       check_all_rules(call, body) && emu_error_pages_check(call, body);
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return check_body(call, body) && check_scheme(call, body) && emu_migration_check_map(call, body, before) &&
	       check_tests(call, body);
}

/* For which load balancers it is to be good is said, or inferred from where it leads. */
static bool check_schemes(struct emu_call *call, cJSON *body, const cJSON *schemes)
{
	const cJSON *scheme;

	if (!schemes || !schemes->child)
		return check_scheme(call, body);
	cJSON_ArrayForEach(scheme, schemes)
	{
		if (text_equal(scheme->valuestring, "EXTERNAL") && emu_url_map_is_advanced(body))
			return emu_refuse_field(&call->refusal, "pathMatchers", json_text_or(body, "name", ""),
				"Advanced routing rules are not supported for scheme EXTERNAL");
	}
	return true;
}

/* POST .../NAME/validate: what an insert would say, without doing it. The map need not exist. */
static bool validate(struct emu_call *call, struct emu_resource *none)
{
	cJSON *request = emu_call_body(call, "UrlMapsValidateRequest");
	cJSON *map = json_member(request, "resource");
	cJSON *answer = cJSON_CreateObject(), *result, *failures = cJSON_CreateArray();
	bool loads;

	if (!request)
		return false;
	if (!map)
		return emu_refuse_required(&call->refusal, "resource");
	emu_normalise(map);
	result = json_set_object(answer, "result");
	loads = check_body(call, map) && check_schemes(call, map, json_member(request, "loadBalancingSchemes")) &&
	        emu_references_check(call, map);
	json_set_bool(result, "loadSucceeded", loads);
	if (loads)
		json_set_bool(result, "testPassed", url_map_test(map, failures));
	if (failures->child)
		json_set(result, "testFailures", failures);
	if (!loads)
		json_add_text(json_set_array(result, "loadErrors"), call->refusal.message);
	call->refusal = (struct emu_refusal){0};
	return emu_answer(call, "UrlMapsValidateResponse", answer);
}

static const struct emu_verb verbs[] = {
	{.name = "validate", .method = "POST", .fn = validate, .free_standing = true},
	{.name = NULL},
};

const struct emu_kind emu_url_map_kind = {
	.collection = "urlMaps",
	.message = "UrlMap",
	.noun = "url_map",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 3000, 20000},
	.patch = {"patch", 3000, 20000},
	.put = {"update", 3000, 20000},
	.remove = {"delete", 3000, 20000},
	.fingerprint = FINGERPRINT_NEEDED_BY_PUT,
	.quota = "URL_MAPS",
	.references = references,
	.verbs = verbs,
	.check = check,
};

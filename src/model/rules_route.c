/* Rules of routes, and of the spec about them. */
#include <string.h>

#include "base/str.h"
#include "model/rules.h"
#include "model/types_route.h"

/* --- actions --- */

static int count_actions(const struct lb_action *action)
{
	return (action->backend != NULL) + (action->weighted_backends.count > 0) + (action->url_redirect.present != 0);
}

static bool redirects_or_routes(const struct lb_action *action)
{
	return !action->url_redirect.present || !action->route_action.present;
}

#define CEL_ACTIONS                                                                                                    \
	"(has(self.backend) ? 1 : 0) + (has(self.weightedBackends) ? 1 : 0) + (has(self.urlRedirect) ? 1 : 0)"

static bool some_weight(const void *self, const void *old)
{
	const struct lb_weighted_backends *list = self;
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].weight > 0)
			return true;
	}
	return false;
}

const struct rule weights_rules[] = {
	{
		.cel = "self.exists(w, w.weight > 0)",
		.message = "at least one weight must be above 0",
		.holds = some_weight,
	},
	{.cel = NULL},
};

static bool one_new_path(const void *self, const void *old)
{
	const struct lb_url_redirect *redirect = self;
	return !redirect->path_redirect || !redirect->prefix_redirect;
}

static bool changes_something(const void *self, const void *old)
{
	const struct lb_url_redirect *redirect = self;
	return redirect->host_redirect || redirect->path_redirect || redirect->prefix_redirect ||
	       redirect->https_redirect;
}

const struct rule redirect_rules[] = {
	{
		.cel = "!has(self.pathRedirect) || !has(self.prefixRedirect)",
		.message = "set at most one of pathRedirect and prefixRedirect",
		.holds = one_new_path,
	},
	{
		.cel = "has(self.hostRedirect) || has(self.pathRedirect) || has(self.prefixRedirect) || "
		       "(has(self.httpsRedirect) && self.httpsRedirect)",
		.message = "a redirect must change something: host, path, prefix or https",
		.holds = changes_something,
	},
	{.cel = NULL},
};

static bool one_rewrite(const void *self, const void *old)
{
	const struct lb_url_rewrite *rewrite = self;
	return !rewrite->path_prefix_rewrite || !rewrite->path_template_rewrite;
}

const struct rule rewrite_rules[] = {
	{
		.cel = "!has(self.pathPrefixRewrite) || !has(self.pathTemplateRewrite)",
		.message = "set at most one of pathPrefixRewrite and pathTemplateRewrite",
		.holds = one_rewrite,
	},
	{.cel = NULL},
};

/* --- rules of a route --- */

static bool path_rule_has_action(const void *self, const void *old)
{
	const struct lb_path_rule *rule = self;
	return count_actions(&rule->action) == 1;
}

static bool path_rule_redirects_or_routes(const void *self, const void *old)
{
	const struct lb_path_rule *rule = self;
	return redirects_or_routes(&rule->action);
}

#define RULE_ONE_ACTION "set exactly one of backend, weightedBackends and urlRedirect"
#define RULE_REDIRECT_ALONE "urlRedirect and routeAction exclude each other"

const struct rule path_rule_rules[] = {
	{.cel = CEL_ACTIONS " == 1", .message = RULE_ONE_ACTION, .holds = path_rule_has_action},
	{
		.cel = "!has(self.urlRedirect) || !has(self.routeAction)",
		.message = RULE_REDIRECT_ALONE,
		.holds = path_rule_redirects_or_routes,
	},
	{.cel = NULL},
};

static bool route_rule_has_action(const void *self, const void *old)
{
	const struct lb_route_rule *rule = self;
	return count_actions(&rule->action) == 1;
}

static bool route_rule_redirects_or_routes(const void *self, const void *old)
{
	const struct lb_route_rule *rule = self;
	return redirects_or_routes(&rule->action);
}

static bool template_has_match(const void *self, const void *old)
{
	const struct lb_route_rule *rule = self;
	for (size_t i = 0; rule->action.route_action.url_rewrite.path_template_rewrite && i < rule->match_rules.count;
		i++) {
		if (!rule->match_rules.items[i].path_template_match)
			return false;
	}
	return true;
}

const struct rule route_rule_rules[] = {
	{.cel = CEL_ACTIONS " == 1", .message = RULE_ONE_ACTION, .holds = route_rule_has_action},
	{
		.cel = "!has(self.urlRedirect) || !has(self.routeAction)",
		.message = RULE_REDIRECT_ALONE,
		.holds = route_rule_redirects_or_routes,
	},
	{
		.cel = "!has(self.routeAction) || !has(self.routeAction.urlRewrite) || "
		       "!has(self.routeAction.urlRewrite.pathTemplateRewrite) || self.matchRules.all(x, "
		       "has(x.pathTemplateMatch))",
		.message = "pathTemplateRewrite needs pathTemplateMatch in every match rule",
		.holds = template_has_match,
	},
	{.cel = NULL},
};

static bool route_has_one_action(const void *self, const void *old)
{
	const struct lb_route *route = self;
	return count_actions(&route->action) <= 1;
}

static bool route_redirects_or_routes(const void *self, const void *old)
{
	const struct lb_route *route = self;
	return redirects_or_routes(&route->action);
}

static bool route_has_rules_of_one_form(const void *self, const void *old)
{
	const struct lb_route *route = self;
	return !route->path_rules.count || !route->route_rules.count;
}

const struct rule route_rules_of_route[] = {
	{
		.cel = CEL_ACTIONS " <= 1",
		.message = "set at most one of backend, weightedBackends and urlRedirect; none means the backend "
			   "default",
		.holds = route_has_one_action,
	},
	{
		.cel = "!has(self.urlRedirect) || !has(self.routeAction)",
		.message = RULE_REDIRECT_ALONE,
		.holds = route_redirects_or_routes,
	},
	{
		.cel = "!has(self.pathRules) || !has(self.routeRules) || size(self.pathRules) == 0 || "
		       "size(self.routeRules) == 0",
		.message = "set pathRules or routeRules, not both",
		.holds = route_has_rules_of_one_form,
	},
	{.cel = NULL},
};

/* --- matches --- */

static bool one_path(const void *self, const void *old)
{
	const struct lb_match_rule *rule = self;
	return (rule->prefix_match != NULL) + (rule->full_path_match != NULL) + (rule->regex_match != NULL) +
	               (rule->path_template_match != NULL) <=
	       1;
}

const struct rule match_rule_rules[] = {
	{
		.cel = "(has(self.prefixMatch) ? 1 : 0) + (has(self.fullPathMatch) ? 1 : 0) + "
		       "(has(self.regexMatch) ? 1 : 0) + (has(self.pathTemplateMatch) ? 1 : 0) <= 1",
		.message =
			"set at most one of prefixMatch, fullPathMatch, regexMatch and pathTemplateMatch; none means "
			"every path",
		.holds = one_path,
	},
	{.cel = NULL},
};

static bool one_header_match(const void *self, const void *old)
{
	const struct lb_header_match *match = self;
	return (match->exact_match != NULL) + (match->prefix_match != NULL) + (match->suffix_match != NULL) +
	               (match->regex_match != NULL) + rules_has(&type_header_match, match, "presentMatch") +
	               rules_has(&type_header_match, match, "rangeMatch") ==
	       1;
}

const struct rule header_match_rules[] = {
	{
		.cel = "(has(self.exactMatch) ? 1 : 0) + (has(self.prefixMatch) ? 1 : 0) + (has(self.suffixMatch) ? 1 "
		       ": 0) + (has(self.regexMatch) ? 1 : 0) + (has(self.presentMatch) ? 1 : 0) + "
		       "(has(self.rangeMatch) ? 1 : 0) == 1",
		.message = "set exactly one of exactMatch, prefixMatch, suffixMatch, regexMatch, presentMatch and "
			   "rangeMatch",
		.holds = one_header_match,
	},
	{.cel = NULL},
};

static bool one_parameter_match(const void *self, const void *old)
{
	const struct lb_parameter_match *match = self;
	return (match->exact_match != NULL) + (match->regex_match != NULL) +
	               rules_has(&type_parameter_match, match, "presentMatch") ==
	       1;
}

const struct rule parameter_match_rules[] = {
	{
		.cel = "(has(self.exactMatch) ? 1 : 0) + (has(self.regexMatch) ? 1 : 0) + (has(self.presentMatch) ? 1 "
		       ": "
		       "0) == 1",
		.message = "set exactly one of exactMatch, regexMatch and presentMatch",
		.holds = one_parameter_match,
	},
	{.cel = NULL},
};

static bool test_expects_one(const void *self, const void *old)
{
	const struct lb_route_test *test = self;
	return !test->backend == (test->expected_redirect_response_code != LB_ABSENT);
}

const struct rule route_test_rules[] = {
	{
		.cel = "has(self.backend) != has(self.expectedRedirectResponseCode)",
		.message = "set exactly one of backend and expectedRedirectResponseCode",
		.holds = test_expects_one,
	},
	{.cel = NULL},
};

/* --- the spec about routes --- */

static bool names_backends(const struct lb_spec *spec, const struct lb_action *action)
{
	const char *mirror = action->route_action.request_mirror_policy.backend;
	const char *pages = action->error_pages.error_backend;
	return (!action->backend || rules_has_backend(spec, action->backend)) &&
	       (!mirror || rules_has_machines(spec, mirror)) && (!pages || rules_has_bucket(spec, pages));
}

static bool shares_among_backends(const struct lb_spec *spec, const struct lb_action *action)
{
	for (size_t i = 0; i < action->weighted_backends.count; i++) {
		if (!rules_has_machines(spec, action->weighted_backends.items[i].backend))
			return false;
	}
	return true;
}

typedef bool (*action_fn)(const struct lb_spec *spec, const struct lb_action *action);

static bool each_route(const struct lb_spec *spec, action_fn fn)
{
	for (size_t i = 0; i < spec->routes.count; i++) {
		if (!fn(spec, &spec->routes.items[i].action))
			return false;
	}
	return true;
}

static bool each_path_rule(const struct lb_spec *spec, action_fn fn)
{
	for (size_t i = 0; i < spec->routes.count; i++) {
		const struct lb_path_rules *rules = &spec->routes.items[i].path_rules;
		for (size_t j = 0; j < rules->count; j++) {
			if (!fn(spec, &rules->items[j].action))
				return false;
		}
	}
	return true;
}

static bool each_route_rule(const struct lb_spec *spec, action_fn fn)
{
	for (size_t i = 0; i < spec->routes.count; i++) {
		const struct lb_route_rules *rules = &spec->routes.items[i].route_rules;
		for (size_t j = 0; j < rules->count; j++) {
			if (!fn(spec, &rules->items[j].action))
				return false;
		}
	}
	return true;
}

bool rules_routes_name_backends(const void *self, const void *old)
{
	return each_route(self, names_backends);
}

bool rules_path_rules_name_backends(const void *self, const void *old)
{
	return each_path_rule(self, names_backends);
}

bool rules_route_rules_name_backends(const void *self, const void *old)
{
	return each_route_rule(self, names_backends);
}

bool rules_weights_name_backends(const void *self, const void *old)
{
	return each_route(self, shares_among_backends) && each_path_rule(self, shares_among_backends) &&
	       each_route_rule(self, shares_among_backends);
}

bool rules_tests_name_backends(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->route_tests.count; i++) {
		if (spec->route_tests.items[i].backend && !rules_has_backend(spec, spec->route_tests.items[i].backend))
			return false;
	}
	return true;
}

static size_t count_code(const struct lb_error_pages *pages, const char *code)
{
	size_t count = 0;
	for (size_t i = 0; i < pages->error_response_rules.count; i++) {
		const struct lb_texts *codes = &pages->error_response_rules.items[i].match_response_codes;
		for (size_t j = 0; j < codes->count; j++)
			count += text_equal(codes->items[j], code);
	}
	return count;
}

static bool names_codes_once(const struct lb_spec *spec, const struct lb_action *action)
{
	const struct lb_error_pages *pages = &action->error_pages;
	for (size_t i = 0; i < pages->error_response_rules.count; i++) {
		const struct lb_texts *codes = &pages->error_response_rules.items[i].match_response_codes;
		for (size_t j = 0; j < codes->count; j++) {
			if (count_code(pages, codes->items[j]) > 1)
				return false;
		}
	}
	return true;
}

bool rules_codes_stand_once(const struct lb_spec *spec)
{
	return each_route(spec, names_codes_once) && each_path_rule(spec, names_codes_once) &&
	       each_route_rule(spec, names_codes_once);
}

/* A route without hosts is for every one. */
static bool is_for(const struct lb_route *route, const char *host)
{
	for (size_t i = 0; i < route->hosts.count; i++) {
		if (text_equal(route->hosts.items[i], host))
			return true;
	}
	return route->hosts.count == 0 && text_equal(host, "*");
}

static bool shares_no_host(const struct lb_route *route, const struct lb_route *other)
{
	for (size_t i = 0; i < route->hosts.count; i++) {
		if (is_for(other, route->hosts.items[i]))
			return false;
	}
	return route->hosts.count > 0 || !is_for(other, "*");
}

bool rules_hosts_stand_once(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->routes.count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (!shares_no_host(&spec->routes.items[i], &spec->routes.items[j]))
				return false;
		}
	}
	return true;
}

/* The classic load balancer rewrites and redirects, and no more. */
static bool is_classic(const struct lb_spec *spec, const struct lb_action *action)
{
	static const char *const members[] = {"timeoutSec", "maxStreamDurationSec", "retryPolicy",
		"requestMirrorPolicy", "faultInjectionPolicy", "corsPolicy"};
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (rules_has(&type_route_action, &action->route_action, members[i]))
			return false;
	}
	return !action->weighted_backends.count && !action->error_pages.error_backend;
}

bool rules_routes_fit_scheme(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	if (!text_equal(spec->frontend.load_balancing_scheme, "EXTERNAL"))
		return true;
	for (size_t i = 0; i < spec->routes.count; i++) {
		if (spec->routes.items[i].route_rules.count || spec->routes.items[i].header_action.present)
			return false;
	}
	return each_route(spec, is_classic) && each_path_rule(spec, is_classic);
}

/* Host, path matcher, rule, action: in this order, and the most specific wins. */
#include "emulator/url_map.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "emulator/link.h"

/* "*" , "*.example.com" and "*-a.example.com" stand for any beginning; a port in the request counts only when the rule has one. */
static size_t host_fits(const char *rule, const char *host)
{
	size_t length = strlen(rule), bare = strchr(rule, ':') ? strlen(host) : strcspn(host, ":");

	if (rule[0] != '*')
		return length == bare && strncasecmp(rule, host, bare) == 0 ? length + 1 : 0;
	if (length - 1 >= bare && length > 1)
		return 0;
	return strncasecmp(rule + 1, host + bare - (length - 1), length - 1) == 0 ? length : 0;
}

static const cJSON *matcher_of(const cJSON *map, const char *host)
{
	const cJSON *rule, *name, *matcher;
	const char *found = NULL;
	size_t best = 0;

	cJSON_ArrayForEach(rule, json_member(map, "hostRules"))
	{
		cJSON_ArrayForEach(name, json_member(rule, "hosts"))
		{
			size_t fits = host_fits(name->valuestring, host);

			if (fits > best) {
				best = fits;
				found = json_text(rule, "pathMatcher");
			}
		}
	}
	cJSON_ArrayForEach(matcher, json_member(map, "pathMatchers"))
	{
		if (found && text_equal(json_text(matcher, "name"), found))
			return matcher;
	}
	return NULL;
}

static char *bare_path(const char *path)
{
	return arena_strndup(json_arena(), path, strcspn(path, "?"));
}

/* --- path rules --- */

/* How well; 0: not at all. The path itself before anything with a star. */
static size_t path_fits(const char *rule, const char *path)
{
	size_t length = strlen(rule);

	if (rule[length - 1] != '*')
		return text_equal(rule, path) ? SIZE_MAX : 0;
	if (strncmp(rule, path, length - 1) == 0)
		return length;
	/* The folder itself is under the folder. */
	return strlen(path) == length - 2 && strncmp(rule, path, length - 2) == 0 ? length : 0;
}

/* matched: what the rule names of the path, for prefix rewrites. */
static const cJSON *path_rule_of(const cJSON *matcher, const char *path, const char **matched)
{
	const cJSON *rule, *name, *found = NULL;
	size_t best = 0;

	cJSON_ArrayForEach(rule, json_member(matcher, "pathRules"))
	{
		cJSON_ArrayForEach(name, json_member(rule, "paths"))
		{
			size_t fits = path_fits(name->valuestring, path);

			if (fits > best) {
				best = fits;
				found = rule;
				*matched =
					arena_strndup(json_arena(), name->valuestring, strcspn(name->valuestring, "*"));
			}
		}
	}
	return found;
}

/* --- route rules --- */

/* RE2 as far as POSIX knows it; the whole text has to match. */
static bool regex_fits(const char *expression, const char *text)
{
	regex_t compiled;
	bool fits;

	if (regcomp(&compiled, arena_printf(json_arena(), "^(%s)$", expression), REG_EXTENDED | REG_NOSUB))
		return false;
	fits = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return fits;
}

/* One star is a segment, two are the rest; a name in braces says only how a rewrite calls it. */
static bool template_fits(const char *template, const char *path)
{
	AUTO_STR struct str expression = STR_INIT(4096);

	for (const char *at = template; *at;) {
		if (*at == '{') {
			const char *equals = strpbrk(at, "=}");

			if (!equals)
				return false;
			if (*equals == '}')
				str_adds(&expression, "[^/]+");
			at = equals + 1;
		} else if (text_starts(at, "**")) {
			str_adds(&expression, ".*");
			at += 2;
		} else if (*at == '*') {
			str_adds(&expression, "[^/]+");
			at++;
		} else if (*at == '}') {
			at++;
		} else {
			str_addf(&expression, strchr(".+?()[]|^$\\", *at) ? "\\%c" : "%c", *at);
			at++;
		}
	}
	return regex_fits(str_text(&expression), path);
}

static char *lower(const char *text)
{
	char *copy = arena_strdup(json_arena(), text);

	for (char *at = copy; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

static bool path_matches(const cJSON *rule, const char *path)
{
	bool folded = json_bool(rule, "ignoreCase", false);
	const char *prefix = json_text(rule, "prefixMatch"), *full = json_text(rule, "fullPathMatch");
	const char *expression = json_text(rule, "regexMatch"), *template = json_text(rule, "pathTemplateMatch");
	const char *is = folded ? lower(path) : path;

	if (prefix)
		return text_starts(is, folded ? lower(prefix) : prefix);
	if (full)
		return text_equal(is, folded ? lower(full) : full);
	if (expression)
		return regex_fits(expression, path);
	return !template || template_fits(template, path);
}

static bool value_fits(const cJSON *match, const char *value)
{
	const char *exact = json_text(match, "exactMatch"), *prefix = json_text(match, "prefixMatch");
	const char *suffix = json_text(match, "suffixMatch"), *expression = json_text(match, "regexMatch");

	if (json_has(match, "presentMatch"))
		return json_bool(match, "presentMatch", false) == (value != NULL);
	if (!value)
		return false;
	if (json_has(match, "rangeMatch")) {
		char *end;
		long long number = strtoll(value, &end, 10);

		return *value && !*end && number >= json_int(match, "rangeMatch.rangeStart", 0) &&
		       number < json_int(match, "rangeMatch.rangeEnd", 0);
	}
	return exact    ? text_equal(exact, value)
	       : prefix ? text_starts(value, prefix)
	       : suffix ? text_ends(value, suffix)
	                : expression && regex_fits(expression, value);
}

static const char *header_of(const struct url_request *request, const char *name)
{
	const cJSON *header;

	if (strcasecmp(name, ":method") == 0)
		return "GET";
	cJSON_ArrayForEach(header, request->headers)
	{
		if (strcasecmp(json_text_or(header, "name", ""), name) == 0)
			return json_text_or(header, "value", "");
	}
	return NULL;
}

/* Value of "name" in "/path?name=value&..."; NULL: it is not there. */
static const char *parameter_of(const char *path, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strchr(path, '?'); at; at = strchr(at + 1, '&')) {
		if (strncmp(at + 1, name, length) != 0 || !strchr("=&", at[1 + length]))
			continue;
		at += 1 + length;
		return *at == '=' ? arena_strndup(json_arena(), at + 1, strcspn(at + 1, "&")) : "";
	}
	return NULL;
}

static bool rule_matches(const cJSON *rule, const struct url_request *request)
{
	const cJSON *match;

	if (!path_matches(rule, bare_path(request->path)))
		return false;
	cJSON_ArrayForEach(match, json_member(rule, "headerMatches"))
	{
		bool fits = value_fits(match, header_of(request, json_text_or(match, "headerName", "")));

		if (fits == json_bool(match, "invertMatch", false))
			return false;
	}
	cJSON_ArrayForEach(match, json_member(rule, "queryParameterMatches"))
	{
		if (!value_fits(match, parameter_of(request->path, json_text_or(match, "name", ""))))
			return false;
	}
	return true;
}

static const cJSON *route_rule_of(const cJSON *matcher, const struct url_request *request, const char **matched)
{
	const cJSON *rule, *match, *found = NULL;

	cJSON_ArrayForEach(rule, json_member(matcher, "routeRules"))
	{
		if (found && json_int(rule, "priority", 0) >= json_int(found, "priority", 0))
			continue;
		cJSON_ArrayForEach(match, json_member(rule, "matchRules"))
		{
			if (!rule_matches(match, request))
				continue;
			found = rule;
			*matched = json_text_or(match, "prefixMatch", "");
			break;
		}
	}
	return found;
}

/* --- actions --- */

/* The action's members, which a default calls by longer names. */
static const cJSON *action_member(const cJSON *holder, bool is_default, const char *plain, const char *longer)
{
	return json_member(holder, is_default ? longer : plain);
}

static int code_of(const cJSON *redirect)
{
	static const struct {
		const char *word;
		int code;
	} codes[] = {{"FOUND", 302}, {"SEE_OTHER", 303}, {"TEMPORARY_REDIRECT", 307}, {"PERMANENT_REDIRECT", 308}};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (text_equal(json_text(redirect, "redirectResponseCode"), codes[i].word))
			return codes[i].code;
	}
	return 301;
}

static char *with_prefix(const char *path, const char *matched, const char *prefix)
{
	size_t length = strlen(matched);

	return arena_printf(json_arena(), "%s%s", prefix, strlen(path) >= length ? path + length : "");
}

static struct url_outcome redirected(const cJSON *redirect, const struct url_request *request, const char *matched)
{
	const char *path = json_text(redirect, "pathRedirect"), *prefix = json_text(redirect, "prefixRedirect");
	const char *query = strchr(request->path, '?');
	const char *is = bare_path(request->path);

	if (prefix)
		path = with_prefix(is, matched, prefix);
	return (struct url_outcome){
		.code = code_of(redirect),
		.url = arena_printf(json_arena(), "%s://%s%s%s",
			json_bool(redirect, "httpsRedirect", false) ? "https" : "http",
			json_text_or(redirect, "hostRedirect", request->host), path ? path : is,
			query && !json_bool(redirect, "stripQuery", false) ? query : ""),
	};
}

static struct url_outcome passed_on(
	const cJSON *service, const cJSON *action, const struct url_request *request, const char *matched)
{
	const cJSON *weighted = json_member(action, "weightedBackendServices");
	const char *prefix = json_text(action, "urlRewrite.pathPrefixRewrite");
	const char *query = strchr(request->path, '?'), *path = bare_path(request->path);

	return (struct url_outcome){
		.services = weighted ? weighted : service,
		.url = arena_printf(json_arena(), "http://%s%s%s",
			json_text_or(action, "urlRewrite.hostRewrite", request->host),
			prefix ? with_prefix(path, matched, prefix) : path, query ? query : ""),
	};
}

struct url_outcome url_map_route(const cJSON *map, const struct url_request *request)
{
	const cJSON *matcher = matcher_of(map, request->host), *rule = NULL, *holder, *redirect;
	const char *matched = "";

	if (matcher)
		rule = path_rule_of(matcher, bare_path(request->path), &matched);
	if (matcher && !rule)
		rule = route_rule_of(matcher, request, &matched);
	holder = rule ? rule : matcher ? matcher : map;
	redirect = action_member(holder, !rule, "urlRedirect", "defaultUrlRedirect");
	if (redirect)
		return redirected(redirect, request, matched);
	return passed_on(action_member(holder, !rule, "service", "defaultService"),
		action_member(holder, !rule, "routeAction", "defaultRouteAction"), request, matched);
}

/* --- tests --- */

static bool goes_to(const cJSON *services, const char *link)
{
	const char *path = emu_link_path(link, "");
	const cJSON *one;

	if (services && cJSON_IsString(services))
		return text_equal(emu_link_path(services->valuestring, ""), path);
	cJSON_ArrayForEach(one, services)
	{
		if (json_int(one, "weight", 0) > 0 &&
			text_equal(emu_link_path(json_text_or(one, "backendService", ""), ""), path))
			return true;
	}
	return false;
}

static const char *first_service(const cJSON *services)
{
	if (services && cJSON_IsString(services))
		return services->valuestring;
	return json_text(services ? services->child : NULL, "backendService");
}

static const char *without_scheme(const char *url)
{
	const char *colon = strstr(url, "://");

	return colon ? colon + strlen("://") : url;
}

/* Of a request to a backend the scheme is no part of what is tested. */
static bool is_url(const cJSON *test, const char *expected, const char *actual)
{
	if (json_has(test, "service"))
		return text_equal(without_scheme(expected), without_scheme(actual));
	return text_equal(expected, actual);
}

static bool passes(const cJSON *test, const struct url_outcome *outcome)
{
	const char *service = json_text(test, "service"), *url = json_text(test, "expectedOutputUrl");

	if (service && !goes_to(outcome->services, service))
		return false;
	if (json_has(test, "expectedRedirectResponseCode") &&
		json_int(test, "expectedRedirectResponseCode", 0) != outcome->code)
		return false;
	return !url || is_url(test, url, outcome->url);
}

static void add_failure(const cJSON *test, const struct url_outcome *outcome, cJSON *failures)
{
	cJSON *failure = json_add_object(failures);

	json_set_text(failure, "host", json_text(test, "host"));
	json_set_text(failure, "path", json_text(test, "path"));
	json_set_text(failure, "expectedService", json_text(test, "service"));
	json_set_text(failure, "actualService", first_service(outcome->services));
	json_set_text(failure, "expectedOutputUrl", json_text(test, "expectedOutputUrl"));
	json_set_text(failure, "actualOutputUrl", outcome->url);
	if (json_has(test, "expectedRedirectResponseCode"))
		json_set_int(
			failure, "expectedRedirectResponseCode", json_int(test, "expectedRedirectResponseCode", 0));
	if (outcome->code)
		json_set_int(failure, "actualRedirectResponseCode", outcome->code);
}

bool url_map_test(const cJSON *map, cJSON *failures)
{
	const cJSON *test;

	cJSON_ArrayForEach(test, json_member(map, "tests"))
	{
		struct url_request request = {.host = json_text_or(test, "host", ""),
			.path = json_text_or(test, "path", "/"),
			.headers = json_member(test, "headers")};
		struct url_outcome outcome = url_map_route(map, &request);

		if (!passes(test, &outcome))
			add_failure(test, &outcome, failures);
	}
	return !failures->child;
}

char *url_map_failure_text(const cJSON *failure)
{
	const char *to = json_text_or(failure, "actualService", "");

	return arena_printf(json_arena(),
		"Test failure: Expect URL '%s%s' to map to service '%s', but actually mapped to '%s'.",
		json_text_or(failure, "host", ""), json_text_or(failure, "path", ""),
		json_text_or(failure, "expectedService", json_text_or(failure, "expectedOutputUrl", "")),
		to[0] ? to : json_text_or(failure, "actualOutputUrl", ""));
}

/* Each rule names codes (404) or classes of them (4xx), each once within a policy, and a page that the error service has. Where a lower
 * level names no service, that of the level above it has the pages. */
#include "emulator/error_pages.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "emulator/kind.h"

static bool is_code(const char *text)
{
	bool error = (text[0] == '4' || text[0] == '5') && strlen(text) == 3;

	return error &&
	       (!strcmp(text + 1, "xx") || (isdigit((unsigned char)text[1]) && isdigit((unsigned char)text[2])));
}

static bool is_named(const cJSON *seen, const char *code)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, seen) if (text_equal(one->valuestring, code)) return true;
	return false;
}

static bool check_codes(struct emu_call *call, const cJSON *rule, cJSON *seen, const char *at)
{
	const char *field = arena_printf(json_arena(), "%s.matchResponseCodes", at);
	const cJSON *code, *codes = json_member(rule, "matchResponseCodes");

	if (!codes || !codes->child)
		return emu_refuse_required(&call->refusal, field);
	cJSON_ArrayForEach(code, codes)
	{
		if (!is_code(code->valuestring))
			return emu_refuse_field(&call->refusal, field, code->valuestring,
				"Must be a number between 400 and 599, 4xx or 5xx.");
		if (is_named(seen, code->valuestring))
			return emu_refuse_field(
				&call->refusal, field, code->valuestring, "It is specified more than once.");
		json_add_text(seen, code->valuestring);
	}
	return true;
}

static bool check_page(struct emu_call *call, const cJSON *rule, const char *at)
{
	const char *path = json_text_or(rule, "path", "/"), *field = arena_printf(json_arena(), "%s.path", at);
	int64_t code = json_int(rule, "overrideResponseCode", 200);

	if (path[0] != '/' || (path[1] && path[strlen(path) - 1] == '/'))
		return emu_refuse_field(
			&call->refusal, field, path, "Must start with a slash, and must not end with one.");
	return (code >= 200 && code <= 599) ||
	       emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.overrideResponseCode", at),
		       json_print(json_member(rule, "overrideResponseCode")), "Must be between 200 and 599.");
}

static bool check_policy(struct emu_call *call, const cJSON *holder, const char *member, const char *above)
{
	const cJSON *policy = json_member(holder, member), *rule;
	const char *at = arena_printf(json_arena(), "%s%s", above, member);
	cJSON *seen = cJSON_CreateArray();
	int index = 0;

	cJSON_ArrayForEach(rule, json_member(policy, "errorResponseRules"))
	{
		const char *here = arena_printf(json_arena(), "%s.errorResponseRules[%d]", at, index++);

		if (!check_codes(call, rule, seen, here) || !check_page(call, rule, here))
			return false;
	}
	return true;
}

static bool check_rules(struct emu_call *call, const cJSON *matcher, const char *list, const char *above)
{
	const cJSON *rule;
	int index = 0;

	cJSON_ArrayForEach(rule, json_member(matcher, list))
	{
		if (!check_policy(call, rule, "customErrorResponsePolicy",
			    arena_printf(json_arena(), "%s%s[%d].", above, list, index++)))
			return false;
	}
	return true;
}

bool emu_error_pages_check(struct emu_call *call, const cJSON *map)
{
	static const char by_default[] = "defaultCustomErrorResponsePolicy";
	const cJSON *matcher;
	int index = 0;

	if (json_has(map, "defaultCustomErrorResponsePolicy.errorResponseRules") &&
		!json_has(map, "defaultCustomErrorResponsePolicy.errorService"))
		return emu_refuse_required(&call->refusal, "defaultCustomErrorResponsePolicy.errorService");
	if (!check_policy(call, map, by_default, ""))
		return false;
	cJSON_ArrayForEach(matcher, json_member(map, "pathMatchers"))
	{
		const char *at = arena_printf(json_arena(), "pathMatchers[%d].", index++);

		if (!check_policy(call, matcher, by_default, at) || !check_rules(call, matcher, "pathRules", at) ||
			!check_rules(call, matcher, "routeRules", at))
			return false;
	}
	return true;
}

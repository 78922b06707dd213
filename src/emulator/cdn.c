/* Cloud CDN. What is filled in was recorded of a backend bucket whose cache was switched on without a policy; bounds and texts are those
 * of gcloud's reference, and of refusals that users of Terraform met. */
#include "emulator/cdn.h"

#include "base/str.h"
#include "emulator/kind.h"
#include "emulator/resource.h"

enum { YEAR = 31622400, WEEK = 604800, HALF_HOUR = 1800, HEADERS_MAX = 5 };

static const struct {
	const char *member, *word;
} ttls[] = {{"clientTtl", "client_ttl"}, {"defaultTtl", "default_ttl"}, {"maxTtl", "max_ttl"}};
enum { TTLS = sizeof(ttls) / sizeof(ttls[0]) };

static bool refuse(struct emu_call *call, const cJSON *policy, const char *member, const char *why)
{
	const cJSON *value = json_member(policy, member);

	return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "cdnPolicy.%s", member),
		cJSON_IsString(value) ? value->valuestring : json_print(value), "%s", why);
}

/* Which times go with which mode. */
static bool check_mode(struct emu_call *call, const cJSON *policy)
{
	const char *mode = json_text_or(policy, "cacheMode", "CACHE_ALL_STATIC");
	int64_t most = json_int(policy, "maxTtl", YEAR);

	if (text_equal(mode, "INVALID_CACHE_MODE"))
		return refuse(call, policy, "cacheMode", "");
	for (size_t i = 0; i < TTLS && text_equal(mode, "USE_ORIGIN_HEADERS"); i++) {
		if (json_has(policy, ttls[i].member))
			return refuse(call, policy, ttls[i].member,
				arena_printf(json_arena(), "%s cannot be specified with USE_ORIGIN_HEADERS cache_mode.",
					ttls[i].word));
	}
	if (json_has(policy, "maxTtl") && !text_equal(mode, "CACHE_ALL_STATIC"))
		return refuse(
			call, policy, "maxTtl", "max_ttl must be specified with CACHE_ALL_STATIC cache_mode only.");
	for (size_t i = 0; i < TTLS; i++) {
		if (json_int(policy, ttls[i].member, 0) > most)
			return refuse(call, policy, ttls[i].member, "Must not be greater than max_ttl.");
	}
	return true;
}

static bool check_times(struct emu_call *call, const cJSON *body)
{
	return emu_check_range(call, body, "cdnPolicy.clientTtl", 0, YEAR) &&
	       emu_check_range(call, body, "cdnPolicy.defaultTtl", 0, YEAR) &&
	       emu_check_range(call, body, "cdnPolicy.maxTtl", 0, YEAR) &&
	       emu_check_range(call, body, "cdnPolicy.serveWhileStale", 0, WEEK);
}

static bool is_cacheable(int64_t code)
{
	static const int codes[] = {300, 301, 302, 307, 308, 404, 405, 410, 421, 451, 501};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

static bool check_negative(struct emu_call *call, const cJSON *policy)
{
	static const char member[] = "negativeCachingPolicy";
	const cJSON *list = json_member(policy, member), *item, *other;

	if (list && list->child && !json_bool(policy, "negativeCaching", false))
		return refuse(call, policy, member, "Negative caching must be enabled.");
	cJSON_ArrayForEach(item, list)
	{
		int64_t ttl = json_int(item, "ttl", 0);

		if (!is_cacheable(json_int(item, "code", 0)))
			return refuse(call, policy, member, "The status code cannot be cached.");
		if (ttl < 0 || ttl > HALF_HOUR)
			return refuse(call, policy, member, "The TTL must be between 0 and 1800.");
		for (other = item->next; other; other = other->next)
			if (json_int(other, "code", 0) == json_int(item, "code", 0))
				return refuse(call, policy, member, "The status code is specified more than once.");
	}
	return true;
}

static bool check_key(struct emu_call *call, const cJSON *policy)
{
	bool only = json_has(policy, "cacheKeyPolicy.queryStringWhitelist");
	bool without = json_has(policy, "cacheKeyPolicy.queryStringBlacklist");

	if (only && without)
		return refuse(call, policy, "cacheKeyPolicy",
			"Either queryStringWhitelist or queryStringBlacklist, not both.");
	if ((only || without) && !json_bool(policy, "cacheKeyPolicy.includeQueryString", true))
		return refuse(call, policy, "cacheKeyPolicy", "The query string must be included.");
	return true;
}

bool emu_cdn_check(struct emu_call *call, const cJSON *body)
{
	const cJSON *policy = json_member(body, "cdnPolicy");

	if (cJSON_GetArraySize(json_member(policy, "bypassCacheOnRequestHeaders")) > HEADERS_MAX)
		return refuse(call, policy, "bypassCacheOnRequestHeaders", "Up to 5 headers can be specified.");
	return check_times(call, body) && check_mode(call, policy) && check_negative(call, policy) &&
	       check_key(call, policy);
}

static void complete_times(cJSON *policy)
{
	const char *mode = json_text(policy, "cacheMode");
	int64_t most;

	if (text_equal(mode, "USE_ORIGIN_HEADERS"))
		return;
	if (text_equal(mode, "CACHE_ALL_STATIC"))
		emu_default_int(policy, "maxTtl", 86400);
	most = json_int(policy, "maxTtl", 3600);
	emu_default_int(policy, "clientTtl", most < 3600 ? most : 3600);
	emu_default_int(policy, "defaultTtl", most < 3600 ? most : 3600);
}

void emu_cdn_complete(cJSON *body, const char *flag, bool full_key)
{
	cJSON *policy, *key;

	if (!json_bool(body, flag, false))
		return;
	policy = emu_default_object(body, "cdnPolicy");
	emu_default_text(policy, "cacheMode", "CACHE_ALL_STATIC");
	complete_times(policy);
	emu_default_bool(policy, "negativeCaching", true);
	emu_default_bool(policy, "requestCoalescing", true);
	emu_default_int(policy, "serveWhileStale", 86400);
	if (!full_key)
		return;
	key = emu_default_object(policy, "cacheKeyPolicy");
	emu_default_bool(key, "includeHost", true);
	emu_default_bool(key, "includeProtocol", true);
	emu_default_bool(key, "includeQueryString", true);
}

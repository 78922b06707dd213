/* Cloud CDN. What the user leaves out is what the cloud would have filled in. */
#include "kinds/cdn.h"

#include "base/str.h"
#include "kinds/body.h"

static void set_flag(cJSON *to, const cJSON *from, const char *name)
{
	json_set_bool(to, name, json_bool(from, name, true));
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Which times there are depends on the mode. */
static void set_times(cJSON *policy, const cJSON *from, const char *mode)
{
	static const char *const none[] = {"clientTtl", "defaultTtl", "maxTtl", NULL};
	int64_t longest = most(json_int(from, "clientTtl", 0), json_int(from, "defaultTtl", 0));
	int64_t limit = json_int(from, "maxTtl", most(86400, longest));

	body_take_all(policy, NULL, none);
	if (text_equal(mode, "USE_ORIGIN_HEADERS"))
		return;
	json_set_int(policy, "clientTtl", json_int(from, "clientTtl", least(3600, limit)));
	json_set_int(policy, "defaultTtl", json_int(from, "defaultTtl", least(3600, limit)));
	if (text_equal(mode, "CACHE_ALL_STATIC"))
		json_set_int(policy, "maxTtl", limit);
}

static void set_key(cJSON *policy, const cJSON *from, bool full)
{
	static const char *const lists[] = {"queryStringWhitelist", "includeHttpHeaders", NULL};
	static const char *const more_lists[] = {"queryStringBlacklist", "includeNamedCookies", NULL};
	cJSON *key = json_set_object(policy, "cacheKeyPolicy");

	body_take_all(key, from, lists);
	if (!full)
		return;
	set_flag(key, from, "includeHost");
	set_flag(key, from, "includeProtocol");
	set_flag(key, from, "includeQueryString");
	body_take_all(key, from, more_lists);
}

void cdn_set(cJSON *body, const char *flag, const cJSON *from, bool full_key)
{
	static const char *const lists[] = {"negativeCachingPolicy", "bypassCacheOnRequestHeaders", NULL};
	const cJSON *said = body_object(from, "cdnPolicy");
	const char *mode = json_text_or(said, "cacheMode", "CACHE_ALL_STATIC");
	bool on = json_bool(from, "enableCDN", false);
	cJSON *policy;

	json_set_bool(body, flag, on);
	if (!on)
		return;
	policy = json_set_object(body, "cdnPolicy");
	json_set_text(policy, "cacheMode", mode);
	set_times(policy, said, mode);
	set_flag(policy, said, "negativeCaching");
	set_flag(policy, said, "requestCoalescing");
	json_set_int(policy, "serveWhileStale", json_int(said, "serveWhileStale", 86400));
	json_setf(
		policy, "signedUrlCacheMaxAgeSec", "%lld", (long long)json_int(said, "signedUrlCacheMaxAgeSec", 3600));
	body_take_all(policy, said, lists);
	set_key(policy, body_object(said, "cacheKeyPolicy"), full_key);
}

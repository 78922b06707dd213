/* Cloud CDN. What is filled in was recorded of a backend bucket whose cache was switched on without a policy; bounds and texts are
 * those of gcloud's reference, and of refusals that users of Terraform met. */
#include "emulator/cdn.h"

#include <string.h>

#include "base/str.h"
#include "emulator/kind.h"
#include "emulator/query.h"
#include "emulator/resource.h"
#include "emulator/secret.h"

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

/* --- keys of signed URLs: they may come before the cache is on, and each backend has up to three (Cloud CDN's guide) --- */

enum { KEYS_MAX = 3, KEY_BYTES = 16, KEY_CHARACTERS = 24 };
static const struct emu_verb_rule add_rule = {"addSignedUrlKey", 2000, 20000};
static const struct emu_verb_rule delete_rule = {"deleteSignedUrlKey", 2000, 20000};

bool emu_is_url_key(const char *value)
{
	AUTO_STR struct str bytes = STR_INIT(0);
	char *plain = arena_strdup(json_arena(), value);

	if (strpbrk(value, "+/") || strlen(value) != KEY_CHARACTERS)
		return false;
	for (char *at = plain; *at; at++)
		*at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
	return str_decode_base64(&bytes, plain, strlen(plain)) && bytes.length == KEY_BYTES;
}

/* In cdnPolicy, made when there is none. */
static cJSON *names_of(cJSON *body)
{
	cJSON *policy = emu_default_object(body, "cdnPolicy"), *names = json_member(policy, "signedUrlKeyNames");

	return names ? names : json_set_array(policy, "signedUrlKeyNames");
}

void emu_keep_url_keys(cJSON *body, const cJSON *before)
{
	const cJSON *names = json_member(json_member(before, "cdnPolicy"), "signedUrlKeyNames");

	if (names)
		json_set(emu_default_object(body, "cdnPolicy"), "signedUrlKeyNames", json_copy(names));
}

static int place_of(const cJSON *names, const char *name)
{
	const cJSON *one;
	int place = 0;

	cJSON_ArrayForEach(one, names)
	{
		if (text_equal(one->valuestring, name))
			return place;
		place++;
	}
	return -1;
}

bool emu_add_url_key(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "SignedUrlKey"), *body = emu_resource_body(resource),
	      *names = names_of(body);
	const char *name = json_text_or(request, "keyName", ""), *value = json_text_or(request, "keyValue", "");

	if (!request)
		return false;
	if (!text_is_label(name, 63))
		return emu_refuse_field(
			&call->refusal, "keyName", name, "Must be a match of regex '[a-z]([-a-z0-9]*[a-z0-9])?'");
	if (!emu_key_is_hidden(call, value) && !emu_is_url_key(value))
		return emu_refuse_field(
			&call->refusal, "keyValue", "[...]", "Must be a base64url encoded 128-bit key.");
	if (place_of(names, name) >= 0)
		return emu_refuse_field(&call->refusal, "keyName", name, "A key of that name exists.");
	if (cJSON_GetArraySize(names) >= KEYS_MAX)
		return emu_refuse_field(&call->refusal, "keyName", name, "At most 3 keys can be added.");
	json_add_text(names, name);
	return emu_change_body(call, resource, body, &add_rule);
}

bool emu_delete_url_key(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *body = emu_resource_body(resource), *names = names_of(body);
	const char *name = emu_query_get(&call->query, "keyName");
	int place = place_of(names, name ? name : "");

	if (!name)
		return emu_refuse_required(&call->refusal, "keyName");
	if (place < 0)
		return emu_refuse_field(&call->refusal, "keyName", name, "There is no key of that name.");
	cJSON_DetachItemFromArray(names, place);
	if (!names->child)
		json_remove(json_member(body, "cdnPolicy"), "signedUrlKeyNames");
	return emu_change_body(call, resource, body, &delete_rule);
}

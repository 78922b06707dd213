/* Cloud CDN. What the user leaves out is what the cloud would have filled in. */
#include "kinds/cdn.h"

#include <string.h>

#include "base/str.h"
#include "kinds/body.h"
#include "kinds/internal.h"

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

const struct kind_names cdn_url_keys = {
	.add = "addSignedUrlKey", .remove = "deleteSignedUrlKey", .name = "keyName", .value = "keyValue", .most = 3};

/* --- keys of signed URLs: of each the note of the mark tells which one it is, for the cloud shows names alone --- */

enum { KEY_DIGEST = 12 };

/* value: the digest of a key, "": not known, and so is this then. */
static char *digest_of(const char *value, const char *name)
{
	char *digest = arena_alloc(json_arena(), KEY_DIGEST + 1);
	const char *text = arena_printf(json_arena(), "%s\n%s", value, name);

	digest[0] = '\0';
	if (value[0])
		digest_base32(text, strlen(text), digest, KEY_DIGEST);
	return digest;
}

static const cJSON *note_of(const cJSON *body)
{
	const char *description = json_text(body, "description");
	struct mark mark;

	return description && mark_parse(description, &mark) ? mark.note : NULL;
}

static void set_digests(cJSON *body, cJSON *digests)
{
	const cJSON *note = note_of(body);
	cJSON *with = note ? json_copy(note) : cJSON_CreateObject();

	json_remove(with, "keys");
	if (digests->child)
		json_set(with, "keys", digests);
	json_set_text(body, "description", mark_with_note(json_text(body, "description"), with->child ? with : NULL));
}

static void set_url_keys(struct want *want, cJSON *policy, const cJSON *keys, const struct kind_context *context)
{
	cJSON *names = json_set_array(policy, "signedUrlKeyNames"), *digests = cJSON_CreateObject();
	const cJSON *key;

	cJSON_ArrayForEach(key, keys)
	{
		const char *name = json_text(key, "name");
		const struct kind_value *value =
			secret_value(context, json_text(key, "secretRef.name"), json_text(key, "secretRef.key"));

		json_add_text(names, name);
		json_set_text(digests, name, digest_of(value ? value->digest : "", name));
		if (value)
			want_secret(want, name, value->value);
	}
	set_digests(want->body, digests);
}

static bool is_among(const cJSON *names, const char *name)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, names)
	{
		if (text_equal(one->valuestring, name))
			return true;
	}
	return false;
}

/* What the note tells of a key; "": it is not known, NULL: nothing. */
static const char *noted(const cJSON *body, const char *name)
{
	return json_text(json_member(note_of(body), "keys"), name);
}

bool cdn_has_key(const cJSON *body, const char *name)
{
	return is_among(json_at(body, "cdnPolicy.signedUrlKeyNames"), name);
}

bool cdn_key_is(const cJSON *body, const char *name, const char *digest)
{
	return cdn_has_key(body, name) && text_equal(noted(body, name), digest_of(digest, name));
}

void cdn_aim(cJSON *aim, const cJSON *seen)
{
	cJSON *names = json_at(aim, "cdnPolicy.signedUrlKeyNames"), *kept, *digests = cJSON_CreateObject();
	const cJSON *one;

	if (!names || !names->child)
		return;
	kept = cJSON_CreateArray();
	cJSON_ArrayForEach(one, names)
	{
		const char *name = one->valuestring, *wanted = noted(aim, name), *before = noted(seen, name);
		bool there = cdn_has_key(seen, name), known = wanted[0] != '\0';
		bool stands = there && (!known || text_equal(wanted, before));

		if (stands || (!there && known))
			json_add_text(kept, name);
		if (there || !known)
			wanted = before;
		if (wanted)
			json_set_text(digests, name, wanted);
	}
	json_set(json_member(aim, "cdnPolicy"), "signedUrlKeyNames", kept);
	set_digests(aim, digests);
}

void cdn_set(struct want *want, const char *flag, const cJSON *from, bool full_key, const struct kind_context *context)
{
	static const char *const lists[] = {"negativeCachingPolicy", "bypassCacheOnRequestHeaders", NULL};
	const cJSON *said = body_object(from, "cdnPolicy");
	const char *mode = json_text_or(said, "cacheMode", "CACHE_ALL_STATIC");
	bool on = json_bool(from, "enableCDN", false);
	cJSON *policy;

	json_set_bool(want->body, flag, on);
	if (!on)
		return;
	policy = json_set_object(want->body, "cdnPolicy");
	json_set_text(policy, "cacheMode", mode);
	set_times(policy, said, mode);
	set_flag(policy, said, "negativeCaching");
	set_flag(policy, said, "requestCoalescing");
	json_set_int(policy, "serveWhileStale", json_int(said, "serveWhileStale", 86400));
	json_setf(
		policy, "signedUrlCacheMaxAgeSec", "%lld", (long long)json_int(said, "signedUrlCacheMaxAgeSec", 3600));
	body_take_all(policy, said, lists);
	set_key(policy, body_object(said, "cacheKeyPolicy"), full_key);
	set_url_keys(want, policy, json_member(said, "signedUrlKeys"), context);
}

/* Keys and secrets in requests. Each is a part of some JSON, which is read as whoever takes the request reads it: a name or a value with
 * escapes is no way around. */
#include <string.h>

#include "base/alloc.h"
#include "base/certificate.h"
#include "base/json.h"
#include "base/str.h"
#include "emulator/cdn.h"
#include "emulator/core.h"
#include "emulator/secret.h"

static const char WRONG[] = "[wrong]";

bool emu_secret_is_meant(const char *path)
{
	return strstr(path, "/sslCertificates") || strstr(path, "/backendServices") || strstr(path, "SignedUrlKey") ||
	       text_starts(path, "/batch/");
}

bool emu_key_is_hidden(const struct emu_call *call, const char *key)
{
	return call->emulator->trusting && text_equal(key, EMU_KEY_HIDDEN);
}

static char *digest_of(const char *secret)
{
	char *digest = arena_alloc(json_arena(), DIGEST_HEX_SIZE);

	digest_hex(secret, strlen(secret), digest);
	return digest;
}

char *emu_secret_digest(const struct emu_call *call, const char *secret)
{
	if (call->emulator->trusting && text_starts(secret, EMU_DIGEST_SHOWN))
		return arena_strdup(json_arena(), secret + strlen(EMU_DIGEST_SHOWN));
	return digest_of(secret);
}

/* chain: the certificate, NULL: there is none. */
static void hide_key(cJSON *tree, const char *chain)
{
	const char *key = json_text(tree, "privateKey");
	bool fits = key && chain && certificate_has_key(chain, key, NULL);

	json_set_text(tree, "privateKey", fits ? EMU_KEY_HIDDEN : WRONG);
}

/* Wherever they stand. */
static void hide(cJSON *tree, const char *chain)
{
	const char *value = json_text(tree, "keyValue"), *secret = json_text(tree, "oauth2ClientSecret");
	cJSON *member;

	cJSON_ArrayForEach(member, tree) hide(member, chain);
	if (json_has(tree, "privateKey"))
		hide_key(tree, chain);
	if (json_has(tree, "keyValue"))
		json_set_text(tree, "keyValue", value && emu_is_url_key(value) ? EMU_KEY_HIDDEN : WRONG);
	if (secret && secret[0])
		json_setf(tree, "oauth2ClientSecret", EMU_DIGEST_SHOWN "%s", digest_of(secret));
}

/* Names without a backslash in the body stand there as they are. */
static bool may_hold(const char *text)
{
	return strchr(text, '\\') || strstr(text, "privateKey") || strstr(text, "keyValue") ||
	       strstr(text, "oauth2ClientSecret");
}

static char *shown(const char *body, size_t length)
{
	cJSON *tree = json_parse(body, length, (struct json_limits){0}, NULL);

	if (!tree)
		return arena_strdup(json_arena(), EMU_KEY_HIDDEN);
	hide(tree, json_text_or(tree, "selfManaged.certificate", json_text(tree, "certificate")));
	return json_print(tree);
}

/* The body of each part begins with a brace at the start of a line, and ends before the next boundary. */
static const char *shown_parts(const char *text)
{
	AUTO_STR struct str out = STR_INIT(0);
	const char *at;

	while ((at = strstr(text, "\n{"))) {
		const char *end = strstr(++at, "\n--");
		size_t length = end ? (size_t)(end - at) : strlen(at);

		str_add(&out, text, (size_t)(at - text));
		str_adds(&out, shown(at, length));
		text = at + length;
	}
	str_adds(&out, text);
	return arena_strdup(json_arena(), str_text(&out));
}

const char *emu_secret_shown(const char *path, const char *body, size_t length)
{
	const char *text = arena_strndup(json_arena(), body, length);

	if (!length || !emu_secret_is_meant(path) || (strlen(text) == length && !may_hold(text)))
		return text;
	return text_starts(path, "/batch/") ? shown_parts(text) : shown(body, length);
}

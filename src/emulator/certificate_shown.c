/* Requests that make certificates hold private keys. Each is a part of some JSON, which is read as whoever takes the request reads it: a
 * name or a value with escapes is no way around. */
#include <string.h>

#include "base/alloc.h"
#include "base/certificate.h"
#include "base/json.h"
#include "base/str.h"
#include "emulator/certificate.h"

static const char WRONG[] = "[wrong]";

bool emu_certificate_is_meant(const char *path)
{
	return strstr(path, "/sslCertificates") || text_starts(path, "/batch/");
}

/* Wherever one stands. chain: the certificate, NULL: there is none. */
static void hide(cJSON *tree, const char *chain)
{
	cJSON *member;

	cJSON_ArrayForEach(member, tree) hide(member, chain);
	if (json_has(tree, "privateKey")) {
		const char *key = json_text(tree, "privateKey");
		bool fits = key && chain && certificate_has_key(chain, key, NULL);

		json_set_text(tree, "privateKey", fits ? EMU_KEY_HIDDEN : WRONG);
	}
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

const char *emu_certificate_shown(const char *path, const char *body, size_t length)
{
	const char *text = arena_strndup(json_arena(), body, length);

	if (!length || !emu_certificate_is_meant(path))
		return text;
	return text_starts(path, "/batch/") ? shown_parts(text) : shown(body, length);
}

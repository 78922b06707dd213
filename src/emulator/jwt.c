/* JWTs of service accounts, as Google's token service judges them. */
#include <string.h>

#include "base/rsa.h"
#include "base/str.h"
#include "emulator/core.h"

enum { LIFE_MOST_S = 3600, TOLERANCE_S = 300, PART_MAX = 64 * 1024 };

struct parts {
	const char *text; /* what was signed, signed_length bytes of it */
	size_t signed_length;
	cJSON *header, *claims;
	struct str signature;
};

static cJSON *read_part(const char *text, size_t length)
{
	AUTO_STR struct str decoded = STR_INIT(PART_MAX);

	return str_decode_base64(&decoded, text, length)
	               ? json_parse(str_text(&decoded), decoded.length, (struct json_limits){0}, NULL)
	               : NULL;
}

static bool split(const char *jwt, struct parts *parts)
{
	const char *first = strchr(jwt, '.'), *second = first ? strchr(first + 1, '.') : NULL;

	if (!second || strchr(second + 1, '.'))
		return false;
	*parts = (struct parts){.text = jwt, .signed_length = (size_t)(second - jwt), .signature = STR_INIT(PART_MAX)};
	parts->header = read_part(jwt, (size_t)(first - jwt));
	parts->claims = read_part(first + 1, (size_t)(second - first - 1));
	return cJSON_IsObject(parts->header) && cJSON_IsObject(parts->claims) &&
	       str_decode_base64(&parts->signature, second + 1, strlen(second + 1)) && parts->signature.length > 0;
}

static const char *judge_times(const struct emulator *emulator, const cJSON *claims)
{
	int64_t issued = json_int(claims, "iat", 0), ends = json_int(claims, "exp", 0);
	int64_t now = emu_client_now_s(emulator);
	bool good = issued > 0 && ends > issued && ends - issued <= LIFE_MOST_S && issued <= now + TOLERANCE_S &&
	            ends > now - TOLERANCE_S;

	return good ? NULL
	            : "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
	              "Check your "
	              "iat and exp values in the JWT claim.";
}

static const char *judge(const struct emulator *emulator, const struct parts *parts)
{
	const char *email = json_text(parts->claims, "iss");
	const struct rsa_key *key = email ? emu_account_key(emulator, email) : NULL;

	if (!text_equal(json_text(parts->header, "alg"), "RS256") || !email)
		return "Invalid JWT: alg must be RS256, and iss the account.";
	if (!emu_account_enabled(emulator, email))
		return "Invalid grant: account disabled";
	if (key && !rsa_verify(key, parts->text, parts->signed_length, &parts->signature))
		return "Invalid JWT Signature.";
	return judge_times(emulator, parts->claims);
}

cJSON *emu_jwt_read(const struct emulator *emulator, const char *jwt, const char **why)
{
	struct parts parts = {0};

	*why = split(jwt, &parts) ? judge(emulator, &parts) : "Bad Request";
	str_done(&parts.signature);
	return *why ? NULL : parts.claims;
}

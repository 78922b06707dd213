#include "gce/jwt.h"

#include <string.h>

#include "base/secret.h"

enum { JWT_MAX = 64 * 1024, SIGNATURE_MAX = 2048 };

static void add_part(struct str *token, const char *text, size_t length)
{
	if (token->length)
		str_add(token, ".", 1);
	str_add_base64(token, text, length, true);
}

char *jwt_sign(const struct rsa_key *key, const char *key_id, const cJSON *claims)
{
	AUTO_SECRET_STR token = STR_INIT(JWT_MAX);
	AUTO_STR struct str signature = STR_INIT(SIGNATURE_MAX);
	cJSON *header = cJSON_CreateObject();
	const char *text = json_print(claims);

	json_set_text(header, "typ", "JWT");
	json_set_text(header, "alg", "RS256");
	json_set_text(header, "kid", key_id);
	const char *head = json_print(header);
	add_part(&token, head, strlen(head));
	add_part(&token, text, strlen(text));
	if (!rsa_sign(key, str_text(&token), token.length, &signature))
		return NULL;
	add_part(&token, signature.own_text, signature.length);
	return str_take(&token);
}

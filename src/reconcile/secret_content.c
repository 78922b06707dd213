/* What a Secret must hold to be of use, judged before anything is made of it, and what is said when it does not. */
#include <string.h>

#include "base/certificate.h"
#include "base/secret.h"
#include "reconcile/secret.h"

enum { CONTENT_MAX = 2 << 20, CLIENT_SECRET_MAX = 1024, URL_KEY_BYTES = 16, URL_KEY_CHARACTERS = 24 };

struct secret_part *secret_part_find(const struct secret *secret, const struct secret_use *use)
{
	for (size_t i = 0; i < secret->parts.count; i++) {
		struct secret_part *part = secret->parts.own_items[i];

		if (part->form == use->form && text_equal(part->own_member, use->member))
			return part;
	}
	return NULL;
}

void secret_part_forget(struct secret_part *part)
{
	secret_free(TAKE(part->own_text));
	secret_free(TAKE(part->own_key));
}

void secret_part_drop(void *value)
{
	struct secret_part *part = value;

	secret_part_forget(part);
	mem_free(part->own_member);
	mem_free(part);
}

/* --- what is taken --- */

/* data.MEMBER, decoded; owned. NULL and err: it is not there. */
static char *take_member(const cJSON *body, const char *member, struct error *err)
{
	const cJSON *value = json_member(json_member(body, "data"), member);
	AUTO_SECRET_STR decoded = STR_INIT(CONTENT_MAX);

	if (!cJSON_IsString(value) || !str_decode_base64(&decoded, value->valuestring, strlen(value->valuestring)) ||
		!decoded.length) {
		error_set(err, ERROR_REJECTED, "it has no %s", member);
		return NULL;
	}
	return str_take(&decoded);
}

static bool take_pair(struct secret_part *part, const cJSON *body, struct error *err)
{
	AUTO_SECRET char *chain = take_member(body, "tls.crt", err);
	AUTO_SECRET char *key = chain ? take_member(body, "tls.key", err) : NULL;

	if (!key || !certificate_has_key(chain, key, err))
		return false;
	digest_base32(chain, strlen(chain), part->digest, MODEL_HASH_CHARACTERS);
	secret_part_forget(part);
	part->own_text = TAKE(chain);
	part->own_key = TAKE(key);
	return true;
}

/* Files end with a new line, which is no part of what they hold. */
static void trim(char *text)
{
	size_t length = strlen(text);

	while (length && strchr("\r\n\t ", text[length - 1]))
		text[--length] = '\0';
}

static bool is_url_key(const char *text)
{
	AUTO_SECRET_STR bytes = STR_INIT(URL_KEY_BYTES);
	AUTO_SECRET char *plain = mem_strdup(text);

	if (strlen(text) != URL_KEY_CHARACTERS || strpbrk(text, "+/"))
		return false;
	for (char *at = plain; *at; at++)
		*at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
	return str_decode_base64(&bytes, plain, strlen(plain)) && bytes.length == URL_KEY_BYTES;
}

static bool take_text(struct secret_part *part, const cJSON *body, struct error *err)
{
	AUTO_SECRET char *text = take_member(body, part->own_member, err);

	if (!text)
		return false;
	trim(text);
	if (part->form == SECRET_URL_KEY && !is_url_key(text))
		return error_set(err, ERROR_REJECTED,
			"its %s is no key of 16 bytes in base64url, as head -c 16 /dev/urandom | base64 | tr +/ -_ "
			"makes one",
			part->own_member);
	if (part->form == SECRET_CLIENT && (!secret_is_token(text) || strlen(text) > CLIENT_SECRET_MAX))
		return error_set(err, ERROR_REJECTED, "its %s is no secret of an OAuth client", part->own_member);
	digest_hex(text, strlen(text), part->digest);
	secret_part_forget(part);
	part->own_text = TAKE(text);
	return true;
}

/* --- what is said --- */

static void refuse(
	const struct secret *secret, const struct secret_part *part, const struct error *told, struct error *err)
{
	error_set(err, ERROR_REJECTED, "Secret %s: %s; correct %s, nothing is made of it until then", secret->own_name,
		told->message, part->form == SECRET_PAIR ? "its tls.crt and tls.key" : "it");
	error_reason(err, "SecretInvalid");
}

bool secret_take(struct secret *secret, const cJSON *body, struct error *err)
{
	bool good = true;

	for (size_t i = 0; i < secret->parts.count; i++) {
		struct secret_part *part = secret->parts.own_items[i];
		struct error told = {0};

		if ((part->form == SECRET_PAIR ? take_pair : take_text)(part, body, &told))
			continue;
		if (good)
			refuse(secret, part, &told, err);
		good = false;
	}
	return good;
}

/* "User "system:serviceaccount:NS:NAME" cannot get ..." as kubectl wants it; what the API server calls us, else a place to fill in. */
static char *subject(const char *message)
{
	static const char user[] = "User \"", account[] = "system:serviceaccount:";
	const char *begin = strstr(message, user);
	char *name;

	if (!begin)
		return arena_strdup(json_arena(), "--user=CONTROLLER");
	begin += strlen(user);
	name = arena_strndup(json_arena(), begin, strcspn(begin, "\""));
	if (text_starts(name, account))
		return arena_printf(json_arena(), "--serviceaccount=%s", name + strlen(account));
	return arena_printf(json_arena(), "--user=%s", name);
}

void secret_explain(const struct secret *secret, const struct error *told, struct error *err)
{
	const char *namespace = secret->entry->namespace, *name = secret->own_name;

	if (told->status == 404) {
		error_set(err, ERROR_REJECTED, "Secret %s does not exist in namespace %s; create it, or change %s",
			name, namespace, secret->place);
		error_reason(err, "ReferenceNotFound");
	} else if (told->status == 403) {
		error_set(err, ERROR_REJECTED,
			"Secret %s may not be read; allow it: kubectl -n %s create role tflb-%s --verb=get "
			"--resource=secrets --resource-name=%s && kubectl -n %s create rolebinding tflb-%s "
			"--role=tflb-%s %s",
			name, namespace, name, name, namespace, name, name, subject(told->message));
		error_reason(err, "PermissionDenied");
	} else {
		error_set(err, told->class, "Secret %s can't be read: %s", name, told->message);
		error_reason(err, told->reason[0] ? told->reason : "ReferenceNotFound");
	}
}

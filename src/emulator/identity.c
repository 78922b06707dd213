#include "emulator/identity.h"

#include <string.h>

#include "base/rsa.h"
#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"

enum { TOKEN_CHARACTERS = 40, LIFE_MOST_S = 43200 };

static const char BEARER[] = "Bearer ";
static const char IAM[] = "/v1/projects/-/serviceAccounts/";

struct emu_account {
	struct rsa_key *own_key; /* NULL: its signatures are not checked */
	bool disabled;
};

static void token_free(void *value)
{
	struct emu_token *token = value;

	mem_free(token->own_email);
	mem_free(token->own_scope);
	mem_free(token);
}

static void account_free(void *value)
{
	struct emu_account *account = value;

	if (account)
		rsa_key_free(account->own_key);
	mem_free(account);
}

void emu_identity_init(struct emu_identity *identity, uint64_t seed)
{
	*identity = (struct emu_identity){.dice = {.state = ~seed}, .token_life_s = EMU_TOKEN_LIFE_S};
}

void emu_identity_done(struct emu_identity *identity)
{
	map_done(&identity->tokens, token_free);
	map_done(&identity->accounts, account_free);
	mem_free(identity->own_metadata);
	*identity = (struct emu_identity){0};
}

/* --- time --- */

int64_t emu_client_seconds(const struct emulator *emulator, int64_t s)
{
	return (int64_t)((double)s * 1000 * emulator->speed);
}

int64_t emu_client_now_s(const struct emulator *emulator)
{
	return emulator->wall_start_us / 1000000 + (int64_t)((double)emulator->now / emulator->speed / 1000);
}

/* --- accounts --- */

const struct rsa_key *emu_account_key(const struct emulator *emulator, const char *email)
{
	const struct emu_account *account = map_find(&emulator->identity.accounts, email);

	return account ? account->own_key : NULL;
}

bool emu_account_enabled(const struct emulator *emulator, const char *email)
{
	const struct emu_account *account = map_find(&emulator->identity.accounts, email);

	return !account || !account->disabled;
}

bool emu_identity_change_account(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *email = json_text(value, "email"), *pem = json_text(value, "publicKey");
	struct rsa_key *key = pem ? rsa_public_read(pem, NULL) : NULL;

	if (!email || (json_has(value, "publicKey") && !key)) {
		rsa_key_free(key);
		return emu_refuse(refusal, 400, "badRequest",
			"serviceAccount: needs email; publicKey (PEM of RSA) and enabled are optional.");
	}
	struct emu_account *account = mem_alloc(sizeof(*account));
	*account = (struct emu_account){.own_key = key, .disabled = !json_bool(value, "enabled", true)};
	account_free(map_put(&emulator->identity.accounts, email, account));
	return true;
}

/* --- tokens --- */

bool emu_identity_change_life(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	if (!cJSON_IsNumber(value) || value->valuedouble < 1 || value->valuedouble > LIFE_MOST_S)
		return emu_refuse(refusal, 400, "badRequest", "tokenLifeS: must be 1 to %d seconds.", LIFE_MOST_S);
	emulator->identity.token_life_s = (int64_t)value->valuedouble;
	return true;
}

bool emu_identity_expire(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	map_done(&emulator->identity.tokens, token_free);
	mem_free(TAKE(emulator->identity.own_metadata));
	return true;
}

static void forget_expired(struct emulator *emulator)
{
	struct map *tokens = &emulator->identity.tokens;

	for (size_t i = tokens->count; i-- > 0;) {
		const struct emu_token *token = tokens->own_entries[i].value;
		if (token->ends <= emulator->now)
			token_free(map_remove(tokens, tokens->own_entries[i].own_key));
	}
}

char *emu_token_issue(struct emulator *emulator, const char *email, const char *scope, int64_t life_s)
{
	char word[TOKEN_CHARACTERS + 1];
	struct emu_token *token = mem_alloc(sizeof(*token));

	forget_expired(emulator);
	emu_dice_word(&emulator->identity.dice, word, TOKEN_CHARACTERS);
	*token = (struct emu_token){.own_email = mem_strdup(email),
		.own_scope = mem_strdup(scope),
		.ends = emulator->now + emu_client_seconds(emulator, life_s)};
	char *text = arena_printf(json_arena(), "ya29.emulated-%s", word);
	map_put(&emulator->identity.tokens, text, token);
	return text;
}

const struct emu_token *emu_token_find(const struct emulator *emulator, const char *token)
{
	const struct emu_token *found = map_find(&emulator->identity.tokens, token);

	return found && found->ends > emulator->now && emu_account_enabled(emulator, found->own_email) ? found : NULL;
}

/* --- who calls --- */

const char *emu_bearer(const struct emu_call *call)
{
	const char *given = call->authorization;

	return text_starts(given, BEARER) && given[strlen(BEARER)] ? given + strlen(BEARER) : NULL;
}

static bool refuse(struct emu_call *call, const char *reason, const char *message)
{
	emu_refuse(&call->refusal, 401, reason, "%s", message);
	call->refusal.header = "Authorization";
	call->refusal.word = "UNAUTHENTICATED";
	return false;
}

static bool is_good(const struct emu_call *call, const char *bearer)
{
	const char *why;

	return emu_token_find(call->emulator, bearer) || emu_jwt_read(call->emulator, bearer, &why);
}

bool emu_identity_check(struct emu_call *call)
{
	const char *bearer = emu_bearer(call);

	if ((!call->emulator->require_token && !call->emulator->issued_tokens_only) || call->emulator->trusting)
		return true;
	if (!bearer)
		return refuse(call, "required",
			"Request is missing required authentication credential. Expected OAuth 2 access token, login "
			"cookie "
			"or other valid authentication credential.");
	if (call->emulator->issued_tokens_only && !is_good(call, bearer))
		return refuse(call, "authError",
			"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
			"or other "
			"valid authentication credential.");
	return true;
}

/* --- the services --- */

bool emu_identity_serves(const char *path)
{
	return !strcmp(path, "/token") || !strcmp(path, "/v1/token") || text_starts(path, IAM);
}

bool emu_identity_serve(struct emu_call *call)
{
	if (!strcmp(call->method, "POST") && !strcmp(call->path, "/token"))
		return emu_oauth_token(call);
	if (!strcmp(call->method, "POST") && !strcmp(call->path, "/v1/token"))
		return emu_sts_token(call);
	if (!strcmp(call->method, "POST"))
		return emu_iam_impersonate(call);
	return emu_refuse(
		&call->refusal, 405, "httpMethodNotAllowed", "The method %s is not allowed here.", call->method);
}

/* --- what logs show --- */

static bool is_secret(const char *name, size_t length)
{
	static const char *const names[] = {
		"assertion", "refresh_token", "client_secret", "subject_token", "actor_token"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && !strncmp(names[i], name, length))
			return true;
	return false;
}

const char *emu_identity_shown(const char *path, const char *body, size_t length)
{
	AUTO_STR struct str shown = {0};
	const char *text = arena_strndup(json_arena(), body, length);

	if (strcmp(path, "/token") != 0 && strcmp(path, "/v1/token") != 0)
		return text;
	while (*text) {
		size_t field = strcspn(text, "&"), name = strcspn(text, "=&");
		if (is_secret(text, name))
			str_addf(&shown, "%.*s=[hidden]", (int)name, text);
		else
			str_add(&shown, text, field);
		text += field;
		if (*text)
			str_add(&shown, text++, 1);
	}
	return arena_strdup(json_arena(), str_text(&shown));
}

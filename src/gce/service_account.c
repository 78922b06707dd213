/* The key file of a service account. A JWT that it signs is exchanged for an access token; outside of googleapis.com there is no
 * such exchange, and the JWT itself is the token.
 *
 * A JWT holds the time, and services refuse one from a clock that is minutes off. They say in their answers what time it is, so
 * that a wrong clock costs one refusal. */
#include "gce/credential.h"

#include <stdlib.h>

#include "base/secret.h"
#include "gce/jwt.h"
#include "gce/oauth.h"

enum { LIFE_S = 3600, SKEW_LEAST_US = 30 * 1000000, FORM_MAX = 128 * 1024 };

static const char GRANT[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/* Whatever the file's token_uri says. */
static const char AUDIENCE[] = "https://oauth2.googleapis.com/token";

struct service_account {
	struct credential base;
	struct rsa_key *own_key;
	char *own_email, *own_key_id, *own_token_uri, *own_scope;
	struct oauth_call call;
	int64_t skew_us; /* what to add to our clock; 0: it goes well */
	bool again;      /* the refusal of this fetch's first JWT is behind us */
};

static int64_t now_s(const struct service_account *account)
{
	return (env_wall_us(account->base.io.env) + account->skew_us) / 1000000;
}

static void fail(struct service_account *account, const char *why)
{
	struct error err = {0};

	error_set(&err, ERROR_REJECTED, "%s", why);
	error_reason(&err, "PermissionDenied");
	credential_tell(&account->base, NULL, &err);
}

/* --- the JWT as the token --- */

static void fetch_self_signed(struct service_account *account)
{
	JSON_WORK(work);
	cJSON *claims = cJSON_CreateObject();

	json_set_text(claims, "iss", account->own_email);
	json_set_text(claims, "sub", account->own_email);
	json_set_int(claims, "iat", now_s(account));
	json_set_int(claims, "exp", now_s(account) + LIFE_S);
	json_set_text(claims, "scope", account->own_scope);
	AUTO_SECRET char *token = jwt_sign(account->own_key, account->own_key_id, claims);
	if (token)
		credential_tell(&account->base, &(struct access){token, LIFE_S * 1000}, NULL);
	else
		fail(account, "the private key does not sign");
}

/* --- the JWT for a token --- */

static void exchange(struct service_account *account);

/* True when the service's clock says that another JWT may do better. */
static bool clock_was_wrong(struct service_account *account, const struct error *err)
{
	int64_t skew = account->call.date_us ? account->call.date_us - env_wall_us(account->base.io.env) : 0;
	int64_t before = account->skew_us;

	account->skew_us = llabs(skew) > SKEW_LEAST_US ? skew : 0;
	return err && text_equal(err->code, "invalid_grant") && llabs(account->skew_us - before) > SKEW_LEAST_US;
}

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	JSON_WORK(work);
	struct service_account *account = arg;
	struct access access;
	struct error failure = {0};

	if (clock_was_wrong(account, err) && !account->again) {
		account->again = true;
		exchange(account);
		return;
	}
	if (!err && !oauth_read_access(answer, &access, &failure))
		err = &failure;
	credential_tell(&account->base, err ? NULL : &access, err);
}

static char *sign_assertion(const struct service_account *account)
{
	JSON_WORK(work);
	cJSON *claims = cJSON_CreateObject();

	json_set_int(claims, "iat", now_s(account));
	json_set_int(claims, "exp", now_s(account) + LIFE_S);
	json_set_text(claims, "iss", account->own_email);
	json_set_text(claims, "aud", AUDIENCE);
	json_set_text(claims, "scope", account->own_scope);
	return jwt_sign(account->own_key, account->own_key_id, claims);
}

static void exchange(struct service_account *account)
{
	AUTO_SECRET_STR form = STR_INIT(FORM_MAX);
	AUTO_SECRET char *assertion = sign_assertion(account);

	if (!assertion) {
		fail(account, "the private key does not sign");
		return;
	}
	oauth_add_field(&form, "assertion", assertion);
	oauth_add_field(&form, "grant_type", GRANT);
	struct oauth_request request = {.method = "POST",
		.url = account->own_token_uri,
		.content_type = "application/x-www-form-urlencoded",
		.body = str_text(&form),
		.secrets = {assertion}};
	oauth_start(&account->call, &account->base.io, &request, on_answer, account);
}

/* --- the credential --- */

static void service_account_fetch(struct credential *credential)
{
	struct service_account *account = (struct service_account *)credential;

	account->again = false;
	if (credential->local)
		fetch_self_signed(account);
	else
		exchange(account);
}

static void service_account_cancel(struct credential *credential)
{
	oauth_stop(&((struct service_account *)credential)->call);
}

static void service_account_free(struct credential *credential)
{
	struct service_account *account = (struct service_account *)credential;

	rsa_key_free(account->own_key);
	mem_free(account->own_email);
	mem_free(account->own_key_id);
	mem_free(account->own_token_uri);
	mem_free(account->own_scope);
	mem_free(account);
}

static const struct credential_ops ops = {.type = "service_account",
	.fetch = service_account_fetch,
	.cancel = service_account_cancel,
	.free = service_account_free};

struct credential *service_account_new(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err)
{
	const char *universe = json_text_or(info, "universe_domain", CREDENTIAL_UNIVERSE);
	const char *email = credential_text(info, "client_email", err);
	const char *pem = email ? credential_text(info, "private_key", err) : NULL;
	const char *uri = pem ? credential_address(info, "token_uri", AUDIENCE, universe, err) : NULL;
	struct rsa_key *own_key = uri ? rsa_private_read(pem, err) : NULL;

	if (uri && !own_key) {
		error_context(err, "its \"private_key\"");
		error_reason(err, "PermissionDenied");
	}
	if (!own_key)
		return NULL;
	struct service_account *account = mem_alloc(sizeof(*account));
	credential_init(&account->base, &ops, io, mem_printf("service account %.200s", email));
	mem_free(account->base.own_universe);
	account->base.own_universe = mem_strdup(universe);
	account->base.own_project =
		json_has(info, "project_id") ? mem_strdup(json_text(info, "project_id")) : credential_project_of(email);
	account->base.local = !text_equal(universe, CREDENTIAL_UNIVERSE);
	account->base.advice = "Check that the service account and its key are there and enabled.";
	account->own_key = own_key;
	account->own_email = mem_strdup(email);
	account->own_key_id = mem_strdup(json_text(info, "private_key_id"));
	account->own_token_uri = mem_strdup(uri);
	account->own_scope = mem_strdup(scope);
	return &account->base;
}

/* Workload identity federation: a token from elsewhere is exchanged for one of Google's, and that, where the file says so, for one of
 * a service account. */
#include "gce/credential.h"

#include <string.h>

#include "base/secret.h"
#include "gce/subject.h"

enum { FORM_MAX = 256 * 1024, LIFE_S = 3600 };

static const char GRANT[] = "urn:ietf:params:oauth:grant-type:token-exchange";
static const char WANTED[] = "urn:ietf:params:oauth:token-type:access_token";
static const char AWS[] = "urn:ietf:params:aws:token-type:aws4_request";

struct external_account {
	struct credential base;
	struct subject *own_subject;
	char *own_audience, *own_token_type, *own_token_url, *own_scope;
	char *own_user_project;                  /* of a workforce pool; NULL: none */
	char *own_client_id, *own_client_secret; /* NULL: none */
	struct oauth_call call;
};

/* --- the exchange --- */

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	JSON_WORK(work);
	struct external_account *account = arg;
	struct access access;
	struct error failure = {0};

	if (!err && !oauth_read_access(answer, &access, &failure))
		err = &failure;
	credential_tell(&account->base, err ? NULL : &access, err);
}

/* What goes beyond the standard is JSON, escaped once more. With a client the project is known. */
static void add_options(struct str *form, const struct external_account *account)
{
	JSON_WORK(work);
	AUTO_STR struct str options = STR_INIT(FORM_MAX);
	cJSON *body = cJSON_CreateObject();

	if (!account->own_user_project || account->own_client_id)
		return;
	json_set_text(body, "userProject", account->own_user_project);
	str_add_escaped(&options, json_print(body));
	oauth_add_field(form, "options", str_text(&options));
}

static void write_form(struct str *form, const struct external_account *account, const char *token)
{
	oauth_add_field(form, "grant_type", GRANT);
	oauth_add_field(form, "audience", account->own_audience);
	oauth_add_field(form, "scope", account->own_scope);
	oauth_add_field(form, "requested_token_type", WANTED);
	oauth_add_field(form, "subject_token", token);
	oauth_add_field(form, "subject_token_type", account->own_token_type);
	add_options(form, account);
}

static void write_client(struct str *basic, const struct external_account *account)
{
	const char *secret = account->own_client_secret ? account->own_client_secret : "";
	AUTO_SECRET char *pair = mem_printf("%s:%s", account->own_client_id, secret);

	str_adds(basic, "Basic ");
	str_add_base64(basic, pair, strlen(pair), false);
}

static void on_subject(void *arg, const char *token, const struct error *err)
{
	struct external_account *account = arg;
	AUTO_SECRET_STR form = STR_INIT(FORM_MAX), basic = STR_INIT(FORM_MAX);

	if (err) {
		credential_tell(&account->base, NULL, err);
		return;
	}
	write_form(&form, account, token);
	struct oauth_request request = {.method = "POST",
		.url = account->own_token_url,
		.content_type = "application/x-www-form-urlencoded",
		.body = str_text(&form),
		.secrets = {token, account->own_client_secret}};
	if (account->own_client_id) {
		write_client(&basic, account);
		request.headers[0] = (struct http_header){"Authorization", str_text(&basic)};
	}
	oauth_start(&account->call, &account->base.io, &request, on_answer, account);
}

static void external_account_fetch(struct credential *credential)
{
	struct external_account *account = (struct external_account *)credential;

	subject_fetch(account->own_subject, on_subject, account);
}

static void external_account_cancel(struct credential *credential)
{
	struct external_account *account = (struct external_account *)credential;

	subject_cancel(account->own_subject);
	oauth_stop(&account->call);
}

static void external_account_free(struct credential *credential)
{
	struct external_account *account = (struct external_account *)credential;

	subject_free(account->own_subject);
	mem_free(account->own_audience);
	mem_free(account->own_token_type);
	mem_free(account->own_token_url);
	mem_free(account->own_scope);
	mem_free(account->own_user_project);
	mem_free(account->own_client_id);
	secret_free(account->own_client_secret);
	mem_free(account);
}

static const struct credential_ops ops = {.type = "external_account",
	.fetch = external_account_fetch,
	.cancel = external_account_cancel,
	.free = external_account_free};

/* --- from the file --- */

static bool is_workforce(const char *audience)
{
	return text_starts(audience, "//iam.googleapis.com/locations/") && strstr(audience, "/workforcePools/");
}

static bool judge(const cJSON *info, struct error *err)
{
	const char *audience = credential_text(info, "audience", err);
	const char *type = audience ? credential_text(info, "subject_token_type", err) : NULL;

	if (!type)
		return false;
	if (text_equal(type, AWS))
		return error_set(err, ERROR_REJECTED,
			"its \"subject_token_type\" is of AWS, which is not supported; use a key of a service account, "
			"or an "
			"OIDC token");
	if (json_has(info, "workforce_pool_user_project") && !is_workforce(audience))
		return error_set(err, ERROR_REJECTED,
			"its \"workforce_pool_user_project\" is for workforce pools, and its \"audience\" is none");
	return true;
}

static struct credential *make(const struct credential_io *io, const cJSON *info, const char *token_url,
	struct subject *own_subject, const char *scope)
{
	struct external_account *account = mem_alloc(sizeof(*account));

	credential_init(&account->base, &ops, io, mem_printf("external account %.200s", json_text(info, "audience")));
	account->base.advice = "Check the pool, its provider, and what the account may do.";
	account->own_subject = own_subject;
	account->own_audience = mem_strdup(json_text(info, "audience"));
	account->own_token_type = mem_strdup(json_text(info, "subject_token_type"));
	account->own_token_url = mem_strdup(token_url);
	account->own_scope = mem_strdup(scope);
	account->own_user_project = mem_strdup(json_text(info, "workforce_pool_user_project"));
	account->own_client_id = mem_strdup(json_text(info, "client_id"));
	account->own_client_secret = mem_strdup(json_text(info, "client_secret"));
	return &account->base;
}

/* The exchange alone. email: of the account that its token will be exchanged for; NULL: none. */
static struct credential *read_exchange(
	const struct credential_io *io, const cJSON *info, const char *email, const char *scope, struct error *err)
{
	const char *universe = json_text_or(info, "universe_domain", CREDENTIAL_UNIVERSE);
	AUTO_FREE char *usual = mem_printf("https://sts.%s/v1/token", universe);
	const char *token_url = credential_address(info, "token_url", usual, universe, err);
	struct subject_facts facts = {json_text(info, "audience"), json_text(info, "subject_token_type"), email};
	const cJSON *source = json_member(info, "credential_source");

	if (!token_url)
		return NULL;
	if (!cJSON_IsObject(source)) {
		error_set(err, ERROR_REJECTED, "its \"credential_source\" is missing");
		return NULL;
	}
	struct subject *subject = subject_new(io, source, &facts, err);
	return subject ? make(io, info, token_url, subject, scope) : NULL;
}

static void set_common(struct credential *credential, const cJSON *info)
{
	const char *named = env_variable(credential->io.env, "GOOGLE_CLOUD_QUOTA_PROJECT");

	mem_free(credential->own_universe);
	credential->own_universe = mem_strdup(json_text_or(info, "universe_domain", CREDENTIAL_UNIVERSE));
	credential->own_quota_project = mem_strdup(named ? named : json_text(info, "quota_project_id"));
}

static struct credential *read_impersonated(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err)
{
	struct impersonation_options options = {
		.url = json_text(info, "service_account_impersonation_url"),
		.universe = json_text_or(info, "universe_domain", CREDENTIAL_UNIVERSE),
		.scope = scope,
		.life_s = json_int(info, "service_account_impersonation.token_lifetime_seconds", LIFE_S),
	};
	AUTO_FREE char *email = impersonation_email(options.url);
	struct credential *source = read_exchange(io, info, email ? email : "", CREDENTIAL_SCOPE_IAM, err);

	if (!source)
		return NULL;
	set_common(source, info);
	return impersonation_new(io, source, &options, err);
}

struct credential *external_account_new(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err)
{
	struct credential *made;

	if (!judge(info, err))
		return NULL;
	if (json_has(info, "service_account_impersonation_url"))
		made = read_impersonated(io, info, scope, err);
	else
		made = read_exchange(io, info, NULL, scope, err);
	if (made)
		set_common(made, info);
	return made;
}

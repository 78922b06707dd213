/* A person's login, as gcloud auth application-default login writes it: a refresh token is exchanged for access tokens. */
#include "gce/credential.h"

#include "base/secret.h"
#include "gce/oauth.h"

enum { FORM_MAX = 64 * 1024 };

static const char TOKEN_URI[] = "https://oauth2.googleapis.com/token";

struct authorized_user {
	struct credential base;
	char *own_token_uri, *own_client_id, *own_client_secret, *own_refresh_token;
	char *own_scope; /* NULL: all that the login was given */
	struct oauth_call call;
};

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	JSON_WORK(work);
	struct authorized_user *user = arg;
	struct access access;
	struct error failure = {0};

	if (!err && !oauth_read_access(answer, &access, &failure))
		err = &failure;
	credential_tell(&user->base, err ? NULL : &access, err);
}

static void authorized_user_fetch(struct credential *credential)
{
	struct authorized_user *user = (struct authorized_user *)credential;
	AUTO_SECRET_STR form = STR_INIT(FORM_MAX);

	oauth_add_field(&form, "grant_type", "refresh_token");
	oauth_add_field(&form, "client_id", user->own_client_id);
	oauth_add_field(&form, "client_secret", user->own_client_secret);
	oauth_add_field(&form, "refresh_token", user->own_refresh_token);
	oauth_add_field(&form, "scope", user->own_scope);
	struct oauth_request request = {.method = "POST",
		.url = user->own_token_uri,
		.content_type = "application/x-www-form-urlencoded",
		.body = str_text(&form),
		.secrets = {user->own_refresh_token, user->own_client_secret}};
	oauth_start(&user->call, &credential->io, &request, on_answer, user);
}

static void authorized_user_cancel(struct credential *credential)
{
	oauth_stop(&((struct authorized_user *)credential)->call);
}

static void authorized_user_free(struct credential *credential)
{
	struct authorized_user *user = (struct authorized_user *)credential;

	mem_free(user->own_token_uri);
	mem_free(user->own_client_id);
	secret_free(user->own_client_secret);
	secret_free(user->own_refresh_token);
	mem_free(user->own_scope);
	mem_free(user);
}

static const struct credential_ops ops = {.type = "authorized_user",
	.fetch = authorized_user_fetch,
	.cancel = authorized_user_cancel,
	.free = authorized_user_free};

/* "scopes": one text or a list of them. */
static char *scopes_of(const cJSON *info)
{
	const cJSON *list = json_member(info, "scopes");
	AUTO_STR struct str scopes = STR_INIT(FORM_MAX);

	if (cJSON_IsString(list))
		return mem_strdup(list->valuestring);
	for (const cJSON *item = cJSON_IsArray(list) ? list->child : NULL; item; item = item->next)
		if (cJSON_IsString(item))
			str_addf(&scopes, "%s%s", scopes.length ? " " : "", item->valuestring);
	return scopes.length ? str_take(&scopes) : NULL;
}

static bool is_of_google(const cJSON *info, struct error *err)
{
	if (text_equal(json_text_or(info, "universe_domain", CREDENTIAL_UNIVERSE), CREDENTIAL_UNIVERSE))
		return true;
	error_set(err, ERROR_REJECTED,
		"a person's login works in " CREDENTIAL_UNIVERSE " only, not in another universe_domain");
	return error_reason(err, "PermissionDenied"), false;
}

struct credential *authorized_user_new(const struct credential_io *io, const cJSON *info, struct error *err)
{
	const char *id = credential_text(info, "client_id", err);
	const char *secret = id ? credential_text(info, "client_secret", err) : NULL;
	const char *refresh = secret ? credential_text(info, "refresh_token", err) : NULL;
	const char *uri = refresh ? credential_address(info, "token_uri", TOKEN_URI, CREDENTIAL_UNIVERSE, err) : NULL;

	if (!uri || !is_of_google(info, err))
		return NULL;
	struct authorized_user *user = mem_alloc(sizeof(*user));
	const char *account = json_text_or(info, "account", "");
	credential_init(
		&user->base, &ops, io, mem_printf("the login%s%.200s of a person", *account ? " " : "", account));
	user->base.advice = "Log in again, with gcloud auth application-default login.";
	user->base.own_quota_project = mem_strdup(json_text(info, "quota_project_id"));
	user->own_token_uri = mem_strdup(uri);
	user->own_client_id = mem_strdup(id);
	user->own_client_secret = mem_strdup(secret);
	user->own_refresh_token = mem_strdup(refresh);
	user->own_scope = scopes_of(info);
	return &user->base;
}

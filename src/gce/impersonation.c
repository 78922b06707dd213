/* A service account in whose name another credential may act: the other one's token is exchanged for one of the account. */
#include "gce/credential.h"

#include <string.h>

#include "base/secret.h"
#include "base/time.h"
#include "gce/oauth.h"
#include "gce/url.h"

enum { LIFE_S = 3600, LIFE_LEAST_S = 600, LIFE_MOST_S = 43200, ANSWER_MAX = 256 * 1024 };

struct impersonation {
	struct credential base;
	struct credential *own_source;
	char *own_url, *own_body;
	int64_t life_s; /* as asked for */
	struct oauth_call call;
};

/* --- the exchange --- */

/* The end is a time of their clock; so is now, if they said it. */
static bool read_access(const struct impersonation *impersonation, const struct http_answer *answer,
	struct access *access, struct error *err)
{
	const cJSON *tree = json_parse(answer->body, answer->length, (struct json_limits){.bytes = ANSWER_MAX}, NULL);
	const char *token = json_text(tree, "accessToken"), *ends = json_text_or(tree, "expireTime", "");
	int64_t ends_us, life_ms;

	if (!token || !secret_is_token(token) || !time_parse(ends, &ends_us))
		return error_set(err, ERROR_TRANSIENT, "the answer holds no access token and the time of its end");
	life_ms = (ends_us - oauth_now_us(&impersonation->call)) / 1000;
	if (life_ms <= 0)
		return error_set(err, ERROR_TRANSIENT, "the access token that was answered has expired already");
	access->token = token;
	access->life_ms = life_ms < impersonation->life_s * 1000 ? life_ms : impersonation->life_s * 1000;
	return true;
}

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	JSON_WORK(work);
	struct impersonation *impersonation = arg;
	struct access access;
	struct error failure = {0};

	if (!err && !read_access(impersonation, answer, &access, &failure))
		err = &failure;
	credential_tell(&impersonation->base, err ? NULL : &access, err);
}

static void on_source(void *arg, const struct access *source, const struct error *err)
{
	struct impersonation *impersonation = arg;
	struct error failure = err ? *err : (struct error){0};
	const char *payer = impersonation->own_source->own_quota_project;

	if (err) {
		error_context(&failure, "%s", impersonation->own_source->own_subject);
		credential_tell(&impersonation->base, NULL, &failure);
		return;
	}
	AUTO_SECRET char *bearer = mem_printf("Bearer %s", source->token);
	struct oauth_request request = {.method = "POST",
		.url = impersonation->own_url,
		.content_type = "application/json",
		.body = impersonation->own_body,
		.headers = {{"Authorization", bearer}},
		.secrets = {source->token}};
	if (payer)
		request.headers[1] = (struct http_header){"X-Goog-User-Project", payer};
	oauth_start(&impersonation->call, &impersonation->base.io, &request, on_answer, impersonation);
}

static void impersonation_fetch(struct credential *credential)
{
	struct impersonation *impersonation = (struct impersonation *)credential;

	credential_fetch(impersonation->own_source, on_source, impersonation);
}

static void impersonation_cancel(struct credential *credential)
{
	struct impersonation *impersonation = (struct impersonation *)credential;

	credential_cancel(impersonation->own_source);
	oauth_stop(&impersonation->call);
}

static void impersonation_free(struct credential *credential)
{
	struct impersonation *impersonation = (struct impersonation *)credential;

	credential_free(impersonation->own_source);
	mem_free(impersonation->own_url);
	mem_free(impersonation->own_body);
	mem_free(impersonation);
}

static const struct credential_ops ops = {.type = "impersonated_service_account",
	.fetch = impersonation_fetch,
	.cancel = impersonation_cancel,
	.free = impersonation_free};

/* --- making one --- */

char *impersonation_email(const char *url)
{
	static const char verb[] = ":generateAccessToken";
	const char *slash = url ? strrchr(url, '/') : NULL, *end = url ? strstr(url, verb) : NULL;

	return slash && end && slash + 1 < end ? mem_strndup(slash + 1, (size_t)(end - slash - 1)) : NULL;
}

static char *write_body(const struct impersonation_options *options)
{
	JSON_WORK(work);
	cJSON *body = cJSON_CreateObject();

	json_set(body, "delegates",
		cJSON_IsArray(options->delegates) ? json_copy(options->delegates) : cJSON_CreateNull());
	json_add_text(json_set_array(body, "scope"), options->scope);
	json_setf(body, "lifetime", "%llds", (long long)options->life_s);
	return json_print_owned(body);
}

static bool judge(const struct impersonation_options *options, const char *email, struct error *err)
{
	if (!email || !address_is_trusted(options->url, options->universe))
		return error_set(err, ERROR_REJECTED,
			"its \"service_account_impersonation_url\" must be an https:// address below %s that ends in "
			"/EMAIL:generateAccessToken",
			options->universe);
	if (options->life_s < LIFE_LEAST_S || options->life_s > LIFE_MOST_S)
		return error_set(err, ERROR_REJECTED, "its \"token_lifetime_seconds\" must be 600 to 43200");
	return true;
}

struct credential *impersonation_new(const struct credential_io *io, struct credential *own_source,
	const struct impersonation_options *options, struct error *err)
{
	AUTO_FREE char *email = impersonation_email(options->url);

	if (!judge(options, email, err)) {
		credential_free(own_source);
		return NULL;
	}
	struct impersonation *impersonation = mem_alloc(sizeof(*impersonation));
	credential_init(&impersonation->base, &ops, io,
		mem_printf("service account %.200s, by way of %.300s", email, own_source->own_subject));
	impersonation->base.own_project = credential_project_of(email);
	impersonation->base.advice = "Check that the service account is there and enabled.";
	mem_free(impersonation->base.own_universe);
	impersonation->base.own_universe = mem_strdup(own_source->own_universe);
	impersonation->own_source = own_source;
	impersonation->own_url = mem_strdup(options->url);
	impersonation->own_body = write_body(options);
	impersonation->life_s = options->life_s;
	return &impersonation->base;
}

struct credential *impersonated_new(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err)
{
	const cJSON *source = json_member(info, "source_credentials");
	struct impersonation_options options = {
		.url = credential_text(info, "service_account_impersonation_url", err),
		.delegates = json_member(info, "delegates"),
		.scope = scope,
		.life_s = LIFE_S,
	};

	if (!options.url)
		return NULL;
	if (!cJSON_IsObject(source) || text_equal(json_text(source, "type"), "impersonated_service_account")) {
		error_set(err, ERROR_REJECTED, "its \"source_credentials\" are missing, or impersonate themselves");
		return NULL;
	}
	struct credential *own_source = credential_from_json(io, source, CREDENTIAL_SCOPE_IAM, err);
	if (!own_source)
		return error_context(err, "its \"source_credentials\""), NULL;
	options.universe = own_source->own_universe;
	struct credential *made = impersonation_new(io, own_source, &options, err);
	if (made)
		made->own_quota_project = mem_strdup(json_text(info, "quota_project_id"));
	return made;
}

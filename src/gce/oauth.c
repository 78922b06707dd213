/* Services say {"error": "word", "error_description": "..."} (RFC 6749), Google's APIs {"error": {"status": ..., "message": ...}}.
 * What they say is cleaned of secrets before it becomes a message: a service may well repeat what it was sent. */
#include "gce/oauth.h"

#include <assert.h>
#include <string.h>

#include "base/secret.h"

enum {
	TRIES = 3,
	PATIENCE_MS = 30 * 1000,
	CONNECT_MS = 10 * 1000,
	PAUSE_MS = 1000, /* doubled each time */
	JITTER_PERCENT = 10,
	RETRY_AFTER_MOST_MS = 30 * 1000,
	ANSWER_MAX = 256 * 1024,
	TOKEN_MAX = 16 * 1024,
	LIFE_MOST_S = 7 * 24 * 3600,
};

/* What the service's words mean to a person. text: part of its sentence, NULL: any. */
static const struct {
	const char *word, *text, *advice;
} ADVICE[] = {
	{"invalid_grant", "Invalid JWT Signature", "The key was deleted, or is another account's: make a new one."},
	{"invalid_grant", "short-lived token", "The clock of this machine is wrong."},
	{"invalid_grant", "account not found", "The service account was deleted."},
	{"invalid_grant", "disabled", "Enable the service account."},
	{"invalid_grant", NULL, "Log in again, with gcloud auth application-default login."},
	{"invalid_client", NULL, "The client of the credentials file was deleted: make a new file."},
	{"invalid_target", NULL,
		"Check the audience of the credentials file: pool and provider must exist and be enabled."},
	{"PERMISSION_DENIED", "getAccessToken",
		"Grant roles/iam.serviceAccountTokenCreator on the account that is impersonated."},
	{"PERMISSION_DENIED", "has not been used", "Enable the IAM Service Account Credentials API."},
	{"NOT_FOUND", NULL, "Check the name of the account that is impersonated."},
};

static void attempt(void *arg);

/* --- a refusal as an error --- */

struct refusal {
	const char *word, *sentence;
};

static struct refusal read_refusal(const struct http_answer *answer)
{
	struct json_limits limits = {.bytes = ANSWER_MAX, .depth = 32};
	const cJSON *tree = json_parse(answer->body, answer->length, limits, NULL);

	if (cJSON_IsObject(json_member(tree, "error")))
		return (struct refusal){
			json_text_or(tree, "error.status", ""), json_text_or(tree, "error.message", "")};
	return (struct refusal){json_text_or(tree, "error", ""), json_text_or(tree, "error_description", "")};
}

static bool is_passing(int status, const struct refusal *refusal)
{
	static const int statuses[] = {408, 429, 500, 502, 503, 504};
	static const char *const words[] = {"internal_failure", "server_error", "temporarily_unavailable"};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (status == statuses[i])
			return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equal(refusal->word, words[i]) || text_equal(refusal->sentence, words[i]))
			return true;
	return false;
}

static const char *advice_for(const struct refusal *refusal)
{
	for (size_t i = 0; i < sizeof(ADVICE) / sizeof(ADVICE[0]); i++)
		if (text_equal(ADVICE[i].word, refusal->word) &&
			(!ADVICE[i].text || strcasestr(refusal->sentence, ADVICE[i].text)))
			return ADVICE[i].advice;
	return NULL;
}

static void strip_stop(char *sentence)
{
	size_t length = strlen(sentence);

	if (length && sentence[length - 1] == '.')
		sentence[length - 1] = '\0';
}

static void explain(const struct oauth_call *call, const struct http_answer *answer, struct error *err)
{
	JSON_WORK(work);
	struct refusal refusal = read_refusal(answer);
	bool passing = is_passing(answer->status, &refusal);
	const char *advice = advice_for(&refusal);
	const char *const *secrets = (const char *const *)call->own_secrets;
	AUTO_FREE char *word = secret_clean(refusal.word, secrets);
	AUTO_FREE char *sentence = secret_clean(refusal.sentence, secrets);

	strip_stop(sentence);
	error_set(err, passing ? ERROR_TRANSIENT : ERROR_REJECTED, "%s answered HTTP %d%s%s%s%s%s%s", call->own_host,
		answer->status, *word ? ", " : "", word, *sentence ? ": " : "", sentence, advice ? ". " : "",
		advice ? advice : "");
	error_code(err, word);
	error_reason(err, passing ? "CloudUnavailable" : "PermissionDenied");
	err->status = answer->status;
	err->retry_after_ms = answer->retry_after_s * 1000;
}

/* --- tries --- */

void oauth_stop(struct oauth_call *call)
{
	if (!call->fn)
		return;
	http_exchange_cancel(call->exchange);
	timer_stop(call->io.loop, &call->timer);
	mem_free(call->own_method);
	mem_free(call->own_url);
	mem_free(call->own_content_type);
	mem_free(call->own_host);
	secret_free(call->own_body);
	for (size_t i = 0; i < OAUTH_HEADERS_MAX && call->own_headers[i].name; i++) {
		mem_free((char *)call->own_headers[i].name);
		secret_free((char *)call->own_headers[i].value);
	}
	for (size_t i = 0; call->own_secrets[i]; i++)
		secret_free(call->own_secrets[i]);
	*call = (struct oauth_call){0};
}

/* The owner may start the call again, or be gone afterwards. */
static void finish(struct oauth_call *call, const struct http_answer *answer, const struct error *err)
{
	struct oauth_call over = *call;

	*call = (struct oauth_call){.io = over.io, .date_us = over.date_us};
	over.fn(over.arg, answer, err);
	oauth_stop(&over);
}

static void fail(struct oauth_call *call, const struct error *err)
{
	int64_t pause = env_jitter(call->io.env, (int64_t)PAUSE_MS << (call->tried - 1), JITTER_PERCENT);

	if (err->class != ERROR_TRANSIENT || call->tried >= call->tries || err->retry_after_ms > RETRY_AFTER_MOST_MS) {
		finish(call, NULL, err);
		return;
	}
	timer_start(
		call->io.loop, &call->timer, err->retry_after_ms > pause ? err->retry_after_ms : pause, attempt, call);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	struct oauth_call *call = arg;
	struct error failure = {0};

	call->exchange = NULL;
	if (answer)
		call->date_us = answer->date_us;
	if (answer && answer->status >= 200 && answer->status < 300) {
		finish(call, answer, NULL);
		return;
	}
	if (answer) {
		explain(call, answer, &failure);
	} else {
		failure = *err;
		error_reason(&failure, "CloudUnavailable");
	}
	fail(call, &failure);
}

static void attempt(void *arg)
{
	struct oauth_call *call = arg;
	struct http_request request = {
		.method = call->own_method,
		.url = call->own_url,
		.body = call->own_body,
		.body_length = call->own_body ? strlen(call->own_body) : 0,
		.connect_ms = call->patience_ms < CONNECT_MS ? call->patience_ms : CONNECT_MS,
		.total_ms = call->patience_ms,
	};
	size_t count = 0;

	if (call->own_content_type)
		request.headers[count++] = (struct http_header){"Content-Type", call->own_content_type};
	for (size_t i = 0; i < OAUTH_HEADERS_MAX && call->own_headers[i].name; i++)
		request.headers[count++] = call->own_headers[i];
	call->tried++;
	call->exchange = http_exchange(call->io.http, &request, ANSWER_MAX, on_answer, call);
}

static char *host_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return mem_strndup(host, strcspn(host, "/?"));
}

void oauth_start(struct oauth_call *call, const struct credential_io *io, const struct oauth_request *request,
	oauth_fn fn, void *arg)
{
	assert(!call->fn);
	*call = (struct oauth_call){
		.io = *io,
		.fn = fn,
		.arg = arg,
		.own_method = mem_strdup(request->method),
		.own_url = mem_strdup(request->url),
		.own_content_type = mem_strdup(request->content_type),
		.own_body = mem_strdup(request->body),
		.own_host = host_of(request->url),
		.tries = request->tries ? request->tries : TRIES,
		.patience_ms = request->patience_ms ? request->patience_ms : PATIENCE_MS,
	};
	for (size_t i = 0; i < OAUTH_HEADERS_MAX && request->headers[i].name; i++)
		call->own_headers[i] = (struct http_header){
			mem_strdup(request->headers[i].name), mem_strdup(request->headers[i].value)};
	for (size_t i = 0; i < OAUTH_SECRETS_MAX && request->secrets[i]; i++)
		call->own_secrets[i] = mem_strdup(request->secrets[i]);
	attempt(call);
}

int64_t oauth_now_us(const struct oauth_call *call)
{
	return call->date_us ? call->date_us : env_wall_us(call->io.env);
}

/* --- what is sent and answered --- */

void oauth_add_field(struct str *form, const char *name, const char *value)
{
	if (!value)
		return;
	str_addf(form, "%s%s=", form->length ? "&" : "", name);
	str_add_escaped(form, value);
}

bool oauth_read_access(const struct http_answer *answer, struct access *access, struct error *err)
{
	struct json_limits limits = {.bytes = ANSWER_MAX, .depth = 32};
	const cJSON *tree = json_parse(answer->body, answer->length, limits, NULL);
	const char *token = json_text(tree, "access_token");
	int64_t life_s = json_int(tree, "expires_in", -1);

	if (!token || strlen(token) > TOKEN_MAX || !secret_is_token(token))
		return error_set(err, ERROR_TRANSIENT, "the answer holds no access token");
	if (json_has(tree, "expires_in") && life_s <= 0)
		return error_set(err, ERROR_TRANSIENT, "the access token that was answered has expired already");
	access->token = token;
	access->life_ms = life_s < 0 ? INT64_MAX : (life_s < LIFE_MOST_S ? life_s : LIFE_MOST_S) * 1000;
	return true;
}

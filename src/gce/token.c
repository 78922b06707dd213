#include "gce/token.h"

#include <assert.h>
#include <string.h>

#include "base/secret.h"
#include "gce/measure.h"

enum {
	EARLY_MS = 225 *
	           1000, /* so long before its end a token is replaced; a short-lived one in the middle of its life */
	LOCAL_AGAIN_MS = 30 * 1000,     /* a token of unknown life that costs nothing to get */
	UNKNOWN_AGAIN_MS = 1800 * 1000, /* any other */
	REFUSED_AGAIN_MS =
		10 * 1000, /* so long after a refusal another one fetches nothing: what it got is refused, too */
	RETRY_MS = 2000,   /* after a failure; doubled with each */
	RETRY_MOST_MS = 60 * 1000,
	RETRY_JITTER = 25,
};

static int64_t now(const struct token *token)
{
	return loop_now(token->loop);
}

void token_init(struct token *token, struct loop *loop, struct env *env, struct credential *own_credential)
{
	*token = (struct token){.loop = loop, .env = env, .own_credential = own_credential};
	LIST_INIT(&token->waits);
}

void token_close(struct token *token)
{
	token->closed = true;
	if (token->own_credential)
		credential_cancel(token->own_credential);
}

void token_done(struct token *token)
{
	credential_free(TAKE(token->own_credential));
	secret_free(TAKE(token->own_header));
}

/* --- the fetch --- */

/* Those who waited go on in the loop's next turn: they may do anything. */
static void wake(struct token *token)
{
	while (!LIST_EMPTY(&token->waits)) {
		struct token_wait *wait = LIST_FIRST(&token->waits);
		LIST_REMOVE(wait, link);
		wait->waiting = false;
		timer_start(token->loop, &wait->timer, 0, wait->fn, wait->arg);
	}
}

static void rest(struct token *token)
{
	int64_t pause = token->failures < 5 ? (int64_t)RETRY_MS << token->failures : RETRY_MOST_MS;

	token->failures++;
	token->retry_at = now(token) + env_jitter(token->env, pause, RETRY_JITTER);
}

static void trust(struct token *token)
{
	token->trust = TOKEN_TRUSTED;
	token->failures = 0;
	token->retry_at = 0;
}

/* Whoever hands out the one that was refused has no other. */
static bool is_another(const struct token *token, const char *header)
{
	return token->trust == TOKEN_TRUSTED || !text_equal(token->own_header, header);
}

static void keep(struct token *token, const struct access *access)
{
	int64_t life = access->life_ms;
	int64_t early = life / 2 < EARLY_MS ? life / 2 : EARLY_MS;
	char *own_header = mem_printf("Bearer %s", access->token);

	if (is_another(token, own_header))
		trust(token);
	else
		token->trust = TOKEN_SUSPECT;
	secret_free(token->own_header);
	token->own_header = own_header;
	token->generation++;
	token->failure = (struct error){0};
	token->expires_at = life == INT64_MAX ? INT64_MAX : now(token) + life;
	token->refresh_at = life == INT64_MAX
	                            ? now(token) + (token->own_credential->local ? LOCAL_AGAIN_MS : UNKNOWN_AGAIN_MS)
	                            : token->expires_at - early;
}

/* What was sent with a refused one before this does not count against it once more. */
static void suspect(struct token *token)
{
	if (token->trust != TOKEN_REFUSED)
		return;
	token->trust = TOKEN_SUSPECT;
	token->generation++;
}

static void fail(struct token *token, const struct error *err)
{
	rest(token);
	suspect(token);
	token->failure = *err;
	token->failure.status = 0; /* not Compute Engine's */
	token->failure.retry_after_ms = 0;
	if (!*token->failure.reason)
		error_reason(&token->failure, err->class == ERROR_REJECTED ? "PermissionDenied" : "CloudUnavailable");
	error_context(&token->failure, "no access token for %s", token->own_credential->own_subject);
}

static void on_access(void *arg, const struct access *access, const struct error *err)
{
	struct token *token = arg;

	gce_measure_fetch(token->measured, token->own_credential->type, err,
		(double)(loop_now_us(token->loop) - token->asked_us) / 1e6);
	if (access)
		keep(token, access);
	else
		fail(token, err);
	wake(token);
}

static bool fetching(const struct token *token)
{
	return token->own_credential->fn != NULL;
}

static void fetch(struct token *token)
{
	if (fetching(token) || now(token) < token->retry_at || token->closed)
		return;
	token->asked_us = loop_now_us(token->loop);
	credential_fetch(token->own_credential, on_access, token);
}

/* --- for requests --- */

bool token_ready(struct token *token, struct token_wait *wait, loop_fn fn, void *arg)
{
	if (!token->own_credential)
		return true;
	if (token->own_header && now(token) >= token->expires_at)
		secret_free(TAKE(token->own_header));
	if (!token->own_header || token->trust == TOKEN_DEAD || now(token) >= token->refresh_at)
		fetch(token);
	if (!fetching(token) || (token->own_header && token->trust == TOKEN_TRUSTED))
		return true;
	*wait = (struct token_wait){.fn = fn, .arg = arg, .waiting = true};
	LIST_INSERT_HEAD(&token->waits, wait, link);
	return false;
}

void token_forget(struct token *token, struct token_wait *wait)
{
	timer_stop(token->loop, &wait->timer);
	if (wait->waiting)
		LIST_REMOVE(wait, link);
	wait->waiting = false;
}

bool token_current(const struct token *token, const char **header, struct error *err)
{
	bool dead = token->trust == TOKEN_DEAD;

	*header = dead ? NULL : token->own_header;
	if (*header || !token->own_credential)
		return true;
	*err = dead ? token->refusal : token->failure;
	return false;
}

int64_t token_expires_at(const struct token *token)
{
	return token->own_header ? token->expires_at : INT64_MAX;
}

struct error_scene token_scene(const struct token *token, const char *project)
{
	const struct credential *credential = token->own_credential;

	return (struct error_scene){
		project, credential ? credential->own_subject : "the controller (it sends no token)"};
}

const char *token_quota_project(const struct token *token)
{
	const char *named = env_variable(token->env, "GOOGLE_CLOUD_QUOTA_PROJECT");

	if (!token->own_credential)
		return NULL;
	return named ? named : token->own_credential->own_quota_project;
}

void token_accepted(struct token *token, unsigned generation)
{
	if (generation == token->generation && token->trust == TOKEN_SUSPECT)
		trust(token);
}

void token_explain(const struct token *token, struct error *err)
{
	const struct credential *credential = token->own_credential;
	struct error plain = *err;
	size_t length = strlen(plain.message);

	if (!credential)
		error_set(err, plain.class, "%.600s%s We sent no token: no credentials are named.", plain.message,
			length && plain.message[length - 1] == '.' ? "" : ".");
	else
		error_set(err, plain.class, "%.300s%s The token of %.200s is not accepted. %s%s%.200s", plain.message,
			length && plain.message[length - 1] == '.' ? "" : ".", credential->own_subject,
			credential->advice, token->failure.class == ERROR_NONE ? "" : " Another one could not be had: ",
			token->failure.message);
	error_code(err, plain.code);
	error_reason(err, plain.reason);
	err->status = plain.status;
}

static void fetch_another(struct token *token)
{
	token->trust = TOKEN_REFUSED;
	token->refusals_from = now(token) + REFUSED_AGAIN_MS;
	token->refresh_at = now(token);
	fetch(token);
	if (!fetching(token))
		suspect(token);
}

static void bury(struct token *token, const struct error *err)
{
	token->trust = TOKEN_DEAD;
	token->refusal = *err;
	token_explain(token, &token->refusal);
	token->refusal.status = 0; /* what it is said of was not sent */
	rest(token);
}

/* One that was got for a refused one is refused, too. */
static void bury_young(struct token *token, const struct error *err)
{
	bury(token, err);
	if (token->retry_at < token->refusals_from)
		token->retry_at = token->refusals_from;
}

static void note_refusal(struct token *token, const struct error *err)
{
	bool young = !token->own_credential->local && now(token) < token->refusals_from;

	if (token->trust == TOKEN_SUSPECT)
		bury(token, err);
	else if (token->trust == TOKEN_TRUSTED && young && !fetching(token))
		bury_young(token, err);
	else if (token->trust == TOKEN_TRUSTED)
		fetch_another(token);
}

/* Was there another one to be had for one that was sent with that generation? */
static bool was_replaced(const struct token *token, unsigned generation)
{
	return generation != token->generation && token->trust != TOKEN_DEAD && token->failure.class == ERROR_NONE;
}

bool token_refused(struct token *token, unsigned generation, const struct error *err)
{
	if (!token->own_credential)
		return false;
	if (generation == token->generation)
		note_refusal(token, err);
	return fetching(token) || was_replaced(token, generation);
}

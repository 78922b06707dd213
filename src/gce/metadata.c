/* The metadata server of Google's machines, and of pods with Workload Identity: it knows who we are and gives tokens. Before the first
 * one it is asked whether it is there at all, what universe this is, and which account of which project it speaks for.
 *
 *     GCE_METADATA_HOST (or GCE_METADATA_ROOT)   where it is, instead of metadata.google.internal; taken to be there
 *     GCE_METADATA_IP                            where to look whether it is there, instead of 169.254.169.254
 *     GCE_METADATA_TIMEOUT                       seconds to wait for an answer, instead of 3 */
#include "gce/credential.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "gce/oauth.h"
#include "gce/url.h"

enum { PING_TRIES = 3, TRIES = 5, PATIENCE_S = 3, PATIENCE_MOST_S = 60, TEXT_MAX = 255 };

static const char SERVER[] = "metadata.google.internal";
static const char ADDRESS[] = "169.254.169.254";
static const char FLAVOR[] = "Google";

/* What is asked, one after the other; all but the last once in the life of the credential. */
enum step { STEP_PING, STEP_UNIVERSE, STEP_EMAIL, STEP_PROJECT, STEP_TOKEN };

struct metadata {
	struct credential base;
	enum step step;
	char *own_host;              /* of the server */
	char *own_address;           /* where it is looked for */
	char *own_expected_universe; /* of the endpoint; NULL: any */
	int patience_ms;
	struct oauth_call call;
};

static void ask(struct metadata *metadata);

static void fail(struct metadata *metadata, enum error_class class, const char *why)
{
	struct error err = {0};

	error_set(&err, class, "%s", why);
	credential_tell(&metadata->base, NULL, &err);
}

/* --- answers --- */

static void go_on(struct metadata *metadata)
{
	metadata->step++;
	ask(metadata);
}

static void on_ping(struct metadata *metadata, const struct http_answer *answer)
{
	AUTO_FREE char *why =
		mem_printf("no metadata server answers at %s; set GOOGLE_APPLICATION_CREDENTIALS to a credentials "
			   "file, or log in with gcloud auth application-default login",
			metadata->own_address);

	if (answer && text_equal(answer->metadata_flavor, FLAVOR))
		go_on(metadata);
	else
		fail(metadata, ERROR_REJECTED, why);
}

/* A short text of one word, owned by the caller; NULL: it is none. */
static char *word_of(const struct http_answer *answer)
{
	AUTO_FREE char *text = mem_strndup(answer->body, answer->length < TEXT_MAX ? answer->length : TEXT_MAX);

	text[strcspn(text, "\r\n")] = '\0';
	return secret_is_token(text) ? TAKE(text) : NULL;
}

/* A server that does not know universes is Google's own. */
static void on_universe(struct metadata *metadata, const struct http_answer *answer, const struct error *err)
{
	char *found = answer ? word_of(answer) : err->status == 404 ? mem_strdup(CREDENTIAL_UNIVERSE) : NULL;
	const char *expected = metadata->own_expected_universe;

	if (!found) {
		credential_tell(&metadata->base, NULL,
			err ? err : &(struct error){.class = ERROR_TRANSIENT, .message = "the universe is no domain"});
		return;
	}
	mem_free(metadata->base.own_universe);
	metadata->base.own_universe = found;
	if (!expected || text_equal(expected, found)) {
		go_on(metadata);
		return;
	}
	AUTO_FREE char *why = mem_printf("the endpoint is of %s, but this machine's account of %s", expected, found);
	fail(metadata, ERROR_REJECTED, why);
}

static void on_email(struct metadata *metadata, const struct http_answer *answer, const struct error *err)
{
	AUTO_FREE char *email = answer ? word_of(answer) : NULL;

	if (err && err->status == 404) {
		fail(metadata, ERROR_REJECTED,
			"this machine has no service account; give it one, or set GOOGLE_APPLICATION_CREDENTIALS to a "
			"credentials "
			"file");
		return;
	}
	if (!email) {
		credential_tell(&metadata->base, NULL,
			err ? err : &(struct error){.class = ERROR_TRANSIENT, .message = "the account has no name"});
		return;
	}
	mem_free(metadata->base.own_subject);
	metadata->base.own_subject = mem_printf("service account %s of this machine", email);
	go_on(metadata);
}

static void on_project(struct metadata *metadata, const struct http_answer *answer, const struct error *err)
{
	if (err && err->status != 404) {
		credential_tell(&metadata->base, NULL, err);
		return;
	}
	metadata->base.own_project = answer ? word_of(answer) : NULL;
	metadata->base.introduces = false;
	go_on(metadata);
}

static void on_token(struct metadata *metadata, const struct http_answer *answer, const struct error *err)
{
	JSON_WORK(work);
	struct access access;
	struct error failure = {0};

	if (!err && !oauth_read_access(answer, &access, &failure))
		err = &failure;
	credential_tell(&metadata->base, err ? NULL : &access, err);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	struct metadata *metadata = arg;

	switch (metadata->step) {
	case STEP_PING:
		on_ping(metadata, answer);
		return;
	case STEP_UNIVERSE:
		on_universe(metadata, answer, err);
		return;
	case STEP_EMAIL:
		on_email(metadata, answer, err);
		return;
	case STEP_PROJECT:
		on_project(metadata, answer, err);
		return;
	case STEP_TOKEN:
		on_token(metadata, answer, err);
		return;
	}
}

/* --- questions --- */

static char *url_of(const struct metadata *metadata)
{
	static const char *const paths[] = {
		[STEP_UNIVERSE] = "universe/universe-domain",
		[STEP_EMAIL] = "instance/service-accounts/default/email",
		[STEP_PROJECT] = "project/project-id",
		[STEP_TOKEN] = "instance/service-accounts/default/token?scopes=",
	};
	AUTO_STR struct str url = STR_INIT(4096);

	if (metadata->step == STEP_PING)
		return mem_printf("http://%s", metadata->own_address);
	str_addf(&url, "http://%s/computeMetadata/v1/%s", metadata->own_host, paths[metadata->step]);
	if (metadata->step == STEP_TOKEN)
		str_add_escaped(&url, CREDENTIAL_SCOPE);
	return str_take(&url);
}

static void ask(struct metadata *metadata)
{
	AUTO_FREE char *url = url_of(metadata);
	struct oauth_request request = {.method = "GET",
		.url = url,
		.headers = {{"Metadata-Flavor", FLAVOR}},
		.tries = metadata->step == STEP_PING ? PING_TRIES : TRIES,
		.patience_ms = metadata->patience_ms};

	oauth_start(&metadata->call, &metadata->base.io, &request, on_answer, metadata);
}

static void metadata_fetch(struct credential *credential)
{
	ask((struct metadata *)credential);
}

static void metadata_cancel(struct credential *credential)
{
	oauth_stop(&((struct metadata *)credential)->call);
}

static void metadata_free(struct credential *credential)
{
	struct metadata *metadata = (struct metadata *)credential;

	mem_free(metadata->own_host);
	mem_free(metadata->own_address);
	mem_free(metadata->own_expected_universe);
	mem_free(metadata);
}

static const struct credential_ops ops = {
	.type = "metadata_server", .fetch = metadata_fetch, .cancel = metadata_cancel, .free = metadata_free};

/* --- making one --- */

static int patience_ms(struct env *env)
{
	const char *text = env_variable(env, "GCE_METADATA_TIMEOUT");
	long s = text ? strtol(text, NULL, 10) : 0;

	return (int)(s >= 1 && s <= PATIENCE_MOST_S ? s : PATIENCE_S) * 1000;
}

static bool is_host(const char *host)
{
	AUTO_FREE char *address = mem_printf("http://%s/", host);

	return !strpbrk(host, "/?#") && address_is_web(address);
}

const char *metadata_host(struct env *env)
{
	const char *host = env_variable(env, "GCE_METADATA_HOST");

	return host ? host : env_variable(env, "GCE_METADATA_ROOT");
}

struct credential *metadata_new(const struct credential_io *io, const char *expected_universe, struct error *err)
{
	const char *named = metadata_host(io->env), *address = env_variable(io->env, "GCE_METADATA_IP");

	if ((named && !is_host(named)) || (address && !is_host(address))) {
		error_set(err, ERROR_REJECTED, "%s must be HOST or HOST:PORT",
			named && !is_host(named) ? "GCE_METADATA_HOST" : "GCE_METADATA_IP");
		error_reason(err, "PermissionDenied");
		return NULL;
	}
	struct metadata *metadata = mem_alloc(sizeof(*metadata));
	credential_init(&metadata->base, &ops, io, mem_strdup("the service account of this machine"));
	mem_free(TAKE(metadata->base.own_universe)); /* it will say */
	metadata->base.introduces = true;
	metadata->base.advice = "Check that the service account of this machine is there and enabled.";
	metadata->step = named ? STEP_UNIVERSE : STEP_PING;
	metadata->own_host = mem_strdup(named ? named : SERVER);
	metadata->own_address = mem_strdup(address ? address : ADDRESS);
	metadata->own_expected_universe = mem_strdup(expected_universe);
	metadata->patience_ms = patience_ms(io->env);
	return &metadata->base;
}

/* A service account's credentials stand on credentials of our own, found anew for each: a fetch is one's own business. One that can't
 * be made is told at each call, as a fetch that failed is. */
#include "gce/identity.h"

#include "base/alloc.h"
#include "gce/adc.h"
#include "gce/internal.h"

enum { LIFE_S = 3600 };

bool identity_find_own(const struct gce *gce, struct credential **own_found, struct error *err)
{
	struct credential_io io = {gce->loop, gce->env, gce->http};
	struct error failure = {0};
	AUTO_FREE char *universe = endpoint_universe(&gce->endpoint);
	bool none_will_do = gce->endpoint.loopback && !gce->own_token_file;

	*own_found = gce->own_token_file ? token_file_new(&io, gce->own_token_file, &failure)
	                                 : adc_find(&io, gce->endpoint.loopback, universe, &failure);
	if (*own_found || (none_will_do && text_equal(failure.code, "NotFound")))
		return true;
	*err = failure;
	return false;
}

/* --- an account that can't be acted as --- */

struct hopeless {
	struct credential base;
	struct error why;
};

static void hopeless_fetch(struct credential *credential)
{
	credential_tell(credential, NULL, &((struct hopeless *)credential)->why);
}

static void hopeless_cancel(struct credential *credential)
{
}

static void hopeless_free(struct credential *credential)
{
	mem_free(credential);
}

static const struct credential_ops hopeless_ops = {.type = "impersonated_service_account",
	.fetch = hopeless_fetch,
	.cancel = hopeless_cancel,
	.free = hopeless_free};

static struct credential *hopeless_new(const struct credential_io *io, const char *email, const struct error *why)
{
	struct hopeless *hopeless = mem_alloc(sizeof(*hopeless));

	credential_init(&hopeless->base, &hopeless_ops, io, mem_printf("service account %.200s", email));
	hopeless->base.local = true;
	hopeless->why = *why;
	return &hopeless->base;
}

/* --- the accounts --- */

static struct credential *find_source(const struct gce *gce, struct error *err)
{
	struct credential *found;

	if (!identity_find_own(gce, &found, err))
		return NULL;
	if (!found)
		error_set(err, ERROR_REJECTED, "there are no credentials of our own that could act as it");
	return found;
}

static char *universe_of(const struct gce *gce, const struct credential *source)
{
	char *own_universe =
		source && source->own_universe ? mem_strdup(source->own_universe) : endpoint_universe(&gce->endpoint);

	return own_universe ? own_universe : mem_strdup(CREDENTIAL_UNIVERSE);
}

static struct credential *make(const struct gce *gce, const char *email)
{
	struct credential_io io = {gce->loop, gce->env, gce->http};
	struct error err = {0};
	struct credential *own_source = find_source(gce, &err), *made = NULL;
	AUTO_FREE char *universe = universe_of(gce, own_source);
	AUTO_FREE char *url = endpoint_iam_url(&gce->endpoint, universe, email);
	struct impersonation_options options = {
		.url = url, .universe = universe, .scope = CREDENTIAL_SCOPE, .life_s = LIFE_S};

	if (own_source)
		made = impersonation_new(&io, own_source, &options, &err);
	return made ? made : hopeless_new(&io, email, &err);
}

struct token *identity_token(struct gce *gce, const char *email)
{
	struct token *token;

	if (!email)
		return &gce->token;
	token = map_find(&gce->identities, email);
	if (token)
		return token;
	token = mem_alloc(sizeof(*token));
	token_init(token, gce->loop, gce->env, make(gce, email));
	token->measured = gce->token.measured;
	map_put(&gce->identities, email, token);
	return token;
}

void identities_close(struct gce *gce)
{
	for (size_t i = 0; i < gce->identities.count; i++)
		token_close(gce->identities.own_entries[i].value);
}

static void free_token(void *value)
{
	token_done(value);
	mem_free(value);
}

void identities_done(struct gce *gce)
{
	map_done(&gce->identities, free_token);
}

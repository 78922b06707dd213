#include "gce/internal.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/str.h"
#include "gce/identity.h"

/* Tokens of one universe are not for the APIs of another, and must not be seen there. */
static bool fits_endpoint(const struct gce *gce, const struct credential *credential, struct error *err)
{
	AUTO_FREE char *universe = endpoint_universe(&gce->endpoint);

	if (!universe || !credential || !credential->own_universe || text_equal(universe, credential->own_universe))
		return true;
	error_set(err, ERROR_REJECTED, "%s is of %s, but %s gives access to %s", gce->endpoint.own_base, universe,
		credential->own_subject, credential->own_universe);
	error_reason(err, "PermissionDenied");
	return false;
}

static bool start_token(struct gce *gce, struct error *err)
{
	struct credential *found;

	if (!identity_find_own(gce, &found, err))
		return false;
	token_init(&gce->token, gce->loop, gce->env, found);
	return fits_endpoint(gce, found, err);
}

struct gce *gce_new(const struct gce_options *options, struct error *err)
{
	struct gce *gce = mem_alloc(sizeof(*gce));
	struct error ignored;

	gce->loop = options->loop;
	gce->env = options->env;
	gce->http = options->http;
	gce->own_token_file = mem_strdup(options->access_token_file);
	budgets_init(&gce->budgets, gce->loop, gce->env);
	token_init(&gce->token, gce->loop, gce->env, NULL);
	if (endpoint_parse(&gce->endpoint, options->endpoint, err) && start_token(gce, err ? err : &ignored))
		return gce;
	gce_free(gce);
	return NULL;
}

const char *gce_identity(const struct gce *gce)
{
	return gce->token.own_credential ? gce->token.own_credential->own_subject : "nobody";
}

enum gce_home gce_home(const struct gce *gce, const char **project)
{
	const struct credential *credential = gce->token.own_credential;
	const char *named = env_variable(gce->env, "GOOGLE_CLOUD_PROJECT");

	*project = named ? named : credential ? credential->own_project : NULL;
	if (*project)
		return GCE_HOME_KNOWN;
	if (!credential)
		return GCE_HOME_NOBODYS;
	if (credential->introduces)
		return GCE_HOME_LATER;
	*project = token_quota_project(&gce->token);
	return *project ? GCE_HOME_KNOWN : GCE_HOME_UNKNOWN;
}

void gce_guard(struct gce *gce, bool (*fn)(void *arg), void *arg)
{
	gce->guard = fn;
	gce->guard_arg = arg;
}

void gce_free(struct gce *gce)
{
	if (!gce)
		return;
	gce->closing = true;
	token_close(&gce->token);
	identities_close(gce);
	budgets_close(&gce->budgets);
	while (gce->calls)
		gce_cancel(gce->calls);
	operations_done(gce);
	budgets_done(&gce->budgets);
	token_done(&gce->token);
	identities_done(gce);
	mem_free(gce->own_token_file);
	endpoint_done(&gce->endpoint);
	mem_free(gce);
}

void call_add(struct gce *gce, struct gce_call *call, void (*stop)(struct gce_call *call))
{
	*call = (struct gce_call){.gce = gce, .stop = stop, .next = gce->calls};
	if (gce->calls)
		gce->calls->before = call;
	gce->calls = call;
}

void call_keep(struct gce_call *call)
{
	call_remove(call);
	call->kept = true;
}

void call_remove(struct gce_call *call)
{
	if (call->kept)
		return;
	*(call->before ? &call->before->next : &call->gce->calls) = call->next;
	if (call->next)
		call->next->before = call->before;
	call->before = call->next = NULL;
}

void gce_cancel(struct gce_call *call)
{
	if (!call)
		return;
	call_remove(call);
	call->stop(call);
}

struct gce_counts gce_counted(const struct gce *gce)
{
	return gce->counts;
}

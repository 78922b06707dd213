#include "gce/internal.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/str.h"

static bool token_is_allowed_to_lack(const struct gce *gce, const char *file, struct error *err)
{
	if (file || gce->endpoint.loopback)
		return true;
	return error_set(
		err, ERROR_REJECTED, "%s needs an access token: name the file that holds one", gce->endpoint.own_base);
}

struct gce *gce_new(const struct gce_options *options, struct error *err)
{
	struct gce *gce = mem_alloc(sizeof(*gce));
	gce->loop = options->loop;
	gce->env = options->env;
	gce->http = options->http;
	budgets_init(&gce->budgets, gce->loop, gce->env);
	if (endpoint_parse(&gce->endpoint, options->endpoint, err) &&
		token_is_allowed_to_lack(gce, options->access_token_file, err) &&
		token_init(&gce->token, gce->env, options->access_token_file, loop_now(gce->loop), err))
		return gce;
	gce_free(gce);
	return NULL;
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
	budgets_close(&gce->budgets);
	while (gce->calls)
		gce_cancel(gce->calls);
	operations_done(gce);
	budgets_done(&gce->budgets);
	token_done(&gce->token);
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

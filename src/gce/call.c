/* gce_send: one call and its answer. An answer that is no JSON object is an error: nobody above has to wonder what an empty,
 * cut or foreign body means. */
#include "base/alloc.h"
#include "gce/answer.h"
#include "gce/identity.h"
#include "gce/transfer.h"

enum { READ_TRIES = 4, CALL_MS = 60000 };

struct call {
	struct gce_call base;
	struct transfer transfer;
	char *own_subject;
	gce_fn fn;
	void *arg;
};

static void stop_call(struct gce_call *base)
{
	struct call *call = (struct call *)base;
	transfer_stop(&call->transfer);
	mem_free(call->own_subject);
	mem_free(call);
}

static void on_answer(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct call *call = arg;
	gce_fn fn = call->fn;
	void *fn_arg = call->arg;
	struct error malformed = {0};
	if (!err && !answer_is_object(answer, call->own_subject, &malformed))
		err = &malformed;
	gce_cancel(&call->base);
	fn(fn_arg, err ? NULL : answer, err);
}

struct gce_call *gce_send(struct gce *gce, const struct gce_request *request, gce_fn fn, void *arg)
{
	struct call *call = mem_alloc(sizeof(*call));
	call->fn = fn;
	call->arg = arg;
	call->own_subject = mem_strdup(path_below_project(request->path));
	call_add(gce, &call->base, stop_call);
	struct transfer_request transfer = {
		.project = request->project,
		.token = identity_token(gce, request->identity),
		.budget = request->budget,
		.whose = request->whose,
		.passes = request->passes,
		.method = request->method,
		.path = request->path,
		.query = request->query,
		.extra = "prettyPrint=false",
		.body = request->body,
		.tries = text_equal(request->method, "GET") ? READ_TRIES : 1,
		.total_ms = CALL_MS,
		.maximum = ANSWER_MAX,
	};
	transfer_start(&call->transfer, gce, &transfer, on_answer, call);
	return &call->base;
}

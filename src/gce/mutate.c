/* gce_mutate: a write and what becomes of it. An outcome is FAILED only when the cloud said so in a definite
 * answer; whatever else goes wrong leaves it UNCLEAR. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "gce/answer.h"
#include "gce/error.h"
#include "gce/identity.h"
#include "gce/operation.h"
#include "gce/transfer.h"

enum { WRITE_TRIES = 4, WRITE_MS = 60000 };

struct mutation {
	struct gce_call base;
	struct transfer transfer;
	struct follow follow;
	struct budget_run run;
	bool inserts;
	char *own_project, *own_path, *own_subject, *own_identity;
	gce_mutation_fn fn;
	void *arg;
};

static void stop_mutation(struct gce_call *base)
{
	struct mutation *mutation = (struct mutation *)base;
	transfer_stop(&mutation->transfer);
	follow_stop(&mutation->follow);
	budget_ended(&mutation->run);
	mem_free(mutation->own_project);
	mem_free(mutation->own_path);
	mem_free(mutation->own_subject);
	mem_free(mutation->own_identity);
	mem_free(mutation);
}

/* Whatever is in use where we want to be will not go away for us. */
static void judge_insert(struct error *err)
{
	if (err->class != ERROR_WAIT || !gce_error_in_use(err))
		return;
	err->class = ERROR_REJECTED;
	error_reason(err, "Conflict");
}

static void end(struct mutation *mutation, enum gce_outcome outcome, const struct error *err)
{
	gce_mutation_fn fn = mutation->fn;
	void *arg = mutation->arg;
	struct error copy = err ? *err : (struct error){0};
	bool done = outcome == GCE_DONE;
	struct gce_mutation_event event = {.outcome = outcome,
		.err = done ? NULL : &copy,
		.warning = done && copy.message[0] ? copy.message : NULL};
	if (mutation->inserts && outcome == GCE_FAILED)
		judge_insert(&copy);
	gce_cancel(&mutation->base);
	fn(arg, &event);
}

static void on_followed(void *arg, enum gce_outcome outcome, const struct error *err)
{
	end(arg, outcome, err);
}

/* The verbs that take no requestId (gce-compute-v1.md 1.2). */
static bool takes_request_id(const char *path)
{
	static const char *const without[] = {
		"/setLabels", "/getHealth", "/applyUpdatesToInstances", "/deletePerInstanceConfigs", "/wait"};
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		if (text_ends(path, without[i]))
			return false;
	}
	return true;
}

/* Nobody knows whether it has happened. */
static bool is_unclear(const struct error *err)
{
	return err->class == ERROR_TRANSIENT && (err->status == 0 || err->status >= 500 || err->status == 408);
}

/* The resource that the path names, or whose verb it names, is not there. */
static bool target_is_absent(const char *path, const struct error *err)
{
	AUTO_FREE char *parent = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
	return gce_error_absent(err, path) || gce_error_absent(err, parent);
}

static void refused(struct mutation *mutation, const struct error *err)
{
	struct error copy = *err;
	if (is_unclear(err)) {
		end(mutation, GCE_UNCLEAR, err);
		return;
	}
	if (target_is_absent(mutation->own_path, err)) {
		copy.class = ERROR_STALE;
		error_reason(&copy, "");
	}
	end(mutation, GCE_FAILED, &copy);
}

/* What the answer to the write says. true: `own_path` is the operation to follow; else outcome and err. */
static bool read_answer(struct mutation *mutation, const struct gce_answer *answer, char **own_path,
	enum gce_outcome *outcome, struct error *err)
{
	JSON_WORK(work);
	*outcome = GCE_UNCLEAR;
	cJSON *operation = answer_object(answer, mutation->own_subject, err);
	if (!operation)
		return false;
	*own_path = operation_path(operation, mutation->own_project);
	if (!*own_path)
		return answer_bad(err, mutation->own_subject, "it is no operation");
	if (!operation_is_about(operation, mutation->own_subject))
		return answer_bad(err, mutation->own_subject, "it is an operation on something else");
	struct error_scene scene =
		token_scene(identity_token(mutation->base.gce, mutation->own_identity), mutation->own_project);
	return !operation_ended(operation, &scene, mutation->own_subject, outcome, err);
}

static void on_reply(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct mutation *mutation = arg;
	AUTO_FREE char *path = NULL;
	struct error problem = {0};
	enum gce_outcome outcome;
	if (err) {
		refused(mutation, err);
		return;
	}
	if (!read_answer(mutation, answer, &path, &outcome, &problem)) {
		end(mutation, outcome, &problem);
		return;
	}
	struct gce_mutation_event event = {.outcome = GCE_ACCEPTED, .operation = path};
	AUTO_FREE char *location = path_location(path);
	struct budget_claim claim = {.project = mutation->own_project, .location = location, .budget = GCE_WRITE};
	struct followed followed = {mutation->own_project, path, mutation->own_subject, mutation->own_identity};
	budget_began(&mutation->base.gce->budgets, &claim, &mutation->run);
	follow_start(&mutation->follow, mutation->base.gce, &followed, on_followed, mutation);
	mutation->fn(mutation->arg, &event);
}

/* Of an autoscaler that is changed its collection's path is called, with its name as parameter. */
static const char *named_by_query(const struct gce_request *request)
{
	const char *value = request->query ? strchr(request->query, '=') : NULL;
	return value && text_equal(request->method, "PATCH") ? value + 1 : NULL;
}

/* "backendServices/x": an insert's path names the collection only, its body the resource. */
static char *make_subject(const struct gce_request *request, bool *inserts)
{
	JSON_WORK(work);
	const char *path = path_below_project(request->path);
	bool has_body = text_equal(request->method, "POST") && request->body;
	const cJSON *body =
		has_body ? json_parse(request->body, strlen(request->body), (struct json_limits){0}, NULL) : NULL;
	const char *name = json_text(body, "name");
	*inserts = name != NULL;
	name = name ? name : named_by_query(request);
	return name ? mem_printf("%s/%s", path, name) : mem_strdup(path);
}

struct gce_call *gce_mutate(struct gce *gce, const struct gce_request *request, gce_mutation_fn fn, void *arg)
{
	struct mutation *mutation = mem_alloc(sizeof(*mutation));
	bool has_id = takes_request_id(request->path);
	char id[37], extra[80] = "prettyPrint=false";
	mutation->fn = fn;
	mutation->arg = arg;
	call_add(gce, &mutation->base, stop_mutation);
	mutation->own_project = mem_strdup(request->project);
	mutation->own_path = mem_strdup(request->path);
	mutation->own_subject = make_subject(request, &mutation->inserts);
	mutation->own_identity = mem_strdup(request->identity);
	if (has_id) {
		env_uuid(gce->env, id);
		snprintf(extra, sizeof(extra), "prettyPrint=false&requestId=%s", id);
	}
	struct transfer_request transfer = {
		.project = request->project,
		.token = identity_token(gce, request->identity),
		.budget = request->budget,
		.whose = request->whose,
		.passes = request->passes,
		.may_leave = request->may_leave,
		.may_leave_arg = request->may_leave_arg,
		.method = request->method,
		.path = request->path,
		.query = request->query,
		.extra = extra,
		.body = request->body,
		.subject = mutation->own_subject,
		.tries = has_id ? WRITE_TRIES : 1,
		.total_ms = WRITE_MS,
		.maximum = ANSWER_MAX,
	};
	transfer_start(&mutation->transfer, gce, &transfer, on_reply, mutation);
	return &mutation->base;
}

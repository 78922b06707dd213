/* Following an operation: by a long poll of its own while there are few, else by the list of its scope (scope.c). Few are 50 in
 * all, for each holds a connection; projects share them evenly, so that one whose operations do not end leaves the others
 * theirs. An operation that cannot be found or read any more, or takes half an hour, is UNCLEAR: the resource itself says what became
 * of it. */
#include "gce/operation.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "gce/answer.h"
#include "gce/error.h"
#include "gce/identity.h"

enum {
	POLLS_AT_ONCE = 50,
	WAIT_MS = 150000, /* the server answers within 120 s */
	EARLY_MS = 1000,
	LIMIT_MS = 30 * 60 * 1000,
	OPERATION_MAX = 1024 * 1024,
	NAME_MAX_LENGTH = 200,
};

static void ask(void *arg);

static const char *last_segment(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *operation_path(const cJSON *operation, const char *project)
{
	const char *name = json_text(operation, "name");
	const char *zone = json_text(operation, "zone");
	const char *region = json_text(operation, "region");
	const char *place = last_segment(zone ? zone : region ? region : "");
	if (!name || !text_is_label(name, NAME_MAX_LENGTH))
		return NULL;
	if (!zone && !region)
		return mem_printf("projects/%s/global/operations/%s", project, name);
	if (!text_is_label(place, 63))
		return NULL;
	return mem_printf("projects/%s/%s/%s/operations/%s", project, zone ? "zones" : "regions", place, name);
}

bool operation_is_about(const cJSON *operation, const char *subject)
{
	const char *name = last_segment(json_text_or(operation, "targetLink", ""));
	size_t length = strlen(name);
	for (const char *at = subject; length && *at; at += strcspn(at, "/"), at += *at == '/') {
		if (strcspn(at, "/") == length && memcmp(at, name, length) == 0)
			return true;
	}
	return false;
}

/* What a person may have to do something about later: that something in use is going to be withdrawn. */
static void read_warning(const cJSON *operation, struct error *err)
{
	static const char deprecated[] = "DEPRECATED_RESOURCE_USED";
	const cJSON *warning, *datum;
	const char *instead = NULL;

	*err = (struct error){0};
	cJSON_ArrayForEach(warning, json_member(operation, "warnings"))
	{
		if (!text_equal(json_text(warning, "code"), deprecated))
			continue;
		cJSON_ArrayForEach(datum, json_member(warning, "data"))
		{
			if (text_equal(json_text(datum, "key"), "replacement_suggestion"))
				instead = json_text(datum, "value");
		}
		text_copy(err->message, sizeof(err->message),
			arena_printf(json_arena(), "%s%s%s",
				json_text_or(warning, "message", "It uses what is deprecated."),
				instead ? " Use instead: " : "", instead ? instead : ""));
		error_code(err, deprecated);
		return;
	}
}

bool operation_ended(const cJSON *operation, const struct error_scene *scene, const char *subject,
	enum gce_outcome *outcome, struct error *err)
{
	if (!text_equal(json_text(operation, "status"), "DONE"))
		return false;
	*outcome = GCE_DONE;
	if (gce_error_from_operation(operation, scene, err)) {
		read_warning(operation, err);
		return true;
	}
	if (!strstr(err->message, subject))
		error_context(err, "%s", subject);
	/* The cloud gave up watching; what it watched may still happen. */
	bool timed_out = text_equal(err->code, "OPERATION_TIMEOUT") || text_equal(err->code, "TIMEOUT");
	*outcome = timed_out ? GCE_UNCLEAR : GCE_FAILED;
	return true;
}

void follow_end(struct follow *follow, enum gce_outcome outcome, const struct error *err)
{
	struct error copy = err ? *err : (struct error){0};
	follow_fn fn = follow->fn;
	void *arg = follow->arg;
	gce_measure_operation(follow->gce, follow->own_subject, outcome, follow->began_us);
	follow_stop(follow);
	fn(arg, outcome, outcome == GCE_DONE && !copy.message[0] ? NULL : &copy);
}

static void pause_for(struct follow *follow, int64_t ms)
{
	timer_start(follow->gce->loop, &follow->pause, ms, ask, follow);
}

static void ask_again(struct follow *follow)
{
	int64_t took = loop_now(follow->gce->loop) - follow->asked_ms;
	int64_t pause = transfer_pause_ms(follow->gce, follow->early + 1);
	follow->failures = 0;
	if (took >= EARLY_MS) {
		follow->early = 0;
		ask(follow);
		return;
	}
	follow->early++;
	pause_for(follow, pause > EARLY_MS ? pause : EARLY_MS);
}

static void wait_failed(struct follow *follow, const struct error *err)
{
	struct gce *gce = follow->gce;
	int64_t pause = transfer_pause_ms(gce, ++follow->failures);
	if (err->class != ERROR_TRANSIENT && err->class != ERROR_THROTTLED) {
		follow_end(follow, GCE_UNCLEAR, err);
		return;
	}
	pause_for(follow, err->retry_after_ms > pause ? err->retry_after_ms : pause);
}

static void on_wait(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct follow *follow = arg;
	struct error problem = {0};
	enum gce_outcome outcome = GCE_UNCLEAR;
	bool ended = false;
	if (!err) {
		JSON_WORK(work);
		struct error_scene scene =
			token_scene(identity_token(follow->gce, follow->own_identity), follow->own_project);
		cJSON *operation = answer_object(answer, follow->own_subject, &problem);
		if (operation && !text_equal(json_text(operation, "name"), last_segment(follow->own_path)))
			answer_bad(&problem, follow->own_subject, "it is not about the operation that was asked for");
		else if (operation)
			ended = operation_ended(operation, &scene, follow->own_subject, &outcome, &problem);
	}
	if (ended)
		follow_end(follow, outcome, &problem);
	else if (err || problem.class != ERROR_NONE)
		wait_failed(follow, err ? err : &problem);
	else
		ask_again(follow);
}

static void ask(void *arg)
{
	struct follow *follow = arg;
	AUTO_FREE char *path = mem_printf("%s/wait", follow->own_path);
	struct transfer_request request = {
		.project = follow->own_project,
		.token = identity_token(follow->gce, follow->own_identity),
		.budget = GCE_OPERATION,
		.method = "POST",
		.path = path,
		.extra = "prettyPrint=false",
		.subject = follow->own_subject,
		.tries = 1,
		.total_ms = WAIT_MS,
		.own_connection = true,
		.maximum = OPERATION_MAX,
	};
	follow->asked_ms = loop_now(follow->gce->loop);
	transfer_start(&follow->transfer, follow->gce, &request, on_wait, follow);
}

/* --- who has a long poll --- */

static void begin_poll(struct follow *follow)
{
	vec_add(&follow->gce->operations.polls, follow);
	follow->polls = true;
	ask(follow);
}

static void take_out(struct vec *follows, const struct follow *follow)
{
	size_t at = 0;
	while (follows->own_items[at] != follow)
		at++;
	vec_remove_at(follows, at);
}

static void end_poll(struct follow *follow)
{
	take_out(&follow->gce->operations.polls, follow);
	follow->polls = false;
	transfer_stop(&follow->transfer);
	timer_stop(follow->gce->loop, &follow->pause);
}

static unsigned polls_of(const struct operations *operations, const char *project)
{
	unsigned count = 0;
	for (size_t i = 0; i < operations->polls.count; i++)
		count += text_equal(((struct follow *)operations->polls.own_items[i])->own_project, project);
	return count;
}

/* The newest long poll of the project that has most of them, if that has two more at least than this one; else NULL. */
static struct follow *poll_too_many(const struct operations *operations, const char *project)
{
	struct follow *found = NULL;
	unsigned most = polls_of(operations, project) + 1;
	for (size_t i = 0; i < operations->polls.count; i++) {
		struct follow *follow = operations->polls.own_items[i];
		unsigned count = polls_of(operations, follow->own_project);
		if (count > most || (found && text_equal(found->own_project, follow->own_project))) {
			found = follow;
			most = count;
		}
	}
	return found;
}

/* Is there a long poll to be had for an operation of project? One that has too many may give one up for it. */
static bool may_poll(struct gce *gce, const char *project)
{
	if (gce->operations.polls.count < POLLS_AT_ONCE)
		return true;
	struct follow *other = poll_too_many(&gce->operations, project);
	if (!other)
		return false;
	end_poll(other);
	scope_join(other);
	return true;
}

void follow_wait(struct follow *follow)
{
	assert(!follow->polls && !follow->in_line && !follow->scope);
	if (may_poll(follow->gce, follow->own_project)) {
		begin_poll(follow);
		return;
	}
	follow->in_line = true;
	vec_add(&follow->gce->operations.line, follow);
}

static void leave_line(struct follow *follow)
{
	take_out(&follow->gce->operations.line, follow);
	follow->in_line = false;
}

/* A long poll is free. */
static void next_in_line(struct gce *gce)
{
	if (gce->closing || gce->operations.line.count == 0)
		return;
	struct follow *next = gce->operations.line.own_items[0];
	leave_line(next);
	begin_poll(next);
}

static void give_up(void *arg)
{
	struct follow *follow = arg;
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "%s: operation %s did not end within %d min", follow->own_subject,
		last_segment(follow->own_path), LIMIT_MS / 60000);
	error_reason(&err, "CloudUnavailable");
	follow_end(follow, GCE_UNCLEAR, &err);
}

void follow_start(struct follow *follow, struct gce *gce, const struct followed *followed, follow_fn fn, void *arg)
{
	assert(!follow->own_path);
	*follow = (struct follow){
		.gce = gce,
		.fn = fn,
		.arg = arg,
		.own_project = mem_strdup(followed->project),
		.own_path = mem_strdup(followed->path),
		.own_subject = mem_strdup(followed->subject),
		.own_identity = mem_strdup(followed->identity),
		.began_us = loop_now_us(gce->loop),
	};
	gce->operations.running++;
	timer_start(gce->loop, &follow->limit, LIMIT_MS, give_up, follow);
	if (may_poll(gce, followed->project))
		begin_poll(follow);
	else
		scope_join(follow);
}

void follow_stop(struct follow *follow)
{
	struct gce *gce = follow->gce;
	if (!follow->own_path)
		return;
	bool polled = follow->polls;
	scope_leave(follow);
	if (follow->in_line)
		leave_line(follow);
	if (polled)
		end_poll(follow);
	timer_stop(gce->loop, &follow->limit);
	mem_free(follow->own_project);
	mem_free(follow->own_path);
	mem_free(follow->own_subject);
	mem_free(follow->own_identity);
	*follow = (struct follow){0};
	gce->operations.running--;
	if (polled)
		next_in_line(gce);
}

void operations_done(struct gce *gce)
{
	assert(gce->operations.polls.count == 0 && gce->operations.line.count == 0 &&
		gce->operations.scopes.count == 0);
	vec_done(&gce->operations.line, NULL);
	vec_done(&gce->operations.polls, NULL);
	map_done(&gce->operations.scopes, NULL);
}

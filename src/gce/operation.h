/* Following operations to their end. */
#pragma once

#include "base/json.h"
#include "gce/internal.h"
#include "gce/transfer.h"

/* outcome is DONE, FAILED or UNCLEAR; with DONE err holds what the cloud warns of, or is NULL. The follow is over: the function may free
 * its memory. */
typedef void (*follow_fn)(void *arg, enum gce_outcome outcome, const struct error *err);

/* Embedded in its owner; zeroed memory is a follow that is over. */
struct follow {
	struct gce *gce;
	follow_fn fn;
	void *arg;
	char *own_project, *own_path, *own_subject, *own_identity;
	struct timer limit; /* when we give up */
	int64_t began_us;
	/* A long poll: */
	bool polls, in_line; /* has one / wants one */
	int64_t asked_ms;
	unsigned early, failures; /* answers in a row that came too early / that were none */
	struct transfer transfer;
	struct timer pause;
	/* Or a list: */
	struct scope *scope;
	unsigned missed; /* lists in a row without it */
	bool looked_for; /* was here when the present list began, and was not in it yet */
};

struct followed {
	const char *project, *path; /* "p", "projects/p/zones/z/operations/o" */
	const char *subject;        /* how messages call what the operation works on */
	const char *identity;       /* as in gce_request */
};

/* No callback from within. */
void follow_start(struct follow *follow, struct gce *gce, const struct followed *followed, follow_fn fn, void *arg);
void follow_stop(struct follow *follow); /* also when over */

/* For the lists: tells the follow, which has left its scope, how its operation ended; gets it a long poll, now or later. */
void follow_end(struct follow *follow, enum gce_outcome outcome, const struct error *err);
void follow_wait(struct follow *follow);

/* The path of an operation as answered, owned by the caller. Made of its name and scope, which must be names: links are not
 * followed. NULL: this is no operation. */
char *operation_path(const cJSON *operation, const char *project);

/* Whether the operation names what subject ("zones/z/instanceGroupManagers/g/resize") is about. */
bool operation_is_about(const cJSON *operation, const char *subject);

/* Whether the operation is DONE, and how that is told: DONE, FAILED or UNCLEAR, with err for the latter two. With DONE err is of
 * class NONE, and holds what the cloud warns of: code and message, "" if it does not. */
bool operation_ended(const cJSON *operation, const struct error_scene *scene, const char *subject,
	enum gce_outcome *outcome, struct error *err);

/* The operations of one scope, looked for together in its list every 2 s. */
void scope_join(struct follow *follow);
void scope_leave(struct follow *follow); /* also when it is in none */

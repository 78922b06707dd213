/* How fast we may call. Each project, location and budget has a token bucket of its own: calls beyond its rate stand in line.
 * Those for whom they are take turns there, so that one with many calls does not hold up one with a few; a call that its owner needs
 * less than others of its own lets turns pass. A refusal (403
 * rateLimitExceeded, 429) freezes that bucket until Retry-After, or for 20 to 60 s (the cloud's windows are minutes), and halves
 * its rate; the rate then grows back by a hundredth of the full rate a second. Where the refusal says how many calls a minute the
 * quota allows, nine tenths of that are the full rate for the next quarter of an hour, be it below the least: others use the
 * quota, too.
 *
 *                     full rate      at once   least   under way
 *     GCE_READ        15 a second    30        0.75    16
 *     GCE_LIST         5 a second    20        0.25    16
 *     GCE_HEAVY        2 a second    10        0.1      8
 *     GCE_WRITE       10 a second    20        0.5      8
 *     GCE_OPERATION   15 a second    50        0.75    (operation.c: 50 in all)
 *     GCE_HEALTH       5 a second    20        0.25    16
 *
 * Global reads, lists and health stay under 1,500 a minute together, the smallest quota known for them (gce-compute-v1.md 14.1).
 * Its "5 reads and 2 mutations a second" would make 30 new objects wait for minutes; what a smaller quota allows is learned.
 * So many may be between request and answer ("under way"): a project that does not answer holds a bounded part of the
 * connections that all share. The operations that writes start may be hundreds. When the cloud refuses one more of them
 * (CONCURRENT_OPERATIONS_QUOTA_EXCEEDED), three quarters of those that run are the most from then on, and one more every 5 s. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "gce/gce.h"
#include "gce/line.h"
#include "net/env.h"
#include "net/loop.h"

struct bucket;

/* One call, standing in line or under way. Embedded in its owner; zeroed memory is nobody. */
struct budget_place {
	struct line_place line;
	struct bucket *bucket; /* NULL: nobody */
	bool granted;          /* under way; else in line */
	loop_fn fn;
	void *arg;
};

/* An operation that runs. Embedded in its owner; zeroed memory is none. */
struct budget_run {
	struct bucket *bucket;
};

struct budgets {
	struct loop *loop;
	struct env *env;
	struct map spots; /* "project/location" -> struct spot */
	bool closed;      /* nothing goes any more */
};

void budgets_init(struct budgets *budgets, struct loop *loop, struct env *env);
void budgets_close(struct budgets *budgets); /* who stands in line now stays there */
void budgets_done(struct budgets *budgets);  /* every place must have been left, every run be over */

/* What a call is to be charged to; loans for the call. */
struct budget_claim {
	const char *project, *location; /* "us-central1", "global" */
	enum gce_budget budget;
	const void *whose; /* for whom, never looked into */
	unsigned passes;   /* turns that it lets pass */
};

/* Calls fn(arg) as soon as the call may go, perhaps from within. The place is then held until budget_leave. */
void budget_enter(
	struct budgets *budgets, const struct budget_claim *claim, struct budget_place *place, loop_fn fn, void *arg);
/* The call is over, or gives up its place in line. */
void budget_leave(struct budget_place *place);
/* The call was refused as one too many. Returns for how many ms the bucket is frozen now. */
int64_t budget_refused(struct budget_place *place, int64_t retry_after_ms);

/* How often in a row the bucket was refused; calls that left together count once. */
unsigned budget_refusals(const struct budget_place *place);
void budget_accepted(struct budget_place *place); /* the call was not refused */

/* The refusal says that so many calls a minute are allowed; 0: it does not. */
void budget_limited(struct budget_place *place, double per_minute);
/* It was refused since too many operations run. */
void budget_crowded(struct budget_place *place);
/* The write of that claim was accepted, and its operation runs from now on; is over. */
void budget_began(struct budgets *budgets, const struct budget_claim *claim, struct budget_run *run);
void budget_ended(struct budget_run *run); /* also when none runs */

/* How a bucket stands now. */
struct budget_state {
	const char *project, *location;
	enum gce_budget budget;
	double left; /* calls that may leave at once */
	double rate; /* calls a second */
	size_t waiting;
};
typedef void (*budget_fn)(void *arg, const struct budget_state *state);
void budgets_each(const struct budgets *budgets, budget_fn fn, void *arg); /* those that were ever used */
double budget_full_rate(enum gce_budget budget);

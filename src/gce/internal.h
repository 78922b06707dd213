/* What the files of gce share: the state behind struct gce, and the calls in flight. */
#pragma once

#include "base/map.h"
#include "gce/budget.h"
#include "gce/gce.h"
#include "gce/measure.h"
#include "gce/token.h"
#include "gce/url.h"

struct follow;

/* Who waits for operations: see operation.c. */
struct operations {
	unsigned running;  /* of struct follow: all there are */
	struct vec polls;  /* of struct follow: they have a long poll */
	struct vec line;   /* of struct follow: they want a long poll, and there are too many */
	struct map scopes; /* path of a scope's operations -> struct scope, whose list is read for those beyond */
};

struct gce {
	struct loop *loop;
	struct env *env;
	struct http *http;
	bool (*guard)(void *arg); /* NULL: everything may leave */
	void *guard_arg;
	struct endpoint endpoint;
	struct token token;
	char *own_token_file;  /* NULL: Application Default Credentials */
	struct map identities; /* email -> own struct token: see identity.h */
	struct budgets budgets;
	struct operations operations;
	struct gce_counts counts;
	struct metric *measured[GCE_MEASURED];
	struct gce_call *calls; /* in flight, newest first */
	bool closing;           /* gce_free is at work: nothing new leaves */
};

/* The first member of whatever is in flight. */
struct gce_call {
	struct gce *gce;
	void (*stop)(struct gce_call *call); /* cancels and frees; the call is out of the list already */
	struct gce_call *before, *next;
	bool kept; /* by another call, which cancels it: it is not in the list */
};

void call_add(struct gce *gce, struct gce_call *call, void (*stop)(struct gce_call *call));
void call_remove(struct gce_call *call);
void call_keep(struct gce_call *call); /* from now on the caller's own: gce_free does not see it */

void operations_done(struct gce *gce);

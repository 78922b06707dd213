/* The planner: a pure function from what is wanted and seen to what is to be done now (design section 4). Reads no clock,
 * allocates only in the current arena, logs nothing; the same inputs give the same plan; a settled graph plans to nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds/kind.h"
#include "plan/diff.h"
#include "plan/fight.h"

enum mandate {
	MANDATE_ALL,
	MANDATE_DELETE,  /* everything of ours goes, from the front backwards */
	MANDATE_RELEASE, /* deletionPolicy Abandon: everything stays, our mark goes */
	MANDATE_NONE,    /* look, write nothing */
};

struct plan_input {
	struct nodes nodes; /* with want, wanted and seen set */
	enum mandate mandate;
	bool census; /* complete lists of every kind, begun after process start and after this object was seen, and no operation
	                 * makes what they don't show */
	bool born_here; /* this process added the finalizer for this uid: unknown and wanted may be inserted unread */
	bool ready;     /* status does not deny it: views are read slowly */
	int64_t now;    /* ms, monotonic */
};

enum action_type {
	ACTION_READ, /* the body, one GET */
	ACTION_VIEW,
	ACTION_INSERT,
	ACTION_PATCH,
	ACTION_VERB,
	ACTION_DELETE,
};

struct action {
	enum action_type type;
	struct node *node;
	enum view_id view;                 /* VIEW */
	uint32_t of;                       /* VIEW_TRIAL: as in the view */
	const char *method, *path, *query; /* the call; path below the endpoint; arena or static */
	cJSON *body;                       /* NULL: none */
	cJSON *assumed;     /* body to be taken as seen once the write is done; NULL for DELETE and reads */
	unsigned before;    /* of a write: so many of the object's that are still to come had better leave before it */
	const char *reason; /* members that this write changes, "a, b", or "" */
	bool repeats;       /* VERB: one that may have to be made again, by which the member is to become repeat_of */
	int64_t repeat_of;
	struct fight_keys fights; /* the same for fight_written; none unless PATCH or VERB */
};

/* What the plan thinks of a node: for status and messages. */
enum node_state {
	STATE_READY,
	STATE_CREATING,
	STATE_UPDATING,
	STATE_DELETING,
	STATE_WAITING,
	STATE_FAILED,
	STATE_FOREIGN,
	STATE_DRIFTED, /* differs, and is left so: by the mandate, or because writing does not help */
	STATE_KEPT,
	STATE_UNKNOWN,
	STATE_GONE, /* absent and not wanted: nothing to tell */
};
const char *node_state_name(enum node_state state); /* as in status.resources[].state */

struct verdict {
	enum node_state state;
	const struct node *waits_for; /* WAITING: what it waits for; NULL when the reason is in the error */
	const struct diff
		*diff;     /* what differs from what is to be had now; NULL: nothing does, or nothing was compared */
	bool on_its_way;   /* UPDATING: it is as it is to be now, and the goal is another thing */
	const char *stuck; /* members of diff that were written twice and did not stick, "a, b"; NULL: none */
};

struct plan {
	struct action *actions;
	size_t count;
	struct verdict *verdicts; /* one per node, same order */
	int64_t wake_at;          /* ms; INT64_MAX: nothing to wait for by time */
	bool wants_census;        /* something is unknown, or unverified, or the proof of absence is due */
	bool programmed; /* every wanted node as wanted, as last read; what is not wanted may be on its way out */
	bool settled;    /* nothing to do but to look at views, nothing in flight, nothing unknown */
	const char
		*refusal; /* what the cloud says against a URL map that is wanted: nothing is written; NULL: nothing */
};

struct plan *plan_make(const struct plan_input *input);

/* trial.c: which body of a wanted URL map a trial is about, and whether all that it leads to was there. */
uint32_t trial_of(const struct node *map, const struct nodes *nodes);

/* What is known of one resource: the facts that kinds and plan decide from. The reconciler owns and fills the nodes; want
 * and seen are trees of one unit of work. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"

struct kind;
struct migration_terms;
struct lb;
struct lb_pool;

enum presence {
	NODE_UNKNOWN, /* never read, read failed, or a write whose outcome is unclear */
	NODE_ABSENT,
	NODE_PRESENT, /* and ours (or external and there) */
	NODE_FOREIGN, /* there, under one of our names, without our mark; its body is kept, too */
};

enum node_change { CHANGE_NONE, CHANGE_INSERT, CHANGE_PATCH, CHANGE_VERB, CHANGE_DELETE };

enum { FRONTS_MAX = 8 };

/* Facts beside the body, each read by a call of its own, of groups and image families. */
enum view_id {
	VIEW_HEALTH,   /* backendServices.getHealth of the group: healthStatus[] */
	VIEW_MACHINES, /* listManagedInstances: managedInstances[] */
	VIEW_ERRORS,   /* listErrors: items[] */
	VIEW_HEALTH_2, /* the same as VIEW_HEALTH by the second backend service that probes it, and so on */
	VIEWS = VIEW_HEALTH_2 + FRONTS_MAX - 1,
	VIEW_NEWEST = VIEW_MACHINES, /* of an image family: what it stands for by now */
	VIEW_TRIAL = VIEW_MACHINES,  /* of a URL map: what urlMaps.validate says of what it is to be */
};

/* The view of health by the backend service of that place in node->fronts. */
static inline enum view_id view_of_front(size_t front)
{
	return front == 0 ? VIEW_HEALTH : (enum view_id)(VIEW_HEALTH_2 + front - 1);
}

static inline bool view_is_health(enum view_id view)
{
	return view == VIEW_HEALTH || view >= VIEW_HEALTH_2;
}

struct view {
	bool present;
	bool busy;       /* a read is in flight */
	uint32_t of;     /* health: hash of the role of the backend service that is asked; trial: trial_of; 0: none */
	int64_t read_at; /* ms, monotonic; when the last read was answered */
	char *own_text;  /* the answer, compact; NULL when not present */
	struct error *own_error; /* of the last read; NULL when it worked */
	cJSON *tree;             /* unit of work */
};

/* How often one value of one member was written with success since it was last seen so. */
struct fight {
	uint32_t key; /* of member and value (plan/fight.h) */
	uint32_t writes;
};
enum { FIGHTS_MAX = 12 };

/* A call that may have to be made again (plan/repeat.h). */
struct repeat {
	int64_t of; /* what the member was to become */
	int64_t at; /* ms, monotonic; of the last one that succeeded */
	int times;  /* in a row; 0: none yet */
};

/* What the spec says of the updates of a group's machines beside its body. Memory of the current arena. */
struct rollout_terms {
	const struct lb *lb; /* loans */
	const struct lb_pool *pool;
	const cJSON *lost_note; /* what the note of the group's mark said before somebody broke it; NULL: nothing */
};

/* How the update of a group's machines goes, as far as this process saw it (kinds/rollout.h). */
enum rollout_failure { ROLLOUT_GOES_ON, ROLLOUT_IS_LATE, ROLLOUT_MAKES_ILL };
struct rollout_memory {
	uint64_t goal;       /* of the versions that the group goes to; 0: not seen yet */
	uint64_t inputs;     /* of what the spec says to it; 0: not asked yet */
	uint64_t arrived;    /* of those at which it was healthy last; 0: none */
	int64_t reached_at;  /* ms; when not all machines that it is to change were at it last */
	int64_t progress_at; /* ms, monotonic; when it came nearer its end last */
	int64_t progress_s;  /* since 1970, the same */
	int64_t best;        /* how near */
	int64_t ill_at;      /* ms; since when too many machines are ill; 0: they are not */
	enum rollout_failure failed;
};

/* Since when a group gets no requests any more, as far as this process saw it (group_drain.c). */
struct drain_memory {
	bool known;          /* somebody looked */
	bool behind;         /* a backend service held it then */
	bool waited;         /* nobody wants it, and what came after it had the time of an update to take over */
	int64_t unwanted_at; /* ms; since when nobody wants it; 0: it is wanted */
	int64_t left_at;     /* ms, monotonic; when none did any more */
	int64_t drain_ms;    /* what requests that had begun are given */
};

struct node {
	const struct kind *kind;
	uint32_t id; /* unique within the graph, never reused */
	char *own_name;
	char *own_location; /* zone, or "" for global */
	char *own_project;  /* where it lives; the object's project but for images */
	char *own_role;     /* "url-map", "group-cpu" */
	char *own_part;     /* pool, or "" */

	bool external; /* somebody else's: looked at and referred to, never written, never deleted */
	enum presence presence;
	bool inherited;  /* PRESENT with a predecessor's mark */
	bool adopted;    /* PRESENT without a mark of ours: the spec takes it over */
	bool stale;      /* external: to be read again before something new is made of it */
	bool verified;   /* the body was read after the last write; false: it is what we sent */
	bool unclear;    /* UNKNOWN because of a write: needs a single read */
	char *own_seen;  /* body as text; NULL unless present or foreign */
	int64_t read_at; /* ms, monotonic; when the body was last read */

	bool busy;               /* our call is in flight */
	enum node_change change; /* what is in flight or running */
	bool running;            /* an operation of ours runs on it */
	uint64_t final;          /* read counter when the outcome of the last write was final (design rule 6) */
	uint64_t read;           /* number of the read that was recorded last */

	int attempts;            /* failed writes in a row */
	int64_t not_before;      /* ms; no write before */
	struct error *own_error; /* of the last failed write or read; NULL: none */
	enum node_change failed; /* what own_error was about; CHANGE_NONE: a read */
	char written[96];        /* members that the last successful update was to change */
	struct repeat repeat;
	struct fight fights[FIGHTS_MAX]; /* members that were written and not yet seen as wanted (design rule 11) */

	struct view views[VIEWS];
	struct rollout_memory rollout; /* of a group */
	struct drain_memory drain;     /* likewise */

	/* Unit of work. */
	bool wanted;
	int64_t least_healthy;                   /* as struct want */
	int64_t cards;                           /* likewise */
	cJSON *want;                             /* the goal; NULL when not wanted, or external */
	const cJSON *secrets;                    /* as struct want */
	const struct rollout_terms *terms;       /* of a wanted group; NULL: none */
	const struct migration_terms *migration; /* of a wanted backend service */
	/* Of a group: roles of the wanted backend services by which the load balancer probes it, up to NULL; arena. NULL: none
	 * does, its machines are not behind it. */
	const char *const *fronts;
	cJSON *seen;             /* own_seen parsed; NULL unless present or foreign */
	const char *why_foreign; /* FOREIGN although it is to be taken over; arena, NULL: nobody wants to */
};

/* The nodes of one load balancer. */
struct nodes {
	struct node **items;
	size_t count;
};

/* What is told of an object: its status, and the files that make the parts of it from what one unit of work saw. */
#pragma once

#include "reconcile/internal.h"

/* status.c: pure: from plan and nodes to the status object; in the arena. */
struct status_input {
	const struct entry *entry;
	const struct lb *lb;
	const struct plan *plan;       /* NULL: none was made */
	const struct error *problem;   /* InvalidSpec, Conflict; NULL */
	const struct project *project; /* may be NULL */
	bool deleting, suspended;
	bool asked_done; /* the fresh look that lb->asked asks for has been taken */
	bool reporting;  /* driftPolicy Report is what keeps us from writing */
	bool pending;    /* the policies have not been asked yet */
	bool reading;    /* a Secret has not been read yet */
	const struct error
		*unread; /* why it can't be read, or what was read not be used; NULL: nothing is known against it */
	const struct error *secret; /* why a Secret can't be used, while what was made of it before serves; NULL */
	struct move move;
	int64_t rest_ms;         /* for how long nothing has been on its way */
	int64_t wall_us, now_ms; /* the time of day, and the loop's at that moment */
};
/* changing: is something on its way, be it a resource or a machine? */
cJSON *status_make(const struct status_input *input, bool *changing);
/* Does the status differ in what people and tools wait for: Ready's status or reason, Stalled, the end of Reconciling,
 * observedGeneration? */
bool status_urgent(const cJSON *before, const cJSON *after);

/* A condition of a status; NULL: it has none of that type. */
const cJSON *status_condition(const cJSON *status, const char *type);

/* The address where clients arrive, as last read; a loan, NULL: not known, or none. */
const char *status_address(const struct status_input *input, bool ipv6);

/* certificates.c */
void certificates_add(cJSON *status, const struct status_input *input); /* status.certificates, if any is wanted */
/* What keeps a wanted certificate from being had, as a sentence in the arena; NULL: none is late. for_good: only a person can help. */
char *certificates_late(const struct status_input *input, bool *for_good);
/* Which certificate serves only as long as it holds, since Google can't renew it, and why; in the arena, NULL: none. */
char *certificates_ending(const struct status_input *input);

/* pools.c: status.pools[], and the sums over them. */
struct pool_sums {
	int64_t target, existing, updated, healthy, least_following;
	bool health_known, serving, stable, at_version, mixed, unrefreshed, failing;
	bool made_again;            /* machines that failed are told to be made once more, again and again */
	const char *failing_reason; /* StockOut or MachinesFailing */
	char *failing_message;
	bool going_back;      /* some pool whose update was given up, and is not back yet */
	char *back_message;   /* of such a one, else of one that is back; NULL: none was given up */
	char *held_message;   /* of one whose update has failed, and that does not go back; NULL: none */
	char *canary_message; /* how canaries are; NULL: no pool has some */
	char *late_message;   /* of such that are not healthy yet; NULL: none are */
	char *display_pools, *display_templates;
};
struct pool_sums pools_make(const struct status_input *input, const cJSON *before, cJSON *pools);

/* images.c: status.images[]; before: the status as it was. */
void images_add(cJSON *status, const struct status_input *input, const cJSON *before);

/* backends.c: status.backends[]. */
cJSON *backends_make(const struct status_input *input);

/* story.c: what is to be said of it in one word and a sentence. */
enum {
	SETTLE_MS = 300000
}; /* so long new machines may take to answer probes; auto-healing leaves them alone as long */
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };
struct story {
	const char *reason; /* of the closed list */
	char *message;      /* arena */
	enum truth ready, programmed, healthy;
	bool reconciling, stalled;
	int64_t again; /* loop time, ms: when the call that failed is (or was) made again; 0: none failed, or nobody tries */
};
struct story story_make(const struct status_input *input, const cJSON *before, const struct pool_sums *sums);
/* sentence.c: a sentence on one node, "" when there is nothing to say; arena. */
char *story_node(const struct status_input *input, size_t index);
/* What probes ask for: "/ on port 80"; arena. */
char *sentence_probes(const struct lb *lb);
/* Why a call for node fails, which may pass; an internal error that lasts may be an outage, or the request. */
char *sentence_failing(const struct node *node);

/* differences.c: what is not as it should be and is not put back, as status.differences; an empty array when there is none. */
cJSON *differences_make(const struct status_input *input);

/* Updates of a group's machines as a whole: whether one comes to its end, and where a pool goes when it does not. What must
 * survive a restart stands in the note of the group's mark, written with the change that it explains:
 * {"healthy":TEMPLATE,"rejected":{"template":TEMPLATE,"inputs":DIGEST,"message":TEXT}}. Timers live in the node (struct
 * rollout_memory) and begin anew with the process: a restart may delay a decision, never advance one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kinds/node.h"

/* What the note says, under the present spec. Texts in the arena, or loans of the node's trees. */
struct rollout {
	const char *healthy;  /* name of the template to go back to; NULL: there is none */
	const char *rejected; /* name of the template that is given up until the spec changes; NULL: none is */
	const char *inputs;   /* digest of the spec that it failed with; NULL: none is */
	const char *why;      /* why it is; NULL: none is */
};
struct rollout rollout_of(const struct node *group);

/* The versions that the group is to have now, each with instanceTemplate: what is wanted, or the way back. In the arena. */
const cJSON *rollout_versions(const struct node *group);

/* Time and the spec, as rollout_watch needs them. */
struct rollout_clock {
	int64_t now;    /* ms, monotonic */
	int64_t wall_s; /* since 1970 */
	bool edited;    /* the spec is another one than last time */
	bool stopped;   /* nothing may be written: no time passes for updates */
};
/* Notes in group->rollout what is seen of a wanted group's update. Before each plan. */
void rollout_watch(struct node *group, const struct rollout_clock *clock);
/* Has somebody to wait for its end? It has not arrived yet, there is a template to go back to, and the group is at it: machines
 * that are left to others (group_sight.mixed) are waited for by nobody. */
bool rollout_runs(const struct node *group);
/* Has note the form that we write, and room in a mark? Anybody may write into a description. */
bool rollout_is_note(const cJSON *note);
/* Does the note of its mark say where to go back to? */
bool rollout_is_noted(const struct node *group);
/* The present template is one at which the pool was healthy; for what was noted elsewhere. */
void rollout_recall(struct node *group);
/* Name of the template at which the pool was healthy last; NULL: none is known. */
const char *rollout_healthy(const struct node *group);
/* Why the update that runs has failed, in the arena; NULL: it has not. */
char *rollout_failure(const struct node *group);

/* Sets versions and description of the body to aim for, from those that are wanted. */
void rollout_aim(const struct node *group, const struct nodes *nodes, cJSON *aim);

/* Shared between the files of plan/: the plan while it is being made. */
#pragma once

#include "plan/plan.h"

struct planner {
	const struct plan_input *input;
	struct plan *plan;
	size_t capacity;
	bool creating; /* some wanted resource is not there yet */
};

/* A zeroed action at the end of the plan. */
struct action *planner_add(struct planner *planner, enum action_type type, struct node *node);
void planner_wake_at(struct planner *planner, int64_t at);
/* GET of the body, unless a call on it is in flight, rests, or is part of this plan already. */
void planner_read(struct planner *planner, struct node *node);
/* Failed lately: nothing until its time, which the plan wakes for. */
bool planner_resting(struct planner *planner, const struct node *node, struct verdict *out);
/* Does the mandate let us make and change what the object wants? */
bool planner_may_write(const struct planner *planner);
/* Where a PATCH of the action's node goes: method, path and query. */
void planner_address_patch(struct action *action);
/* No call on it is in flight, and no operation of ours runs. */
bool node_is_free(const struct node *node);

/* views.c: reads of groups and of their views that are due. */
void plan_views(struct planner *planner, struct node *node);
/* Of the group's managed machines, which something waits for. */
void plan_machines(struct planner *planner, struct node *group);
/* Likewise of what an image family stands for by now. */
void plan_newest(struct planner *planner, struct node *family);
/* trial.c: may anything be written? Not before the cloud has said what it thinks of a URL map with routes that is new. */
bool plan_trial(struct planner *planner);
/* release.c: deletionPolicy Abandon. true when nothing is left to do for node. */
bool plan_release(struct planner *planner, struct node *node);
struct verdict plan_reclaim(struct planner *planner, struct node *node);
/* order.c: which writes go first. */
void plan_order(struct planner *planner);
/* names.c: the next step of an array of names, as diff->verbs[index] says. NULL while its secret is not at hand: it is being fetched. */
struct action *plan_name(struct planner *planner, struct node *node, const struct diff *diff, int index);
/* change.c: the next update of a present wanted node; STATE_READY when it is as wanted. */
struct verdict plan_update(struct planner *planner, struct node *node);

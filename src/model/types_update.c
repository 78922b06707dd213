/* The table of spec.updatePolicy and spec.rollout. */
#include "model/types_internal.h"

static const char *const type_words[] = {"PROACTIVE", "OPPORTUNISTIC", NULL};
static const struct type update_type = {.kind = TYPE_STRING, .words = type_words};
static const char *const action_words[] = {"NONE", "REFRESH", "RESTART", "REPLACE", NULL};
static const struct type action = {.kind = TYPE_STRING, .words = action_words};
static const char *const method_words[] = {"SUBSTITUTE", "RECREATE", NULL};
static const struct type method = {.kind = TYPE_STRING, .words = method_words};

static const char *const redistribution_words[] = {"PROACTIVE", "NONE", NULL};
static const struct type redistribution = {.kind = TYPE_STRING, .words = redistribution_words};

static const struct field update_policy_fields[] = {
	{"type", &update_type, AT(char *, struct lb_update_policy, type), .fallback = "PROACTIVE",
		.change = CHANGE_PLACE,
		.text = "PROACTIVE: all machines get a changed template, one after another. OPPORTUNISTIC: only those "
			"that are made anyway, by a new size or a repair."},
	{"maxSurge", &type_amount, AT(struct lb_amount, struct lb_update_policy, surge),
		.text = "Machines that there may be above the pool's size during an update. In a region a number "
			"is 0 or at least that of its zones. Unset: 1, in a region the number of its zones; with "
			"replacementMethod RECREATE 0."},
	{"maxUnavailable", &type_amount, AT(struct lb_amount, struct lb_update_policy, unavailable),
		.text = "Machines that may be missing during an update. In a region a number is 0 or at least that of "
			"its zones. Unset: 0; with replacementMethod RECREATE 1, in a region the number of its zones."},
	{"minimalAction", &action, AT(char *, struct lb_update_policy, minimal_action), .change = CHANGE_PLACE,
		.text = "At least this is done to each machine: REFRESH touches none, RESTART starts it anew, REPLACE "
			"makes another one. Unset: the smallest that the change needs, such as REFRESH for labels, "
			"RESTART for machineType and REPLACE for image. With maxUnavailable 0 nothing restarts: "
			"another "
			"machine comes first, which is REPLACE."},
	{"mostDisruptiveAllowedAction", &action, AT(char *, struct lb_update_policy, most_disruptive_allowed_action),
		.fallback = "REPLACE", .change = CHANGE_PLACE,
		.text = "A machine that would need more than this keeps its template."},
	{"replacementMethod", &method, AT(char *, struct lb_update_policy, replacement_method), .change = CHANGE_PLACE,
		.text = "What REPLACE means. SUBSTITUTE: a machine with another name. RECREATE: one with the same "
			"name, after the old one is gone. Unset: SUBSTITUTE, but for pools with statefulPolicy."},
	{"instanceRedistributionType", &redistribution,
		AT(char *, struct lb_update_policy, instance_redistribution_type), .change = CHANGE_PLACE,
		.text = "Of pools with region. PROACTIVE: machines move until each zone has as many. NONE: they stay "
			"where they are. Unset: PROACTIVE where targetShape is EVEN."},
};
const struct type type_update_policy = {.kind = TYPE_OBJECT,
	FIELDS(update_policy_fields),
	.size = sizeof(struct lb_update_policy),
	.rules = update_policy_rules};

static const char *const failure_words[] = {"Rollback", "Hold", NULL};
static const struct type failure_policy = {.kind = TYPE_STRING, .words = failure_words};
static const struct type deadline = INTEGER(60, 86400);
static const struct type history = INTEGER(0, 10);

static const struct field rollout_fields[] = {
	{"failurePolicy", &failure_policy, AT(char *, struct lb_rollout, failure_policy), .fallback = "Rollback",
		.change = CHANGE_OURS,
		.text = "Rollback: a pool whose update fails goes back to the last template at which it was healthy, "
			"and stays there until the spec changes. Hold: it stays where it is, and its group goes on "
			"trying."},
	{"progressDeadlineSec", &deadline, AT(int64_t, struct lb_rollout, progress_deadline_sec), .fallback = "1800",
		.unit = "seconds", .change = CHANGE_OURS,
		.text = "An update that comes no nearer its end, or whose machines are not healthy at its end, for so "
			"long has failed. More than a machine needs to boot and load its model."},
	{"maxUnhealthyPercent", &type_percent, AT(int64_t, struct lb_rollout, max_unhealthy_percent), .fallback = "25",
		.unit = "percent", .change = CHANGE_OURS,
		.text = "Share of a pool, rounded up, that may be unhealthy at the new template. When more are, the "
			"update has failed at once."},
	{"revisionHistoryLimit", &history, AT(int64_t, struct lb_rollout, revision_history_limit), .fallback = "2",
		.unit = "templates", .change = CHANGE_OURS,
		.text = "Earlier instance templates that are kept for each pool. The one to go back to is kept "
			"besides."},
};
const struct type type_rollout = {
	.kind = TYPE_OBJECT, FIELDS(rollout_fields), .size = sizeof(struct lb_rollout), .rules = rollout_rules};

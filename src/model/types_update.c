/* The table of spec.updatePolicy. */
#include "model/types_internal.h"

static const char *const type_words[] = {"PROACTIVE", "OPPORTUNISTIC", NULL};
static const struct type update_type = {.kind = TYPE_STRING, .words = type_words};
static const char *const action_words[] = {"NONE", "REFRESH", "RESTART", "REPLACE", NULL};
static const struct type action = {.kind = TYPE_STRING, .words = action_words};
static const char *const method_words[] = {"SUBSTITUTE", "RECREATE", NULL};
static const struct type method = {.kind = TYPE_STRING, .words = method_words};

static const struct field update_policy_fields[] = {
	{"type", &update_type, AT(char *, struct lb_update_policy, type), .fallback = "PROACTIVE",
		.change = CHANGE_PLACE,
		.text = "PROACTIVE: all machines get a changed template, one after another. OPPORTUNISTIC: only those "
			"that are made anyway, by a new size or a repair."},
	{"maxSurge", &type_amount, AT(struct lb_amount, struct lb_update_policy, surge),
		.text = "Machines that there may be above the pool's size during an update. Unset: 1, with "
			"replacementMethod RECREATE 0."},
	{"maxUnavailable", &type_amount, AT(struct lb_amount, struct lb_update_policy, unavailable),
		.text = "Machines that may be missing during an update. Unset: 0, with replacementMethod RECREATE 1."},
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
			"name, after the old one is gone. Unset: SUBSTITUTE."},
};
const struct type type_update_policy = {.kind = TYPE_OBJECT,
	FIELDS(update_policy_fields),
	.size = sizeof(struct lb_update_policy),
	.rules = update_policy_rules};

/* The table of what keeps machines: spec.autoHealing, and what pools say of it. */
#include "model/types_internal.h"

static const struct type delay = INTEGER(0, 3600);
static const struct field healing_fields[] = {
	{"enabled", &type_flag, AT(bool, struct lb_auto_healing, enabled), .fallback = "true", .change = CHANGE_PLACE,
		.text = "Make machines anew that stay unhealthy. False: only machines that stop are made anew, and an "
			"update goes on when machines run, whether they serve or not."},
	{"initialDelaySec", &delay, AT(int64_t, struct lb_auto_healing, initial_delay_sec), .fallback = "300",
		.unit = "seconds", .change = CHANGE_PLACE,
		.text = "Time that a machine has to boot and load its model before it is made anew for being "
			"unhealthy."},
	{"healthCheck", &type_healing_check, AT(struct lb_health_check, struct lb_auto_healing, health_check),
		.fallback = "{}", .as = "spec.healthCheck",
		.text = "The probe that finds these machines, a patient one. What it asks for, where this does not say "
			"it, is what the health check of the pool's first backend asks for; a pool without backend is "
			"probed when port is set."},
};
const struct type type_auto_healing = {
	.kind = TYPE_OBJECT, FIELDS(healing_fields), .size = sizeof(struct lb_auto_healing)};

static const char *const failure_words[] = {"REPAIR", "DO_NOTHING", NULL};
static const struct type on_failure = {.kind = TYPE_STRING, .words = failure_words};
static const char *const force_words[] = {"NO", "YES", NULL};
static const struct type force = {.kind = TYPE_STRING, .words = force_words};
static const struct field lifecycle_fields[] = {
	{"defaultActionOnFailure", &on_failure, AT(char *, struct lb_lifecycle, default_action_on_failure),
		.change = CHANGE_PLACE,
		.text = "What the group does about a machine that fails, stops or stays unhealthy. DO_NOTHING leaves "
			"it as it is, to be looked at. Unset: REPAIR."},
	{"forceUpdateOnRepair", &force, AT(char *, struct lb_lifecycle, force_update_on_repair), .change = CHANGE_PLACE,
		.text = "YES: a machine that is repaired gets the newest template, also where updates are left to "
			"others. Unset: NO."},
};
const struct type type_lifecycle = {.kind = TYPE_OBJECT, FIELDS(lifecycle_fields), .size = sizeof(struct lb_lifecycle)};

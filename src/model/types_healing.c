/* The table of what keeps machines: spec.autoHealing, and what pools say of it. */
#include "model/types_internal.h"

static const struct type delay = INTEGER(0, 3600);
static const struct type probe_seconds = INTEGER(1, 300);
static const struct type threshold = INTEGER(1, 10);

static const struct field check_fields[] = {
	{"checkIntervalSec", &probe_seconds, AT(int64_t, struct lb_healing_check, check_interval_sec), .fallback = "30",
		.unit = "seconds", .change = CHANGE_PLACE, .text = "Time from one probe to the next."},
	{"timeoutSec", &probe_seconds, AT(int64_t, struct lb_healing_check, timeout_sec), .fallback = "10",
		.unit = "seconds", .change = CHANGE_PLACE,
		.text = "Time to wait for an answer; at most checkIntervalSec."},
	{"healthyThreshold", &threshold, AT(int64_t, struct lb_healing_check, healthy_threshold), .fallback = "2",
		.unit = "answers", .change = CHANGE_PLACE,
		.text = "Good answers in a row that make a machine healthy."},
	{"unhealthyThreshold", &threshold, AT(int64_t, struct lb_healing_check, unhealthy_threshold), .fallback = "5",
		.unit = "answers", .change = CHANGE_PLACE,
		.text = "Bad answers in a row after which a machine is made anew."},
};
static const struct type check = {.kind = TYPE_OBJECT,
	FIELDS(check_fields),
	.size = sizeof(struct lb_healing_check),
	.rules = healing_check_rules};

static const struct field healing_fields[] = {
	{"enabled", &type_flag, AT(bool, struct lb_auto_healing, enabled), .fallback = "true", .change = CHANGE_PLACE,
		.text = "Make machines anew that stay unhealthy. False: only machines that stop are made anew, and an "
			"update goes on when machines run, whether they serve or not."},
	{"initialDelaySec", &delay, AT(int64_t, struct lb_auto_healing, initial_delay_sec), .fallback = "300",
		.unit = "seconds", .change = CHANGE_PLACE,
		.text = "Time that a machine has to boot and load its model before it is made anew for being "
			"unhealthy."},
	{"healthCheck", &check, AT(struct lb_healing_check, struct lb_auto_healing, health_check), .fallback = "{}",
		.text = "How patient the probe is. What it asks for is what the health check of the pool's first "
			"backend asks for."},
};
const struct type type_auto_healing = {
	.kind = TYPE_OBJECT, FIELDS(healing_fields), .size = sizeof(struct lb_auto_healing)};

static const struct field pool_healing_fields[] = {
	{"enabled", &type_flag, AT(bool, struct lb_pool_healing, enabled), .change = CHANGE_PLACE,
		.text = "Whether machines of this pool are made anew that stay unhealthy. Unset: "
			"spec.autoHealing.enabled."},
	{"initialDelaySec", &delay, AT(int64_t, struct lb_pool_healing, initial_delay_sec), .unit = "seconds",
		.change = CHANGE_PLACE,
		.text = "Time that a machine of this pool has to boot and load its model. Unset: "
			"spec.autoHealing.initialDelaySec."},
};
const struct type type_pool_healing = {
	.kind = TYPE_OBJECT, FIELDS(pool_healing_fields), .size = sizeof(struct lb_pool_healing)};

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

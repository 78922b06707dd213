/* The table of spec.pools[].capacity. */
#include "model/types_internal.h"

static const char *const mode_words[] = {"UTILIZATION", "RATE", "CUSTOM_METRICS", NULL};
static const struct type mode = {.kind = TYPE_STRING, .words = mode_words};
static const struct type rate = INTEGER(1, 2147483647);
static const struct type scaler = {.kind = TYPE_INTEGER, .most = 100, .rules = scaler_rules};
static const char *const preference_words[] = {"DEFAULT", "PREFERRED", NULL};
static const struct type preference = {.kind = TYPE_STRING, .words = preference_words};

static const struct type metric_name = TEXT(1, 64);
static const struct field metric_fields[] = {
	{"name", &metric_name, AT(char *, struct lb_capacity_metric, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the metric, as the machines report it in the ORCA header of their answers."},
	{"maxUtilizationPercent", &type_share, AT(int64_t, struct lb_capacity_metric, max_utilization_percent),
		.unit = "percent", .change = CHANGE_PLACE,
		.text = "Value at which the pool counts as full. Unset: Compute Engine's."},
	{"dryRun", &type_flag, AT(bool, struct lb_capacity_metric, dry_run), .change = CHANGE_PLACE,
		.text = "Report the metric without acting on it. Unset: false."},
};
static const struct type metric = {
	.kind = TYPE_OBJECT, FIELDS(metric_fields), .size = sizeof(struct lb_capacity_metric)};
static const struct type metrics = {.kind = TYPE_LIST,
	.least = 1,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &metric,
	.item_text = "One metric."};

static const struct field capacity_fields[] = {
	{"balancingMode", &mode, AT(char *, struct lb_capacity, balancing_mode), .change = CHANGE_PLACE,
		.text = "What fills the pool: CPU, requests per second, or metrics of the machines. Unset: RATE with a "
			"rate, "
			"CUSTOM_METRICS with customMetrics, else UTILIZATION."},
	{"maxUtilizationPercent", &type_share, AT(int64_t, struct lb_capacity, max_utilization_percent),
		.unit = "percent", .change = CHANGE_PLACE,
		.text = "CPU utilization at which the pool counts as full, with UTILIZATION. Unset: Compute Engine's."},
	{"maxRate", &rate, AT(int64_t, struct lb_capacity, max_rate), .unit = "requests per second",
		.change = CHANGE_PLACE, .text = "Requests that fill the whole pool."},
	{"maxRatePerInstance", &type_number, AT(char *, struct lb_capacity, max_rate_per_instance),
		.change = CHANGE_PLACE,
		.text = "Requests per second that fill one machine: a number, or a decimal in quotes such as \"0.5\"."},
	{"customMetrics", &metrics, AT(struct lb_capacity_metrics, struct lb_capacity, custom_metrics),
		.text = "Metrics of the machines that fill the pool, with CUSTOM_METRICS, at most 8."},
	{"capacityScalerPercent", &scaler, AT(int64_t, struct lb_capacity, capacity_scaler_percent), .unit = "percent",
		.change = CHANGE_PLACE,
		.text = "Share of that capacity to use: 10 to 100, or 0, which drains the pool and leaves its machines "
			"alone. "
			"Unset: 100."},
	{"preference", &preference, AT(char *, struct lb_capacity, preference), .change = CHANGE_PLACE,
		.text = "PREFERRED: filled before the other pools. Unset: DEFAULT."},
};
const struct type type_capacity = {
	.kind = TYPE_OBJECT, FIELDS(capacity_fields), .size = sizeof(struct lb_capacity), .rules = capacity_rules};

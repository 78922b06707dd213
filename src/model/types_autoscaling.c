/* The table of spec.pools[].autoscaling. */
#include "model/types_internal.h"

static const struct type least = INTEGER(0, 2000);
static const struct type most = INTEGER(1, 2000);
static const char *const mode_words[] = {"ON", "OFF", "ONLY_SCALE_OUT", NULL};
static const struct type mode = {.kind = TYPE_STRING, .words = mode_words};
static const struct type seconds = INTEGER(0, 3600);

static const char *const predictive_words[] = {"NONE", "OPTIMIZE_AVAILABILITY", NULL};
static const struct type predictive = {.kind = TYPE_STRING, .words = predictive_words};
static const struct field cpu_fields[] = {
	{"utilizationTargetPercent", &type_share, AT(int64_t, struct lb_cpu_signal, utilization_target_percent),
		.unit = "percent", .change = CHANGE_PLACE, .text = "CPU utilization to aim at. Unset: 60."},
	{"predictiveMethod", &predictive, AT(char *, struct lb_cpu_signal, predictive_method), .change = CHANGE_PLACE,
		.text = "OPTIMIZE_AVAILABILITY: scale ahead of the load that the last days let expect. Unset: NONE."},
};
static const struct type cpu = {.kind = TYPE_OBJECT, FIELDS(cpu_fields), .size = sizeof(struct lb_cpu_signal)};

static const struct field load_fields[] = {
	{"utilizationTargetPercent", &type_share, AT(int64_t, struct lb_load_signal, utilization_target_percent),
		.unit = "percent", .change = CHANGE_PLACE,
		.text = "Share of the pool's serving capacity (capacity) to aim at. Unset: 80."},
};
static const struct type load = {.kind = TYPE_OBJECT, FIELDS(load_fields), .size = sizeof(struct lb_load_signal)};

static const struct type metric_name = TEXT(1, 256);
static const struct type filter = TEXT(1, 2048);
static const char *const reading_words[] = {"GAUGE", "DELTA_PER_SECOND", "DELTA_PER_MINUTE", NULL};
static const struct type reading = {.kind = TYPE_STRING, .words = reading_words};
static const struct field metric_fields[] = {
	{"metric", &metric_name, AT(char *, struct lb_metric, metric), .required = true, .change = CHANGE_PLACE,
		.text = "Metric of Cloud Monitoring, such as custom.googleapis.com/queue_length."},
	{"filter", &filter, AT(char *, struct lb_metric, filter), .change = CHANGE_PLACE,
		.text = "Filter of its time series, such as resource.type = gce_instance. Unset: those of the "
			"machines."},
	{"utilizationTarget", &type_number, AT(char *, struct lb_metric, utilization_target), .change = CHANGE_PLACE,
		.text = "Value for each machine to aim at: a number, or a decimal in quotes such as \"0.5\"."},
	{"utilizationTargetType", &reading, AT(char *, struct lb_metric, utilization_target_type),
		.change = CHANGE_PLACE, .text = "How the metric is read. Unset: GAUGE."},
	{"singleInstanceAssignment", &type_number, AT(char *, struct lb_metric, single_instance_assignment),
		.change = CHANGE_PLACE,
		.text = "For a metric of the whole group: how much of it one machine can take; a number, or a decimal "
			"in "
			"quotes."},
};
static const struct type metric = {
	.kind = TYPE_OBJECT, FIELDS(metric_fields), .size = sizeof(struct lb_metric), .rules = metric_rules};
static const struct type metrics = {.kind = TYPE_LIST,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"metric"},
	.item = &metric,
	.item_text = "One metric."};

static const struct type window = INTEGER(60, 3600);
static const struct field scale_in_fields[] = {
	{"maxScaledInReplicas", &type_amount, AT(struct lb_amount, struct lb_scale_in, max_scaled_in_replicas),
		.required = true, .text = "So many machines may be removed within timeWindowSec."},
	{"timeWindowSec", &window, AT(int64_t, struct lb_scale_in, time_window_sec), .required = true,
		.unit = "seconds", .change = CHANGE_PLACE, .text = "Time over which removed machines are counted."},
};
static const struct type scale_in = {.kind = TYPE_OBJECT, FIELDS(scale_in_fields), .size = sizeof(struct lb_scale_in)};

static const struct type cron = TEXT(1, 128);
static const struct type time_zone = TEXT(1, 64);
static const struct type duration = INTEGER(300, 86400);
static const struct type words = TEXT(0, 256);
static const struct field schedule_fields[] = {
	{"name", &type_label, AT(char *, struct lb_schedule, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the schedule, unique in this pool."},
	{"schedule", &cron, AT(char *, struct lb_schedule, schedule), .required = true, .change = CHANGE_PLACE,
		.text = "When it begins: minute, hour, day of month, month and day of week, as in cron, such as 0 8 * "
			"* "
			"MON-FRI."},
	{"timeZone", &time_zone, AT(char *, struct lb_schedule, time_zone), .change = CHANGE_PLACE,
		.text = "Time zone of schedule, such as Europe/Berlin. Unset: UTC."},
	{"durationSec", &duration, AT(int64_t, struct lb_schedule, duration_sec), .required = true, .unit = "seconds",
		.change = CHANGE_PLACE, .text = "How long it lasts each time."},
	{"minRequiredReplicas", &least, AT(int64_t, struct lb_schedule, min_required_replicas), .required = true,
		.unit = "machines", .change = CHANGE_PLACE, .text = "Least machines while it lasts."},
	{"disabled", &type_flag, AT(bool, struct lb_schedule, disabled), .change = CHANGE_PLACE,
		.text = "Keep the schedule without effect. Unset: false."},
	{"description", &words, AT(char *, struct lb_schedule, description), .change = CHANGE_PLACE,
		.text = "What it is for."},
};
static const struct type schedule = {.kind = TYPE_OBJECT, FIELDS(schedule_fields), .size = sizeof(struct lb_schedule)};
static const struct type schedules = {.kind = TYPE_LIST,
	.most = 64,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &schedule,
	.item_text = "One recurring time with more machines."};

static const struct field autoscaling_fields[] = {
	{"minReplicas", &least, AT(int64_t, struct lb_autoscaling, min_replicas), .required = true, .unit = "machines",
		.change = CHANGE_PLACE, .text = "Least machines. Ready asks for a share of these to be healthy."},
	{"maxReplicas", &most, AT(int64_t, struct lb_autoscaling, max_replicas), .required = true, .unit = "machines",
		.change = CHANGE_PLACE, .text = "Most machines."},
	{"mode", &mode, AT(char *, struct lb_autoscaling, mode), .change = CHANGE_PLACE,
		.text = "ON; ONLY_SCALE_OUT: machines are added, never removed; OFF: the size stays as it is. Unset: "
			"ON."},
	{"coolDownPeriodSec", &seconds, AT(int64_t, struct lb_autoscaling, cool_down_period_sec), .unit = "seconds",
		.change = CHANGE_PLACE,
		.text = "Time that a new machine needs to boot and load its model; until then its load does not count. "
			"Unset: 60."},
	{"cpuUtilization", &cpu, AT(struct lb_cpu_signal, struct lb_autoscaling, cpu_utilization),
		.text = "Scale on CPU. Unset, with no other signal: 60 percent."},
	{"loadBalancingUtilization", &load,
		AT(struct lb_load_signal, struct lb_autoscaling, load_balancing_utilization),
		.text = "Scale on the share of serving capacity in use."},
	{"customMetricUtilizations", &metrics, AT(struct lb_metrics, struct lb_autoscaling, custom_metric_utilizations),
		.text = "Scale on metrics of Cloud Monitoring, at most 8. Of several signals the most demanding "
			"decides."},
	{"scaleInControl", &scale_in, AT(struct lb_scale_in, struct lb_autoscaling, scale_in_control),
		.text = "Limit how fast machines are removed."},
	{"scalingSchedules", &schedules, AT(struct lb_schedules, struct lb_autoscaling, scaling_schedules),
		.text = "Recurring times with more machines, at most 64."},
};
const struct type type_autoscaling = {.kind = TYPE_OBJECT,
	FIELDS(autoscaling_fields),
	.size = sizeof(struct lb_autoscaling),
	.rules = autoscaling_rules};

/* Autoscalers, one per pool that has autoscaling, in the zone or region of its group. It belongs to one group and never moves to
 * another: the group's hash is in its name. While there is one nobody else sends a size (group.c). */
#include "kinds/internal.h"

static const struct kind_member members[] = {
	{"target", .rule = MEMBER_REFERENCE, .target = KIND_GROUP},
	{"autoscalingPolicy.mode", .rule = MEMBER_ABSENT_IS, .absent = "\"ON\""},
	{"autoscalingPolicy.coolDownPeriodSec", .rule = MEMBER_ABSENT_IS, .absent = "60"},
	{"autoscalingPolicy.cpuUtilization.predictiveMethod", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"autoscalingPolicy.customMetricUtilizations", .rule = MEMBER_KEYED, .key = "metric"},
	{"autoscalingPolicy.customMetricUtilizations[].utilizationTargetType", .rule = MEMBER_ABSENT_IS,
		.absent = "\"GAUGE\""},
	{"autoscalingPolicy.scalingSchedules", .rule = MEMBER_MAP},
	{0},
};

static const struct kind_source sources[] = {
	{"autoscalingPolicy.minNumReplicas", "spec.pools[].autoscaling.minReplicas"},
	{"autoscalingPolicy.maxNumReplicas", "spec.pools[].autoscaling.maxReplicas"},
	{"autoscalingPolicy.mode", "spec.pools[].autoscaling.mode"},
	{"autoscalingPolicy.coolDownPeriodSec", "spec.pools[].autoscaling.coolDownPeriodSec"},
	{"autoscalingPolicy.cpuUtilization", "spec.pools[].autoscaling.cpuUtilization"},
	{"autoscalingPolicy.loadBalancingUtilization", "spec.pools[].autoscaling.loadBalancingUtilization"},
	{"autoscalingPolicy.customMetricUtilizations", "spec.pools[].autoscaling.customMetricUtilizations"},
	{"autoscalingPolicy.scaleInControl", "spec.pools[].autoscaling.scaleInControl"},
	{"autoscalingPolicy.scalingSchedules", "spec.pools[].autoscaling.scalingSchedules"},
	{"autoscalingPolicy", "spec.pools[].autoscaling"},
	{0},
};

enum { CPU_PERCENT = 60, LOAD_PERCENT = 80, COOL_DOWN_SEC = 60 };

static int64_t or_else(int64_t value, int64_t otherwise)
{
	return value == LB_ABSENT ? otherwise : value;
}

/* Without any signal the cloud takes the CPU; said here, so that no default of the cloud matters. */
static void set_signals(cJSON *policy, const struct lb_autoscaling *scaling)
{
	const struct lb_cpu_signal *cpu = &scaling->cpu_utilization;
	bool load = lb_autoscaling_by_load(scaling);
	bool other = load || scaling->custom_metric_utilizations.count || scaling->scaling_schedules.count;
	cJSON *signal;

	if (lb_autoscaling_by_cpu(scaling) || !other) {
		signal = json_set_object(policy, "cpuUtilization");
		set_share(signal, "utilizationTarget", or_else(cpu->utilization_target_percent, CPU_PERCENT));
		json_set_text(signal, "predictiveMethod", cpu->predictive_method ? cpu->predictive_method : "NONE");
	} else {
		json_set(policy, "cpuUtilization", cJSON_CreateNull());
	}
	if (load)
		set_share(json_set_object(policy, "loadBalancingUtilization"), "utilizationTarget",
			or_else(scaling->load_balancing_utilization.utilization_target_percent, LOAD_PERCENT));
	else
		json_set(policy, "loadBalancingUtilization", cJSON_CreateNull());
}

static void set_metrics(cJSON *policy, const struct lb_metrics *metrics)
{
	cJSON *list = json_set_array(policy, "customMetricUtilizations");

	for (size_t i = 0; i < metrics->count; i++) {
		const struct lb_metric *metric = &metrics->items[i];
		cJSON *item = json_add_object(list);

		json_set_text(item, "metric", metric->metric);
		set_text(item, "filter", metric->filter);
		set_number(item, "utilizationTarget", metric->utilization_target);
		set_text(item, "utilizationTargetType", metric->utilization_target_type);
		set_number(item, "singleInstanceAssignment", metric->single_instance_assignment);
	}
}

static void set_scale_in(cJSON *policy, const struct lb_scale_in *control)
{
	const struct lb_amount *most = &control->max_scaled_in_replicas;
	cJSON *object, *amount;

	if (control->time_window_sec == LB_ABSENT) {
		json_set(policy, "scaleInControl", cJSON_CreateNull());
		return;
	}
	object = json_set_object(policy, "scaleInControl");
	amount = json_set_object(object, "maxScaledInReplicas");
	set_int(amount, "fixed", most->fixed);
	set_int(amount, "percent", most->percent);
	json_set_int(object, "timeWindowSec", control->time_window_sec);
}

static void set_schedules(cJSON *policy, const struct lb_schedules *schedules)
{
	cJSON *map = json_set_object(policy, "scalingSchedules");

	for (size_t i = 0; i < schedules->count; i++) {
		const struct lb_schedule *schedule = &schedules->items[i];
		cJSON *item = json_set_object(map, schedule->name);

		json_set_text(item, "schedule", schedule->schedule);
		json_set_text(item, "timeZone", schedule->time_zone ? schedule->time_zone : "UTC");
		json_set_int(item, "durationSec", schedule->duration_sec);
		json_set_int(item, "minRequiredReplicas", schedule->min_required_replicas);
		json_set_bool(item, "disabled", schedule->disabled);
		json_set_text(item, "description", schedule->description ? schedule->description : "");
	}
}

static void add(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool)
{
	const struct lb_autoscaling *scaling = &pool->autoscaling;
	char hash[HASH_SIZE];
	struct want *want;
	cJSON *policy;

	group_hash(context->lb, pool, hash);
	want = want_begin(wants, &kind_autoscaler, context, pool_role("scaler", pool), pool->name, hash);
	want->location = lb_pool_location(pool);
	json_set_text(want->body, "target", wanted_path(wants, KIND_GROUP, pool_role("group", pool)));
	policy = json_set_object(want->body, "autoscalingPolicy");
	json_set_int(policy, "minNumReplicas", scaling->min_replicas);
	json_set_int(policy, "maxNumReplicas", scaling->max_replicas);
	json_set_text(policy, "mode", scaling->mode ? scaling->mode : "ON");
	json_set_int(policy, "coolDownPeriodSec", or_else(scaling->cool_down_period_sec, COOL_DOWN_SEC));
	set_signals(policy, scaling);
	set_metrics(policy, &scaling->custom_metric_utilizations);
	set_scale_in(policy, &scaling->scale_in_control);
	set_schedules(policy, &scaling->scaling_schedules);
	want_take_over(want, context);
}

/* That of another group stays with it. */
static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"target"};

	return first_that_differs(want, seen, at_birth, 1);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	for (size_t i = 0; i < context->lb->spec.pools.count; i++) {
		if (lb_pool_is_autoscaled(&context->lb->spec.pools.items[i]))
			add(context, wants, &context->lb->spec.pools.items[i]);
	}
}

/* A group that keeps what its machines have can't be scaled yet. */
static const struct node *insert_waits_for(const struct node *node, const struct nodes *nodes)
{
	const struct node *group = nodes_target(nodes, KIND_GROUP, json_text_or(node->want, "target", ""));

	return group && json_has(group->seen, "statefulPolicy.preservedState") ? group : NULL;
}

const struct kind kind_autoscaler = {
	.id = KIND_AUTOSCALER,
	.name = "Autoscaler",
	.text = "autoscaler",
	.collection = "autoscalers",
	.patch_query = "autoscaler",
	.list_path = "aggregated/autoscalers",
	.list_inner = "autoscalers",
	.members = members,
	.sources = sources,
	.build = build,
	.fixed = fixed,
	.insert_waits_for = insert_waits_for,
};

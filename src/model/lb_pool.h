/* One group of machines, as the rest of the program sees an item of spec.pools. */
#pragma once

#include "model/lb_template.h"

/* One of the two is set. */
struct lb_amount {
	uint64_t present;
	int64_t fixed, percent; /* LB_ABSENT */
};

struct lb_cpu_signal {
	uint64_t present;
	int64_t utilization_target_percent; /* LB_ABSENT: 60 */
	char *predictive_method;
};

struct lb_load_signal {
	uint64_t present;
	int64_t utilization_target_percent; /* LB_ABSENT: 80 */
};

struct lb_metric {
	uint64_t present;
	char *metric, *filter;
	char *utilization_target, *utilization_target_type, *single_instance_assignment;
};
struct lb_metrics {
	struct lb_metric *items;
	size_t count;
};

struct lb_scale_in {
	uint64_t present;
	struct lb_amount max_scaled_in_replicas;
	int64_t time_window_sec;
};

struct lb_schedule {
	uint64_t present;
	char *name, *schedule, *time_zone;
	int64_t duration_sec, min_required_replicas;
	bool disabled;
	char *description;
};
struct lb_schedules {
	struct lb_schedule *items;
	size_t count;
};

struct lb_autoscaling {
	uint64_t present;
	int64_t min_replicas, max_replicas; /* LB_ABSENT: the pool is not autoscaled */
	char *mode;                         /* NULL: ON */
	int64_t cool_down_period_sec;       /* LB_ABSENT: 60 */
	struct lb_cpu_signal cpu_utilization;
	struct lb_load_signal load_balancing_utilization;
	struct lb_metrics custom_metric_utilizations;
	struct lb_scale_in scale_in_control;
	struct lb_schedules scaling_schedules;
};

struct lb_pool_backend {
	uint64_t present;
	char *name;
};
struct lb_pool_backends {
	struct lb_pool_backend *items;
	size_t count;
};

struct lb_update_policy {
	uint64_t present;
	char *type; /* PROACTIVE, OPPORTUNISTIC */
	struct lb_amount surge, unavailable;
	char *minimal_action;                 /* NULL: the smallest that the change needs */
	char *most_disruptive_allowed_action; /* NONE, REFRESH, RESTART, REPLACE */
	char *replacement_method;             /* SUBSTITUTE, RECREATE; NULL: SUBSTITUTE */
};

struct lb_pool {
	uint64_t present;
	char *name, *zone;
	int64_t replicas; /* LB_ABSENT: spec.replicas; see lb_pool_replicas */
	struct lb_autoscaling autoscaling;
	char *base_instance_name;
	struct lb_pool_backends backends; /* see lb_pool_serves */
	struct lb_template template;  /* as written, over spec.template; its machines are made of lb_pool_template */
	struct lb_template *combined; /* of both, NULL: nothing is written over spec.template */
	struct lb_update_policy update_policy; /* as written, over spec.updatePolicy; see lb_pool_update_policy */
};
struct lb_pools {
	struct lb_pool *items;
	size_t count;
};

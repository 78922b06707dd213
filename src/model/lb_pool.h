/* One group of machines, as the rest of the program sees an item of spec.pools. */
#pragma once

#include "model/lb_serving.h"
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
	char *replacement_method;             /* SUBSTITUTE, RECREATE; NULL: as the pool needs */
	char *instance_redistribution_type;   /* PROACTIVE, NONE; NULL: as the pool's shape needs */
};

struct lb_capacity_metric {
	uint64_t present;
	char *name;
	int64_t max_utilization_percent; /* LB_ABSENT: the cloud's */
	bool dry_run;
};
struct lb_capacity_metrics {
	struct lb_capacity_metric *items;
	size_t count;
};

struct lb_capacity {
	uint64_t present;
	char *balancing_mode;                      /* NULL: follows from the others */
	int64_t max_utilization_percent, max_rate; /* LB_ABSENT: not limited */
	char *max_rate_per_instance;
	struct lb_capacity_metrics custom_metrics;
	int64_t capacity_scaler_percent; /* LB_ABSENT: 100; 0: drained */
	char *preference;                /* NULL: DEFAULT */
};

struct lb_auto_healing {
	uint64_t present;
	bool enabled;
	int64_t initial_delay_sec;
	struct lb_health_check health_check; /* as written; see lb_pool_healing */
};

struct lb_config {
	uint64_t present;
	struct lb_map metadata, labels;
};

struct lb_lifecycle {
	uint64_t present;
	char *default_action_on_failure; /* NULL: REPAIR */
	char *force_update_on_repair;    /* NULL: NO */
};

struct lb_standby {
	uint64_t present;
	char *mode;                                                            /* NULL: MANUAL */
	int64_t initial_delay_sec, target_suspended_size, target_stopped_size; /* LB_ABSENT: 0 */
};

/* What a machine that is made anew keeps: a disk by its device's name, an address by its interface's. */
struct lb_kept {
	uint64_t present;
	char *key;
	char *auto_delete; /* NULL: NEVER */
};
struct lb_kepts {
	struct lb_kept *items;
	size_t count;
};
struct lb_stateful {
	uint64_t present;
	struct lb_kepts disks, internal_ips, external_ips;
};

struct lb_selection {
	uint64_t present;
	char *name;
	struct lb_texts machine_types;
	int64_t rank; /* LB_ABSENT: 0 */
};
struct lb_selections {
	struct lb_selection *items;
	size_t count;
};
struct lb_flexibility {
	uint64_t present;
	struct lb_selections instance_selections;
};

/* Some machines of the pool, made of another template. */
struct lb_canary {
	uint64_t present;
	struct lb_template template; /* as written, over the pool's */
	int64_t replicas, percent;   /* one of both is LB_ABSENT */
};

struct lb_pool {
	uint64_t present;
	char *name;
	char *zone;            /* of one zone, or */
	char *region;          /* of several zones of a region, */
	struct lb_texts zones; /* these; empty: three that the cloud chooses */
	char *target_shape;    /* NULL: EVEN */
	int64_t replicas;      /* LB_ABSENT: spec.replicas; see lb_pool_replicas */
	struct lb_autoscaling autoscaling;
	struct lb_capacity capacity;
	struct lb_auto_healing auto_healing;   /* over the spec's; see lb_pool_heals, lb_pool_initial_delay */
	struct lb_health_check *own_probe;     /* by which its machines are kept; NULL: that of its first backend */
	struct lb_config all_instances_config; /* over the spec's */
	struct lb_lifecycle instance_lifecycle_policy;
	struct lb_flexibility instance_flexibility_policy;
	char *workload_policy; /* NULL: none */
	struct lb_standby standby_policy;
	struct lb_stateful stateful_policy;
	char *base_instance_name;
	char *role;                       /* CHIEF, WORKER, PS, EVALUATOR; NULL: it is not of the training cluster */
	struct lb_pool_backends backends; /* see lb_pool_serves */
	struct lb_template template;  /* as written, over spec.template; its machines are made of lb_pool_template */
	struct lb_template *combined; /* of both, NULL: nothing is written over spec.template */
	struct lb_canary canary;
	struct lb_pool
		*trial; /* the pool as its canaries are: alike, but made of what the canary says; NULL: it has none */
	struct lb_update_policy update_policy; /* as written, over spec.updatePolicy; see lb_pool_update_policy */
};
struct lb_pools {
	struct lb_pool *items;
	size_t count;
};

/* Rules of spec.pools. */
#include <stdlib.h>

#include "base/str.h"
#include "model/rules.h"
#include "model/types_internal.h"

static bool has_zone(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return pool->zone != NULL;
}

static bool has_one_size(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return pool->replicas == LB_ABSENT || !lb_pool_is_autoscaled(pool);
}

const struct rule pool_rules[] = {
	{
		.cel = "has(self.zone)",
		.message = "a pool needs zone",
		.field_path = ".zone",
		.reason = "FieldValueRequired",
		.holds = has_zone,
	},
	{
		.cel = "!has(self.replicas) || !has(self.autoscaling)",
		.message =
			"set replicas or autoscaling, not both: the autoscaler owns the size between minReplicas and "
			"maxReplicas",
		.field_path = ".replicas",
		.holds = has_one_size,
	},
	{.cel = NULL},
};

/* autoscaling */

static bool least_fits_most(const void *self, const void *old)
{
	const struct lb_autoscaling *scaling = self;
	return scaling->min_replicas <= scaling->max_replicas;
}

static bool has(const void *self, const char *name)
{
	return rules_has(&type_autoscaling, self, name);
}

static bool sees_load_of_none(const void *self, const void *old)
{
	const struct lb_autoscaling *scaling = self;
	return scaling->min_replicas > 0 || has(self, "customMetricUtilizations") || has(self, "scalingSchedules") ||
	       has(self, "loadBalancingUtilization");
}

const struct rule autoscaling_rules[] = {
	{
		.cel = "self.minReplicas <= self.maxReplicas",
		.message = "minReplicas must not exceed maxReplicas",
		.field_path = ".minReplicas",
		.holds = least_fits_most,
	},
	{
		.cel = "self.minReplicas > 0 || has(self.customMetricUtilizations) || has(self.scalingSchedules) || "
		       "has(self.loadBalancingUtilization)",
		.message = "minReplicas 0 needs a signal other than CPU: with no machine there is no CPU load to see",
		.field_path = ".minReplicas",
		.holds = sees_load_of_none,
	},
	{.cel = NULL},
};

static bool has_one_target(const void *self, const void *old)
{
	const struct lb_metric *metric = self;
	return !metric->utilization_target != !metric->single_instance_assignment;
}

const struct rule metric_rules[] = {
	{
		.cel = "has(self.utilizationTarget) != has(self.singleInstanceAssignment)",
		.message = "set exactly one of utilizationTarget and singleInstanceAssignment",
		.holds = has_one_target,
	},
	{.cel = NULL},
};

static bool is_one_amount(const void *self, const void *old)
{
	const struct lb_amount *amount = self;
	return (amount->fixed != LB_ABSENT) != (amount->percent != LB_ABSENT);
}

const struct rule amount_rules[] = {
	{
		.cel = "has(self.fixed) != has(self.percent)",
		.message = "set exactly one of fixed and percent",
		.holds = is_one_amount,
	},
	{.cel = NULL},
};

static bool is_above_zero(const void *self, const void *old)
{
	return strtod(*(char *const *)self, NULL) > 0;
}

const struct rule number_rules[] = {
	{
		.cel = "type(self) == int ? self > 0 : double(self) > 0.0",
		.message = "must be above 0",
		.holds = is_above_zero,
	},
	{.cel = NULL},
};

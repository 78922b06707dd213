/* Rules of spec.pools. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/rules.h"
#include "model/types_internal.h"

static bool has_one_place(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !pool->zone != !pool->region;
}

static bool zones_have_region(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !pool->zones.count || pool->region;
}

static bool zones_are_of_region(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	for (size_t i = 0; pool->region && i < pool->zones.count; i++) {
		size_t length = strlen(pool->region);
		const char *zone = pool->zones.items[i];
		if (strncmp(zone, pool->region, length) != 0 || zone[length] != '-')
			return false;
	}
	return true;
}

static bool fits_zone(const void *self, const void *old)
{
	enum { ZONE_MOST = 1000 };
	const struct lb_pool *pool = self;
	return !pool->zone || (pool->replicas <= ZONE_MOST &&
				      (!lb_pool_is_autoscaled(pool) || pool->autoscaling.max_replicas <= ZONE_MOST));
}

static bool shape_has_region(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !pool->target_shape || pool->region;
}

static bool has_one_size(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return pool->replicas == LB_ABSENT || !lb_pool_is_autoscaled(pool);
}

static bool fits_zones(const struct lb_amount *amount, const struct lb_pool *pool)
{
	return !pool->region || amount->fixed == LB_ABSENT || amount->fixed == 0 ||
	       amount->fixed >= lb_pool_zones(pool);
}

static bool surge_fits_zones(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return fits_zones(&pool->update_policy.surge, pool);
}

static bool unavailable_fits_zones(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return fits_zones(&pool->update_policy.unavailable, pool);
}

bool rules_amounts_fit_zones(const struct lb_update_policy *policy, const struct lb_pool *pool)
{
	bool own = pool->update_policy.surge.present || pool->update_policy.unavailable.present;
	return own || (fits_zones(&policy->surge, pool) && fits_zones(&policy->unavailable, pool));
}

/* 0, or one in each zone. */
#define FITS_ZONES(pool, amount) "(" amount " == 0 || " amount " >= (has(" pool ".zones) ? size(" pool ".zones) : 3))"
#define OWN_FITS_ZONES(member)                                                                                         \
	"!has(self.region) || !has(self.updatePolicy) || !has(self.updatePolicy." member                               \
	") || !has(self.updatePolicy." member ".fixed) || " FITS_ZONES("self", "self.updatePolicy." member ".fixed")

static bool moves_where_even(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return lb_pool_is_even(pool) || !text_equal(pool->update_policy.instance_redistribution_type, "PROACTIVE");
}

static bool moves_between_zones(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return pool->region || !pool->update_policy.instance_redistribution_type;
}

static bool is_flexible_somewhere(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !pool->instance_flexibility_policy.instance_selections.count || (pool->region && !lb_pool_is_even(pool));
}

static bool is_stateful_or_scaled(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !rules_has(pools_type.item, pool, "statefulPolicy") || !lb_pool_is_autoscaled(pool);
}

static bool names_are_kept(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return (!pool->role && !rules_has(pools_type.item, pool, "statefulPolicy")) ||
	       !text_equal(pool->update_policy.replacement_method, "SUBSTITUTE");
}

static bool role_has_one_zone(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !pool->role || (pool->zone && !lb_pool_is_autoscaled(pool));
}

static bool named_ones_work(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !pool->role || !rules_has(pools_type.item, pool, "standbyPolicy");
}

static bool single_roles_are_single(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	bool single = text_equal(pool->role, "CHIEF") || text_equal(pool->role, "EVALUATOR");
	return !single || pool->replicas == 1;
}

static bool stateful_stays(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	return !rules_has(pools_type.item, pool, "statefulPolicy") ||
	       !text_equal(pool->update_policy.instance_redistribution_type, "PROACTIVE");
}

#define OWN_METHOD "!has(self.updatePolicy) || !has(self.updatePolicy.replacementMethod) || "

#define OWN_REDISTRIBUTION "!has(self.updatePolicy) || !has(self.updatePolicy.instanceRedistributionType) || "

/* Of which backend's load else? */
static bool load_has_no_end(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	bool one = !rules_has(pools_type.item, pool, "backends") || pool->backends.count == 1;
	return !lb_autoscaling_by_load(&pool->autoscaling) || (one && pool->capacity.max_rate == LB_ABSENT);
}

static bool canaries_fit(const void *self, const void *old)
{
	const struct lb_pool *pool = self;
	int64_t size = lb_pool_is_autoscaled(pool) ? pool->autoscaling.max_replicas : pool->replicas;
	return size == LB_ABSENT || pool->canary.replicas <= size; /* LB_ABSENT is less than any */
}

const struct rule pool_rules[] = {
	{
		.cel = "has(self.zone) != has(self.region)",
		.message = "a pool needs exactly one of zone and region",
		.holds = has_one_place,
	},
	{
		.cel = "!has(self.zones) || has(self.region)",
		.message = "zones narrows a region: set region, or use zone for a single zone",
		.field_path = ".zones",
		.holds = zones_have_region,
	},
	{
		.cel = "!has(self.zones) || !has(self.region) || self.zones.all(z, z.startsWith(self.region + '-'))",
		.message = "every entry of zones must lie in region",
		.field_path = ".zones",
		.holds = zones_are_of_region,
	},
	{
		.cel = "!has(self.zone) || ((!has(self.replicas) || self.replicas <= 1000) && (!has(self.autoscaling) "
		       "|| "
		       "self.autoscaling.maxReplicas <= 1000))",
		.message = "a zonal pool holds at most 1000 machines; use region for more",
		.holds = fits_zone,
	},
	{
		.cel = "!has(self.targetShape) || has(self.region)",
		.message = "targetShape belongs to pools with region",
		.field_path = ".targetShape",
		.holds = shape_has_region,
	},
	{
		.cel = "!has(self.replicas) || !has(self.autoscaling)",
		.message =
			"set replicas or autoscaling, not both: the autoscaler owns the size between minReplicas and "
			"maxReplicas",
		.field_path = ".replicas",
		.holds = has_one_size,
	},
	{
		.cel = "!has(self.autoscaling) || !has(self.autoscaling.loadBalancingUtilization) || "
		       "((!has(self.backends) || size(self.backends) == 1) && (!has(self.capacity) || "
		       "!has(self.capacity.maxRate)))",
		.message = "autoscaling.loadBalancingUtilization needs exactly one backend and no capacity.maxRate "
			   "(maxRatePerInstance is fine)",
		.holds = load_has_no_end,
	},
	{
		.cel = OWN_FITS_ZONES("maxSurge"),
		.message = "updatePolicy.maxSurge.fixed of a regional pool is 0 or at least the number of its zones (3 "
			   "when "
			   "zones is not set)",
		.field_path = ".updatePolicy.maxSurge",
		.holds = surge_fits_zones,
	},
	{
		.cel = OWN_FITS_ZONES("maxUnavailable"),
		.message = "updatePolicy.maxUnavailable.fixed of a regional pool is 0 or at least the number of its "
			   "zones (3 "
			   "when zones is not set)",
		.field_path = ".updatePolicy.maxUnavailable",
		.holds = unavailable_fits_zones,
	},
	{
		.cel = "!has(self.targetShape) || self.targetShape == 'EVEN' || " OWN_REDISTRIBUTION
		       "self.updatePolicy.instanceRedistributionType == 'NONE'",
		.message = "targetShape other than EVEN needs instanceRedistributionType NONE",
		.field_path = ".updatePolicy",
		.holds = moves_where_even,
	},
	{
		.cel = OWN_REDISTRIBUTION "has(self.region)",
		.message = "instanceRedistributionType belongs to pools with region",
		.field_path = ".updatePolicy",
		.holds = moves_between_zones,
	},
	{
		.cel = "!has(self.statefulPolicy) || !has(self.autoscaling)",
		.message = "statefulPolicy and autoscaling exclude each other",
		.field_path = ".statefulPolicy",
		.holds = is_stateful_or_scaled,
	},
	{
		.cel = "!(has(self.statefulPolicy) || has(self.role)) || " OWN_METHOD
		       "self.updatePolicy.replacementMethod == 'RECREATE'",
		.message = RULE_NAMES_ARE_KEPT,
		.field_path = ".updatePolicy",
		.holds = names_are_kept,
	},
	{
		.cel = "!has(self.role) || (has(self.zone) && !has(self.autoscaling))",
		.message =
			"a pool with a role needs zone and no autoscaling: its machines have stable names within one "
			"zone",
		.field_path = ".role",
		.holds = role_has_one_zone,
	},
	{
		.cel = "!has(self.role) || !has(self.standbyPolicy)",
		.message = "a pool with a role has no standbyPolicy: machines that stand by have no stable names",
		.field_path = ".standbyPolicy",
		.holds = named_ones_work,
	},
	{
		.cel = "!has(self.role) || !(self.role in ['CHIEF', 'EVALUATOR']) || (has(self.replicas) && "
		       "self.replicas == 1)",
		.message = "a CHIEF or EVALUATOR pool needs replicas: 1",
		.field_path = ".replicas",
		.holds = single_roles_are_single,
	},
	{
		.cel = "!has(self.statefulPolicy) || " OWN_REDISTRIBUTION
		       "self.updatePolicy.instanceRedistributionType == 'NONE'",
		.message = RULE_STATEFUL_STAYS,
		.field_path = ".updatePolicy",
		.holds = stateful_stays,
	},
	{
		.cel = "!has(self.instanceFlexibilityPolicy) || (has(self.region) && has(self.targetShape) && "
		       "self.targetShape != 'EVEN')",
		.message = "instanceFlexibilityPolicy needs region and targetShape BALANCED, ANY or ANY_SINGLE_ZONE",
		.field_path = ".instanceFlexibilityPolicy",
		.holds = is_flexible_somewhere,
	},
	{
		.cel = "!has(self.canary) || !has(self.canary.replicas) || (has(self.replicas) ? self.canary.replicas "
		       "<= self.replicas : !has(self.autoscaling) || self.canary.replicas <= "
		       "self.autoscaling.maxReplicas)",
		.message = RULE_CANARIES_FIT,
		.field_path = ".canary.replicas",
		.holds = canaries_fit,
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

/* capacity */

static bool has_one_rate(const void *self, const void *old)
{
	const struct lb_capacity *capacity = self;
	return capacity->max_rate == LB_ABSENT || !capacity->max_rate_per_instance;
}

static bool is_mode(const struct lb_capacity *capacity, const char *mode)
{
	return text_equal(capacity->balancing_mode, mode);
}

static bool rate_is_given(const void *self, const void *old)
{
	const struct lb_capacity *capacity = self;
	return !is_mode(capacity, "RATE") || capacity->max_rate != LB_ABSENT || capacity->max_rate_per_instance;
}

static bool metrics_are_given(const void *self, const void *old)
{
	const struct lb_capacity *capacity = self;
	return !is_mode(capacity, "CUSTOM_METRICS") || capacity->custom_metrics.count;
}

static bool utilization_has_mode(const void *self, const void *old)
{
	const struct lb_capacity *capacity = self;
	return capacity->max_utilization_percent == LB_ABSENT || !capacity->balancing_mode ||
	       is_mode(capacity, "UTILIZATION");
}

static bool utilization_is_alone(const void *self, const void *old)
{
	const struct lb_capacity *capacity = self;
	return capacity->max_utilization_percent == LB_ABSENT || capacity->balancing_mode ||
	       (capacity->max_rate == LB_ABSENT && !capacity->max_rate_per_instance && !capacity->custom_metrics.count);
}

const struct rule capacity_rules[] = {
	{
		.cel = "!has(self.maxRate) || !has(self.maxRatePerInstance)",
		.message = "set at most one of maxRate and maxRatePerInstance",
		.holds = has_one_rate,
	},
	{
		.cel = "!has(self.balancingMode) || self.balancingMode != 'RATE' || has(self.maxRate) || "
		       "has(self.maxRatePerInstance)",
		.message = "balancingMode RATE needs maxRate or maxRatePerInstance",
		.holds = rate_is_given,
	},
	{
		.cel = "!has(self.balancingMode) || self.balancingMode != 'CUSTOM_METRICS' || has(self.customMetrics)",
		.message = "balancingMode CUSTOM_METRICS needs customMetrics",
		.holds = metrics_are_given,
	},
	{
		.cel = "!has(self.maxUtilizationPercent) || !has(self.balancingMode) || self.balancingMode == "
		       "'UTILIZATION'",
		.message = "maxUtilizationPercent needs balancingMode UTILIZATION",
		.holds = utilization_has_mode,
	},
	{
		.cel = "!has(self.maxUtilizationPercent) || has(self.balancingMode) || !(has(self.maxRate) || "
		       "has(self.maxRatePerInstance) || has(self.customMetrics))",
		.message = "maxUtilizationPercent beside a rate or metrics needs balancingMode UTILIZATION written out",
		.holds = utilization_is_alone,
	},
	{.cel = NULL},
};

static bool is_share_or_none(const void *self, const void *old)
{
	int64_t percent = *(const int64_t *)self;
	return percent == 0 || percent >= 10;
}

const struct rule scaler_rules[] = {
	{
		.cel = "self == 0 || self >= 10",
		.message = "capacityScalerPercent is 0 (drained) or 10 to 100",
		.holds = is_share_or_none,
	},
	{.cel = NULL},
};

/* Rules of pools[].canary. */
#include "model/lb.h"
#include "model/rules.h"

static bool has_one_share(const void *self, const void *old)
{
	const struct lb_canary *canary = self;
	return (canary->replicas != LB_ABSENT) != (canary->percent != LB_ABSENT);
}

static bool keeps_network(const void *self, const void *old)
{
	const struct lb_canary *canary = self;
	return !canary->template.network && !canary->template.subnetwork;
}

const struct rule canary_rules[] = {
	{
		.cel = "has(self.replicas) != has(self.percent)",
		.message = "set exactly one of replicas and percent",
		.holds = has_one_share,
	},
	{
		.cel = "!has(self.template.network) && !has(self.template.subnetwork)",
		.message =
			"the machines of a pool share one network: set network and subnetwork in the pool's template",
		.field_path = ".template",
		.holds = keeps_network,
	},
	{.cel = NULL},
};

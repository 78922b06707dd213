/* Rules of pools[].canary. */
#include "model/lb.h"
#include "model/rules.h"

static bool has_one_share(const void *self, const void *old)
{
	const struct lb_canary *canary = self;
	return (canary->replicas != LB_ABSENT) != (canary->percent != LB_ABSENT);
}

const struct rule canary_rules[] = {
	{
		.cel = "has(self.replicas) != has(self.percent)",
		.message = "set exactly one of replicas and percent",
		.holds = has_one_share,
	},
	{.cel = NULL},
};

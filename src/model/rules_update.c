/* Rules of spec.updatePolicy and of what pools say over it, and of spec.rollout. */
#include "base/str.h"
#include "model/rules.h"

static bool is_zero(const struct lb_amount *amount)
{
	return amount->fixed == 0 || amount->percent == 0;
}

static bool something_may_move(const void *self, const void *old)
{
	const struct lb_update_policy *policy = self;
	return !is_zero(&policy->surge) || (lb_amount_is_set(&policy->unavailable) && !is_zero(&policy->unavailable));
}

static bool names_are_used_once(const void *self, const void *old)
{
	const struct lb_update_policy *policy = self;
	return !text_equal(policy->replacement_method, "RECREATE") || !lb_amount_is_set(&policy->surge) ||
	       is_zero(&policy->surge);
}

static bool recreate_may_miss_one(const void *self, const void *old)
{
	const struct lb_update_policy *policy = self;
	return !text_equal(policy->replacement_method, "RECREATE") || !is_zero(&policy->unavailable);
}

/* Of what both halves say together. */
static bool restarts_may_miss_one(const void *self, const void *old)
{
	const struct lb_update_policy *policy = self;
	bool recreates = text_equal(policy->replacement_method, "RECREATE");
	return !text_equal(policy->most_disruptive_allowed_action, "RESTART") ||
	       (lb_amount_is_set(&policy->unavailable) ? !is_zero(&policy->unavailable) : recreates);
}

static int disruption(const char *action)
{
	static const char *const words[] = {"NONE", "REFRESH", "RESTART"};
	for (int i = 0; i < 3; i++) {
		if (text_equal(action, words[i]))
			return i;
	}
	return 3;
}

static bool least_is_allowed(const void *self, const void *old)
{
	const struct lb_update_policy *policy = self;
	return !policy->minimal_action || !policy->most_disruptive_allowed_action ||
	       disruption(policy->minimal_action) <= disruption(policy->most_disruptive_allowed_action);
}

#define ZERO(amount)                                                                                                   \
	"(has(" amount ".fixed) ? " amount ".fixed == 0 : has(" amount ".percent) && " amount ".percent == 0)"

const struct rule update_policy_rules[] = {
	{
		.cel = "!has(self.maxSurge) || !" ZERO("self.maxSurge") " || (has(self.maxUnavailable) && !" ZERO(
			"self.maxUnavailable") ")",
		.message = "maxSurge and maxUnavailable cannot both be 0: with maxSurge 0 set maxUnavailable to at "
			   "least 1",
		.holds = something_may_move,
	},
	{
		.cel = "!has(self.replacementMethod) || self.replacementMethod != 'RECREATE' || !has(self.maxSurge) "
		       "|| " ZERO("self.maxSurge"),
		.message = "replacementMethod RECREATE needs maxSurge 0: names cannot be used twice at once",
		.holds = names_are_used_once,
	},
	{
		.cel = "!has(self.replacementMethod) || self.replacementMethod != 'RECREATE' || "
		       "!has(self.maxUnavailable) || !" ZERO("self.maxUnavailable"),
		.message = "replacementMethod RECREATE needs maxUnavailable of at least 1: a machine goes before its "
			   "successor comes",
		.holds = recreate_may_miss_one,
	},
	{
		.cel = "!has(self.mostDisruptiveAllowedAction) || self.mostDisruptiveAllowedAction != 'RESTART' || "
		       "(has(self.maxUnavailable) ? !" ZERO(
			       "self.maxUnavailable") " : has(self.replacementMethod) && "
						      "self.replacementMethod == 'RECREATE')",
		.message = "mostDisruptiveAllowedAction RESTART needs maxUnavailable of at least 1: a machine that "
			   "restarts is missing meanwhile",
		.whole = true,
		.holds = restarts_may_miss_one,
	},
	{
		.cel = "!has(self.minimalAction) || !has(self.mostDisruptiveAllowedAction) || "
		       "(self.minimalAction == 'NONE' ? 0 : self.minimalAction == 'REFRESH' ? 1 : self.minimalAction "
		       "== 'RESTART' ? 2 : 3) <= (self.mostDisruptiveAllowedAction == 'NONE' ? 0 : "
		       "self.mostDisruptiveAllowedAction == 'REFRESH' ? 1 : self.mostDisruptiveAllowedAction == "
		       "'RESTART' ? 2 : 3)",
		.message = "minimalAction must not be more disruptive than mostDisruptiveAllowedAction",
		.holds = least_is_allowed,
	},
	{.cel = NULL},
};

static bool keeps_one_to_go_back_to(const void *self, const void *old)
{
	const struct lb_rollout *rollout = self;
	return !text_equal(rollout->failure_policy, "Rollback") || rollout->revision_history_limit >= 1;
}

const struct rule rollout_rules[] = {
	{
		.cel = "!has(self.failurePolicy) || self.failurePolicy != 'Rollback' || "
		       "!has(self.revisionHistoryLimit) || self.revisionHistoryLimit >= 1",
		.message = "failurePolicy Rollback needs revisionHistoryLimit of at least 1",
		.field_path = ".revisionHistoryLimit",
		.holds = keeps_one_to_go_back_to,
	},
	{.cel = NULL},
};

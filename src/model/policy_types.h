/* The table of types of a TFLoadBalancerPolicy. */
#pragma once

#include "model/policy.h"
#include "model/rules.h"
#include "model/types.h"

extern const struct type policy_spec_type, policy_allow_type;
extern const struct rule expression_rules[];

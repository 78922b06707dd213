/* The CustomResourceDefinitions as trees; model_crd_yaml and policy_crd_yaml print them. */
#pragma once

#include "base/json.h"

cJSON *crd_build(void);
cJSON *crd_build_policy(void);

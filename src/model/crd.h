/* The CustomResourceDefinition as a tree; model_crd_yaml prints it. */
#pragma once

#include "base/json.h"

cJSON *crd_build(void);

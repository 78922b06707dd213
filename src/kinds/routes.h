/* spec.routes and routeTests as members of a URL map. */
#pragma once

#include "kinds/kind.h"

/* Sets hostRules, pathMatchers and tests; null where there are none. */
void routes_set(cJSON *body, const struct lb *lb, const struct wants *wants);
/* Does a request come to the backend of that name, or may it? */
bool routes_lead_to(const struct lb_spec *spec, const char *backend);

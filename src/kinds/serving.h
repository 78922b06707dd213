/* Members of a backend service that serving says beside protocol, port and times. */
#pragma once

#include "kinds/kind.h"

void serving_set(struct want *want, const struct kind_context *context, const struct lb_serving *serving);
/* A security policy of the object's project by its name; NULL: none. */
void serving_set_policy(cJSON *body, const char *member, const struct lb *lb, const char *name);

/* Status objects, as answers and as watch events. */
#pragma once

#include "base/json.h"

/* Fills err from a Status object. code is used when the object names none. */
void kube_error_from_status(struct error *err, const cJSON *status, int code);

/* The other side can't continue from our version: it forgot it, or has not got so far. List again. */
bool kube_error_is_expired(const struct error *err);

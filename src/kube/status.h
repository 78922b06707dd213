/* Status objects, as answers and as watch events. */
#pragma once

#include "base/json.h"

/* Fills err from a Status object. code is used when the object names none. */
void kube_error_from_status(struct error *err, const cJSON *status, int code);

/* The other side forgot what we continue from: list again. */
bool kube_error_is_expired(const struct error *err);

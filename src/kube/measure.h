/* What the client counts and measures: names as client-go has them where it has them. See deploy/monitoring/series.md. */
#pragma once

#include <stdint.h>

#include "base/metrics.h"

enum kube_measured {
	K_REQUESTS,
	K_SECONDS,
	K_RETRIES,
	K_LISTS,
	K_RESTARTS,
	K_WATCH_EVENTS,
	K_SKIPPED,
	K_LAST_EVENT,
	K_TROUBLED,
	K_EVENTS,
	K_LEADS,
	K_SLOW_RENEWALS,
	KUBE_MEASURED,
};

struct kube;

/* One try of a request is over, or, for a watch, answered. status 0: there was no answer. */
void kube_measure_request(const struct kube *kube, const char *method, int status);
void kube_measure_seconds(const struct kube *kube, const char *method, int64_t began_us);
void kube_measure_retry(const struct kube *kube, const char *method, int status);
/* What a watch may count is there as 0 from now on. */
void kube_measure_watch_begins(const struct kube *kube, const char *resource);

#include "kube/measure.h"

#include <stdio.h>
#include <string.h>

#include "kube/client.h"
#include "kube/reflector.h"

enum { CODE_SIZE = 12 };

static const struct metric_row ROWS[KUBE_MEASURED] = {
	[K_REQUESTS] = {.name = "rest_client_requests_total",
		.help = "requests to the API server, by what was answered",
		.type = METRIC_COUNTER,
		.labels = {"code", "method", "host"}},
	[K_SECONDS] = {.name = "rest_client_request_duration_seconds",
		.help = "time from a request to the end of its answer, without watches",
		.type = METRIC_HISTOGRAM,
		.labels = {"verb", "host"},
		.bounds = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60}},
	[K_RETRIES] = {.name = "rest_client_request_retries_total",
		.help = "requests to the API server that were sent again, by what was answered before",
		.type = METRIC_COUNTER,
		.labels = {"code", "verb", "host"}},
	[K_LISTS] = {.name = "tflb_watch_lists_total",
		.help = "first states taken in, by a watch or by a list",
		.type = METRIC_COUNTER,
		.labels = {"resource", "way"}},
	[K_RESTARTS] = {.name = "tflb_watch_restarts_total",
		.help = "watches that ended, by why",
		.type = METRIC_COUNTER,
		.labels = {"resource", "reason"}},
	[K_WATCH_EVENTS] = {.name = "tflb_watch_events_total",
		.help = "events of watches",
		.type = METRIC_COUNTER,
		.labels = {"resource", "type"}},
	[K_SKIPPED] = {.name = "tflb_watch_objects_skipped_total",
		.help = "objects that were too large to be taken in",
		.type = METRIC_COUNTER,
		.labels = {"resource"}},
	[K_LAST_EVENT] = {.name = "tflb_watch_last_event_timestamp_seconds",
		.help = "Unix time of the last sign of life of the watch that has been silent longest",
		.type = METRIC_GAUGE,
		.labels = {"resource"}},
	[K_TROUBLED] = {.name = "tflb_watch_troubled",
		.help = "watches that do not work now",
		.type = METRIC_GAUGE,
		.labels = {"resource"}},
	[K_EVENTS] = {.name = "tflb_events_total",
		.help = "Kubernetes events, by what became of them",
		.type = METRIC_COUNTER,
		.labels = {"type", "result"}},
	[K_LEADS] = {.name = "leader_election_master_status",
		.help = "1 on the replica that leads, else 0",
		.type = METRIC_GAUGE,
		.labels = {"name"}},
	[K_SLOW_RENEWALS] = {.name = "leader_election_slowpath_total",
		.help = "renewals of the lease that had to read it first",
		.type = METRIC_COUNTER,
		.labels = {"name"}},
};

/* --- requests --- */

/* client-go's word for no answer. */
static void write_code(int status, char code[CODE_SIZE])
{
	snprintf(code, CODE_SIZE, status ? "%d" : "<error>", status);
}

void kube_measure_request(const struct kube *kube, const char *method, int status)
{
	char code[CODE_SIZE];

	write_code(status, code);
	metric_count(kube->measured[K_REQUESTS], code, method, kube->own_host);
}

void kube_measure_seconds(const struct kube *kube, const char *method, int64_t began_us)
{
	metric_observe(
		kube->measured[K_SECONDS], (double)(loop_now_us(kube->loop) - began_us) / 1e6, method, kube->own_host);
}

void kube_measure_retry(const struct kube *kube, const char *method, int status)
{
	char code[CODE_SIZE];

	write_code(status, code);
	metric_count(kube->measured[K_RETRIES], code, method, kube->own_host);
}

/* --- watches --- */

void kube_measure_watch_begins(const struct kube *kube, const char *resource)
{
	static const char *const reasons[] = {"ended", "cut", "expired", "throttled", "refused", "broken", "silent"};
	static const char *const types[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};

	metric_begin(kube->measured[K_LISTS], resource, "stream");
	metric_begin(kube->measured[K_LISTS], resource, "pages");
	metric_begin(kube->measured[K_SKIPPED], resource);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		metric_begin(kube->measured[K_RESTARTS], resource, reasons[i]);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		metric_begin(kube->measured[K_WATCH_EVENTS], resource, types[i]);
}

static bool is_troubled(const struct kube_watch *watch)
{
	return watch->told.class != ERROR_NONE;
}

/* Of all watches of the same resource as this one. */
static void collect_resource(const struct kube *kube, const char *resource)
{
	int64_t heard_us = INT64_MAX;
	size_t troubled = 0;

	for (size_t i = 0; i < kube->watches.count; i++) {
		const struct kube_watch *watch = kube->watches.own_items[i];

		if (!text_equal(watch->own_list_kind, resource))
			continue;
		troubled += is_troubled(watch);
		heard_us = watch->heard_us < heard_us ? watch->heard_us : heard_us;
	}
	metric_set(kube->measured[K_TROUBLED], (double)troubled, resource);
	if (heard_us)
		metric_set(kube->measured[K_LAST_EVENT], (double)heard_us / 1e6, resource);
}

void kube_collect(const struct kube *kube)
{
	for (size_t i = 0; i < kube->watches.count; i++)
		collect_resource(kube, ((const struct kube_watch *)kube->watches.own_items[i])->own_list_kind);
}

/* --- the start --- */

static void begin(const struct kube *kube)
{
	static const char *const types[] = {"Normal", "Warning"};
	static const char *const results[] = {"sent", "repeated", "limited", "failed"};

	for (size_t type = 0; type < sizeof(types) / sizeof(types[0]); type++) {
		for (size_t result = 0; result < sizeof(results) / sizeof(results[0]); result++)
			metric_begin(kube->measured[K_EVENTS], types[type], results[result]);
	}
}

void kube_measure(struct kube *kube, struct metrics *metrics)
{
	metrics_add_rows(metrics, ROWS, KUBE_MEASURED, kube->measured);
	begin(kube);
}

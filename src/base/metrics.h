/* What a program counts and measures, and how Prometheus reads it. A module adds its rows to the registry that it was given and
 * keeps what it gets; one line then counts at the place where something happens:
 *
 *     metric_count(client->requests, "GET", "200");
 *
 * The values stand in the order of the row's labels, and none may be NULL. After the first time with the same values nothing is
 * allocated. A metric is NULL where there is no registry, and then nothing happens.
 *
 * A gauge says what is so while it is read: it is set anew each time before metrics_write, and label values that were not
 * set since the last one are gone. */
#pragma once

#include <stddef.h>

#include "base/str.h"

enum {
	METRIC_LABELS_MAX = 4,
	METRIC_BOUNDS_MAX = 16,
	METRIC_SERIES_MAX = 1000, /* of one row. Beyond, "_other" stands for every value; of gauges they are left out */
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* A loan for the registry's life. */
struct metric_row {
	const char *name; /* ends in its unit, _seconds or _bytes, where it has one; of a counter then in _total */
	const char *help; /* one line */
	enum metric_type type;
	const char *labels[METRIC_LABELS_MAX]; /* up to the first NULL */
	double bounds[METRIC_BOUNDS_MAX];      /* HISTOGRAM: upper ends of the buckets, ascending, up to the first 0 */
};

struct metrics;
struct metric;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* NULL is fine */

/* NULL when metrics is. The same name again gives the same metric. Without labels it is there from now on, as 0. */
struct metric *metrics_add(struct metrics *metrics, const struct metric_row *row);
/* A table of rows at once: handles[i] is what rows[i] became. */
void metrics_add_rows(struct metrics *metrics, const struct metric_row *rows, size_t count, struct metric *handles[]);

#define METRIC_VALUES(...) ((const char *const[METRIC_LABELS_MAX]){__VA_ARGS__})
#define metric_count(metric, ...) metric_add(metric, 1, METRIC_VALUES(__VA_ARGS__))
#define metric_begin(metric, ...) metric_add(metric, 0, METRIC_VALUES(__VA_ARGS__)) /* there from now on, as 0 */
#define metric_set(metric, value, ...) metric_put(metric, value, METRIC_VALUES(__VA_ARGS__))
#define metric_observe(metric, value, ...) metric_measure(metric, value, METRIC_VALUES(__VA_ARGS__))

void metric_add(struct metric *metric, double by, const char *const values[METRIC_LABELS_MAX]); /* a counter; by >= 0 */
/* A gauge, or a counter that is kept elsewhere. */
void metric_put(struct metric *metric, double value, const char *const values[METRIC_LABELS_MAX]);
void metric_measure(struct metric *metric, double value, const char *const values[METRIC_LABELS_MAX]); /* a histogram */

/* --- for whoever reads it --- */

enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS };

/* What the client wants most of what there is; accept: its header, NULL when it sent none. */
enum metrics_format metrics_format(const char *accept);
const char *metrics_content_type(enum metrics_format format);
/* Appends all of it: Prometheus text 0.0.4, or OpenMetrics 1.0. */
void metrics_write(struct metrics *metrics, enum metrics_format format, struct str *out);

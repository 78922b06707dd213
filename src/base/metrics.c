/* Invariant: no row has more than METRIC_SERIES_MAX series and the one for all others. */
#include "base/metrics.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/metrics_internal.h"

enum { KEY_MAX = 1024 };

static const char SEPARATOR = '\x1f';
static const char OTHER[] = "_other";

void series_free(void *value)
{
	struct series *series = value;

	mem_free(series->own_labels);
	mem_free(series);
}

static void metric_free(void *value)
{
	struct metric *metric = value;

	map_done(&metric->series, series_free);
	mem_free(metric);
}

struct metrics *metrics_new(void)
{
	return mem_alloc(sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	map_done(&metrics->by_name, NULL);
	vec_done(&metrics->list, metric_free);
	mem_free(metrics);
}

/* --- rows --- */

static struct metric *metric_new(const struct metric_row *row)
{
	struct metric *metric = mem_alloc(sizeof(*metric));

	metric->row = *row;
	while (metric->labels < METRIC_LABELS_MAX && row->labels[metric->labels])
		metric->labels++;
	while (metric->bounds < METRIC_BOUNDS_MAX && row->bounds[metric->bounds] > 0)
		metric->bounds++;
	assert((row->type == METRIC_HISTOGRAM) == (metric->bounds > 0));
	assert(text_ends(row->name, "_total") == (row->type == METRIC_COUNTER));
	return metric;
}

static struct series *series_of(struct metric *metric, const char *const values[METRIC_LABELS_MAX]);

struct metric *metrics_add(struct metrics *metrics, const struct metric_row *row)
{
	struct metric *metric = metrics ? map_find(&metrics->by_name, row->name) : NULL;

	if (!metrics || metric)
		return metric;
	metric = metric_new(row);
	vec_add(&metrics->list, metric);
	map_put(&metrics->by_name, row->name, metric);
	if (!metric->labels && row->type != METRIC_GAUGE)
		series_of(metric, METRIC_VALUES());
	return metric;
}

void metrics_add_rows(struct metrics *metrics, const struct metric_row *rows, size_t count, struct metric *handles[])
{
	for (size_t i = 0; i < count; i++)
		handles[i] = metrics_add(metrics, &rows[i]);
}

/* --- series --- */

/* What is no UTF-8, or too long, is cut: no label comes to that but by mistake. */
static void write_key(const struct metric *metric, const char *const values[METRIC_LABELS_MAX], char key[KEY_MAX])
{
	size_t length = 0;

	for (size_t i = 0; i < metric->labels; i++) {
		size_t room = KEY_MAX - 2 - length - (metric->labels - i);
		size_t part = text_utf8(values[i], strnlen(values[i], room));

		memcpy(key + length, values[i], part);
		length += part;
		key[length++] = SEPARATOR;
	}
	key[length] = '\0';
}

static void write_value(struct str *out, const char *value, size_t length)
{
	for (const char *at = value; at < value + length; at++) {
		if (*at == '\n')
			str_adds(out, "\\n");
		else if (*at == '"' || *at == '\\')
			str_addf(out, "\\%c", *at);
		else
			str_add(out, at, 1);
	}
}

static char *write_labels(const struct metric *metric, const char *key)
{
	struct str out = {0};

	for (size_t i = 0; i < metric->labels; i++) {
		const char *end = strchr(key, SEPARATOR);

		str_addf(&out, "%s%s=\"", i > 0 ? "," : "", metric->row.labels[i]);
		write_value(&out, key, (size_t)(end - key));
		str_adds(&out, "\"");
		key = end + 1;
	}
	return str_take(&out);
}

static struct series *series_new(struct metric *metric, const char *key)
{
	struct series *series = mem_alloc(sizeof(*series) + metric->bounds * sizeof(series->buckets[0]));

	series->own_labels = write_labels(metric, key);
	map_put(&metric->series, key, series);
	return series;
}

/* NULL: there are too many, and those of a gauge do not add up. */
static struct series *series_of_others(struct metric *metric)
{
	const char *const others[METRIC_LABELS_MAX] = {OTHER, OTHER, OTHER, OTHER};
	struct series *series;
	char key[KEY_MAX];

	if (metric->row.type == METRIC_GAUGE)
		return NULL;
	write_key(metric, others, key);
	series = map_find(&metric->series, key);
	return series ? series : series_new(metric, key);
}

static struct series *series_of(struct metric *metric, const char *const values[METRIC_LABELS_MAX])
{
	struct series *series;
	char key[KEY_MAX];

	write_key(metric, values, key);
	series = map_find(&metric->series, key);
	if (series)
		return series;
	return metric->series.count < METRIC_SERIES_MAX ? series_new(metric, key) : series_of_others(metric);
}

/* --- counting --- */

void metric_add(struct metric *metric, double by, const char *const values[METRIC_LABELS_MAX])
{
	if (!metric)
		return;
	assert(metric->row.type == METRIC_COUNTER && by >= 0);
	series_of(metric, values)->value += by;
}

void metric_put(struct metric *metric, double value, const char *const values[METRIC_LABELS_MAX])
{
	struct series *series = metric ? series_of(metric, values) : NULL;

	if (!series)
		return;
	assert(metric->row.type != METRIC_HISTOGRAM);
	series->value = value;
	series->set = true;
}

void metric_measure(struct metric *metric, double value, const char *const values[METRIC_LABELS_MAX])
{
	struct series *series = metric ? series_of(metric, values) : NULL;

	if (!series)
		return;
	assert(metric->row.type == METRIC_HISTOGRAM);
	series->value += value;
	series->count++;
	for (size_t i = 0; i < metric->bounds; i++) {
		if (value <= metric->row.bounds[i]) {
			series->buckets[i]++;
			return;
		}
	}
}

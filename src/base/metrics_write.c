/* The text that Prometheus reads, in two dialects. They differ in what a counter is called in its head lines, in units, in
 * numbers at buckets, and in the line at the end. */
#include "base/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metrics_internal.h"

static const char *const TYPES[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

/* --- which dialect --- */

/* The quality of one range of an Accept header, such as "text/plain;version=0.0.4;q=0.5"; 1 where none is given. */
static double quality_of(const char *range, size_t length)
{
	const char *found = memmem(range, length, "q=", 2);

	return found ? strtod(found + 2, NULL) : 1;
}

/* 0: not wanted. */
static double quality(const char *accept, const char *type)
{
	double best = 0;

	for (size_t length; *accept; accept += length + (accept[length] == ',')) {
		accept += strspn(accept, " \t");
		length = strcspn(accept, ",");
		if (strncasecmp(accept, type, strlen(type)) == 0 && quality_of(accept, length) > best)
			best = quality_of(accept, length);
	}
	return best;
}

enum metrics_format metrics_format(const char *accept)
{
	if (!accept)
		return METRICS_PROMETHEUS;
	double wanted = quality(accept, "application/openmetrics-text");
	return wanted > 0 && wanted >= quality(accept, "text/plain") ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
	                                     : "text/plain; version=0.0.4; charset=utf-8";
}

/* --- numbers --- */

/* The shortest text that reads back as the same number. */
static void write_number(struct str *out, double number)
{
	char text[32];

	if (isinf(number)) {
		str_adds(out, number > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	str_adds(out, text);
}

/* OpenMetrics wants a fraction at each bound, so that it is the same text everywhere. */
static void write_bound(struct str *out, double bound, enum metrics_format format)
{
	write_number(out, bound);
	if (format == METRICS_OPENMETRICS && bound == floor(bound) && !isinf(bound))
		str_adds(out, ".0");
}

/* --- one metric --- */

static size_t length_without(const char *text, const char *end)
{
	return strlen(text) - (text_ends(text, end) ? strlen(end) : 0);
}

static const char *unit_of(const char *name, size_t length)
{
	static const char *const units[] = {"seconds", "bytes"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t unit = strlen(units[i]);

		if (length > unit && name[length - unit - 1] == '_' &&
			memcmp(name + length - unit, units[i], unit) == 0)
			return units[i];
	}
	return NULL;
}

static void write_head(struct str *out, const struct metric_row *row, enum metrics_format format)
{
	bool open = format == METRICS_OPENMETRICS;
	int length = (int)(open ? length_without(row->name, "_total") : strlen(row->name));
	const char *unit = open ? unit_of(row->name, (size_t)length) : NULL;

	str_addf(out, "# HELP %.*s %s\n", length, row->name, row->help);
	str_addf(out, "# TYPE %.*s %s\n", length, row->name, TYPES[row->type]);
	if (unit)
		str_addf(out, "# UNIT %.*s %s\n", length, row->name, unit);
}

static void write_sample(struct str *out, const char *name, const char *end, const char *labels, double value)
{
	str_adds(out, name);
	str_adds(out, end);
	if (*labels)
		str_addf(out, "{%s}", labels);
	str_adds(out, " ");
	write_number(out, value);
	str_adds(out, "\n");
}

static void write_bucket(struct str *out, const struct metric *metric, const struct series *series, double bound,
	uint64_t count, enum metrics_format format)
{
	str_addf(out, "%s_bucket{%s%sle=\"", metric->row.name, series->own_labels, *series->own_labels ? "," : "");
	write_bound(out, bound, format);
	str_addf(out, "\"} %llu\n", (unsigned long long)count);
}

static void write_histogram(
	struct str *out, const struct metric *metric, const struct series *series, enum metrics_format format)
{
	uint64_t count = 0;

	for (size_t i = 0; i < metric->bounds; i++) {
		count += series->buckets[i];
		write_bucket(out, metric, series, metric->row.bounds[i], count, format);
	}
	write_bucket(out, metric, series, INFINITY, series->count, format);
	write_sample(out, metric->row.name, "_sum", series->own_labels, series->value);
	write_sample(out, metric->row.name, "_count", series->own_labels, (double)series->count);
}

/* What a gauge was not set to since the last time is no longer so. */
static void drop_old(struct metric *metric)
{
	for (size_t i = metric->series.count; i-- > 0;) {
		const struct map_entry *entry = &metric->series.own_entries[i];
		struct series *series = entry->value;

		if (!series->set)
			series_free(map_remove(&metric->series, entry->own_key));
		else
			series->set = false;
	}
}

static void write_metric(struct str *out, struct metric *metric, enum metrics_format format)
{
	write_head(out, &metric->row, format);
	if (metric->row.type == METRIC_GAUGE)
		drop_old(metric);
	for (size_t i = 0; i < metric->series.count; i++) {
		const struct series *series = metric->series.own_entries[i].value;

		if (metric->row.type == METRIC_HISTOGRAM)
			write_histogram(out, metric, series, format);
		else
			write_sample(out, metric->row.name, "", series->own_labels, series->value);
	}
}

void metrics_write(struct metrics *metrics, enum metrics_format format, struct str *out)
{
	for (size_t i = 0; i < metrics->list.count; i++)
		write_metric(out, metrics->list.own_items[i], format);
	if (format == METRICS_OPENMETRICS)
		str_adds(out, "# EOF\n");
}

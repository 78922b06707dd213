/* The registry: the exact text that is read, in both dialects, what is told apart, and what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/metrics.h"

static const struct metric_row requests = {.name = "requests_total",
	.help = "requests, by what came of them",
	.type = METRIC_COUNTER,
	.labels = {"code", "method"}};
static const struct metric_row lost = {.name = "lost_total", .help = "lines lost", .type = METRIC_COUNTER};
static const struct metric_row memory = {.name = "memory_bytes", .help = "memory", .type = METRIC_GAUGE};
static const struct metric_row depth = {
	.name = "depth", .help = "objects that wait", .type = METRIC_GAUGE, .labels = {"queue"}};
static const struct metric_row took = {.name = "took_seconds",
	.help = "how long it took",
	.type = METRIC_HISTOGRAM,
	.labels = {"verb"},
	.bounds = {0.005, 1, 2.5}};
static const struct metric_row cpu = {.name = "cpu_seconds_total", .help = "CPU time", .type = METRIC_COUNTER};

static void check(struct metrics *metrics, enum metrics_format format, const char *expected)
{
	AUTO_STR struct str out = {0};
	metrics_write(metrics, format, &out);
	assert_string_equal(str_text(&out), expected);
}

static void fill(struct metrics *metrics)
{
	struct metric *metric = metrics_add(metrics, &requests);
	metric_count(metric, "200", "GET");
	metric_count(metric, "404", "GET");
	metric_count(metric, "200", "GET");
	metric_begin(metric, "200", "PUT");
	metrics_add(metrics, &lost);
	metric_set(metrics_add(metrics, &memory), 12345678901.0);
	metric = metrics_add(metrics, &took);
	metric_observe(metric, 0.005, "GET");
	metric_observe(metric, 0.25, "GET");
	metric_observe(metric, 3, "GET");
	metric_set(metrics_add(metrics, &cpu), 0.1);
}

static void test_prometheus_text(void **state)
{
	struct metrics *metrics = metrics_new();
	fill(metrics);
	check(metrics, METRICS_PROMETHEUS,
		"# HELP requests_total requests, by what came of them\n"
		"# TYPE requests_total counter\n"
		"requests_total{code=\"200\",method=\"GET\"} 2\n"
		"requests_total{code=\"404\",method=\"GET\"} 1\n"
		"requests_total{code=\"200\",method=\"PUT\"} 0\n"
		"# HELP lost_total lines lost\n"
		"# TYPE lost_total counter\n"
		"lost_total 0\n"
		"# HELP memory_bytes memory\n"
		"# TYPE memory_bytes gauge\n"
		"memory_bytes 12345678901\n"
		"# HELP took_seconds how long it took\n"
		"# TYPE took_seconds histogram\n"
		"took_seconds_bucket{verb=\"GET\",le=\"0.005\"} 1\n"
		"took_seconds_bucket{verb=\"GET\",le=\"1\"} 2\n"
		"took_seconds_bucket{verb=\"GET\",le=\"2.5\"} 2\n"
		"took_seconds_bucket{verb=\"GET\",le=\"+Inf\"} 3\n"
		"took_seconds_sum{verb=\"GET\"} 3.255\n"
		"took_seconds_count{verb=\"GET\"} 3\n"
		"# HELP cpu_seconds_total CPU time\n"
		"# TYPE cpu_seconds_total counter\n"
		"cpu_seconds_total 0.1\n");
	metrics_free(metrics);
}

static void test_openmetrics_text(void **state)
{
	struct metrics *metrics = metrics_new();
	fill(metrics);
	check(metrics, METRICS_OPENMETRICS,
		"# HELP requests requests, by what came of them\n"
		"# TYPE requests counter\n"
		"requests_total{code=\"200\",method=\"GET\"} 2\n"
		"requests_total{code=\"404\",method=\"GET\"} 1\n"
		"requests_total{code=\"200\",method=\"PUT\"} 0\n"
		"# HELP lost lines lost\n"
		"# TYPE lost counter\n"
		"lost_total 0\n"
		"# HELP memory_bytes memory\n"
		"# TYPE memory_bytes gauge\n"
		"# UNIT memory_bytes bytes\n"
		"memory_bytes 12345678901\n"
		"# HELP took_seconds how long it took\n"
		"# TYPE took_seconds histogram\n"
		"# UNIT took_seconds seconds\n"
		"took_seconds_bucket{verb=\"GET\",le=\"0.005\"} 1\n"
		"took_seconds_bucket{verb=\"GET\",le=\"1.0\"} 2\n"
		"took_seconds_bucket{verb=\"GET\",le=\"2.5\"} 2\n"
		"took_seconds_bucket{verb=\"GET\",le=\"+Inf\"} 3\n"
		"took_seconds_sum{verb=\"GET\"} 3.255\n"
		"took_seconds_count{verb=\"GET\"} 3\n"
		"# HELP cpu_seconds CPU time\n"
		"# TYPE cpu_seconds counter\n"
		"# UNIT cpu_seconds seconds\n"
		"cpu_seconds_total 0.1\n"
		"# EOF\n");
	metrics_free(metrics);
}

static void test_values_are_escaped(void **state)
{
	struct metrics *metrics = metrics_new();
	struct metric *metric = metrics_add(metrics, &requests);
	metric_count(metric, "a\\b\"c\nd", "");
	metric_count(metric, "cut \xff here", "GET");
	check(metrics, METRICS_PROMETHEUS,
		"# HELP requests_total requests, by what came of them\n"
		"# TYPE requests_total counter\n"
		"requests_total{code=\"a\\\\b\\\"c\\nd\",method=\"\"} 1\n"
		"requests_total{code=\"cut \",method=\"GET\"} 1\n");
	metrics_free(metrics);
}

/* "ab" and "c" are not "a" and "bc". */
static void test_values_are_told_apart(void **state)
{
	struct metrics *metrics = metrics_new();
	struct metric *metric = metrics_add(metrics, &requests);
	metric_count(metric, "ab", "c");
	metric_count(metric, "a", "bc");
	check(metrics, METRICS_PROMETHEUS,
		"# HELP requests_total requests, by what came of them\n"
		"# TYPE requests_total counter\n"
		"requests_total{code=\"ab\",method=\"c\"} 1\n"
		"requests_total{code=\"a\",method=\"bc\"} 1\n");
	metrics_free(metrics);
}

static void test_numbers_read_back_as_they_were(void **state)
{
	const double numbers[] = {0, 1, 0.1, 1e-06, 1.0 / 3, 123456789.125, 1e21, 9007199254740991.0};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct metrics *metrics = metrics_new();
		AUTO_STR struct str out = {0};
		double seen;
		metric_set(metrics_add(metrics, &memory), numbers[i]);
		metrics_write(metrics, METRICS_PROMETHEUS, &out);
		assert_int_equal(sscanf(strrchr(str_text(&out), ' '), "%lf", &seen), 1);
		assert_true(seen == numbers[i]);
		metrics_free(metrics);
	}
}

/* A project that nobody names any more is not told for ever. */
static void test_a_gauge_lasts_for_one_reading(void **state)
{
	struct metrics *metrics = metrics_new();
	struct metric *metric = metrics_add(metrics, &depth);
	static const char head[] = "# HELP depth objects that wait\n# TYPE depth gauge\n";
	char expected[200];
	metric_set(metric, 3, "a");
	metric_set(metric, 4, "b");
	snprintf(expected, sizeof(expected), "%sdepth{queue=\"a\"} 3\ndepth{queue=\"b\"} 4\n", head);
	check(metrics, METRICS_PROMETHEUS, expected);
	metric_set(metric, 0, "b");
	snprintf(expected, sizeof(expected), "%sdepth{queue=\"b\"} 0\n", head);
	check(metrics, METRICS_PROMETHEUS, expected);
	check(metrics, METRICS_PROMETHEUS, head);
	metrics_free(metrics);
}

static size_t count_lines(const char *text, const char *start)
{
	size_t lines = 0;
	for (; *text; text = strchr(text, '\n') + 1)
		lines += text_starts(text, start);
	return lines;
}

static void test_label_sets_are_bounded(void **state)
{
	struct metrics *metrics = metrics_new();
	AUTO_STR struct str out = {0};
	for (int i = 0; i < METRIC_SERIES_MAX + 500; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		metric_count(metrics_add(metrics, &requests), name, "GET");
		metric_set(metrics_add(metrics, &depth), i, name);
	}
	metric_count(metrics_add(metrics, &requests), "n7", "GET");
	metrics_write(metrics, METRICS_PROMETHEUS, &out);
	assert_int_equal(count_lines(str_text(&out), "requests_total{"), METRIC_SERIES_MAX + 1);
	assert_int_equal(count_lines(str_text(&out), "depth{"), METRIC_SERIES_MAX);
	assert_non_null(strstr(str_text(&out), "\nrequests_total{code=\"n7\",method=\"GET\"} 2\n"));
	assert_non_null(strstr(str_text(&out), "\nrequests_total{code=\"_other\",method=\"_other\"} 500\n"));
	metrics_free(metrics);
}

static void test_without_a_registry_nothing_happens(void **state)
{
	struct metric *metric = metrics_add(NULL, &requests);
	assert_null(metric);
	metric_count(metric, "200", "GET");
	metric_set(metric, 1, "200", "GET");
	metric_observe(metric, 1, "200", "GET");
}

static void test_the_same_name_is_the_same_metric(void **state)
{
	struct metrics *metrics = metrics_new();
	assert_ptr_equal(metrics_add(metrics, &lost), metrics_add(metrics, &lost));
	assert_ptr_not_equal(metrics_add(metrics, &lost), metrics_add(metrics, &cpu));
	metrics_free(metrics);
}

/* --- cost --- */

static void test_counting_allocates_nothing(void **state)
{
	struct metrics *metrics = metrics_new();
	fill(metrics);
	size_t before = mem_counted().allocations, bytes = mem_counted().bytes;
	for (int i = 0; i < 100; i++)
		fill(metrics);
	assert_int_equal(mem_counted().allocations, before);
	assert_int_equal(mem_counted().bytes, bytes);
	metrics_free(metrics);
}

static void test_writing_again_into_the_same_text_allocates_nothing(void **state)
{
	struct metrics *metrics = metrics_new();
	AUTO_STR struct str out = {0};
	fill(metrics);
	metrics_write(metrics, METRICS_OPENMETRICS, &out);
	size_t bytes = mem_counted().bytes;
	str_clear(&out);
	metric_set(metrics_add(metrics, &memory), 1);
	metrics_write(metrics, METRICS_OPENMETRICS, &out);
	assert_int_equal(mem_counted().bytes, bytes);
	metrics_free(metrics);
}

/* --- what the client wants --- */

static void test_format(void **state)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} cases[] = {
		{NULL, METRICS_PROMETHEUS},
		{"", METRICS_PROMETHEUS},
		{"*/*", METRICS_PROMETHEUS},
		{"text/html,application/xhtml+xml,*/*;q=0.8", METRICS_PROMETHEUS},
		{"text/plain", METRICS_PROMETHEUS},
		{"application/openmetrics-text", METRICS_OPENMETRICS},
		/* Prometheus 3 and 2 */
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
			METRICS_OPENMETRICS},
		{"application/openmetrics-text; version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			METRICS_OPENMETRICS},
		{"text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.5", METRICS_PROMETHEUS},
		{"application/openmetrics-text;q=0", METRICS_PROMETHEUS},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(metrics_format(cases[i].accept), cases[i].format);
	assert_string_equal(metrics_content_type(METRICS_PROMETHEUS), "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(metrics_content_type(METRICS_OPENMETRICS),
		"application/openmetrics-text; version=1.0.0; charset=utf-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prometheus_text),
		cmocka_unit_test(test_openmetrics_text),
		cmocka_unit_test(test_values_are_escaped),
		cmocka_unit_test(test_values_are_told_apart),
		cmocka_unit_test(test_numbers_read_back_as_they_were),
		cmocka_unit_test(test_a_gauge_lasts_for_one_reading),
		cmocka_unit_test(test_label_sets_are_bounded),
		cmocka_unit_test(test_without_a_registry_nothing_happens),
		cmocka_unit_test(test_the_same_name_is_the_same_metric),
		cmocka_unit_test(test_counting_allocates_nothing),
		cmocka_unit_test(test_writing_again_into_the_same_text_allocates_nothing),
		cmocka_unit_test(test_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

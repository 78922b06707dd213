/* Times as text, log lines, and the error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"

static const int64_t second = 1000000;
static const int64_t morning = 1767323045 * 1000000ll; /* 2026-01-02T03:04:05Z */

static void test_times_as_text(void **state)
{
	char text[TIME_TEXT_SIZE];
	time_text(morning + 999999, text);
	assert_string_equal(text, "2026-01-02T03:04:05Z");
	time_text_micro(morning + 42, text);
	assert_string_equal(text, "2026-01-02T03:04:05.000042Z");
	time_text_offset(morning + 827000, -8 * 60, text);
	assert_string_equal(text, "2026-01-01T19:04:05.827-08:00");
	time_text_offset(morning, 330, text);
	assert_string_equal(text, "2026-01-02T08:34:05.000+05:30");
	time_text_micro(INT64_C(-62135596800) * 1000000, text);
	assert_string_equal(text, "0001-01-01T00:00:00.000000Z");
	time_text_micro(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

static void assert_time(const char *text, int64_t want)
{
	int64_t seen = -1;
	if (!time_parse(text, &seen) || seen != want)
		fail_msg("%s: %lld, expected %lld", text, (long long)seen, (long long)want);
}

static void test_times_from_text(void **state)
{
	assert_time("2026-01-02T03:04:05Z", morning);
	assert_time("2026-01-02t03:04:05z", morning);
	assert_time("2026-01-02T03:04:05.000042Z", morning + 42);
	assert_time("2026-01-02T03:04:05.5Z", morning + second / 2);
	assert_time("2026-01-02T03:04:05.123456789Z", morning + 123456);
	assert_time("2026-01-01T19:04:05.827-08:00", morning + 827000);
	assert_time("2026-01-02T08:34:05+05:30", morning);
	assert_time("1969-12-31T23:59:59.999999Z", -1);
	assert_time("2024-02-29T00:00:00Z", 1709164800 * second);
	assert_time("2016-12-31T23:59:60Z", 1483228800 * second);
}

static void test_http_dates(void **state)
{
	static const char *const bad[] = {"", "Fri, 02 Jan 2026 03:04:05", "Fri, 02 Jan 2026 03:04:05 UTC",
		"Fri, 02 Foo 2026 03:04:05 GMT", "Fri, 02 anF 2026 03:04:05 GMT", "2026-01-02T03:04:05Z",
		"Fri, 02 Jan 2026 03:04:05 GMT+1"};
	int64_t us, want;
	assert_true(time_parse_http("Fri, 02 Jan 2026 03:04:05 GMT", &us));
	assert_true(time_parse("2026-01-02T03:04:05Z", &want));
	assert_int_equal(us, want);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(time_parse_http(bad[i], &us));
}

static void test_texts_that_are_no_times(void **state)
{
	static const char *const wrong[] = {"", "2026-01-02", "2026-01-02T03:04:05", "2026-1-02T03:04:05Z",
		"2026-13-02T03:04:05Z", "2026-02-29T03:04:05Z", "2026-04-31T03:04:05Z", "2026-01-02T24:04:05Z",
		"2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx",
		"2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+24:00", "2026-01-02 03:04:05Z", "+026-01-02T03:04:05Z",
		"2026-00-02T03:04:05Z"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t seen = 5;
		if (time_parse(wrong[i], &seen) || seen != 5)
			fail_msg("taken for a time: %s", wrong[i]);
	}
}

static int64_t fixed_wall(void *arg)
{
	return morning + 42;
}

/* Where a log writes in these tests: one text. */
static void collect(void *written, enum log_level level, const char *line, size_t length)
{
	str_add(written, line, length);
}

static struct log open_log(struct str *written, enum log_format format)
{
	return (struct log){
		.write = collect, .write_arg = written, .level = LOG_INFO, .format = format, .wall_us = fixed_wall};
}

static void test_log_text(void **state)
{
	AUTO_STR struct str written = {0};
	struct log log = open_log(&written, LOG_TEXT);
	log_line(&log, LOG_DEBUG, "not shown", NULL);
	log_line(&log, LOG_INFO, "resource created", "kind", "Address", "text", "a \"b\"=\n", "none", NULL, "empty", "",
		NULL);
	log_line(&log, LOG_WARN, "refused", LOG_OBJECT("ml", "tf"), LOG_RESOURCE("Address", "a"), "code", "409", NULL);
	log_line(&log, LOG_ERROR, "short", NULL);
	assert_string_equal(str_text(&written),
		"2026-01-02T03:04:05.000042Z INFO  resource created kind=Address text=\"a \\\"b\\\"=\\n\" none=\"\" "
		"empty=\"\"\n"
		"2026-01-02T03:04:05.000042Z WARN  refused object=ml/tf resource=Address/a code=409\n"
		"2026-01-02T03:04:05.000042Z ERROR short\n");
}

static void test_log_json(void **state)
{
	AUTO_STR struct str written = {0};
	struct log log = open_log(&written, LOG_JSON);
	log_line(&log, LOG_WARN, "late", "key", "va\"lue", "none", NULL, NULL);
	log_line(&log, LOG_INFO, "put", LOG_OBJECT("ml", "tf"), LOG_RESOURCE("Address", "a"), "code", "409", NULL);
	log_line(&log, LOG_INFO, "put", LOG_OBJECT(NULL, "tf"), NULL);
	assert_string_equal(str_text(&written),
		"{\"ts\":\"2026-01-02T03:04:05.000042Z\",\"level\":\"warn\",\"msg\":\"late\",\"key\":\"va\\\"lue\","
		"\"none\":\"\"}\n"
		"{\"ts\":\"2026-01-02T03:04:05.000042Z\",\"level\":\"info\",\"msg\":\"put\","
		"\"object\":{\"namespace\":\"ml\",\"name\":\"tf\"},\"resource\":{\"kind\":\"Address\",\"name\":\"a\"},"
		"\"code\":\"409\"}\n"
		"{\"ts\":\"2026-01-02T03:04:05.000042Z\",\"level\":\"info\",\"msg\":\"put\","
		"\"object\":{\"namespace\":\"\",\"name\":\"tf\"}}\n");
}

/* A value that does not fit is left out; the line stays whole. */
static void test_log_of_a_huge_value(void **state)
{
	AUTO_STR struct str written = {0};
	struct log log = open_log(&written, LOG_JSON);
	char *huge = calloc(1, 100001);
	memset(huge, 'x', 100000);
	log.wall_us = NULL;
	log_line(&log, LOG_INFO, "m", "huge", huge, LOG_RESOURCE("Address", huge), "after", "kept", NULL);
	free(huge);
	assert_string_equal(str_text(&written), "{\"level\":\"info\",\"msg\":\"m\",\"after\":\"kept\"}\n");
}

static void test_log_level(void **state)
{
	AUTO_STR struct str written = {0};
	struct log log = open_log(&written, LOG_TEXT);
	log.wall_us = NULL;
	log_line(&log, LOG_DEBUG, "not yet", NULL);
	log.level = LOG_DEBUG;
	log_line(&log, LOG_DEBUG, "now", NULL);
	assert_string_equal(str_text(&written), "DEBUG now\n");
}

static void test_log_options(void **state)
{
	enum log_level level = LOG_DEBUG;
	assert_true(log_level_parse("warn", &level));
	assert_int_equal(level, LOG_WARN);
	assert_string_equal(log_level_name(level), "warn");
	assert_false(log_level_parse("WARN!", &level));
	log_line(&(struct log){0}, LOG_ERROR, "silent", NULL);
}

static void test_errors(void **state)
{
	struct error err = {.status = 7, .reason = "Old"};
	assert_false(error_set(&err, ERROR_WAIT, "%s is in use", "address/a"));
	assert_int_equal(err.class, ERROR_WAIT);
	assert_int_equal(err.status, 0);
	assert_string_equal(err.reason, "");
	error_reason(&err, "InUse");
	error_code(&err, "resourceInUseByAnotherResource");
	assert_false(error_context(&err, "deleting %s", "it"));
	assert_string_equal(err.message, "deleting it: address/a is in use");
	assert_string_equal(err.reason, "InUse");
	assert_string_equal(err.code, "resourceInUseByAnotherResource");
	error_set(&err, ERROR_REJECTED, "again: %s", err.message);
	assert_string_equal(err.message, "again: deleting it: address/a is in use");
	assert_false(error_set(NULL, ERROR_WAIT, "x"));
	assert_false(error_context(NULL, "x"));
	assert_string_equal(error_class_name(ERROR_THROTTLED), "throttled");
}

static void test_long_errors_are_cut(void **state)
{
	struct error err = {0};
	char huge[2000];
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	error_set(&err, ERROR_WAIT, "%s", huge);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_context(&err, "ctx");
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_memory_equal(err.message, "ctx: xxx", 8);
	error_context(&err, "%s", huge);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_reason(&err, huge);
	assert_int_equal(strlen(err.reason), sizeof(err.reason) - 1);
}

static void check_duration(const char *text, int64_t wanted)
{
	int64_t ms = -1;
	assert_int_equal(time_parse_duration(text, &ms), wanted >= 0);
	assert_int_equal(ms, wanted);
}

static void test_durations(void **state)
{
	check_duration("50", 50000);
	check_duration("0", 0);
	check_duration("15s", 15000);
	check_duration("2m", 120000);
	check_duration("1m30s", 90000);
	check_duration("500ms", 500);
	check_duration("1h2m3s4ms", 3723004);
	check_duration("8784h", 366LL * 24 * 3600 * 1000);
	check_duration("8785h", -1);
	check_duration("999999999h999999999h", -1);
	check_duration("9999999999s", -1);
	check_duration("", -1);
	check_duration("s", -1);
	check_duration("5x", -1);
	check_duration("-5s", -1);
	check_duration("5 s", -1);
	check_duration("1.5s", -1);
	check_duration("1m30", -1);
	check_duration("5sm", -1);
}

/* What others said is repeated in conditions, which are JSON, and in lines of log. */
static void errors_are_one_line_of_utf8(void **state)
{
	struct error err = {0};
	char huge[1000];
	error_set(&err, ERROR_WAIT, "a\tb\nc \xc3\xa9 \xc3 \x7f d");
	assert_string_equal(err.message, "a b c \xc3\xa9 ?   d");
	error_code(&err, "X\xff\n");
	assert_string_equal(err.code, "X? ");
	error_context(&err, "ctx\r");
	assert_string_equal(err.message, "ctx : a b c \xc3\xa9 ?   d");
	for (size_t i = 0; i < sizeof(huge) - 3; i += 3)
		memcpy(huge + i, "\xe2\x82\xac", 4);
	error_set(&err, ERROR_WAIT, "%s", huge);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 3);
	assert_int_equal(text_utf8(err.message, strlen(err.message)), strlen(err.message));
	error_context(&err, "ab");
	assert_int_equal(text_utf8(err.message, strlen(err.message)), strlen(err.message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_as_text),
		cmocka_unit_test(test_http_dates),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_times_from_text),
		cmocka_unit_test(test_texts_that_are_no_times),
		cmocka_unit_test(test_log_text),
		cmocka_unit_test(test_log_json),
		cmocka_unit_test(test_log_of_a_huge_value),
		cmocka_unit_test(test_log_level),
		cmocka_unit_test(test_log_options),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_errors_are_cut),
		cmocka_unit_test(errors_are_one_line_of_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

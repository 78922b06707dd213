/* The log's way out, by pipes that are read, not read, and closed: nothing ever waits, whole lines come, and what is lost is
 * counted and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "fake/fake_loop.h"
#include "net/log_writer.h"

enum { READ_MAX = 4 << 20 };

struct stage {
	struct fake_loop loop;
	struct metrics *metrics;
	struct log log;
	struct log_writer *writer;
	int reader, shared; /* the two ends; shared is what the writer was given */
	struct str read;
};

static void open_stage(struct stage *stage, const int ends[2])
{
	*stage = (struct stage){.metrics = metrics_new(), .reader = ends[0], .shared = ends[1]};
	fake_loop_init(&stage->loop);
	stage->log = (struct log){.format = LOG_TEXT};
	stage->read = STR_INIT(READ_MAX);
	signal(SIGPIPE, SIG_IGN);
	fcntl(ends[0], F_SETFL, O_NONBLOCK); /* of the reader's description only */
	stage->writer = log_writer_new(&stage->loop.loop, &stage->log, ends[1], stage->metrics);
}

static void open_pipe(struct stage *stage)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	fcntl(ends[0], F_SETPIPE_SZ, 4096);
	open_stage(stage, ends);
}

static void close_stage(struct stage *stage)
{
	log_writer_free(stage->writer);
	close(stage->reader);
	close(stage->shared);
	str_done(&stage->read);
	metrics_free(stage->metrics);
	fake_loop_done(&stage->loop);
}

/* Takes what is there; false when nothing is. */
static bool take(struct stage *stage)
{
	char part[4096];
	ssize_t length = read(stage->reader, part, sizeof(part));
	if (length > 0)
		str_add(&stage->read, part, (size_t)length);
	return length > 0;
}

/* Reads for so long (the writer's time) that all is there. */
static const char *take_all(struct stage *stage)
{
	for (int quiet = 0; quiet < 5; quiet++) {
		while (take(stage))
			quiet = 0;
		fake_loop_run_for(&stage->loop, 100);
	}
	return str_text(&stage->read);
}

static void write_lines(struct stage *stage, int from, int to)
{
	for (int i = from; i < to; i++) {
		char number[12];
		snprintf(number, sizeof(number), "%d", i);
		log_line(&stage->log, LOG_INFO, "a line", "number", number, NULL);
	}
}

/* The lines of what was read are those numbers, each once, and in order. Returns what stands behind them. */
static const char *check_lines(const char *text, int from, int to)
{
	for (int i = from; i < to; i++) {
		char line[40];
		snprintf(line, sizeof(line), "INFO  a line number=%d\n", i);
		assert_true(text_starts(text, line));
		text += strlen(line);
	}
	return text;
}

static double counted(struct stage *stage, const char *sample)
{
	AUTO_STR struct str out = {0};
	metrics_write(stage->metrics, METRICS_PROMETHEUS, &out);
	const char *found = strstr(str_text(&out), sample);
	assert_non_null(found);
	return strtod(found + strlen(sample), NULL);
}

static void test_a_reader_that_reads(void **state)
{
	struct stage stage;
	open_pipe(&stage);
	write_lines(&stage, 0, 10);
	assert_true(take(&stage)); /* at once: there is no timer in between */
	assert_string_equal(check_lines(str_text(&stage.read), 0, 10), "");
	assert_true(counted(&stage, "tflb_log_lines_total{level=\"info\"} ") == 10);
	assert_true(counted(&stage, "tflb_log_lines_total{level=\"error\"} ") == 0);
	assert_true(counted(&stage, "\ntflb_log_lines_lost_total ") == 0);
	close_stage(&stage);
}

/* What the reader did not take yet is kept, and comes in order. */
static void test_a_slow_reader(void **state)
{
	struct stage stage;
	open_pipe(&stage);
	write_lines(&stage, 0, 1000);
	take(&stage);
	fake_loop_run_for(&stage.loop, 100);
	write_lines(&stage, 1000, 2000);
	assert_string_equal(check_lines(take_all(&stage), 0, 2000), "");
	write_lines(&stage, 2000, 2001);
	assert_true(take(&stage));
	assert_int_equal(stage.loop.wake_ms, INT64_MAX); /* nothing is to be tried again */
	close_stage(&stage);
}

/* Lines that don't fit are lost as a whole, and the place where they are missing says how many. */
static void test_a_reader_that_stands_still(void **state)
{
	struct stage stage;
	char expected[120];
	int there = 0;
	open_pipe(&stage);
	write_lines(&stage, 0, 20000);
	fake_loop_run_for(&stage.loop, 60000);
	write_lines(&stage, 20000, 20010);
	double lost = counted(&stage, "\ntflb_log_lines_lost_total ");
	assert_true(lost > 5000 && lost < 15000);
	there = 20010 - (int)lost;
	const char *rest = check_lines(take_all(&stage), 0, there);
	snprintf(expected, sizeof(expected), "WARN  lines of this log were lost: nobody read them in time count=%d\n",
		(int)lost);
	assert_string_equal(rest, expected);
	write_lines(&stage, 7, 8);
	rest = strchr(check_lines(take_all(&stage), 0, there), '\n') + 1;
	assert_string_equal(check_lines(rest, 7, 8), "");
	close_stage(&stage);
}

/* A line of which the pipe takes only the beginning. */
static void test_a_line_longer_than_the_pipe(void **state)
{
	struct stage stage;
	AUTO_STR struct str expected = {0};
	char *value = calloc(1, 50001);
	memset(value, 'x', 50000);
	open_pipe(&stage);
	log_line(&stage.log, LOG_ERROR, "long", "value", value, NULL);
	write_lines(&stage, 0, 1);
	str_addf(&expected, "ERROR long value=%s\n", value);
	assert_true(text_starts(take_all(&stage), str_text(&expected)));
	assert_string_equal(check_lines(str_text(&stage.read) + expected.length, 0, 1), "");
	free(value);
	close_stage(&stage);
}

static void test_a_reader_that_went(void **state)
{
	struct stage stage;
	open_pipe(&stage);
	close(stage.reader);
	write_lines(&stage, 0, 3);
	assert_true(counted(&stage, "\ntflb_log_lines_lost_total ") == 3);
	assert_int_equal(stage.loop.wake_ms, INT64_MAX);
	close_stage(&stage);
}

static void test_a_reader_that_goes_while_lines_wait(void **state)
{
	struct stage stage;
	open_pipe(&stage);
	write_lines(&stage, 0, 1000);
	close(stage.reader);
	fake_loop_run_for(&stage.loop, 100);
	assert_true(counted(&stage, "\ntflb_log_lines_lost_total ") > 700);
	assert_int_equal(stage.loop.wake_ms, INT64_MAX);
	close_stage(&stage);
}

/* Others who write to the same pipe, or terminal, wait as they did before. */
static void test_the_shared_description_stays_as_it_is(void **state)
{
	struct stage stage;
	open_pipe(&stage);
	write_lines(&stage, 0, 1000);
	assert_int_equal(fcntl(stage.shared, F_GETFL) & O_NONBLOCK, 0);
	close_stage(&stage);
}

/* What can't be opened once more is asked before each write: a socket, as systemd gives, and a container's pipe. */
static void test_a_socket(void **state)
{
	struct stage stage;
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	open_stage(&stage, ends);
	write_lines(&stage, 0, 20000);
	assert_true(counted(&stage, "\ntflb_log_lines_lost_total ") > 0);
	int there = 20000 - (int)counted(&stage, "\ntflb_log_lines_lost_total ");
	assert_true(text_starts(check_lines(take_all(&stage), 0, there), "WARN  lines of this log were lost"));
	assert_int_equal(fcntl(stage.shared, F_GETFL) & O_NONBLOCK, 0);
	close_stage(&stage);
}

/* A file is not opened once more: two descriptions would write over each other. */
static void test_a_file(void **state)
{
	struct stage stage;
	FILE *file = tmpfile();
	int ends[2] = {dup(fileno(file)), dup(fileno(file))};
	open_stage(&stage, ends);
	write_lines(&stage, 0, 100);
	assert_int_equal(write(ends[1], "end", 3), 3);
	fclose(file);
	lseek(ends[0], 0, SEEK_SET);
	assert_string_equal(check_lines(take_all(&stage), 0, 100), "end");
	close_stage(&stage);
}

/* At the end there is a moment for what waits, and no more. */
static void test_the_end(void **state)
{
	struct stage stage;
	open_pipe(&stage);
	write_lines(&stage, 0, 300);
	fcntl(stage.reader, F_SETPIPE_SZ, 1 << 16); /* as if somebody read */
	log_writer_free(stage.writer);
	while (take(&stage))
		continue;
	assert_string_equal(check_lines(str_text(&stage.read), 0, 300), "");
	log_line(&stage.log, LOG_ERROR, "silent", NULL);
	stage.writer = log_writer_new(&stage.loop.loop, &stage.log, stage.shared, stage.metrics);
	write_lines(&stage, 0, 20000); /* and nobody reads: close_stage returns all the same */
	close_stage(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reader_that_reads),
		cmocka_unit_test(test_a_slow_reader),
		cmocka_unit_test(test_a_reader_that_stands_still),
		cmocka_unit_test(test_a_line_longer_than_the_pipe),
		cmocka_unit_test(test_a_reader_that_went),
		cmocka_unit_test(test_a_reader_that_goes_while_lines_wait),
		cmocka_unit_test(test_the_shared_description_stays_as_it_is),
		cmocka_unit_test(test_a_socket),
		cmocka_unit_test(test_a_file),
		cmocka_unit_test(test_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The descriptor may be shared with other processes, as that of a terminal is with the shell: O_NONBLOCK is a property of what
 * they share, so it must not be set there. A pipe or a terminal is opened once more, which gives a description of our own. Where
 * that is not allowed (a container's pipe that belongs to root), and for everything else, poll() is asked before each write,
 * and no more is written than a pipe takes without waiting once it is writable at all. A file always takes it all.
 *
 * No watcher of libuv waits for the reader, since it would set O_NONBLOCK too: a timer tries again.
 *
 * Invariant: the timer is armed exactly while something waits. */
#include "net/log_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/str.h"

enum { RETRY_MS = 100, LAST_MS = 200, LAST_STEP_MS = 20 };

enum { LINES, LOST, COUNT };

static const struct metric_row ROWS[COUNT] = {
	[LINES] = {.name = "tflb_log_lines_total",
		.help = "lines written to the log",
		.type = METRIC_COUNTER,
		.labels = {"level"}},
	[LOST] = {.name = "tflb_log_lines_lost_total",
		.help = "lines of the log that nobody read in time",
		.type = METRIC_COUNTER},
};

struct log_writer {
	struct loop *loop;
	struct log *log;
	int descriptor;
	bool own_descriptor; /* and writes to it never wait */
	struct str waiting;  /* what the reader has not taken yet */
	unsigned long lost;  /* lines, since there was no room; until all that waits is read nothing more is kept */
	struct timer timer;
	struct metric *counted[COUNT];
};

static void open_again(struct log_writer *writer)
{
	char path[40];
	struct stat about;
	int again;

	if (fstat(writer->descriptor, &about) < 0 || !(S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", writer->descriptor);
	again = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (again < 0)
		return;
	writer->descriptor = again;
	writer->own_descriptor = true;
}

static bool is_writable(const struct log_writer *writer)
{
	struct pollfd question = {.fd = writer->descriptor, .events = POLLOUT};

	return writer->own_descriptor ||
	       (poll(&question, 1, 0) == 1 && question.revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL));
}

/* How many bytes of text the reader took; -1: nobody will ever read it. */
static ssize_t write_some(const struct log_writer *writer, const char *text, size_t length)
{
	size_t taken = 0;

	while (taken < length && is_writable(writer)) {
		size_t part = length - taken < PIPE_BUF ? length - taken : PIPE_BUF;
		ssize_t written = write(writer->descriptor, text + taken, part);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN ? (ssize_t)taken : -1;
		taken += (size_t)written;
	}
	return (ssize_t)taken;
}

static void tell_lost(struct log_writer *writer)
{
	char count[24];

	snprintf(count, sizeof(count), "%lu", writer->lost);
	writer->lost = 0;
	log_line(writer->log, LOG_WARN, "lines of this log were lost: nobody read them in time", "count", count, NULL);
}

static void on_retry(void *arg);

static void wait_for_reader(struct log_writer *writer)
{
	timer_start(writer->loop, &writer->timer, RETRY_MS, on_retry, writer);
}

static size_t lines_in(const struct str *text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text->length; i++)
		lines += text->own_text[i] == '\n';
	return lines;
}

static void count_lost(struct log_writer *writer, size_t lines)
{
	metric_add(writer->counted[LOST], (double)lines, METRIC_VALUES());
}

/* The reader gets what waits. */
static void drain(struct log_writer *writer)
{
	struct str *waiting = &writer->waiting;
	ssize_t taken = write_some(writer, str_text(waiting), waiting->length);

	if (taken < 0)
		count_lost(writer, lines_in(waiting));
	if (taken >= 0 && (size_t)taken < waiting->length) {
		memmove(waiting->own_text, waiting->own_text + taken, waiting->length - (size_t)taken);
		str_cut(waiting, waiting->length - (size_t)taken);
		return;
	}
	str_done(waiting);
	*waiting = STR_INIT(LOG_WRITER_MAX);
	if (writer->lost)
		tell_lost(writer);
}

static void on_retry(void *arg)
{
	struct log_writer *writer = arg;

	drain(writer);
	if (writer->waiting.length && !timer_armed(&writer->timer))
		wait_for_reader(writer);
}

/* What is left of a line of which the reader took the beginning always has room: nothing waits before it. */
static void keep(struct log_writer *writer, const char *text, size_t length)
{
	if (writer->lost || !str_add(&writer->waiting, text, length)) {
		writer->lost++;
		count_lost(writer, 1);
		return;
	}
	if (!timer_armed(&writer->timer))
		wait_for_reader(writer);
}

static void write_line(void *arg, enum log_level level, const char *line, size_t length)
{
	struct log_writer *writer = arg;
	ssize_t taken = 0;

	metric_count(writer->counted[LINES], log_level_name(level));
	if (!writer->waiting.length)
		taken = write_some(writer, line, length);
	if (taken < 0)
		count_lost(writer, 1);
	else if ((size_t)taken < length)
		keep(writer, line + taken, length - (size_t)taken);
}

struct log_writer *log_writer_new(struct loop *loop, struct log *log, int descriptor, struct metrics *metrics)
{
	struct log_writer *writer = mem_alloc(sizeof(*writer));

	*writer = (struct log_writer){
		.loop = loop, .log = log, .descriptor = descriptor, .waiting = STR_INIT(LOG_WRITER_MAX)};
	metrics_add_rows(metrics, ROWS, COUNT, writer->counted);
	for (enum log_level level = LOG_DEBUG; level < LOG_LEVELS; level++)
		metric_begin(writer->counted[LINES], log_level_name(level));
	open_again(writer);
	log->write = write_line;
	log->write_arg = writer;
	return writer;
}

void log_writer_free(struct log_writer *writer)
{
	if (!writer)
		return;
	for (int passed = 0; writer->waiting.length && passed < LAST_MS; passed += LAST_STEP_MS) {
		struct pollfd question = {.fd = writer->descriptor, .events = POLLOUT};

		poll(&question, 1, LAST_STEP_MS);
		drain(writer);
	}
	timer_stop(writer->loop, &writer->timer);
	writer->log->write = NULL;
	str_done(&writer->waiting);
	if (writer->own_descriptor)
		close(writer->descriptor);
	mem_free(writer);
}

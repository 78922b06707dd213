/* Read from /proc, each time anew; what can't be read is left out. */
#include "net/self.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

enum { CPU, RESIDENT, VIRTUAL, OPEN, MOST, STARTED, COUNT };

static const struct metric_row ROWS[COUNT] = {
	[CPU] = {.name = "process_cpu_seconds_total", .help = "user and system CPU time", .type = METRIC_COUNTER},
	[RESIDENT] = {.name = "process_resident_memory_bytes", .help = "resident memory", .type = METRIC_GAUGE},
	[VIRTUAL] = {.name = "process_virtual_memory_bytes", .help = "virtual memory", .type = METRIC_GAUGE},
	[OPEN] = {.name = "process_open_fds", .help = "open file descriptors", .type = METRIC_GAUGE},
	[MOST] = {.name = "process_max_fds", .help = "most file descriptors that may be open", .type = METRIC_GAUGE},
	[STARTED] = {.name = "process_start_time_seconds",
		.help = "Unix time when the process started",
		.type = METRIC_GAUGE},
};

struct self {
	struct metric *told[COUNT];
	double started_at; /* 0: not known */
};

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* "" when it can't be read. */
static void read_proc(const char *name, char *text, size_t size)
{
	int file = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	if (file >= 0)
		close(file);
}

static const char *skip_words(const char *text, int words)
{
	while (words-- > 0) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/* When it started is known in ticks since the machine did. Asked once: two answers would differ by a moment. */
static double start_time(void)
{
	enum { WORDS_BEFORE = 20 }; /* behind the program's name, which may hold anything */
	char text[1024];
	const char *name_end;
	double ticks;

	read_proc("/proc/self/stat", text, sizeof(text));
	name_end = strrchr(text, ')');
	ticks = name_end ? strtod(skip_words(name_end, WORDS_BEFORE), NULL) : 0;
	if (ticks <= 0)
		return 0;
	return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) + ticks / (double)sysconf(_SC_CLK_TCK);
}

struct self *self_new(struct metrics *metrics)
{
	struct self *self = mem_alloc(sizeof(*self));

	metrics_add_rows(metrics, ROWS, COUNT, self->told);
	self->started_at = start_time();
	return self;
}

static void collect_memory(struct self *self)
{
	double page = (double)sysconf(_SC_PAGESIZE);
	unsigned long virtual, resident;
	char text[128];

	read_proc("/proc/self/statm", text, sizeof(text));
	if (sscanf(text, "%lu %lu", &virtual, &resident) != 2)
		return;
	metric_set(self->told[VIRTUAL], (double)virtual * page);
	metric_set(self->told[RESIDENT], (double)resident * page);
}

/* What looks is not counted, nor are "." and "..". */
static void collect_files(struct self *self)
{
	DIR *folder = opendir("/proc/self/fd");
	struct rlimit limit;
	int count = -3;

	if (folder) {
		while (readdir(folder))
			count++;
		closedir(folder);
		metric_set(self->told[OPEN], count);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metric_set(self->told[MOST], (double)limit.rlim_cur);
}

void self_collect(struct self *self)
{
	metric_set(self->told[CPU], seconds(CLOCK_PROCESS_CPUTIME_ID));
	collect_memory(self);
	collect_files(self);
	if (self->started_at > 0)
		metric_set(self->told[STARTED], self->started_at);
}

void self_free(struct self *self)
{
	mem_free(self);
}

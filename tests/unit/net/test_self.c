/* What is told of this process, against what the system says of it elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/self.h"

/* The value of a sample, as it is read now. */
static double value_of(struct metrics *metrics, struct self *self, const char *name)
{
	AUTO_STR struct str out = {0};
	char line[80];
	self_collect(self);
	metrics_write(metrics, METRICS_PROMETHEUS, &out);
	snprintf(line, sizeof(line), "\n%s ", name);
	const char *found = strstr(str_text(&out), line);
	assert_non_null(found);
	return strtod(found + strlen(line), NULL);
}

static void test_this_process(void **state)
{
	struct metrics *metrics = metrics_new();
	struct self *self = self_new(metrics);
	double started = value_of(metrics, self, "process_start_time_seconds");
	assert_true(started <= (double)time(NULL) + 1 && started > (double)time(NULL) - 600);
	assert_true(value_of(metrics, self, "process_start_time_seconds") == started);
	double open = value_of(metrics, self, "process_open_fds");
	int more = dup(2);
	assert_true(value_of(metrics, self, "process_open_fds") == open + 1);
	close(more);
	assert_true(value_of(metrics, self, "process_max_fds") == (double)sysconf(_SC_OPEN_MAX));
	double resident = value_of(metrics, self, "process_resident_memory_bytes");
	assert_true(resident > 100000 && resident < value_of(metrics, self, "process_virtual_memory_bytes"));
	double cpu = value_of(metrics, self, "process_cpu_seconds_total");
	assert_true(cpu > 0 && cpu <= value_of(metrics, self, "process_cpu_seconds_total"));
	self_free(self);
	metrics_free(metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

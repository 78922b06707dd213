/* Programs against the real loop: the shell is the program, since it can do everything that a program can do to us. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"
#include "net/env.h"
#include "net/loop.h"

struct outcome {
	struct loop *loop;
	int ends;
	int exit_code;
	char output[20000];
	size_t length;
	char complaint[1000];
	struct error err;
};

static void on_end(void *arg, const struct process_result *result, const struct error *err)
{
	struct outcome *outcome = arg;
	assert_true((result == NULL) != (err == NULL));
	outcome->ends++;
	if (err) {
		outcome->err = *err;
	} else {
		outcome->exit_code = result->exit_code;
		outcome->length = result->length;
		assert_int_equal(strlen(result->output), result->length);
		text_copy(outcome->output, sizeof(outcome->output), result->output);
		text_copy(outcome->complaint, sizeof(outcome->complaint), result->complaint);
	}
	net_loop_stop(outcome->loop);
}

static void on_time(void *arg)
{
	net_loop_stop(arg);
}

static void run(struct outcome *outcome, const struct process_request *request)
{
	*outcome = (struct outcome){.loop = net_loop_new(), .exit_code = -1};
	struct timer limit = {0};
	env_run(env_system(), outcome->loop, request, on_end, outcome);
	assert_int_equal(outcome->ends, 0); /* never from within */
	timer_start(outcome->loop, &limit, 20000, on_time, outcome->loop);
	net_loop_run(outcome->loop);
	timer_stop(outcome->loop, &limit);
	assert_int_equal(outcome->ends, 1);
	net_loop_free(outcome->loop);
}

static void run_script(struct outcome *outcome, const char *script, int timeout_ms)
{
	const char *const arguments[] = {"-c", script, "sh", "a b", NULL};
	const char *const variables[] = {"TFLB_PROBE=x y", "HOME=/changed", NULL};
	run(outcome, &(struct process_request){.file = "sh",
			     .arguments = arguments,
			     .variables = variables,
			     .output_max = 10000,
			     .timeout_ms = timeout_ms});
}

static void test_output_and_code(void **state)
{
	struct outcome outcome;
	setenv("TFLB_OURS", "kept", 1);
	run_script(&outcome, "printf '%s|' \"$1\" \"$TFLB_PROBE\" \"$HOME\" \"$TFLB_OURS\"; wc -c; exit 3", 10000);
	assert_int_equal(outcome.exit_code, 3);
	assert_string_equal(outcome.output, "a b|x y|/changed|kept|0\n");
	assert_string_equal(outcome.complaint, "");
}

static void test_complaint(void **state)
{
	struct outcome outcome;
	run_script(&outcome, "printf '\\n  not logged \\033in\\nPlease run:\\r\\n\\n  $ log in\\n' >&2; kill -TERM $$",
		10000);
	assert_int_equal(outcome.exit_code, 128 + SIGTERM);
	assert_string_equal(outcome.complaint, "not logged in Please run: $ log in");
	run_script(&outcome, "head -c 100000 /dev/zero | tr '\\0' e >&2; echo done", 10000);
	assert_int_equal(outcome.exit_code, 0);
	assert_string_equal(outcome.output, "done\n");
	assert_int_equal(strspn(outcome.complaint, "e"), 297);
	assert_string_equal(outcome.complaint + 297 + 5 + 290, "eeeeeee");
}

static void test_a_long_complaint(void **state)
{
	struct outcome outcome;
	run_script(&outcome, "echo Traceback: >&2; seq 200 >&2; echo 'Error: no login' >&2; exit 1", 10000);
	assert_memory_equal(outcome.complaint, "Traceback: 1 2 3 ", 17);
	assert_non_null(strstr(outcome.complaint, " ... "));
	assert_string_equal(outcome.complaint + strlen(outcome.complaint) - 19, "200 Error: no login");
}

static void test_bound(void **state)
{
	struct outcome outcome;
	run_script(&outcome, "head -c 10000 /dev/zero | tr '\\0' a", 10000);
	assert_int_equal(outcome.exit_code, 0);
	assert_int_equal(outcome.length, 10000);
	run_script(&outcome, "yes", 10000);
	assert_string_equal(outcome.err.code, "TooLarge");
	assert_string_equal(outcome.err.message, "sh wrote more than is allowed and was stopped");
}

/* Whether the group of the process whose id stands in this file is gone within two seconds. */
static bool group_gone(const char *path)
{
	FILE *file = fopen(path, "r");
	int pid = 0;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	unlink(path);
	for (int i = 0; i < 200 && kill(-pid, 0) == 0; i++)
		usleep(10000);
	return kill(-pid, 0) != 0;
}

static void test_time(void **state)
{
	struct outcome outcome;
	char path[] = "/tmp/tflb-process-XXXXXX", script[200];
	close(mkstemp(path));
	snprintf(script, sizeof(script), "trap '' TERM; echo $$ > %s; sleep 600 & sleep 600", path);
	run_script(&outcome, script, 300);
	assert_string_equal(outcome.err.code, "Timeout");
	assert_string_equal(outcome.err.message, "sh did not end within 0.3 s and was stopped");
	assert_true(group_gone(path));
}

static void test_no_such_program(void **state)
{
	struct outcome outcome;
	run(&outcome, &(struct process_request){.file = "tflb-no-such-program", .output_max = 1, .timeout_ms = 1000});
	assert_string_equal(outcome.err.code, "NotFound");
	assert_string_equal(outcome.err.message, "cannot start tflb-no-such-program: no such file or directory");
	run(&outcome, &(struct process_request){.file = "/etc/passwd", .output_max = 1, .timeout_ms = 1000});
	assert_string_equal(outcome.err.code, "NotStarted");
}

/* A daemon that the program leaves behind holds the pipe open; we don't wait for it. */
static void test_left_behind(void **state)
{
	struct outcome outcome;
	char path[] = "/tmp/tflb-process-XXXXXX", script[200];
	close(mkstemp(path));
	snprintf(script, sizeof(script), "echo token; sleep 600 & echo $! > %s", path);
	run_script(&outcome, script, 10000);
	assert_int_equal(outcome.exit_code, 0);
	assert_string_equal(outcome.output, "token\n");
	FILE *file = fopen(path, "r");
	int pid = 0;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	unlink(path);
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static void cancel(void *arg)
{
	struct process **process = arg;
	env_stop(env_system(), *process);
	*process = NULL;
}

static void test_cancel(void **state)
{
	char path[] = "/tmp/tflb-process-XXXXXX", script[200];
	close(mkstemp(path));
	snprintf(script, sizeof(script), "echo $$ > %s; exec sleep 600", path);
	const char *const arguments[] = {"-c", script, NULL};
	struct process_request request = {
		.file = "/bin/sh", .arguments = arguments, .output_max = 10, .timeout_ms = 10000};
	struct outcome outcome = {.loop = net_loop_new()};
	struct timer stop = {0}, end = {0};
	struct process *process = env_run(env_system(), outcome.loop, &request, on_end, &outcome);
	timer_start(outcome.loop, &stop, 500, cancel, &process);
	timer_start(outcome.loop, &end, 1000, on_time, outcome.loop);
	net_loop_run(outcome.loop);
	assert_null(process);
	assert_int_equal(outcome.ends, 0);
	assert_true(group_gone(path));
	env_stop(env_system(), NULL);
	/* And one that is cancelled before the loop ran at all. */
	env_stop(env_system(), env_run(env_system(), outcome.loop, &request, on_end, &outcome));
	net_loop_free(outcome.loop);
	assert_int_equal(outcome.ends, 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_and_code),
		cmocka_unit_test(test_complaint),
		cmocka_unit_test(test_a_long_complaint),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_no_such_program),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_cancel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The file of --state: what stands in it after each kind of end, and what is refused without being touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"
#include "state_file.h"

#define NETWORKS "/compute/v1/projects/my-project/global/networks"

struct fixture {
	char folder[64], path[96];
	struct state_file state;
	struct emulator *emulator;
	struct emulator_options options;
	struct error err;
	char *own_answer; /* body of the last one */
	size_t length;
	int status;
	int64_t now;
};

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));

	snprintf(f->folder, sizeof(f->folder), "/tmp/state-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/state", f->folder);
	f->state.file = -1;
	*state = f;
	return 0;
}

static void end(struct fixture *f)
{
	emulator_free(f->emulator);
	f->emulator = NULL;
	state_file_close(&f->state);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	end(f);
	unlink(f->path);
	assert_int_equal(rmdir(f->folder), 0); /* nothing else was left there */
	mem_free(f->own_answer);
	mem_free(f);
	return 0;
}

static void on_answer(void *arg, const struct emulator_answer *answer)
{
	struct fixture *f = arg;

	mem_free(f->own_answer);
	f->own_answer = mem_strndup(answer->body, answer->length);
	f->length = answer->length;
	f->status = answer->status;
}

/* A life of the program, up to its end. */
static bool live(struct fixture *f)
{
	f->err = (struct error){0};
	f->options = (struct emulator_options){.seed = 5, .wall_start_us = INT64_C(1781346991100000), .speed = 1};
	if (!state_file_open(&f->state, f->path, &f->options, &f->err))
		return false;
	f->emulator = emulator_new(&f->options, on_answer, f, &f->err);
	return state_file_play(&f->state, f->emulator, &f->now, &f->err);
}

static void ask(struct fixture *f, const char *method, const char *path, const char *body)
{
	struct emulator_request request = {.id = 1,
		.method = method,
		.path = path,
		.query = "",
		.content_type = "application/json",
		.body = body,
		.body_length = strlen(body)};

	f->now += 1000;
	emulator_request(f->emulator, &request, f->now);
	assert_int_equal(f->status, 200);
	if (!emulator_changed(f->emulator))
		return;
	struct emulator_answer answer = {.status = f->status, .body = f->own_answer, .length = f->length};
	AUTO_FREE char *line = journal_line(&request, &answer, f->now);
	assert_true(state_file_add(&f->state, line, text_ends(path, "/reset"), &f->err));
}

static char *contents(const struct fixture *f)
{
	FILE *file = fopen(f->path, "re");
	char *text = mem_alloc(65536);

	assert_non_null(file);
	text[fread(text, 1, 65535, file)] = '\0';
	fclose(file);
	return text;
}

static void write_file(const struct fixture *f, const char *text, const char *mode)
{
	FILE *file = fopen(f->path, mode);

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void insert(struct fixture *f, const char *name)
{
	AUTO_FREE char *body = mem_printf("{\"name\":\"%s\",\"autoCreateSubnetworks\":true}", name);
	ask(f, "POST", NETWORKS, body);
}

static void each_life_goes_on_where_the_last_one_ended(void **state)
{
	struct fixture *f = *state;

	assert_true(live(f));
	insert(f, "one");
	end(f);
	assert_true(live(f));
	assert_int_equal(f->now, 1000);
	AUTO_FREE char *before = emulator_state(f->emulator);
	assert_non_null(strstr(before, "global/networks/one"));
	insert(f, "two");
	end(f);
	f->options.seed = 99; /* another seed on the command line changes nothing */
	assert_true(live(f));
	ask(f, "GET", NETWORKS, "");
	AUTO_FREE char *after = emulator_state(f->emulator);
	assert_non_null(strstr(after, "global/networks/two"));
}

static void an_unfinished_line_goes(void **state)
{
	struct fixture *f = *state;

	assert_true(live(f));
	insert(f, "one");
	end(f);
	AUTO_FREE char *whole = contents(f);
	write_file(f, "{\"at\":2000,\"method\":\"PO", "ae");
	assert_true(live(f));
	AUTO_FREE char *mended = contents(f);
	assert_string_equal(mended, whole);
	insert(f, "two");
	end(f);
	assert_true(live(f));
}

/* Any end within the last line is that of a request that nobody was answered. */
static void cut_anywhere_it_is_read(void **state)
{
	struct fixture *f = *state;

	assert_true(live(f));
	insert(f, "one");
	AUTO_FREE char *first = contents(f);
	insert(f, "two");
	end(f);
	AUTO_FREE char *whole = contents(f);
	for (size_t length = strlen(first); length < strlen(whole); length++) {
		AUTO_FREE char *cut = mem_strndup(whole, length);
		write_file(f, cut, "we");
		if (!live(f))
			fail_msg("%zu bytes: %s", length, f->err.message);
		AUTO_FREE char *left = contents(f);
		assert_string_equal(left, first);
		end(f);
	}
}

static void refused(struct fixture *f, const char *text, const char *message)
{
	write_file(f, text, "we");
	assert_false(live(f));
	end(f);
	if (!strstr(f->err.message, message))
		fail_msg("%s", f->err.message);
	AUTO_FREE char *left = contents(f);
	assert_string_equal(left, text);
}

static void what_is_not_ours_stays_as_it_is(void **state)
{
	struct fixture *f = *state;

	refused(f, "", "line 1: it is no state of gce-emulator. It was not changed");
	refused(f, "hello\n", "line 1: it is no state of gce-emulator");
	refused(f, "{\"kind\":\"gce-emulator/state\"", "line 1: it is no state of gce-emulator");
	AUTO_FREE char *head = journal_head(&f->options);
	AUTO_FREE char *bad = mem_printf("%s\n{}\n{\"at\":1}\n", head);
	refused(f, bad, "line 2: it cannot be read");
	AUTO_FREE char *other = mem_printf(
		"%s\n{\"at\":1,\"method\":\"GET\",\"path\":\"" NETWORKS
		"\",\"query\":\"\",\"type\":\"\",\"body\":\"\",\"status\":200,\"answer\":\"aaaaaaaaaaaaaaaa\"}\n",
		head);
	refused(f, other, "is answered otherwise now");
}

static void speed_and_strictness_are_the_worlds(void **state)
{
	struct fixture *f = *state;
	struct emulator_options options = {.seed = 5, .speed = 20};

	AUTO_FREE char *head = journal_head(&options);
	AUTO_FREE char *text = mem_printf("%s\n", head);
	refused(f, text, "its world runs with --speed 20 and without --lenient, and only so it goes on");
}

static void one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct state_file second;
	struct error err = {0};

	assert_true(live(f));
	assert_false(state_file_open(&second, f->path, &f->options, &err));
	assert_non_null(strstr(err.message, "is in use by another gce-emulator"));
	state_file_close(&second);
}

static void a_reset_makes_it_small(void **state)
{
	struct fixture *f = *state;

	assert_true(live(f));
	for (int i = 0; i < 20; i++) {
		AUTO_FREE char *name = mem_printf("n%d", i);
		insert(f, name);
	}
	ask(f, "POST", "/emulator/v1/reset", "{}");
	AUTO_FREE char *text = contents(f);
	assert_true(strlen(text) < 1000);
	insert(f, "after");
	end(f);
	assert_true(live(f));
	AUTO_FREE char *after = emulator_state(f->emulator);
	assert_non_null(strstr(after, "global/networks/after"));
	assert_null(strstr(after, "global/networks/n1"));
}

/* What cannot be kept is told, and not acknowledged by anybody. */
static void a_full_disk_is_told(void **state)
{
	struct fixture *f = *state;

	assert_true(live(f));
	close(f->state.file);
	f->state.file = -1;
	assert_false(state_file_add(&f->state, "{}", false, &f->err));
	assert_non_null(strstr(f->err.message, "cannot write the state"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_life_goes_on_where_the_last_one_ended),
		TEST(an_unfinished_line_goes),
		TEST(cut_anywhere_it_is_read),
		TEST(what_is_not_ours_stays_as_it_is),
		TEST(speed_and_strictness_are_the_worlds),
		TEST(one_at_a_time),
		TEST(a_reset_makes_it_small),
		TEST(a_full_disk_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

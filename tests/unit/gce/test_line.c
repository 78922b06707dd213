/* Turns in a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "gce/line.h"

enum { PLACES = 20000 };

static void those_for_whom_one_stands_take_turns(void **state)
{
	static const int wanted[] = {0, 3, 5, 1, 4, 2};
	struct line_place places[6] = {0};
	struct line line;
	int names[3];

	line_init(&line);
	assert_null(line_take(&line));
	for (int i = 0; i < 6; i++)
		line_add(&line, &places[i], &names[i < 3 ? 0 : i < 5 ? 1 : 2]);
	assert_int_equal(line.count, 6);
	for (int i = 0; i < 6; i++)
		assert_ptr_equal(line_take(&line), &places[wanted[i]]);
	assert_int_equal(line.count, 0);
	line_done(&line);
}

static void whoever_leaves_is_passed_over(void **state)
{
	struct line_place places[4] = {0};
	struct line line;
	int names[2];

	line_init(&line);
	for (int i = 0; i < 4; i++)
		line_add(&line, &places[i], &names[i / 2]);
	line_leave(&line, &places[0]);
	line_leave(&line, &places[0]); /* stands there no more */
	line_leave(&line, &places[2]);
	line_leave(&line, &places[3]);
	assert_ptr_equal(line_take(&line), &places[1]);
	line_add(&line, &places[3], NULL); /* nobody is somebody, too */
	assert_ptr_equal(line_take(&line), &places[3]);
	assert_null(line_take(&line));
	line_done(&line);
}

/* All are taken, whoever they are for, and each for itself in order. */
static void a_long_line_is_taken_whole(void **state)
{
	struct line_place *places = mem_alloc(PLACES * sizeof(*places));
	int *last = mem_alloc(PLACES * sizeof(*last));
	struct line line;
	struct line_place *place;
	int taken = 0;

	line_init(&line);
	for (int i = 0; i < PLACES; i++)
		line_add(&line, &places[i], &last[i * 7 % (PLACES / 2)]);
	while ((place = line_take(&line))) {
		int at = (int)(place - places), whose = at * 7 % (PLACES / 2);

		assert_true(last[whose] <= at);
		last[whose] = at;
		taken++;
	}
	assert_int_equal(taken, PLACES);
	line_done(&line);
	mem_free(places);
	mem_free(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_for_whom_one_stands_take_turns),
		cmocka_unit_test(whoever_leaves_is_passed_over),
		cmocka_unit_test(a_long_line_is_taken_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
	assert_null(line_take(&line, 0));
	for (int i = 0; i < 6; i++)
		line_add(&line, &places[i], &names[i < 3 ? 0 : i < 5 ? 1 : 2], 0, 0);
	assert_int_equal(line.count, 6);
	for (int i = 0; i < 6; i++)
		assert_ptr_equal(line_take(&line, 0), &places[wanted[i]]);
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
		line_add(&line, &places[i], &names[i / 2], 0, 0);
	line_leave(&line, &places[0]);
	line_leave(&line, &places[0]); /* stands there no more */
	line_leave(&line, &places[2]);
	line_leave(&line, &places[3]);
	assert_ptr_equal(line_take(&line, 0), &places[1]);
	line_add(&line, &places[3], NULL, 0, 0); /* nobody is somebody, too */
	assert_ptr_equal(line_take(&line, 0), &places[3]);
	assert_null(line_take(&line, 0));
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
		line_add(&line, &places[i], &last[i * 7 % (PLACES / 2)], 0, 0);
	while ((place = line_take(&line, 0))) {
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

/* --- letting others pass --- */

/* Two who come again as soon as they were taken, until place is taken. How often they were. */
static int passed_by_two(struct line *line, const struct line_place *place, int64_t now)
{
	struct line_place others[2] = {0};
	struct line_place *taken;
	int count = 0;

	for (int i = 0; i < 2; i++)
		line_add(line, &others[i], &others[i], 0, now);
	while ((taken = line_take(line, now)) != place) {
		assert_in_range(++count, 1, 100);
		line_add(line, taken, taken, 0, now);
	}
	for (int i = 0; i < 2; i++)
		line_leave(line, &others[i]);
	return count;
}

static void so_many_turns_are_passed_and_no_more(void **state)
{
	for (unsigned passes = 0; passes < 10; passes++) {
		struct line_place place = {0};
		struct line line;

		line_init(&line);
		line_add(&line, &place, NULL, passes, 0);
		/* Three take a turn; a turn is over when each had one. */
		assert_in_range(passed_by_two(&line, &place, 0), passes * 3, passes * 3 + 3 * (passes > 0));
		line_done(&line);
	}
}

static void who_stands_there_alone_passes_nobody(void **state)
{
	struct line_place place = {0};
	struct line line;

	line_init(&line);
	line_add(&line, &place, NULL, 1000, 0);
	assert_ptr_equal(line_take(&line, 0), &place);
	line_done(&line);
}

/* Of one's own, too: those that come later and pass fewer turns go first. */
static void ones_own_go_by_their_turns(void **state)
{
	static const unsigned passes[] = {7, 9, 0, 0, 8};
	static const int wanted[] = {2, 3, 0, 4, 1};
	struct line_place places[5] = {0};
	struct line line;

	line_init(&line);
	for (int i = 0; i < 5; i++)
		line_add(&line, &places[i], NULL, passes[i], 0);
	for (int i = 0; i < 5; i++)
		assert_ptr_equal(line_take(&line, 0), &places[wanted[i]]);
	line_done(&line);
}

static void nobody_lets_others_pass_for_long(void **state)
{
	static const struct {
		int64_t after;
		int least, most;
	} rows[] = {{239999, 100, 400}, {240000, 0, 3}};

	for (int i = 0; i < 2; i++) {
		struct line_place place = {0}, other = {0}, later = {0};
		struct line line;
		int count = 0;

		line_init(&line);
		line_add(&line, &place, NULL, 100, 1);
		line_add(&line, &later, NULL, 1000, 2);
		line_add(&line, &other, &other, 0, 1);
		while (line_take(&line, 1 + rows[i].after) == &other && count++ < 1000)
			line_add(&line, &other, &other, 0, 1 + rows[i].after);
		assert_null(place.flow);
		assert_in_range(count, rows[i].least, rows[i].most);
		line_leave(&line, &later);
		line_leave(&line, &other);
		line_done(&line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_for_whom_one_stands_take_turns),
		cmocka_unit_test(whoever_leaves_is_passed_over),
		cmocka_unit_test(a_long_line_is_taken_whole),
		cmocka_unit_test(so_many_turns_are_passed_and_no_more),
		cmocka_unit_test(who_stands_there_alone_passes_nobody),
		cmocka_unit_test(ones_own_go_by_their_turns),
		cmocka_unit_test(nobody_lets_others_pass_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

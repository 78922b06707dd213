/* Timers: order, no starvation, and when an implementation is told to wake; the same on libuv. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "fake/fake_loop.h"
#include "net/loop.h"

/* A timer that notes its name. */
struct noted {
	struct timer timer;
	struct str *notes;
	char name;
};

static void note(void *arg)
{
	struct noted *noted = arg;
	str_add(noted->notes, &noted->name, 1);
}

static void arm(struct loop *loop, struct noted *noted, struct str *notes, char name, int64_t delay)
{
	noted->notes = notes;
	noted->name = name;
	timer_start(loop, &noted->timer, delay, note, noted);
}

static void test_order(void **state)
{
	AUTO_STR struct str notes = {0};
	struct fake_loop fake;
	struct noted t[6] = {0};
	fake_loop_init(&fake);
	arm(&fake.loop, &t[0], &notes, 'c', 20);
	arm(&fake.loop, &t[1], &notes, 'a', 10);
	arm(&fake.loop, &t[2], &notes, 'd', 20);
	arm(&fake.loop, &t[3], &notes, 'x', 5);
	arm(&fake.loop, &t[4], &notes, 'b', 15);
	arm(&fake.loop, &t[5], &notes, '0', -7);
	timer_stop(&fake.loop, &t[3].timer);
	timer_stop(&fake.loop, &t[3].timer);
	assert_false(timer_armed(&t[3].timer));
	assert_string_equal(str_text(&notes), "");
	fake_loop_run_for(&fake, 9);
	assert_string_equal(str_text(&notes), "0");
	fake_loop_run_for(&fake, 1);
	assert_string_equal(str_text(&notes), "0a");
	fake_loop_run_for(&fake, 100);
	assert_string_equal(str_text(&notes), "0abcd");
	assert_false(timer_armed(&t[0].timer));
	fake_loop_done(&fake);
}

/* Armed again: only the last arming counts, and its place among equals is a new one. */
static void test_rearm(void **state)
{
	AUTO_STR struct str notes = {0};
	struct fake_loop fake;
	struct noted a = {0}, b = {0};
	fake_loop_init(&fake);
	arm(&fake.loop, &a, &notes, 'a', 10);
	arm(&fake.loop, &b, &notes, 'b', 20);
	arm(&fake.loop, &a, &notes, 'a', 20);
	fake_loop_run_for(&fake, 15);
	assert_string_equal(str_text(&notes), "");
	fake_loop_run_for(&fake, 15);
	assert_string_equal(str_text(&notes), "ba");
	fake_loop_done(&fake);
}

enum { MANY = 500 };

static void test_heap_against_sorting(void **state)
{
	struct fake_loop fake;
	static struct noted timers[MANY];
	AUTO_STR struct str notes = {0};
	unsigned random = 7;
	fake_loop_init(&fake);
	for (int i = 0; i < 20 * MANY; i++) {
		random = random * 1103515245 + 12345;
		struct noted *each = &timers[(random >> 8) % MANY];
		if ((random >> 20) % 4 == 0)
			timer_stop(&fake.loop, &each->timer);
		else
			arm(&fake.loop, each, &notes, 'x', (random >> 16) % 1000);
	}
	size_t armed = 0;
	for (int i = 0; i < MANY; i++)
		armed += timer_armed(&timers[i].timer);
	assert_int_equal(fake.loop.count, armed);
	int64_t last_due = 0;
	while (fake.loop.count > 0) {
		int64_t due = fake.loop.own_heap[0]->due;
		for (size_t i = 0; i < fake.loop.count; i++) {
			assert_true(fake.loop.own_heap[i]->due >= due);
			assert_int_equal(fake.loop.own_heap[i]->slot, i + 1);
		}
		assert_true(due >= last_due);
		last_due = due;
		fake_loop_step(&fake, INT64_MAX);
	}
	assert_int_equal(notes.length, armed);
	fake_loop_done(&fake);
}

struct again {
	struct timer timer;
	struct loop *loop;
	int64_t delay;
	int fired;
};

static void fire_again(void *arg)
{
	struct again *again = arg;
	again->fired++;
	timer_start(again->loop, &again->timer, again->delay, fire_again, again);
}

/* A timer that arms itself with delay 0 fires once per turn: others, and the sockets, get theirs. */
static void test_no_starvation_within_a_turn(void **state)
{
	AUTO_STR struct str notes = {0};
	struct fake_loop fake;
	struct noted other = {0};
	fake_loop_init(&fake);
	struct again again = {.loop = &fake.loop};
	timer_start(&fake.loop, &again.timer, 0, fire_again, &again);
	arm(&fake.loop, &other, &notes, 'o', 0);
	assert_int_equal(again.fired, 0);
	assert_true(loop_turn(&fake.loop) == fake.now_ms);
	assert_int_equal(again.fired, 1);
	assert_string_equal(str_text(&notes), "o");
	loop_turn(&fake.loop);
	assert_int_equal(again.fired, 2);
	timer_stop(&fake.loop, &again.timer);
	assert_true(loop_turn(&fake.loop) == INT64_MAX);
	fake_loop_done(&fake);
}

struct stopper {
	struct timer timer;
	struct loop *loop;
	struct timer *victim;
};

static void stop_victim(void *arg)
{
	struct stopper *stopper = arg;
	timer_stop(stopper->loop, stopper->victim);
}

static void test_stop_within_a_turn(void **state)
{
	AUTO_STR struct str notes = {0};
	struct fake_loop fake;
	struct noted victim = {0};
	fake_loop_init(&fake);
	struct stopper stopper = {.loop = &fake.loop, .victim = &victim.timer};
	timer_start(&fake.loop, &stopper.timer, 5, stop_victim, &stopper);
	arm(&fake.loop, &victim, &notes, 'v', 5);
	fake_loop_run_for(&fake, 10);
	assert_string_equal(str_text(&notes), "");
	fake_loop_done(&fake);
}

static void test_wakes_for_the_earliest(void **state)
{
	AUTO_STR struct str notes = {0};
	struct fake_loop fake;
	struct noted a = {0}, b = {0};
	fake_loop_init(&fake);
	arm(&fake.loop, &a, &notes, 'a', 50);
	assert_int_equal(fake.wake_ms, fake.now_ms + 50);
	arm(&fake.loop, &b, &notes, 'b', 20);
	assert_int_equal(fake.wake_ms, fake.now_ms + 20);
	timer_stop(&fake.loop, &b.timer);
	assert_int_equal(fake.wake_ms, fake.now_ms + 50);
	timer_stop(&fake.loop, &a.timer);
	assert_true(fake.wake_ms == INT64_MAX);
	arm(&fake.loop, &a, &notes, 'a', INT64_MAX);
	fake_loop_done(&fake);
	assert_false(timer_armed(&a.timer));
}

static void stop_loop(void *arg)
{
	net_loop_stop(arg);
}

static void test_libuv_timers(void **state)
{
	AUTO_STR struct str notes = {0};
	struct loop *loop = net_loop_new();
	struct noted t[3] = {0};
	struct again soon = {.loop = loop};
	struct timer stop = {0};
	int64_t began = loop_now(loop);
	arm(loop, &t[0], &notes, 'b', 20);
	arm(loop, &t[1], &notes, 'a', 0);
	arm(loop, &t[2], &notes, 'x', 100000);
	timer_start(loop, &soon.timer, 0, fire_again, &soon);
	timer_start(loop, &stop, 40, stop_loop, loop);
	assert_string_equal(str_text(&notes), "");
	net_loop_run(loop);
	assert_string_equal(str_text(&notes), "ab");
	assert_true(soon.fired > 10);
	assert_in_range(loop_now(loop) - began, 40, 5000);
	net_loop_free(loop);
	assert_false(timer_armed(&t[2].timer));
}

static void note_signal(void *arg, int number)
{
	struct again *seen = arg;
	seen->fired = number;
	net_loop_stop(seen->loop);
}

static void send_term(void *arg)
{
	raise(SIGTERM);
}

static void test_libuv_signals(void **state)
{
	struct loop *loop = net_loop_new();
	struct again seen = {.loop = loop};
	struct timer timer = {0};
	net_loop_on_signals(loop, note_signal, &seen);
	timer_start(loop, &timer, 1, send_term, NULL);
	net_loop_run(loop);
	assert_int_equal(seen.fired, SIGTERM);
	net_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_rearm),
		cmocka_unit_test(test_heap_against_sorting),
		cmocka_unit_test(test_no_starvation_within_a_turn),
		cmocka_unit_test(test_stop_within_a_turn),
		cmocka_unit_test(test_wakes_for_the_earliest),
		cmocka_unit_test(test_libuv_timers),
		cmocka_unit_test(test_libuv_signals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The event loop as everything above net sees it: monotonic now, timers, deferred calls. One implementation runs on libuv,
 * another on virtual time (tests). Timers and deferred calls are kept here, in one heap, so both behave alike; an
 * implementation only says what time it is and when it must wake. Single-threaded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

typedef void (*loop_fn)(void *arg);

/* Embedded in its owner. Zeroed memory is a stopped timer. */
struct timer {
	loop_fn fn;
	void *arg;
	int64_t due;    /* ms, valid while armed */
	uint64_t order; /* ties fire in order of arming */
	size_t slot;    /* place in the heap + 1; 0 = not armed */
};

struct loop_ops {
	int64_t (*now_us)(struct loop *loop); /* never goes back */
	void (*wake_at)(
		struct loop *loop, int64_t due); /* run loop_turn() at `due` at the latest; INT64_MAX: nothing armed */
};

struct loop {
	const struct loop_ops *ops;
	struct timer **own_heap;
	size_t count, capacity;
	uint64_t next_order;
};

void loop_init(struct loop *loop, const struct loop_ops *ops);
void loop_done(struct loop *loop); /* armed timers are forgotten, not fired */

int64_t loop_now(struct loop *loop);    /* ms */
int64_t loop_now_us(struct loop *loop); /* the same clock, for what is short */
/* (Re)arms: fn(arg) runs once, after delay_ms (0: in the next turn). */
void timer_start(struct loop *loop, struct timer *timer, int64_t delay_ms, loop_fn fn, void *arg);
void timer_stop(struct loop *loop, struct timer *timer); /* also when not armed */
bool timer_armed(const struct timer *timer);

/* Fires what is due, for implementations. Returns the next due time, INT64_MAX when nothing is armed. */
int64_t loop_turn(struct loop *loop);

/* The libuv loop. */
struct uv_loop_s;
struct loop *net_loop_new(void);      /* never NULL */
void net_loop_run(struct loop *loop); /* until net_loop_stop */
void net_loop_stop(struct loop *loop);
void net_loop_free(struct loop *loop);
/* Calls fn(arg, signal) for SIGTERM and SIGINT from the loop. */
void net_loop_on_signals(struct loop *loop, void (*fn)(void *arg, int signal), void *arg);

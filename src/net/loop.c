/* Timers of a loop: a binary heap, earliest first, ties in order of arming. Invariant: own_heap[i]->slot == i + 1. */
#include "net/loop.h"

#include <assert.h>

#include "base/alloc.h"

enum { CAPACITY_FIRST = 64 };

void loop_init(struct loop *loop, const struct loop_ops *ops)
{
	*loop = (struct loop){.ops = ops};
}

void loop_done(struct loop *loop)
{
	for (size_t i = 0; i < loop->count; i++)
		loop->own_heap[i]->slot = 0;
	mem_free(loop->own_heap);
	loop->own_heap = NULL;
	loop->count = loop->capacity = 0;
}

int64_t loop_now(struct loop *loop)
{
	return loop->ops->now_us(loop) / 1000;
}

int64_t loop_now_us(struct loop *loop)
{
	return loop->ops->now_us(loop);
}

bool timer_armed(const struct timer *timer)
{
	return timer->slot != 0;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put_at(struct loop *loop, size_t index, struct timer *timer)
{
	loop->own_heap[index] = timer;
	timer->slot = index + 1;
}

static void sift_up(struct loop *loop, size_t index, struct timer *timer)
{
	while (index > 0 && is_before(timer, loop->own_heap[(index - 1) / 2])) {
		put_at(loop, index, loop->own_heap[(index - 1) / 2]);
		index = (index - 1) / 2;
	}
	put_at(loop, index, timer);
}

static void sift_down(struct loop *loop, size_t index, struct timer *timer)
{
	for (;;) {
		size_t child = 2 * index + 1;
		if (child + 1 < loop->count && is_before(loop->own_heap[child + 1], loop->own_heap[child]))
			child++;
		if (child >= loop->count || !is_before(loop->own_heap[child], timer))
			break;
		put_at(loop, index, loop->own_heap[child]);
		index = child;
	}
	put_at(loop, index, timer);
}

static void heap_add(struct loop *loop, struct timer *timer)
{
	if (loop->count == loop->capacity) {
		loop->capacity = loop->capacity ? loop->capacity * 2 : CAPACITY_FIRST;
		loop->own_heap = mem_resize(loop->own_heap, loop->capacity * sizeof(struct timer *));
	}
	loop->count++;
	sift_up(loop, loop->count - 1, timer);
}

static void heap_remove(struct loop *loop, struct timer *timer)
{
	size_t index = timer->slot - 1;
	assert(index < loop->count && loop->own_heap[index] == timer && "a timer of another loop");
	timer->slot = 0;
	struct timer *last = loop->own_heap[--loop->count];
	if (last == timer)
		return;
	if (is_before(last, timer))
		sift_up(loop, index, last);
	else
		sift_down(loop, index, last);
}

static int64_t earliest(const struct loop *loop)
{
	return loop->count ? loop->own_heap[0]->due : INT64_MAX;
}

static void tell_if_changed(struct loop *loop, int64_t before)
{
	int64_t after = earliest(loop);
	if (after != before)
		loop->ops->wake_at(loop, after);
}

void timer_start(struct loop *loop, struct timer *timer, int64_t delay_ms, loop_fn fn, void *arg)
{
	int64_t before = earliest(loop);
	if (timer_armed(timer))
		heap_remove(loop, timer);
	int64_t now = loop_now(loop);
	int64_t delay = delay_ms > 0 ? delay_ms : 0;
	timer->fn = fn;
	timer->arg = arg;
	timer->due = delay < INT64_MAX - now ? now + delay : INT64_MAX;
	timer->order = loop->next_order++;
	heap_add(loop, timer);
	tell_if_changed(loop, before);
}

void timer_stop(struct loop *loop, struct timer *timer)
{
	if (!timer_armed(timer))
		return;
	int64_t before = earliest(loop);
	heap_remove(loop, timer);
	tell_if_changed(loop, before);
}

/* What is armed during the turn is due at `now` at the earliest and has a later order than anything armed before, so it
 * stands behind all that this turn has to fire: the first timer of the turn's own is its end. */
int64_t loop_turn(struct loop *loop)
{
	int64_t now = loop_now(loop);
	uint64_t armed_before = loop->next_order;
	while (loop->count > 0) {
		struct timer *timer = loop->own_heap[0];
		if (timer->due > now || timer->order >= armed_before)
			break;
		heap_remove(loop, timer);
		timer->fn(timer->arg);
	}
	return earliest(loop);
}

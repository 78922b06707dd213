/* Virtual time. Invariant: now_ms never goes back, and never passes a timer that was not fired. */
#include "fake/fake_loop.h"

#include <assert.h>

/* A turn that arms another timer for the same moment again and again is a busy loop in the code under test. */
enum { TURNS_PER_MOMENT = 1000000 };

static int64_t fake_now_us(struct loop *loop)
{
	return ((struct fake_loop *)loop)->now_ms * 1000;
}

static void fake_wake_at(struct loop *loop, int64_t due)
{
	((struct fake_loop *)loop)->wake_ms = due;
}

static const struct loop_ops fake_ops = {.now_us = fake_now_us, .wake_at = fake_wake_at};

void fake_loop_init(struct fake_loop *fake)
{
	*fake = (struct fake_loop){.now_ms = 1000000, .wake_ms = INT64_MAX};
	loop_init(&fake->loop, &fake_ops);
}

void fake_loop_done(struct fake_loop *fake)
{
	loop_done(&fake->loop);
}

void fake_loop_settle(struct fake_loop *fake)
{
	int turns = 0;
	while (fake->wake_ms <= fake->now_ms) {
		assert(turns++ < TURNS_PER_MOMENT);
		fake->wake_ms = loop_turn(&fake->loop);
	}
}

bool fake_loop_step(struct fake_loop *fake, int64_t until_ms)
{
	if (fake->wake_ms > until_ms)
		return false;
	if (fake->now_ms < fake->wake_ms)
		fake->now_ms = fake->wake_ms;
	fake_loop_settle(fake);
	return true;
}

void fake_loop_run_for(struct fake_loop *fake, int64_t ms)
{
	int64_t until = fake->now_ms + ms;
	while (fake_loop_step(fake, until))
		;
	fake->now_ms = until;
}

bool fake_loop_run_idle(struct fake_loop *fake, int64_t limit_ms)
{
	int64_t until = fake->now_ms + limit_ms;
	while (fake_loop_step(fake, until))
		;
	return fake->wake_ms == INT64_MAX;
}

bool fake_loop_run_until(struct fake_loop *fake, const bool *flag, int64_t limit_ms)
{
	int64_t until = fake->now_ms + limit_ms;
	while (!*flag && fake_loop_step(fake, until))
		;
	return *flag;
}

/* A loop on virtual time, for tests and simulations: it stands still until it is run, and then jumps from one due timer to
 * the next. A minute costs nothing; the same arming gives the same order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/loop.h"

struct fake_loop {
	struct loop loop; /* what the code under test gets */
	int64_t now_ms;
	int64_t wake_ms; /* when the next timer is due; INT64_MAX: none */
};

void fake_loop_init(struct fake_loop *fake); /* now is 1,000,000 ms: a test that takes 0 for "never" would be wrong */
void fake_loop_done(struct fake_loop *fake);

/* Fires everything that is due without letting time pass; what that arms with delay 0 as well. */
void fake_loop_settle(struct fake_loop *fake);
/* Lets ms pass, firing timers in order, each at its own time. */
void fake_loop_run_for(struct fake_loop *fake, int64_t ms);
/* Jumps to the next due timer, not beyond until_ms (absolute), and fires what is due then. false: nothing was due until then. */
bool fake_loop_step(struct fake_loop *fake, int64_t until_ms);
/* Runs until no timer is armed; false when limit_ms passed before. */
bool fake_loop_run_idle(struct fake_loop *fake, int64_t limit_ms);
/* Runs until *flag is true; false when limit_ms passed, or nothing is armed any more, before. */
bool fake_loop_run_until(struct fake_loop *fake, const bool *flag, int64_t limit_ms);

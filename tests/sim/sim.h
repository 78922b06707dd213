/* Scenarios by name. A script drives a world from nothing to an end state and lets the judge look at it. */
#pragma once

#include "sim/judge.h"
#include "sim/world.h"

struct scenario {
	const char *name;
	void (*script)(struct world *world);
};

const struct scenario *scenario_find(const char *name); /* NULL when there is none */
const struct scenario *scenario_at(size_t index);       /* NULL past the end */

/* One run of a scenario. */
struct run {
	uint64_t seed;
	int leaders;           /* controllers that work at once; 0: one */
	uint64_t at;           /* call to die at, 0: none */
	enum kill_point point; /* where in it */
};

/* kills.c: returns the number of complaints, which it prints. calls: NULL, or how many calls the run saw. */
int run_scenario(const struct scenario *scenario, const struct run *run, uint64_t *calls);
/* Runs a scenario again and again, with the controller killed at each boundary of every Nth call. Returns the number of
 * failed runs; prints a command that replays each. */
int kill_campaign(const char *name, uint64_t seed, uint64_t every);

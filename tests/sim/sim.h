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
	uint64_t silent_at;    /* call whose other side falls silent, 0: none */
	enum silent_point silent_point;
};

/* How it went. */
struct outcome {
	int complaints;  /* printed */
	uint64_t calls;  /* that a controller may die at */
	uint64_t spoken; /* that may be met with silence */
	int64_t took_ms;
};

/* run.c */
struct outcome run_scenario(const struct scenario *scenario, const struct run *run);
/* kills.c: runs a scenario again and again, with the controller killed at each boundary of every Nth call. Returns the number of
 * failed runs; prints a command that replays each. */
int kill_campaign(const char *name, uint64_t seed, uint64_t every);
/* silences.c: the same with every Nth call met with silence, in each way. */
int silence_campaign(const char *name, uint64_t seed, uint64_t every);

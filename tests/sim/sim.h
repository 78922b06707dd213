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

/* two.c: why a scenario can't be played with two leaders at once; NULL: it can. */
const char *scenario_alone(const char *name);
/* Are those all that can be played with two leaders, and no others? Prints which are not as they should be. */
bool scenarios_with_two(char **names, int count);

/* One run of a scenario. */
struct run {
	uint64_t seed;
	int leaders;           /* controllers that work at once; 0: one */
	uint64_t at;           /* call to die at, 0: none */
	enum kill_point point; /* where in it */
	uint64_t silent_at;    /* call whose other side falls silent, 0: none */
	enum silent_point silent_point;
	struct branches *branches; /* that begin at its calls; NULL: none */
};

/* How it went. */
struct outcome {
	int complaints;  /* printed */
	uint64_t calls;  /* that a controller may die at */
	uint64_t spoken; /* that may be met with silence */
	int64_t took_ms;
};

/* run.c: prints a command that replays it when it fails. */
struct outcome run_scenario(const struct scenario *scenario, const struct run *run);

/* branches.c: runs that are alike up to a call. A scenario is run once, and at every Nth call, once for each point, a process branches
 * off in which the controller dies there, or the other side falls silent. So what comes before is paid for once. */
enum { BRANCH_NEVER = -1 }; /* as run's at: the script knows that somebody dies, and it does not come to it */
struct branches {
	uint64_t every;
	bool silences; /* else deaths */

	/* What came of them. */
	uint64_t count;
	int failed;
	int64_t longest_ms;

	const struct scenario *scenario;
	struct world *world;
	bool is_branch;     /* this process is one */
	int64_t *shared_ms; /* what a branch took */
};
void branches_begin(struct branches *branches, const struct scenario *scenario, struct world *world);
void branches_end(struct branches *branches, const struct outcome *outcome); /* does not return in a branch */

/* kills.c: a scenario with the controller killed at each boundary of every Nth call. Returns the number of failed runs. */
int kill_campaign(const char *name, uint64_t seed, uint64_t every);
/* silences.c: the same with every Nth call met with silence, in each way. */
int silence_campaign(const char *name, uint64_t seed, uint64_t every);

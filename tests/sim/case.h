/* Cases: a life, a seed and faults, as one line of text that replays them; each played in a process of its own. */
#pragma once

#include <sys/types.h>

#include "sim/life.h"

enum { CALLS_MAX = 400, LINE_SIZE = 512 };

struct trial {
	const struct life *life;
	uint64_t seed;
	struct fault faults[FAULTS_MAX];
	size_t count;
	unsigned per_mille; /* of the calls are struck at random beside them */
};

/* "create 1 F4@17:3,F1@20:1" or "create 1 10/1000"; no faults: "-". */
void trial_line(const struct trial *trial, char line[LINE_SIZE]);
bool trial_parse(const char *line, struct trial *trial);

/* What became of it. */
struct ending {
	int complaints; /* -1: the process crashed or hung */
	int64_t simulated_ms;
	size_t struck;
	struct fault faults[FAULTS_MAX]; /* those at random, too */
	size_t count;
	uint64_t calls;
	struct called {
		bool cloud, writes;
		char shape[120]; /* method and path without the names */
	} called[CALLS_MAX];
	char text[4096]; /* complaints */
};

/* A process of its own, which may crash, as fork begins it; there, its end. What became of it is a loan until the next. */
pid_t child_begin(void);
void child_end(void) __attribute__((noreturn));
const struct ending *child_await(pid_t child);
/* Plays in a process of its own, whose end is awaited; it may crash. A loan until the next. */
const struct ending *outcome_in_child(void (*play)(void *arg), void *arg);
void outcome_tell(const struct world *world); /* in the child: what it complains of */
void outcome_struck(size_t struck);           /* and how many faults struck */
/* Plays the trial on the stage as it is set, in a process of its own; the stage stays as it is. A loan until the next. */
const struct ending *trial_play(struct stage *stage, const struct trial *trial);
/* Called with each trial when it is over, in a process of its own that shares only mapped memory; false: no more of them. */
typedef bool (*trial_told_fn)(void *arg, struct stage *stage, const struct trial *trial, const struct ending *outcome);
/* Plays many of the stage's life and one seed, which it sorts, as trial_play does each; but what goes before their first faults is
 * lived only once. None of them may strike at random. Of those whose faults never strike only one is told. false: the life crashed. */
bool trials_play(struct stage *stage, struct trial *trials, size_t count, trial_told_fn told, void *arg);
/* Sets a stage of its own for it. */
const struct ending *trial_replay(const struct trial *trial);
/* Drops faults as long as it still fails as it did: complaints, of which the first one counts. */
void trial_shrink(struct trial *trial, const char *complaints);

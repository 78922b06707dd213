/* Surroundings that a test sets: a wall clock that runs with a virtual loop, randomness from a seed, files and variables in
 * memory, and programs that the test plays. */
#pragma once

#include <stdint.h>

#include "base/map.h"
#include "fake/fake_loop.h"
#include "net/env.h"

/* A program was started; the test ends it with fake_env_end, now or later. */
typedef void (*fake_run_fn)(void *arg, const struct process_request *request, struct process *process);

struct fake_env {
	struct env env;         /* what the code under test gets */
	struct fake_loop *loop; /* loan; its time drives the wall clock; NULL: the wall clock stands still */
	int64_t wall_us;        /* what the wall clock said at since_us */
	int64_t since_us;       /* loop time when it was set */
	int rate;               /* so many times as fast as the loop's time it runs */
	uint64_t seed;          /* state of the generator */
	struct map files;       /* path -> text */
	unsigned reads;         /* files read so far, found or not */
	struct map variables;   /* name -> text */
	fake_run_fn run;        /* NULL: there are no programs */
	void *run_arg;
	unsigned runs;    /* programs started so far */
	struct vec alive; /* struct process */
};

void fake_env_init(
	struct fake_env *fake, struct fake_loop *loop, uint64_t seed); /* the wall clock says 2026-01-02T03:04:05Z */
void fake_env_done(struct fake_env *fake);
void fake_env_set_wall(struct fake_env *fake, int64_t now_us); /* what the wall clock says from now on */
void fake_env_set_rate(struct fake_env *fake, int rate);
void fake_env_file(
	struct fake_env *fake, const char *path, const char *text); /* text is copied; NULL: no such file any more */
void fake_env_variable(struct fake_env *fake, const char *name, const char *text); /* text is copied; NULL: not set */
/* The program ends with this exit code, output and complaint; exit_code -1: it could not be started, complaint says why. */
void fake_env_end(struct process *process, int exit_code, const char *output, const char *complaint);

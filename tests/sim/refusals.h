/* What the files of tflb-sim-calls share. */
#pragma once

#include "sim/world.h"

/* One script in a world of its own; prints what was complained of. Returns whether all was well. */
bool run_alone(const char *name, void (*script)(struct world *world, const void *arg), const void *arg);

/* refusals.c: the table of errors. name: of a row; NULL: all. Returns whether all was well. */
bool refusals_run(const char *name);

/* The requests to calls like these (path: a pattern), oldest first, in the arena. */
cJSON *requests(struct world *world, const char *method, const char *path);

/* seldom.c: a script. */
void seldom(struct world *world);

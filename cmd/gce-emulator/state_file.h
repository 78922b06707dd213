/* The file of --state: the world's journal (emulator/journal.h), a line written and on the disk before the request that it is about is
 * answered. So nothing that was acknowledged is lost, whenever and however the program ends. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "emulator/journal.h"

struct state_file {
	const char *path; /* NULL: there is none, and nothing is kept */
	int file;
	char *own_head; /* the first line */
};

/* Opens the file and takes from it what the world began with, or begins one by options. Nobody else may have it open. options'
 * speed and lenient must be those of the file. A file that cannot be read stays as it is. */
bool state_file_open(struct state_file *state, const char *path, struct emulator_options *options, struct error *err);
/* Does again what the file says; now: the emulated time of the last line. An unfinished line at its end goes: it is about a request
 * that nobody was answered. */
bool state_file_play(struct state_file *state, struct emulator *emulator, int64_t *now, struct error *err);
/* Adds a line; on a reset the file begins anew with it. */
bool state_file_add(struct state_file *state, const char *line, bool reset, struct error *err);
void state_file_close(struct state_file *state);

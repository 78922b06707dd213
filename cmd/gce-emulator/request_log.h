/* One line of JSON for each request, written when its answer is known. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "base/map.h"
#include "emulator/emulator.h"

struct request_log {
	FILE *own_file;     /* NULL: nothing is logged */
	struct map pending; /* id as text -> own line so far, as JSON text */
};

/* path NULL: a log that does nothing. */
bool request_log_open(struct request_log *log, const char *path, struct error *err);
void request_log_request(struct request_log *log, const struct emulator_request *request, int64_t wall_us);
void request_log_answer(struct request_log *log, const struct emulator_answer *answer);
void request_log_close(struct request_log *log);

/* The journal of a simulated world's emulator, as gce-emulator --state keeps it; and the judge of it: what is played again must be
 * the same world. */
#pragma once

#include "base/map.h"
#include "emulator/journal.h"

struct journal {
	char *own_head;                       /* NULL: none is kept */
	struct vec lines;                     /* own texts */
	const struct emulator_request *asked; /* is being worked on; NULL: none */
	bool written;
};

void journal_begin(struct journal *journal, const struct emulator_options *options);
void journal_ask(struct journal *journal, const struct emulator_request *request);
/* It is answered (NULL: later) at emulated time now. */
void journal_answered(
	struct journal *journal, const struct emulator *emulator, const struct emulator_answer *answer, int64_t now);
/* Plays it; NULL: it is the same world, else what is wrong, owned by the caller. */
char *journal_judge(const struct journal *journal, struct emulator *emulator, int64_t now);
void journal_done(struct journal *journal);

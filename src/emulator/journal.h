/* A world as text: one line of JSON that says what it began with, and one for each request that changed it since. The same requests at
 * the same emulated times make the same world again, to the last machine; what only time did happens by itself. Each line also has
 * a digest of the answer that was given, so that a text that was damaged, or written by an emulator that behaves otherwise, is found out.
 *
 * Access tokens are not kept, and nothing that is asked of the services that give them out. */
#pragma once

#include "emulator/emulator.h"

/* The first line, without its end; owned by the caller. */
char *journal_head(const struct emulator_options *options);
/* Sets what a world begins with: seed, wall_start_us, lenient, speed. False: this is no such line. */
bool journal_head_read(const char *line, size_t length, struct emulator_options *options, struct error *err);

/* Whether the request that is being answered, or was the last one, changed more than time does. */
bool emulator_changed(const struct emulator *emulator);
/* The line of such a request, without its end; owned by the caller. answer NULL: it comes later. */
char *journal_line(const struct emulator_request *request, const struct emulator_answer *answer, int64_t now);
/* Does it again. Answers that come later than at once go to the emulator's own function, with ids that no request has. now: when
 * it was. False: the line can't be read, or the emulator answers otherwise. */
bool journal_play(struct emulator *emulator, const char *line, size_t length, int64_t *now, struct error *err);

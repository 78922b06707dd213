/* What the targets share. An input is a text of parts, divided by lines of a lone '%', so that seeds can be read and written by
 * hand; what a part means is each target's own. A law that does not hold ends the program by assert, which is a finding. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"

/* One per target: what libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct input {
	const char *at;
	size_t left;
	bool over; /* the last part was taken */
};

struct part {
	const char *text; /* not NUL-terminated; a loan of the input */
	size_t length;
};

/* The next part. False: there is none; it is empty then. */
bool input_part(struct input *input, struct part *part);
/* Copies without NUL bytes in them, in the current arena. */
char *part_text(struct part part);
/* The part up to the first line end; part is what follows it. */
struct part part_line(struct part *part);
/* A number that is a function of the part, for choices. */
uint64_t part_number(struct part part);

/* For every JSON text the same bounds. NULL: it is none. In the current arena. */
cJSON *part_json(struct part part);

/* Whether a sentence for people is one: not empty, one line, valid UTF-8. */
bool is_sentence(const char *text);
/* Whether an error was filled as callers may rely on. */
bool is_error(const struct error *err);

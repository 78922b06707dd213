/* One flag: a row of the table in flags.c, and how a text becomes its value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "flags.h"

enum flag_kind {
	FLAG_TEXT,   /* const char * */
	FLAG_TEXTS,  /* struct flag_texts; the flag may be given several times */
	FLAG_TIME,   /* int64_t, milliseconds */
	FLAG_WORD,   /* int, the index in words */
	FLAG_SWITCH, /* bool; the flag's value is optional */
	FLAG_END,    /* bool; takes no value, and nothing after it is read */
};

struct flag {
	const char *name; /* without "--" */
	const char
		*key; /* in the configuration file, "mapping.name" within a mapping; NULL: on the command line only */
	const char *value; /* its value's name in --help; NULL for FLAG_SWITCH and FLAG_END */
	enum flag_kind kind;
	size_t offset; /* of the member of struct flags */
	const char *
		initial; /* the default, as it would be written on the command line; NULL: zero, and help says what that means */
	const char *help; /* one line or several words too many: --help breaks it */
	const char *must; /* what a value must be, for whoever wrote another; NULL: every value is fine */
	bool (*accepts)(const char *text); /* FLAG_TEXT, FLAG_TEXTS: NULL: every text */
	int64_t least, most;               /* FLAG_TIME; most 0: any length */
	const char *const *words;          /* FLAG_WORD: up to NULL */
};

/* Puts the value that text stands for into flags, unless a stronger source has spoken; text must live as long as flags. False, and
 * err says what it must be, when it stands for none. */
bool flag_set(
	struct flags *flags, const struct flag *flag, const char *text, enum flag_source source, struct error *err);

/* The table: its rows one by one, NULL behind the last, and who set the flag of a row. */
const struct flag *flags_at(size_t index);
enum flag_source *flags_source(struct flags *flags, const struct flag *flag);

/* What the API server warns of, in the head of an answer: a version that is deprecated, a field that it does not know. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { WARNINGS_MAX = 32 };

struct warnings {
	void (*fn)(void *arg, const char *text); /* NULL: nobody is told */
	void *arg;
	uint64_t told[WARNINGS_MAX]; /* digests of the texts; there are never more */
	size_t count;
};

/* lines: the values of Warning headers. Tells those texts that are new. */
void warnings_take(struct warnings *warnings, const char *lines);

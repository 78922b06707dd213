/* Shared between the files of patterns: parts of texts. */
#pragma once

#include <string.h>

#include "base/str.h"
#include "model/patterns.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static inline bool one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* The slice is made of `set`, begins with one of `first`, ends with one of `last`. */
static inline bool slice_is(const char *text, size_t length, const char *first, const char *set, const char *last)
{
	return length > 0 && strspn(text, set) >= length && one_of(text[0], first) && one_of(text[length - 1], last);
}

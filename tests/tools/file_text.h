/* For tests: a file as it is. */
#pragma once

#include <stddef.h>

/* Its bytes, with an end that length does not count; the caller's. length may be NULL. NULL: it can't be read. */
char *file_text(const char *file, size_t *length);

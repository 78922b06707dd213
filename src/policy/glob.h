/* Names with wildcards. */
#pragma once

#include <stdbool.h>

/* Does pattern fit the whole text? * stands for any text without a slash, ** for any text; nothing else is special. Time grows with
 * the product of the two lengths, whatever they hold. */
bool glob_fits(const char *pattern, const char *text);

/* One row of a table: which beginnings of the text the pattern fits, as far as it was read. */
#include "policy/glob.h"

#include <string.h>

#include "base/json.h"

/* Once a beginning fits, so do all longer ones; for one star, up to the next slash. */
static void take_star(bool *fits, const char *text, size_t length, bool slashes)
{
	for (size_t i = 1; i <= length; i++)
		fits[i] = fits[i] || (fits[i - 1] && (slashes || text[i - 1] != '/'));
}

static void take_character(bool *fits, const char *text, size_t length, char c)
{
	for (size_t i = length; i > 0; i--)
		fits[i] = fits[i - 1] && text[i - 1] == c;
	fits[0] = false;
}

bool glob_fits(const char *pattern, const char *text)
{
	size_t length = strlen(text);
	bool *fits = arena_alloc(json_arena(), length + 1);

	fits[0] = true;
	while (*pattern) {
		bool star = *pattern == '*', two = star && pattern[1] == '*';

		if (star)
			take_star(fits, text, length, two);
		else
			take_character(fits, text, length, *pattern);
		pattern += two ? 2 : 1;
	}
	return fits[length];
}

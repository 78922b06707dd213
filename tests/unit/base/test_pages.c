/* The program's own pages: given back, and there again when they are needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/pages.h"

/* KB of files in memory, of this process. */
static long file_pages(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long found = -1;
	while (file && fgets(line, sizeof line, file))
		sscanf(line, "RssFile: %ld kB", &found);
	if (file)
		fclose(file);
	return found;
}

static void they_are_given_back(void **state)
{
	long before = file_pages();
	if (before < 0) { /* Linux before 4.5 */
		skip();
		return;
	}
	pages_give_back();
	assert_in_range(file_pages(), 1, before - 1);
}

static void the_program_goes_on(void **state)
{
	char text[32];
	pages_give_back();
	snprintf(text, sizeof text, "%.3f", 1.5);
	assert_string_equal(text, "1.500");
	pages_give_back();
	assert_int_equal(strlen(text), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_given_back),
		cmocka_unit_test(the_program_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

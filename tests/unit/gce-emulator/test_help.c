/* The help names all that the world can be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "help.h"

static char *source(const char *path)
{
	AUTO_FREE char *name = mem_printf(TFLB_SOURCE_DIR "/%s", path);
	FILE *file = fopen(name, "r");
	char *text = mem_alloc(1 << 20);

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* Every text in quotes between the two marks stands in the help, with these around it. Returns how many there are. */
static int all_are_named(const char *text, const char *from, const char *to, const char *around)
{
	const char *at = strstr(text, from), *end = at ? strstr(at, to) : NULL;
	int count = 0;

	assert_non_null(end);
	while ((at = strchr(at, '"')) && at < end) {
		int length = (int)strcspn(at + 1, "\"");
		AUTO_FREE char *word = mem_printf("%s%.*s%s", around, length, at + 1, around);

		if (!strstr(help_text, word))
			fail_msg("the help does not name %s", word);
		at += length + 2;
		count++;
	}
	return count;
}

static void changes_of_the_world(void **state)
{
	AUTO_FREE char *text = source("src/emulator/world.c");

	assert_true(all_are_named(text, "} changes[] = {", "\n};", "\"") > 15);
	assert_true(all_are_named(text, "const states[] = {", "};", "") >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(changes_of_the_world)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

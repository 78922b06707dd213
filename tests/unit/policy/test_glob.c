/* Wildcards: what fits, and that no pattern is slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/json.h"
#include "policy/glob.h"

static void fits(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} cases[] = {
		{"a", "a", true},
		{"a", "b", false},
		{"a", "ab", false},
		{"ab", "a", false},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "abc", true},
		{"*", "a/b", false},
		{"**", "a/b/c", true},
		{"**", "", true},
		{"n1-*", "n1-standard-4", true},
		{"n1-*", "n2-standard-4", false},
		{"n1-*", "xn1-standard-4", false},
		{"*-4", "n1-standard-4", true},
		{"*-4", "n1-standard-8", false},
		{"n*-*-4", "n1-standard-4", true},
		{"projects/*/global/networks/*", "projects/p/global/networks/n", true},
		{"projects/*/global/networks/*", "projects/p/regions/r/subnetworks/n", false},
		{"projects/*/networks/*", "projects/p/global/networks/n", false},
		{"projects/**/networks/*", "projects/p/global/networks/n", true},
		{"projects/p/**", "projects/p/global/images/family/f", true},
		{"projects/p/**", "projects/p2/global/images/family/f", false},
		{"projects/p/global/images/*", "projects/p/global/images/family/f", false},
		{"***", "a/b", true},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxaxx", false},
		{"a.b", "axb", false},
		{"[a]", "a", false},
		{"?", "a", false},
		{"A", "a", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		JSON_WORK(work);

		if (glob_fits(cases[i].pattern, cases[i].text) != cases[i].fits)
			fail_msg("%s and %s", cases[i].pattern, cases[i].text);
	}
}

/* One that goes back would need longer than there is time. */
static void the_worst_pattern_takes_no_time(void **state)
{
	JSON_WORK(work);
	char pattern[257] = "", text[257] = "";
	clock_t began = clock();

	for (int i = 0; i < 127; i++)
		strcat(pattern, "*a");
	memset(text, 'a', 256);
	text[255] = 'b';
	assert_false(glob_fits(pattern, text));
	assert_in_range((clock() - began) * 1000 / CLOCKS_PER_SEC, 0, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits),
		cmocka_unit_test(the_worst_pattern_takes_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

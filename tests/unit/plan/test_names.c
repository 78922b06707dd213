/* Arrays of names that the cloud changes one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "plan/names.h"

static const struct kind_names three = {.add = "add", .remove = "remove", .name = "n", .value = "v", .most = 3};

/* added, removed: NULL: none. */
static void check(const char *want, const char *seen, const char *added, const char *removed, const char *after)
{
	JSON_WORK(work);
	struct names_step step = names_step(&three, json_parse_text(want), json_parse_text(seen));

	if (!text_equal(step.added, added) || !text_equal(step.removed, removed))
		fail_msg("%s out of %s: adds %s, removes %s", want, seen, step.added ? step.added : "none",
			step.removed ? step.removed : "none");
	assert_string_equal(json_print(step.after), after);
}

static void what_is_there_stays(void **state)
{
	check("[\"a\",\"b\"]", "[\"b\",\"a\"]", NULL, NULL, "[\"b\",\"a\"]");
	check("[]", "null", NULL, NULL, "[]");
}

static void a_new_one_comes_first(void **state)
{
	check("[\"b\"]", "[\"a\"]", "b", NULL, "[\"a\",\"b\"]");
	check("[\"b\"]", "[\"a\",\"b\"]", NULL, "a", "[\"b\"]");
	check("[\"a\",\"b\"]", "null", "a", NULL, "[\"a\"]");
}

static void an_old_one_makes_room(void **state)
{
	check("[\"d\"]", "[\"a\",\"b\",\"c\"]", NULL, "a", "[\"b\",\"c\"]");
	check("[\"d\"]", "[\"b\",\"c\"]", "d", NULL, "[\"b\",\"c\",\"d\"]");
}

/* Whatever there is: as wanted after a few steps, and never more than there may be. */
static void it_gets_there(void **state)
{
	static const char *const sets[] = {
		"[]", "[\"a\"]", "[\"a\",\"b\"]", "[\"c\",\"b\",\"a\"]", "[\"d\",\"e\",\"f\"]", "[\"b\",\"e\"]"};
	enum { SETS = sizeof(sets) / sizeof(sets[0]) };

	for (size_t i = 0; i < SETS * SETS; i++) {
		JSON_WORK(work);
		const cJSON *want = json_parse_text(sets[i / SETS]), *seen = json_parse_text(sets[i % SETS]);
		struct names_step step;
		int steps = 0;

		while ((step = names_step(&three, want, seen)).added || step.removed) {
			seen = step.after;
			assert_true(cJSON_GetArraySize(seen) <= three.most && ++steps <= 6);
		}
		assert_int_equal(cJSON_GetArraySize(seen), cJSON_GetArraySize(want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_stays),
		cmocka_unit_test(a_new_one_comes_first),
		cmocka_unit_test(an_old_one_makes_room),
		cmocka_unit_test(it_gets_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Trees: look-ups, building, comparing, merging, and the arena they live in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static void test_look_ups(void **state)
{
	JSON_WORK(work);
	cJSON *tree = json_parse_text(
		"{\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":7}]},\"A\":{},\"a.b\":true,\"n\":null,\"s\":\"12\",\"f\":1.5}");
	assert_string_equal(json_text(tree, "a.b[0].c"), "x");
	assert_int_equal(json_int(tree, "a.b[1].c", 0), 7);
	assert_null(json_text(tree, "a.b[1].c"));
	assert_null(json_at(tree, "a.b[2]"));
	assert_null(json_at(tree, "a.b.c"));
	assert_null(json_at(tree, "a[0]"));
	assert_null(json_at(tree, "B"));
	assert_null(json_at(tree, "A.b"));
	assert_null(json_at(NULL, "a"));
	assert_true(json_bool(json_member(tree, "a.b"), "", false));
	assert_true(json_has(tree, "n"));
	assert_false(json_has(tree, "n.x"));
	assert_int_equal(json_int(tree, "s", 0), 12);
	assert_int_equal(json_int(tree, "f", -1), -1);
	assert_int_equal(json_int(tree, "n", -1), -1);
	assert_string_equal(json_text_or(tree, "n", "none"), "none");
	assert_true(json_bool(tree, "s", true));
}

static void test_strings_that_are_no_integers(void **state)
{
	JSON_WORK(work);
	cJSON *tree = json_parse_text("[\"\",\"-\",\" 1\",\"1x\",\"0x10\",\"99999999999999999999\",\"-5\",\"007\"]");
	static const int64_t want[] = {-1, -1, -1, -1, -1, -1, -5, 7};
	for (int i = 0; i < 8; i++)
		assert_int_equal(json_int(cJSON_GetArrayItem(tree, i), "", -1), want[i]);
}

static void test_building(void **state)
{
	JSON_WORK(work);
	cJSON *tree = cJSON_CreateObject();
	json_set_text(tree, "name", "old");
	json_setf(tree, "name", "%s-%d", "new", 1);
	assert_null(json_set_text(tree, "absent", NULL));
	assert_null(json_set(tree, "absent", NULL));
	json_set_int(tree, "big", INT64_MAX);
	json_set_int(tree, "round", 1000000000000000);
	json_set_bool(tree, "yes", true);
	json_add_text(json_set_array(tree, "list"), "one");
	json_set_int(json_add_object(json_at(tree, "list")), "n", -3);
	json_set_object(tree, "gone");
	json_remove(tree, "gone");
	json_remove(tree, "Name");
	assert_string_equal(json_print(tree),
		"{\"name\":\"new-1\",\"big\":\"9223372036854775807\",\"round\":1000000000000000,"
		"\"yes\":true,\"list\":[\"one\",{\"n\":-3}]}");
}

static void test_printing(void **state)
{
	JSON_WORK(work);
	cJSON *tree =
		json_parse_text("{\"b\":{\"z\":1,\"y\":[{\"q\":1,\"p\":2}]},\"a\":\"\\\"\\\\\\n\\u0001/\xc3\xa9\"}");
	assert_string_equal(
		json_print(tree), "{\"b\":{\"z\":1,\"y\":[{\"q\":1,\"p\":2}]},\"a\":\"\\\"\\\\\\n\\u0001/\xc3\xa9\"}");
	assert_string_equal(json_print_canonical(tree),
		"{\"a\":\"\\\"\\\\\\n\\u0001/\xc3\xa9\",\"b\":{\"y\":[{\"p\":2,\"q\":1}],\"z\":1}}");
	AUTO_FREE char *owned = json_print_owned(json_at(tree, "b.y"));
	assert_string_equal(owned, "[{\"q\":1,\"p\":2}]");
}

static void assert_equal_is(const char *a, const char *b, bool want)
{
	bool equal = json_equal(json_parse_text(a), json_parse_text(b));
	if (equal != want || json_equal(json_parse_text(b), json_parse_text(a)) != want)
		fail_msg("%s and %s: equal is %d", a, b, equal);
}

static void test_equal(void **state)
{
	JSON_WORK(work);
	assert_equal_is("{\"a\":1,\"b\":[1,{\"c\":null}]}", "{\"b\":[1,{\"c\":null}],\"a\":1.0}", true);
	assert_equal_is("{\"a\":1}", "{\"a\":1,\"b\":1}", false);
	assert_equal_is("{\"a\":1,\"c\":1}", "{\"a\":1,\"b\":1}", false);
	assert_equal_is("{\"a\":1}", "{\"A\":1}", false);
	assert_equal_is("[1,2]", "[2,1]", false);
	assert_equal_is("[1]", "[1,1]", false);
	assert_equal_is("1", "\"1\"", false);
	assert_equal_is("true", "false", false);
	assert_equal_is("null", "null", true);
	assert_equal_is("{}", "[]", false);
	assert_true(json_equal(NULL, NULL));
	assert_false(json_equal(NULL, cJSON_CreateNull()));
}

static cJSON *large(int count, int step)
{
	cJSON *object = cJSON_CreateObject();
	for (int i = 0; i < count; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i * step % count);
		cJSON_AddItemToObject(object, name, cJSON_CreateNumber(i * step % count));
	}
	return object;
}

/* 30,000 members in two orders: a comparison of each with each would take minutes. */
static void test_equal_of_large_objects(void **state)
{
	JSON_WORK(work);
	cJSON *a = large(30000, 1), *b = large(30000, 7919);
	assert_true(json_equal(a, b));
	cJSON_SetNumberValue(b->child->next, -1);
	assert_false(json_equal(a, b));
}

/* Where cJSON_Compare looks twice at every level, 2^60 steps would be needed. */
static void test_equal_of_deep_objects(void **state)
{
	JSON_WORK(work);
	AUTO_STR struct str text = {0};
	for (int i = 0; i < 60; i++)
		str_adds(&text, "{\"a\":");
	str_adds(&text, "1");
	for (int i = 0; i < 60; i++)
		str_adds(&text, "}");
	assert_true(json_equal(json_parse_text(text.own_text), json_parse_text(text.own_text)));
}

static void assert_merges(const char *target, const char *patch, const char *want)
{
	cJSON *patch_tree = json_parse_text(patch);
	cJSON *merged = json_merge(target != NULL ? json_parse_text(target) : NULL, patch_tree);
	assert_string_equal(json_print(merged), want);
	assert_string_equal(json_print(patch_tree), patch);
}

/* The cases of RFC 7396, appendix A. */
static void test_merge(void **state)
{
	JSON_WORK(work);
	assert_merges("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	assert_merges("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
	assert_merges("{\"a\":\"b\"}", "{\"a\":null}", "{}");
	assert_merges("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
	assert_merges("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	assert_merges("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
	assert_merges("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}");
	assert_merges("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
	assert_merges("[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]");
	assert_merges("{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]");
	assert_merges("{\"a\":\"foo\"}", "null", "null");
	assert_merges("{\"a\":\"foo\"}", "\"bar\"", "\"bar\"");
	assert_merges("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}");
	assert_merges("[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}");
	assert_merges("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
	assert_merges(NULL, "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}");
}

static void test_work_nests_and_leaves_nothing(void **state)
{
	size_t before = mem_counted().allocations;
	{
		JSON_WORK(outer);
		cJSON *kept = json_parse_text("[1]");
		{
			JSON_WORK(inner);
			assert_ptr_not_equal(json_arena(), outer.own_arena);
			json_parse_text("{\"a\":[1,2,3]}");
		}
		assert_ptr_equal(json_arena(), outer.own_arena);
		json_add_text(kept, "two");
		assert_string_equal(json_print(kept), "[1,\"two\"]");
	}
	assert_int_equal(mem_counted().allocations, before);
}

/* Numbers beyond 2^53 that are no integers in text stay numbers when they are printed. */
static void large_numbers_stay_numbers(void **state)
{
	static const char *const texts[] = {
		"-90071992547409932.5", "1e16", "123456789012345678e1", "1e300", "9007199254740993.0"};
	JSON_WORK(work);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const cJSON *tree = json_parse_text(texts[i]);
		assert_true(cJSON_IsNumber(tree));
		assert_true(json_equal(json_parse_text(json_print(tree)), tree));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look_ups),
		cmocka_unit_test(test_strings_that_are_no_integers),
		cmocka_unit_test(test_building),
		cmocka_unit_test(test_printing),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_equal_of_large_objects),
		cmocka_unit_test(test_equal_of_deep_objects),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_work_nests_and_leaves_nothing),
		cmocka_unit_test(large_numbers_stay_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

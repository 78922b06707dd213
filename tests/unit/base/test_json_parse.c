/* Parsing: what is refused, what is changed on the way in, and what is kept as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static cJSON *parse(const char *text, struct error *err)
{
	return json_parse(text, strlen(text), (struct json_limits){0}, err);
}

static void assert_refused(const char *text, const char *why)
{
	struct error err = {0};
	assert_null(parse(text, &err));
	assert_int_equal(err.class, ERROR_TRANSIENT);
	if (strstr(err.message, why) == NULL)
		fail_msg("%s: \"%s\" was expected in: %s", text, why, err.message);
}

static void assert_becomes(const char *text, const char *printed)
{
	struct error err = {0};
	cJSON *tree = parse(text, &err);
	assert_string_equal(err.message, "");
	assert_non_null(tree);
	assert_string_equal(json_print(tree), printed);
}

static void test_refuses_what_is_not_json(void **state)
{
	JSON_WORK(work);
	static const char *const texts[] = {"", " ", "{", "[1,", "{\"a\"}", "{\"a\":1,}", "[1 2]", "nul", "\"a",
		"{a:1}", "\"\\x\"", "{\"a\":\"\\ud800\"}", "1-2", "[1]]", "{} {}", "\"a\\"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i], "not valid JSON");
}

/* Wherever in a string it is: a quote, an escape, a NUL. */
static void test_strings_of_any_length(void **state)
{
	JSON_WORK(work);
	for (size_t length = 0; length < 30; length++) {
		char text[96];
		int end = snprintf(text, sizeof(text), "[\"%.*s\",\"\\\"%.*s\\\\\"]", (int)length,
			"abcdefghijklmnopqrstuvwxyz0123", (int)length, "012345678901234567890123456789");
		assert_becomes(text, text);
		for (int at = 2; at < end; at++) {
			char kept = text[at];
			text[at] = '\0';
			assert_null(json_parse(text, (size_t)end, (struct json_limits){0}, NULL));
			text[at] = kept;
		}
	}
}

static void test_space_around_is_fine(void **state)
{
	JSON_WORK(work);
	assert_becomes(" \r\n\t{ \"a\" : [ 1 , 2 ] } \n", "{\"a\":[1,2]}");
}

static void test_what_is_not_utf8(void **state)
{
	JSON_WORK(work);
	assert_refused("{\"a\":\"\xc3\"}", "a byte that is not UTF-8 at byte 6");
	assert_refused("\xff\xfe{}", "a byte that is not UTF-8 at byte 0");
	assert_becomes("\"\xc3\xa4\"", "\"\xc3\xa4\"");
}

static void test_duplicate_names_are_refused(void **state)
{
	JSON_WORK(work);
	assert_refused("{\"a\":1,\"b\":2,\"a\":3}", "\"a\" stands twice");
	assert_refused("[{\"x\":{\"\\u0061\":1,\"a\":3}}]", "\"a\" stands twice");
	assert_becomes(
		"{\"a\":{\"a\":1},\"A\":[{\"a\":1},{\"a\":2}]}", "{\"a\":{\"a\":1},\"A\":[{\"a\":1},{\"a\":2}]}");
}

static void add_members(struct str *text, int count)
{
	for (int i = 0; i < count; i++)
		str_addf(text, "%s\"name%d\":%d", i > 0 ? "," : "{", i, i);
}

static void test_duplicates_in_large_objects(void **state)
{
	JSON_WORK(work);
	AUTO_STR struct str text = {0};
	add_members(&text, 1000);
	size_t length = text.length;
	str_adds(&text, "}");
	struct error err = {0};
	assert_non_null(parse(text.own_text, &err));
	str_cut(&text, length);
	str_adds(&text, ",\"name517\":1}");
	assert_refused(text.own_text, "\"name517\" stands twice");
}

static void test_integers_beyond_a_double_become_strings(void **state)
{
	JSON_WORK(work);
	assert_becomes("[9007199254740992,-9007199254740992]", "[9007199254740992,-9007199254740992]");
	assert_becomes("[9007199254740993,-9007199254740993]", "[\"9007199254740993\",\"-9007199254740993\"]");
	assert_becomes("{\"id\":12345678901234567890}", "{\"id\":\"12345678901234567890\"}");
	assert_becomes("[12345678901234567,-12345678901234567]", "[\"12345678901234567\",\"-12345678901234567\"]");
	assert_becomes("[999999999999999,1000000000000000]", "[999999999999999,1000000000000000]");
	assert_becomes("{\"12345678901234567890\":\"12345678901234567890\"}",
		"{\"12345678901234567890\":\"12345678901234567890\"}");
}

static void test_big_integers_are_read_exactly(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	cJSON *tree =
		parse("{\"id\":9223372036854775807,\"low\":-9223372036854775808,\"over\":9223372036854775808}", &err);
	assert_true(json_int(tree, "id", 0) == INT64_MAX);
	assert_true(json_int(tree, "low", 0) == INT64_MIN);
	assert_int_equal(json_int(tree, "over", -7), -7);
}

static void test_numbers_print_as_they_are(void **state)
{
	JSON_WORK(work);
	assert_becomes("[0.8,1.5,-0,1767225845000000,2.5e-7,0.1]", "[0.8,1.5,0,1767225845000000,2.5e-07,0.1]");
	assert_refused("[1e999]", "too large");
}

static void test_nul_does_not_end_a_string_early(void **state)
{
	JSON_WORK(work);
	assert_becomes("{\"a\\u0000b\":\"c\\u0000d\"}", "{\"a\xef\xbf\xbd"
							"b\":\"c\xef\xbf\xbd"
							"d\"}");
	assert_becomes("[\"\\\\u0000\"]", "[\"\\\\u0000\"]");
	struct error err = {0};
	assert_null(json_parse("[\"a\0b\"]", 7, (struct json_limits){0}, &err));
	assert_null(json_parse("[1,\0 2]", 7, (struct json_limits){0}, &err));
	assert_null(json_parse("[1]\0", 4, (struct json_limits){0}, &err));
}

static void test_limits(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct json_limits small = {.bytes = 8, .depth = 3};
	assert_non_null(json_parse("[[[1]]] ", 8, small, &err));
	assert_null(json_parse("[[[1]]]  ", 9, small, &err));
	assert_non_null(strstr(err.message, "larger than 8 bytes"));
	assert_null(json_parse("[[[[]]]]", 8, small, &err));
	assert_non_null(strstr(err.message, "deeper than 3"));
	assert_non_null(json_parse("\"[[[[\"", 6, small, &err));
}

static void test_default_depth(void **state)
{
	JSON_WORK(work);
	char text[2 * 65 + 1] = "";
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	struct error err = {0};
	assert_non_null(parse(text, &err));
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	assert_refused(text, "deeper than 64");
}

static void test_text_need_not_be_terminated(void **state)
{
	JSON_WORK(work);
	AUTO_FREE char *text = mem_copy("[12345", 4);
	struct error err = {0};
	assert_null(json_parse(text, 4, (struct json_limits){0}, &err));
	text[3] = ']';
	cJSON *tree = json_parse(text, 4, (struct json_limits){0}, &err);
	assert_string_equal(json_print(tree), "[12]");
}

/* Every prefix of a text is refused, and none is read beyond its end. */
static void test_every_prefix_is_refused(void **state)
{
	JSON_WORK(work);
	static const char whole[] = "{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\n\"],\"b\":{\"c\":12345678901234567890}}";
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		AUTO_FREE char *text = mem_copy(whole, length);
		struct error err = {0};
		assert_null(json_parse(text, length, (struct json_limits){0}, &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses_what_is_not_json),
		cmocka_unit_test(test_strings_of_any_length),
		cmocka_unit_test(test_space_around_is_fine),
		cmocka_unit_test(test_duplicate_names_are_refused),
		cmocka_unit_test(test_duplicates_in_large_objects),
		cmocka_unit_test(test_integers_beyond_a_double_become_strings),
		cmocka_unit_test(test_big_integers_are_read_exactly),
		cmocka_unit_test(test_numbers_print_as_they_are),
		cmocka_unit_test(test_nul_does_not_end_a_string_early),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_default_depth),
		cmocka_unit_test(test_text_need_not_be_terminated),
		cmocka_unit_test(test_every_prefix_is_refused),
		cmocka_unit_test(test_what_is_not_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

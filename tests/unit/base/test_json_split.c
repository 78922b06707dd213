/* The splitter: the same elements and the same rest however the stream is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

/* Elements are collected one per line. */
static void collect(void *arg, const char *text, size_t length)
{
	struct str *lines = arg;
	assert_true(str_add(lines, text, length) && str_add(lines, "\n", 1));
}

static struct json_split sequence(struct str *lines)
{
	return (struct json_split){.form = JSON_SPLIT_SEQUENCE, .maximum = 1000, .fn = collect, .arg = lines};
}

static struct json_split member(struct str *lines, const char *inner)
{
	return (struct json_split){.form = JSON_SPLIT_MEMBER,
		.member = "items",
		.inner = inner,
		.maximum = 1000,
		.fn = collect,
		.arg = lines};
}

/* Feeds text in pieces of a memory block of their own, so that a look beyond a piece is found by the sanitizer. */
static bool feed(struct json_split *split, const char *text, size_t length, size_t piece)
{
	for (size_t at = 0; at < length; at += piece) {
		size_t size = length - at < piece ? length - at : piece;
		AUTO_FREE char *bytes = mem_copy(text + at, size);
		if (!json_split_feed(split, bytes, size, NULL))
			return false;
	}
	return true;
}

static void check(struct json_split split, const char *text, const char *lines, const char *rest)
{
	struct str *collected = split.arg;
	for (size_t piece = 1; piece <= strlen(text); piece++) {
		const char *seen_rest = NULL;
		str_clear(collected);
		json_split_init(&split);
		assert_true(feed(&split, text, strlen(text), piece));
		assert_true(json_split_end(&split, &seen_rest, NULL));
		assert_string_equal(str_text(collected), lines);
		assert_string_equal(seen_rest, rest);
		json_split_done(&split);
	}
}

/* Cut in two at every byte. */
static void check_cuts(struct json_split split, const char *text, const char *lines)
{
	struct str *collected = split.arg;
	for (size_t cut = 0; cut <= strlen(text); cut++) {
		str_clear(collected);
		json_split_init(&split);
		assert_true(feed(&split, text, cut, cut + 1));
		assert_true(feed(&split, text + cut, strlen(text) - cut, strlen(text)));
		assert_true(json_split_end(&split, NULL, NULL));
		assert_string_equal(str_text(collected), lines);
		json_split_done(&split);
	}
}

static void test_sequence(void **state)
{
	AUTO_STR struct str lines = {0};
	static const char text[] = "{\"a\":\"}\\\"{\"}{\"b\":[1,{}]}\r\n [] \n\n{\"u\":\"\\u00e9\xc3\xa9\\\\\"}\n";
	static const char want[] = "{\"a\":\"}\\\"{\"}\n{\"b\":[1,{}]}\n[]\n{\"u\":\"\\u00e9\xc3\xa9\\\\\"}\n";
	check(sequence(&lines), text, want, "");
	check_cuts(sequence(&lines), text, want);
	check(sequence(&lines), "1 2.5e3\ntrue\"x\"null", "1\n2.5e3\ntrue\n\"x\"\nnull\n", "");
}

static void test_empty_sequence(void **state)
{
	AUTO_STR struct str lines = {0};
	struct json_split split = sequence(&lines);
	json_split_init(&split);
	assert_true(json_split_feed(&split, " \n", 2, NULL));
	assert_true(json_split_end(&split, NULL, NULL));
	assert_int_equal(lines.length, 0);
	json_split_done(&split);
}

static void test_member(void **state)
{
	AUTO_STR struct str lines = {0};
	static const char text[] =
		"{\"kind\":\"L\",\"metadata\":{\"items\":[1],\"continue\":\"items\"},"
		"\"items\":[ {\"items\":[2]} ,3,\"x\\\"]\", [[]],true,null],\"x\":[\"items\",{\"items\":[]}]}\n";
	static const char want[] = "{\"items\":[2]}\n3\n\"x\\\"]\"\n[[]]\ntrue\nnull\n";
	static const char rest[] = "{\"kind\":\"L\",\"metadata\":{\"items\":[1],\"continue\":\"items\"},"
				   "\"items\":[],\"x\":[\"items\",{\"items\":[]}]}\n";
	check(member(&lines, NULL), text, want, rest);
	check_cuts(member(&lines, NULL), text, want);
}

static void test_member_that_is_no_array_stays(void **state)
{
	AUTO_STR struct str lines = {0};
	check(member(&lines, NULL), "{\"items\":null}", "", "{\"items\":null}");
	check(member(&lines, NULL), "{\"items\":{\"items\":[1]}}", "", "{\"items\":{\"items\":[1]}}");
	check(member(&lines, NULL), "{\"item\":[1],\"itemsx\":[2],\"x\":\"items\"}", "",
		"{\"item\":[1],\"itemsx\":[2],\"x\":\"items\"}");
	check(member(&lines, NULL), "{}", "", "{}");
	check(member(&lines, NULL), "{\"items\":[ ]}", "", "{\"items\":[]}");
}

static void test_aggregated(void **state)
{
	AUTO_STR struct str lines = {0};
	static const char text[] = "{\"id\":\"x\",\"items\":{\"zones/a\":{\"groups\":[{\"n\":1},{\"groups\":[9]}]},"
				   "\"regions/b\":{\"warning\":{\"code\":\"X\",\"groups\":[7]}},\"zones/"
				   "c\":{\"warning\":{},\"groups\":[{\"n\":3}]},"
				   "\"zones/d\":{\"groups\":[]}},\"groups\":[8],\"nextPageToken\":\"t\"}";
	static const char want[] = "{\"n\":1}\n{\"groups\":[9]}\n{\"n\":3}\n";
	static const char rest[] = "{\"id\":\"x\",\"items\":{\"zones/a\":{\"groups\":[]},"
				   "\"regions/b\":{\"warning\":{\"code\":\"X\",\"groups\":[7]}},\"zones/"
				   "c\":{\"warning\":{},\"groups\":[]},"
				   "\"zones/d\":{\"groups\":[]}},\"groups\":[8],\"nextPageToken\":\"t\"}";
	check(member(&lines, "groups"), text, want, rest);
	check_cuts(member(&lines, "groups"), text, want);
	check(member(&lines, "groups"), "{\"items\":[{\"groups\":[1]}]}", "", "{\"items\":[{\"groups\":[1]}]}");
}

static void test_large_elements_are_skipped_and_counted(void **state)
{
	static const char text[] = "{\"items\":[\"12345678\",\"123456789\",[1],\"a longer one than that\"],\"n\":1}";
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		AUTO_STR struct str lines = {0};
		struct json_split split = member(&lines, NULL);
		const char *rest;
		split.maximum = 10;
		json_split_init(&split);
		assert_true(feed(&split, text, sizeof(text) - 1, piece));
		assert_true(json_split_end(&split, &rest, NULL));
		assert_string_equal(lines.own_text, "\"12345678\"\n[1]\n");
		assert_int_equal(split.skipped, 2);
		assert_string_equal(rest, "{\"items\":[],\"n\":1}");
		json_split_done(&split);
	}
}

static void test_large_value_breaks_a_sequence(void **state)
{
	static const char text[] = "[1] [1234567890] [2]";
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		AUTO_STR struct str lines = {0};
		struct json_split split = sequence(&lines);
		split.maximum = 10;
		json_split_init(&split);
		assert_false(feed(&split, text, sizeof(text) - 1, piece));
		assert_false(json_split_feed(&split, "[3]", 3, NULL));
		assert_false(json_split_end(&split, NULL, NULL));
		assert_string_equal(lines.own_text, "[1]\n");
		json_split_done(&split);
	}
}

static void test_large_values_of_a_sequence_may_be_skipped(void **state)
{
	static const char text[] = "[1] [1234567890] [2]\n\"a longer one than that\"[3]";
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		AUTO_STR struct str lines = {0};
		struct json_split split = sequence(&lines);
		split.maximum = 10;
		split.skip = true;
		split.too_large = collect;
		json_split_init(&split);
		assert_true(feed(&split, text, sizeof(text) - 1, piece));
		assert_true(json_split_end(&split, NULL, NULL));
		assert_string_equal(lines.own_text, "[1]\n[123456789\n[2]\n\"a longer \n[3]\n");
		assert_int_equal(split.skipped, 2);
		json_split_done(&split);
	}
}

static void assert_broken(struct json_split split, const char *text)
{
	struct error err = {0};
	json_split_init(&split);
	if (json_split_feed(&split, text, strlen(text), &err) && json_split_end(&split, NULL, &err))
		fail_msg("taken for JSON: %s", text);
	assert_int_equal(err.class, ERROR_TRANSIENT);
	json_split_done(&split);
}

static void test_broken_streams(void **state)
{
	AUTO_STR struct str lines = {0};
	static const char *const both[] = {"{", "{\"a\":1]", "}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{1:2}",
		"{\"a\":1,}", "{\"a\":}", "{\"a\",1}", "{,}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":\"x",
		"{\"items\":[1", "{\"items\":[1 2]}", "<html>"};
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		assert_broken(sequence(&lines), both[i]);
		assert_broken(member(&lines, NULL), both[i]);
	}
	static const char *const for_member[] = {"", " ", "[]", "3", "{} {}", "{}1"};
	for (size_t i = 0; i < sizeof(for_member) / sizeof(for_member[0]); i++)
		assert_broken(member(&lines, NULL), for_member[i]);
}

static void test_depth_is_bounded(void **state)
{
	AUTO_STR struct str lines = {0};
	AUTO_STR struct str text = {0};
	for (int i = 0; i < 16 * 1024 + 1; i++)
		str_adds(&text, "[");
	assert_broken(sequence(&lines), text.own_text);
}

/* As deep as a Go program takes it, brackets of both kinds: whoever reads it may refuse it, but the values around it come. */
static void test_a_deep_value_does_not_stop_the_others(void **state)
{
	enum { LEVELS = 9999 };
	AUTO_STR struct str lines = {0};
	AUTO_STR struct str text = {0};
	struct json_split split = sequence(&lines);
	struct error err = {0};
	str_adds(&text, "1 ");
	for (int i = 0; i < LEVELS; i++)
		str_adds(&text, i % 3 ? "[" : "{\"a\":");
	str_adds(&text, "0");
	for (int i = LEVELS; i-- > 0;)
		str_adds(&text, i % 3 ? "]" : "}");
	str_adds(&text, " 2 ");
	split.maximum = text.length;
	json_split_init(&split);
	assert_true(json_split_feed(&split, str_text(&text), text.length, &err));
	assert_true(json_split_end(&split, NULL, &err));
	json_split_done(&split);
	assert_true(text_starts(str_text(&lines), "1\n{") && text_ends(str_text(&lines), "}\n2\n"));
	text.own_text[text.length - 4] = ']'; /* the outermost bracket is closed by one of the other kind */
	split.maximum = text.length;
	assert_broken(split, text.own_text);
}

static void test_rest_is_bounded(void **state)
{
	AUTO_STR struct str lines = {0};
	struct json_split split = member(&lines, NULL);
	struct error err = {0};
	char block[4096];
	size_t taken = 0;
	memset(block, 'x', sizeof(block));
	json_split_init(&split);
	assert_true(json_split_feed(&split, "{\"a\":\"", 6, &err));
	while (taken < 8u << 20 && json_split_feed(&split, block, sizeof(block), &err))
		taken += sizeof(block);
	assert_in_range(taken, 3u << 20, 4u << 20);
	json_split_done(&split);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_empty_sequence),
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_member_that_is_no_array_stays),
		cmocka_unit_test(test_aggregated),
		cmocka_unit_test(test_large_elements_are_skipped_and_counted),
		cmocka_unit_test(test_large_value_breaks_a_sequence),
		cmocka_unit_test(test_large_values_of_a_sequence_may_be_skipped),
		cmocka_unit_test(test_broken_streams),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_a_deep_value_does_not_stop_the_others),
		cmocka_unit_test(test_rest_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

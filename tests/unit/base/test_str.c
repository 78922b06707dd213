/* Byte strings and their maximum, text helpers, base64 and digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"

static void test_maximum_refuses_and_adds_nothing(void **state)
{
	AUTO_STR struct str str = STR_INIT(8);
	assert_string_equal(str_text(&str), "");
	assert_true(str_adds(&str, "12345"));
	assert_false(str_adds(&str, "6789"));
	assert_false(str_addf(&str, "%d", 6789));
	assert_string_equal(str_text(&str), "12345");
	assert_true(str_adds(&str, "678"));
	assert_false(str_add(&str, "x", 1));
	assert_true(str_add(&str, "", 0));
	assert_string_equal(str_text(&str), "12345678");
	assert_true(str.capacity <= 9);
}

static void test_maximum_against_overflow(void **state)
{
	AUTO_STR struct str str = STR_INIT(8);
	str_adds(&str, "1");
	assert_false(str_add(&str, "x", SIZE_MAX));
	assert_int_equal(str.length, 1);
}

static void test_half_an_escape_is_not_added(void **state)
{
	AUTO_STR struct str str = STR_INIT(5);
	str_adds(&str, "a");
	assert_false(str_add_escaped(&str, "b//"));
	assert_false(str_add_quoted(&str, "abc"));
	assert_false(str_add_base64(&str, "abcd", 4, false));
	assert_string_equal(str_text(&str), "a");
}

static void test_take_clear_cut(void **state)
{
	struct str str = STR_INIT(100);
	str_adds(&str, "hello");
	str_cut(&str, 9);
	assert_string_equal(str_text(&str), "hello");
	str_cut(&str, 2);
	assert_string_equal(str_text(&str), "he");
	AUTO_FREE char *taken = str_take(&str);
	assert_string_equal(taken, "he");
	assert_int_equal(str.length, 0);
	assert_int_equal(str.maximum, 100);
	AUTO_FREE char *empty = str_take(&str);
	assert_string_equal(empty, "");
	str_clear(&str);
	str_done(&str);
}

static void test_text_helpers(void **state)
{
	char cut[4];
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal("a", NULL));
	assert_true(text_starts("abc", "ab") && !text_starts("a", "ab") && !text_starts(NULL, "a"));
	assert_true(text_ends("abc", "bc") && !text_ends("c", "bc") && !text_ends(NULL, "a"));
	assert_true(text_copy(cut, sizeof(cut), "abc"));
	assert_false(text_copy(cut, sizeof(cut), "abcd"));
	assert_string_equal(cut, "abc");
}

static void test_labels(void **state)
{
	assert_true(text_is_label("a", 63));
	assert_true(text_is_label("a-1", 3));
	assert_false(text_is_label("a-1", 2));
	static const char *const wrong[] = {"", "1a", "-a", "a-", "A", "a_b", "a.b", "\xc3\xa4"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(text_is_label(wrong[i], 63));
}

static void test_escapes(void **state)
{
	AUTO_STR struct str str = {0};
	str_add_escaped(&str, "aZ0-._~ /?&=%\xc3\xa9");
	assert_string_equal(str_text(&str), "aZ0-._~%20%2F%3F%26%3D%25%C3%A9");
	str_clear(&str);
	str_add_quoted(&str, "a\"\\\n\x01");
	assert_string_equal(str_text(&str), "\"a\\\"\\\\\\n\\u0001\"");
}

/* RFC 4648, section 10, and the two characters in which the alphabets differ. */
static void test_base64(void **state)
{
	static const char *const pairs[][3] = {{"", "", ""}, {"f", "Zg==", "Zg"}, {"fo", "Zm8=", "Zm8"},
		{"foo", "Zm9v", "Zm9v"}, {"foob", "Zm9vYg==", "Zm9vYg"}, {"fooba", "Zm9vYmE=", "Zm9vYmE"},
		{"\xfb\xff", "+/8=", "-_8"}};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		for (int url = 0; url <= 1; url++) {
			AUTO_STR struct str text = {0};
			AUTO_STR struct str back = {0};
			str_add_base64(&text, pairs[i][0], strlen(pairs[i][0]), url);
			assert_string_equal(str_text(&text), pairs[i][1 + url]);
			assert_true(str_decode_base64(&back, str_text(&text), text.length));
			assert_string_equal(str_text(&back), pairs[i][0]);
		}
	}
}

static void test_malformed_base64(void **state)
{
	static const char *const wrong[] = {
		"Z", "Zg=", "Zg===", "Z===", "====", "Zm9v=", "Zh==", "Zm9", "Zm 9v", "Zm9vZ", "Zm=v", "Zm\n9v"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		AUTO_STR struct str out = {0};
		str_adds(&out, "kept");
		if (str_decode_base64(&out, wrong[i], strlen(wrong[i])))
			fail_msg("decoded: %s", wrong[i]);
		assert_string_equal(out.own_text, "kept");
	}
}

static void test_digest(void **state)
{
	char text[53];
	char hex[DIGEST_HEX_SIZE];
	digest_base32("abc", 3, text, 52);
	assert_string_equal(text, "xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq");
	digest_base32("abc", 3, text, 8);
	assert_string_equal(text, "xj4bnp4p");
	digest_base32("", 0, text, 4);
	assert_string_equal(text, "4oym");
	digest_hex("abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2 */
}

static void test_hash(void **state)
{
	assert_true(hash_text("") == 0xcbf29ce484222325);
	assert_true(hash_text("foobar") == 0x85944171f73967e8);
}

static void test_utf8(void **state)
{
	static const char *const whole[] = {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xf4\x8f\xbf\xbf"};
	/* Behind "ab": a lone continuation, overlong forms, a surrogate, beyond U+10FFFF, cut characters, a byte that never is. */
	static const char *const broken[] = {"ab\x80", "ab\xc0\x80", "ab\xc1\xbf", "ab\xe0\x9f\xbf",
		"ab\xf0\x8f\xbf\xbf", "ab\xed\xa0\x80", "ab\xf4\x90\x80\x80", "ab\xe2\x82", "ab\xf0\x9f\x98", "ab\xc3(",
		"ab\xff"};
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		assert_int_equal(text_utf8(whole[i], strlen(whole[i])), strlen(whole[i]));
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(text_utf8(broken[i], strlen(broken[i])), 2);
	for (size_t at = 0; at < 40; at++) { /* eight bytes are looked at together */
		char text[48];
		memset(text, 'x', sizeof(text));
		memcpy(text + at, "\xe2\x82\xac", 3);
		assert_int_equal(text_utf8(text, sizeof(text)), sizeof(text));
		text[at] = '\x80';
		assert_int_equal(text_utf8(text, sizeof(text)), at);
	}
}

static void test_distance(void **state)
{
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("sitting", "kitten"), 3);
	assert_int_equal(text_distance("flaw", "lawn"), 2);
	char a[200] = "", b[200] = "";
	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	assert_int_equal(text_distance(a, b), 63);
}

static void test_text_set(void **state)
{
	char *own = NULL;

	text_set(&own, "abc");
	assert_string_equal(own, "abc");
	struct mem_count before = mem_counted();
	text_set(&own, "xyz"); /* as long: where the other stood */
	assert_string_equal(own, "xyz");
	text_set(&own, own);
	assert_string_equal(own, "xyz");
	assert_int_equal(mem_counted().bytes, before.bytes);
	text_set(&own, own + 1);
	assert_string_equal(own, "yz");
	text_set(&own, NULL);
	assert_null(own);
	text_set(&own, NULL);
	assert_null(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_set),
		cmocka_unit_test(test_maximum_refuses_and_adds_nothing),
		cmocka_unit_test(test_maximum_against_overflow),
		cmocka_unit_test(test_half_an_escape_is_not_added),
		cmocka_unit_test(test_take_clear_cut),
		cmocka_unit_test(test_text_helpers),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_malformed_base64),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_distance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

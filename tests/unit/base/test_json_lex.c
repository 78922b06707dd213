/* The end of a string is found in words as it is found byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/json_lex.h"

enum { LENGTH = 21, TEXTS = 40000 };

static const char *end_by_bytes(const char *at, const char *end, bool *escaped)
{
	for (; at < end && *at && (*escaped || *at != '"'); at++)
		*escaped = !*escaped && *at == '\\';
	*escaped = *escaped && at == end;
	return at;
}

/* Of the bytes that matter, and their neighbours in value. */
static void fill(char text[LENGTH], uint64_t *dice)
{
	static const char letters[] = "\\\\\\\\\\\"aaaaaaa!#[]\0\x01\xa2\xdc\x80";

	for (size_t i = 0; i < LENGTH; i++) {
		*dice = *dice * 6364136223846793005 + 1442695040888963407;
		text[i] = letters[(*dice >> 33) % (sizeof(letters) - 1)];
	}
}

static void test_end_of_strings(void **state)
{
	uint64_t dice = 1;
	size_t ended = 0, carried = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		size_t length = i % (LENGTH + 1);
		char text[LENGTH], *copy;
		bool by_bytes = i & 1, by_words = i & 1;

		fill(text, &dice);
		copy = mem_copy(text, length); /* a sanitizer sees what is read behind it */
		assert_int_equal(lex_string_end(copy, copy + length, &by_words) - copy,
			end_by_bytes(text, text + length, &by_bytes) - text);
		assert_int_equal(by_words, by_bytes);
		ended += lex_string_end(copy, copy + length, &(bool){false}) < copy + length;
		carried += by_words;
		mem_free(copy);
	}
	assert_true(ended > TEXTS / 4 && carried > TEXTS / 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_end_of_strings)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

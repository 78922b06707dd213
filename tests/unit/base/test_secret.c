/* What becomes of secrets in the words of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/secret.h"

static void check(const char *sentence, const char *secret, const char *want)
{
	AUTO_FREE char *clean = secret_clean(sentence, (const char *[]){secret, NULL});
	assert_string_equal(clean, want);
}

static void test_sentences_stay(void **state)
{
	check("", "x-y-z", "");
	check("invalid_grant: Invalid JWT Signature.", "hunter2", "invalid_grant: Invalid JWT Signature.");
	check("sa@my-project.iam.gserviceaccount.com", "hunter2", "sa@my-project.iam.gserviceaccount.com");
	check("caf\xc3\xa9", "", "caf\xc3\xa9");
}

static void test_secrets_go(void **state)
{
	check("hunter2", "hunter2", "[...]");
	check("the secret hunter2, twice: hunter2hunter2.", "hunter2", "the secret [...], twice: [...][...].");
}

static void test_the_longest_secret_counts(void **state)
{
	AUTO_FREE char *clean = secret_clean("got abcdef", (const char *[]){"abcd", "abcdef", "got", "", NULL});
	assert_string_equal(clean, "got [...]");
}

static void test_runs_that_could_be_tokens_go(void **state)
{
	check("token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl is bad", "", "token [...] is bad");
	check("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl", "eyJh", "[...]");
	check("0123456789012345678901234567890123456789", "", "0123456789012345678901234567890123456789");
	check("01234567890123456789012345678901234567890", "", "[...]");
}

static void test_controls_and_length(void **state)
{
	check("a\r\nb\x7f", "", "a  b ");
	char words[1000] = "";
	for (size_t i = 0; i < 998; i++)
		words[i] = i % 3 == 2 ? ' ' : i % 3 == 1 ? (char)0xa9 : (char)0xc3;
	AUTO_FREE char *clean = secret_clean(words, (const char *[]){NULL});
	assert_int_equal(strlen(clean), 300);
	assert_int_equal(text_utf8(clean, 300), 300);
}

static void test_tokens(void **state)
{
	static const char *const bad[] = {"", " ", "two words", "a\nb", "to\x01ken", "t\xc3\xb6ken", "a\x7f"};
	assert_true(secret_is_token("ya29.abc-DEF_1~"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(secret_is_token(bad[i]));
}

static void hides(const char *sentence, const char *secret, const char *shown)
{
	char text[80];

	snprintf(text, sizeof(text), "%s", sentence);
	secret_hide(text, secret);
	assert_string_equal(text, shown);
}

static void test_quoted_secrets_go(void **state)
{
	hides("'sesame-1' and sesame-1.", "sesame-1", "'[...]' and [...].");
	hides("sesame-1sesame-1", "sesame-1", "[...][...]");
	hides("sesamesesame-", "sesame-1", "sesame[...]"); /* it was cut there */
	hides("it is sesam", "sesame-1", "it is sesam");   /* too little to tell */
	hides("all is well", "sesame-1", "all is well");
	hides("short", "short", "short");
	hides("none", NULL, "none");
	hides("", "sesame-1", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences_stay),
		cmocka_unit_test(test_secrets_go),
		cmocka_unit_test(test_the_longest_secret_counts),
		cmocka_unit_test(test_runs_that_could_be_tokens_go),
		cmocka_unit_test(test_controls_and_length),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_quoted_secrets_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

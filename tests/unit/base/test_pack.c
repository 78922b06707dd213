/* What was packed comes out again; words in common make it small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"

static struct packer *packer; /* one for all: nothing of one pack may get into the next */

static int setup(void **state)
{
	packer = packer_new();
	return 0;
}

static int teardown(void **state)
{
	packer_free(packer);
	return 0;
}

static size_t round_trip(const void *bytes, size_t length, const void *words, size_t words_length)
{
	size_t packed = 0;
	AUTO_FREE void *pack = pack_make(packer, bytes, length, words, words_length, &packed);
	AUTO_FREE void *back = pack_open(packer, pack, packed, words, words_length, length);

	assert_memory_equal(back, bytes, length);
	return packed;
}

static void comes_out_as_it_went_in(void **state)
{
	static const size_t lengths[] = {0, 1, 2, 100, 5000, 70000};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		AUTO_FREE unsigned char *bytes = mem_alloc(lengths[i] + 1);
		uint32_t random = 7;

		for (size_t at = 0; at < lengths[i]; at++)
			bytes[at] = (unsigned char)((random = random * 1664525 + 1013904223) >> 24);
		round_trip(bytes, lengths[i], NULL, 0); /* nothing to gain, nothing lost */
		round_trip(bytes, lengths[i], "words", 5);
		memset(bytes, 'x', lengths[i]);
		round_trip(bytes, lengths[i], NULL, 0);
	}
}

static void words_make_it_small(void **state)
{
	static const char text[] =
		"{\"kind\":\"compute#urlMap\",\"name\":\"tflb-abcdefgh-tf-url-map\",\"defaultService\":\"x\"}";
	static const char other[] =
		"{\"kind\":\"compute#urlMap\",\"name\":\"tflb-qqqqqqqq-tf-url-map\",\"defaultService\":\"y\"}";
	size_t alone = round_trip(text, sizeof(text), NULL, 0);
	size_t with = round_trip(text, sizeof(text), other, sizeof(other));

	assert_true(with * 3 < alone);
}

static void of_many_words_the_last_ones_count(void **state)
{
	enum { MANY = 100000 };
	static const char text[] = "a text that stands at the end of the words and is therefore cheap to say again";
	AUTO_FREE char *words = mem_alloc(MANY);

	memset(words, 'w', MANY);
	memcpy(words + MANY - sizeof(text), text, sizeof(text));
	assert_true(round_trip(text, sizeof(text), words, MANY) < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_out_as_it_went_in),
		cmocka_unit_test(words_make_it_small),
		cmocka_unit_test(of_many_words_the_last_ones_count),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

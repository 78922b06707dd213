/* What was packed comes out again; what is like something that came before is small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"

static struct packer *packer; /* one for all of a case: nothing of one pack may get into the next */

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

static size_t round_trip(const void *bytes, size_t length)
{
	AUTO_FREE struct pack *pack = pack_make(packer, 1, NULL, bytes, length);
	AUTO_FREE void *back = pack_open(packer, NULL, pack);

	assert_int_equal(pack_length(pack), length);
	assert_memory_equal(back, bytes, length);
	return pack_size(pack);
}

static void fill(unsigned char *bytes, size_t length, uint32_t seed)
{
	for (size_t at = 0; at < length; at++)
		bytes[at] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
}

static void comes_out_as_it_went_in(void **state)
{
	static const size_t lengths[] = {0, 1, 2, 100, 5000, 70000};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		AUTO_FREE unsigned char *bytes = mem_alloc(lengths[i] + 1);

		fill(bytes, lengths[i], 7);
		round_trip(bytes, lengths[i]); /* nothing to gain, nothing lost */
		memset(bytes, 'x', lengths[i]);
		round_trip(bytes, lengths[i]);
	}
}

static void what_is_alike_is_small(void **state)
{
	static const char text[] =
		"{\"kind\":\"compute#urlMap\",\"name\":\"tflb-abcdefgh-tf-url-map\",\"defaultService\":\"x\"}";
	static const char other[] =
		"{\"kind\":\"compute#urlMap\",\"name\":\"tflb-qqqqqqqq-tf-url-map\",\"defaultService\":\"y\"}";
	size_t first = round_trip(text, sizeof(text)), second = round_trip(other, sizeof(other));

	assert_true(second * 2 < first);
}

/* What is learnt meanwhile, and that no more can be learnt, changes nothing in what was packed. */
static void old_packs_can_be_opened(void **state)
{
	enum { MANY = 40, LENGTH = 4000 };
	struct pack *packs[MANY];
	unsigned char bytes[LENGTH];

	for (uint32_t i = 0; i < MANY; i++) {
		fill(bytes, LENGTH, i);
		packs[i] = pack_make(packer, 1, NULL, bytes, LENGTH);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		AUTO_FREE void *back = pack_open(packer, NULL, packs[i]);

		fill(bytes, LENGTH, i);
		assert_memory_equal(back, bytes, LENGTH);
		mem_free(packs[i]);
	}
	fill(bytes, LENGTH, 3); /* learnt */
	assert_true(round_trip(bytes, LENGTH) < 100);
}

/* Names are put back where they were; so are the bytes that stand for names, and what only looks like one. */
static void names_of_its_own_are_put_back(void **state)
{
	static const struct pack_names names = {{"serving-00527", "jmmyxg6j", NULL, "abc", "serving"}};
	static const struct {
		const char *bytes;
		size_t length;
	} cases[] = {
		{"", 0},
		{"jmmyxg6j", 8},
		{"tflb-jmmyxg6j-serving-00527-url-map of serving-0052 and jmmyxg6", 63},
		{"abc serving-00527serving-00527", 30},
		{"\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff\xf8jmmyxg6j\xfd", 19},
		{"a\0jmmyxg6j\0", 11},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE struct pack *pack = pack_make(packer, 0, &names, cases[i].bytes, cases[i].length);
		AUTO_FREE void *back = pack_open(packer, &names, pack);

		assert_int_equal(pack_length(pack), cases[i].length);
		assert_memory_equal(back, cases[i].bytes, cases[i].length);
	}
}

/* Nothing that repeats but the name, which is as long as the other's. */
static void write_about(char text[4000], const char *name)
{
	uint32_t seed = 1;

	for (int at = 0; at + 50 <= 4000; at += 50) {
		snprintf(text + at, 50, "%49s", name);
		for (int i = 0; i < 35; i++)
			text[at + i] = (char)('a' + ((seed = seed * 1664525 + 1013904223) >> 24) % 26);
	}
}

/* Two that differ in nothing but names are alike. */
static void names_of_its_own_cost_nothing(void **state)
{
	static const struct pack_names mine = {{"first-name"}}, yours = {{"second-one"}};
	char first[4000], second[4000];

	write_about(first, mine.names[0]);
	write_about(second, yours.names[0]);
	AUTO_FREE struct pack *learnt = pack_make(packer, 0, &mine, first, sizeof(first));
	AUTO_FREE struct pack *alike = pack_make(packer, 0, &yours, second, sizeof(second));
	AUTO_FREE struct pack *not_told = pack_make(packer, 0, NULL, second, sizeof(second));

	assert_true(pack_size(alike) < 50);
	assert_true(pack_size(learnt) > 1000);
	assert_true(pack_size(not_told) > 4 * pack_size(alike));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_out_as_it_went_in, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_alike_is_small, setup, teardown),
		cmocka_unit_test_setup_teardown(old_packs_can_be_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(names_of_its_own_are_put_back, setup, teardown),
		cmocka_unit_test_setup_teardown(names_of_its_own_cost_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

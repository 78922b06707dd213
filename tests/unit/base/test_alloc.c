/* Memory and arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static bool is_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void test_counts(void **state)
{
	struct mem_count before = mem_counted();
	char *a = mem_alloc(10), *b = mem_strdup("x"), *c = mem_printf("%d", 7), *d = mem_strndup("abc", 2);
	assert_int_equal(mem_counted().allocations, before.allocations + 4);
	assert_true(is_zero((unsigned char *)a, 10));
	a = mem_resize(a, 100);
	assert_int_equal(mem_counted().allocations, before.allocations + 4);
	assert_in_range(mem_counted().bytes - before.bytes, 110, 130);
	assert_string_equal(c, "7");
	assert_string_equal(d, "ab");
	mem_free(a);
	mem_free(b);
	mem_free(c);
	mem_free(d);
	mem_free(NULL);
	assert_null(mem_strdup(NULL));
	assert_int_equal(mem_counted().allocations, before.allocations);
}

static void test_take(void **state)
{
	AUTO_FREE char *source = mem_strdup("x");
	AUTO_FREE char *taken = TAKE(source);
	assert_null(source);
	assert_string_equal(taken, "x");
}

/* Sizes from 1 byte to beyond the largest block, each filled, none overlapping another. */
static void test_arena_allocations(void **state)
{
	AUTO_ARENA struct arena *arena = arena_new();
	unsigned char *memory[64];
	size_t sizes[64], total = 0;
	for (size_t i = 0; i < 64; i++) {
		sizes[i] = i == 40 ? 1000000 : 1 + i * i * 7;
		memory[i] = arena_alloc(arena, sizes[i]);
		assert_int_equal((uintptr_t)memory[i] % 16, 0);
		assert_true(is_zero(memory[i], sizes[i]));
		memset(memory[i], (int)i + 1, sizes[i]);
		total += sizes[i];
	}
	for (size_t i = 0; i < 64; i++)
		assert_true(memory[i][0] == i + 1 && memory[i][sizes[i] - 1] == i + 1);
	assert_int_equal(arena_used(arena), total);
}

static void test_arena_reset(void **state)
{
	AUTO_ARENA struct arena *arena = arena_new();
	size_t live = mem_counted().allocations;
	unsigned char *first = arena_alloc(arena, 3000);
	memset(first, 0xff, 3000);
	arena_alloc(arena, 100000);
	arena_alloc(arena, 3000);
	assert_true(mem_counted().allocations > live);
	arena_reset(arena);
	assert_int_equal(mem_counted().allocations, live);
	assert_int_equal(arena_used(arena), 0);
	unsigned char *again = arena_alloc(arena, 3000);
	assert_ptr_equal(again, first);
	assert_true(is_zero(again, 3000));
}

static void test_arena_texts(void **state)
{
	AUTO_ARENA struct arena *arena = arena_new();
	assert_string_equal(arena_strdup(arena, "abc"), "abc");
	assert_string_equal(arena_strndup(arena, "abc", 2), "ab");
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 5), "a-5");
	assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
	arena_free(NULL);
}

/* Of any length: what is tried at the end of a block and does not fit there leaves no bytes behind. */
static void test_arena_printed(void **state)
{
	AUTO_ARENA struct arena *arena = arena_new();
	for (int length = 0; length < 6000; length += 37) {
		char *text = arena_printf(arena, "%0*d", length, 7);
		assert_int_equal(strlen(text), length > 0 ? length : 1);
		assert_true(is_zero(arena_alloc(arena, 100), 100));
	}
	arena_reset(arena);
	assert_true(is_zero(arena_alloc(arena, 4000), 4000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_arena_allocations),
		cmocka_unit_test(test_arena_reset),
		cmocka_unit_test(test_arena_texts),
		cmocka_unit_test(test_arena_printed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

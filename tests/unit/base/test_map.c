/* The table against a plain array of the same content, and the growing array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/map.h"

enum { KEYS = 300, STEPS = 60000 };

static void *number(size_t value)
{
	return (void *)(uintptr_t)value;
}

static void key_of(size_t i, char key[16])
{
	snprintf(key, 16, "key%zu", i);
}

static void check_all(const struct map *map, void *const values[KEYS])
{
	size_t count = 0;
	for (size_t i = 0; i < KEYS; i++) {
		char key[16];
		key_of(i, key);
		assert_ptr_equal(map_find(map, key), values[i]);
		count += values[i] != NULL;
	}
	assert_int_equal(map->count, count);
	for (size_t i = 0; i < map->count; i++)
		assert_ptr_equal(map_find(map, map->own_entries[i].own_key), map->own_entries[i].value);
}

/* The same puts and removes on a map and on an array. */
static void test_against_an_array(void **state)
{
	struct map map = {0};
	void *values[KEYS] = {0};
	unsigned random = 12345;
	for (size_t step = 1; step <= STEPS; step++) {
		char key[16];
		random = random * 1103515245 + 12345;
		size_t i = (random >> 8) % KEYS;
		key_of(i, key);
		if ((random >> 20) % 3 > 0) {
			assert_ptr_equal(map_put(&map, key, number(step)), values[i]);
			values[i] = number(step);
		} else {
			assert_ptr_equal(map_remove(&map, key), values[i]);
			values[i] = NULL;
		}
		if (step % 997 == 0)
			check_all(&map, values);
	}
	check_all(&map, values);
	map_done(&map, NULL);
}

static void test_order_and_keys(void **state)
{
	struct map map = {0};
	char key[] = "b";
	assert_null(map_find(&map, "b"));
	assert_null(map_remove(&map, "b"));
	map_put(&map, key, number(1));
	key[0] = 'a';
	map_put(&map, key, number(2));
	map_put(&map, "", number(3));
	assert_string_equal(map.own_entries[0].own_key, "b");
	assert_string_equal(map.own_entries[1].own_key, "a");
	assert_ptr_equal(map_find(&map, ""), number(3));
	assert_ptr_equal(map_remove(&map, "b"), number(1));
	assert_string_equal(map.own_entries[0].own_key, "");
	map_done(&map, NULL);
	assert_int_equal(map.count, 0);
}

static void test_keys_on_loan(void **state)
{
	struct map map = {.loans = true};
	char first[] = "a", second[] = "a", other[] = "b";
	map_put(&map, other, number(1));
	map_put(&map, first, number(2));
	size_t before = mem_counted().allocations;
	assert_ptr_equal(map.own_entries[1].own_key, first);
	assert_ptr_equal(map_put(&map, second, number(3)), number(2));
	assert_int_equal(mem_counted().allocations, before);
	first[0] = 'x'; /* it need not last any more */
	assert_ptr_equal(map_find(&map, "a"), number(3));
	assert_ptr_equal(map_remove(&map, "b"), number(1));
	assert_ptr_equal(map_find(&map, "a"), number(3));
	map_done(&map, NULL);
}

static void test_done_frees_values(void **state)
{
	struct map map = {0};
	size_t before = mem_counted().allocations;
	map_put(&map, "a", mem_strdup("x"));
	mem_free(map_put(&map, "a", mem_strdup("y")));
	map_done(&map, mem_free);
	assert_int_equal(mem_counted().allocations, before);
}

static void test_vec(void **state)
{
	struct vec vec = {0};
	for (size_t i = 0; i < 100; i++)
		vec_add(&vec, number(i));
	vec_remove_at(&vec, 0);
	vec_remove_at(&vec, 49);
	vec_remove_at(&vec, vec.count - 1);
	assert_int_equal(vec.count, 97);
	assert_ptr_equal(vec.own_items[0], number(1));
	assert_ptr_equal(vec.own_items[48], number(49));
	assert_ptr_equal(vec.own_items[49], number(51));
	assert_ptr_equal(vec.own_items[96], number(98));
	vec_done(&vec, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_an_array),
		cmocka_unit_test(test_order_and_keys),
		cmocka_unit_test(test_keys_on_loan),
		cmocka_unit_test(test_done_frees_values),
		cmocka_unit_test(test_vec),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

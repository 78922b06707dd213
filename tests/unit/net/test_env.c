/* Surroundings: the real ones, and what is made of randomness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake/fake_env.h"
#include "net/env.h"

static void test_wall_clock(void **state)
{
	int64_t wall = env_wall_us(env_system());
	assert_true(wall > 1700000000ll * 1000000);
	assert_true(env_wall_us(env_system()) >= wall);
}

static void test_random_below(void **state)
{
	bool seen[5] = {false};
	for (int i = 0; i < 500; i++) {
		uint64_t drawn = env_random_below(env_system(), 5);
		assert_true(drawn < 5);
		seen[drawn] = true;
	}
	assert_true(seen[0] && seen[1] && seen[2] && seen[3] && seen[4]);
	assert_int_equal(env_random_below(env_system(), 1), 0);
	assert_int_equal(env_random_below(env_system(), 0), 0);
	assert_true(env_random_below(env_system(), UINT64_MAX) < UINT64_MAX);
}

/* All bits set first, then 7. */
static void scripted_random(struct env *env, void *bytes, size_t length)
{
	static int drawn;
	uint64_t next = drawn++ == 0 ? UINT64_MAX : 7;
	assert_int_equal(length, sizeof(next));
	memcpy(bytes, &next, length);
}

/* 2^64 is no multiple of 5: its last value would make 0 likelier than the others, so it is drawn again. */
static void test_random_below_is_even(void **state)
{
	static const struct env_ops ops = {.random = scripted_random};
	struct env env = {.ops = &ops};
	assert_int_equal(env_random_below(&env, 5), 2);
}

static void test_jitter(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	for (int i = 0; i < 2000; i++) {
		int64_t ms = env_jitter(env_system(), 1000, 10);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_in_range(least, 900, 950);
	assert_in_range(most, 1050, 1100);
	assert_int_equal(env_jitter(env_system(), 0, 10), 0);
	assert_int_equal(env_jitter(env_system(), 500, 0), 500);
}

static void test_uuid(void **state)
{
	static const char form[] = "xxxxxxxx-xxxx-4xxx-Nxxx-xxxxxxxxxxxx";
	char a[37], b[37];
	env_uuid(env_system(), a);
	env_uuid(env_system(), b);
	assert_string_not_equal(a, b);
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		const char *allowed = form[i] == 'x'   ? "0123456789abcdef"
		                      : form[i] == 'N' ? "89ab"
		                                       : (char[2]){form[i], 0};
		assert_non_null(strchr(allowed, a[i]));
	}
	assert_int_equal(strlen(a), 36);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static void test_read_file(void **state)
{
	char path[] = "/tmp/test_env_XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	write_file(path, "to\0ken", 6);
	AUTO_STR struct str out = STR_INIT(6);
	struct error err = {0};
	assert_true(env_read_file(env_system(), path, &out, &err));
	assert_int_equal(out.length, 6);
	assert_memory_equal(out.own_text, "to\0ken", 7);
	str_clear(&out);
	write_file(path, "1234567", 7);
	assert_false(env_read_file(env_system(), path, &out, &err));
	assert_non_null(strstr(err.message, "too large"));
	unlink(path);
	assert_false(env_read_file(env_system(), path, &out, &err));
	assert_non_null(strstr(err.message, "No such file"));
	assert_non_null(strstr(err.message, path));
	assert_false(env_read_file(env_system(), "/", &out, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wall_clock),
		cmocka_unit_test(test_random_below),
		cmocka_unit_test(test_random_below_is_even),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_read_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rig.h"

#include "gce/token.h"

struct bench {
	struct fake_env env;
	struct token token;
};

static int setup(void **state)
{
	struct bench *bench = mem_alloc(sizeof(*bench));
	fake_env_init(&bench->env, NULL, 1);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;
	token_done(&bench->token);
	fake_env_done(&bench->env);
	mem_free(bench);
	return 0;
}

static void strips_the_end_of_the_line(void **state)
{
	struct bench *bench = *state;
	fake_env_file(&bench->env, "/t", "ya29.abc-DEF_1~\r\n\n");
	assert_true(token_init(&bench->token, &bench->env.env, "/t", 0, NULL));
	assert_string_equal(token_header(&bench->token, 0), "Bearer ya29.abc-DEF_1~");
}

static void needs_no_file_when_none_is_named(void **state)
{
	struct bench *bench = *state;
	assert_true(token_init(&bench->token, &bench->env.env, NULL, 0, NULL));
	assert_null(token_header(&bench->token, 100000));
	assert_true(token_refused(&bench->token, 0, 0, NULL));
	assert_int_equal(bench->env.reads, 0);
}

static void refuses_files_without_a_token(void **state)
{
	struct bench *bench = *state;
	static const char *const bad[] = {"", "\n", "  \n", "two words", "a\nb", "to\x01ken", "t\xc3\xb6ken"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = {0};
		fake_env_file(&bench->env, "/t", bad[i]);
		assert_false(token_init(&bench->token, &bench->env.env, "/t", 0, &err));
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_non_null(strstr(err.message, "/t holds no access token"));
		assert_true(strlen(bad[i]) < 3 || !strstr(err.message, bad[i]));
		token_done(&bench->token);
	}
	struct error err = {0};
	assert_false(token_init(&bench->token, &bench->env.env, "/nowhere", 0, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_non_null(strstr(err.message, "/nowhere"));
}

static void refuses_huge_files(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *huge = mem_alloc(100001);
	memset(huge, 'x', 100000);
	fake_env_file(&bench->env, "/t", huge);
	struct error err = {0};
	assert_false(token_init(&bench->token, &bench->env.env, "/t", 0, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
}

static void reads_again_after_half_a_minute(void **state)
{
	struct bench *bench = *state;
	fake_env_file(&bench->env, "/t", "one");
	assert_true(token_init(&bench->token, &bench->env.env, "/t", 1000, NULL));
	fake_env_file(&bench->env, "/t", "two");
	assert_string_equal(token_header(&bench->token, 30999), "Bearer one");
	assert_int_equal(bench->env.reads, 1);
	assert_string_equal(token_header(&bench->token, 31000), "Bearer two");
	assert_string_equal(token_header(&bench->token, 31001), "Bearer two");
	assert_int_equal(bench->env.reads, 2);
}

static void keeps_the_old_token_while_the_file_is_away(void **state)
{
	struct bench *bench = *state;
	fake_env_file(&bench->env, "/t", "one");
	assert_true(token_init(&bench->token, &bench->env.env, "/t", 0, NULL));
	fake_env_file(&bench->env, "/t", NULL);
	assert_string_equal(token_header(&bench->token, 40000), "Bearer one");
	assert_string_equal(token_header(&bench->token, 50000), "Bearer one");
	assert_int_equal(bench->env.reads, 2); /* not at every call */
	struct error err = {0};
	assert_false(token_refused(&bench->token, bench->token.generation, 50000, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
}

static void reads_at_once_when_refused_but_only_once(void **state)
{
	struct bench *bench = *state;
	fake_env_file(&bench->env, "/t", "one");
	assert_true(token_init(&bench->token, &bench->env.env, "/t", 0, NULL));
	unsigned used = bench->token.generation;
	fake_env_file(&bench->env, "/t", "two");
	assert_true(token_refused(&bench->token, used, 10, NULL));
	assert_string_equal(token_header(&bench->token, 10), "Bearer two");
	assert_true(token_refused(&bench->token, used, 11, NULL)); /* another call, sent with the same old token */
	assert_int_equal(bench->env.reads, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strips_the_end_of_the_line, setup, teardown),
		cmocka_unit_test_setup_teardown(needs_no_file_when_none_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_files_without_a_token, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_huge_files, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_again_after_half_a_minute, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_the_old_token_while_the_file_is_away, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_at_once_when_refused_but_only_once, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

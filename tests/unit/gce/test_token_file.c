/* A token in a file that others write. */
#include "credential_rig.h"

static void strips_the_end_of_the_line(void **state)
{
	struct rig *rig = *state;
	fake_env_file(&rig->env, "/t", "ya29.abc-DEF_1~\r\n\n");
	rig->credential = token_file_new(&rig->io, "/t", NULL);
	rig_fetch(rig);
	assert_int_equal(rig->told, 1);
	assert_string_equal(rig->token, "ya29.abc-DEF_1~");
	assert_int_equal(rig->life_ms, INT64_MAX);
	assert_true(rig->credential->local);
	assert_string_equal(rig->credential->own_subject, "the access token in /t");
}

static void refuses_files_without_a_token(void **state)
{
	struct rig *rig = *state;
	static const char *const bad[] = {"", "\n", "  \n", "two words", "a\nb", "to\x01ken", "t\xc3\xb6ken"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = {0};
		fake_env_file(&rig->env, "/t", bad[i]);
		assert_null(token_file_new(&rig->io, "/t", &err));
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_string_equal(err.message,
			"/t holds no access token; write the token alone into it, as printed by: "
			"gcloud auth print-access-token");
	}
	struct error err = {0};
	assert_null(token_file_new(&rig->io, "/nowhere", &err));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_string_equal(err.message, "access token: cannot read /nowhere: No such file or directory");
}

static void refuses_huge_files(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *huge = mem_alloc(100001);
	memset(huge, 'x', 100000);
	fake_env_file(&rig->env, "/t", huge);
	struct error err = {0};
	assert_null(token_file_new(&rig->io, "/t", &err));
	assert_int_equal(err.class, ERROR_REJECTED);
}

static void says_when_the_file_goes_bad(void **state)
{
	struct rig *rig = *state;
	fake_env_file(&rig->env, "/t", "one");
	rig->credential = token_file_new(&rig->io, "/t", NULL);
	fake_env_file(&rig->env, "/t", "two");
	rig_fetch(rig);
	assert_string_equal(rig->token, "two");
	fake_env_file(&rig->env, "/t", "");
	rig_fetch(rig);
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.reason, "PermissionDenied");
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(strips_the_end_of_the_line),
		RIG(refuses_files_without_a_token),
		RIG(refuses_huge_files),
		RIG(says_when_the_file_goes_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

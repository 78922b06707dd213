/* A person's login: the refresh token and what it is exchanged for. */
#include "credential_rig.h"

#define FILE_OF(more)                                                                                                  \
	"{'type':'authorized_user','client_id':'id.apps','client_secret':'GOCSPX-canary','refresh_token':'1//"         \
	"canary'" more "}"

static void asks_with_the_refresh_token(void **state)
{
	struct rig *rig = *state;
	struct error err;
	assert_true(rig_make(rig, FILE_OF(",'quota_project_id':'payer','account':'me@x.test'"), &err));
	assert_string_equal(rig->credential->own_quota_project, "payer");
	assert_string_equal(rig->credential->own_subject, "the login me@x.test of a person");
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->url, "https://oauth2.googleapis.com/token");
	assert_string_equal(call->body,
		"grant_type=refresh_token&client_id=id.apps&client_secret=GOCSPX-canary&refresh_token=1%2F%2Fcanary");
	rig_answer(rig, call, 200, "{\"access_token\":\"ya29.u\",\"expires_in\":3599,\"scope\":\"x\"}");
	assert_string_equal(rig->token, "ya29.u");
	assert_int_equal(rig->life_ms, 3599000);
}

static void asks_for_the_scopes_of_the_file(void **state)
{
	static const char *const files[] = {FILE_OF(",'scopes':'a b'"), FILE_OF(",'scopes':['a','b']")};
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		struct error err;
		assert_true(rig_make(rig, files[i], &err));
		rig_fetch(rig);
		assert_field(rig_next(rig), "scope", "a b");
	}
}

static void a_revoked_login_says_what_to_do_and_no_secret(void **state)
{
	struct rig *rig = *state;
	struct error err;
	assert_true(rig_make(rig, FILE_OF(""), &err));
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400,
		"{\"error\":\"invalid_grant\",\"error_description\":\"1//canary of GOCSPX-canary has been revoked.\"}");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.message, "oauth2.googleapis.com answered HTTP 400, invalid_grant: [...] of [...] "
					      "has been revoked. Log in again, with "
					      "gcloud auth application-default login.");
}

static void files_that_cannot_work(void **state)
{
	static const struct {
		const char *file, *message;
	} cases[] = {
		{"{'type':'authorized_user'}", "its \"client_id\" is missing"},
		{"{'type':'authorized_user','client_id':'a'}", "its \"client_secret\" is missing"},
		{"{'type':'authorized_user','client_id':'a','client_secret':'b'}", "its \"refresh_token\" is missing"},
		{FILE_OF(",'token_uri':'https://evil.test/'"),
			"its \"token_uri\" must be an https:// address below googleapis.com: a secret is sent there"},
		{FILE_OF(",'universe_domain':'u.test'"),
			"a person's login works in googleapis.com only, not in another universe_domain"},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err;
		assert_false(rig_make(rig, cases[i].file, &err));
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_string_equal(err.message, cases[i].message);
	}
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(asks_with_the_refresh_token),
		RIG(asks_for_the_scopes_of_the_file),
		RIG(a_revoked_login_says_what_to_do_and_no_secret),
		RIG(files_that_cannot_work),
	};
	return cmocka_run_group_tests(tests, make_key, NULL);
}

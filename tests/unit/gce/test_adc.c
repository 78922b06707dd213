/* Where credentials are looked for, and files that change while we run. */
#include "credential_rig.h"

#include "gce/adc.h"

#define USER(id) "{'type':'authorized_user','client_id':'" id "','client_secret':'s','refresh_token':'r'}"

static void put(struct rig *rig, const char *path, const char *file)
{
	AUTO_FREE char *json = rig_json(file);
	fake_env_file(&rig->env, path, json);
}

static bool find(struct rig *rig, bool named_only, struct error *err)
{
	credential_free(rig->credential);
	*err = (struct error){0};
	rig->credential = adc_find(&rig->io, named_only, NULL, err);
	return rig->credential != NULL;
}

static void assert_found(struct rig *rig, bool named_only, const char *subject)
{
	struct error err;
	assert_true(find(rig, named_only, &err));
	assert_string_equal(rig->credential->own_subject, subject);
}

static void looks_in_the_order_of_the_libraries(void **state)
{
	struct rig *rig = *state;
	struct error err;
	fake_env_variable(&rig->env, "HOME", "/home/me");
	assert_found(rig, false, "the service account of this machine");
	fake_env_variable(&rig->env, "NO_GCE_CHECK", "true");
	assert_false(find(rig, false, &err));
	assert_string_equal(err.code, "NotFound");
	assert_string_equal(err.message,
		"no credentials: set GOOGLE_APPLICATION_CREDENTIALS to a credentials file, or log in with gcloud auth "
		"application-default login, which writes /home/me/.config/gcloud/application_default_credentials.json");
	put(rig, "/home/me/.config/gcloud/application_default_credentials.json", USER("home"));
	assert_found(
		rig, false, "the login of a person, from /home/me/.config/gcloud/application_default_credentials.json");
	fake_env_variable(&rig->env, "CLOUDSDK_CONFIG", "/sdk");
	assert_false(find(rig, false, &err)); /* the folder is another one, and nothing is in it */
	put(rig, "/sdk/application_default_credentials.json", USER("sdk"));
	assert_found(rig, false, "the login of a person, from /sdk/application_default_credentials.json");
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/named");
	put(rig, "/named", USER("named"));
	assert_found(rig, false, "the login of a person, from /named");
}

static void only_what_is_named_when_asked_so(void **state)
{
	struct rig *rig = *state;
	struct error err;
	fake_env_variable(&rig->env, "CLOUDSDK_CONFIG", "/sdk");
	put(rig, "/sdk/application_default_credentials.json", USER("sdk"));
	assert_false(find(rig, true, &err));
	assert_string_equal(err.code, "NotFound");
	fake_env_variable(&rig->env, "GCE_METADATA_HOST", "127.0.0.1:1");
	assert_found(rig, true, "the service account of this machine");
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/named");
	put(rig, "/named", USER("named"));
	assert_found(rig, true, "the login of a person, from /named");
}

static void assert_refused(struct rig *rig, const char *message)
{
	struct error err;
	assert_false(find(rig, false, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_string_not_equal(err.code, "NotFound");
	assert_string_equal(err.message, message);
}

/* What is named and can't work is an error: another identity would be a surprise. */
static void does_not_look_further_after_a_bad_file(void **state)
{
	struct rig *rig = *state;
	struct error err;
	fake_env_variable(&rig->env, "CLOUDSDK_CONFIG", "/sdk");
	put(rig, "/sdk/application_default_credentials.json", USER("sdk"));
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/named");
	assert_false(find(rig, false, &err));
	assert_string_equal(
		err.message, "GOOGLE_APPLICATION_CREDENTIALS: cannot read /named: No such file or directory");
	put(rig, "/named", "hunter2");
	assert_refused(rig, "GOOGLE_APPLICATION_CREDENTIALS: /named: it is no JSON object");
	put(rig, "/named", "{'type':'authorized_user'}");
	assert_refused(rig, "GOOGLE_APPLICATION_CREDENTIALS: /named: its \"client_id\" is missing");
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", NULL);
	put(rig, "/sdk/application_default_credentials.json", "[]");
	assert_refused(rig, "gcloud's credentials: /sdk/application_default_credentials.json: it is no JSON object");
}

static void assert_asks_as(struct rig *rig, const char *client)
{
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_field(call, "client_id", client);
	rig_answer(rig, call, 200, "{\"access_token\":\"t\",\"expires_in\":10}");
	assert_int_equal(rig->told, 1);
}

static void a_file_that_changes_takes_effect_at_the_next_fetch(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/named");
	put(rig, "/named", USER("one"));
	assert_found(rig, false, "the login of a person, from /named");
	assert_asks_as(rig, "one");
	put(rig, "/named", USER("two"));
	assert_asks_as(rig, "two");
	put(rig, "/named", "{'type':");
	assert_asks_as(rig, "two");
	fake_env_file(&rig->env, "/named", NULL);
	assert_asks_as(rig, "two");
	put(rig, "/named",
		"{'type':'authorized_user','client_id':'three','client_secret':'s','refresh_token':'r',"
		"'account':'a@x.test','quota_project_id':'payer'}");
	assert_asks_as(rig, "three");
	assert_string_equal(rig->credential->own_subject, "the login a@x.test of a person, from /named");
	assert_string_equal(rig->credential->own_quota_project, "payer");
}

static void a_file_that_went_bad_is_told_when_what_it_said_fails(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/named");
	put(rig, "/named", USER("one"));
	assert_found(rig, false, "the login of a person, from /named");
	put(rig, "/named", "{'type':");
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.code, "invalid_grant");
	assert_true(text_starts(rig->err.message, "/named: it is no JSON object; with what it said before: "));
	put(rig, "/named", USER("two"));
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\"}");
	assert_null(strstr(rig->err.message, "it is no JSON object"));
}

static void a_key_that_signs_alone_asks_nobody(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/named");
	put(rig, "/named",
		"{'type':'service_account','client_email':'a@b','private_key':KEY,'universe_domain':'u.test'}");
	assert_found(rig, false, "service account a@b, from /named");
	assert_string_equal(rig->credential->own_universe, "u.test");
	assert_true(rig->credential->local);
	rig_fetch(rig);
	assert_int_equal(rig->told, 1);
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(looks_in_the_order_of_the_libraries),
		RIG(only_what_is_named_when_asked_so),
		RIG(does_not_look_further_after_a_bad_file),
		RIG(a_file_that_changes_takes_effect_at_the_next_fetch),
		RIG(a_file_that_went_bad_is_told_when_what_it_said_fails),
		RIG(a_key_that_signs_alone_asks_nobody),
	};
	return cmocka_run_group_tests(tests, make_key, NULL);
}

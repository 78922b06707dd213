/* One account in the name of another: whose token is shown, and when the one that comes back ends. */
#include "credential_rig.h"

#define URL                                                                                                            \
	"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"                                         \
	"t@p.iam.gserviceaccount.com:generateAccessToken"
#define ACCOUNT "{'type':'service_account','client_email':'a@p.test','private_key':KEY}"
#define FILE_OF(source, more)                                                                                          \
	"{'type':'impersonated_service_account','service_account_impersonation_url':'" URL                             \
	"','source_credentials':" source more "}"
#define LOGIN "{'type':'authorized_user','client_id':'i','client_secret':'canary-s','refresh_token':'canary-r'}"
#define LOGIN_PAID                                                                                                     \
	"{'type':'authorized_user','client_id':'i','client_secret':'canary-s','refresh_token':'canary-r',"             \
	"'quota_project_id':'of-the-source'}"

static const char granted[] = "{\"access_token\":\"source.token\",\"expires_in\":3599}";

static void make(struct rig *rig, const char *file)
{
	struct error err;
	if (!rig_make(rig, file, &err))
		fail_msg("%s", err.message);
}

/* Up to the request for the account's token. */
static struct fake_call *begin(struct rig *rig)
{
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 200, granted);
	return rig_next(rig);
}

static void shows_the_token_of_the_source(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE_OF(LOGIN_PAID, ",'delegates':['d1','d2'],'quota_project_id':'of-the-file'"));
	assert_string_equal(rig->credential->own_quota_project, "of-the-file");
	assert_string_equal(rig->credential->own_project, "p");
	assert_string_equal(rig->credential->own_subject,
		"service account t@p.iam.gserviceaccount.com, by way of the login of a person");
	struct fake_call *call = begin(rig);
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->url, URL);
	assert_string_equal(fake_header(call, "Authorization"), "Bearer source.token");
	assert_string_equal(fake_header(call, "X-Goog-User-Project"), "of-the-source");
	assert_string_equal(call->body, "{\"delegates\":[\"d1\",\"d2\"],\"scope\":[\"https://www.googleapis.com/auth/"
					"cloud-platform\"],\"lifetime\":\"3600s\"}");
	rig_answer(rig, call, 200, "{\"accessToken\":\"t\",\"expireTime\":\"2026-01-02T04:04:05Z\"}");
	assert_string_equal(rig->token, "t");
	assert_int_equal(rig->life_ms, 3600000);
}

static void an_accounts_key_asks_for_no_more_than_it_needs(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	make(rig, FILE_OF(ACCOUNT, ""));
	rig_fetch(rig);
	AUTO_FREE char *jwt = rig_field(rig_next(rig), "assertion");
	assert_string_equal(json_text(rig_jwt(jwt, 1), "scope"), "https://www.googleapis.com/auth/iam");
}

/* The end of the token is a time of their clock. */
static void their_clock_counts(void **state)
{
	static const struct {
		int64_t ahead_s; /* their clock of ours; 0: they do not say what time it is */
		const char *ends;
		int64_t life_ms; /* 0: no good */
	} cases[] = {
		{0, "2026-01-02T03:34:05Z", 1800000},
		{600, "2026-01-02T04:14:05Z", 3600000},
		{-600, "2026-01-02T03:54:05Z", 3600000},
		{-7200, "2026-01-02T02:04:05Z", 3600000},
		{0, "2026-01-02T05:04:05Z", 3600000}, /* longer than asked for: one of the clocks is wrong */
		{0, "2026-01-02T03:04:05Z", 0},
		{600, "2026-01-02T03:14:05Z", 0},
		{0, "soon", 0},
	};
	struct rig *rig = *state;
	make(rig, FILE_OF(LOGIN, ""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *body = mem_printf("{\"accessToken\":\"t\",\"expireTime\":\"%s\"}", cases[i].ends);
		struct fake_call *call = begin(rig);
		rig->http.date_us =
			cases[i].ahead_s ? env_wall_us(&rig->env.env) + cases[i].ahead_s * INT64_C(1000000) : 0;
		rig_answer(rig, call, 200, body);
		assert_int_equal(rig->told, 1);
		assert_int_equal(rig->life_ms, cases[i].life_ms);
		assert_int_equal(rig->err.class, cases[i].life_ms ? ERROR_NONE : ERROR_TRANSIENT);
	}
}

static void answers_that_are_none(void **state)
{
	static const char *const bad[] = {"", "{}", "[]", "{\"accessToken\":\"t\"}",
		"{\"expireTime\":\"2026-01-02T04:04:05Z\"}",
		"{\"accessToken\":\"t t\",\"expireTime\":\"2026-01-02T04:04:05Z\"}"};
	struct rig *rig = *state;
	make(rig, FILE_OF(LOGIN, ""));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_answer(rig, begin(rig), 200, bad[i]);
		assert_int_equal(rig->told, 1);
		assert_string_equal(rig->err.message, "the answer holds no access token and the time of its end");
	}
}

static void failures_name_who_failed(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE_OF(LOGIN, ""));
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\",\"error_description\":\"canary-r\"}");
	assert_string_equal(rig->err.message,
		"the login of a person: oauth2.googleapis.com answered HTTP 400, invalid_grant: [...]. "
		"Log in again, with gcloud auth application-default login.");
	rig_answer(rig, begin(rig), 403,
		"{\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"IAM Service Account Credentials API has "
		"not been used "
		"in project 1 before or it is disabled.\"}}");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_non_null(strstr(rig->err.message, "Enable the IAM Service Account Credentials API."));
}

static void files_that_cannot_work(void **state)
{
	static const struct {
		const char *file, *message;
	} cases[] = {
		{"{'type':'impersonated_service_account'}", "its \"service_account_impersonation_url\" is missing"},
		{"{'type':'impersonated_service_account','service_account_impersonation_url':'" URL "'}",
			"its \"source_credentials\" are missing, or impersonate themselves"},
		{FILE_OF("{'type':'impersonated_service_account'}", ""),
			"its \"source_credentials\" are missing, or impersonate themselves"},
		{FILE_OF("{'type':'authorized_user'}", ""), "its \"source_credentials\": its \"client_id\" is missing"},
		{"{'type':'impersonated_service_account','service_account_impersonation_url':'http://x.googleapis.com/"
		 "a@b:generateAccessToken','source_credentials':" LOGIN "}",
			"its \"service_account_impersonation_url\" must be an https:// address below googleapis.com "
			"that ends "
			"in /EMAIL:generateAccessToken"},
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
		RIG(shows_the_token_of_the_source),
		RIG(an_accounts_key_asks_for_no_more_than_it_needs),
		RIG(their_clock_counts),
		RIG(answers_that_are_none),
		RIG(failures_name_who_failed),
		RIG(files_that_cannot_work),
	};
	return cmocka_run_group_tests(tests, make_key, NULL);
}

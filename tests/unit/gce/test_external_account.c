/* Workload identity federation: tokens of elsewhere out of files, URLs and programs, and what is asked with them. */
#include "credential_rig.h"

#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p"
#define WORKFORCE "//iam.googleapis.com/locations/global/workforcePools/pool/providers/p"
#define JWT_TYPE "urn:ietf:params:oauth:token-type:jwt"
#define ACCOUNT_OF(audience, source, more)                                                                             \
	"{'type':'external_account','audience':'" audience "','subject_token_type':'" JWT_TYPE                         \
	"','credential_source':" source more "}"
#define ACCOUNT(source) ACCOUNT_OF(POOL, source, "")
#define IN_FILE "{'file':'/subject'}"
#define IMPERSONATED                                                                                                   \
	",'service_account_impersonation_url':'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"   \
	"ctl@p.iam.gserviceaccount.com:generateAccessToken'"

static const char granted[] =
	"{\"access_token\":\"sts.token\",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:"
	"access_token\",\"token_type\":\"Bearer\",\"expires_in\":\"3599\"}";

static void make(struct rig *rig, const char *file)
{
	struct error err;
	if (!rig_make(rig, file, &err))
		fail_msg("%s", err.message);
}

static void put(struct rig *rig, const char *path, const char *text)
{
	AUTO_FREE char *json = rig_json(text);
	fake_env_file(&rig->env, path, json);
}

static void exchanges_the_token_of_a_file(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT(IN_FILE));
	fake_env_file(&rig->env, "/subject", " eyJ.subject/+= \n");
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->url, "https://sts.googleapis.com/v1/token");
	assert_string_equal(fake_header(call, "Content-Type"), "application/x-www-form-urlencoded");
	assert_null(fake_header(call, "Authorization"));
	assert_field(call, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
	assert_field(call, "audience", POOL);
	assert_field(call, "scope", "https://www.googleapis.com/auth/cloud-platform");
	assert_field(call, "requested_token_type", "urn:ietf:params:oauth:token-type:access_token");
	assert_field(call, "subject_token", "eyJ.subject/+=");
	assert_field(call, "subject_token_type", JWT_TYPE);
	assert_null(rig_field(call, "options"));
	rig_answer(rig, call, 200, granted);
	assert_string_equal(rig->token, "sts.token");
	assert_int_equal(rig->life_ms, 3599000);
	/* Others have written it anew. */
	fake_env_file(&rig->env, "/subject", "second");
	rig_fetch(rig);
	assert_field(rig_next(rig), "subject_token", "second");
}

static void takes_the_token_out_of_json(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT("{'file':'/subject','format':{'type':'json','subject_token_field_name':'id.token'}}"));
	put(rig, "/subject", "{'id.token':'inner','id':{'token':'wrong'}}");
	rig_fetch(rig);
	assert_field(rig_next(rig), "subject_token", "inner");
}

static void asks_a_url_with_the_files_headers(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT("{'url':'http://169.254.169.254/metadata/identity?x=1','headers':{'Metadata':'True'},"
			  "'format':{'type':'json','subject_token_field_name':'access_token'}}"));
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "GET");
	assert_string_equal(call->url, "http://169.254.169.254/metadata/identity?x=1");
	assert_string_equal(fake_header(call, "Metadata"), "True");
	rig_answer(rig, call, 200, "{\"access_token\":\"azure\"}");
	call = rig_next(rig);
	assert_string_equal(call->url, "https://sts.googleapis.com/v1/token");
	assert_field(call, "subject_token", "azure");
}

static void a_client_and_a_workforce(void **state)
{
	struct rig *rig = *state;
	fake_env_file(&rig->env, "/subject", "s");
	make(rig, ACCOUNT_OF(WORKFORCE, IN_FILE, ",'workforce_pool_user_project':'payer'"));
	rig_fetch(rig);
	assert_field(rig_next(rig), "options", "%7B%22userProject%22%3A%22payer%22%7D");
	make(rig, ACCOUNT_OF(WORKFORCE, IN_FILE,
			  ",'workforce_pool_user_project':'payer','client_id':'me','client_secret':'canary'"));
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(fake_header(call, "Authorization"), "Basic bWU6Y2FuYXJ5");
	assert_null(rig_field(call, "options"));
}

static void another_universe_has_another_service(void **state)
{
	struct rig *rig = *state;
	fake_env_file(&rig->env, "/subject", "s");
	make(rig, ACCOUNT_OF(POOL, IN_FILE, ",'universe_domain':'u.test'"));
	assert_string_equal(rig->credential->own_universe, "u.test");
	rig_fetch(rig);
	assert_string_equal(rig_next(rig)->url, "https://sts.u.test/v1/token");
}

static void acts_as_a_service_account(void **state)
{
	struct rig *rig = *state;
	fake_env_file(&rig->env, "/subject", "s");
	make(rig, ACCOUNT_OF(POOL, IN_FILE,
			  IMPERSONATED ",'service_account_impersonation':{'token_lifetime_seconds':1200},"
				       "'quota_project_id':'payer'"));
	assert_string_equal(rig->credential->own_quota_project, "payer");
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_field(call, "scope", "https://www.googleapis.com/auth/iam");
	rig_answer(rig, call, 200, granted);
	call = rig_next(rig);
	assert_string_equal(call->url, "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
				       "ctl@p.iam.gserviceaccount.com:generateAccessToken");
	assert_string_equal(fake_header(call, "Authorization"), "Bearer sts.token");
	assert_string_equal(fake_header(call, "Content-Type"), "application/json");
	assert_string_equal(fake_header(call, "X-Goog-User-Project"), "payer");
	assert_string_equal(call->body,
		"{\"delegates\":null,\"scope\":[\"https://www.googleapis.com/auth/cloud-platform\"],"
		"\"lifetime\":\"1200s\"}");
	rig_answer(rig, call, 200, "{\"accessToken\":\"sa.token\",\"expireTime\":\"2026-01-02T03:14:05Z\"}");
	assert_string_equal(rig->token, "sa.token");
	assert_int_equal(rig->life_ms, 600000);
}

static void assert_fails(struct rig *rig, const char *message)
{
	assert_int_equal(rig->told, 1);
	assert_string_equal(rig->err.message, message);
}

static void sources_that_fail_are_tried_again_later(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT(IN_FILE));
	rig_fetch(rig);
	assert_fails(rig, "cannot read /subject: No such file or directory");
	assert_int_equal(rig->err.class, ERROR_TRANSIENT);
	fake_env_file(&rig->env, "/subject", " \n");
	rig_fetch(rig);
	assert_fails(rig, "/subject is empty");
	make(rig, ACCOUNT("{'file':'/subject','format':{'type':'json','subject_token_field_name':'t'}}"));
	static const char *const bad[] = {"", "canary", "{}", "{'t':7}", "{'t':''}", "[]"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(rig, "/subject", bad[i]);
		rig_fetch(rig);
		assert_fails(rig, "/subject holds no JSON object with a text \"t\"");
	}
	make(rig, ACCOUNT("{'url':'http://169.254.169.254/x'}"));
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 404, "canary");
	assert_fails(rig, "169.254.169.254 answered HTTP 404");
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 200, "");
	assert_fails(rig, "http://169.254.169.254/x is empty");
}

static void refusals_say_what_to_do_and_no_secret(void **state)
{
	struct rig *rig = *state;
	fake_env_file(&rig->env, "/subject", "canary-subject");
	make(rig, ACCOUNT_OF(POOL, IN_FILE, ",'client_id':'me','client_secret':'canary-secret'" IMPERSONATED));
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400,
		"{\"error\":\"invalid_target\",\"error_description\":\"canary-subject of canary-secret\"}");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.message,
		"external account " POOL ": sts.googleapis.com answered HTTP 400, invalid_target: "
		"[...] of [...]. Check the audience of the credentials file: pool and "
		"provider must exist and be enabled.");
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 200, granted);
	rig_answer(rig, rig_next(rig), 403,
		"{\"error\":{\"code\":403,\"message\":\"Permission 'iam.serviceAccounts.getAccessToken' denied on "
		"resource (or "
		"it may not exist): sts.token\",\"status\":\"PERMISSION_DENIED\"}}");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.message,
		"iamcredentials.googleapis.com answered HTTP 403, PERMISSION_DENIED: Permission "
		"'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist): [...]. Grant "
		"roles/iam.serviceAccountTokenCreator on the account that is impersonated.");
}

static void files_that_cannot_work(void **state)
{
	static const struct {
		const char *file, *message;
	} cases[] = {
		{"{'type':'external_account'}", "its \"audience\" is missing"},
		{"{'type':'external_account','audience':'a'}", "its \"subject_token_type\" is missing"},
		{"{'type':'external_account','audience':'a','subject_token_type':'urn:ietf:params:aws:token-type:aws4_"
		 "request'}",
			"its \"subject_token_type\" is of AWS, which is not supported; use a key of a service account, "
			"or an "
			"OIDC token"},
		{ACCOUNT("{'environment_id':'aws1','url':'http://169.254.169.254/'}"),
			"its \"credential_source\" is of AWS, which is not supported; use a key of a service account, "
			"or an "
			"OIDC token"},
		{"{'type':'external_account','audience':'a','subject_token_type':'b'}",
			"its \"credential_source\" is missing"},
		{ACCOUNT("{}"), "its \"credential_source\" must have one of file, url and executable"},
		{ACCOUNT("{'file':'/a','url':'http://b/'}"),
			"its \"credential_source\" must have one of file, url and executable"},
		{ACCOUNT("{'certificate':{}}"), "its \"credential_source\" is a certificate, which is not supported"},
		{ACCOUNT("{'url':'ftp://b/'}"),
			"its \"credential_source\" has a url that is no http:// or https:// address"},
		{ACCOUNT("{'file':'/a','format':{'type':'xml'}}"),
			"its \"credential_source\" has a format.type that is neither text nor json"},
		{ACCOUNT("{'file':'/a','format':{'type':'json'}}"),
			"its \"credential_source\" lacks format.subject_token_field_name"},
		{ACCOUNT("{'url':'http://b/','headers':{'a':7}}"),
			"its \"credential_source\" has headers that are no texts, or too many"},
		{ACCOUNT_OF(POOL, IN_FILE, ",'token_url':'https://evil.test/'"),
			"its \"token_url\" must be an https:// address below googleapis.com: a secret is sent there"},
		{ACCOUNT_OF(POOL, IN_FILE, ",'workforce_pool_user_project':'p'"),
			"its \"workforce_pool_user_project\" is for workforce pools, and its \"audience\" is none"},
		{ACCOUNT_OF(POOL, IN_FILE,
			 ",'service_account_impersonation_url':'https://evil.test/a@b:generateAccessToken'"),
			"its \"service_account_impersonation_url\" must be an https:// address below googleapis.com "
			"that ends "
			"in /EMAIL:generateAccessToken"},
		{ACCOUNT_OF(POOL, IN_FILE,
			 ",'service_account_impersonation_url':'https://iamcredentials.googleapis.com/v1'"),
			"its \"service_account_impersonation_url\" must be an https:// address below googleapis.com "
			"that ends "
			"in /EMAIL:generateAccessToken"},
		{ACCOUNT_OF(
			 POOL, IN_FILE, IMPERSONATED ",'service_account_impersonation':{'token_lifetime_seconds':10}"),
			"its \"token_lifetime_seconds\" must be 600 to 43200"},
		{ACCOUNT("{'executable':{'command':'/bin/x'}}"),
			"its \"executable\" is not run: set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES to 1 to allow "
			"it"},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err;
		assert_false(rig_make(rig, cases[i].file, &err));
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_string_equal(err.message, cases[i].message);
	}
}

static void cancel_is_silent_at_every_stage(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT_OF(POOL, "{'url':'http://169.254.169.254/x'}", IMPERSONATED));
	for (int stage = 0; stage < 3; stage++) {
		rig_fetch(rig);
		struct fake_call *call = rig_next(rig);
		for (int done = 0; done < stage; done++) {
			rig_answer(rig, call, 200, done ? granted : "subject");
			call = rig_next(rig);
		}
		credential_cancel(rig->credential);
		rig_answer(rig, call, 200, granted);
		assert_null(rig_wait(rig, 60000));
		assert_int_equal(rig->told, 0);
	}
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(exchanges_the_token_of_a_file),
		RIG(takes_the_token_out_of_json),
		RIG(asks_a_url_with_the_files_headers),
		RIG(a_client_and_a_workforce),
		RIG(another_universe_has_another_service),
		RIG(acts_as_a_service_account),
		RIG(sources_that_fail_are_tried_again_later),
		RIG(refusals_say_what_to_do_and_no_secret),
		RIG(files_that_cannot_work),
		RIG(cancel_is_silent_at_every_stage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Key files: the JWT that is signed, what is asked of the token service, and what becomes of its answers. */
#include "credential_rig.h"

#define FILE_OF(more)                                                                                                  \
	"{'type':'service_account','project_id':'p','private_key_id':'kid1','private_key':KEY,"                        \
	"'client_email':'ctl@p.iam.gserviceaccount.com','client_id':'1'" more "}"
#define FILE FILE_OF("")

enum { WALL_S = 1767323045 }; /* 2026-01-02T03:04:05Z, where the rig's wall clock begins */

static void make(struct rig *rig, const char *file)
{
	struct error err;
	assert_true(rig_make(rig, file, &err));
}

static void asks_with_a_signed_jwt(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	make(rig, FILE);
	assert_string_equal(rig->credential->own_project, "p");
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->url, "https://oauth2.googleapis.com/token");
	assert_string_equal(fake_header(call, "Content-Type"), "application/x-www-form-urlencoded");
	assert_field(call, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
	AUTO_FREE char *jwt = rig_field(call, "assertion");
	AUTO_FREE char *header = mem_strdup(json_print_canonical(rig_jwt(jwt, 0)));
	assert_string_equal(header, "{\"alg\":\"RS256\",\"kid\":\"kid1\",\"typ\":\"JWT\"}");
	const cJSON *claims = rig_jwt(jwt, 1);
	assert_string_equal(json_text(claims, "iss"), "ctl@p.iam.gserviceaccount.com");
	assert_string_equal(json_text(claims, "aud"), "https://oauth2.googleapis.com/token");
	assert_string_equal(json_text(claims, "scope"), "https://www.googleapis.com/auth/cloud-platform");
	assert_int_equal(json_int(claims, "iat", 0), WALL_S);
	assert_int_equal(json_int(claims, "exp", 0), WALL_S + 3600);
	assert_false(json_has(claims, "sub"));
	rig_answer(rig, call, 200, "{\"access_token\":\"ya29.x\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
	assert_int_equal(rig->told, 1);
	assert_string_equal(rig->token, "ya29.x");
	assert_int_equal(rig->life_ms, 3599000);
}

static void asks_where_the_file_says(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE_OF(",'token_uri':'http://127.0.0.1:8080/token'"));
	rig_fetch(rig);
	assert_string_equal(rig_next(rig)->url, "http://127.0.0.1:8080/token");
}

/* Elsewhere nobody exchanges tokens. */
static void signs_the_token_itself_in_another_universe(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	make(rig, FILE_OF(",'universe_domain':'u.test'"));
	assert_string_equal(rig->credential->own_universe, "u.test");
	rig_fetch(rig);
	assert_int_equal(rig->told, 1);
	assert_int_equal(rig->life_ms, 3600000);
	const cJSON *claims = rig_jwt(rig->token, 1);
	assert_string_equal(json_text(claims, "iss"), "ctl@p.iam.gserviceaccount.com");
	assert_string_equal(json_text(claims, "sub"), "ctl@p.iam.gserviceaccount.com");
	assert_string_equal(json_text(claims, "scope"), "https://www.googleapis.com/auth/cloud-platform");
	assert_false(json_has(claims, "aud"));
	assert_int_equal(rig->http.sent, 0);
}

static void lives_of_tokens(void **state)
{
	static const struct {
		const char *answer;
		int64_t life_ms; /* 0: it is no good */
	} cases[] = {
		{"{\"access_token\":\"t\",\"expires_in\":\"300\"}", 300000},
		{"{\"access_token\":\"t\"}", INT64_MAX},
		{"{\"access_token\":\"t\",\"expires_in\":0}", 0},
		{"{\"access_token\":\"t\",\"expires_in\":-5}", 0},
		{"{\"access_token\":\"t\",\"expires_in\":\"soon\"}", 0},
		{"{\"access_token\":\"two words\",\"expires_in\":300}", 0},
		{"{\"access_token\":\"\",\"expires_in\":300}", 0},
		{"{\"access_token\":7,\"expires_in\":300}", 0},
		{"{\"expires_in\":300}", 0},
		{"[]", 0},
		{"<html>", 0},
		{"", 0},
		{"{\"access_token\":\"t\",\"expires_in\":99999999999}", 7 * 24 * 3600 * INT64_C(1000)},
	};
	struct rig *rig = *state;
	make(rig, FILE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_fetch(rig);
		rig_answer(rig, rig_next(rig), 200, cases[i].answer);
		assert_int_equal(rig->told, 1);
		assert_int_equal(rig->life_ms, cases[i].life_ms);
		assert_int_equal(rig->err.class, cases[i].life_ms ? ERROR_NONE : ERROR_TRANSIENT);
	}
}

static void what_may_pass_is_asked_three_times(void **state)
{
	static const struct {
		int status;
		const char *body;
	} cases[] = {
		{408, ""},
		{429, "{\"error\":\"rate_limited\"}"},
		{500, "<html>"},
		{502, ""},
		{503, "{}"},
		{504, ""},
		{400, "{\"error\":\"internal_failure\"}"},
		{400, "{\"error\":\"x\",\"error_description\":\"temporarily_unavailable\"}"},
		{401, "{\"error\":\"server_error\"}"},
	};
	struct rig *rig = *state;
	make(rig, FILE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_fetch(rig);
		rig_answer(rig, rig_next(rig), cases[i].status, cases[i].body);
		assert_null(rig_wait(rig, 850)); /* a second, give or take a tenth */
		rig_answer(rig, rig_wait(rig, 300), cases[i].status, cases[i].body);
		assert_null(rig_wait(rig, 1750));
		assert_int_equal(rig->told, 0);
		rig_answer(rig, rig_wait(rig, 600), cases[i].status, cases[i].body);
		assert_int_equal(rig->told, 1);
		assert_int_equal(rig->err.class, ERROR_TRANSIENT);
		assert_string_equal(rig->err.reason, "CloudUnavailable");
		assert_non_null(strstr(rig->err.message, "oauth2.googleapis.com answered HTTP "));
	}
}

static void a_later_try_may_do(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE);
	rig_fetch(rig);
	fake_drop(rig_next(rig));
	fake_answer_retry(rig_wait(rig, 1200), 503, 7, "");
	fake_loop_settle(&rig->loop);
	assert_null(rig_wait(rig, 6900)); /* as long as it asks */
	rig_answer(rig, rig_wait(rig, 200), 200, "{\"access_token\":\"t\",\"expires_in\":10}");
	assert_string_equal(rig->token, "t");
}

static void silence_is_given_up(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE);
	rig_fetch(rig);
	int64_t began = rig->loop.now_ms;
	while (rig_wait(rig, 40000))
		;
	assert_int_equal(rig->http.sent, 3);
	assert_int_equal(rig->told, 1);
	assert_int_equal(rig->err.class, ERROR_TRANSIENT);
	assert_in_range(rig->loop.now_ms - began, 90000, 140000);
}

static void refusals_say_what_to_do(void **state)
{
	static const struct {
		int status;
		const char *body, *message;
	} cases[] = {
		{400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}",
			"oauth2.googleapis.com answered HTTP 400, invalid_grant: Invalid JWT Signature. The key was "
			"deleted, "
			"or is another account's: make a new one."},
		{400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid grant: account not found\"}",
			"oauth2.googleapis.com answered HTTP 400, invalid_grant: Invalid grant: account not found. The "
			"service "
			"account was deleted."},
		{401, "{\"error\":\"invalid_client\"}",
			"oauth2.googleapis.com answered HTTP 401, invalid_client. The client of the credentials file "
			"was "
			"deleted: make a new file."},
		{403, "no", "oauth2.googleapis.com answered HTTP 403"},
		{302, "", "oauth2.googleapis.com answered HTTP 302"},
		{404, "{\"error\":{\"status\":\"NOT_FOUND\",\"message\":\"who?\"}}",
			"oauth2.googleapis.com answered HTTP 404, NOT_FOUND: who?. Check the name of the account that "
			"is "
			"impersonated."},
	};
	struct rig *rig = *state;
	make(rig, FILE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_fetch(rig);
		rig_answer(rig, rig_next(rig), cases[i].status, cases[i].body);
		assert_int_equal(rig->told, 1);
		assert_int_equal(rig->err.class, ERROR_REJECTED);
		assert_string_equal(rig->err.reason, "PermissionDenied");
		assert_string_equal(rig->err.message, cases[i].message);
	}
}

static void nothing_that_was_sent_is_repeated(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE);
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	AUTO_FREE char *assertion = rig_field(call, "assertion");
	AUTO_FREE char *body = mem_printf(
		"{\"error\":\"%s\",\"error_description\":\"you sent %s and %.60s\"}", assertion, assertion, assertion);
	rig_answer(rig, call, 400, body);
	assert_string_equal(
		rig->err.message, "oauth2.googleapis.com answered HTTP 400, [...]: you sent [...] and [...]");
	assert_string_equal(rig->err.code, "[...]");
}

/* Ten minutes ahead, ten behind: one refusal, and then the service's time is used. */
static void a_wrong_clock_costs_one_refusal(void **state)
{
	static const char refusal[] =
		"{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: Token must be a "
		"short-lived token (60 minutes) and in a reasonable timeframe.\"}";
	struct rig *rig = *state;
	for (int minutes = -10; minutes <= 10; minutes += 20) {
		JSON_WORK(work);
		int64_t theirs = env_wall_us(&rig->env.env) + minutes * 60 * INT64_C(1000000);
		make(rig, FILE);
		rig->http.date_us = theirs;
		rig_fetch(rig);
		rig_answer(rig, rig_next(rig), 400, refusal);
		struct fake_call *call = rig_next(rig);
		AUTO_FREE char *jwt = rig_field(call, "assertion");
		assert_int_equal(json_int(rig_jwt(jwt, 1), "iat", 0), theirs / 1000000);
		rig_answer(rig, call, 200, "{\"access_token\":\"t\",\"expires_in\":10}");
		assert_string_equal(rig->token, "t");
		/* The next one needs no refusal. */
		rig_fetch(rig);
		call = rig_next(rig);
		AUTO_FREE char *next = rig_field(call, "assertion");
		assert_int_equal(json_int(rig_jwt(next, 1), "iat", 0), theirs / 1000000);
		rig_answer(rig, call, 200, "{\"access_token\":\"t\",\"expires_in\":10}");
	}
}

static void a_refusal_that_is_not_the_clocks_is_final(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE);
	rig->http.date_us = env_wall_us(&rig->env.env) + 2000000;
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(rig->told, 1);
	/* Nor is it asked a third time when the second clock did not help either. */
	rig->http.date_us = env_wall_us(&rig->env.env) + 600 * INT64_C(1000000);
	rig_fetch(rig);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\"}");
	rig->http.date_us += 600 * INT64_C(1000000);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(rig->told, 1);
	assert_null(rig_wait(rig, 60000));
}

static void files_that_cannot_work(void **state)
{
	static const struct {
		const char *file, *message;
	} cases[] = {
		{"{'type':'service_account'}", "its \"client_email\" is missing"},
		{"{'type':'service_account','client_email':7}", "its \"client_email\" is empty or no text"},
		{"{'type':'service_account','client_email':'a@b','private_key':''}",
			"its \"private_key\" is empty or no text"},
		{"{'type':'service_account','client_email':'a@b','private_key':'hunter2'}",
			"its \"private_key\": not a private RSA key in PEM of at least 1024 bits, without a password"},
		{FILE_OF(",'token_uri':'http://oauth2.googleapis.com/token'"),
			"its \"token_uri\" must be an https:// address below googleapis.com: a secret is sent there"},
		{FILE_OF(",'token_uri':'https://evil.test/token'"),
			"its \"token_uri\" must be an https:// address below googleapis.com: a secret is sent there"},
		{FILE_OF(",'token_uri':'https://oauth2.googleapis.com@evil.test/token'"),
			"its \"token_uri\" must be an https:// address below googleapis.com: a secret is sent there"},
		{"{'type':'gdch_service_account'}", "its \"type\" gdch_service_account is not one of service_account, "
						    "authorized_user, external_account, "
						    "impersonated_service_account"},
		{"{}", "its \"type\" is missing"},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err;
		assert_false(rig_make(rig, cases[i].file, &err));
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_string_equal(err.message, cases[i].message);
	}
}

static void cancel_is_silent(void **state)
{
	struct rig *rig = *state;
	make(rig, FILE);
	for (int stage = 0; stage < 3; stage++) {
		rig_fetch(rig);
		struct fake_call *call = stage > 0 ? rig_next(rig) : NULL;
		if (stage > 1) { /* while it pauses */
			rig_answer(rig, call, 503, "");
		}
		credential_cancel(rig->credential);
		if (stage == 1)
			rig_answer(rig, call, 200, "{\"access_token\":\"t\",\"expires_in\":10}");
		assert_null(rig_wait(rig, 60000));
		assert_int_equal(rig->told, 0);
	}
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(asks_with_a_signed_jwt),
		RIG(asks_where_the_file_says),
		RIG(signs_the_token_itself_in_another_universe),
		RIG(lives_of_tokens),
		RIG(what_may_pass_is_asked_three_times),
		RIG(a_later_try_may_do),
		RIG(silence_is_given_up),
		RIG(refusals_say_what_to_do),
		RIG(nothing_that_was_sent_is_repeated),
		RIG(a_wrong_clock_costs_one_refusal),
		RIG(a_refusal_that_is_not_the_clocks_is_final),
		RIG(files_that_cannot_work),
		RIG(cancel_is_silent),
	};
	return cmocka_run_group_tests(tests, make_key, NULL);
}

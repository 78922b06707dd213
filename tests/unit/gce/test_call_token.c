/* Calls and their token: who waits for one, what a 401 means, and where none is needed. */
#include "rig.h"

static const struct gce_request read_map = {
	.project = "p", .budget = GCE_READ, .method = "GET", .path = "projects/p/global/urlMaps/m"};

static void a_401_makes_it_read_the_token_again(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	struct fake_call *call = rig_next(rig);
	fake_env_file(&rig->env, "/token", "ya29.second");
	rig_refuse(rig, call, 401, "authError", "Invalid Credentials");
	assert_int_equal(told.count, 0);
	call = rig_next(rig);
	assert_string_equal(fake_header(call, "Authorization"), "Bearer ya29.second");
	rig_answer(rig, call, 200, "{}");
	assert_int_equal(told.err.class, ERROR_NONE);
	assert_int_equal(told.count, 1);
}

static void a_401_is_not_one_of_the_tries(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_refuse(rig, rig_next(rig), 401, "authError", "Invalid Credentials");
	for (int i = 0; i < 4; i++) {
		struct fake_call *call = rig_wait(rig, 20000);
		assert_non_null(call);
		assert_int_equal(told.count, 0);
		rig_drop(rig, call);
	}
	assert_int_equal(told.count, 1);
}

static void a_second_401_is_final(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_refuse(rig, rig_next(rig), 401, "authError", "Invalid Credentials");
	rig_refuse(rig, rig_next(rig), 401, "authError", "Invalid Credentials");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_REJECTED);
	assert_string_equal(told.err.reason, "PermissionDenied");
	assert_null(strstr(told.err.message, "ya29"));
	assert_null(rig_wait(rig, 60000));
}

static void a_401_without_a_readable_token_says_so(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	struct fake_call *call = rig_next(rig);
	fake_env_file(&rig->env, "/token", NULL);
	rig_refuse(rig, call, 401, "authError", "Invalid Credentials");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_REJECTED);
	assert_non_null(strstr(told.err.message, "/token"));
}

static const char user_file[] = "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\","
				"\"refresh_token\":\"r\",\"quota_project_id\":\"payer\"}";

static int setup_user(void **state)
{
	rig_setup_with(state, "https://compute.googleapis.com/compute/v1/", "/token");
	struct rig *rig = *state;
	gce_free(rig->gce);
	fake_env_file(&rig->env, "/adc", user_file);
	fake_env_variable(&rig->env, "GOOGLE_APPLICATION_CREDENTIALS", "/adc");
	struct gce_options options = {
		&rig->loop.loop, &rig->env.env, &rig->http.http, "https://compute.googleapis.com/compute/v1/", NULL};
	rig->gce = gce_new(&options, NULL);
	return rig->gce ? 0 : -1;
}

static void calls_wait_for_the_token(void **state)
{
	struct rig *rig = *state;
	struct told told = {0}, other = {0};
	assert_string_equal(gce_identity(rig->gce), "the login of a person, from /adc");
	gce_send(rig->gce, &read_map, told_answer, &told);
	gce_send(rig->gce, &read_map, told_answer, &other);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->url, "https://oauth2.googleapis.com/token");
	assert_null(rig_wait(rig, 1000));
	rig_answer(rig, call, 200, "{\"access_token\":\"ya29.u\",\"expires_in\":3599}");
	for (int i = 0; i < 2; i++) {
		call = rig_next(rig);
		assert_string_equal(fake_header(call, "Authorization"), "Bearer ya29.u");
		assert_string_equal(fake_header(call, "X-Goog-User-Project"), "payer");
		rig_answer(rig, call, 200, "{}");
	}
	assert_int_equal(told.count + other.count, 2);
}

static void calls_say_why_there_is_no_token(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	rig_answer(rig, rig_next(rig), 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_REJECTED);
	assert_string_equal(told.err.reason, "PermissionDenied");
	assert_string_equal(told.err.message,
		"urlMaps/m: no access token for the login of a person, from /adc: oauth2.googleapis.com answered HTTP "
		"400, "
		"invalid_grant. Log in again, with gcloud auth application-default login.");
	/* And at once, while it is too early to ask again. */
	gce_send(rig->gce, &read_map, told_answer, &told);
	fake_loop_settle(&rig->loop);
	assert_int_equal(told.count, 2);
	assert_null(rig_wait(rig, 1000));
}

static void who_waits_for_a_token_may_be_cancelled(void **state)
{
	struct rig *rig = *state;
	struct told told = {0}, other = {0};
	struct gce_call *call = gce_send(rig->gce, &read_map, told_answer, &told);
	gce_send(rig->gce, &read_map, told_answer, &other);
	struct fake_call *fetch = rig_next(rig);
	gce_cancel(call);
	rig_answer(rig, fetch, 200, "{\"access_token\":\"ya29.u\",\"expires_in\":3599}");
	rig_answer(rig, rig_next(rig), 200, "{}");
	assert_int_equal(told.count, 0);
	assert_int_equal(other.count, 1);
	/* The rig frees the client while another one waits. */
	fake_loop_run_for(&rig->loop, 3600 * 1000);
	gce_send(rig->gce, &read_map, told_answer, &told);
	fake_loop_settle(&rig->loop);
}

static void credentials_of_another_universe_are_refused(void **state)
{
	struct rig *rig = *state;
	struct error err = {0};
	struct gce_options options = {
		&rig->loop.loop, &rig->env.env, &rig->http.http, "https://compute.u.test/compute/v1/", NULL};
	assert_null(gce_new(&options, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_string_equal(err.message,
		"https://compute.u.test/compute/v1/ is of u.test, but the login of a person, from /adc "
		"gives access to googleapis.com");
}

static int setup_loopback(void **state)
{
	return rig_setup_with(state, "http://127.0.0.1:4000/compute/v1/", NULL);
}

static void loopback_needs_no_token(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	gce_send(rig->gce, &read_map, told_answer, &told);
	struct fake_call *call = rig_next(rig);
	assert_string_equal(
		call->url, "http://127.0.0.1:4000/compute/v1/projects/p/global/urlMaps/m?prettyPrint=false");
	assert_null(fake_header(call, "Authorization"));
	rig_answer(rig, call, 401, "");
	assert_int_equal(told.count, 1); /* there is no token to read again */
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG(a_401_makes_it_read_the_token_again),
		RIG(a_401_is_not_one_of_the_tries),
		RIG(a_second_401_is_final),
		RIG(a_401_without_a_readable_token_says_so),
		cmocka_unit_test_setup_teardown(calls_wait_for_the_token, setup_user, rig_teardown),
		cmocka_unit_test_setup_teardown(calls_say_why_there_is_no_token, setup_user, rig_teardown),
		cmocka_unit_test_setup_teardown(who_waits_for_a_token_may_be_cancelled, setup_user, rig_teardown),
		cmocka_unit_test_setup_teardown(credentials_of_another_universe_are_refused, setup_user, rig_teardown),
		cmocka_unit_test_setup_teardown(loopback_needs_no_token, setup_loopback, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

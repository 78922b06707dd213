/* The metadata server: whether it is there, what it is asked, and what is made of its answers. */
#include "credential_rig.h"

#define BASE "http://metadata.google.internal/computeMetadata/v1/"

static const char granted[] = "{\"access_token\":\"ya29.m\",\"expires_in\":3000,\"token_type\":\"Bearer\"}";

static void make(struct rig *rig, const char *universe)
{
	struct error err = {0};
	credential_free(rig->credential);
	rig->credential = metadata_new(&rig->io, universe, &err);
	assert_non_null(rig->credential);
	assert_null(rig->credential->own_universe);
}

/* The next question, which must be this one. */
static struct fake_call *asked(struct rig *rig, const char *url)
{
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "GET");
	assert_string_equal(call->url, url);
	assert_string_equal(fake_header(call, "Metadata-Flavor"), "Google");
	assert_null(fake_header(call, "X-Forwarded-For"));
	return call;
}

static void say(struct rig *rig, struct fake_call *call, int status, const char *text)
{
	fake_answer(call, status, "application/text", text);
	fake_loop_settle(&rig->loop);
}

static void introduce(struct rig *rig, const char *base)
{
	AUTO_FREE char *universe = mem_printf("%suniverse/universe-domain", base);
	AUTO_FREE char *email = mem_printf("%sinstance/service-accounts/default/email", base);
	AUTO_FREE char *project = mem_printf("%sproject/project-id", base);
	say(rig, asked(rig, universe), 404, "<html>");
	say(rig, asked(rig, email), 200, "vm@p.test\n");
	say(rig, asked(rig, project), 200, "p-of-the-machine\n");
}

static void asks_who_it_is_once_and_then_for_tokens(void **state)
{
	static const char token[] = BASE "instance/service-accounts/default/token?scopes="
					 "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform";
	struct rig *rig = *state;
	rig->http.metadata_flavor = "Google";
	make(rig, NULL);
	assert_string_equal(rig->credential->own_subject, "the service account of this machine");
	assert_true(rig->credential->introduces);
	rig_fetch(rig);
	say(rig, asked(rig, "http://169.254.169.254"), 200, "computeMetadata/\n");
	introduce(rig, BASE);
	assert_false(rig->credential->introduces);
	assert_string_equal(rig->credential->own_project, "p-of-the-machine");
	say(rig, asked(rig, token), 200, granted);
	assert_string_equal(rig->token, "ya29.m");
	assert_int_equal(rig->life_ms, 3000000);
	assert_string_equal(rig->credential->own_subject, "service account vm@p.test of this machine");
	assert_string_equal(rig->credential->own_universe, "googleapis.com");
	rig_fetch(rig);
	say(rig, asked(rig, token), 200, granted);
	assert_int_equal(rig->told, 1);
}

static void a_named_host_is_taken_to_be_there(void **state)
{
	static const char *const variables[] = {"GCE_METADATA_ROOT", "GCE_METADATA_HOST"};
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		AUTO_FREE char *host = mem_printf("127.0.0.1:808%zu", i);
		AUTO_FREE char *base = mem_printf("http://%s/computeMetadata/v1/", host);
		fake_env_variable(&rig->env, variables[i], host);
		make(rig, NULL);
		rig_fetch(rig);
		introduce(rig, base);
		rig_next(rig);
	}
}

static void the_address_can_be_another(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GCE_METADATA_IP", "10.0.0.1");
	make(rig, NULL);
	rig_fetch(rig);
	asked(rig, "http://10.0.0.1");
}

static void assert_no_server(struct rig *rig)
{
	assert_int_equal(rig->told, 1);
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.message, "no metadata server answers at 169.254.169.254; set "
					      "GOOGLE_APPLICATION_CREDENTIALS to a credentials file, or log "
					      "in with gcloud auth application-default login");
}

/* Something answers, but not as it should: a captive portal, a router. */
static void who_is_no_metadata_server_gets_no_further_question(void **state)
{
	struct rig *rig = *state;
	make(rig, NULL);
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "<html>");
	assert_no_server(rig);
	rig->http.metadata_flavor = "Vanilla";
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "");
	assert_no_server(rig);
	rig_fetch(rig);
	say(rig, rig_next(rig), 404, "");
	assert_no_server(rig);
}

static void silence_is_given_up_soon(void **state)
{
	struct rig *rig = *state;
	int64_t began = rig->loop.now_ms;
	make(rig, NULL);
	rig_fetch(rig);
	while (rig_wait(rig, 10000))
		;
	assert_no_server(rig);
	assert_int_equal(rig->http.sent, 3);
	assert_in_range(rig->loop.now_ms - began, 9000, 25000);
	/* It may come yet: at the start of a pod it does. */
	rig->http.metadata_flavor = "Google";
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "");
	introduce(rig, BASE);
	say(rig, rig_next(rig), 200, granted);
	assert_string_equal(rig->token, "ya29.m");
}

static void patience_can_be_set(void **state)
{
	struct rig *rig = *state;
	int64_t began = rig->loop.now_ms;
	fake_env_variable(&rig->env, "GCE_METADATA_TIMEOUT", "20");
	make(rig, NULL);
	rig_fetch(rig);
	while (rig_wait(rig, 30000))
		;
	assert_in_range(rig->loop.now_ms - began, 60000, 100000);
}

static void trouble_is_waited_out_five_times(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GCE_METADATA_HOST", "m");
	make(rig, NULL);
	rig_fetch(rig);
	for (int i = 0; i < 5; i++) {
		struct fake_call *call = rig_wait(rig, 10000);
		assert_non_null(call);
		assert_int_equal(rig->told, 0);
		say(rig, call, 503, "");
	}
	assert_int_equal(rig->told, 1);
	assert_int_equal(rig->err.class, ERROR_TRANSIENT);
	assert_string_equal(rig->err.message, "m answered HTTP 503");
	/* What it has said before need not be asked again. */
	rig_fetch(rig);
	introduce(rig, "http://m/computeMetadata/v1/");
	say(rig, rig_next(rig), 403, "");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, granted);
	assert_string_equal(rig->token, "ya29.m");
}

static void a_machine_without_an_account_is_told(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GCE_METADATA_HOST", "m");
	make(rig, NULL);
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "googleapis.com");
	say(rig, rig_next(rig), 404, "<html>");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(rig->err.message, "this machine has no service account; give it one, or set "
					      "GOOGLE_APPLICATION_CREDENTIALS to a credentials file");
}

static void another_universe_is_refused(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GCE_METADATA_HOST", "m");
	make(rig, "googleapis.com");
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "u.test");
	assert_int_equal(rig->err.class, ERROR_REJECTED);
	assert_string_equal(
		rig->err.message, "the endpoint is of googleapis.com, but this machine's account of u.test");
	make(rig, "u.test");
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "u.test\n");
	say(rig, rig_next(rig), 200, "vm@p.test");
	assert_string_equal(rig->credential->own_universe, "u.test");
}

static void nonsense_is_not_taken(void **state)
{
	struct rig *rig = *state;
	fake_env_variable(&rig->env, "GCE_METADATA_HOST", "m");
	make(rig, NULL);
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "");
	assert_string_equal(rig->err.message, "the universe is no domain");
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "googleapis.com");
	say(rig, rig_next(rig), 200, "a b");
	assert_string_equal(rig->err.message, "the account has no name");
	rig_fetch(rig);
	say(rig, rig_next(rig), 200, "a@b");
	say(rig, rig_next(rig), 200, "a page of HTML");
	assert_null(rig->credential->own_project);
	say(rig, rig_next(rig), 200, "<html>");
	assert_string_equal(rig->err.message, "the answer holds no access token");
	assert_int_equal(rig->err.class, ERROR_TRANSIENT);
}

static void hosts_that_are_none(void **state)
{
	static const char *const bad[] = {"http://m", "m/x", "a@b", "m:port", "m x", "m?x"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = {0};
		fake_env_variable(&rig->env, "GCE_METADATA_HOST", bad[i]);
		assert_null(metadata_new(&rig->io, NULL, &err));
		assert_string_equal(err.message, "GCE_METADATA_HOST must be HOST or HOST:PORT");
	}
}

static void cancel_is_silent(void **state)
{
	struct rig *rig = *state;
	rig->http.metadata_flavor = "Google";
	make(rig, NULL);
	rig_fetch(rig);
	struct fake_call *call = rig_next(rig);
	credential_cancel(rig->credential);
	say(rig, call, 200, "");
	assert_null(rig_wait(rig, 60000));
	assert_int_equal(rig->told, 0);
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(asks_who_it_is_once_and_then_for_tokens),
		RIG(a_named_host_is_taken_to_be_there),
		RIG(the_address_can_be_another),
		RIG(who_is_no_metadata_server_gets_no_further_question),
		RIG(silence_is_given_up_soon),
		RIG(patience_can_be_set),
		RIG(trouble_is_waited_out_five_times),
		RIG(a_machine_without_an_account_is_told),
		RIG(another_universe_is_refused),
		RIG(nonsense_is_not_taken),
		RIG(hosts_that_are_none),
		RIG(cancel_is_silent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

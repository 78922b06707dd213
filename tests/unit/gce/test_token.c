/* The token over time, of a credential that the test plays: one fetch for all, ahead of the end, and what failures do. */
#include "credential_rig.h"

#include "gce/measure.h"
#include "gce/token.h"

struct played {
	struct credential base;
	unsigned fetches, cancels;
	const char *at_once; /* the token that a fetch tells from within; NULL: the test tells it */
};

struct bench {
	struct rig *rig;
	struct token token;
	struct played *played;
	unsigned woken[4];
};

static void played_fetch(struct credential *credential)
{
	struct played *played = (struct played *)credential;
	played->fetches++;
	if (played->at_once)
		credential_tell(credential, &(struct access){played->at_once, INT64_MAX}, NULL);
}

static void played_cancel(struct credential *credential)
{
	((struct played *)credential)->cancels++;
}

static void played_free(struct credential *credential)
{
	mem_free(credential);
}

static const struct credential_ops played_ops = {
	.type = "played", .fetch = played_fetch, .cancel = played_cancel, .free = played_free};

static int setup(void **state)
{
	struct bench *bench = mem_alloc(sizeof(*bench));
	rig_setup((void **)&bench->rig);
	bench->played = mem_alloc(sizeof(*bench->played));
	credential_init(&bench->played->base, &played_ops, &bench->rig->io, mem_strdup("somebody"));
	bench->played->base.advice = "Do something.";
	token_init(&bench->token, bench->rig->io.loop, bench->rig->io.env, &bench->played->base);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;
	token_close(&bench->token);
	token_done(&bench->token);
	int bad = rig_teardown((void **)&bench->rig);
	mem_free(bench);
	return bad;
}

static const struct error turned_away = {
	.class = ERROR_REJECTED, .status = 401, .reason = "PermissionDenied", .message = "Invalid Credentials."};

static void wake(void *arg)
{
	++*(unsigned *)arg;
}

static bool ready(struct bench *bench)
{
	static struct token_wait ignored;
	bool now = token_ready(&bench->token, &ignored, wake, &bench->woken[0]);
	if (!now)
		token_forget(&bench->token, &ignored);
	return now;
}

static void tell(struct bench *bench, const char *token, int64_t life_s)
{
	credential_tell(&bench->played->base, &(struct access){token, life_s * 1000}, NULL);
	fake_loop_settle(&bench->rig->loop);
}

static void tell_failure(struct bench *bench, enum error_class class, const char *why)
{
	struct error err = {0};
	error_set(&err, class, "%s", why);
	credential_tell(&bench->played->base, NULL, &err);
	fake_loop_settle(&bench->rig->loop);
}

static void tell_refusal(struct bench *bench, int status)
{
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "refused");
	err.status = status;
	credential_tell(&bench->played->base, NULL, &err);
	fake_loop_settle(&bench->rig->loop);
}

static void pass(struct bench *bench, int64_t s)
{
	fake_loop_run_for(&bench->rig->loop, s * 1000);
}

static void assert_token(struct bench *bench, const char *want)
{
	const char *header = NULL;
	struct error err;
	assert_true(ready(bench));
	assert_true(token_current(&bench->token, &header, &err));
	assert_string_equal(header, want);
}

static void nothing_is_needed_where_no_token_is_used(void **state)
{
	struct bench *bench = *state;
	struct token token;
	struct token_wait wait;
	struct error err;
	const char *header = "x";
	token_init(&token, bench->rig->io.loop, bench->rig->io.env, NULL);
	fake_env_variable(&bench->rig->env, "GOOGLE_CLOUD_QUOTA_PROJECT", "payer");
	assert_true(token_ready(&token, &wait, wake, NULL));
	assert_true(token_current(&token, &header, &err));
	assert_null(header);
	assert_null(token_quota_project(&token));
	assert_false(token_refused(&token, 0, &turned_away));
	token_done(&token);
}

static void one_fetch_for_all_who_wait(void **state)
{
	struct bench *bench = *state;
	struct token_wait waits[4] = {0};
	for (size_t i = 0; i < 4; i++)
		assert_false(token_ready(&bench->token, &waits[i], wake, &bench->woken[i]));
	assert_int_equal(bench->played->fetches, 1);
	token_forget(&bench->token, &waits[2]);
	tell(bench, "one", 3600);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(bench->woken[i], i != 2);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 1);
}

static void it_is_fetched_ahead_and_nobody_waits(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	pass(bench, 3600 - 226);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 1);
	pass(bench, 1);
	assert_token(bench, "Bearer one");
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 2);
	tell(bench, "two", 3600);
	assert_token(bench, "Bearer two");
}

static void a_short_life_is_renewed_in_its_middle(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 60);
	pass(bench, 29);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 1);
	pass(bench, 1);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 2);
}

static void an_expired_one_is_not_used(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	pass(bench, 3600);
	assert_false(ready(bench));
	tell(bench, "two", 3600);
	assert_token(bench, "Bearer two");
}

/* The wall clock is set: nothing changes. */
static void the_wall_clock_has_no_say(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	fake_env_set_wall(&bench->rig->env, env_wall_us(&bench->rig->env.env) + INT64_C(86400000000));
	pass(bench, 3000);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 1);
}

static void a_failure_leaves_the_old_one_until_it_expires(void **state)
{
	struct bench *bench = *state;
	struct error err;
	const char *header;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	pass(bench, 3400);
	assert_token(bench, "Bearer one");
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 2); /* not at every call */
	pass(bench, 3);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 3);
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	pass(bench, 200);
	assert_false(ready(bench)); /* tries once more */
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_true(ready(bench));
	assert_false(token_current(&bench->token, &header, &err));
	assert_int_equal(err.class, ERROR_TRANSIENT);
	assert_string_equal(err.reason, "CloudUnavailable");
	assert_string_equal(err.message, "no access token for somebody: the service is away");
}

static void pauses_between_failures_grow(void **state)
{
	static const int64_t pauses_s[] = {2, 4, 8, 16, 32, 60, 60};
	struct bench *bench = *state;
	assert_false(ready(bench));
	for (size_t i = 0; i < sizeof(pauses_s) / sizeof(pauses_s[0]); i++) {
		tell_failure(bench, ERROR_REJECTED, "no");
		fake_loop_run_for(&bench->rig->loop, pauses_s[i] * 740);
		assert_true(ready(bench));
		assert_int_equal(bench->played->fetches, i + 1);
		fake_loop_run_for(&bench->rig->loop, pauses_s[i] * 520);
		assert_false(ready(bench));
		assert_int_equal(bench->played->fetches, i + 2);
	}
	tell(bench, "one", 3600);
	assert_token(bench, "Bearer one");
}

static void a_refused_one_is_replaced_once_for_all(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	unsigned used = bench->token.generation;
	pass(bench, 60);
	assert_true(token_refused(&bench->token, used, &turned_away));
	assert_true(token_refused(&bench->token, used, &turned_away));
	assert_false(ready(bench)); /* nobody goes on with it meanwhile */
	assert_int_equal(bench->played->fetches, 2);
	tell(bench, "two", 3600);
	assert_true(
		token_refused(&bench->token, used, &turned_away)); /* a third one that was sent with the old token */
	assert_token(bench, "Bearer two");
	assert_int_equal(bench->played->fetches, 2);
}

static void assert_none(struct bench *bench, const char *why)
{
	const char *header = "x";
	struct error err = {0};
	assert_true(ready(bench));
	assert_false(token_current(&bench->token, &header, &err));
	assert_null(header);
	assert_non_null(strstr(err.message, why));
	assert_int_equal(err.status, 0); /* nobody was asked */
}

static void one_got_for_a_refused_one_is_not_replaced_at_once(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away)); /* however young */
	tell(bench, "two", 3600);
	pass(bench, 9);
	assert_false(token_refused(&bench->token, bench->token.generation, &turned_away));
	assert_none(bench, "Invalid Credentials.");
	assert_int_equal(bench->played->fetches, 2);
	pass(bench, 2);
	assert_false(ready(bench));
	tell(bench, "three", 3600);
	assert_token(bench, "Bearer three");
	pass(bench, 8);
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away));
	assert_int_equal(bench->played->fetches, 4);
}

static void a_refused_one_is_better_than_none(void **state)
{
	struct bench *bench = *state;
	struct error err = {0};
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	pass(bench, 60);
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away));
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_token(bench, "Bearer one");
	/* Refused again, and it is too early to ask again. */
	assert_false(token_refused(&bench->token, bench->token.generation, &turned_away));
	error_set(&err, ERROR_REJECTED, "Login Required.");
	token_explain(&bench->token, &err);
	assert_string_equal(err.message, "Login Required. The token of somebody is not accepted. Do something. Another "
					 "one could not be had: no access "
					 "token for somebody: the service is away");
}

static void a_refused_one_waits_for_each_try_to_get_another(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away));
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_token(bench, "Bearer one");
	pass(bench, 3);
	assert_false(ready(bench)); /* asked for again */
	assert_int_equal(bench->played->fetches, 3);
	token_accepted(&bench->token, bench->token.generation);
	assert_token(bench, "Bearer one"); /* the service was wrong */
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_token(bench, "Bearer one");
}

static void refused_twice_it_is_used_no_more(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	unsigned first = bench->token.generation;
	assert_true(token_refused(&bench->token, first, &turned_away));
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_false(token_refused(&bench->token, first, &turned_away)); /* left before: that counts once */
	assert_token(bench, "Bearer one");
	assert_false(token_refused(&bench->token, bench->token.generation, &turned_away));
	assert_none(bench, "Invalid Credentials. The token of somebody is not accepted. Do something.");
	token_accepted(&bench->token, first);
	assert_none(bench, "Another one could not be had: no access token for somebody: the service is away");
	pass(bench, 6);
	assert_false(ready(bench));
	tell_failure(bench, ERROR_TRANSIENT, "the service is away");
	assert_none(bench, "Invalid Credentials.");
	pass(bench, 10);
	assert_false(ready(bench));
	tell(bench, "two", 3600);
	assert_token(bench, "Bearer two");
	assert_true(token_refused(&bench->token, first, &turned_away));
}

/* The file is not written anew, or the metadata server has it in its memory. */
static void the_same_again_is_tried_now_and_then(void **state)
{
	struct bench *bench = *state;
	bench->played->base.local = true;
	bench->played->at_once = "one";
	assert_token(bench, "Bearer one");
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away)); /* it was read again */
	for (int pause = 2; pause < 40; pause *= 2) {
		assert_token(bench, "Bearer one");
		assert_false(token_refused(&bench->token, bench->token.generation, &turned_away));
		assert_none(bench, "Invalid Credentials.");
		fake_loop_run_for(&bench->rig->loop, pause * 740);
		assert_none(bench, "Invalid Credentials.");
		fake_loop_run_for(&bench->rig->loop, pause * 520);
	}
	assert_int_equal(bench->played->fetches, 6);
	assert_token(bench, "Bearer one");
	token_accepted(&bench->token, bench->token.generation);
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away)); /* as at first */
	bench->played->at_once = "two";
	assert_false(token_refused(&bench->token, bench->token.generation, &turned_away));
	pass(bench, 3);
	assert_token(bench, "Bearer two");
}

static void what_costs_nothing_is_asked_often(void **state)
{
	struct bench *bench = *state;
	bench->played->base.local = true;
	bench->played->at_once = "one";
	assert_token(bench, "Bearer one");
	pass(bench, 29);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 1);
	bench->played->at_once = "two";
	pass(bench, 1);
	assert_token(bench, "Bearer two");
	bench->played->at_once = "three";
	assert_true(token_refused(&bench->token, bench->token.generation, &turned_away));
	assert_token(bench, "Bearer three");
	assert_int_equal(bench->played->fetches, 3);
}

static void a_life_that_nobody_tells(void **state)
{
	struct bench *bench = *state;
	assert_false(ready(bench));
	credential_tell(&bench->played->base, &(struct access){"one", INT64_MAX}, NULL);
	pass(bench, 1799);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 1);
	pass(bench, 1);
	assert_token(bench, "Bearer one");
	assert_int_equal(bench->played->fetches, 2);
	pass(bench, 100000);
	assert_token(bench, "Bearer one");
}

static void who_pays(void **state)
{
	struct bench *bench = *state;
	assert_null(token_quota_project(&bench->token));
	bench->played->base.own_quota_project = mem_strdup("of-the-file");
	assert_string_equal(token_quota_project(&bench->token), "of-the-file");
	fake_env_variable(&bench->rig->env, "GOOGLE_CLOUD_QUOTA_PROJECT", "of-the-environment");
	assert_string_equal(token_quota_project(&bench->token), "of-the-environment");
}

/* Fetches by answer, as Prometheus reads them. */
static void fetches_are_counted(void **state)
{
	struct bench *bench = *state;
	struct metrics *metrics = metrics_new();
	struct metric *measured[GCE_MEASURED] = {0};
	struct str text = {0};

	measured[G_TOKEN_FETCHES] = metrics_add(
		metrics, &(struct metric_row){"fetches_total", "f", METRIC_COUNTER, .labels = {"type", "code"}});
	measured[G_TOKEN_SECONDS] = metrics_add(metrics,
		&(struct metric_row){"fetch_seconds", "s", METRIC_HISTOGRAM, .labels = {"type"}, .bounds = {1, 30}});
	bench->token.measured = measured;
	assert_int_equal(token_expires_at(&bench->token), INT64_MAX);
	assert_false(ready(bench));
	pass(bench, 2);
	tell_failure(bench, ERROR_TRANSIENT, "no answer");
	pass(bench, 10);
	assert_false(ready(bench));
	tell_refusal(bench, 503);
	pass(bench, 10);
	assert_false(ready(bench));
	tell(bench, "one", 3600);
	assert_int_equal(token_expires_at(&bench->token), bench->rig->loop.now_ms + 3600 * 1000);
	metrics_write(metrics, METRICS_PROMETHEUS, &text);
	assert_non_null(strstr(str_text(&text), "\nfetches_total{type=\"played\",code=\"ok\"} 1\n"));
	assert_non_null(strstr(str_text(&text), "\nfetches_total{type=\"played\",code=\"503\"} 1\n"));
	assert_non_null(strstr(str_text(&text), "\nfetches_total{type=\"played\",code=\"<error>\"} 1\n"));
	assert_non_null(strstr(str_text(&text), "\nfetch_seconds_bucket{type=\"played\",le=\"1\"} 2\n"));
	assert_non_null(strstr(str_text(&text), "\nfetch_seconds_count{type=\"played\"} 3\n"));
	bench->token.measured = NULL;
	str_done(&text);
	metrics_free(metrics);
}

static void nothing_comes_after_close(void **state)
{
	struct bench *bench = *state;
	struct token_wait wait = {0};
	assert_false(token_ready(&bench->token, &wait, wake, &bench->woken[0]));
	token_close(&bench->token);
	assert_int_equal(bench->played->cancels, 1);
	assert_true(ready(bench));
	assert_int_equal(bench->played->fetches, 1);
	token_forget(&bench->token, &wait);
	pass(bench, 100);
	assert_int_equal(bench->woken[0], 0);
}

int main(void)
{
#define BENCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		BENCH(nothing_is_needed_where_no_token_is_used),
		BENCH(one_fetch_for_all_who_wait),
		BENCH(it_is_fetched_ahead_and_nobody_waits),
		BENCH(a_short_life_is_renewed_in_its_middle),
		BENCH(an_expired_one_is_not_used),
		BENCH(the_wall_clock_has_no_say),
		BENCH(a_failure_leaves_the_old_one_until_it_expires),
		BENCH(pauses_between_failures_grow),
		BENCH(a_refused_one_is_replaced_once_for_all),
		BENCH(one_got_for_a_refused_one_is_not_replaced_at_once),
		BENCH(a_refused_one_is_better_than_none),
		BENCH(a_refused_one_waits_for_each_try_to_get_another),
		BENCH(refused_twice_it_is_used_no_more),
		BENCH(the_same_again_is_tried_now_and_then),
		BENCH(what_costs_nothing_is_asked_often),
		BENCH(a_life_that_nobody_tells),
		BENCH(who_pays),
		BENCH(fetches_are_counted),
		BENCH(nothing_comes_after_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

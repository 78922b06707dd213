#include "rig.h"

enum { SENT_MAX = 40 };

/* A server that answers from a list, the last entry for ever, and remembers what it was asked. */
struct step {
	int status; /* 0: the connection breaks; -1: silence */
	int retry_after_s;
	const char *body;
};

struct fixture {
	struct rig rig;
	const struct step *steps;
	size_t step_count, sent;
	char *own_lines[SENT_MAX];
	int64_t times[SENT_MAX];
	bool fresh[SENT_MAX]; /* asked for a connection of its own */
	bool done;
	char *own_body;
	struct error err;
};

static void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
	const char *authorization = fake_header(call, "Authorization"), *type = fake_header(call, "Content-Type");
	assert_true(f->sent < SENT_MAX);
	assert_string_equal(fake_header(call, "Accept"), "application/json");
	f->times[f->sent] = f->rig.loop.now_ms - 1000000;
	f->fresh[f->sent] = call->fresh_connection;
	f->own_lines[f->sent] = mem_printf("%s %s|%s|%s|%s", call->method, call->url,
		authorization ? authorization : "", type ? type : "", call->body);
	const struct step *step = &f->steps[f->sent < f->step_count ? f->sent : f->step_count - 1];
	f->sent++;
	if (step->status == 0)
		fake_drop(call);
	else if (step->status > 0)
		fake_answer_retry(call, step->status, step->retry_after_s, step->body);
}

static void on_answer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct fixture *f = arg;
	assert_false(f->done);
	assert_true((body == NULL) == (err != NULL));
	f->done = true;
	f->own_body = mem_strdup(body);
	if (err)
		f->err = *err;
	else
		assert_int_equal(strlen(body), length);
}

static void begin(struct fixture *f, const struct step *steps, size_t count)
{
	memset(f, 0, sizeof(*f));
	f->steps = steps;
	f->step_count = count;
	rig_init(&f->rig, serve, f);
}
#define BEGIN(f, ...)                                                                                                  \
	static const struct step steps[] = {__VA_ARGS__};                                                              \
	begin(f, steps, sizeof(steps) / sizeof(steps[0]))

static void finish(struct fixture *f)
{
	rig_done(&f->rig);
	for (size_t i = 0; i < f->sent; i++)
		mem_free(f->own_lines[i]);
	mem_free(f->own_body);
}

static struct kube_call *send(struct fixture *f, const char *method)
{
	struct kube_request request = {.method = method, .path = "/apis/x"};
	return kube_send(f->rig.kube, &request, on_answer, f);
}

static void run(struct fixture *f, const char *method)
{
	send(f, method);
	assert_false(f->done);
	assert_true(fake_loop_run_until(&f->rig.loop, &f->done, 100000));
}

static void test_request(void **state)
{
	struct fixture f;
	BEGIN(&f, {200, 0, "{}"});
	f.rig.config.own_token = mem_strdup("abc");
	struct kube_request request = {.method = "PATCH",
		.path = "/apis/x",
		.query = "force=true",
		.body = "[1]",
		.content_type = "application/json-patch+json"};
	kube_send(f.rig.kube, &request, on_answer, &f);
	assert_true(fake_loop_run_until(&f.rig.loop, &f.done, 1000));
	assert_string_equal(f.own_body, "{}");
	assert_string_equal(
		f.own_lines[0], "PATCH https://api:6443/apis/x?force=true|Bearer abc|application/json-patch+json|[1]");
	finish(&f);
}

static void test_retry_after(void **state)
{
	struct fixture f;
	BEGIN(&f, {429, 2, "{}"}, {503, 1, "{}"}, {200, 0, "{}"});
	run(&f, "PATCH");
	assert_non_null(f.own_body);
	assert_int_equal(f.sent, 3);
	assert_int_equal(f.times[1], 2000);
	assert_int_equal(f.times[2], 3000);
	finish(&f);
}

static void test_no_retry_without_the_header(void **state)
{
	struct fixture f;
	BEGIN(&f, {503, 0, "{\"kind\":\"Status\",\"message\":\"down\",\"details\":{\"retryAfterSeconds\":1}}"});
	run(&f, "GET");
	assert_int_equal(f.sent, 1);
	assert_string_equal(f.err.message, "GET /apis/x: down");
	assert_int_equal(f.err.retry_after_ms, 1000);
	finish(&f);
}

static void test_ten_retries(void **state)
{
	struct fixture f;
	BEGIN(&f, {429, 1, "{}"});
	run(&f, "GET");
	assert_int_equal(f.sent, 11);
	assert_int_equal(f.err.class, ERROR_THROTTLED);
	finish(&f);
}

/* A request may be lost on an HTTP/2 connection that lives: what is safe is asked again, by another one. */
static void test_a_get_that_is_lost_is_asked_again(void **state)
{
	struct fixture f;
	BEGIN(&f, {-1, 0, ""}, {200, 0, "{}"});
	run(&f, "GET");
	assert_string_equal(f.own_body, "{}");
	assert_int_equal(f.sent, 2);
	assert_int_equal(f.times[1], 16000);
	assert_false(f.fresh[0]);
	assert_true(f.fresh[1]);
	finish(&f);
}

static void test_a_write_that_is_lost_is_not(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct fixture f;
		BEGIN(&f, {-1, 0, ""});
		run(&f, methods[i]);
		assert_string_equal(f.err.code, "Timeout");
		assert_int_equal(f.sent, 1);
		assert_int_equal(f.rig.loop.now_ms - 1000000, 60000);
		finish(&f);
	}
}

static void test_no_wait_past_the_deadline(void **state)
{
	struct fixture f;
	BEGIN(&f, {429, 25, "{}"});
	run(&f, "GET");
	assert_int_equal(f.sent, 3);
	assert_int_equal(f.rig.loop.now_ms - 1000000, 50000);
	finish(&f);
}

static void test_silence_ends_within_a_minute(void **state)
{
	struct fixture f;
	BEGIN(&f, {-1, 0, NULL});
	run(&f, "GET");
	assert_int_equal(f.sent, 3);
	assert_int_equal(f.rig.loop.now_ms - 1000000, 47000); /* three times 15 s, and a second between them */
	assert_string_equal(f.err.code, "Timeout");
	assert_int_equal(f.err.class, ERROR_TRANSIENT);
	finish(&f);
}

static void test_get_survives_a_broken_connection(void **state)
{
	struct fixture f;
	BEGIN(&f, {0, 0, NULL}, {0, 0, NULL}, {200, 0, "{}"});
	run(&f, "GET");
	assert_non_null(f.own_body);
	assert_int_equal(f.times[1], 1000);
	assert_int_equal(f.times[2], 2000);
	finish(&f);
}

static void test_get_gives_up(void **state)
{
	struct fixture f;
	BEGIN(&f, {0, 0, NULL});
	run(&f, "GET");
	assert_int_equal(f.sent, 3);
	assert_string_equal(f.err.message, "GET /apis/x: the server closed the connection");
	finish(&f);
}

static void test_unclear_writes_are_not_repeated(void **state)
{
	static const char *const methods[] = {"POST", "PATCH", "PUT", "DELETE"};
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct fixture f;
		BEGIN(&f, {0, 0, NULL}, {200, 0, "{}"});
		run(&f, methods[i]);
		assert_int_equal(f.sent, 1);
		assert_int_equal(f.err.class, ERROR_TRANSIENT);
		finish(&f);
	}
}

static void test_post_and_time_outs(void **state)
{
	struct fixture f;
	BEGIN(&f, {503, 1, "{}"}, {429, 1, "{}"}, {504, 1, "{}"}, {200, 0, "{}"});
	run(&f, "POST");
	assert_int_equal(f.sent, 3);
	assert_int_equal(f.err.status, 504);
	finish(&f);
}

static void test_too_large_is_not_repeated(void **state)
{
	struct fixture f;
	BEGIN(&f, {200, 0, NULL});
	char *huge = mem_alloc(17 * 1024 * 1024);
	memset(huge, ' ', 17 * 1024 * 1024 - 1);
	const struct step step = {200, 0, huge};
	f.steps = &step;
	run(&f, "GET");
	assert_int_equal(f.sent, 1);
	assert_string_equal(f.err.code, "TooLarge");
	mem_free(huge);
	finish(&f);
}

static void token_file(struct fixture *f, const char *token)
{
	if (!f->rig.config.own_token_file)
		f->rig.config.own_token_file = mem_strdup("/token");
	fake_env_file(&f->rig.env, "/token", token);
}

static bool sent_with(const struct fixture *f, size_t index, const char *token)
{
	char want[80];
	snprintf(want, sizeof(want), "|Bearer %s|", token);
	return strstr(f->own_lines[index], want) != NULL;
}

static void test_token_file_is_read_again(void **state)
{
	struct fixture f;
	BEGIN(&f, {200, 0, "{}"});
	token_file(&f, "one\n");
	for (int i = 0; i < 4; i++) {
		send(&f, "GET");
		fake_loop_settle(&f.rig.loop);
		f.done = false;
		mem_free(TAKE(f.own_body));
		token_file(&f, i < 2 ? "two\r\n" : NULL);
		fake_loop_run_for(&f.rig.loop, 31000);
	}
	assert_true(sent_with(&f, 0, "one"));
	assert_true(sent_with(&f, 1, "one"));
	assert_true(sent_with(&f, 2, "two"));
	assert_true(sent_with(&f, 3, "two")); /* the file is gone: what was read last is used on */
	finish(&f);
}

static void test_unauthorized_reads_the_token_once(void **state)
{
	struct fixture f;
	BEGIN(&f, {200, 0, "{}"}, {401, 0, "{}"}, {401, 0, "{}"});
	f.rig.http.latency_ms = 10;
	token_file(&f, "one");
	run(&f, "GET");
	f.done = false;
	mem_free(TAKE(f.own_body));
	token_file(&f, "two");
	send(&f, "POST");
	fake_loop_run_for(&f.rig.loop, 25);
	token_file(&f, "three"); /* too late: once is enough */
	assert_true(fake_loop_run_until(&f.rig.loop, &f.done, 1000));
	assert_int_equal(f.sent, 3);
	assert_true(sent_with(&f, 1, "one"));
	assert_true(sent_with(&f, 2, "two"));
	assert_string_equal(f.err.code, "Unauthorized");
	finish(&f);
}

static void test_unauthorized_with_the_same_token(void **state)
{
	struct fixture f;
	BEGIN(&f, {401, 0, "{}"});
	token_file(&f, "one");
	run(&f, "GET");
	assert_int_equal(f.sent, 1);
	assert_int_equal(f.rig.env.reads, 2);
	finish(&f);
}

static void test_no_token_to_send(void **state)
{
	static const char *const bad[] = {NULL, "", "\n", "a b", "a\nb"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fixture f;
		BEGIN(&f, {200, 0, "{}"});
		token_file(&f, bad[i]);
		run(&f, "GET");
		assert_int_equal(f.sent, 0);
		assert_string_equal(f.err.message,
			bad[i] ? "GET /apis/x: token file /token holds no token"
			       : "GET /apis/x: token file: cannot read /token: No such file or directory");
		finish(&f);
	}
}

static void test_cancel(void **state)
{
	struct fixture f;
	BEGIN(&f, {429, 5, "{}"});
	kube_cancel(send(&f, "GET")); /* before it was sent */
	fake_loop_run_for(&f.rig.loop, 10000);
	assert_int_equal(f.sent, 0);
	struct kube_call *call = send(&f, "GET"); /* while it waits */
	fake_loop_run_for(&f.rig.loop, 1000);
	kube_cancel(call);
	f.rig.http.latency_ms = 100;
	call = send(&f, "GET"); /* in flight */
	fake_loop_run_for(&f.rig.loop, 150);
	kube_cancel(call);
	send(&f, "GET"); /* still there when the client is freed */
	fake_loop_run_for(&f.rig.loop, 150);
	assert_int_equal(f.sent, 3);
	finish(&f);
	assert_false(f.done);
}

/* An API server works at so many writes at once; ten thousand only make each of them time out. */
static void test_writes_take_turns(void **state)
{
	struct fixture f;
	struct kube_call *calls[20];
	BEGIN(&f, {-1, 0, NULL});
	for (size_t i = 0; i < 20; i++)
		calls[i] = send(&f, "PATCH");
	fake_loop_run_for(&f.rig.loop, 1000);
	assert_int_equal(f.sent, 16);
	send(&f, "GET"); /* waits for no write */
	kube_send(f.rig.kube, &(struct kube_request){.method = "PUT", .path = "/lease", .unguarded = true}, on_answer,
		&f);
	fake_loop_run_for(&f.rig.loop, 1000);
	assert_int_equal(f.sent, 18);
	kube_cancel(calls[17]); /* from the middle of the line */
	kube_cancel(calls[0]);
	kube_cancel(calls[1]);
	fake_loop_run_for(&f.rig.loop, 1000);
	assert_int_equal(f.sent, 20);
	kube_cancel(calls[2]);
	kube_cancel(calls[3]);
	fake_loop_run_for(&f.rig.loop, 1000);
	assert_int_equal(f.sent, 21);
	finish(&f);
}

static void on_warning(void *arg, const char *text)
{
	struct str *told = arg;

	str_addf(told, "%s|", text);
}

/* Once each, whatever call they come with; by watches, too. */
static void test_warnings(void **state)
{
	static const struct {
		const char *lines, *told;
	} cases[] = {
		{"299 - \"tflb.dev/v1alpha1 is deprecated\"\n", "tflb.dev/v1alpha1 is deprecated|"},
		{"299 - \"tflb.dev/v1alpha1 is deprecated\"\n", ""},
		{"299 - \"unknown field \\\"spec.a\\\"\"\n299 - \"two\"\n", "unknown field \"spec.a\"|two|"},
		{"110 - \"Response is Stale\"\n299 -\n299 - \"\"\n299 - \"cut\n\n", "cut|"},
		{"", ""},
	};
	struct fixture f;
	AUTO_STR struct str told = {0}, many = {0};

	BEGIN(&f, {200, 0, "{}"});
	kube_on_warning(f.rig.kube, on_warning, &told);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str_clear(&told);
		f.done = false;
		mem_free(TAKE(f.own_body));
		f.rig.http.warnings = cases[i].lines;
		send(&f, "GET");
		fake_loop_run_for(&f.rig.loop, 1000);
		assert_string_equal(str_text(&told), cases[i].told);
	}
	str_clear(&told);
	for (int i = 0; i < 100; i++)
		str_addf(&many, "299 - \"number %d\"\n", i);
	f.done = false;
	mem_free(TAKE(f.own_body));
	f.rig.http.warnings = str_text(&many);
	send(&f, "GET");
	fake_loop_run_for(&f.rig.loop, 1000);
	assert_non_null(strstr(str_text(&told), "number 27|"));
	assert_null(strstr(str_text(&told), "number 28|"));
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_no_retry_without_the_header),
		cmocka_unit_test(test_ten_retries),
		cmocka_unit_test(test_a_get_that_is_lost_is_asked_again),
		cmocka_unit_test(test_a_write_that_is_lost_is_not),
		cmocka_unit_test(test_no_wait_past_the_deadline),
		cmocka_unit_test(test_silence_ends_within_a_minute),
		cmocka_unit_test(test_get_survives_a_broken_connection),
		cmocka_unit_test(test_get_gives_up),
		cmocka_unit_test(test_unclear_writes_are_not_repeated),
		cmocka_unit_test(test_post_and_time_outs),
		cmocka_unit_test(test_too_large_is_not_repeated),
		cmocka_unit_test(test_token_file_is_read_again),
		cmocka_unit_test(test_unauthorized_reads_the_token_once),
		cmocka_unit_test(test_unauthorized_with_the_same_token),
		cmocka_unit_test(test_no_token_to_send),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_writes_take_turns),
		cmocka_unit_test(test_warnings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The transport against our own server: exchanges that are cancelled, at any time and from within, and whole answers. */
#include "echo_rig.h"

/* Cancels `victim` when its own or another's callback comes. */
struct canceller {
	struct rig *rig;
	struct http_call **victim;
	int heads, ends;
};

static void cancel_in_head(void *arg, const struct http_head *head)
{
	struct canceller *self = arg;
	self->heads++;
	http_cancel(self->rig->http, *self->victim);
	rig_pause_over(self->rig);
}

static bool cancel_in_data(void *arg, const char *bytes, size_t length)
{
	cancel_in_head(arg, NULL);
	return true;
}

static void cancel_in_end(void *arg, const struct error *err)
{
	((struct canceller *)arg)->ends++;
	cancel_in_head(arg, NULL);
}

static void ignore_head(void *arg, const struct http_head *head)
{
}

static void unexpected_end(void *arg, const struct error *err)
{
	((struct canceller *)arg)->ends++;
}

static void cancels_itself(struct rig *rig, struct http_handler handler)
{
	struct http_call *call;
	struct canceller self = {.rig = rig, .victim = &call};
	handler.arg = &self;
	call = http_send(
		rig->http, &(struct http_request){.method = "GET", .url = url(rig, "/large?3000000")}, &handler);
	rig_run(rig);
	rig_pause(rig, 20);
	assert_int_equal(self.heads, 1);
	assert_int_equal(self.ends, 0);
}

static void test_cancel_in_its_own_callbacks(void **state)
{
	cancels_itself(*state, (struct http_handler){cancel_in_head, cancel_in_data, unexpected_end, NULL});
	cancels_itself(*state, (struct http_handler){ignore_head, cancel_in_data, unexpected_end, NULL});
	AUTO_OUTCOME struct outcome after = {0};
	get(*state, &after, "/echo");
	assert_false(after.failed);
}

static bool ignore_data(void *arg, const char *bytes, size_t length)
{
	return true;
}

static void test_cancel_another_in_a_callback(void **state)
{
	struct rig *rig = *state;
	static const struct http_handler by[] = {{cancel_in_head, ignore_data, unexpected_end, NULL},
		{ignore_head, cancel_in_data, unexpected_end, NULL}, {ignore_head, ignore_data, cancel_in_end, NULL}};
	for (size_t i = 0; i < 3; i++) {
		AUTO_OUTCOME struct outcome other = {0};
		struct http_call *victim = outcome_send(
			rig, &other, NULL, &(struct http_request){.method = "GET", .url = url(rig, "/never")});
		rig_pause(rig, 20);
		struct canceller self = {.rig = rig, .victim = &victim};
		struct http_handler handler = by[i];
		handler.arg = &self;
		http_send(rig->http, &(struct http_request){.method = "GET", .url = url(rig, "/echo")}, &handler);
		rig_run(rig);
		rig_pause(rig, 20);
		assert_int_equal(self.heads, 1);
		assert_int_equal(self.ends, 1);
		assert_int_equal(other.heads + other.ends, 0);
	}
}

static void test_cancel_before_anything_happened(void **state)
{
	struct rig *rig = *state;
	struct outcome outcome = {0};
	http_cancel(rig->http,
		outcome_send(rig, &outcome, NULL, &(struct http_request){.method = "GET", .url = url(rig, "/echo")}));
	rig_pause(rig, 20);
	assert_int_equal(outcome.heads + outcome.ends, 0);
}

static void send_next(void *arg, const struct error *err)
{
	struct outcome *outcome = arg;
	assert_null(err);
	if (++outcome->retry_after_s == 100) {
		net_loop_stop(outcome->rig->loop);
		return;
	}
	http_send(outcome->rig->http, &(struct http_request){.method = "GET", .url = url(outcome->rig, "/echo")},
		&(struct http_handler){.data = ignore_data, .end = send_next, .arg = outcome});
}

/* The next request from within the end of the last. */
static void test_requests_from_within_end(void **state)
{
	struct outcome outcome = {.rig = *state};
	send_next(&outcome, NULL);
	rig_run(*state);
	assert_int_equal(outcome.retry_after_s, 100);
}

static void test_free_with_calls_in_flight(void **state)
{
	struct rig rig;
	struct outcome outcomes[3] = {{0}};
	rig_open(&rig, serve);
	outcome_send(&rig, &outcomes[0], NULL, &(struct http_request){.method = "GET", .url = url(&rig, "/never")});
	outcome_send(&rig, &outcomes[1], NULL,
		&(struct http_request){
			.method = "GET", .url = url(&rig, "/never"), .own_connection = true, .silence_ms = 5000});
	rig_pause(&rig, 30);
	outcome_send(&rig, &outcomes[2], NULL, &(struct http_request){.method = "GET", .url = url(&rig, "/echo")});
	rig_close(&rig);
	for (int i = 0; i < 3; i++)
		assert_int_equal(outcomes[i].heads + outcomes[i].ends, 0);
}

struct exchanged {
	struct rig *rig;
	int answers, status;
	size_t length;
	char last[6]; /* bytes of the body, and what is behind it */
	struct error err;
};

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	struct exchanged *exchanged = arg;
	assert_true((answer == NULL) != (err == NULL));
	exchanged->answers++;
	if (err != NULL) {
		exchanged->err = *err;
	} else {
		exchanged->status = answer->status;
		exchanged->length = answer->length;
		memcpy(exchanged->last, answer->body + answer->length - 5, sizeof(exchanged->last));
	}
	net_loop_stop(exchanged->rig->loop);
}

static void test_exchange_is_bounded(void **state)
{
	struct rig *rig = *state;
	for (int over = 0; over <= 1; over++) {
		struct exchanged exchanged = {.rig = rig};
		struct http_request request = {
			.method = "GET", .url = url(rig, over ? "/large?100001" : "/large?100000")};
		http_exchange(rig->http, &request, 100000, on_answer, &exchanged);
		rig_run(rig);
		assert_int_equal(exchanged.answers, 1);
		assert_int_equal(exchanged.length, over ? 0 : 100000);
		assert_string_equal(exchanged.err.code, over ? "TooLarge" : "");
		assert_int_equal(exchanged.err.class, over ? ERROR_TRANSIENT : ERROR_NONE);
	}
}

static void test_exchange_copies_the_body(void **state)
{
	struct rig *rig = *state;
	struct exchanged exchanged = {.rig = rig};
	char body[] = "he\0lo";
	http_exchange(rig->http,
		&(struct http_request){.method = "POST", .url = url(rig, "/echo"), .body = body, .body_length = 5},
		1000, on_answer, &exchanged);
	memset(body, 0, sizeof(body));
	rig_run(rig);
	assert_int_equal(exchanged.length, strlen("POST /echo? auth=none type= length=5\n") + 5);
	assert_memory_equal(exchanged.last, "he\0lo", 6);
}

static void test_exchange_cancel(void **state)
{
	struct rig *rig = *state;
	struct exchanged exchanged = {.rig = rig};
	http_exchange_cancel(http_exchange(rig->http, &(struct http_request){.method = "GET", .url = url(rig, "/echo")},
		1000, on_answer, &exchanged));
	http_exchange_cancel(NULL);
	rig_pause(rig, 20);
	assert_int_equal(exchanged.answers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_cancel_in_its_own_callbacks),
		RIG_TEST(test_cancel_another_in_a_callback),
		RIG_TEST(test_cancel_before_anything_happened),
		RIG_TEST(test_requests_from_within_end),
		RIG_TEST(test_free_with_calls_in_flight),
		RIG_TEST(test_exchange_is_bounded),
		RIG_TEST(test_exchange_copies_the_body),
		RIG_TEST(test_exchange_cancel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

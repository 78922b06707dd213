/* The transport against our own server: what arrives, limits, long polls, cancelling. */
#include "rig.h"

static struct timer later_timer;
static struct rig *later_rig;
static uint64_t later_id;
static int served;

static void answer_later(void *arg)
{
	server_answer(later_rig->server, later_id, 200, "text/plain", "late", 4);
}

static void echo(struct rig *rig, const struct server_request *request)
{
	AUTO_STR struct str text = STR_INIT(RIG_BODY_MAX + 1000);
	str_addf(&text, "%s %s?%s auth=%s type=%s length=%zu\n", request->method, request->path, request->query,
		request->authorization != NULL ? request->authorization : "none", request->content_type,
		request->body_length);
	str_add(&text, request->body, request->body_length);
	server_answer(rig->server, request->id, 201, "application/json", text.own_text, text.length);
}

/* By path: /echo, /later?MS, /drop, /never, /large?BYTES, /busy. */
static void serve(void *arg, const struct server_request *request)
{
	struct rig *rig = arg;
	served++;
	if (text_equal(request->path, "/later")) {
		later_rig = rig;
		later_id = request->id;
		timer_start(rig->loop, &later_timer, strtol(request->query, NULL, 10), answer_later, NULL);
	} else if (text_equal(request->path, "/drop")) {
		server_answer(rig->server, request->id, 0, NULL, NULL, 0);
	} else if (text_equal(request->path, "/large")) {
		size_t length = strtoul(request->query, NULL, 10);
		AUTO_FREE char *body = mem_alloc(length);
		memset(body, 'x', length);
		server_answer(rig->server, request->id, 200, "", body, length);
	} else if (text_equal(request->path, "/busy")) {
		server_retry_after(rig->server, request->id, (int)strtol(request->query, NULL, 10));
		server_answer(rig->server, request->id, 503, "text/plain", "busy", 4);
	} else if (!text_equal(request->path, "/never")) {
		echo(rig, request);
	}
}

static int set_up(void **state)
{
	struct rig *rig = mem_alloc(sizeof(*rig));
	rig_open(rig, serve);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	timer_stop(rig->loop, &later_timer);
	rig_close(rig);
	mem_free(rig);
	return 0;
}

static const char *url(const struct rig *rig, const char *path)
{
	static char texts[4][256];
	static int next;
	char *text = texts[next++ % 4];
	snprintf(text, sizeof(texts[0]), "%s%s", rig->base, path);
	return text;
}

static void get(struct rig *rig, struct outcome *outcome, const char *path)
{
	outcome_of(rig, outcome, &(struct http_request){.method = "GET", .url = url(rig, path)});
}

static void test_request_and_answer_arrive(void **state)
{
	struct rig *rig = *state;
	AUTO_OUTCOME struct outcome outcome = {0};
	struct http_request request = {.method = "PATCH",
		.url = url(rig, "/a%2Fb/../c?x=%20y&z"),
		.headers = {{"Authorization", "Bearer t"}, {"Content-Type", "application/merge-patch+json"}},
		.body = "{}trailing",
		.body_length = 2};
	outcome_of(rig, &outcome, &request);
	assert_false(outcome.failed);
	assert_int_equal(outcome.status, 201);
	assert_string_equal(outcome.content_type, "application/json");
	assert_string_equal(str_text(&outcome.body),
		"PATCH /a%2Fb/../c?x=%20y&z auth=Bearer t type=application/merge-patch+json length=2\n{}");
}

static void test_methods_without_body(void **state)
{
	static const char *const methods[] = {"GET", "DELETE", "POST"};
	for (size_t i = 0; i < 3; i++) {
		AUTO_OUTCOME struct outcome outcome = {0};
		char want[64];
		outcome_of(*state, &outcome, &(struct http_request){.method = methods[i], .url = url(*state, "/echo")});
		snprintf(want, sizeof(want), "%s /echo? auth=none type= length=0\n", methods[i]);
		assert_string_equal(str_text(&outcome.body), want);
	}
}

static void test_late_answer(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	get(*state, &outcome, "/later?50");
	assert_false(outcome.failed);
	assert_string_equal(str_text(&outcome.body), "late");
}

static void test_an_error_status_is_an_answer(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	get(*state, &outcome, "/busy");
	assert_false(outcome.failed);
	assert_int_equal(outcome.status, 503);
	assert_string_equal(str_text(&outcome.body), "busy");
}

static void test_how_long_to_wait_is_told(void **state)
{
	for (int seconds = 0; seconds < 30; seconds += 17) {
		AUTO_OUTCOME struct outcome outcome = {0};
		AUTO_FREE char *path = mem_printf("/busy?%d", seconds);
		get(*state, &outcome, path);
		assert_int_equal(outcome.retry_after_s, seconds);
	}
}

static void test_drop(void **state)
{
	struct rig *rig = *state;
	AUTO_OUTCOME struct outcome outcome = {0};
	char want[128];
	get(rig, &outcome, "/drop");
	assert_true(outcome.failed);
	assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
	snprintf(want, sizeof(want), "127.0.0.1:%u closed the connection without an answer", server_port(rig->server));
	assert_string_equal(outcome.err.message, want);
	assert_int_equal(outcome.heads, 0);
}

/* Bodies with a pattern, up to the server's maximum and beyond it. */
static void test_large_request_bodies(void **state)
{
	for (int over = 0; over <= 1; over++) {
		AUTO_OUTCOME struct outcome outcome = {0};
		size_t length = RIG_BODY_MAX + (size_t)over;
		AUTO_FREE char *body = mem_alloc(length);
		for (size_t i = 0; i < length; i++)
			body[i] = (char)('a' + i / 7 % 26);
		outcome_of(*state, &outcome,
			&(struct http_request){
				.method = "PUT", .url = url(*state, "/echo"), .body = body, .body_length = length});
		assert_false(outcome.failed);
		assert_int_equal(outcome.status, over ? 413 : 201);
		if (!over)
			assert_memory_equal(strchr(outcome.body.own_text, '\n') + 1, body, length);
	}
}

static void test_redirects_are_not_followed(void **state)
{
	struct rig *rig = *state;
	struct peer peer;
	char says[256];
	snprintf(says, sizeof(says), "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
		url(rig, "/echo"));
	peer_open(&peer, rig->loop, says, false);
	AUTO_OUTCOME struct outcome outcome = {0};
	outcome_of(rig, &outcome, &(struct http_request){.method = "GET", .url = peer.base});
	assert_int_equal(outcome.status, 302);
	assert_int_equal(outcome.body.length, 0);
	peer_close(&peer);
}

/* What is not asked for, and is not unpacked, cannot grow. */
static void test_nothing_is_unpacked(void **state)
{
	static const char packed[] = "\x1f\x8b\x08 and what may become very much of it";
	struct rig *rig = *state;
	struct peer peer;
	char says[256];
	snprintf(says, sizeof(says), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(packed), packed);
	peer_open(&peer, rig->loop, says, false);
	AUTO_OUTCOME struct outcome outcome = {0};
	outcome_of(rig, &outcome, &(struct http_request){.method = "GET", .url = peer.base});
	assert_false(outcome.failed);
	assert_string_equal(str_text(&outcome.body), packed);
	assert_null(strcasestr(peer.first_head, "accept-encoding"));
	peer_close(&peer);
}

static void test_a_flood_of_headers_is_refused(void **state)
{
	static const char *const beginnings[] = {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 103 Early Hints\r\n"};
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		struct str says = {0};
		struct peer peer;
		for (int round = 0; round < (i ? 40 : 1); round++) {
			str_adds(&says, beginnings[i]);
			for (int line = 0; line < (i ? 40 : 1600); line++)
				str_adds(&says, "X-Line: 0123456789012345678901234567890123\r\n");
			str_adds(&says, i ? "\r\n" : "");
		}
		str_adds(&says, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		peer_open(&peer, rig->loop, str_text(&says), false);
		AUTO_OUTCOME struct outcome outcome = {0};
		outcome_of(rig, &outcome, &(struct http_request){.method = "GET", .url = peer.base});
		assert_true(outcome.failed);
		assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
		assert_string_equal(outcome.err.code, "TooLarge");
		assert_non_null(strstr(outcome.err.message, "too large a head"));
		peer_close(&peer);
		str_done(&says);
	}
}

static void test_the_environments_proxy_is_not_used(void **state)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	AUTO_OUTCOME struct outcome outcome = {0};
	get(*state, &outcome, "/echo");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_false(outcome.failed);
}

static void test_a_named_proxy_is_used(void **state)
{
	struct rig *rig = *state;
	struct http_peer by_proxy = {.proxy = rig->base};
	setenv("no_proxy", "*", 1);
	AUTO_OUTCOME struct outcome outcome = {0};
	outcome_of(rig, &outcome,
		&(struct http_request){.method = "GET", .url = "http://name.invalid/echo", .peer = &by_proxy});
	unsetenv("no_proxy");
	assert_false(outcome.failed);
	assert_true(text_starts(str_text(&outcome.body), "GET http://name.invalid/echo?"));
}

static void test_the_receiver_may_stop(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {.refuse_data = true};
	get(*state, &outcome, "/large?5000000");
	assert_true(outcome.failed);
	assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
	assert_true(outcome.body.length < 5000000);
}

static void test_what_cannot_be_sent(void **state)
{
	static const char *const urls[] = {"", "not a url", "ftp://127.0.0.1/", "file:///etc/passwd"};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		AUTO_OUTCOME struct outcome outcome = {0};
		outcome_of(*state, &outcome, &(struct http_request){.method = "GET", .url = urls[i]});
		assert_true(outcome.failed);
		assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
		assert_string_equal(outcome.err.code, "BadUrl");
	}
	AUTO_OUTCOME struct outcome outcome = {0};
	struct http_request request = {
		.method = "GET", .url = url(*state, "/echo"), .headers = {{"X", "a\r\nEvil: secret"}}};
	outcome_of(*state, &outcome, &request);
	assert_true(outcome.failed);
	assert_null(strstr(outcome.err.message, "secret"));
}

/* 40 long polls, and one quick request that waits for none of them. */
static void test_long_polls_hold_up_nobody(void **state)
{
	enum { POLLS = 40 };
	struct rig *rig = *state;
	static struct outcome polls[POLLS];
	struct http_call *calls[POLLS];
	memset(polls, 0, sizeof(polls));
	for (int i = 0; i < POLLS; i++)
		calls[i] = outcome_send(rig, &polls[i], NULL,
			&(struct http_request){.method = "GET", .url = url(rig, "/never"), .own_connection = true});
	int64_t began = loop_now(rig->loop);
	AUTO_OUTCOME struct outcome quick = {0};
	get(rig, &quick, "/echo");
	assert_false(quick.failed);
	assert_true(loop_now(rig->loop) - began < 2000);
	for (int i = 0; i < POLLS; i++) {
		assert_int_equal(polls[i].heads + polls[i].ends, 0);
		http_cancel(rig->http, calls[i]);
	}
	rig_pause(rig, 5);
	for (int i = 0; i < POLLS; i++)
		assert_int_equal(polls[i].ends, 0);
}

/* What waits for a connection is not late in connecting. */
static void test_waiting_for_a_connection(void **state)
{
	struct rig *rig = *state;
	struct http_peer one = {.connections = 1};
	AUTO_OUTCOME struct outcome slow = {0};
	AUTO_OUTCOME struct outcome next = {0};
	int open = 0;
	struct http_request request = {.method = "GET", .url = url(rig, "/later?600"), .peer = &one, .connect_ms = 300};
	outcome_send(rig, &slow, &open, &request);
	request.url = url(rig, "/echo");
	outcome_send(rig, &next, &open, &request);
	rig_run(rig);
	assert_false(slow.failed);
	assert_false(next.failed);
}

static bool may_leave(void *arg)
{
	return *(const bool *)arg;
}

/* It was allowed when it was sent, and is not any more when its connection comes. */
static void test_what_may_not_leave_any_more(void **state)
{
	struct rig *rig = *state;
	struct http_peer one = {.connections = 1};
	AUTO_OUTCOME struct outcome slow = {0};
	AUTO_OUTCOME struct outcome next = {0};
	AUTO_OUTCOME struct outcome again = {0};
	bool allowed = true;
	int open = 0, before = served;
	struct http_request request = {.method = "GET",
		.url = url(rig, "/later?300"),
		.peer = &one,
		.may_leave = may_leave,
		.may_leave_arg = &allowed};
	outcome_send(rig, &slow, &open, &request);
	request.url = url(rig, "/echo");
	outcome_send(rig, &next, &open, &request);
	rig_pause(rig, 100);
	assert_int_equal(served - before, 1);
	allowed = false;
	rig_run(rig);
	assert_false(slow.failed);
	assert_true(next.failed);
	assert_string_equal(next.err.code, "Withheld");
	assert_int_equal(next.heads, 0);
	assert_int_equal(served - before, 1);
	allowed = true;
	outcome_of(rig, &again, &request);
	assert_false(again.failed);
	assert_int_equal(served - before, 2);
}

static void test_connections_are_limited(void **state)
{
	struct rig *rig = *state;
	struct http_peer two = {.connections = 2};
	struct outcome stuck[2] = {{0}};
	struct http_request request = {.method = "GET", .url = url(rig, "/never"), .peer = &two};
	struct http_call *first = outcome_send(rig, &stuck[0], NULL, &request);
	struct http_call *second = outcome_send(rig, &stuck[1], NULL, &request);
	AUTO_OUTCOME struct outcome waiting = {0};
	int open = 0;
	request.url = url(rig, "/echo");
	outcome_send(rig, &waiting, &open, &request);
	rig_pause(rig, 60);
	assert_int_equal(waiting.heads, 0);
	http_cancel(rig->http, first);
	rig_run(rig);
	assert_false(waiting.failed);
	http_cancel(rig->http, second);
}

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

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_request_and_answer_arrive),
		RIG_TEST(test_methods_without_body),
		RIG_TEST(test_late_answer),
		RIG_TEST(test_an_error_status_is_an_answer),
		RIG_TEST(test_how_long_to_wait_is_told),
		RIG_TEST(test_drop),
		RIG_TEST(test_large_request_bodies),
		RIG_TEST(test_redirects_are_not_followed),
		RIG_TEST(test_nothing_is_unpacked),
		RIG_TEST(test_a_flood_of_headers_is_refused),
		RIG_TEST(test_the_environments_proxy_is_not_used),
		RIG_TEST(test_a_named_proxy_is_used),
		RIG_TEST(test_the_receiver_may_stop),
		RIG_TEST(test_what_cannot_be_sent),
		RIG_TEST(test_long_polls_hold_up_nobody),
		RIG_TEST(test_waiting_for_a_connection),
		RIG_TEST(test_what_may_not_leave_any_more),
		RIG_TEST(test_connections_are_limited),
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

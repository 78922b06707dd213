/* The transport against our own server: what arrives, limits, long polls, cancelling. */
#include "echo_rig.h"

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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The transport against a peer that says what servers say when something is wrong: silence, halves, refusals. */
#include <malloc.h>

#include "rig.h"

static void serve_nothing(void *arg, const struct server_request *request)
{
}

static int set_up(void **state)
{
	struct rig *rig = mem_alloc(sizeof(*rig));
	rig_open(rig, serve_nothing);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_close(*state);
	mem_free(*state);
	return 0;
}

static void ask(struct rig *rig, struct outcome *outcome, const char *says, bool closes, struct http_request request)
{
	struct peer peer;
	peer_open(&peer, rig->loop, says, closes);
	request.method = "GET";
	request.url = peer.base;
	outcome_of(rig, outcome, &request);
	peer_close(&peer);
}

static void assert_fails(struct rig *rig, const char *says, bool closes, struct http_request request, const char *why)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	ask(rig, &outcome, says, closes, request);
	assert_true(outcome.failed);
	assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
	if (strstr(outcome.err.message, why) == NULL || strstr(outcome.err.message, "127.0.0.1:") == NULL)
		fail_msg("expected \"%s\": %s", why, outcome.err.message);
}

static void test_chunked(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	ask(*state, &outcome,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain; "
		"x=y\r\n\r\n\v3\r\nabc\r\n\v1"
		"\r\nd\v\r\n5\r\nefghi\r\n0\r\nTrailer: x\r\n\r\n",
		false, (struct http_request){0});
	assert_false(outcome.failed);
	assert_int_equal(outcome.heads, 1);
	assert_string_equal(outcome.content_type, "text/plain; x=y");
	assert_string_equal(str_text(&outcome.body), "abcdefghi");
}

static void test_body_until_close(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	ask(*state, &outcome, "HTTP/1.0 200 OK\r\n\r\nabc\vdef", true, (struct http_request){0});
	assert_false(outcome.failed);
	assert_string_equal(str_text(&outcome.body), "abcdef");
}

static void test_interim_answers_are_not_told(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	ask(*state, &outcome,
		"HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\nContent-Type: x\r\n\r\n\vHTTP/1.1 204 No "
		"Content\r\n\r\n",
		false, (struct http_request){0});
	assert_false(outcome.failed);
	assert_int_equal(outcome.heads, 1);
	assert_int_equal(outcome.status, 204);
	assert_int_equal(outcome.retry_after_s, 0);
	assert_string_equal(outcome.content_type, "");
}

static int retry_after(struct rig *rig, const char *value)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	char says[256];
	snprintf(says, sizeof(says), "HTTP/1.1 429 Slow\r\nretry-AFTER:%s\r\nContent-Length: 0\r\n\r\n", value);
	ask(rig, &outcome, says, false, (struct http_request){0});
	assert_int_equal(outcome.status, 429);
	return outcome.retry_after_s;
}

static void test_retry_after(void **state)
{
	assert_int_equal(retry_after(*state, " 7 "), 7);
	assert_int_equal(retry_after(*state, "0"), 0);
	assert_int_equal(retry_after(*state, "-5"), 0);
	assert_int_equal(retry_after(*state, "soon"), 0);
	assert_int_equal(retry_after(*state, "Wed, 21 Oct 2026 07:28:00 GMT"), 0);
	assert_in_range(retry_after(*state, "99999999999999999999"), 3600, 7 * 24 * 3600);
}

static void test_date_and_flavor(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	ask(*state, &outcome,
		"HTTP/1.1 200 OK\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nmetadata-flavor: Google\r\n"
		"Content-Length: 0\r\n\r\n",
		false, (struct http_request){0});
	assert_int_equal(outcome.date_us, INT64_C(1767323045000000));
	assert_string_equal(outcome.metadata_flavor, "Google");
	AUTO_OUTCOME struct outcome other = {0};
	ask(*state, &other, "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 0\r\n\r\n", false,
		(struct http_request){0});
	assert_int_equal(other.date_us, 0);
	assert_string_equal(other.metadata_flavor, "");
}

static void test_warnings(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	ask(*state, &outcome,
		"HTTP/1.1 200 OK\r\nWarning: 299 - \"one\"\r\nDate: today\r\nwarning:299 - \"two\"\r\nContent-Length: "
		"0\r\n\r\n",
		false, (struct http_request){0});
	assert_string_equal(outcome.warnings, "299 - \"one\"\n299 - \"two\"\n");
	AUTO_OUTCOME struct outcome other = {0};
	ask(*state, &other, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, (struct http_request){0});
	assert_string_equal(other.warnings, "");
}

static void test_broken_answers(void **state)
{
	struct http_request request = {0};
	assert_fails(*state, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true, request,
		"in the middle of the answer");
	assert_fails(*state, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true, request,
		"in the middle of the answer");
	assert_fails(*state, "", true, request, "closed the connection without an answer");
	assert_fails(*state, "SSH-2.0-OpenSSH\r\n\r\n", true, request, "does not speak HTTP");
}

static void test_silence(void **state)
{
	struct http_request request = {.silence_ms = 120};
	assert_fails(*state, "", false, request, "nothing came from");
	assert_fails(*state, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", false, request, "for 0.12 s");
	assert_fails(*state, "HTTP/1.1 200 OK\r\n", false, request, "nothing came from");
}

/* Each byte that comes starts the wait anew: 250 pieces take longer than the silence allowed. */
static void test_slow_is_not_silent(void **state)
{
	AUTO_STR struct str says = {0};
	AUTO_OUTCOME struct outcome outcome = {0};
	str_adds(&says, "HTTP/1.1 200 OK\r\nContent-Length: 250\r\n\r\n");
	for (int i = 0; i < 250; i++)
		str_adds(&says, "\vx");
	ask(*state, &outcome, says.own_text, false, (struct http_request){.silence_ms = 400});
	assert_false(outcome.failed);
	assert_int_equal(outcome.body.length, 250);
}

static void test_total(void **state)
{
	AUTO_STR struct str says = {0};
	str_adds(&says, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
	for (int i = 0; i < 2000; i++)
		str_adds(&says, "\vx");
	assert_fails(*state, says.own_text, false, (struct http_request){.total_ms = 150, .silence_ms = 5000},
		"no complete answer from");
}

static void test_connection_refused(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	uint16_t port;
	char address[64], want[128];
	close(listen_somewhere(&port));
	snprintf(address, sizeof(address), "http://127.0.0.1:%u/secret?token=secret", port);
	struct http_request request = {
		.method = "GET", .url = address, .headers = {{"Authorization", "Bearer secret"}}};
	outcome_of(*state, &outcome, &request);
	snprintf(want, sizeof(want), "cannot connect to 127.0.0.1:%u: connection refused", port);
	assert_true(outcome.failed);
	assert_string_equal(outcome.err.message, want);
	assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
}

/* A label of 64 characters is wrong before anybody is asked. */
static void test_name_without_address(void **state)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	char label[65], address[128];
	memset(label, 'a', 64);
	label[64] = '\0';
	snprintf(address, sizeof(address), "http://%s.invalid/", label);
	outcome_of(*state, &outcome, &(struct http_request){.method = "GET", .url = address});
	AUTO_FREE char *want = mem_printf("cannot connect to %s.invalid:80: the name has no address", label);
	assert_string_equal(outcome.err.message, want);
}

/* A listener whose queue is full lets connections hang. */
struct full {
	uint16_t port;
	int listener, fillers[8];
	char url[64];
};

static void full_open(struct full *full)
{
	full->listener = listen_somewhere(&full->port);
	listen(full->listener, 0);
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(full->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (int i = 0; i < 8; i++) {
		full->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(full->fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
	snprintf(full->url, sizeof(full->url), "http://127.0.0.1:%u/", full->port);
}

static void full_close(struct full *full)
{
	for (int i = 0; i < 8; i++)
		close(full->fillers[i]);
	close(full->listener);
}

static void test_connect_is_bounded(void **state)
{
	struct full full;
	char want[128];
	full_open(&full);
	snprintf(want, sizeof(want), "cannot connect to 127.0.0.1:%u: no answer within 0.1 s", full.port);
	for (int i = 0; i < 2; i++) { /* again with an address that curl remembers */
		AUTO_OUTCOME struct outcome outcome = {0};
		outcome_of(
			*state, &outcome, &(struct http_request){.method = "GET", .url = full.url, .connect_ms = 100});
		assert_string_equal(outcome.err.message, want);
	}
	full_close(&full);
}

/* Who stands in line has all its time to connect when its turn comes. */
static void test_a_turn_has_its_own_time(void **state)
{
	struct rig *rig = *state;
	struct full full;
	struct http_peer one = {.connections = 1};
	AUTO_OUTCOME struct outcome first = {0};
	AUTO_OUTCOME struct outcome second = {0};
	int open = 0;
	full_open(&full);
	struct http_request request = {.method = "GET", .url = full.url, .peer = &one, .connect_ms = 200};
	int64_t began = loop_now(rig->loop);
	outcome_send(rig, &first, &open, &request);
	outcome_send(rig, &second, &open, &request);
	rig_run(rig);
	assert_true(first.failed && second.failed);
	assert_true(loop_now(rig->loop) - began >= 390);
	full_close(&full);
}

static void test_connections_are_kept(void **state)
{
	struct rig *rig = *state;
	struct peer peer;
	peer_open(&peer, rig->loop, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
	for (int i = 0; i < 5; i++) {
		AUTO_OUTCOME struct outcome outcome = {0};
		outcome_of(rig, &outcome, &(struct http_request){.method = "GET", .url = peer.base});
		assert_false(outcome.failed);
	}
	assert_int_equal(peer.accepted, 1);
	peer_close(&peer);
}

/* What stands in line for a connection has no buffer for its answer yet. */
static void test_waiting_costs_little(void **state)
{
	enum { STUCK = 2, WAITING = 100, MOST = 10 * 1024 };
	struct rig *rig = *state;
	struct peer peer;
	struct http_peer few = {.connections = STUCK};
	struct outcome outcomes[STUCK + WAITING] = {{0}};
	struct http_call *calls[STUCK + WAITING];
	size_t before = 0;
	peer_open(&peer, rig->loop, "", false);
	for (int i = 0; i < STUCK + WAITING; i++) {
		if (i == STUCK) {
			rig_pause(rig, 50);
			before = mallinfo2().uordblks;
		}
		calls[i] = outcome_send(rig, &outcomes[i], NULL,
			&(struct http_request){.method = "GET", .url = peer.base, .peer = &few});
	}
	rig_pause(rig, 50);
	assert_int_equal(peer.accepted, STUCK);
	assert_true(mallinfo2().uordblks - before < (size_t)WAITING * MOST);
	for (int i = 0; i < STUCK + WAITING; i++)
		http_cancel(rig->http, calls[i]);
	peer_close(&peer);
}

/* The request as it goes over the wire: nothing that nobody asked for. */
static void test_request_line_and_headers(void **state)
{
	struct rig *rig = *state;
	struct peer peer;
	AUTO_OUTCOME struct outcome outcome = {0};
	int open = 0;
	char address[128];
	peer_open(&peer, rig->loop, "\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\vHTTP/1.1 204 No\r\n\r\n", false);
	snprintf(address, sizeof(address), "%s/a?b", peer.base);
	outcome_send(rig, &outcome, &open,
		&(struct http_request){.method = "POST",
			.url = address,
			.headers = {{"X-Empty", ""}},
			.body = "{}",
			.body_length = 2});
	rig_pause(rig, 25);
	AUTO_FREE char *want = mem_printf("POST /a?b HTTP/1.1\r\nHost: %s\r\nUser-Agent: tflb-test/1\r\nAccept: "
					  "*/*\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}",
		peer.base + strlen("http://"));
	assert_string_equal(str_text(&peer.connections[0].heard), want);
	rig_run(rig);
	peer_close(&peer);
}

static void test_component_in_the_user_agent(void **state)
{
	struct rig *rig = *state;
	struct peer peer;
	AUTO_OUTCOME struct outcome outcome = {0};
	int open = 0;
	peer_open(&peer, rig->loop, "\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\vHTTP/1.1 204 No\r\n\r\n", false);
	outcome_send(rig, &outcome, &open,
		&(struct http_request){.method = "GET", .url = peer.base, .component = "leader-election"});
	rig_pause(rig, 25);
	assert_non_null(
		strstr(str_text(&peer.connections[0].heard), "\r\nUser-Agent: tflb-test/1/leader-election\r\n"));
	rig_run(rig);
	peer_close(&peer);
}

/* Servers that do not know Expect would cost a second for each large body. */
static void test_large_bodies_are_not_announced(void **state)
{
	struct rig *rig = *state;
	struct peer peer;
	AUTO_OUTCOME struct outcome outcome = {0};
	enum { LENGTH = 2 << 20 };
	AUTO_FREE char *body = mem_alloc(LENGTH);
	peer_open(&peer, rig->loop, "", false);
	outcome_send(rig, &outcome, NULL,
		&(struct http_request){.method = "PUT", .url = peer.base, .body = body, .body_length = LENGTH});
	rig_pause(rig, 30);
	assert_int_equal(peer.accepted, 1);
	assert_null(strstr(peer.first_head, "Expect"));
	assert_non_null(strstr(peer.first_head, "Content-Length: 2097152\r\n"));
	peer_close(&peer);
	rig_pause(rig, 10);
	assert_true(outcome.failed);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_chunked),
		RIG_TEST(test_body_until_close),
		RIG_TEST(test_interim_answers_are_not_told),
		RIG_TEST(test_retry_after),
		RIG_TEST(test_date_and_flavor),
		RIG_TEST(test_warnings),
		RIG_TEST(test_broken_answers),
		RIG_TEST(test_silence),
		RIG_TEST(test_slow_is_not_silent),
		RIG_TEST(test_total),
		RIG_TEST(test_connection_refused),
		RIG_TEST(test_name_without_address),
		RIG_TEST(test_connect_is_bounded),
		RIG_TEST(test_a_turn_has_its_own_time),
		RIG_TEST(test_connections_are_kept),
		RIG_TEST(test_waiting_costs_little),
		RIG_TEST(test_request_line_and_headers),
		RIG_TEST(test_component_in_the_user_agent),
		RIG_TEST(test_large_bodies_are_not_announced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The server, asked over bare sockets: what it shows, answers that come late or never, connections that go. */
#include "rig.h"

/* What the server showed, and who is waiting. */
struct seen {
	struct rig rig;
	int count;
	uint64_t ids[64];
	struct str lines;
	bool hold; /* answer nothing by itself */
};

static struct seen seen;

static void serve(void *arg, const struct server_request *request)
{
	seen.ids[seen.count++] = request->id;
	str_addf(&seen.lines, "%s|%s|%s|%s|%s|%.*s\n", request->method, request->path, request->query,
		request->authorization != NULL ? request->authorization : "NULL", request->content_type,
		(int)request->body_length, request->body);
	if (!seen.hold)
		server_answer(seen.rig.server, request->id, 200, "text/plain", "ok", 2);
}

static int set_up(void **state)
{
	seen = (struct seen){0};
	rig_open(&seen.rig, serve);
	return 0;
}

static int tear_down(void **state)
{
	rig_close(&seen.rig);
	str_done(&seen.lines);
	return 0;
}

static void serve_the_curious(void *arg, const struct server_request *request)
{
	str_addf(&seen.lines, "%s %s\n", request->accept ? request->accept : "NULL",
		request->loopback ? "here" : "elsewhere");
}

static int open_client_of(struct server *server, const char *address)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(server_port(server)), .sin_addr.s_addr = inet_addr(address)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static int open_client(void)
{
	return open_client_of(seen.rig.server, "127.0.0.1");
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What came until nothing more does for a while; "" when nothing, and closed is set when the server closed. */
static const char *hear(int fd, bool *closed)
{
	static char text[4096];
	size_t used = 0;
	*closed = false;
	for (int quiet = 0; quiet < 8; quiet++) {
		rig_pause(&seen.rig, 5);
		ssize_t got = recv(fd, text + used, sizeof(text) - 1 - used, MSG_DONTWAIT);
		if (got > 0) {
			used += (size_t)got;
			quiet = 0;
		}
		if (got == 0 || (got < 0 && errno == ECONNRESET)) {
			*closed = true;
			break;
		}
	}
	text[used] = '\0';
	return text;
}

static int count_of(const char *text, const char *what)
{
	int count = 0;
	while ((text = strstr(text, what)) != NULL) {
		count++;
		text += strlen(what);
	}
	return count;
}

static void test_what_is_shown(void **state)
{
	bool closed;
	int fd = open_client();
	say(fd, "GET /a%2Fb/%20?x=%20y&z?z HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n\r\n");
	hear(fd, &closed);
	say(fd, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	hear(fd, &closed);
	say(fd, "PATCH /? HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
	hear(fd, &closed);
	assert_false(closed);
	assert_string_equal(str_text(&seen.lines), "GET|/a%2Fb/%20|x=%20y&z?z|Bearer t||\n"
						   "POST|/p||NULL|application/json|{}\n"
						   "PATCH|/||NULL||abc\n");
	assert_true(seen.ids[0] != seen.ids[1] && seen.ids[1] != seen.ids[2]);
	close(fd);
}

/* Who asks, and what it wants to hear: only a client on this machine may change anything. */
static void test_who_asks(void **state)
{
	static const char *const places[] = {"127.0.0.1", "127.9.8.7"};
	static const char *const heads[] = {"Accept: text/plain\r\n\r\n", "\r\n"};
	struct server_options options = {.address = "", .max_body = 10, .fn = serve_the_curious};
	struct error err = {0};
	struct server *server = server_new(seen.rig.loop, &options, &err);
	bool closed;
	assert_string_equal(err.message, "");
	for (size_t i = 0; i < 2; i++) {
		int fd = open_client_of(server, places[i]);
		say(fd, "GET / HTTP/1.1\r\nHost: h\r\n");
		say(fd, heads[i]);
		hear(fd, &closed);
		close(fd);
	}
	server_free(server);
	assert_string_equal(str_text(&seen.lines), "text/plain here\nNULL here\n");
}

static void test_connections_are_bounded(void **state)
{
	struct server_options options = {
		.address = "127.0.0.1", .connections = 8, .fn = serve_the_curious, .max_body = 1};
	struct error err = {0};
	struct server *server = server_new(seen.rig.loop, &options, &err);
	bool closed;
	int fds[3];
	for (int i = 0; i < 3; i++) {
		fds[i] = open_client_of(server, "127.0.0.1");
		hear(fds[i], &closed);
		assert_int_equal(closed, i == 2);
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	server_free(server);
}

static void test_connection_is_kept(void **state)
{
	bool closed;
	int fd = open_client();
	for (int i = 0; i < 3; i++) {
		say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
		const char *text = hear(fd, &closed);
		assert_true(text_starts(text, "HTTP/1.1 200 OK\r\n"));
		assert_non_null(strstr(text, "Content-Type: text/plain\r\n"));
		assert_true(text_ends(text, "\r\n\r\nok"));
		assert_false(closed);
	}
	say(fd, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_true(text_ends(hear(fd, &closed), "ok"));
	assert_true(closed);
	close(fd);
}

static void test_requests_one_behind_the_other(void **state)
{
	bool closed;
	int fd = open_client();
	say(fd, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: "
		"h\r\n\r\n");
	assert_int_equal(count_of(hear(fd, &closed), "HTTP/1.1 200"), 3);
	assert_int_equal(seen.count, 3);
	close(fd);
}

static void test_late_answers_in_any_order(void **state)
{
	bool closed;
	int fds[5];
	seen.hold = true;
	for (int i = 0; i < 5; i++) {
		fds[i] = open_client();
		say(fds[i], "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_string_equal(hear(fds[i], &closed), "");
	}
	assert_int_equal(seen.count, 5);
	for (int i = 4; i >= 0; i--) {
		char body[8];
		snprintf(body, sizeof(body), "n%d", i);
		server_answer(seen.rig.server, seen.ids[i], 404, "text/plain", body, 2);
		const char *text = hear(fds[i], &closed);
		assert_true(text_starts(text, "HTTP/1.1 404 Not Found\r\n"));
		assert_true(text_ends(text, body));
	}
	for (int i = 0; i < 5; i++)
		close(fds[i]);
}

static void test_drop_now_and_later(void **state)
{
	bool closed;
	int fd = open_client();
	seen.hold = true;
	say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_string_equal(hear(fd, &closed), "");
	assert_false(closed);
	server_answer(seen.rig.server, seen.ids[0], 0, NULL, NULL, 0);
	assert_string_equal(hear(fd, &closed), "");
	assert_true(closed);
	close(fd);
}

/* The client goes while its request waits: the answer finds nobody, and nobody else gets it. */
static void test_client_that_went(void **state)
{
	bool closed;
	int gone = open_client(), stays = open_client();
	seen.hold = true;
	say(gone, "GET /gone HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(gone, &closed);
	close(gone);
	say(stays, "GET /stays HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(stays, &closed);
	server_answer(seen.rig.server, seen.ids[0], 200, "text/plain", "for the other", 13);
	server_answer(seen.rig.server, seen.ids[0], 200, "text/plain", "twice", 5);
	server_answer(seen.rig.server, 123456, 200, "text/plain", "for nobody", 10);
	assert_string_equal(hear(stays, &closed), "");
	server_answer(seen.rig.server, seen.ids[1], 200, "text/plain", "mine", 4);
	assert_true(text_ends(hear(stays, &closed), "\r\n\r\nmine"));
	close(stays);
}

static void test_body_without_its_end(void **state)
{
	bool closed;
	int fd = open_client();
	say(fd, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
	assert_string_equal(hear(fd, &closed), "");
	close(fd);
	rig_pause(&seen.rig, 20);
	assert_int_equal(seen.count, 0);
}

static void test_what_is_not_http(void **state)
{
	bool closed;
	int fd = open_client();
	say(fd, "\x16\x03\x01\x02 hello \r\n\r\n");
	hear(fd, &closed);
	assert_true(closed);
	assert_int_equal(seen.count, 0);
	close(fd);
}

static void test_free_while_requests_wait(void **state)
{
	bool closed;
	int fds[3];
	struct seen *self = &seen;
	self->hold = true;
	for (int i = 0; i < 3; i++) {
		fds[i] = open_client();
		say(fds[i], "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
		hear(fds[i], &closed);
	}
	int half = open_client();
	say(half, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
	hear(half, &closed);
	server_answer(self->rig.server, self->ids[0], 200, "", "", 0); /* not yet sent when the server goes */
	server_free(TAKE(self->rig.server));
	for (int i = 1; i < 3; i++) {
		hear(fds[i], &closed);
		assert_true(closed);
		close(fds[i]);
	}
	close(fds[0]);
	close(half);
}

static void test_addresses(void **state)
{
	struct error err = {0};
	struct server_options options = {.address = "localhost", .max_body = 10, .fn = serve};
	assert_null(server_new(seen.rig.loop, &options, &err));
	assert_string_equal(err.message, "cannot listen on localhost: it is not an IP address");
	options.address = "127.0.0.1";
	options.port = server_port(seen.rig.server);
	assert_null(server_new(seen.rig.loop, &options, &err));
	assert_non_null(strstr(err.message, "Address already in use"));
	options.address = "::1";
	options.port = 0;
	struct server *six = server_new(seen.rig.loop, &options, &err);
	if (six == NULL && strstr(err.message, "Cannot assign") != NULL)
		skip(); /* a machine without IPv6 */
	assert_non_null(six);
	assert_int_not_equal(server_port(six), 0);
	server_free(six);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_what_is_shown),
		RIG_TEST(test_who_asks),
		RIG_TEST(test_connections_are_bounded),
		RIG_TEST(test_connection_is_kept),
		RIG_TEST(test_requests_one_behind_the_other),
		RIG_TEST(test_late_answers_in_any_order),
		RIG_TEST(test_drop_now_and_later),
		RIG_TEST(test_client_that_went),
		RIG_TEST(test_body_without_its_end),
		RIG_TEST(test_what_is_not_http),
		RIG_TEST(test_free_while_requests_wait),
		RIG_TEST(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

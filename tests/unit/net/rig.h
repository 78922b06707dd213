/* What the tests of client and server share: a loop, our server, our client, one exchange with what came of it, and a peer
 * on a bare socket that says whatever a test wants said. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/http.h"
#include "net/server.h"

enum { RIG_GUARD_MS = 100000, RIG_BODY_MAX = 8 << 20 };

struct rig {
	struct loop *loop;
	struct http *http;
	struct server *server;
	char base[64]; /* http://127.0.0.1:PORT */
	bool late;
	struct timer guard;
};

static inline void rig_late(void *arg)
{
	struct rig *rig = arg;
	rig->late = true;
	net_loop_stop(rig->loop);
}

static inline void rig_open(struct rig *rig, server_fn fn)
{
	struct error err = {0};
	*rig = (struct rig){.loop = net_loop_new()};
	rig->http = net_http_new(rig->loop, "tflb-test/1", NULL);
	struct server_options options = {.address = "127.0.0.1", .max_body = RIG_BODY_MAX, .fn = fn, .arg = rig};
	rig->server = server_new(rig->loop, &options, &err);
	assert_string_equal(err.message, "");
	assert_non_null(rig->server);
	snprintf(rig->base, sizeof(rig->base), "http://127.0.0.1:%u", server_port(rig->server));
}

static inline void rig_close(struct rig *rig)
{
	net_http_free(rig->http);
	server_free(rig->server);
	net_loop_free(rig->loop);
}

/* Runs until something stops the loop; a test that hangs fails. */
static inline void rig_run(struct rig *rig)
{
	timer_start(rig->loop, &rig->guard, RIG_GUARD_MS, rig_late, rig);
	net_loop_run(rig->loop);
	timer_stop(rig->loop, &rig->guard);
	assert_false(rig->late);
}

static inline void rig_pause_over(void *arg)
{
	net_loop_stop(((struct rig *)arg)->loop);
}

static inline void rig_pause(struct rig *rig, int64_t ms)
{
	struct timer timer = {0};
	timer_start(rig->loop, &timer, ms, rig_pause_over, rig);
	rig_run(rig);
}

/* What came of one request; the loop stops when `open` of them is none any more. */
struct outcome {
	struct rig *rig;
	int *open;
	int heads, ends, status, retry_after_s;
	char content_type[64], metadata_flavor[32], warnings[128];
	int64_t date_us;
	struct str body;
	bool failed, refuse_data;
	struct error err;
};

static inline void outcome_head(void *arg, const struct http_head *head)
{
	struct outcome *outcome = arg;
	assert_int_equal(outcome->ends, 0);
	assert_int_equal(outcome->body.length, 0);
	outcome->heads++;
	outcome->status = head->status;
	outcome->retry_after_s = head->retry_after_s;
	text_copy(outcome->content_type, sizeof(outcome->content_type), head->content_type);
	text_copy(outcome->metadata_flavor, sizeof(outcome->metadata_flavor), head->metadata_flavor);
	text_copy(outcome->warnings, sizeof(outcome->warnings), head->warnings);
	outcome->date_us = head->date_us;
}

static inline bool outcome_data(void *arg, const char *bytes, size_t length)
{
	struct outcome *outcome = arg;
	assert_int_equal(outcome->heads, 1);
	assert_int_equal(outcome->ends, 0);
	return str_add(&outcome->body, bytes, length) && !outcome->refuse_data;
}

static inline void outcome_end(void *arg, const struct error *err)
{
	struct outcome *outcome = arg;
	outcome->ends++;
	outcome->failed = err != NULL;
	if (err != NULL)
		outcome->err = *err;
	if (outcome->open != NULL && --*outcome->open == 0)
		net_loop_stop(outcome->rig->loop);
}

static inline struct http_call *outcome_send(
	struct rig *rig, struct outcome *outcome, int *open, const struct http_request *request)
{
	struct http_handler handler = {.head = outcome_head, .data = outcome_data, .end = outcome_end, .arg = outcome};
	outcome->rig = rig;
	outcome->open = open;
	if (open != NULL)
		++*open;
	struct http_call *call = http_send(rig->http, request, &handler);
	assert_non_null(call);
	assert_int_equal(outcome->heads + outcome->ends, 0); /* nothing is told from within http_send */
	return call;
}

/* Sends and waits for the end. */
static inline void outcome_of(struct rig *rig, struct outcome *outcome, const struct http_request *request)
{
	int open = 0;
	outcome_send(rig, outcome, &open, request);
	rig_run(rig);
	assert_int_equal(outcome->ends, 1);
}

static inline void outcome_done(struct outcome *outcome)
{
	str_done(&outcome->body);
}

#define AUTO_OUTCOME __attribute__((cleanup(outcome_done)))

/* The bare peer. Answers each request (up to the empty line) with `says`, piece by piece (pieces end with \v), and then
 * closes when `closes` is set. */
enum { PEER_CONNECTIONS = 64, PEER_TICK_MS = 2 };

struct peer {
	struct loop *loop;
	struct timer timer;
	const char *says;
	bool closes;
	int listener, accepted;
	char base[64];
	char first_head[1024]; /* of the first request */
	struct peer_connection {
		int fd;
		const char *left; /* still to be said; NULL: waits for a request */
		struct str heard;
	} connections[PEER_CONNECTIONS];
};

static inline void peer_hear(struct peer *peer, struct peer_connection *connection)
{
	char bytes[4096];
	ssize_t got = recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got > 0)
		str_add(&connection->heard, bytes, (size_t)got);
	if (*peer->first_head == '\0')
		text_copy(peer->first_head, sizeof(peer->first_head), str_text(&connection->heard));
	if (strstr(str_text(&connection->heard), "\r\n\r\n") != NULL)
		connection->left = peer->says;
}

static inline void peer_say(struct peer *peer, struct peer_connection *connection)
{
	size_t length = strcspn(connection->left, "\v");
	if (length > 0)
		send(connection->fd, connection->left, length, MSG_NOSIGNAL);
	connection->left += length;
	if (*connection->left != '\0') {
		connection->left++;
		return;
	}
	connection->left = NULL;
	str_clear(&connection->heard);
	if (peer->closes) {
		close(connection->fd);
		connection->fd = -1;
	}
}

static inline void peer_tick(void *arg)
{
	struct peer *peer = arg;
	int fd = accept4(peer->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		assert_true(peer->accepted < PEER_CONNECTIONS);
		peer->connections[peer->accepted++].fd = fd;
	}
	for (int i = 0; i < peer->accepted; i++) {
		struct peer_connection *each = &peer->connections[i];
		if (each->fd >= 0 && each->left == NULL)
			peer_hear(peer, each);
		else if (each->fd >= 0)
			peer_say(peer, each);
	}
	timer_start(peer->loop, &peer->timer, PEER_TICK_MS, peer_tick, peer);
}

/* A socket that listens on a port of the system's choice. */
static inline int listen_somewhere(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 64), 0);
	getsockname(fd, (struct sockaddr *)&address, &size);
	*port = ntohs(address.sin_port);
	return fd;
}

static inline void peer_open(struct peer *peer, struct loop *loop, const char *says, bool closes)
{
	uint16_t port;
	*peer = (struct peer){.loop = loop, .says = says, .closes = closes};
	peer->listener = listen_somewhere(&port);
	snprintf(peer->base, sizeof(peer->base), "http://127.0.0.1:%u", port);
	timer_start(loop, &peer->timer, 0, peer_tick, peer);
}

static inline void peer_close(struct peer *peer)
{
	timer_stop(peer->loop, &peer->timer);
	close(peer->listener);
	for (int i = 0; i < peer->accepted; i++) {
		if (peer->connections[i].fd >= 0)
			close(peer->connections[i].fd);
		str_done(&peer->connections[i].heard);
	}
}

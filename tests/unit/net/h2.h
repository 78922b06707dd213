/* A TLS server in a thread of its own that counts its connections: HTTP/2 by libnghttp2 where it is told to offer that, else
 * HTTP/1.1. Every request is answered with an empty 200, once it is let go. */
#pragma once

#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdatomic.h>

#include "tls.h"

enum { H2_CONNECTIONS_MAX = 256, H2_HELD_MAX = 1024 };

struct h2_link {
	int fd;
	SSL *own_ssl; /* NULL: over */
	bool ready;
	nghttp2_session *own_session; /* NULL: HTTP/1.1 */
	struct h2_server *server;
	int32_t held[H2_HELD_MAX]; /* streams that wait to be let go */
	size_t held_count;
	char heard[4096]; /* HTTP/1.1 */
	size_t length;
};

struct h2_server {
	SSL_CTX *own_context;
	int listener, wake[2];
	uint16_t port;
	uint32_t streams; /* most at once on a connection */
	pthread_t thread;
	atomic_bool multiplexed; /* offers HTTP/2 */
	atomic_bool holding;     /* requests wait for their answers */
	atomic_int refusals;     /* so many connections are closed before a word */
	atomic_int refusing;     /* streams are refused on the first so many connections */
	atomic_int accepted, requests;
	struct h2_link links[H2_CONNECTIONS_MAX];
};

static inline int h2_choose(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *offered,
	unsigned offered_length, void *arg)
{
	struct h2_server *server = arg;
	static const unsigned char both[] = "\x02h2\x08http/1.1", *old = both + 3;
	bool multiplexed = atomic_load(&server->multiplexed);
	int found = SSL_select_next_proto(
		(unsigned char **)out, length, multiplexed ? both : old, multiplexed ? 12 : 9, offered, offered_length);
	return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static inline ssize_t h2_send(nghttp2_session *session, const uint8_t *bytes, size_t length, int flags, void *arg)
{
	struct h2_link *link = arg;
	int sent = SSL_write(link->own_ssl, bytes, (int)length);
	return sent > 0 ? sent : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static inline void h2_answer(struct h2_link *link, int32_t stream)
{
	nghttp2_nv status = {(uint8_t *)":status", (uint8_t *)"200", 7, 3, NGHTTP2_NV_FLAG_NONE};
	nghttp2_submit_response(link->own_session, stream, &status, 1, NULL);
}

static inline int h2_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2_link *link = arg;
	if (frame->hd.type != NGHTTP2_HEADERS || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	atomic_fetch_add(&link->server->requests, 1);
	if (link - link->server->links < atomic_load(&link->server->refusing))
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
	else if (atomic_load(&link->server->holding) && link->held_count < H2_HELD_MAX)
		link->held[link->held_count++] = frame->hd.stream_id;
	else
		h2_answer(link, frame->hd.stream_id);
	return 0;
}

static inline void h2_link_close(struct h2_link *link)
{
	nghttp2_session_del(TAKE(link->own_session));
	SSL_free(TAKE(link->own_ssl));
	close(link->fd);
}

static inline void h2_begin(struct h2_link *link)
{
	const unsigned char *chosen;
	unsigned length;
	SSL_get0_alpn_selected(link->own_ssl, &chosen, &length);
	link->ready = true;
	if (length != 2)
		return;
	nghttp2_session_callbacks *callbacks;
	nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, link->server->streams};
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_send_callback(callbacks, h2_send);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, h2_frame);
	nghttp2_session_server_new(&link->own_session, callbacks, link);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(link->own_session, NGHTTP2_FLAG_NONE, &settings, 1);
}

static inline void h2_answer_plainly(struct h2_link *link)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	if (!strstr(link->heard, "\r\n\r\n") || atomic_load(&link->server->holding))
		return;
	atomic_fetch_add(&link->server->requests, 1);
	SSL_write(link->own_ssl, answer, (int)strlen(answer));
	link->length = 0;
	*link->heard = '\0';
}

static inline bool h2_hear(struct h2_link *link)
{
	char bytes[4096];
	int got = SSL_read(link->own_ssl, bytes, sizeof(bytes));
	if (got <= 0)
		return SSL_get_error(link->own_ssl, got) == SSL_ERROR_WANT_READ;
	if (link->own_session)
		return nghttp2_session_mem_recv(link->own_session, (uint8_t *)bytes, (size_t)got) == got;
	memcpy(link->heard + link->length, bytes, (size_t)got);
	link->length += (size_t)got;
	link->heard[link->length] = '\0';
	return true;
}

/* What can be done on a connection without waiting. false: it is over. */
static inline bool h2_step(struct h2_link *link)
{
	if (!link->ready) {
		int done = SSL_accept(link->own_ssl);
		if (done == 1)
			h2_begin(link);
		else if (SSL_get_error(link->own_ssl, done) != SSL_ERROR_WANT_READ)
			return false;
	}
	do {
		if (link->ready && !h2_hear(link))
			return false;
	} while (SSL_pending(link->own_ssl) > 0);
	while (link->held_count > 0 && !atomic_load(&link->server->holding))
		h2_answer(link, link->held[--link->held_count]);
	if (link->own_session)
		return nghttp2_session_send(link->own_session) == 0;
	h2_answer_plainly(link);
	return true;
}

static inline void h2_accept(struct h2_server *server, size_t *count)
{
	int fd;
	while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		atomic_fetch_add(&server->accepted, 1);
		if (*count == H2_CONNECTIONS_MAX || atomic_load(&server->refusals) > 0) {
			atomic_fetch_sub(&server->refusals, 1);
			close(fd);
			continue;
		}
		struct h2_link *link = &server->links[(*count)++];
		*link = (struct h2_link){.fd = fd, .own_ssl = SSL_new(server->own_context), .server = server};
		SSL_set_fd(link->own_ssl, fd);
		SSL_set_accept_state(link->own_ssl);
	}
}

static inline void *h2_serve(void *arg)
{
	struct h2_server *server = arg;
	struct pollfd polled[H2_CONNECTIONS_MAX + 2];
	size_t count = 0;
	char byte = 0;
	while (byte != 'q') {
		polled[0] = (struct pollfd){.fd = server->listener, .events = POLLIN};
		polled[1] = (struct pollfd){.fd = server->wake[0], .events = POLLIN};
		for (size_t i = 0; i < count; i++)
			polled[i + 2] = (struct pollfd){
				.fd = server->links[i].own_ssl ? server->links[i].fd : -1, .events = POLLIN};
		poll(polled, count + 2, -1);
		if (polled[1].revents)
			byte = read(server->wake[0], &byte, 1) == 1 ? byte : 'q';
		for (size_t i = 0; i < count; i++) {
			if (server->links[i].own_ssl && !h2_step(&server->links[i]))
				h2_link_close(&server->links[i]);
		}
		h2_accept(server, &count);
	}
	for (size_t i = 0; i < count; i++) {
		if (server->links[i].own_ssl)
			h2_link_close(&server->links[i]);
	}
	return NULL;
}

static inline void h2_wake(struct h2_server *server, char byte)
{
	assert_int_equal(write(server->wake[1], &byte, 1), 1);
}

static inline void h2_let_go(struct h2_server *server)
{
	atomic_store(&server->holding, false);
	h2_wake(server, 'l');
}

static inline void h2_start(
	struct h2_server *server, const struct identity *identity, bool multiplexed, uint32_t streams)
{
	memset(server, 0, sizeof(*server));
	server->streams = streams;
	atomic_store(&server->multiplexed, multiplexed);
	server->own_context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(server->own_context, identity->certificate);
	SSL_CTX_use_PrivateKey(server->own_context, identity->key);
	SSL_CTX_set_alpn_select_cb(server->own_context, h2_choose, server);
	SSL_CTX_set_mode(server->own_context, SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN);
	server->listener = listen_somewhere(&server->port);
	assert_int_equal(pipe(server->wake), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, h2_serve, server), 0);
}

static inline void h2_stop(struct h2_server *server)
{
	h2_wake(server, 'q');
	pthread_join(server->thread, NULL);
	close(server->listener);
	close(server->wake[0]);
	close(server->wake[1]);
	SSL_CTX_free(server->own_context);
}

/* A small HTTP/1.1 server on libmicrohttpd, driven by the libuv loop. Answers may come later (long polls). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/loop.h"

struct server;
struct server_request {
	uint64_t id; /* handle for server_answer; never reused */
	const char *method;
	const char *path;                            /* decoded? no: as sent, without the query */
	const char *query;                           /* as sent, without '?'; "" when absent */
	const char *authorization;                   /* header or NULL */
	const char *content_type;                    /* header or "" */
	const char *accept;                          /* header or NULL */
	const char *metadata_flavor, *forwarded_for; /* headers or NULL */
	bool loopback;                               /* the client is on this machine */
	const char *body;                            /* NUL-terminated loan for the callback */
	size_t body_length;
};
typedef void (*server_fn)(void *arg, const struct server_request *request);

/* Listens on address:port (IPv4 or IPv6 literal, "": every address; port 0: the system chooses). Bodies over max_body get 413.
 * NULL + err on failure. */
struct server_options {
	const char *address;
	uint16_t port;
	size_t max_body;
	unsigned connections; /* most at once, and a quarter of it for each client's address; 0: 4096, for whomever */
	size_t max_head;      /* bytes, held for each connection; 0: 64 KiB */
	int idle_s;           /* after which a connection is closed; 0: 300 */
	const char *const *headers; /* of every answer: name, value, ..., NULL; a loan for its life, or NULL */
	server_fn fn;
	void *arg;
};
struct server *server_new(struct loop *loop, const struct server_options *options, struct error *err);
uint16_t server_port(const struct server *server);
/* Answers request id; unknown ids (connection gone) are ignored. status 0 drops the connection without an answer. */
void server_answer(
	struct server *server, uint64_t id, int status, const char *content_type, const char *body, size_t length);
/* The answer of request id, which comes next, says Retry-After. */
void server_retry_after(struct server *server, uint64_t id, int seconds);
void server_free(struct server *server);

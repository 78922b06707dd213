/* A transport that goes nowhere: each request is shown to a function, which answers at once, later, in pieces, or never.
 * It keeps the rules of net/http.h (callbacks only from the loop, none after cancel, end is last) and the request's time
 * limits, so that what works with it works with the real one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "base/str.h"
#include "fake/fake_loop.h"
#include "net/http.h"

/* What a server that falls silent, and keeps the connection, still says. */
enum fake_silence {
	FAKE_SPEAKS,     /* everything */
	FAKE_SILENT,     /* nothing more */
	FAKE_SILENT_AMID /* the head and half of the body's first part */
};

struct fake_call;
typedef void (*fake_http_fn)(void *arg, struct fake_call *call);

struct fake_http {
	struct http http; /* what the code under test gets */
	fake_http_fn fn;  /* called from the loop, latency_ms after the request was sent */
	void *arg;
	int latency_ms;              /* each way */
	size_t piece;                /* answers come in pieces of so many bytes; 0: as they were given */
	size_t sent;                 /* requests so far, cancelled ones too, withheld ones not */
	uint64_t made;               /* those, too */
	int64_t date_us;             /* what answers say the time is; 0: nothing */
	const char *metadata_flavor; /* of answers; NULL: none */
	const char *warnings;        /* of answers, a line for each; NULL: none */
	struct vec calls;            /* of struct fake_call, those not over yet */
};

/* One request as the server sees it. It lives until it was answered, also when the client has gone meanwhile. */
struct fake_call {
	struct fake_http *http;
	uint64_t number; /* among those of its transport, from 1; unlike its address it is nobody else's later */
	const char *method, *url;
	const char *path;  /* of url, "/compute/v1/projects/p" */
	const char *query; /* of url, without '?', "" when absent */
	struct http_header headers[HTTP_HEADERS_MAX];
	const char *component; /* as given by the client; NULL: none */
	const char *body;      /* NUL-terminated; "" when absent */
	size_t body_length;
	const struct http_peer *peer; /* as given by the client */
	bool own_connection, fresh_connection;
	int64_t sent_ms;           /* loop time */
	bool gone;                 /* the client cancelled or lost patience; answering is allowed and does nothing */
	enum fake_silence silence; /* the server sets it; it goes on answering */
	void *data;                /* free for the server's use */
	struct fake_call_state *own_state;
};

void fake_http_init(struct fake_http *fake, struct fake_loop *loop, fake_http_fn fn, void *arg);
void fake_http_done(struct fake_http *fake); /* forgets what is still open */

const char *fake_header(const struct fake_call *call, const char *name); /* NULL when absent */
bool fake_query(const struct fake_call *call, const char *name, char *to,
	size_t size); /* still percent-encoded; false when absent */

/* A whole answer. */
void fake_answer(struct fake_call *call, int status, const char *content_type, const char *body);
void fake_answer_bytes(struct fake_call *call, int status, const char *content_type, const char *body, size_t length);
void fake_answer_retry(struct fake_call *call, int status, int retry_after_s, const char *body);
/* An answer in parts: head, any number of chunks, end. */
void fake_head(struct fake_call *call, int status, const char *content_type, int retry_after_s);
void fake_chunk(struct fake_call *call, const char *bytes, size_t length);
void fake_end(struct fake_call *call);
/* The exchange ends with an error, before the answer or in its middle. */
void fake_fail(struct fake_call *call, const char *code, const char *message);
void fake_drop(struct fake_call *call); /* the connection is closed */
/* Takes back a whole answer of which nothing was told yet, so that another can be given: its body is added to `body`. false: there
 * is none. */
bool fake_take_back(struct fake_call *call, int *status, struct str *body);

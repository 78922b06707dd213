/* HTTP client as everything above net sees it. A transport turns a request into: head, data..., end; or an error. One
 * implementation runs on libuv + libcurl, another in tests on virtual time. Rules: callbacks come from the loop, never from
 * within http_send; after http_cancel, or after end, no callback comes. Redirects are never followed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "net/loop.h"

/* Whom we talk to and how we prove who we are; a loan that must outlive the calls made with it. What its texts say may
 * change meanwhile, and the texts go: a call keeps what it began with. A connection is used again only by calls whose peer
 * says the same. */
struct http_peer {
	const char *ca_file; /* PEM file; NULL: see ca_pem; both NULL: the system's */
	const char *ca_pem;
	const char *client_cert_file, *client_key_file; /* or */
	const char *client_cert_pem, *client_key_pem;
	const char *server_name; /* name to verify and send as SNI instead of the URL's host; NULL: the URL's */
	const char *proxy;       /* URL of a proxy, NULL: none (the environment's proxies are not used) */
	bool insecure;           /* do not verify the server's certificate */
	long connections;        /* most at once for this peer on HTTP/1.1; 0: 32. On HTTP/2: two, long polls apart */
};

struct http_header {
	const char *name, *value;
};

enum { HTTP_HEADERS_MAX = 40 };

struct http_request {
	const struct http_peer *peer; /* NULL: plain defaults */
	const char *method;           /* "GET", ... */
	const char *url;              /* absolute; http or https */
	const char *component; /* which part of the program asks: "/component" behind the User-Agent; NULL: nothing */
	struct http_header headers[HTTP_HEADERS_MAX]; /* up to the first without name */
	const char *body;                             /* loan until end; NULL: none */
	size_t body_length;
	int connect_ms;        /* 0: 10 s */
	int total_ms;          /* whole exchange; 0: none (a watch) */
	int silence_ms;        /* error when no byte came for so long; 0: never */
	bool own_connection;   /* a long poll: must not hold up other requests of the peer */
	bool fresh_connection; /* none that stands already: it is thought to be dead */
	/* Asked in the moment before the first byte leaves, for a request may wait long for its connection. false: nothing
	 * leaves, and the call ends with code "Withheld". NULL: nobody is asked. */
	bool (*may_leave)(void *arg);
	void *may_leave_arg;
};

struct http_head {
	int status;
	int retry_after_s;           /* from Retry-After in seconds; 0: none */
	const char *content_type;    /* loan for the callback, "" when absent */
	int64_t date_us;             /* from Date, the server's wall clock; 0: none */
	const char *metadata_flavor; /* from Metadata-Flavor; loan for the callback, "" when absent */
	const char *warnings;        /* from Warning, a line for each; loan for the callback, "" when absent */
};

struct http_handler {
	void (*head)(void *arg, const struct http_head *head);     /* may be NULL */
	bool (*data)(void *arg, const char *bytes, size_t length); /* false: stop, end comes with an error */
	void (*end)(void *arg,
		const struct error *err); /* err NULL: complete; else class TRANSIENT and why. Always last. */
	void *arg;
};

struct http;
struct http_call;
struct http_ops {
	struct http_call *(*send)(
		struct http *http, const struct http_request *request, const struct http_handler *handler);
	void (*cancel)(struct http *http, struct http_call *call);
};
struct http {
	const struct http_ops *ops;
	struct loop *loop;
};

/* Copies what it needs of request but the body and peer. Never NULL: failures come by end. */
struct http_call *http_send(struct http *http, const struct http_request *request, const struct http_handler *handler);
/* call is gone afterwards. The connection of a cancelled long poll is closed once nobody else uses it, and so is one on
 * which a call ran out of time: it may be dead. */
void http_cancel(struct http *http, struct http_call *call);

/* The curl transport. trusted: PEM file of the authorities that are the system's; NULL: the one that curl knows. */
struct http *net_http_new(struct loop *loop, const char *user_agent, const char *trusted);
void net_http_free(struct http *http); /* cancels what is in flight */

/* One whole exchange with a bounded answer. */
struct http_answer {
	int status;
	int retry_after_s;
	const char *content_type;
	int64_t date_us;
	const char *metadata_flavor, *warnings;
	const char *body; /* NUL-terminated loan for the callback */
	size_t length;
};
typedef void (*http_answer_fn)(
	void *arg, const struct http_answer *answer, const struct error *err); /* exactly one is not NULL */

struct http_exchange; /* in flight */
/* An answer larger than maximum bytes ends as an error (class TRANSIENT, code "TooLarge"). body is copied. */
struct http_exchange *http_exchange(
	struct http *http, const struct http_request *request, size_t maximum, http_answer_fn fn, void *arg);
void http_exchange_cancel(struct http_exchange *exchange); /* NULL is fine; gone afterwards */

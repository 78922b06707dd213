/* One question to a service that gives out tokens, asked again where that may help: after transport errors, 408, 429, 500, 502, 503,
 * 504, and where the answer says internal_failure, server_error or temporarily_unavailable. */
#pragma once

#include "gce/credential.h"

enum { OAUTH_HEADERS_MAX = 16, OAUTH_SECRETS_MAX = 4 };

struct oauth_request {
	const char *method, *url;
	const char *content_type, *body; /* NULL: none */
	struct http_header headers[OAUTH_HEADERS_MAX];
	const char *secrets[OAUTH_SECRETS_MAX]; /* what it sends and nobody may read in an error; NULLs at the end */
	int tries;                              /* 0: 3 */
	int patience_ms;                        /* for one try; 0: 30 s */
};

/* Exactly one of answer (2xx) and err is not NULL. */
struct oauth_call;
typedef void (*oauth_fn)(void *arg, const struct http_answer *answer, const struct error *err);

/* Embedded in its owner; zeroed memory is a call that is over. */
struct oauth_call {
	struct credential_io io;
	oauth_fn fn;
	void *arg;
	char *own_method, *own_url, *own_content_type, *own_body, *own_host;
	struct http_header own_headers[OAUTH_HEADERS_MAX];
	char *own_secrets[OAUTH_SECRETS_MAX + 1];
	int tries, patience_ms, tried;
	struct http_exchange *exchange;
	struct timer timer;
	int64_t date_us; /* what the last answer said the time is; 0: nothing. Also readable in fn. */
};

/* request is a loan for the call; fn is called from the loop. */
void oauth_start(struct oauth_call *call, const struct credential_io *io, const struct oauth_request *request,
	oauth_fn fn, void *arg);
void oauth_stop(struct oauth_call *call); /* also when over */

/* Adds name=value to a form; value NULL: nothing. */
void oauth_add_field(struct str *form, const char *name, const char *value);
/* {"access_token", "expires_in"}. The token is a loan in the current arena. */
bool oauth_read_access(const struct http_answer *answer, struct access *access, struct error *err);
/* Wall clock of those who answered last, ours when they did not say; in microseconds. */
int64_t oauth_now_us(const struct oauth_call *call);

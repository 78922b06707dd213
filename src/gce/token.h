/* The access token: fetched ahead of time, one fetch for all who wait, and kept until it expires. By the loop's clock only: a token's
 * life is a length of time, so that setting the wall clock changes nothing. It is never part of a message. */
#pragma once

#include <sys/queue.h>

#include "base/metrics.h"
#include "gce/credential.h"
#include "gce/error.h"

LIST_HEAD(token_waits, token_wait);

enum token_trust {
	TOKEN_TRUSTED,
	TOKEN_REFUSED, /* another one is being fetched */
	TOKEN_SUSPECT, /* it was refused, and no other was to be had: a service may have been wrong about it */
	TOKEN_DEAD,    /* it was refused again: nobody gets it before another fetch */
};

struct token {
	struct credential *own_credential; /* NULL: no token is used */
	struct loop *loop;
	struct env *env;
	char *own_header; /* "Bearer ..."; NULL: there is none, or it has expired */
	enum token_trust trust;
	unsigned generation;            /* counts fetches, but failed ones of a trusted token */
	int64_t refresh_at, expires_at; /* loop time; INT64_MAX: never */
	int64_t refusals_from;          /* loop time from when a refusal fetches another one */
	struct error failure;           /* of the last fetch; class NONE: it went well */
	struct error refusal;           /* of a DEAD one */
	int64_t retry_at;               /* no fetch before this */
	unsigned failures;              /* in a row */
	bool closed;
	int64_t asked_us;               /* loop time of the last fetch */
	struct metric *const *measured; /* loan of a table by enum gce_measured (measure.h); NULL: nothing is */
	struct token_waits waits;
};

/* Embedded in whoever may have to wait; zeroed memory does not wait. */
struct token_wait {
	LIST_ENTRY(token_wait) link;
	struct timer timer;
	loop_fn fn;
	void *arg;
	bool waiting;
};

/* own_credential NULL: no token is used. */
void token_init(struct token *token, struct loop *loop, struct env *env, struct credential *own_credential);
void token_close(struct token *token); /* no fetch any more, nobody is woken */
void token_done(struct token *token);  /* nobody may be waiting */

/* True: token_current answers now. False: fn(arg) will be called when it does. */
bool token_ready(struct token *token, struct token_wait *wait, loop_fn fn, void *arg);
void token_forget(struct token *token, struct token_wait *wait); /* also when it does not wait */
/* header: the value of the Authorization header, NULL when no token is used; a loan until the loop goes on. False: there is no
 * token, and err says why. */
bool token_current(const struct token *token, const char **header, struct error *err);
/* Loop time when the one that is used ends; INT64_MAX: nobody knows, or there is none. */
int64_t token_expires_at(const struct token *token);
/* Who asks in project, for what errors advise; loans until the loop goes on. */
struct error_scene token_scene(const struct token *token, const char *project);
/* Who pays, for X-Goog-User-Project; NULL: nobody else. A loan until the loop goes on. */
const char *token_quota_project(const struct token *token);

/* The token of that generation was accepted. */
void token_accepted(struct token *token, unsigned generation);
/* The token of that generation was refused, as err says. True: another one is here or being fetched, so asking again may do better. */
bool token_refused(struct token *token, unsigned generation, const struct error *err);
/* Adds to err, which says that a token was refused: whose it was, and what to do. */
void token_explain(const struct token *token, struct error *err);

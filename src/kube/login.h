/* Who we are, as of now: the token, the client certificate and the authority. What comes from files is read again every
 * minute, after a 401 and where TLS fails, since others write it anew while we run; what comes from a credential plugin is asked for again
 * before it expires and after a 401. A file that can't be read, or a plugin that fails, leaves what was good in use. */
#pragma once

#include <sys/queue.h>

#include "kube/kube.h"

/* What a request sends, and how old it is. */
struct login {
	struct kube *kube;
	unsigned version;    /* changes with everything else here */
	char *own_token;     /* of a file or the plugin; NULL: the config's */
	char *own_authority; /* PEM texts, NULL: the config's */
	char *own_certificate, *own_key;
	struct http_peer peer;          /* the config's with these in it */
	bool loaded;                    /* files were read once */
	int64_t read_at;                /* files; loop time */
	struct exec_plugin *own_plugin; /* NULL: none */
};

/* Embedded in a request that may have to wait for the plugin; zeroed memory does not wait. */
struct login_wait {
	LIST_ENTRY(login_wait) link;
	struct timer timer;
	loop_fn fn;
	void *arg;
	bool waiting;
};

void login_init(struct login *login, struct kube *kube);
void login_done(struct login *login); /* nobody may be waiting */

/* True: login_current answers now. False: fn(arg) will be called when it does. */
bool login_ready(struct login *login, struct login_wait *wait, loop_fn fn, void *arg);
void login_forget(struct login *login, struct login_wait *wait); /* also when it does not wait */
/* The token, NULL when there is none; login->peer is as of now afterwards. Fails when something that is needed was never
 * there. */
bool login_current(struct login *login, const char **token, struct error *err);
/* After a 401 to a request that carried this version: true when there is something else to try, or soon will be. */
bool login_renewed(struct login *login, unsigned version);

/* The same after TLS failed: whom we trust, or our certificate, may be another one by now. */
bool login_reread(struct login *login, unsigned version);

/* Takes over what is not NULL; the version changes when it is news. */
void login_take(struct login *login, char *own_token, char *own_certificate, char *own_key);

/* What the files of kube share: the client itself, and how a request is written. */
#pragma once

#include <sys/queue.h>

#include "base/map.h"
#include "kube/kube.h"
#include "kube/login.h"
#include "kube/measure.h"
#include "kube/warning.h"

struct events;

struct kube {
	struct loop *loop;
	struct env *env;
	struct http *http;
	const struct kube_config *config;
	struct login login;
	bool (*guard)(void *arg); /* NULL: everything may leave */
	void *guard_arg;
	char *own_host; /* of the server, with its port */
	struct metric *measured[KUBE_MEASURED];
	struct vec calls;             /* struct kube_call in flight */
	int writes;                   /* of them, how many are counted */
	TAILQ_HEAD(, kube_call) line; /* writes that wait for others to end */
	struct vec watches;           /* struct kube_watch */
	struct events *own_events;
	struct warnings warnings;
	bool streaming_refused; /* the server can't begin a watch with the first state */
	bool streaming_proven;  /* it did */
};

/* Takes item out of vec; it must be there. */
void kube_vec_drop(struct vec *vec, const void *item);

/* A request as it goes to http: request points into the texts, valid until written_done, which wipes the token. */
struct written {
	struct http_request request;
	struct str url, bearer;
	unsigned login_version;
};
#define AUTO_WRITTEN __attribute__((cleanup(written_done))) struct written
/* Fills method, URL, peer and headers; the caller adds times. written must be zeroed, and the login ready. */
bool request_write(struct kube *kube, const struct kube_request *request, struct written *written, struct error *err);
void written_done(struct written *written);
/* A request that carried this version of the login failed: true when there is another one by now, or soon will be. */
bool kube_login_helps(struct kube *kube, const struct error *err, unsigned version);

void events_free(struct events *events);

/* What the files of kube share: the client itself, its token, and how a request is written. */
#pragma once

#include "base/map.h"
#include "kube/kube.h"

/* The bearer token; read again when it comes from a file. */
struct bearer {
	char *own_text;
	int64_t read_at;
	unsigned version; /* changes with every other text */
};

struct events;

struct kube {
	struct loop *loop;
	struct env *env;
	struct http *http;
	const struct kube_config *config;
	struct bearer token;
	struct vec calls;   /* struct kube_call in flight */
	struct vec watches; /* struct kube_watch */
	struct events *own_events;
};

/* Takes item out of vec; it must be there. */
void kube_vec_drop(struct vec *vec, const void *item);

/* The token as of now, NULL when the configuration has none. Fails when the file can't be read and none was read
 * before. */
bool bearer_current(struct kube *kube, const char **token, struct error *err);
/* After a 401 to a request that carried this version: true when another token is at hand, and trying again makes
 * sense. */
bool bearer_renewed(struct kube *kube, unsigned version);
void bearer_done(struct bearer *token);

/* A request as it goes to http: request points into the texts, valid until written_done, which wipes the token. */
struct written {
	struct http_request request;
	struct str url, bearer;
	unsigned bearer_version;
};
#define AUTO_WRITTEN __attribute__((cleanup(written_done))) struct written
/* Fills method, URL, peer and headers; the caller adds times. written must be zeroed. */
bool request_write(struct kube *kube, const struct kube_request *request, struct written *written, struct error *err);
void written_done(struct written *written);

void events_free(struct events *events);

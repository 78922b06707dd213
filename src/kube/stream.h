/* One GET whose answer is taken as it streams: a page of a list, or a watch. Embedded in its owner; zeroed memory is a
 * stopped stream. A 401 is answered with a fresh token once, unseen by the owner. */
#pragma once

#include "kube/client.h"

struct stream_handler {
	void (*open)(void *arg); /* the server said 2xx; may be NULL */
	/* A part of a 2xx answer; false and err: stop, end comes with that err. */
	bool (*data)(void *arg, const char *bytes, size_t length, struct error *err);
	/* Always last. NULL: complete. err->status 0: transport, before or after open; or data's own. */
	void (*end)(void *arg, const struct error *err);
	void *arg;
};

struct stream {
	struct kube *kube;
	struct stream_handler handler;
	char *own_path, *own_query;
	struct http_call *call;
	struct timer timer;
	int64_t total_ms, sent_us;
	bool long_poll, fresh;
	bool opened;
	bool renewed; /* sent again after a 401 */
	unsigned login_version;
	struct login_wait wait;
	int status, retry_after_s;
	struct str refusal;   /* body of an answer that is not 2xx */
	struct error stopped; /* why data stopped it */
};

struct stream_request {
	const char *path, *query; /* query may be NULL */
	int64_t total_ms;
	bool long_poll;
	bool fresh; /* over a connection of its own, since those that stand may be dead */
};

/* Callbacks come from the loop. The stream must be stopped. */
void stream_start(struct stream *stream, struct kube *kube, const struct stream_request *request,
	const struct stream_handler *handler);
void stream_stop(struct stream *stream); /* no callback comes; also when not running */

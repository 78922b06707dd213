/* The API server: one call, and what is built from it. Facts: kubernetes-api.md sections 1 and 3. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/metrics.h"
#include "kube/config.h"
#include "net/env.h"
#include "net/http.h"
#include "net/loop.h"

struct kube;
struct kube *kube_new(struct loop *loop, struct env *env, struct http *http,
	const struct kube_config *config); /* config is a loan for life */
/* Cancels everything in flight, watches and events included; no callback comes, and calls and watches are gone: nothing
 * is left to cancel or free. */
void kube_free(struct kube *kube);

/* From now on nothing but GETs leaves unless fn(arg) allows it in that moment; else it ends with code "Withheld". */
void kube_guard(struct kube *kube, bool (*fn)(void *arg), void *arg);

/* From now on it counts and measures what it does; before its first request. */
void kube_measure(struct kube *kube, struct metrics *metrics);
void kube_collect(const struct kube *kube); /* sets all gauges, before metrics_write */

/* From now on fn is told what the API server warns of in its answers, such as a version that is deprecated: each text once. */
void kube_on_warning(struct kube *kube, void (*fn)(void *arg, const char *text), void *arg);

struct kube_request {
	const char *method;
	const char *path;         /* "/apis/..." */
	const char *query;        /* NULL: none */
	const char *content_type; /* NULL: application/json */
	const char *body;         /* NULL: none; copied */
	const char *component;    /* as in net/http.h; a text that stays */
	bool own_connection;      /* must not wait for others; as in net/http.h */
	bool fresh_connection;    /* the one that stands may be dead; as in net/http.h */
	bool unguarded;           /* leaves whatever kube_guard's function says: for what it depends on */
};
/* Exactly one of body and err is not NULL; body is the 2xx answer as NUL-terminated loan. */
typedef void (*kube_fn)(void *arg, const char *body, size_t length, const struct error *err);
struct kube_call;
/* Writes go so many at once, the others wait for their turn; what is unguarded does not. GETs are tried again a few times; 429 and
 * 5xx with Retry-After are waited for (kubernetes-api.md 1.10). */
struct kube_call *kube_send(struct kube *kube, const struct kube_request *request, kube_fn fn, void *arg);
void kube_cancel(struct kube_call *call); /* NULL is fine */

/* The one place that looks at the API server's status codes. code becomes the Status reason (NotFound, Conflict, Expired,
 * Forbidden, ...), status the HTTP code, reason PermissionDenied for 401 and 403. */
void kube_error_from_answer(struct error *err, int status, const char *body, size_t length, int retry_after_s);

/* What is known of the order of two resourceVersions of one collection, both of the same server's history. Texts of digits are
 * compared by length, then bytes; of others, and of NULL, only sameness is known. */
enum kube_order { KUBE_OLDER, KUBE_SAME, KUBE_NEWER, KUBE_UNORDERED };
enum kube_order kube_version_order(const char *version, const char *than);

/* JSON patches that add or remove one finalizer of an object as last seen; text in the current arena. Both carry a
 * test of the uid, add also one of an empty list, remove one of the value at its index. NULL when there is nothing to do. */
char *kube_patch_add_finalizer(const cJSON *object, const char *finalizer);
char *kube_patch_remove_finalizer(const cJSON *object, const char *finalizer);

/* List and watch of one collection, for ever: the first state comes as a stream (WatchList) where the server can, else as a
 * list in pages of 500; bookmarks, resume at the last version, 410 -> first state again, error events, time-outs with jitter,
 * silent connections, back-off. The first state is a consistent one, never resourceVersion 0. Objects come as text, one by
 * one, while they stream; metadata.managedFields may still be in it. A list begins when it is asked for, its objects come, it
 * ends: what the consumer knows and the list did not bring is gone, but for what it left out. A list shows what there is at its beginning or later, so it
 * is right against all that was learnt before, even where its versions are older: a server's history goes back when its
 * storage is restored from a copy. Objects may change and go within a list, too. Between lists they come and go one by one,
 * each version newer than the one before. A list that breaks off is followed by another list_begin. The callbacks must not
 * free the watch.
 *
 * A connection that is dead and says nothing is given up: 90 s after the question when nothing was answered, 10 s after the
 * last object while the first state streams, 150 s after the last sign of life where the server has shown that it sends
 * bookmarks, and else when the watch should have ended: within ten and a half minutes. */
struct kube_watch_options {
	const char *path;      /* of the collection, with or without namespaces/NS; copied */
	const char *list_kind; /* for error texts: "tfloadbalancers"; copied */
	size_t object_max;     /* largest object; a larger one is left out and told by trouble, the others go on */
	void (*list_begin)(void *arg);
	void (*object)(void *arg, const char *text, size_t length);
	void (*removed)(void *arg, const char *text, size_t length);
	/* There is, or was, an object that is too large, in a list or as an event. Loans; name NULL: its first object_max bytes
	 * do not hold it. Between lists such a one is followed by a list. May be NULL. */
	void (*left_out)(void *arg, const char *namespace, const char *name);
	void (*list_end)(void *arg);
	/* Told when things go wrong, and with NULL when they work again; for logs and readiness. code "NotFound" means that
	 * the resource type is not installed. */
	void (*trouble)(void *arg, const struct error *err);
	void *arg;
};
struct kube_watch;
struct kube_watch *kube_watch_new(struct kube *kube, const struct kube_watch_options *options); /* starts at once */
void kube_watch_free(struct kube_watch *watch);

/* Events (events.k8s.io/v1): best effort, bounded queue, never in the way. note is cut at 1024 bytes. The same again within
 * six minutes becomes a series of the first one; per object 25 come through at once, then 5 per minute. */
struct kube_event {
	const char *api_version, *kind, *namespace, *name, *uid; /* regarding */
	bool warning;
	const char *reason; /* CamelCase */
	const char *action; /* what was being done: "Create", "Patch", "Delete", ... */
	const char *note;
};
void kube_event(struct kube *kube, const struct kube_event *event);
uint64_t kube_events_sent(const struct kube *kube); /* repetitions not counted */
size_t kube_events_owed(const struct kube *kube);   /* not sent yet, or not answered */

/* The first state of a collection by way of a watch (sendInitialEvents, "WatchList"): the server sends every object as if it
 * were new, then a marked bookmark, and the same stream goes on as a watch. Nothing is kept of one that breaks off before
 * the bookmark. Servers that don't know it refuse it (422, an ERROR event), or send no such bookmark: then there is a list
 * instead, and such a server is remembered for the life of the client. */
#include "kube/reflector.h"

#include <string.h>

#include "kube/status.h"

enum {
	SILENCE_MS = 10 * 1000, /* between two events, until the bookmark */
	WHOLE_MS = 60 * 1000,   /* until the bookmark, for a server that never sent one */
	CUTS_MAX = 2,           /* streams broken off in a row, then a list shows what it can */
};

bool streaming_wanted(const struct kube_watch *watch)
{
	return !watch->kube->streaming_refused;
}

static void list_instead(struct kube_watch *watch)
{
	timer_stop(watch->kube->loop, &watch->timer);
	watch->cuts = 0;
	list_start(watch);
}

/* The server does not know it, as far as one can see. */
static void on_deadline(void *arg)
{
	struct kube_watch *watch = arg;
	watch_stop(watch);
	watch->kube->streaming_refused = !watch->kube->streaming_proven;
	list_instead(watch);
}

void streaming_heard(struct kube_watch *watch)
{
	timer_start(watch->kube->loop, &watch->silence, SILENCE_MS, on_deadline, watch);
}

void streaming_opened(struct kube_watch *watch)
{
	streaming_heard(watch);
}

void streaming_complete(struct kube_watch *watch)
{
	watch->kube->streaming_proven = true;
	watch_count(watch, K_LISTS, "stream");
	watch->watching.initial = false;
	watch->too_large = watch->watching.skipped = watch->split.skipped;
	watch->cuts = 0;
	timer_stop(watch->kube->loop, &watch->timer);
	watch->options.list_end(watch->options.arg);
}

/* An ERROR event, or something that is no event. */
static void broken(struct kube_watch *watch)
{
	const struct error *why = &watch->watching.why;
	if (watch->watching.verdict == VERDICT_THROTTLED) {
		watch_later(watch, why, watch_start);
		return;
	}
	if (strstr(why->message, "RequestWatchProgress"))
		watch->kube->streaming_refused = true; /* its storage can't */
	list_instead(watch);
}

static void cut(struct kube_watch *watch, const struct error *err)
{
	struct error plain = {0};
	if (++watch->cuts >= CUTS_MAX) {
		list_instead(watch);
		return;
	}
	error_set(&plain, ERROR_TRANSIENT, "the watch of %s ended before its first state was there",
		watch->own_list_kind);
	error_code(&plain, "ShortWatch");
	watch_later(watch, err ? err : &plain, watch_start);
}

static void refused(struct kube_watch *watch, const struct error *err)
{
	struct error told = *err;
	bool again = err->status == 0 || err->status == 429;
	if (err->status == 422)
		watch->kube->streaming_refused = true;
	if (watch_wait(watch, err, watch_start))
		return;
	if (err->status == 404)
		watch_not_installed(watch, &told);
	if (again || err->status == 401 || err->status == 404)
		watch_later(watch, &told, watch_start);
	else
		list_instead(watch);
}

void streaming_ended(struct kube_watch *watch, const struct error *err)
{
	if (watch->watching.verdict != VERDICT_NONE)
		broken(watch);
	else if (watch->stream.opened)
		cut(watch, err);
	else
		refused(watch, err);
}

void streaming_start(struct kube_watch *watch)
{
	watch->listed_at = loop_now(watch->kube->loop);
	watch->options.list_begin(watch->options.arg);
	watch_run(watch, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan", true);
	if (!watch->kube->streaming_proven)
		timer_start(watch->kube->loop, &watch->timer, WHOLE_MS, on_deadline, watch);
}

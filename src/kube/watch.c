/* The states of list and watch: the first state, then watch for ever, each watch beginning where the last one ended. A
 * version that is still good is never given up for a failure that lost nothing (transport, 429); for everything else the
 * first state is taken again, after a while. Consumers hear of trouble once per change, and once more when it is over. */
#include "kube/reflector.h"

#include <string.h>

#include "kube/status.h"

enum {
	TIMEOUT_S =
		300,  /* least time of one watch; up to twice as long, so that many clients don't come back at once */
	GRACE_S = 30, /* beyond which a watch that the server should have ended is dead */
	PROVEN_MS = 1000, /* a watch that lived so long works */
	WAITS_MAX = 10,
	LISTED_LATELY_MS = 30 * 1000,
	ENVELOPE_MAX = 1024, /* of an event around its object */
	NAME_SIZE = 254,     /* of a namespace or an object, with its end */
	BOOKMARKS_PROVEN = 2,
	SILENCE_MS = 150 * 1000,   /* of a server that sends a bookmark each minute */
	FIRST_BYTE_MS = 90 * 1000, /* a server answers at once; some proxies hold that back until the first bookmark */
	CUTS_MAX = 3,
};

/* The same text but for numbers: "refused after 3 ms" is no news after "refused after 2 ms". */
static bool same_words(const char *a, const char *b)
{
	static const char digits[] = "0123456789";
	for (;; a++, b++) {
		a += strspn(a, digits);
		b += strspn(b, digits);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

static bool same_trouble(const struct error *a, const struct error *b)
{
	if (a->class != b->class || a->status != b->status || !text_equal(a->code, b->code))
		return false;
	/* Without a status the message is all there is to tell "refused" from "wrong certificate". */
	return a->status != 0 || same_words(a->message, b->message);
}

void watch_tell(struct kube_watch *watch, const struct error *err)
{
	struct error now = err ? *err : (struct error){0};
	if (same_trouble(&watch->told, &now))
		return;
	watch->told = now;
	watch->options.trouble(watch->options.arg, err);
}

void watch_count(const struct kube_watch *watch, enum kube_measured what, const char *value)
{
	metric_count(watch->kube->measured[what], watch->own_list_kind, value);
}

void watch_count_skipped(const struct kube_watch *watch, size_t objects)
{
	if (objects)
		metric_add(watch->kube->measured[K_SKIPPED], (double)objects, METRIC_VALUES(watch->own_list_kind));
}

/* All is well, but for objects that were too large to be taken. */
static void watch_works(void *arg)
{
	struct kube_watch *watch = arg;
	timer_stop(watch->kube->loop, &watch->timer);
	if (!watch->too_large) {
		watch_tell(watch, NULL);
		return;
	}
	struct error err = {0};
	error_set(&err, ERROR_REJECTED, "%zu of %s left out: larger than %zu bytes", watch->too_large,
		watch->own_list_kind, watch->options.object_max);
	error_code(&err, "TooLarge");
	watch_tell(watch, &err);
}

void watch_later(struct kube_watch *watch, const struct error *err, loop_fn fn)
{
	int64_t wait = backoff_next(&watch->backoff, watch->kube->loop, watch->kube->env);
	if (err && err->retry_after_ms > wait)
		wait = err->retry_after_ms;
	if (err && err->class != ERROR_NONE)
		watch_tell(watch, err);
	timer_start(watch->kube->loop, &watch->timer, wait, fn, watch);
}

bool watch_wait(struct kube_watch *watch, const struct error *err, loop_fn fn)
{
	bool asked = (err->status == 429 || err->status >= 500) && err->retry_after_ms > 0;
	if (!asked || watch->waits >= WAITS_MAX)
		return false;
	watch->waits++;
	watch_tell(watch, err);
	timer_start(watch->kube->loop, &watch->timer, err->retry_after_ms, fn, watch);
	return true;
}

void watch_not_installed(const struct kube_watch *watch, struct error *err)
{
	struct error plain = *err;
	error_set(err, ERROR_REJECTED,
		"the API server does not know %s; install the resource type with: kubectl apply -f crds/",
		watch->own_list_kind);
	err->status = plain.status;
	error_code(err, "NotFound");
}

void watch_start(void *arg)
{
	struct kube_watch *watch = arg;
	if (streaming_wanted(watch))
		streaming_start(watch);
	else
		list_start(watch);
}

/* Our version is too old for the server. That is everyday life, after its restart for one, and nothing to tell; but it
 * must not become a list after each list. */
static void watch_expired(struct kube_watch *watch)
{
	if (loop_now(watch->kube->loop) - watch->listed_at >= LISTED_LATELY_MS)
		watch_start(watch);
	else
		watch_later(watch, NULL, watch_start);
}

void watch_failed(struct kube_watch *watch, const struct error *err)
{
	listing_done(&watch->listing);
	watch_later(watch, err, watch_start);
}

/* The text of a name; NULL when it is not there. */
static const char *name_of(const struct json_pick *pick, char *text, size_t size)
{
	return json_pick_text(pick, text, size) ? text : NULL;
}

/* text is the beginning of an object, or of the event around it: what was found in it stands, though it is not whole. */
static void watch_left_out(void *arg, const char *text, size_t length)
{
	struct kube_watch *watch = arg;
	bool event = watch->split.form == JSON_SPLIT_SEQUENCE;
	struct json_pick picks[] = {{.path = event ? "object.metadata.name" : "metadata.name"},
		{.path = event ? "object.metadata.namespace" : "metadata.namespace"}};
	char name[NAME_SIZE], namespace[NAME_SIZE];
	json_pick(text, length, picks, 2);
	const char *told = name_of(&picks[0], name, sizeof(name));
	const char *inside = name_of(&picks[1], namespace, sizeof(namespace));
	watch->watching.nameless = watch->watching.nameless || !told;
	if (watch->options.left_out)
		watch->options.left_out(watch->options.arg, inside ? inside : "", told);
}

void watch_stream(struct kube_watch *watch, const struct stream_request *request, const struct stream_handler *handler,
	json_split_fn fn)
{
	watch->split.maximum =
		watch->options.object_max + (watch->split.form == JSON_SPLIT_SEQUENCE ? ENVELOPE_MAX : 0);
	watch->split.skip = true;
	watch->split.fn = fn;
	watch->split.too_large = watch_left_out;
	watch->split.arg = watch;
	json_split_init(&watch->split);
	stream_start(&watch->stream, watch->kube, request, handler);
}

void watch_stop(struct kube_watch *watch)
{
	timer_stop(watch->kube->loop, &watch->timer);
	timer_stop(watch->kube->loop, &watch->silence);
	stream_stop(&watch->stream);
	json_split_done(&watch->split);
}

/* A connection may be dead without anybody telling us. Nothing is lost: the next watch goes on at the same version. */
static void on_silence(void *arg)
{
	struct kube_watch *watch = arg;
	watch_count(watch, K_RESTARTS, "silent");
	watch_stop(watch);
	watch->suspect = true;
	watch_resume(watch);
}

static void watch_heard(struct kube_watch *watch)
{
	watch->heard_us = env_wall_us(watch->kube->env);
	if (watch->watching.initial)
		streaming_heard(watch);
	else if (watch->bookmarks >= BOOKMARKS_PROVEN)
		timer_start(watch->kube->loop, &watch->silence, SILENCE_MS, on_silence, watch);
	else
		timer_stop(watch->kube->loop, &watch->silence);
}

static void watch_opened(void *arg)
{
	struct kube_watch *watch = arg;
	watch->watching.opened_at = loop_now(watch->kube->loop);
	watch->waits = 0;
	if (watch->watching.initial) {
		streaming_opened(watch);
		return;
	}
	timer_start(watch->kube->loop, &watch->timer, PROVEN_MS, watch_works, watch);
	watch_heard(watch);
}

/* Objects that the stream left out since it was last looked at. */
static void watch_skipped(struct kube_watch *watch)
{
	size_t skipped = watch->split.skipped - watch->watching.skipped;
	watch->watching.skipped = watch->split.skipped;
	watch_count_skipped(watch, skipped);
	if (!skipped || watch->watching.initial)
		return;
	watch->too_large += skipped;
	watch_works(watch);
	if (watch->watching.nameless && watch->watching.verdict == VERDICT_NONE)
		watch->watching.verdict = VERDICT_EXPIRED; /* a list shows which of them can be read */
}

static bool watch_data(void *arg, const char *bytes, size_t length, struct error *err)
{
	struct kube_watch *watch = arg;
	struct watching *watching = &watch->watching;
	watching->news = false;
	struct error broken = {0};
	if (!json_split_feed(&watch->split, bytes, length, &broken) && watching->verdict == VERDICT_NONE) {
		error_context(&broken, "watch of %s", watch->own_list_kind);
		watching->verdict = VERDICT_BROKEN;
		watching->why = broken;
	}
	watch_heard(watch);
	watch_skipped(watch);
	if (watching->verdict == VERDICT_NONE) {
		if (watching->news)
			watch_works(watch);
		return true;
	}
	return error_set(err, ERROR_TRANSIENT, "the watch is over");
}

void watch_refused(struct kube_watch *watch, const struct error *err)
{
	bool nothing_lost = err->status == 0 || err->status == 429;
	if (kube_error_is_expired(err))
		watch_expired(watch);
	else if (!watch_wait(watch, err, watch_resume))
		watch_later(watch, err, nothing_lost ? watch_resume : watch_start);
}

/* A watch that ended as soon as it began. Once or twice is bad luck (a server that goes away); but something between us
 * and the server may not let watches through, and then lists at least show the changes. */
static void watch_cut(struct kube_watch *watch, const struct error *err)
{
	struct error plain = {0};
	if (err && ++watch->cuts < CUTS_MAX) {
		watch_later(watch, err, watch_resume);
		return;
	}
	watch->cuts = 0;
	error_set(&plain, ERROR_TRANSIENT,
		"the watch of %s ended at once; is there a proxy that does not let it through?", watch->own_list_kind);
	error_code(&plain, "ShortWatch");
	watch_later(watch, &plain, watch_start);
}

static bool ended_at_once(const struct kube_watch *watch)
{
	const struct watching *watching = &watch->watching;
	return !watching->progress && loop_now(watch->kube->loop) - watching->opened_at < PROVEN_MS;
}

/* A watch that lived, and was ended by the server, by time, or by a broken connection: nothing was lost. */
static void watch_over(struct kube_watch *watch, const struct error *err)
{
	if (ended_at_once(watch)) {
		watch_cut(watch, err);
		return;
	}
	watch->cuts = 0;
	watch->suspect = err && text_equal(err->code, "Timeout");
	watch_works(watch);
	watch_resume(watch);
}

/* Why a watch ended, in one word of a closed list. */
static const char *why_ended(const struct kube_watch *watch, const struct error *err)
{
	static const char *const verdicts[] = {
		[VERDICT_EXPIRED] = "expired", [VERDICT_THROTTLED] = "throttled", [VERDICT_BROKEN] = "broken"};
	const struct watching *watching = &watch->watching;
	if (watching->verdict != VERDICT_NONE)
		return verdicts[watching->verdict];
	if (!watch->stream.opened)
		return err && kube_error_is_expired(err) ? "expired" : "refused";
	return ended_at_once(watch) ? "cut" : "ended";
}

static void watch_ended(void *arg, const struct error *err)
{
	struct kube_watch *watch = arg;
	const struct watching *watching = &watch->watching;
	watch_count(watch, K_RESTARTS, why_ended(watch, err));
	timer_stop(watch->kube->loop, &watch->timer);
	timer_stop(watch->kube->loop, &watch->silence);
	json_split_done(&watch->split);
	if (watching->initial)
		streaming_ended(watch, err);
	else if (watching->verdict == VERDICT_EXPIRED)
		watch_expired(watch);
	else if (watching->verdict != VERDICT_NONE)
		watch_later(watch, &watching->why, watching->verdict == VERDICT_THROTTLED ? watch_resume : watch_start);
	else if (watch->stream.opened)
		watch_over(watch, err);
	else
		watch_refused(watch, err);
}

void watch_run(struct kube_watch *watch, const char *how, bool initial)
{
	int64_t seconds = TIMEOUT_S + (int64_t)env_random_below(watch->kube->env, TIMEOUT_S + 1);
	AUTO_STR struct str query = {0};
	str_addf(&query, "watch=1&allowWatchBookmarks=true&%s&timeoutSeconds=%d", how, (int)seconds);
	struct stream_request request = {.path = watch->own_path,
		.query = str_text(&query),
		.total_ms = (seconds + GRACE_S) * 1000,
		.long_poll = true,
		.fresh = watch->suspect};
	struct stream_handler handler = {.open = watch_opened, .data = watch_data, .end = watch_ended, .arg = watch};
	watch->watching = (struct watching){.initial = initial};
	watch->suspect = false;
	watch->split = (struct json_split){.form = JSON_SPLIT_SEQUENCE};
	watch_stream(watch, &request, &handler, watch_event);
	if (!initial)
		timer_start(watch->kube->loop, &watch->silence, FIRST_BYTE_MS, on_silence, watch);
}

void watch_open(struct kube_watch *watch)
{
	AUTO_STR struct str from = {0};
	str_adds(&from, "resourceVersion=");
	str_add_escaped(&from, watch->own_version);
	watch_run(watch, str_text(&from), false);
}

struct kube_watch *kube_watch_new(struct kube *kube, const struct kube_watch_options *options)
{
	struct kube_watch *watch = mem_alloc(sizeof(*watch));
	*watch = (struct kube_watch){.kube = kube, .options = *options};
	watch->own_path = mem_strdup(options->path);
	watch->own_list_kind = mem_strdup(options->list_kind);
	vec_add(&kube->watches, watch);
	kube_measure_watch_begins(kube, watch->own_list_kind);
	/* In the next turn, since list_begin must not run before the consumer has its watch. */
	timer_start(kube->loop, &watch->timer, 0, watch_start, watch);
	return watch;
}

void kube_watch_free(struct kube_watch *watch)
{
	if (!watch)
		return;
	kube_vec_drop(&watch->kube->watches, watch);
	watch_stop(watch);
	listing_done(&watch->listing);
	mem_free(watch->own_path);
	mem_free(watch->own_list_kind);
	mem_free(watch->own_version);
	mem_free(watch->own_kind);
	mem_free(watch);
}

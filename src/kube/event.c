/* Events (events.k8s.io/v1) for people. Best effort: a queue that drops what does not fit, one call in flight, nothing
 * that anybody waits for. The name is made here, so that a repeated POST whose first outcome was unclear meets 409 and
 * is done. */
#include "kube/event.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "kube/client.h"

enum {
	QUEUE_MAX = 100,
	LOOK_MS = 60 * 1000, /* between two looks for series that are over */
	NAME_MAX_LENGTH = 253,
	NOTE_MAX = 1024,
	TRIES = 3,
	TRY_WAIT_MS = 10 * 1000,
};

static const char controller[] = "tflb.dev/tflb-controller";
static const char instance[] = "tflb-controller";

/* One call to make: a new event, or news of a series. */
struct queued {
	uint64_t digest; /* of its series */
	bool patch, warning;
	char *own_path, *own_body;
};

struct events {
	struct kube *kube;
	struct vec queue; /* struct queued; the first one is in flight or waits for its next try */
	struct kube_call *call;
	struct timer timer, look;
	int tries; /* of the first one */
	uint64_t sent, named;
	struct event_memory memory;
};

static void events_next(void *arg);
static void events_answer(void *arg, const char *body, size_t length, const struct error *err);

static void queued_free(void *item)
{
	struct queued *queued = item;
	mem_free(queued->own_path);
	mem_free(queued->own_body);
	mem_free(queued);
}

static struct events *events_of(struct kube *kube)
{
	if (!kube->own_events) {
		kube->own_events = mem_alloc(sizeof(*kube->own_events));
		kube->own_events->kube = kube;
	}
	return kube->own_events;
}

void events_free(struct events *events)
{
	if (!events)
		return;
	timer_stop(events->kube->loop, &events->timer);
	timer_stop(events->kube->loop, &events->look);
	kube_cancel(events->call);
	vec_done(&events->queue, queued_free);
	event_memory_done(&events->memory);
	mem_free(events);
}

static void count(const struct events *events, bool warning, const char *result)
{
	metric_count(events->kube->measured[K_EVENTS], warning ? "Warning" : "Normal", result);
}

/* --- the queue --- */

static void queue_add(struct events *events, struct queued queued)
{
	vec_add(&events->queue, mem_copy(&queued, sizeof(queued)));
	if (events->queue.count == 1)
		events_next(events);
}

static void events_next(void *arg)
{
	struct events *events = arg;
	if (!events->queue.count)
		return;
	const struct queued *first = events->queue.own_items[0];
	struct kube_request request = {.method = first->patch ? "PATCH" : "POST",
		.path = first->own_path,
		.content_type = first->patch ? "application/merge-patch+json" : NULL,
		.body = first->own_body};
	events->call = kube_send(events->kube, &request, events_answer, events);
}

static char *event_name(struct events *events, const char *object);

/* The server has forgotten the event: it becomes a new one, of the same words. */
static void create_anew(struct events *events, struct queued *queued, struct series *series)
{
	JSON_WORK(work);
	cJSON *body = json_parse_text(series->own_body);
	char time[TIME_TEXT_SIZE];
	time_text_micro(series->last_us, time);
	const char *name = event_name(events, json_text_or(body, "regarding.name", ""));
	json_set_text(json_member(body, "metadata"), "name", name);
	json_set_text(body, "eventTime", time);
	mem_free(queued->own_path);
	mem_free(queued->own_body);
	queued->patch = false;
	queued->own_path = mem_strndup(series->own_path, (size_t)(strrchr(series->own_path, '/') - series->own_path));
	queued->own_body = json_print_owned(body);
	mem_free(series->own_path);
	series->own_path = mem_printf("%s/%s", queued->own_path, name);
	series->count = series->told = 1;
}

/* Whether the first one of the queue is to be sent again, as it is or as something else. */
static bool again(struct events *events, struct queued *queued, const struct error *err)
{
	struct series *series = series_find(&events->memory, queued->digest);
	if (queued->patch && err->status == 404 && series) {
		create_anew(events, queued, series);
		timer_start(events->kube->loop, &events->timer, 0, events_next, events);
		return true;
	}
	bool passing = err->class == ERROR_TRANSIENT || err->class == ERROR_THROTTLED;
	if (!passing || ++events->tries >= TRIES)
		return false;
	timer_start(events->kube->loop, &events->timer, TRY_WAIT_MS, events_next, events);
	return true;
}

static void events_answer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct events *events = arg;
	struct queued *first = events->queue.own_items[0];
	events->call = NULL;
	bool there = !err || text_equal(err->code, "AlreadyExists");
	if (!there && again(events, first, err))
		return;
	if (!first->patch)
		events->sent += there;
	if (!first->patch || !there)
		count(events, first->warning, there ? "sent" : "failed");
	if (!there) /* what is not there can't be repeated */
		series_forget(series_find(&events->memory, first->digest));
	events->tries = 0;
	queued_free(first);
	vec_remove_at(&events->queue, 0);
	events_next(events);
}

/* --- series --- */

static void series_tell(struct events *events, struct series *series)
{
	JSON_WORK(work);
	char time[TIME_TEXT_SIZE];
	time_text_micro(series->last_us, time);
	cJSON *patch = cJSON_CreateObject();
	cJSON *told = json_set_object(patch, "series");
	json_set_int(told, "count", series->count);
	json_set_text(told, "lastObservedTime", time);
	series->told = series->count;
	series->told_at = loop_now(events->kube->loop);
	queue_add(events, (struct queued){.digest = series->digest,
				  .patch = true,
				  .own_path = mem_strdup(series->own_path),
				  .own_body = json_print_owned(patch)});
}

/* Ends the series that nothing was heard of; looks again as long as there are some. */
static void events_look(void *arg)
{
	struct events *events = arg;
	bool some = false;
	for (size_t i = 0; i < SERIES_MAX; i++) {
		struct series *series = &events->memory.series[i];
		if (series_over(series, loop_now(events->kube->loop))) {
			if (series->count > series->told && events->queue.count < QUEUE_MAX)
				series_tell(events, series);
			series_forget(series);
		}
		some = some || series->own_path;
	}
	if (some)
		timer_start(events->kube->loop, &events->look, LOOK_MS, events_look, events);
}

/* The same thing was said of the same object a short time ago. */
static void repeat(struct events *events, struct series *series)
{
	int64_t now = loop_now(events->kube->loop);
	series->count++;
	series->last_at = now;
	series->last_us = env_wall_us(events->kube->env);
	if (series_due(series, now) && events->queue.count < QUEUE_MAX)
		series_tell(events, series);
}

static void remember(struct events *events, uint64_t digest, const struct queued *queued, const char *name)
{
	struct series *series = series_new(&events->memory);
	*series = (struct series){.digest = digest,
		.own_path = mem_printf("%s/%s", queued->own_path, name),
		.own_body = mem_strdup(queued->own_body),
		.last_at = loop_now(events->kube->loop),
		.last_us = env_wall_us(events->kube->env),
		.told_at = loop_now(events->kube->loop),
		.count = 1,
		.told = 1};
	if (!timer_armed(&events->look))
		timer_start(events->kube->loop, &events->look, LOOK_MS, events_look, events);
}

/* --- one event --- */

static uint64_t object_digest(const struct kube_event *event)
{
	AUTO_FREE char *text = mem_printf("%s\n%s\n%s\n%s", event->kind, event->uid ? event->uid : "",
		event->namespace ? event->namespace : "", event->name);
	return hash_text(text);
}

static uint64_t event_digest(const struct kube_event *event)
{
	AUTO_FREE char *text = mem_printf("%" PRIu64 "\n%d\n%s\n%s\n%s", object_digest(event), event->warning,
		event->reason, event->action, event->note ? event->note : "");
	return hash_text(text);
}

/* OBJECT.HEX, like client-go's: nanoseconds of the wall clock, the last three digits a counter. */
static char *event_name(struct events *events, const char *object)
{
	uint64_t number = (uint64_t)env_wall_us(events->kube->env) * 1000 + events->named++ % 1000;
	char suffix[24];
	int suffix_length = snprintf(suffix, sizeof(suffix), ".%" PRIx64, number);
	size_t length = strnlen(object, (size_t)(NAME_MAX_LENGTH - suffix_length));
	while (length && !isalnum((unsigned char)object[length - 1]))
		length--;
	return arena_printf(json_arena(), "%.*s%s", (int)length, object, suffix);
}

/* The note, cut between characters. */
static char *note_cut(const char *note)
{
	size_t length = strnlen(note, NOTE_MAX + 1);
	if (length > NOTE_MAX)
		for (length = NOTE_MAX; length && ((unsigned char)note[length] & 0xc0) == 0x80;)
			length--;
	return arena_strndup(json_arena(), note, length);
}

static void set_regarding(cJSON *body, const struct kube_event *event)
{
	cJSON *regarding = json_set_object(body, "regarding");
	json_set_text(regarding, "apiVersion", event->api_version);
	json_set_text(regarding, "kind", event->kind);
	json_set_text(regarding, "namespace", event->namespace);
	json_set_text(regarding, "name", event->name);
	json_set_text(regarding, "uid", event->uid);
}

static cJSON *event_body(struct events *events, const struct kube_event *event, const char *name)
{
	char time[TIME_TEXT_SIZE];
	time_text_micro(env_wall_us(events->kube->env), time);
	cJSON *body = cJSON_CreateObject();
	json_set_text(body, "apiVersion", "events.k8s.io/v1");
	json_set_text(body, "kind", "Event");
	cJSON *metadata = json_set_object(body, "metadata");
	json_set_text(metadata, "name", name);
	json_set_text(metadata, "namespace", event->namespace ? event->namespace : "default");
	json_set_text(body, "eventTime", time);
	json_set_text(body, "reportingController", controller);
	json_set_text(body, "reportingInstance", instance);
	json_set_text(body, "type", event->warning ? "Warning" : "Normal");
	json_set_text(body, "reason", event->reason);
	json_set_text(body, "action", event->action);
	json_set_text(body, "note", note_cut(event->note ? event->note : ""));
	set_regarding(body, event);
	return body;
}

static void event_create(struct events *events, const struct kube_event *event)
{
	JSON_WORK(work);
	const char *name = event_name(events, event->name);
	const char *namespace = event->namespace ? event->namespace : "default";
	struct queued queued = {.digest = event_digest(event), .warning = event->warning};
	queued.own_path = mem_printf("/apis/events.k8s.io/v1/namespaces/%s/events", namespace);
	queued.own_body = json_print_owned(event_body(events, event, name));
	remember(events, queued.digest, &queued, name);
	queue_add(events, queued);
}

void kube_event(struct kube *kube, const struct kube_event *event)
{
	struct events *events = events_of(kube);
	struct series *series = series_find(&events->memory, event_digest(event));
	if (series) {
		count(events, event->warning, "repeated");
		repeat(events, series);
	} else if (events->queue.count < QUEUE_MAX &&
		   bucket_take(&events->memory, object_digest(event), loop_now(kube->loop))) {
		event_create(events, event);
	} else {
		count(events, event->warning, "limited");
	}
}

uint64_t kube_events_sent(const struct kube *kube)
{
	return kube->own_events ? kube->own_events->sent : 0;
}

size_t kube_events_owed(const struct kube *kube)
{
	return kube->own_events ? kube->own_events->queue.count : 0;
}

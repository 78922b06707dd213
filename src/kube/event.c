/* Events (events.k8s.io/v1) for people. Best effort: a queue that drops what does not fit, one call in flight, nothing
 * that anybody waits for. The name is made here, so that a repeated POST whose first outcome was unclear meets 409 and
 * is done. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "kube/client.h"

enum {
	QUEUE_MAX = 100,
	RECENT_MAX = 256,
	REPEAT_MS = 10 * 60 * 1000,
	NAME_MAX_LENGTH = 253,
	NOTE_MAX = 1024,
	TRIES = 3,
	TRY_WAIT_MS = 10 * 1000,
};

static const char controller[] = "tflb.dev/tflb-controller";
static const char instance[] = "tflb-controller";

struct queued {
	char *own_path, *own_body;
};

/* An event that was taken in lately. */
struct recent {
	uint64_t digest;
	int64_t at;
};

struct events {
	struct kube *kube;
	struct vec queue; /* struct queued; the first one is in flight or waits for its next try */
	struct kube_call *call;
	struct timer timer;
	int tries; /* of the first one */
	uint64_t sent, named;
	struct recent recent[RECENT_MAX]; /* a ring */
	size_t next_recent;
};

static void events_next(void *arg);

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
	kube_cancel(events->call);
	vec_done(&events->queue, queued_free);
	mem_free(events);
}

static void events_answer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct events *events = arg;
	events->call = NULL;
	bool there = !err || text_equal(err->code, "AlreadyExists");
	bool again =
		!there && (err->class == ERROR_TRANSIENT || err->class == ERROR_THROTTLED) && ++events->tries < TRIES;
	if (again) {
		timer_start(events->kube->loop, &events->timer, TRY_WAIT_MS, events_next, events);
		return;
	}
	events->sent += there;
	events->tries = 0;
	queued_free(events->queue.own_items[0]);
	vec_remove_at(&events->queue, 0);
	events_next(events);
}

static void events_next(void *arg)
{
	struct events *events = arg;
	if (!events->queue.count)
		return;
	const struct queued *first = events->queue.own_items[0];
	struct kube_request request = {.method = "POST", .path = first->own_path, .body = first->own_body};
	events->call = kube_send(events->kube, &request, events_answer, events);
}

/* The same thing said of the same object a short time ago. */
static bool said_lately(struct events *events, const struct kube_event *event)
{
	AUTO_FREE char *text = mem_printf("%s\n%s\n%s\n%s\n%s", event->kind, event->uid ? event->uid : "",
		event->namespace ? event->namespace : "", event->name, event->reason);
	AUTO_FREE char *whole = mem_printf("%s\n%s", text, event->note ? event->note : "");
	uint64_t digest = hash_text(whole);
	int64_t now = loop_now(events->kube->loop);
	for (size_t i = 0; i < RECENT_MAX; i++) {
		const struct recent *recent = &events->recent[i];
		if (recent->digest == digest && recent->at && now - recent->at < REPEAT_MS)
			return true;
	}
	events->recent[events->next_recent] = (struct recent){digest, now};
	events->next_recent = (events->next_recent + 1) % RECENT_MAX;
	return false;
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

static struct queued *event_write(struct events *events, const struct kube_event *event)
{
	JSON_WORK(work);
	const char *namespace = event->namespace ? event->namespace : "default";
	char time[TIME_TEXT_SIZE];
	time_text_micro(env_wall_us(events->kube->env), time);
	cJSON *body = cJSON_CreateObject();
	json_set_text(body, "apiVersion", "events.k8s.io/v1");
	json_set_text(body, "kind", "Event");
	cJSON *metadata = json_set_object(body, "metadata");
	json_set_text(metadata, "name", event_name(events, event->name));
	json_set_text(metadata, "namespace", namespace);
	json_set_text(body, "eventTime", time);
	json_set_text(body, "reportingController", controller);
	json_set_text(body, "reportingInstance", instance);
	json_set_text(body, "type", event->warning ? "Warning" : "Normal");
	json_set_text(body, "reason", event->reason);
	json_set_text(body, "action", event->action);
	json_set_text(body, "note", note_cut(event->note ? event->note : ""));
	set_regarding(body, event);
	struct queued *queued = mem_alloc(sizeof(*queued));
	queued->own_path = mem_printf("/apis/events.k8s.io/v1/namespaces/%s/events", namespace);
	queued->own_body = json_print_owned(body);
	return queued;
}

void kube_event(struct kube *kube, const struct kube_event *event)
{
	struct events *events = events_of(kube);
	if (events->queue.count >= QUEUE_MAX || said_lately(events, event))
		return;
	vec_add(&events->queue, event_write(events, event));
	if (events->queue.count == 1)
		events_next(events);
}

uint64_t kube_events_sent(const struct kube *kube)
{
	return kube->own_events ? kube->own_events->sent : 0;
}

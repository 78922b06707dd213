/* The events of a watch. Most of them tell nothing new to their consumer, so an event costs no tree and no memory: what matters
 * of it here is picked from its text, and a consumer gets exactly the server's bytes, as it does from a list. */
#include "kube/reflector.h"

#include <string.h>

#include "kube/status.h"

struct event {
	char type[16], kind[128], version[128];
	const char *object; /* its text, a loan of the event's; NULL: it has none */
	size_t length;
	bool end; /* the bookmark behind the first state */
};

enum { PICK_TYPE, PICK_OBJECT, PICK_KIND, PICK_VERSION };

static void broken(struct kube_watch *watch, const struct error *err)
{
	watch->watching.verdict = VERDICT_BROKEN;
	watch->watching.why = *err;
	error_context(&watch->watching.why, "watch of %s", watch->own_list_kind);
}

static void broken_because(struct kube_watch *watch, const char *why)
{
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "%s", why);
	error_code(&err, "BadEvent");
	broken(watch, &err);
}

/* An ERROR event: its object is a Status, and the stream ends after it. */
static void error_event(struct kube_watch *watch, const struct event *event)
{
	JSON_WORK(work);
	struct error err = {0};
	const cJSON *object =
		json_parse(event->object, event->length, (struct json_limits){.bytes = event->length}, &err);
	if (!text_equal(json_text(object, "kind"), "Status")) {
		broken_because(watch, "an ERROR event without a Status");
		return;
	}
	kube_error_from_status(&err, object, 500);
	broken(watch, &err);
	if (kube_error_is_expired(&err))
		watch->watching = (struct watching){.verdict = VERDICT_EXPIRED};
	else if (err.class == ERROR_THROTTLED)
		watch->watching.verdict = VERDICT_THROTTLED;
}

static bool type_known(const char *type)
{
	return text_equal(type, "ADDED") || text_equal(type, "MODIFIED") || text_equal(type, "DELETED") ||
	       text_equal(type, "BOOKMARK");
}

static bool end_of_first_state(const struct event *event)
{
	JSON_WORK(work);
	struct json_limits limits = {.bytes = event->length};
	const cJSON *annotations =
		json_at(json_parse(event->object, event->length, limits, NULL), "metadata.annotations");
	return text_equal(cJSON_GetStringValue(json_member(annotations, "k8s.io/initial-events-end")), "true");
}

/* What is too long to be kept, or holds escapes, is in no event of an API server. */
static void texts_read(const struct json_pick *picks, struct event *event)
{
	if (!json_pick_text(&picks[PICK_TYPE], event->type, sizeof(event->type)))
		*event->type = '\0';
	if (!json_pick_text(&picks[PICK_KIND], event->kind, sizeof(event->kind)))
		*event->kind = '\0';
	if (!json_pick_text(&picks[PICK_VERSION], event->version, sizeof(event->version)))
		*event->version = '\0';
	event->object = picks[PICK_OBJECT].text;
	event->length = picks[PICK_OBJECT].length;
}

/* Fills event; false when there is nothing to hand on, with the verdict set where the stream is of no more use. */
static bool event_read(struct kube_watch *watch, const char *text, size_t length, struct event *event)
{
	struct json_pick picks[] = {[PICK_TYPE] = {.path = "type"},
		[PICK_OBJECT] = {.path = "object"},
		[PICK_KIND] = {.path = "object.kind"},
		[PICK_VERSION] = {.path = "object.metadata.resourceVersion"}};
	if (!json_pick(text, length, picks, sizeof(picks) / sizeof(picks[0]))) {
		broken_because(watch, "an event that is not a JSON object");
		return false;
	}
	texts_read(picks, event);
	if (text_equal(event->type, "ERROR")) {
		watch_count(watch, K_WATCH_EVENTS, event->type);
		error_event(watch, event);
		return false;
	}
	if (!type_known(event->type) || !*event->version) {
		broken_because(watch,
			type_known(event->type) ? "an event without a resourceVersion" : "an event of an unknown type");
		return false;
	}
	event->end = text_equal(event->type, "BOOKMARK") && end_of_first_state(event);
	return true;
}

static void wrong_kind(struct kube_watch *watch, const struct event *event)
{
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "the watch of %s brought an object of kind \"%.100s\", which was skipped",
		watch->own_list_kind, event->kind);
	error_code(&err, "WrongKind");
	watch_tell(watch, &err);
}

static void event_deliver(struct kube_watch *watch, const struct event *event)
{
	const struct kube_watch_options *options = &watch->options;
	if (text_equal(event->type, "BOOKMARK"))
		return;
	(text_equal(event->type, "DELETED") ? options->removed : options->object)(
		options->arg, event->object, event->length);
}

/* What kind the objects are is learnt from a list, or from the first one of a stream. */
static bool kind_right(struct kube_watch *watch, const struct event *event)
{
	if (!watch->own_kind && *event->kind && !text_equal(event->kind, "Table"))
		watch->own_kind = mem_strdup(event->kind);
	return text_equal(event->kind, watch->own_kind);
}

/* A watch brings what comes after own_version, in order. What it has brought already is no news; something older says that the
 * server's history went back, and then only a list shows what there is. */
static bool version_news(struct kube_watch *watch, const struct event *event)
{
	if (watch->watching.initial)
		return true;
	enum kube_order order = kube_version_order(event->version, watch->own_version);
	if (order == KUBE_OLDER)
		watch->watching.verdict = VERDICT_EXPIRED;
	return order == KUBE_NEWER || order == KUBE_UNORDERED;
}

/* The objects of a first state come in any order, so only the bookmark behind them says where they lead. */
static void version_take(struct kube_watch *watch, const struct event *event)
{
	if (watch->watching.initial && !event->end)
		return;
	text_set(&watch->own_version, event->version);
	watch->watching.progress = watch->watching.news = true;
	if (watch->watching.initial)
		streaming_complete(watch);
}

void watch_event(void *arg, const char *text, size_t length)
{
	struct kube_watch *watch = arg;
	struct event event = {0};
	if (watch->watching.verdict != VERDICT_NONE || !event_read(watch, text, length, &event))
		return;
	if (!kind_right(watch, &event)) {
		wrong_kind(watch, &event);
		return;
	}
	watch_count(watch, K_WATCH_EVENTS, event.type);
	watch->bookmarks += text_equal(event.type, "BOOKMARK");
	if (!version_news(watch, &event))
		return;
	event_deliver(watch, &event);
	version_take(watch, &event);
}

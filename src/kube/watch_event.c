/* The events of a watch. An event is read as a tree first, which proves that it is JSON, and then its object is cut out
 * as text, so that a consumer gets exactly the server's bytes, as it does from a list. */
#include "kube/reflector.h"

#include <assert.h>
#include <string.h>

#include "kube/status.h"

struct event {
	char type[16];
	char *own_version, *own_kind;
	bool end; /* the bookmark behind the first state */
};

static void event_done(struct event *event)
{
	mem_free(event->own_version);
	mem_free(event->own_kind);
}

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
static void error_event(struct kube_watch *watch, const cJSON *object)
{
	struct error err;
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

/* Fills event; false when there is nothing to hand on, with the verdict set where the stream is of no more use. */
static bool event_read(struct kube_watch *watch, const char *text, size_t length, struct event *event)
{
	JSON_WORK(work);
	struct error err = {0};
	const cJSON *tree = json_parse(text, length, (struct json_limits){.bytes = length}, &err);
	if (!tree) {
		broken(watch, &err);
		return false;
	}
	const char *type = json_text_or(tree, "type", "");
	const cJSON *object = json_member(tree, "object");
	if (text_equal(type, "ERROR")) {
		error_event(watch, object);
		return false;
	}
	const char *version = json_text_or(object, "metadata.resourceVersion", "");
	if (!type_known(type) || !*version) {
		broken_because(
			watch, type_known(type) ? "an event without a resourceVersion" : "an event of an unknown type");
		return false;
	}
	text_copy(event->type, sizeof(event->type), type);
	const cJSON *annotations = json_at(object, "metadata.annotations");
	event->end = text_equal(type, "BOOKMARK") &&
	             text_equal(cJSON_GetStringValue(json_member(annotations, "k8s.io/initial-events-end")), "true");
	event->own_version = mem_strdup(version);
	event->own_kind = mem_strdup(json_text_or(object, "kind", ""));
	return true;
}

static const char *string_end(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

/* The end of the value that begins at `at`, in text known to be good JSON. */
static const char *value_end(const char *at)
{
	int depth = 0;
	for (;;) {
		if (depth == 0 && strchr(",}] \t\r\n", *at))
			return at;
		if (*at == '"') {
			at = string_end(at);
			continue;
		}
		depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
		at++;
	}
}

static const char *after_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* The text of member "object" of a JSON object known to be good and to have it. */
static const char *object_text(const char *event, size_t *length)
{
	static const char wanted[] = "\"object\"";
	const char *at = after_space(after_space(event) + 1);
	for (;;) {
		const char *name = at;
		at = string_end(at);
		bool found = (size_t)(at - name) == sizeof(wanted) - 1 && memcmp(name, wanted, sizeof(wanted) - 1) == 0;
		at = after_space(after_space(at) + 1);
		const char *end = value_end(at);
		if (found) {
			*length = (size_t)(end - at);
			return at;
		}
		at = after_space(end);
		assert(*at == ',');
		at = after_space(at + 1);
	}
}

static void wrong_kind(struct kube_watch *watch, const struct event *event)
{
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "the watch of %s brought an object of kind \"%.100s\", which was skipped",
		watch->own_list_kind, event->own_kind);
	error_code(&err, "WrongKind");
	watch_tell(watch, &err);
}

static void event_deliver(struct kube_watch *watch, const struct event *event, const char *text)
{
	const struct kube_watch_options *options = &watch->options;
	if (text_equal(event->type, "BOOKMARK"))
		return;
	size_t length;
	const char *object = object_text(text, &length);
	(text_equal(event->type, "DELETED") ? options->removed : options->object)(options->arg, object, length);
}

/* What kind the objects are is learnt from a list, or from the first one of a stream. */
static bool kind_right(struct kube_watch *watch, const struct event *event)
{
	if (!watch->own_kind && *event->own_kind && !text_equal(event->own_kind, "Table"))
		watch->own_kind = mem_strdup(event->own_kind);
	return text_equal(event->own_kind, watch->own_kind);
}

/* A watch brings what comes after own_version, in order. What it has brought already is no news; something older says that the
 * server's history went back, and then only a list shows what there is. */
static bool version_news(struct kube_watch *watch, const struct event *event)
{
	if (watch->watching.initial)
		return true;
	enum kube_order order = kube_version_order(event->own_version, watch->own_version);
	if (order == KUBE_OLDER)
		watch->watching.verdict = VERDICT_EXPIRED;
	return order == KUBE_NEWER || order == KUBE_UNORDERED;
}

/* The objects of a first state come in any order, so only the bookmark behind them says where they lead. */
static void version_take(struct kube_watch *watch, struct event *event)
{
	if (watch->watching.initial && !event->end)
		return;
	mem_free(watch->own_version);
	watch->own_version = TAKE(event->own_version);
	watch->watching.progress = watch->watching.news = true;
	if (watch->watching.initial)
		streaming_complete(watch);
}

void watch_event(void *arg, const char *text, size_t length)
{
	struct kube_watch *watch = arg;
	struct event event __attribute__((cleanup(event_done))) = {0};
	if (watch->watching.verdict != VERDICT_NONE || !event_read(watch, text, length, &event))
		return;
	if (!kind_right(watch, &event)) {
		wrong_kind(watch, &event);
		return;
	}
	watch->bookmarks += text_equal(event.type, "BOOKMARK");
	if (!version_news(watch, &event))
		return;
	event_deliver(watch, &event, text);
	version_take(watch, &event);
}

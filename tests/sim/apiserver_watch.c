/* Watches: what is told to whom, and how far each has heard. */
#include "sim/apiserver_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOOKMARK_MS = 60000, NOTICED_MS = 630000 };

void apiserver_event_free(void *value)
{
	struct apiserver_event *event = value;

	mem_free(event->own_text);
	mem_free(event);
}

bool apiserver_in_namespace(const struct fake_call *call, const cJSON *object)
{
	char part[128];

	if (!strstr(call->path, "/namespaces/"))
		return true;
	snprintf(part, sizeof(part), "/namespaces/%s/", json_text(object, "metadata.namespace"));
	return strstr(call->path, part) != NULL;
}

static void watch_send(struct fake_call *call, const char *type, const char *object)
{
	AUTO_FREE char *line = mem_printf("{\"type\":\"%s\",\"object\":%s}\n", type, object);

	fake_chunk(call, line, strlen(line));
}

static void watches_drop_gone(struct apiserver *server)
{
	for (size_t i = server->watches.count; i-- > 0;) {
		struct fake_call *call = server->watches.own_items[i];

		if (call->gone) {
			vec_remove_at(&server->watches, i);
			fake_end(call);
		}
	}
}

uint64_t apiserver_since(const struct fake_call *call)
{
	char text[32];

	return fake_query(call, "resourceVersion", text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/* call->data counts the events that the watch has been told. */
static void watch_flush(struct apiserver *server, struct fake_call *call)
{
	size_t told = (size_t)(uintptr_t)call->data;

	for (; told < server->log.count; told++) {
		const struct apiserver_event *event = server->log.own_items[told];
		JSON_WORK(work);

		if (event->version > apiserver_since(call) &&
			apiserver_in_namespace(call, json_parse_text(event->own_text)))
			watch_send(call, event->type, event->own_text);
	}
	call->data = (void *)(uintptr_t)told;
}

static void on_flush(void *arg)
{
	struct apiserver *server = arg;

	watches_drop_gone(server);
	for (size_t i = 0; i < server->watches.count; i++)
		watch_flush(server, server->watches.own_items[i]);
}

/* The newest event is as good as told. */
static void skip_event(struct apiserver *server, struct fake_call *call)
{
	size_t told = (size_t)(uintptr_t)call->data;

	if (told + 1 == server->log.count)
		call->data = (void *)(uintptr_t)(told + 1);
}

void apiserver_publish(struct apiserver *server, const char *type, const cJSON *object)
{
	struct apiserver_event *event = mem_alloc(sizeof(*event));

	event->version = server->version;
	event->type = type;
	event->own_text = json_print_owned(object);
	vec_add(&server->log, event);
	if (server->skip_events > 0) {
		server->skip_events--;
		for (size_t i = 0; i < server->watches.count; i++)
			skip_event(server, server->watches.own_items[i]);
	}
	if (server->watch_lag_ms == 0)
		on_flush(server);
	else if (!timer_armed(&server->flush))
		timer_start(&server->loop->loop, &server->flush, server->watch_lag_ms, on_flush, server);
}

static void on_bookmarks(void *arg)
{
	struct apiserver *server = arg;
	AUTO_FREE char *object = mem_printf("{\"kind\":\"TFLoadBalancer\",\"apiVersion\":\"tflb.dev/v1alpha1\","
					    "\"metadata\":{\"resourceVersion\":\"%llu\"}}",
		(unsigned long long)server->version);

	on_flush(server);
	shelf_bookmark(&server->policies, server->version);
	shelf_bookmark(&server->namespaces, server->version);
	for (size_t i = 0; i < server->watches.count; i++) {
		if (apiserver_since(server->watches.own_items[i]) <= server->version)
			watch_send(server->watches.own_items[i], "BOOKMARK", object);
	}
	apiserver_bookmarks(server);
}

void apiserver_bookmarks(struct apiserver *server)
{
	timer_start(&server->loop->loop, &server->bookmarks, BOOKMARK_MS, on_bookmarks, server);
}

void apiserver_drop_watches(struct apiserver *server)
{
	for (size_t i = 0; i < server->watches.count; i++)
		fake_end(server->watches.own_items[i]);
	vec_done(&server->watches, NULL);
	server->watches = (struct vec){0};
	shelf_drop_watches(&server->policies);
	shelf_drop_watches(&server->namespaces);
}

void apiserver_tell(struct apiserver *server, const char *text)
{
	for (size_t i = 0; i < server->watches.count; i++)
		fake_chunk(server->watches.own_items[i], text, strlen(text));
}

void apiserver_repeat(struct apiserver *server, size_t back)
{
	const struct apiserver_event *event;

	if (server->log.count <= back)
		return;
	event = server->log.own_items[server->log.count - 1 - back];
	for (size_t i = 0; i < server->watches.count; i++)
		watch_send(server->watches.own_items[i], event->type, event->own_text);
}

void apiserver_break_watches(struct apiserver *server)
{
	for (size_t i = 0; i < server->watches.count; i++)
		fake_drop(server->watches.own_items[i]);
	vec_done(&server->watches, NULL);
	server->watches = (struct vec){0};
}

void apiserver_silence_watches(struct apiserver *server)
{
	for (size_t i = 0; i < server->watches.count; i++)
		vec_add(&server->silent, server->watches.own_items[i]);
	vec_done(&server->watches, NULL);
	server->watches = (struct vec){0};
	server->silent_since = server->loop->now_ms;
}

bool apiserver_is_unheard(const struct apiserver *server)
{
	for (size_t i = 0; server->loop->now_ms - server->silent_since < NOTICED_MS && i < server->silent.count; i++) {
		if (!((struct fake_call *)server->silent.own_items[i])->gone)
			return true;
	}
	return false;
}

void apiserver_compact(struct apiserver *server)
{
	server->compacted = server->version;
	vec_done(&server->log, apiserver_event_free);
	server->log = (struct vec){0};
	apiserver_drop_watches(server);
}

/* Every object as if it were new, and a marked bookmark; the watch goes on from there. */
static void watch_initial(struct apiserver *server, struct fake_call *call)
{
	fake_head(call, 200, "application/json", 0);
	for (size_t i = 0; i < server->objects.count; i++) {
		const char *text = server->objects.own_entries[i].value;

		if (apiserver_in_namespace(call, json_parse_text(text)))
			watch_send(call, "ADDED", text);
	}
	AUTO_FREE char *end = mem_printf("{\"kind\":\"TFLoadBalancer\",\"apiVersion\":\"tflb.dev/v1alpha1\","
					 "\"metadata\":{\"resourceVersion\":\"%llu\",\"annotations\":{"
					 "\"k8s.io/initial-events-end\":\"true\"}}}",
		(unsigned long long)server->version);

	watch_send(call, "BOOKMARK", end);
	call->data = (void *)(uintptr_t)server->log.count;
	vec_add(&server->watches, call);
}

void apiserver_watch(struct apiserver *server, struct fake_call *call)
{
	size_t told;

	if (strstr(call->query, "sendInitialEvents=true")) {
		watch_initial(server, call);
		return;
	}
	fake_head(call, 200, "application/json", 0);
	if (apiserver_since(call) < server->compacted) {
		watch_send(call, "ERROR",
			"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":"
			"\"too old resource version\",\"reason\":\"Expired\",\"code\":410}");
		fake_end(call);
		return;
	}
	for (told = 0; told < server->log.count; told++) {
		if (((struct apiserver_event *)server->log.own_items[told])->version > apiserver_since(call))
			break;
	}
	call->data = (void *)(uintptr_t)told;
	watch_flush(server, call);
	vec_add(&server->watches, call);
}

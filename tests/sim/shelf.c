/* The shelf. Its history is kept whole: a watch goes on where it left off. */
#include "sim/shelf.h"

#include <stdlib.h>
#include <string.h>

struct shelf_event {
	uint64_t version;
	const char *type;
	char *own_text;
};

static void event_free(void *value)
{
	struct shelf_event *event = value;

	mem_free(event->own_text);
	mem_free(event);
}

static void watch_send(struct fake_call *call, const char *type, const char *object)
{
	AUTO_FREE char *line = mem_printf("{\"type\":\"%s\",\"object\":%s}\n", type, object);

	fake_chunk(call, line, strlen(line));
}

static void drop_gone(struct shelf *shelf)
{
	for (size_t i = shelf->watches.count; i-- > 0;) {
		struct fake_call *call = shelf->watches.own_items[i];

		if (!call->gone)
			continue;
		vec_remove_at(&shelf->watches, i);
		fake_end(call);
	}
}

static void publish(struct shelf *shelf, const char *type, const char *text, uint64_t version)
{
	struct shelf_event *event = mem_alloc(sizeof(*event));

	*event = (struct shelf_event){version, type, mem_strdup(text)};
	vec_add(&shelf->log, event);
	drop_gone(shelf);
	for (size_t i = 0; i < shelf->watches.count; i++)
		watch_send(shelf->watches.own_items[i], type, text);
}

static void put(struct shelf *shelf, const char *name, cJSON *object, uint64_t version)
{
	char *before;

	json_set_text(object, "kind", shelf->kind);
	json_set_text(object, "apiVersion", shelf->api_version);
	json_setf(json_member(object, "metadata"), "resourceVersion", "%llu", (unsigned long long)version);
	before = map_put(&shelf->objects, name, json_print_owned(object));
	publish(shelf, before ? "MODIFIED" : "ADDED", map_find(&shelf->objects, name), version);
	mem_free(before);
}

void shelf_put(struct shelf *shelf, const char *name, const cJSON *object, uint64_t version)
{
	AUTO_FREE char *before = NULL;

	if (object) {
		put(shelf, name, json_copy(object), version);
		return;
	}
	before = map_remove(&shelf->objects, name);
	if (before)
		publish(shelf, "DELETED", before, version);
}

static void list(struct shelf *shelf, struct fake_call *call, uint64_t version)
{
	AUTO_STR struct str text = {0};

	str_addf(&text,
		"{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"%llu\"},\"items\":[",
		shelf->kind, shelf->api_version, (unsigned long long)version);
	for (size_t i = 0; i < shelf->objects.count; i++)
		str_addf(&text, "%s%s", i ? "," : "", (const char *)shelf->objects.own_entries[i].value);
	str_adds(&text, "]}");
	fake_answer(call, 200, "application/json", str_text(&text));
}

static void send_bookmark(const struct shelf *shelf, struct fake_call *call, uint64_t version, bool initial)
{
	AUTO_FREE char *object =
		mem_printf("{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"%llu\"%s}}",
			shelf->kind, shelf->api_version, (unsigned long long)version,
			initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");

	watch_send(call, "BOOKMARK", object);
}

static void watch(struct shelf *shelf, struct fake_call *call, uint64_t version)
{
	char since[32] = "0";

	fake_head(call, 200, "application/json", 0);
	if (strstr(call->query, "sendInitialEvents=true")) {
		for (size_t i = 0; i < shelf->objects.count; i++)
			watch_send(call, "ADDED", shelf->objects.own_entries[i].value);
		send_bookmark(shelf, call, version, true);
		vec_add(&shelf->watches, call);
		return;
	}
	fake_query(call, "resourceVersion", since, sizeof(since));
	for (size_t i = 0; i < shelf->log.count; i++) {
		const struct shelf_event *event = shelf->log.own_items[i];

		if (event->version > strtoull(since, NULL, 10))
			watch_send(call, event->type, event->own_text);
	}
	vec_add(&shelf->watches, call);
}

bool shelf_request(struct shelf *shelf, struct fake_call *call, uint64_t version)
{
	if (!text_equal(call->path, shelf->path) || !text_equal(call->method, "GET"))
		return false;
	if (strstr(call->query, "watch=1") || strstr(call->query, "watch=true"))
		watch(shelf, call, version);
	else
		list(shelf, call, version);
	return true;
}

void shelf_bookmark(struct shelf *shelf, uint64_t version)
{
	drop_gone(shelf);
	for (size_t i = 0; i < shelf->watches.count; i++)
		send_bookmark(shelf, shelf->watches.own_items[i], version, false);
}

void shelf_drop_watches(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->watches.count; i++)
		fake_end(shelf->watches.own_items[i]);
	vec_done(&shelf->watches, NULL);
	shelf->watches = (struct vec){0};
}

void shelf_done(struct shelf *shelf)
{
	shelf_drop_watches(shelf);
	vec_done(&shelf->log, event_free);
	map_done(&shelf->objects, mem_free);
}

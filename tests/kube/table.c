/* tflb-table [--kubeconfig FILE] PATH...: what a consumer of kube's watches knows, as a program. It watches each collection
 * with the real transport and keeps a table of its objects; nothing but the public interfaces of kube and net is used. One
 * line of JSON asks, one answers:
 *
 *   {"table": true}              -> {"counts": {...}, "listed": BOOL, "objects": {"PATH": {"namespace/name": {...}}}}
 *   {"get": PATH, "times": N}    -> {"answered": N, "failed": {"CODE": N}}; all N are asked at once
 *
 * It ends when its input does. Trouble is told on standard error as it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "kube/kube.h"
#include "net/uv_loop.h"

enum { OBJECT_MAX = 3 << 19, LINE_MAX_BYTES = 4096, DIGEST = 20 };

struct object {
	char *own_uid, *own_version;
	char digest[DIGEST + 1]; /* of the spec as canonical text */
	int64_t deliveries;
	uint64_t list; /* that brought it last */
};

/* What came by a watch, in numbers. */
struct counts {
	int64_t lists, lists_ended, objects, removed;
	int64_t twice;   /* outside of a list: the version that is known already */
	int64_t back;    /* outside of a list: an older one */
	int64_t unknown; /* removed, but not known; outside of a list */
	int64_t unreadable;
	int64_t vanished; /* known, but not in the list */
};

struct collection {
	struct table *table;
	const char *path;
	struct map objects; /* "namespace/name" -> struct object */
	struct kube_watch *watch;
	bool listing;
	uint64_t list;
};

struct table {
	struct loop *loop;
	int64_t began_ms;
	struct kube *kube;
	struct vec collections;
	struct counts counts;
	struct map troubles; /* code -> times, as a pointer's value */
	uv_poll_t input;
	char line[LINE_MAX_BYTES];
	size_t length;
};

static void object_free(void *value)
{
	struct object *object = value;

	mem_free(object->own_uid);
	mem_free(object->own_version);
	mem_free(object);
}

static void count_up(struct map *map, const char *key)
{
	map_put(map, key, (void *)((uintptr_t)map_find(map, key) + 1));
}

static void add_counts(cJSON *to, const struct map *map)
{
	for (size_t i = 0; i < map->count; i++)
		json_set_int(to, map->own_entries[i].own_key, (int64_t)(uintptr_t)map->own_entries[i].value);
}

/* --- what the watch says --- */

/* A line for whoever looks into a failed case. */
static void note(const struct collection *collection, const char *what, const char *more)
{
	double now = (double)(loop_now(collection->table->loop) - collection->table->began_ms) / 1000;

	fprintf(stderr, "%7.3f %s: %s%s%s\n", now, collection->path, what, *more ? ": " : "", more);
}

static void on_list_begin(void *arg)
{
	struct collection *collection = arg;

	collection->listing = true;
	collection->list++;
	collection->table->counts.lists++;
	note(collection, "list begins", "");
}

/* Texts of digits, as the API server's are. */
static int version_compare(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a != length_b)
		return length_a > length_b ? 1 : -1;
	return strcmp(a, b);
}

static char *key_of(const cJSON *tree)
{
	const char *name = json_text(tree, "metadata.name");

	return name ? arena_printf(json_arena(), "%s/%s", json_text_or(tree, "metadata.namespace", ""), name) : NULL;
}

static void text_keep(char **own, const char *text)
{
	mem_free(*own);
	*own = mem_strdup(text);
}

static struct object *object_at(struct collection *collection, const char *key)
{
	struct object *object = map_find(&collection->objects, key);

	if (!object) {
		object = mem_alloc(sizeof(*object));
		map_put(&collection->objects, key, object);
	}
	return object;
}

/* A list is the truth, whatever was known; between lists a version must be newer than the one before it. */
static bool is_news(struct collection *collection, const struct object *object, const char *uid, const char *version)
{
	struct counts *counts = &collection->table->counts;
	int order;

	if (collection->listing || !object->own_version)
		return true;
	order = version_compare(version, object->own_version);
	counts->twice += order == 0 && text_equal(uid, object->own_uid);
	counts->back += order < 0;
	return order > 0;
}

static void on_object(void *arg, const char *text, size_t length)
{
	struct collection *collection = arg;
	JSON_WORK(work);
	const cJSON *tree = json_parse(text, length, (struct json_limits){0}, NULL);
	const char *key = key_of(tree), *version = json_text_or(tree, "metadata.resourceVersion", "");
	const char *uid = json_text_or(tree, "metadata.uid", "");
	struct object *object;

	collection->table->counts.objects++;
	if (!key) {
		collection->table->counts.unreadable++;
		return;
	}
	object = object_at(collection, key);
	object->list = collection->list;
	object->deliveries++;
	if (!is_news(collection, object, uid, version))
		return;
	text_keep(&object->own_uid, uid);
	text_keep(&object->own_version, version);
	const char *spec = json_has(tree, "spec") ? json_print_canonical(json_member(tree, "spec")) : "";

	digest_base32(spec, strlen(spec), object->digest, DIGEST);
}

static void on_removed(void *arg, const char *text, size_t length)
{
	struct collection *collection = arg;
	JSON_WORK(work);
	const cJSON *tree = json_parse(text, length, (struct json_limits){0}, NULL);
	const char *key = key_of(tree);
	const struct object *object = key ? map_find(&collection->objects, key) : NULL;

	collection->table->counts.removed++;
	if (object && text_equal(object->own_uid, json_text(tree, "metadata.uid")))
		object_free(map_remove(&collection->objects, key));
	else
		collection->table->counts.unknown += !collection->listing;
}

static void on_list_end(void *arg)
{
	struct collection *collection = arg;

	collection->listing = false;
	collection->table->counts.lists_ended++;
	note(collection, "list ends", "");
	for (size_t i = collection->objects.count; i-- > 0;) {
		const struct object *object = collection->objects.own_entries[i].value;

		if (object->list == collection->list)
			continue;
		object_free(map_remove(&collection->objects, collection->objects.own_entries[i].own_key));
		collection->table->counts.vanished++;
	}
}

static void on_trouble(void *arg, const struct error *err)
{
	struct collection *collection = arg;
	const char *code = err && *err->code ? err->code : "unnamed";

	note(collection, err ? code : "well", err ? err->message : "");
	if (err)
		count_up(&collection->table->troubles, code);
}

static void collection_watch(struct table *table, const char *path)
{
	struct collection *collection = mem_alloc(sizeof(*collection));
	struct kube_watch_options options = {
		.path = path,
		.list_kind = strrchr(path, '/') + 1,
		.object_max = OBJECT_MAX,
		.list_begin = on_list_begin,
		.object = on_object,
		.removed = on_removed,
		.list_end = on_list_end,
		.trouble = on_trouble,
		.arg = collection,
	};

	collection->table = table;
	collection->path = path;
	vec_add(&table->collections, collection);
	collection->watch = kube_watch_new(table->kube, &options);
}

static void collection_free(void *value)
{
	struct collection *collection = value;

	map_done(&collection->objects, object_free);
	mem_free(collection);
}

/* --- questions --- */

static void say(const cJSON *answer)
{
	puts(json_print(answer));
	fflush(stdout);
}

static cJSON *counts_tree(const struct table *table)
{
	const struct counts *counts = &table->counts;
	cJSON *tree = cJSON_CreateObject();

	json_set_int(tree, "lists", counts->lists);
	json_set_int(tree, "listsEnded", counts->lists_ended);
	json_set_int(tree, "objects", counts->objects);
	json_set_int(tree, "removed", counts->removed);
	json_set_int(tree, "twice", counts->twice);
	json_set_int(tree, "back", counts->back);
	json_set_int(tree, "unknown", counts->unknown);
	json_set_int(tree, "unreadable", counts->unreadable);
	json_set_int(tree, "vanished", counts->vanished);
	add_counts(json_set_object(tree, "troubles"), &table->troubles);
	return tree;
}

static void add_objects(cJSON *to, const struct collection *collection)
{
	for (size_t i = 0; i < collection->objects.count; i++) {
		const struct object *object = collection->objects.own_entries[i].value;
		cJSON *tree = json_set_object(to, collection->objects.own_entries[i].own_key);

		json_set_text(tree, "uid", object->own_uid);
		json_set_text(tree, "version", object->own_version);
		json_set_text(tree, "digest", object->digest);
		json_set_int(tree, "deliveries", object->deliveries);
	}
}

/* Every collection was listed, and none is being listed again. */
static bool all_listed(const struct table *table)
{
	for (size_t i = 0; i < table->collections.count; i++) {
		const struct collection *collection = table->collections.own_items[i];

		if (collection->listing || collection->list == 0)
			return false;
	}
	return true;
}

static void say_table(const struct table *table)
{
	cJSON *answer = cJSON_CreateObject(), *objects;

	json_set(answer, "counts", counts_tree(table));
	json_set_bool(answer, "listed", all_listed(table));
	objects = json_set_object(answer, "objects");
	for (size_t i = 0; i < table->collections.count; i++) {
		const struct collection *collection = table->collections.own_items[i];

		add_objects(json_set_object(objects, collection->path), collection);
	}
	say(answer);
}

/* Many GETs at once. */
struct burst {
	int64_t left, answered;
	struct map failed;
};

static void on_got(void *arg, const char *body, size_t length, const struct error *err)
{
	struct burst *burst = arg;

	burst->answered += err == NULL;
	if (err)
		count_up(&burst->failed, *err->code ? err->code : "unnamed");
	if (--burst->left > 0)
		return;
	JSON_WORK(work);
	cJSON *answer = cJSON_CreateObject();

	json_set_int(answer, "answered", burst->answered);
	add_counts(json_set_object(answer, "failed"), &burst->failed);
	say(answer);
	map_done(&burst->failed, NULL);
	mem_free(burst);
}

static void get_many(struct table *table, const char *path, int64_t times)
{
	struct burst *burst = mem_alloc(sizeof(*burst));
	struct kube_request request = {.method = "GET", .path = path};

	burst->left = times;
	for (int64_t i = 0; i < times; i++)
		kube_send(table->kube, &request, on_got, burst);
}

static void obey(struct table *table, const char *line)
{
	JSON_WORK(work);
	const cJSON *command = json_parse_text(line);

	if (json_text(command, "get"))
		get_many(table, json_text(command, "get"), json_int(command, "times", 1));
	else
		say_table(table);
}

/* Whole lines are obeyed; what is left of the last one stays. */
static void lines_obey(struct table *table)
{
	char *end;

	while ((end = memchr(table->line, '\n', table->length))) {
		size_t taken = (size_t)(end - table->line) + 1;

		*end = '\0';
		obey(table, table->line);
		table->length -= taken;
		memmove(table->line, end + 1, table->length);
	}
}

static void on_input(uv_poll_t *poll, int status, int events)
{
	struct table *table = poll->data;
	ssize_t got = read(STDIN_FILENO, table->line + table->length, sizeof(table->line) - table->length);

	if (got <= 0) {
		uv_poll_stop(poll);
		net_loop_stop(table->loop);
		return;
	}
	table->length += (size_t)got;
	lines_obey(table);
}

/* --- life --- */

static void run(struct table *table, char **paths, const struct kube_config *config)
{
	struct http *http;

	table->loop = net_loop_new();
	table->began_ms = loop_now(table->loop);
	http = net_http_new(table->loop, "tflb-table", NULL);
	table->kube = kube_new(table->loop, env_system(), http, config);
	for (; *paths; paths++)
		collection_watch(table, *paths);
	uv_poll_init(net_loop_uv(table->loop), &table->input, STDIN_FILENO);
	table->input.data = table;
	uv_poll_start(&table->input, UV_READABLE, on_input);
	net_loop_run(table->loop);
	uv_close((uv_handle_t *)&table->input, NULL);
	kube_free(table->kube);
	net_http_free(http);
	net_loop_free(table->loop);
	vec_done(&table->collections, collection_free);
	map_done(&table->troubles, NULL);
}

int main(int argc, char **argv)
{
	struct kube_config_options where = {0};
	struct kube_config config = {0};
	struct table table = {0};
	struct error err = {0};
	char **paths = argv + 1;

	if (*paths && text_equal(*paths, "--kubeconfig") && paths[1]) {
		where.path = paths[1];
		paths += 2;
	}
	if (!*paths || **paths != '/') {
		fputs("usage: tflb-table [--kubeconfig FILE] PATH...\n", stderr);
		return 2;
	}
	if (!kube_config_load(env_system(), &where, &config, &err)) {
		fprintf(stderr, "tflb-table: %s\n", err.message);
		return 1;
	}
	run(&table, paths, &config);
	kube_config_done(&config);
	return 0;
}

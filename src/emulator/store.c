#include "emulator/store.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/kind.h"
#include "emulator/link.h"

/* Somebody who refers to something. */
struct use {
	char *own_by;
	int64_t until; /* INT64_MAX while it really does; a stale one is still shown until then */
};

static void use_free(void *value)
{
	struct use *use = value;

	mem_free(use->own_by);
	mem_free(use);
}

static void uses_free(void *value)
{
	struct vec *uses = value;

	vec_done(uses, use_free);
	mem_free(uses);
}

static void resource_free(void *value)
{
	struct emu_resource *resource = value;

	if (resource->kind->forget)
		resource->kind->forget(resource);
	mem_free(resource->own_path);
	mem_free(resource->own_body);
	mem_free(resource->own_operation);
	vec_done(&resource->links, mem_free);
	mem_free(resource);
}

static void shelf_free(void *value)
{
	struct emu_shelf *shelf = value;

	mem_free(shelf->own_items);
	mem_free(shelf);
}

/* The place where path stands or would stand on the shelf. */
static size_t shelf_place(const struct emu_shelf *shelf, const char *path)
{
	size_t low = 0, high = shelf->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(shelf->own_items[middle]->own_path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct emu_shelf *shelf_of(struct emu_store *store, const char *path)
{
	const char *collection = emu_link_parent(path);
	struct emu_shelf *shelf = map_find(&store->shelves, collection);

	if (!shelf) {
		shelf = mem_alloc(sizeof(*shelf));
		map_put(&store->shelves, collection, shelf);
	}
	return shelf;
}

static void shelf_insert(struct emu_shelf *shelf, struct emu_resource *resource)
{
	size_t at = shelf_place(shelf, resource->own_path);

	if (shelf->count == shelf->capacity) {
		shelf->capacity = shelf->capacity ? shelf->capacity * 2 : 8;
		shelf->own_items = mem_resize(shelf->own_items, shelf->capacity * sizeof(shelf->own_items[0]));
	}
	memmove(&shelf->own_items[at + 1], &shelf->own_items[at], (shelf->count - at) * sizeof(shelf->own_items[0]));
	shelf->own_items[at] = resource;
	shelf->count++;
}

static void shelf_remove(struct emu_shelf *shelf, const struct emu_resource *resource)
{
	size_t at = shelf_place(shelf, resource->own_path);

	shelf->count--;
	memmove(&shelf->own_items[at], &shelf->own_items[at + 1], (shelf->count - at) * sizeof(shelf->own_items[0]));
}

struct emu_resource *emu_store_find(const struct emu_store *store, const char *path)
{
	return map_find(&store->resources, path);
}

struct emu_resource *emu_store_add(struct emu_store *store, const struct emu_kind *kind, const char *path)
{
	struct emu_resource *resource = mem_alloc(sizeof(*resource));

	resource->own_path = mem_strdup(path);
	resource->kind = kind;
	resource->own_body = mem_strdup("{}");
	map_put(&store->resources, path, resource);
	shelf_insert(shelf_of(store, path), resource);
	return resource;
}

static struct vec *uses_of(struct emu_store *store, const char *path)
{
	struct vec *uses = map_find(&store->uses, path);

	if (!uses) {
		uses = mem_alloc(sizeof(*uses));
		map_put(&store->uses, path, uses);
	}
	return uses;
}

static void use_begin(struct emu_store *store, const char *path, const char *by)
{
	struct vec *uses = uses_of(store, path);
	struct use *use;

	for (size_t i = 0; i < uses->count; i++) {
		use = uses->own_items[i];
		if (!strcmp(use->own_by, by)) {
			use->until = INT64_MAX;
			return;
		}
	}
	use = mem_alloc(sizeof(*use));
	use->own_by = mem_strdup(by);
	use->until = INT64_MAX;
	vec_add(uses, use);
}

/* Drops what no longer has to be shown, so that the lists stay as short as the truth. */
static void uses_tidy(struct emu_store *store, const char *path, int64_t now)
{
	struct vec *uses = map_find(&store->uses, path);

	for (size_t i = uses ? uses->count : 0; i-- > 0;) {
		struct use *use = uses->own_items[i];

		if (use->until <= now) {
			use_free(use);
			vec_remove_at(uses, i);
		}
	}
	if (uses && !uses->count)
		uses_free(map_remove(&store->uses, path));
}

static void use_end(struct emu_store *store, const char *path, const char *by, int64_t until)
{
	struct vec *uses = map_find(&store->uses, path);

	for (size_t i = 0; i < (uses ? uses->count : 0); i++) {
		struct use *use = uses->own_items[i];

		if (!strcmp(use->own_by, by))
			use->until = until;
	}
}

void emu_store_set_links(
	struct emu_store *store, struct emu_resource *resource, const cJSON *paths, int64_t now, int64_t lag_ms)
{
	struct vec before = resource->links;
	const cJSON *path;

	for (size_t i = 0; i < before.count; i++)
		use_end(store, before.own_items[i], resource->own_path, now + lag_ms);
	resource->links = (struct vec){0};
	cJSON_ArrayForEach(path, paths)
	{
		vec_add(&resource->links, mem_strdup(path->valuestring));
		use_begin(store, path->valuestring, resource->own_path);
	}
	for (size_t i = 0; i < before.count; i++)
		uses_tidy(store, before.own_items[i], now);
	vec_done(&before, mem_free);
}

cJSON *emu_resource_links(const struct emu_resource *resource)
{
	cJSON *paths = cJSON_CreateArray();

	for (size_t i = 0; i < resource->links.count; i++)
		json_add_text(paths, resource->links.own_items[i]);
	return paths;
}

cJSON *emu_store_users(const struct emu_store *store, const char *path, int64_t now)
{
	const struct vec *uses = map_find(&store->uses, path);
	cJSON *users = cJSON_CreateArray();

	for (size_t i = 0; i < (uses ? uses->count : 0); i++) {
		const struct use *use = uses->own_items[i];

		if (use->until > now)
			json_add_text(users, use->own_by);
	}
	return users;
}

void emu_store_remove(struct emu_store *store, struct emu_resource *resource, int64_t now, int64_t lag_ms)
{
	emu_store_set_links(store, resource, NULL, now, lag_ms);
	shelf_remove(shelf_of(store, resource->own_path), resource);
	map_remove(&store->resources, resource->own_path);
	resource_free(resource);
}

const struct emu_shelf *emu_store_shelf(const struct emu_store *store, const char *collection_path)
{
	return map_find(&store->shelves, collection_path);
}

void emu_store_done(struct emu_store *store)
{
	map_done(&store->resources, resource_free);
	map_done(&store->shelves, shelf_free);
	map_done(&store->uses, uses_free);
}

void emu_resource_set_body(struct emu_resource *resource, const cJSON *body)
{
	mem_free(resource->own_body);
	resource->own_body = json_print_owned(body);
}

cJSON *emu_resource_body(const struct emu_resource *resource)
{
	return json_parse_text(resource->own_body);
}

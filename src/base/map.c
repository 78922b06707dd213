/* A hash table with dense entries: slots hold indexes + 1 into them, probing is linear. */
#include "base/map.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

static size_t slot_of(const struct map *map, const char *key, bool *found)
{
	size_t slot = hash_text(key) & (map->slot_count - 1);

	*found = false;
	while (map->own_slots[slot]) {
		if (strcmp(map->own_entries[map->own_slots[slot] - 1].own_key, key) == 0) {
			*found = true;
			break;
		}
		slot = (slot + 1) & (map->slot_count - 1);
	}
	return slot;
}

static void rebuild(struct map *map, size_t slot_count)
{
	mem_free(map->own_slots);
	map->slot_count = slot_count;
	map->own_slots = mem_alloc(slot_count * sizeof(*map->own_slots));
	for (size_t i = 0; i < map->count; i++) {
		bool found;
		map->own_slots[slot_of(map, map->own_entries[i].own_key, &found)] = (unsigned)i + 1;
	}
}

void *map_find(const struct map *map, const char *key)
{
	bool found = false;
	size_t slot = map->slot_count ? slot_of(map, key, &found) : 0;

	return found ? map->own_entries[map->own_slots[slot] - 1].value : NULL;
}

static void grow(struct map *map)
{
	if (map->count == map->capacity) {
		map->capacity = map->capacity ? map->capacity * 2 : 8;
		map->own_entries = mem_resize(map->own_entries, map->capacity * sizeof(*map->own_entries));
	}
	if (map->count * 2 >= map->slot_count)
		rebuild(map, map->slot_count ? map->slot_count * 2 : 16);
}

void *map_put(struct map *map, const char *key, void *value)
{
	bool found;
	size_t slot;

	grow(map);
	slot = slot_of(map, key, &found);
	if (found) {
		struct map_entry *entry = &map->own_entries[map->own_slots[slot] - 1];
		void *before = entry->value;

		entry->value = value;
		return before;
	}
	map->own_entries[map->count] = (struct map_entry){mem_strdup(key), value};
	map->own_slots[slot] = (unsigned)++map->count;
	return NULL;
}

/* Closes the gap that an emptied slot leaves in a run of probed slots. */
static void close_gap(struct map *map, size_t gap)
{
	size_t mask = map->slot_count - 1;

	for (size_t at = (gap + 1) & mask; map->own_slots[at]; at = (at + 1) & mask) {
		size_t home = hash_text(map->own_entries[map->own_slots[at] - 1].own_key) & mask;

		if (((at - home) & mask) >= ((at - gap) & mask)) {
			map->own_slots[gap] = map->own_slots[at];
			map->own_slots[at] = 0;
			gap = at;
		}
	}
}

void *map_remove(struct map *map, const char *key)
{
	bool found = false;
	size_t slot = map->slot_count ? slot_of(map, key, &found) : 0;
	size_t index, last;
	char *own_key;
	void *value;

	if (!found)
		return NULL;
	index = map->own_slots[slot] - 1;
	last = map->count - 1;
	own_key = map->own_entries[index].own_key;
	value = map->own_entries[index].value;
	if (index != last) {
		size_t moved = slot_of(map, map->own_entries[last].own_key, &found);
		map->own_slots[moved] = (unsigned)index + 1;
	}
	map->own_slots[slot] = 0;
	map->own_entries[index] = map->own_entries[last];
	map->count = last;
	close_gap(map, slot);
	mem_free(own_key);
	return value;
}

void map_done(struct map *map, void (*free_value)(void *value))
{
	for (size_t i = 0; i < map->count; i++) {
		mem_free(map->own_entries[i].own_key);
		if (free_value)
			free_value(map->own_entries[i].value);
	}
	mem_free(map->own_entries);
	mem_free(map->own_slots);
	*map = (struct map){0};
}

void vec_add(struct vec *vec, void *item)
{
	if (vec->count == vec->capacity) {
		vec->capacity = vec->capacity ? vec->capacity * 2 : 8;
		vec->own_items = mem_resize(vec->own_items, vec->capacity * sizeof(*vec->own_items));
	}
	vec->own_items[vec->count++] = item;
}

void vec_remove_at(struct vec *vec, size_t index)
{
	memmove(&vec->own_items[index], &vec->own_items[index + 1], (vec->count - index - 1) * sizeof(*vec->own_items));
	vec->count--;
}

void vec_done(struct vec *vec, void (*free_item)(void *item))
{
	for (size_t i = 0; free_item && i < vec->count; i++)
		free_item(vec->own_items[i]);
	mem_free(vec->own_items);
	*vec = (struct vec){0};
}

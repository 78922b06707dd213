/* A hash table and a growing array. The table is open addressing over slots that hold the place of an entry + 1 (0: free);
 * the entries themselves are dense. Invariant: at most half of the slots are used, so that a search always ends. */
#include "base/map.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

/* The slot that holds key, or the free one where it belongs. */
static size_t slot_of(const struct map *map, const char *key)
{
	size_t mask = map->slot_count - 1;
	size_t slot = hash_text(key) & mask;
	while (map->own_slots[slot] != 0 && strcmp(map->own_entries[map->own_slots[slot] - 1].own_key, key) != 0)
		slot = (slot + 1) & mask;
	return slot;
}

static void grow_slots(struct map *map)
{
	mem_free(map->own_slots);
	map->slot_count = map->slot_count > 0 ? map->slot_count * 2 : 16;
	assert(map->slot_count < UINT_MAX);
	map->own_slots = mem_alloc(map->slot_count * sizeof(*map->own_slots));
	for (size_t i = 0; i < map->count; i++)
		map->own_slots[slot_of(map, map->own_entries[i].own_key)] = (unsigned)i + 1;
}

void *map_find(const struct map *map, const char *key)
{
	if (map->count == 0)
		return NULL;
	unsigned place = map->own_slots[slot_of(map, key)];
	return place != 0 ? map->own_entries[place - 1].value : NULL;
}

static void add_entry(struct map *map, size_t slot, const char *key, void *value)
{
	if (map->count == map->capacity) {
		map->capacity = map->capacity > 0 ? map->capacity * 2 : 8;
		map->own_entries = mem_resize(map->own_entries, map->capacity * sizeof(*map->own_entries));
	}
	map->own_entries[map->count++] =
		(struct map_entry){.own_key = map->loans ? (char *)key : mem_strdup(key), .value = value};
	map->own_slots[slot] = (unsigned)map->count;
}

void *map_put(struct map *map, const char *key, void *value)
{
	if ((map->count + 1) * 2 > map->slot_count)
		grow_slots(map);
	size_t slot = slot_of(map, key);
	unsigned place = map->own_slots[slot];
	if (place == 0) {
		add_entry(map, slot, key, value);
		return NULL;
	}
	struct map_entry *entry = &map->own_entries[place - 1];
	void *before = entry->value;
	entry->value = value;
	if (map->loans)
		entry->own_key = (char *)key;
	return before;
}

/* Frees a slot and moves back the ones behind it that would no longer be found. */
static void free_slot(struct map *map, size_t hole)
{
	size_t mask = map->slot_count - 1;
	map->own_slots[hole] = 0;
	for (size_t slot = (hole + 1) & mask; map->own_slots[slot] != 0; slot = (slot + 1) & mask) {
		unsigned place = map->own_slots[slot];
		size_t home = hash_text(map->own_entries[place - 1].own_key) & mask;
		if (((slot - home) & mask) < ((slot - hole) & mask))
			continue;
		map->own_slots[hole] = place;
		map->own_slots[slot] = 0;
		hole = slot;
	}
}

void *map_remove(struct map *map, const char *key)
{
	if (map->count == 0)
		return NULL;
	size_t slot = slot_of(map, key);
	if (map->own_slots[slot] == 0)
		return NULL;
	size_t place = map->own_slots[slot] - 1, last = map->count - 1;
	struct map_entry removed = map->own_entries[place];
	if (place != last)
		map->own_slots[slot_of(map, map->own_entries[last].own_key)] = (unsigned)place + 1;
	map->own_entries[place] = map->own_entries[last];
	free_slot(map, slot);
	map->count--;
	if (!map->loans)
		mem_free(removed.own_key);
	return removed.value;
}

void map_done(struct map *map, void (*free_value)(void *value))
{
	for (size_t i = 0; i < map->count; i++) {
		if (!map->loans)
			mem_free(map->own_entries[i].own_key);
		if (free_value != NULL)
			free_value(map->own_entries[i].value);
	}
	mem_free(map->own_entries);
	mem_free(map->own_slots);
	*map = (struct map){0};
}

void vec_add(struct vec *vec, void *item)
{
	if (vec->count == vec->capacity) {
		vec->capacity = vec->capacity > 0 ? vec->capacity * 2 : 8;
		vec->own_items = mem_resize(vec->own_items, vec->capacity * sizeof(*vec->own_items));
	}
	vec->own_items[vec->count++] = item;
}

void vec_remove_at(struct vec *vec, size_t index)
{
	assert(index < vec->count);
	vec->count--;
	memmove(vec->own_items + index, vec->own_items + index + 1, (vec->count - index) * sizeof(*vec->own_items));
}

void vec_done(struct vec *vec, void (*free_item)(void *item))
{
	for (size_t i = 0; free_item != NULL && i < vec->count; i++)
		free_item(vec->own_items[i]);
	mem_free(vec->own_items);
	*vec = (struct vec){0};
}

/* A hash table from text to pointers, and a growing array of pointers. Iteration order of a map is insertion order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
	char *own_key; /* or a loan, in a map of loans */
	void *value;
};

struct map {
	struct map_entry
		*own_entries; /* dense, in order of insertion; removed entries leave no hole (the last one moves) */
	size_t count, capacity;
	unsigned *own_slots;
	size_t slot_count;
	bool loans; /* set before the first one: keys are loans that last as long as they are in the map, and are not copied */
};

void *map_find(const struct map *map, const char *key); /* the value or NULL */
void *map_put(struct map *map, const char *key,
	void *value); /* copies the key; returns the value replaced, or NULL. In a map of loans the new key is the one that must last */
void *map_remove(struct map *map, const char *key);              /* returns the value removed, or NULL */
void map_done(struct map *map, void (*free_value)(void *value)); /* free_value may be NULL */

struct vec {
	void **own_items;
	uint32_t count, capacity; /* thousands of objects have one */
};

void vec_add(struct vec *vec, void *item);
void vec_remove_at(struct vec *vec, size_t index);             /* keeps the order */
void vec_done(struct vec *vec, void (*free_item)(void *item)); /* free_item may be NULL */

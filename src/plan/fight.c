#include "plan/fight.h"

#include <string.h>

enum { TRIES = 2 };

/* 0 is no key. */
static uint32_t key_of(const struct difference *difference)
{
	const cJSON *value = difference->step ? difference->step : difference->want;
	const char *text = arena_printf(json_arena(), "%s\n%s", difference->path, value ? json_print(value) : "");
	uint32_t key = (uint32_t)hash_text(text);

	return key ? key : 1;
}

/* FIGHTS_MAX: it has none. */
static size_t place_of(const struct node *node, uint32_t key)
{
	size_t place = 0;

	while (place < FIGHTS_MAX && node->fights[place].key != key)
		place++;
	return place;
}

void fight_add(struct fight_keys *keys, const struct difference *difference)
{
	if (keys->count < FIGHTS_MAX)
		keys->keys[keys->count] = key_of(difference);
	keys->count++;
}

bool fight_is_over(const struct node *node, const struct difference *difference)
{
	size_t place;

	if (!node->verified)
		return false;
	place = place_of(node, key_of(difference));
	/* Where nothing more can be counted nothing more is tried. */
	return place < FIGHTS_MAX ? node->fights[place].writes >= TRIES : place_of(node, 0) == FIGHTS_MAX;
}

void fight_written(struct node *node, const struct fight_keys *keys)
{
	for (size_t i = 0; i < keys->count && i < FIGHTS_MAX; i++) {
		size_t place = place_of(node, keys->keys[i]);

		if (place == FIGHTS_MAX)
			place = place_of(node, 0);
		if (place == FIGHTS_MAX)
			return;
		node->fights[place].key = keys->keys[i];
		node->fights[place].writes++;
	}
}

static bool differs(const struct diff *diff, uint32_t key)
{
	for (size_t i = 0; diff && i < diff->count; i++) {
		if (key_of(&diff->items[i]) == key)
			return true;
	}
	return false;
}

void fight_keep(struct node *node, const struct diff *diff)
{
	for (size_t i = 0; i < FIGHTS_MAX; i++) {
		if (node->fights[i].key && !differs(diff, node->fights[i].key))
			node->fights[i] = (struct fight){0};
	}
}

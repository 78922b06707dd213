#include "plan/fight.h"

#include <string.h>

enum { TRIES = 2 };

/* 0 is no key. */
static uint32_t key_of(const struct difference *difference)
{
	const char *text = arena_printf(
		json_arena(), "%s\n%s", difference->path, difference->want ? json_print(difference->want) : "");
	uint32_t key = (uint32_t)hash_text(text);

	return key ? key : 1;
}

static const struct fight *find(const struct node *node, uint32_t key)
{
	for (size_t i = 0; i < FIGHTS_MAX; i++) {
		if (node->fights[i].key == key)
			return &node->fights[i];
	}
	return NULL;
}

void fight_add(struct fight_keys *keys, const struct difference *difference)
{
	if (keys->count < FIGHTS_MAX)
		keys->keys[keys->count] = key_of(difference);
	keys->count++;
}

bool fight_is_over(const struct node *node, const struct difference *difference)
{
	const struct fight *fight;

	if (!node->verified)
		return false;
	fight = find(node, key_of(difference));
	/* Where nothing more can be counted nothing more is tried. */
	return fight ? fight->writes >= TRIES : find(node, 0) == NULL;
}

void fight_written(struct node *node, const struct fight_keys *keys)
{
	for (size_t i = 0; i < keys->count && i < FIGHTS_MAX; i++) {
		const struct fight *known = find(node, keys->keys[i]);
		struct fight *fight = (struct fight *)(known ? known : find(node, 0));

		if (!fight)
			return;
		fight->key = keys->keys[i];
		fight->writes++;
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

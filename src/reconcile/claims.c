/* Claims: two objects that name one address and port can't both have it. The oldest wins, the others say whom they lost to
 * (design section 4, Claims). */
#include <string.h>

#include "reconcile/internal.h"

static bool older(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->created, b->created);

	return order < 0 || (order == 0 && strcmp(a->own_uid, b->own_uid) < 0);
}

const struct entry *claim_winner(const struct entry *entry)
{
	const struct vec *claimants = entry->own_claim ? map_find(&entry->controller->claims, entry->own_claim) : NULL;
	const struct entry *winner = entry;

	for (size_t i = 0; claimants && i < claimants->count; i++) {
		if (older(claimants->own_items[i], winner))
			winner = claimants->own_items[i];
	}
	return winner;
}

static void claimants_look_again(const struct vec *claimants)
{
	for (size_t i = 0; i < claimants->count; i++)
		entry_dirty(claimants->own_items[i]);
}

static void leave(struct entry *entry)
{
	struct map *claims = &entry->controller->claims;
	struct vec *claimants = map_find(claims, entry->own_claim);

	for (size_t i = 0; i < claimants->count; i++) {
		if (claimants->own_items[i] == entry) {
			vec_remove_at(claimants, i);
			break;
		}
	}
	claimants_look_again(claimants);
	if (claimants->count > 0)
		return;
	map_remove(claims, entry->own_claim);
	vec_done(claimants, NULL);
	mem_free(claimants);
}

static void join(struct entry *entry)
{
	struct map *claims = &entry->controller->claims;
	struct vec *claimants = map_find(claims, entry->own_claim);

	if (!claimants) {
		claimants = mem_alloc(sizeof(*claimants));
		map_put(claims, entry->own_claim, claimants);
	}
	claimants_look_again(claimants);
	vec_add(claimants, entry);
}

static void claim_set(struct entry *entry, const char *claim)
{
	if (text_equal(entry->own_claim, claim))
		return;
	if (entry->own_claim)
		leave(entry);
	text_set(&entry->own_claim, claim);
	if (claim)
		join(entry);
}

void claim_drop(struct entry *entry)
{
	claim_set(entry, NULL);
}

void claim_take(struct entry *entry, const struct lb *lb)
{
	const struct lb_frontend *frontend = &lb->spec.frontend;

	if (text_equal(frontend->address.type, "Named"))
		claim_set(entry, arena_printf(json_arena(), "%s/%s/%lld", lb->spec.project, frontend->address.name,
					 (long long)frontend->port));
	else
		claim_set(entry, NULL);
}

/* Claims: two objects that name one address and port, or one resource to take over, can't both have it. The oldest wins, the others say whom they lost to
 * (design section 4, Claims). */
#include <string.h>

#include "reconcile/internal.h"

static bool older(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->created, b->created);

	return order < 0 || (order == 0 && strcmp(a->own_uid, b->own_uid) < 0);
}

static const struct entry *oldest(const struct entry *entry, const char *claim)
{
	const struct vec *claimants = map_find(&entry->controller->claims, claim);
	const struct entry *winner = entry;

	for (size_t i = 0; claimants && i < claimants->count; i++) {
		if (older(claimants->own_items[i], winner))
			winner = claimants->own_items[i];
	}
	return winner;
}

const struct entry *claim_winner(const struct entry *entry, const char **claim)
{
	const struct entry *winner = entry;

	*claim = entry->own_claim;
	if (entry->own_claim)
		winner = oldest(entry, entry->own_claim);
	for (size_t i = 0; winner == entry && entry->own_given && i < entry->own_given->count; i++) {
		*claim = entry->own_given->own_items[i];
		winner = oldest(entry, *claim);
	}
	return winner;
}

static void claimants_look_again(const struct vec *claimants)
{
	for (size_t i = 0; i < claimants->count; i++)
		entry_dirty(claimants->own_items[i]);
}

static void leave(struct entry *entry, const char *claim)
{
	struct map *claims = &entry->controller->claims;
	struct vec *claimants = map_find(claims, claim);

	for (size_t i = 0; i < claimants->count; i++) {
		if (claimants->own_items[i] == entry) {
			vec_remove_at(claimants, i);
			break;
		}
	}
	claimants_look_again(claimants);
	if (claimants->count > 0)
		return;
	map_remove(claims, claim);
	vec_done(claimants, NULL);
	mem_free(claimants);
}

static void join(struct entry *entry, const char *claim)
{
	struct map *claims = &entry->controller->claims;
	struct vec *claimants = map_find(claims, claim);

	if (!claimants) {
		claimants = mem_alloc(sizeof(*claimants));
		map_put(claims, claim, claimants);
	}
	claimants_look_again(claimants);
	vec_add(claimants, entry);
}

static void claim_set(struct entry *entry, const char *claim)
{
	if (text_equal(entry->own_claim, claim))
		return;
	if (entry->own_claim)
		leave(entry, entry->own_claim);
	text_set(&entry->own_claim, claim);
	if (claim)
		join(entry, claim);
}

/* --- resources that the spec names --- */

static char *given_claim(const char *project, const struct kind *kind, const char *location, const char *name)
{
	return arena_printf(
		json_arena(), "%s/%s/%s%s%s", project, kind->collection, location, location[0] ? "/" : "", name);
}

static const char *zone_of(const struct lb *lb, const char *pool)
{
	for (size_t i = 0; i < lb->spec.pools.count; i++) {
		if (text_equal(lb->spec.pools.items[i].name, pool))
			return lb->spec.pools.items[i].zone;
	}
	return NULL;
}

static void given_drop(struct entry *entry)
{
	struct vec *given = TAKE(entry->own_given);

	if (!given)
		return;
	entry->controller->given--;
	for (size_t i = 0; i < given->count; i++)
		leave(entry, given->own_items[i]);
	vec_done(given, mem_free);
	mem_free(given);
}

/* Own texts; NULL: none. */
static struct vec *given_claims(const struct lb *lb)
{
	const struct lb_map *names = &lb->spec.resource_names;
	struct vec *given = names->count ? mem_alloc(sizeof(*given)) : NULL;

	for (size_t i = 0; i < names->count; i++) {
		const struct kind *kind;
		const char *location = "";

		kinds_given_role(names->items[i].key, &kind);
		if (kind->zonal)
			location = zone_of(lb, names->items[i].key + strlen("group/"));
		if (location)
			vec_add(given,
				mem_strdup(given_claim(lb->spec.project, kind, location, names->items[i].value)));
	}
	return given;
}

static bool same_claims(const struct vec *a, const struct vec *b)
{
	if (!a || !b || a->count != b->count)
		return a == b;
	for (size_t i = 0; i < a->count; i++) {
		if (!text_equal(a->own_items[i], b->own_items[i]))
			return false;
	}
	return true;
}

static void given_take(struct entry *entry, const struct lb *lb)
{
	struct vec *given = given_claims(lb);

	if (same_claims(entry->own_given, given)) {
		if (given)
			vec_done(given, mem_free);
		mem_free(given);
		return;
	}
	given_drop(entry);
	entry->own_given = given;
	entry->controller->given += given != NULL;
	for (size_t i = 0; given && i < given->count; i++)
		join(entry, given->own_items[i]);
}

const struct vec *claimants_of(
	const struct project *project, const struct kind *kind, const char *location, const char *name)
{
	return map_find(&project->controller->claims, given_claim(project->own_name, kind, location, name));
}

void claim_drop(struct entry *entry)
{
	claim_set(entry, NULL);
	given_drop(entry);
}

void claim_take(struct entry *entry, const struct lb *lb)
{
	const struct lb_frontend *frontend = &lb->spec.frontend;

	if (text_equal(frontend->address.type, "Named"))
		claim_set(entry, arena_printf(json_arena(), "%s/%s/%lld", lb->spec.project, frontend->address.name,
					 (long long)frontend->port));
	else
		claim_set(entry, NULL);
	given_take(entry, lb);
}

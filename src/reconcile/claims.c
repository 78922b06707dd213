/* Claims: two objects that name one address and port can't both have it. The oldest wins, the others say whom they lost to
 * (design section 4, Claims). */
#include <string.h>

#include "reconcile/internal.h"

static bool older(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->own_created, b->own_created);

	return order < 0 || (order == 0 && strcmp(a->own_uid, b->own_uid) < 0);
}

const struct entry *claim_winner(const struct entry *entry)
{
	const struct map *entries = &entry->controller->entries;
	const struct entry *winner = entry;

	for (size_t i = 0; entry->own_claim && i < entries->count; i++) {
		const struct entry *other = entries->own_entries[i].value;

		if (text_equal(other->own_claim, entry->own_claim) && older(other, winner))
			winner = other;
	}
	return winner;
}

/* Those who lost to the claim that changes now must look again. */
static void claim_set(struct entry *entry, const char *claim)
{
	const struct map *entries = &entry->controller->entries;

	if (text_equal(entry->own_claim, claim))
		return;
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *other = entries->own_entries[i].value;

		if (other != entry && other->own_claim &&
			(text_equal(other->own_claim, entry->own_claim) || text_equal(other->own_claim, claim)))
			entry_dirty(other);
	}
	text_set(&entry->own_claim, claim);
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

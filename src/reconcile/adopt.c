/* What bears no mark of ours and is ours all the same: with adoptionPolicy Adopt a resource that has one of our names, or stands in
 * resourceNames, is taken over. Where the description can be changed our mark is written into it, and from then on that
 * decides; where it is fixed, what the spec names stays ours by that alone. A mark of another object is respected, unless
 * Abandon has released the resource. */
#include <string.h>

#include "kinds/link.h"
#include "reconcile/internal.h"

struct adoption {
	const struct entry *entry;
	const struct kind_context *context;
	const struct wants *wants;
};

static const struct want *wanted_as(const struct wants *wants, const struct node *node)
{
	for (size_t i = 0; i < wants->count; i++) {
		const struct want *want = &wants->items[i];

		if (want->kind == node->kind && text_equal(want->name, node->own_name) &&
			text_equal(want->location, node->own_location))
			return want;
	}
	return NULL;
}

/* The want whose resource spec.resourceNames names, and which has a successor: it goes when that has arrived. */
static const struct want *successor_of(const struct adoption *adoption, const struct node *node)
{
	const struct lb *lb = adoption->context->lb;

	for (size_t i = 0; i < adoption->wants->count; i++) {
		const struct want *want = &adoption->wants->items[i];

		if (want->kind == node->kind && text_equal(want->location, node->own_location) &&
			text_equal(kinds_given_name(lb, want->role), node->own_name))
			return want;
	}
	return NULL;
}

static const char *belongs_to(const struct adoption *adoption, const struct node *node)
{
	struct identity who = entry_identity(adoption->entry);
	struct mark mark;

	if (!mark_parse(json_text(node->seen, "description"), &mark) || mark_released(node->seen) ||
		mark_compare(&mark, &who, node->own_name) != MARK_OTHER)
		return NULL;
	return arena_printf(json_arena(), "it belongs to TFLoadBalancer %s/%s of %s", mark.namespace, mark.name,
		text_equal(mark.cluster, who.cluster) ? "this cluster" : "another cluster");
}

static const char *stays_different(const struct adoption *adoption, const struct want *want, const struct node *node)
{
	const char *path = node->kind->fixed ? node->kind->fixed(adoption->context, want, node->seen) : NULL;

	if (!path)
		return NULL;
	return arena_printf(json_arena(), "its %s is %s where the spec wants %s, and nothing can change that", path,
		link_name(json_text_or(node->seen, path, "another")),
		link_name(json_text_or(want->body, path, "another")));
}

static void adopt(const struct adoption *adoption, struct node *node)
{
	const struct want *want = wanted_as(adoption->wants, node);
	const struct want *successor = want ? NULL : successor_of(adoption, node);

	if (!want && !successor)
		return;
	node->why_foreign = belongs_to(adoption, node);
	if (!node->why_foreign && want)
		node->why_foreign = stays_different(adoption, want, node);
	if (node->why_foreign)
		return;
	node->presence = NODE_PRESENT;
	node->adopted = true;
	text_set(&node->own_role, (want ? want : successor)->role);
	text_set(&node->own_part, (want ? want : successor)->part);
}

void nodes_adopt(struct entry *entry, const struct kind_context *context, const struct wants *wants, bool allowed)
{
	struct adoption adoption = {.entry = entry, .context = context, .wants = wants};

	for (size_t i = 0; i < entry->nodes.count && allowed; i++) {
		struct node *node = entry->nodes.items[i];

		if (node->presence == NODE_FOREIGN && node->seen)
			adopt(&adoption, node);
	}
}

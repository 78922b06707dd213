/* GPUs that are attached to machines, looked up in the zones of each pool before its template is made: the cloud would take a
 * template with cards that the zone does not offer, and then fail at each machine. */
#include "kinds/internal.h"

static struct want *find(struct wants *wants, const char *path)
{
	for (size_t i = 0; i < wants->count; i++) {
		if (wants->items[i].kind == &kind_accelerator && text_equal(want_path(&wants->items[i]), path))
			return &wants->items[i];
	}
	return NULL;
}

static void add(
	const struct kind_context *context, struct wants *wants, const char *zone, const struct lb_accelerator *cards)
{
	const char *path = arena_printf(json_arena(), "projects/%s/zones/%s/acceleratorTypes/%s",
		context->lb->spec.project, zone, cards->accelerator_type);
	struct want *want = find(wants, path);

	if (!want) {
		want = wants_add(wants, &kind_accelerator, context);
		want->location = zone;
		want->role = "accelerator";
		text_copy(want->name, sizeof(want->name), cards->accelerator_type);
	}
	if (cards->accelerator_count > want->cards)
		want->cards = cards->accelerator_count;
}

/* Of a region whose zones the cloud chooses nobody can say where. */
static void add_everywhere(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool,
	const struct lb_accelerator *cards)
{
	if (pool->zone)
		add(context, wants, pool->zone, cards);
	for (size_t i = 0; i < pool->zones.count; i++)
		add(context, wants, pool->zones.items[i], cards);
}

static void add_of_pool(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool)
{
	const struct lb_accelerators *cards = &lb_pool_template(&context->lb->spec, pool)->guest_accelerators;

	for (size_t i = 0; i < cards->count; i++)
		add_everywhere(context, wants, pool, &cards->items[i]);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	each_make(context, wants, add_of_pool);
}

static bool usable(const struct node *node)
{
	return node_usable(node) && node->cards <= json_int(node->seen, "maximumCardsPerInstance", node->cards);
}

const struct kind kind_accelerator = {
	.id = KIND_ACCELERATOR,
	.name = "AcceleratorType",
	.text = "accelerator type",
	.collection = "acceleratorTypes",
	.external = true,
	.build = build,
	.usable = usable,
};

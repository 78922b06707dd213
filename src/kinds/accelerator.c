/* GPUs that are attached to machines, looked up in the zone of each pool before its template is made: the cloud would take a
 * template with cards that the zone does not offer, and then fail at each machine. */
#include "kinds/internal.h"

static void add(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool, const char *type)
{
	const char *path = arena_printf(
		json_arena(), "projects/%s/zones/%s/acceleratorTypes/%s", context->lb->spec.project, pool->zone, type);
	struct want *want;

	if (is_wanted(wants, KIND_ACCELERATOR, path))
		return;
	want = wants_add(wants, &kind_accelerator, context);
	want->location = pool->zone;
	want->role = "accelerator";
	text_copy(want->name, sizeof(want->name), type);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_spec *spec = &context->lb->spec;

	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		const struct lb_accelerators *cards = &lb_pool_template(spec, pool)->guest_accelerators;

		for (size_t j = 0; j < cards->count; j++)
			add(context, wants, pool, cards->items[j].accelerator_type);
	}
}

const struct kind kind_accelerator = {
	.id = KIND_ACCELERATOR,
	.name = "AcceleratorType",
	.text = "accelerator type",
	.collection = "acceleratorTypes",
	.external = true,
	.build = build,
};

/* The subnetwork of the machines, read only where the user names no network beside it: the firewall rule needs the network. */
#include "kinds/internal.h"

static void add(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool)
{
	const char *path = subnetwork_path(context->lb, pool);
	struct want *want;

	if (!names_only_subnetwork(context->lb, pool) || is_wanted(wants, KIND_SUBNETWORK, path))
		return;
	want = wants_add(wants, &kind_subnetwork, context);
	want->project = link_project(path);
	want->location = link_location(path);
	want->role = "subnetwork";
	text_copy(want->name, sizeof(want->name), link_name(path));
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb *lb = context->lb;

	for (size_t i = 0; i < lb->spec.pools.count && lb->spec.firewall.managed; i++) {
		if (is_first_in_network(lb, &lb->spec.pools.items[i]))
			add(context, wants, &lb->spec.pools.items[i]);
	}
}

const struct kind kind_subnetwork = {
	.id = KIND_SUBNETWORK,
	.name = "Subnetwork",
	.text = "subnetwork",
	.collection = "subnetworks",
	.external = true,
	.build = build,
};

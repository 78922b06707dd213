/* The subnetwork of the machines, read only when the user names no network beside it: the firewall rule needs the network. */
#include "kinds/internal.h"

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb *lb = context->lb;
	const char *path;
	struct want *want;

	if (lb->spec.template.network || !lb->spec.template.subnetwork || !lb->spec.firewall.managed)
		return;
	path = subnetwork_path(lb, &lb->spec.pools.items[0]);
	want = wants_add(wants, &kind_subnetwork, context);
	want->project = link_project(path);
	want->location = link_location(path);
	want->role = "subnetwork";
	text_copy(want->name, sizeof(want->name), link_name(path));
}

const struct kind kind_subnetwork = {
	.id = KIND_SUBNETWORK,
	.name = "Subnetwork",
	.text = "subnetwork",
	.collection = "subnetworks",
	.regional = true,
	.external = true,
	.build = build,
};

/* Image families, looked up and never written. A template is pinned at birth to the image that its family stands for then;
 * an image named exactly needs no look-up: the insert of the template checks it. There is no list to find one in. */
#include <string.h>

#include "kinds/internal.h"

static void add(const struct kind_context *context, struct wants *wants, const char *path)
{
	const char *family = strstr(path, "/global/images/family/");
	struct want *want;

	if (!family || is_wanted(wants, KIND_IMAGE, path))
		return;
	want = wants_add(wants, &kind_image, context);
	want->project = link_project(path);
	want->role = "image";
	text_copy(want->name, sizeof(want->name), link_name(family));
}

static void add_of_pool(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool)
{
	const struct lb_disks *disks = &lb_pool_template(&context->lb->spec, pool)->additional_disks;

	add(context, wants, image_path(context->lb, pool));
	for (size_t i = 0; i < disks->count; i++) {
		if (disks->items[i].source_image)
			add(context, wants, link_path(disks->items[i].source_image, context->lb->spec.project));
	}
}

static void build(const struct kind_context *context, struct wants *wants)
{
	each_make(context, wants, add_of_pool);
}

static bool usable(const struct node *node)
{
	return node_usable(node) && !node->stale;
}

const struct kind kind_image = {
	.id = KIND_IMAGE,
	.name = "Image",
	.text = "image family",
	.collection = "images/family",
	.external = true,
	.build = build,
	.usable = usable,
};

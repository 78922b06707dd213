/* Where each image comes from, in this order: the mark of the newest template of ours that was made of the family with the same
 * revision, our last status, the look-up that is made before the first template is. */
#include "kinds/families.h"

#include <string.h>

#include "base/str.h"
#include "kinds/internal.h"

enum { NOTE_MOST = MARK_NOTE_MAX - 64 }; /* there are digests in it, too */

static const char FAMILY[] = "/global/images/family/";

bool is_family(const char *path)
{
	return strstr(path, FAMILY) != NULL;
}

static char *key_of(const char *source, const char *revision)
{
	char *key = arena_alloc(json_arena(), HASH_SIZE);
	cJSON *inputs = cJSON_CreateObject();

	json_set_text(inputs, "source", source);
	json_set_text(inputs, "revision", revision);
	hash_inputs(inputs, key);
	return key;
}

static char *image_of(const char *source, const char *name)
{
	return arena_printf(json_arena(), "projects/%s/global/images/%s", link_project(source), name);
}

/* --- what is remembered --- */

void family_pin(cJSON *note, const char *source, const char *revision, const char *image)
{
	cJSON *pins = json_member(note, "pins"), *grown = pins ? json_copy(pins) : cJSON_CreateObject();
	cJSON *with = json_copy(note);

	json_set_text(grown, key_of(source, revision), link_name(image));
	json_set(with, "pins", json_copy(grown));
	if (strlen(json_print(with)) <= NOTE_MOST)
		json_set(note, "pins", grown);
}

static const char *pinned_by(const struct node *template, const char *key)
{
	const char *description = json_text(template->seen, "description");
	struct mark mark;

	if (!description || !strstr(description, "\"pins\"") || !mark_parse(description, &mark))
		return NULL;
	return json_text(json_member(mark.note, "pins"), key);
}

/* The pool's own tell it best, and of these the newest. */
static bool tells_better(const struct node *node, const struct node *other, const char *part)
{
	bool own = text_equal(node->own_part, part), others = other && text_equal(other->own_part, part);

	return !other || own > others || (own == others && node_is_newer(node, other));
}

static const char *pinned_name(const struct nodes *nodes, const char *key, const char *part)
{
	const struct node *best = NULL;
	const char *name = NULL;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];
		const char *pinned = NULL;

		if (node->kind->id == KIND_INSTANCE_TEMPLATE && node->presence == NODE_PRESENT)
			pinned = pinned_by(node, key);
		if (!pinned || !tells_better(node, best, part))
			continue;
		best = node;
		name = pinned;
	}
	return name;
}

/* Whoever may write a status can't name more by it than an image of the same project. */
static const char *told_name(const struct kind_context *context, const char *source, const char *revision)
{
	const char *text = context->status ? context->status : "";
	const cJSON *status =
		strstr(text, "\"images\"") ? json_parse(text, strlen(text), (struct json_limits){0}, NULL) : NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(status, "images"))
	{
		const char *image = json_text(item, "image");

		if (image && text_equal(json_text(item, "source"), source) &&
			text_equal(json_text(item, "revision"), revision) && text_is_label(link_name(image), 63))
			return link_name(image);
	}
	return NULL;
}

static char *remembered(const struct kind_context *context, const struct family *family, const char *part)
{
	const char *name = pinned_name(&context->nodes, key_of(family->source, family->revision), part);

	if (!name)
		name = told_name(context, family->source, family->revision);
	return name ? image_of(family->source, name) : NULL;
}

/* --- what is found --- */

static const struct node *node_of(const struct nodes *nodes, const char *source)
{
	return nodes_target(nodes, KIND_IMAGE, source);
}

char *family_found(const struct nodes *nodes, const char *source)
{
	const struct node *node = node_of(nodes, source);
	const char *name =
		node && node->presence == NODE_PRESENT && !node->stale ? json_text(node->seen, "name") : NULL;

	return name ? image_of(source, name) : NULL;
}

static char *newest_of(const struct nodes *nodes, const char *source)
{
	const struct node *node = node_of(nodes, source);
	const struct view *view = node ? &node->views[VIEW_NEWEST] : NULL;
	const char *name = NULL;

	if (view && view->present && view->read_at >= node->read_at)
		name = json_text(view->tree, "name");
	else if (node && node->presence == NODE_PRESENT)
		name = json_text(node->seen, "name");
	return name ? image_of(source, name) : NULL;
}

/* A revision that is new has them looked up anew, whatever was found before. */
static void find_image(const struct kind_context *context, struct family *family, const char *part)
{
	char *before = remembered(context, family, part);

	family->newest = newest_of(&context->nodes, family->source);
	if (family->latest)
		family->image = before && family->newest ? family->newest
		                : before                 ? before
		                                         : family_found(&context->nodes, family->source);
	else
		family->image = before;
}

static bool is_listed(const struct families *families, const struct family *family)
{
	for (size_t i = 0; i < families->count; i++) {
		if (text_equal(families->items[i].source, family->source) &&
			text_equal(families->items[i].revision, family->revision))
			return true;
	}
	return false;
}

static void add(
	struct families *families, const struct kind_context *context, const char *path, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(&context->lb->spec, pool);
	struct family family = {.source = path,
		.revision = template->revision ? template->revision : "",
		.latest = text_equal(template->image_policy, "Latest")};

	if (!is_family(path) || is_listed(families, &family))
		return;
	find_image(context, &family, pool->name);
	families->items[families->count++] = family;
}

/* families has room for them. */
static void add_all(struct families *families, const struct kind_context *context, const struct lb_pool *pool)
{
	const struct lb_disks *disks = &lb_pool_template(&context->lb->spec, pool)->additional_disks;

	add(families, context, image_path(context->lb, pool), pool);
	for (size_t i = 0; i < disks->count; i++) {
		if (disks->items[i].source_image)
			add(families, context, link_path(disks->items[i].source_image, context->lb->spec.project),
				pool);
	}
}

static size_t most_of(const struct kind_context *context, const struct lb_pool *pool)
{
	return 1 + lb_pool_template(&context->lb->spec, pool)->additional_disks.count;
}

struct families families_of_template(const struct kind_context *context, const struct lb_pool *pool)
{
	size_t most = most_of(context, pool);
	struct families families = {.items = arena_alloc(json_arena(), most * sizeof(*families.items))};

	add_all(&families, context, pool);
	return families;
}

struct families families_of(const struct kind_context *context)
{
	const struct lb_pools *pools = &context->lb->spec.pools;
	struct families families = {0};
	size_t most = 0;

	for (size_t i = 0; i < pools->count; i++)
		most += most_of(context, &pools->items[i]) +
		        (pools->items[i].trial ? most_of(context, pools->items[i].trial) : 0);
	families.items = arena_alloc(json_arena(), most * sizeof(*families.items));
	for (size_t i = 0; i < pools->count; i++) {
		add_all(&families, context, &pools->items[i]);
		if (pools->items[i].trial)
			add_all(&families, context, pools->items[i].trial);
	}
	return families;
}

/* Image families: what they stand for by now is looked up once an hour for all objects of a project, told in status.images, and,
 * where newer images are rolled out, before that begins. */
#include "kinds/families.h"

#include <string.h>

#include "kinds/link.h"
#include "reconcile/status.h"

enum { IMAGES_MAX = 256 }; /* what the schema takes */

/* --- one look-up for all --- */

/* What the family was last answered for. */
struct newest {
	int64_t read_at; /* ms */
	char *own_text;
};

static void newest_free(void *value)
{
	struct newest *newest = value;

	if (!newest)
		return;
	mem_free(newest->own_text);
	mem_free(newest);
}

void images_forget(struct project *project)
{
	map_done(&project->newest, newest_free);
}

/* Families that nobody asks for any more. */
static void drop_old(struct map *map, int64_t now)
{
	for (size_t i = map->count; i-- > 0;) {
		const struct newest *newest = map->own_entries[i].value;

		if (newest->read_at + 2 * (int64_t)FAMILY_AGE_MS < now)
			newest_free(map_remove(map, map->own_entries[i].own_key));
	}
}

void images_note(struct entry *entry, const struct node *family, const char *text)
{
	struct newest *newest = mem_alloc(sizeof(*newest));

	drop_old(&entry->project->newest, family->views[VIEW_NEWEST].read_at);
	newest->read_at = family->views[VIEW_NEWEST].read_at;
	newest->own_text = mem_strdup(text);
	newest_free(map_put(&entry->project->newest, node_path(family), newest));
}

bool images_know(struct entry *entry, struct node *family)
{
	const struct newest *newest = map_find(&entry->project->newest, node_path(family));
	struct view *view = &family->views[VIEW_NEWEST];
	int64_t now = loop_now(entry->controller->loop);

	if (!newest || newest->read_at + FAMILY_AGE_MS / 2 < now || newest->read_at <= view->read_at)
		return false;
	view->read_at = newest->read_at;
	if (!view->present || !text_equal(view->own_text, newest->own_text))
		entry_dirty(entry);
	view->present = true;
	text_set(&view->own_text, newest->own_text);
	return true;
}

void images_ask(struct entry *entry)
{
	int64_t long_ago = loop_now(entry->controller->loop) - FAMILY_AGE_MS;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (node->kind->id != KIND_IMAGE)
			continue;
		node->read_at = node->views[VIEW_NEWEST].read_at = long_ago;
		newest_free(map_remove(&entry->project->newest, node_path(node)));
	}
}

/* --- what is told --- */

static struct families families_now(const struct entry *entry, const struct lb *lb)
{
	struct identity who = entry_identity(entry);
	struct kind_context context = {.lb = lb, .who = &who, .nodes = entry->nodes, .status = entry->own_status};

	return families_of(&context);
}

static const cJSON *image_before(const cJSON *before, const struct family *family)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(before, "images"))
	{
		if (text_equal(json_text(item, "source"), family->source) &&
			text_equal(json_text(item, "revision"), family->revision))
			return item;
	}
	return NULL;
}

static void add(cJSON *images, const struct family *family, const cJSON *before)
{
	const char *image = family->image ? family->image : json_text(before, "image");
	/* What a process before us found still holds until we have looked. */
	const char *newest = family->newest ? family->newest : json_text(before, "newerImage");
	cJSON *item;

	if (!image || cJSON_GetArraySize(images) == IMAGES_MAX)
		return;
	item = json_add_object(images);
	json_set_text(item, "source", family->source);
	json_set_text(item, "revision", family->revision);
	json_set_text(item, "image", image);
	if (newest && !text_equal(newest, image))
		json_set_text(item, "newerImage", newest);
}

void images_add(cJSON *status, const struct status_input *input, const cJSON *before)
{
	struct families families = families_now(input->entry, input->lb);
	cJSON *images = cJSON_CreateArray();

	for (size_t i = 0; i < families.count; i++)
		add(images, &families.items[i], image_before(before, &families.items[i]));
	if (images->child)
		json_set(status, "images", images);
}

/* Other templates are wanted than before, although nobody changed the spec: that is no drift. */
static bool templates_changed(struct entry *entry, const struct wants *wants, bool edited)
{
	uint64_t before = entry->templates, now = 1;

	for (size_t i = 0; i < wants->count; i++) {
		if (wants->items[i].kind->id == KIND_INSTANCE_TEMPLATE)
			now = now * 31 + hash_text(wants->items[i].name);
	}
	entry->templates = wants->count ? now : before;
	return before && wants->count && before != now && !edited;
}

void images_roll(struct entry *entry, const struct lb *lb, const struct wants *wants, bool edited)
{
	struct families families;
	const cJSON *before;

	if (!templates_changed(entry, wants, edited))
		return;
	entry->programmed_generation = -1;
	families = families_now(entry, lb);
	before = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);
	for (size_t i = 0; i < families.count; i++) {
		const struct family *family = &families.items[i];
		const char *old = json_text(image_before(before, family), "image");

		if (family->latest && family->image && old && !text_equal(old, family->image))
			tell(entry, false, "RollingOut", "Update",
				"image family %s stands for %s now, which is rolled out", family->source,
				link_name(family->image));
	}
}

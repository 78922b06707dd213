/* What the lists of a project show: whose each item is, by its name, its mark or what specs say, and what is not there. At rest nothing
 * is parsed, and nobody is opened (design section 7). */
#include <string.h>

#include "kinds/link.h"
#include "reconcile/internal.h"

/* Our names carry the id of their object: "tflb-<id>-...". */
struct entry *entry_by_name(struct controller *controller, const char *name)
{
	char id[MODEL_ID_SIZE];

	if (!text_starts(name, "tflb-") || strlen(name) < 5 + MODEL_ID_SIZE)
		return NULL;
	memcpy(id, name + 5, MODEL_ID_SIZE - 1);
	id[MODEL_ID_SIZE - 1] = '\0';
	return map_find(&controller->ids, id);
}

static const char *location_of(const cJSON *item)
{
	const char *place = json_text_or(item, "zone", json_text(item, "region"));

	return place ? link_name(place) : "";
}

static void see_ours(struct list *list, struct entry *entry, const cJSON *item, const char *text, size_t length)
{
	struct sight sight = {
		.kind = kind_at(list->kind),
		.location = location_of(item),
		.name = json_text(item, "name"),
		.number = list->began,
		.text = text,
		.length = length,
	};

	if (entry->project != list->project || entry->born >= list->began ||
		(entry->folded && folded_shows(entry, sight.kind, sight.number, text, length)))
		return;
	if (!folded_notes(entry, &sight)) {
		entry_unfold(entry);
		if (!nodes_see(entry, &sight))
			return;
	}
	entry_dirty(entry);
}

/* What objects refer to by name is in the same lists. */
static void see_used(struct list *list, const cJSON *item, const char *text, size_t length)
{
	const struct kind *kind = kind_at(list->kind);
	const char *name = json_text(item, "name");
	const struct vec *users = users_of(list->project, kind, name);

	for (size_t i = 0; users && i < users->count; i++) {
		struct entry *entry = users->own_items[i];
		struct node *node;

		if (entry->project != list->project ||
			(entry->folded && folded_shows(entry, kind, list->began, text, length)))
			continue;
		entry_unfold(entry);
		node = nodes_find(entry, kind, "", name);
		if (node && node->external && node_record(entry, node, list->began, text, length))
			entry_dirty(entry);
	}
}

/* Whose it is by its name, without parsing: the first "name" is good enough for a guess that is then held against the text. */
static struct entry *entry_by_text(struct controller *controller, const char *text, size_t length)
{
	static const char member[] = "\"name\"";
	const char *at = memmem(text, length, member, sizeof(member) - 1);
	const char *open =
		at ? memchr(at + sizeof(member) - 1, '"', length - (size_t)(at - text) - sizeof(member) + 1) : NULL;
	char name[MODEL_NAME_SIZE] = "";
	size_t left;

	if (!open)
		return NULL;
	left = length - (size_t)(open + 1 - text);
	memcpy(name, open + 1, left < sizeof(name) - 1 ? left : sizeof(name) - 1);
	return entry_by_name(controller, name);
}

/* At rest nothing has changed, and nothing is parsed. */
static bool see_unchanged(const struct list *list, const char *text, size_t length)
{
	struct entry *entry = entry_by_text(list->project->controller, text, length);
	struct node *node;

	if (!entry || entry->project != list->project)
		return false;
	if (entry->folded)
		return folded_shows(entry, kind_at(list->kind), list->began, text, length);
	node = nodes_unchanged(entry, kind_at(list->kind), text, length);
	if (node && node_record(entry, node, list->began, text, length))
		entry_dirty(entry);
	return node != NULL;
}

/* Whose it is: by our names, or, where the user gave the name, by the mark. */
static struct entry *owner_of(struct controller *controller, const cJSON *item, const char *name)
{
	struct entry *entry = entry_by_name(controller, name);
	struct mark mark;

	if (!entry && mark_parse(json_text(item, "description"), &mark) &&
		text_equal(mark.cluster, controller->own_cluster))
		entry = entry_find(controller, mark.namespace, mark.name);
	return entry;
}

static void see_given(struct list *list, const cJSON *item, const char *text, size_t length)
{
	const char *name = json_text_or(item, "name", "");
	const struct vec *claimants = claimants_of(list->project, kind_at(list->kind), location_of(item), name);

	for (size_t i = 0; claimants && i < claimants->count; i++)
		see_ours(list, claimants->own_items[i], item, text, length);
}

/* Others that have the id of the one that the name leads to. */
static void see_shared(struct list *list, const cJSON *item, const char *text, size_t length)
{
	struct controller *controller = list->project->controller;
	const char *name = json_text_or(item, "name", "");
	const struct entry *first = controller->sharers.count ? entry_by_name(controller, name) : NULL;

	for (size_t i = 0; first && i < controller->sharers.count; i++) {
		struct entry *sharer = controller->sharers.own_items[i];

		if (text_equal(sharer->id, first->id))
			see_ours(list, sharer, item, text, length);
	}
}

static void see_node(struct list *list, const cJSON *item, const char *text, size_t length)
{
	const char *name = json_text(item, "name");
	struct entry *entry = name ? owner_of(list->project->controller, item, name) : NULL;

	if (!name)
		return;
	if (entry)
		see_ours(list, entry, item, text, length);
	see_used(list, item, text, length);
}

static void see(struct list *list, const char *text, size_t length, bool unchanged)
{
	JSON_WORK(work);
	const cJSON *item = json_parse(text, length, (struct json_limits){0}, NULL);

	if (!unchanged)
		see_node(list, item, text, length);
	see_given(list, item, text, length);
	see_shared(list, item, text, length);
	orphans_see(list->project->own_orphans, kind_at(list->kind), list->began, item);
}

/* Does another one have the same id? */
static bool is_shared(const struct list *list, const char *text, size_t length)
{
	struct controller *controller = list->project->controller;
	const struct entry *first = controller->sharers.count ? entry_by_text(controller, text, length) : NULL;

	for (size_t i = 0; first && i < controller->sharers.count; i++) {
		const struct entry *sharer = controller->sharers.own_items[i];

		if (text_equal(sharer->id, first->id))
			return true;
	}
	return false;
}

void list_shows(void *arg, const char *text, size_t length)
{
	struct list *list = arg;
	bool unchanged = see_unchanged(list, text, length);

	metric_count(list->project->controller->measured[M_SWEEP_ITEMS], unchanged ? "unchanged" : "parsed");
	if (!unchanged || list->project->controller->given || is_shared(list, text, length) ||
		orphans_are_sought(list->project->own_orphans))
		see(list, text, length, unchanged);
}

/* Unless it was written meanwhile. */
void list_is_complete(struct list *list)
{
	struct entry *entry;

	LIST_FOREACH(entry, &list->project->entries, in_project)
	{
		if (entry->folded && !folded_lacks(entry, kind_at(list->kind), list->began))
			continue;
		entry_unfold(entry);
		for (size_t i = 0; i < entry->nodes.count; i++) {
			struct node *node = entry->nodes.items[i];

			if ((int)node->kind->id == list->kind && node->read < list->began &&
				node_record_absent(entry, node, list->began))
				entry_dirty(entry);
		}
	}
}

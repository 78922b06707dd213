/* status.differences: what a person would have to decide on, member by member. */
#include <string.h>

#include "reconcile/status.h"

enum { DIFFERENCES_MAX = 64, VALUE_MAX = 1024, PATH_MAX_LENGTH = 512 }; /* what the schema takes */

static char *cut(const char *text, size_t most)
{
	size_t length = strlen(text);

	return arena_strndup(json_arena(), text, text_utf8(text, length < most ? length : most));
}

static const char *value_text(const cJSON *value)
{
	if (!value || cJSON_IsNull(value))
		return "";
	return cut(cJSON_IsString(value) ? value->valuestring : json_print(value), VALUE_MAX);
}

static void add(cJSON *list, const struct node *node, const char *path, const char *want, const char *seen)
{
	cJSON *item;

	if (cJSON_GetArraySize(list) >= DIFFERENCES_MAX)
		return;
	item = json_add_object(list);
	json_set_text(item, "kind", node->kind->name);
	json_set_text(item, "name", node->own_name);
	json_set_text(item, "path", cut(path, PATH_MAX_LENGTH));
	json_set_text(item, "want", want);
	json_set_text(item, "seen", seen);
}

static void add_members(cJSON *list, const struct node *node, const struct diff *diff, bool all)
{
	for (size_t i = 0; diff && i < diff->count; i++) {
		const struct difference *item = &diff->items[i];

		if (all || fight_is_over(node, item))
			add(list, node, item->path, value_text(item->want), value_text(item->seen));
	}
}

cJSON *differences_make(const struct status_input *input)
{
	bool all = (input->reporting || input->suspended) && !input->deleting;
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; input->plan && i < input->entry->nodes.count; i++) {
		const struct node *node = input->entry->nodes.items[i];
		const struct verdict *verdict = &input->plan->verdicts[i];

		add_members(list, node, verdict->diff, all || (verdict->state == STATE_DRIFTED && !verdict->stuck));
		if (all && !node->external && node->wanted && node->presence == NODE_ABSENT)
			add(list, node, "", "present", "absent");
		else if (all && !node->wanted && node->presence == NODE_PRESENT && verdict->state != STATE_KEPT)
			add(list, node, "", "absent", "present");
	}
	return list;
}

/* Annotation tflb.dev/reconcile: whoever changes it asks for a fresh look, now. What failed is tried again at once, the project
 * is listed, the machines are probed, image families looked up; when that is done the status says which value was handled. */
#include <string.h>

#include "reconcile/internal.h"

static bool is_handled(const struct entry *entry, const char *asked)
{
	const cJSON *status = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);

	return text_equal(json_text(status, "handledReconcile"), asked);
}

static void begin(struct entry *entry, uint64_t asked)
{
	entry->asked = asked;
	entry->asked_since = ++entry->controller->reads;
	entry->planned_generation = -1; /* what failed is forgiven */
	for (size_t i = 0; i < entry->nodes.count; i++)
		node_ask_health(entry->nodes.items[i]);
	images_ask(entry);
}

bool ask_handled(struct entry *entry, const struct lb *lb)
{
	uint64_t asked = hash_text(lb->asked);

	if (!lb->asked[0] || is_handled(entry, lb->asked))
		return false;
	if (entry->asked != asked)
		begin(entry, asked);
	entry->asking = !project_listed_since(entry->project, entry->asked_since);
	if (entry->asking)
		project_want(entry->project, 0);
	return !entry->asking;
}

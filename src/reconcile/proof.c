/* What operations prove: that nothing of an entry's is left (design rule 10), and that nothing is still on its way into the lists which
 * we don't follow, because it was begun before us or its answer was lost. */
#include "kinds/link.h"
#include "reconcile/internal.h"

void proof_see_operation(struct project *project, const char *text, size_t length)
{
	JSON_WORK(work);
	cJSON *operation = json_parse(text, length, (struct json_limits){0}, NULL);
	const char *target = json_text_or(operation, "targetLink", "");

	if (!text_equal(json_text(operation, "status"), "DONE"))
		vec_add(&project->unfinished, mem_strdup(link_name(target)));
}

/* What was met without our finalizer has no operations yet. */
static bool wants_operations(const struct entry *entry)
{
	return entry->leaving || (entry->held && entry->unfollowed > entry->project->lists[KINDS].complete);
}

bool proof_wants_operations(const struct project *project)
{
	const struct entry *entry;

	LIST_FOREACH(entry, &project->entries, in_project)
	{
		if (wants_operations(entry))
			return true;
	}
	return false;
}

/* Were they listed after `since`, and every kind after them? */
static bool operations_listed(const struct project *project, uint64_t since)
{
	uint64_t operations = project->lists[KINDS].complete;

	return operations > since && project_listed_since(project, operations);
}

static bool is_there(const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		if (node->presence != NODE_ABSENT && text_equal(node->own_name, name))
			return true;
	}
	return false;
}

/* Does an operation run on something of entry's, be it there or not? */
static bool something_runs(const struct entry *entry, bool also_on_what_is_there)
{
	const struct vec *unfinished = &entry->project->unfinished;
	char prefix[MODEL_NAME_SIZE];

	model_prefix(entry->id, prefix);
	for (size_t i = 0; i < unfinished->count; i++) {
		const char *name = unfinished->own_items[i];

		if (text_starts(name, prefix) && (also_on_what_is_there || !is_there(entry, name)))
			return true;
	}
	return false;
}

bool proof_of_absence(const struct entry *entry, uint64_t since)
{
	return operations_listed(entry->project, since) && !something_runs(entry, true) &&
	       entry->project->complete_at >= entry->unshown_until;
}

/* Lists lag behind what is done. */
void proof_doubt(struct entry *entry)
{
	enum { LAG_MS = 60000 };

	entry->unshown_until = loop_now(entry->controller->loop) + LAG_MS;
}

/* Whoever ran before us had read all that the spec wants: nothing of it was made within the last minute. */
static bool was_read(const struct entry *entry)
{
	return measure_shows_programmed(entry) && entry->observed;
}

bool proof_of_past(struct entry *entry)
{
	if (!entry->unfollowed)
		return true;
	if (!operations_listed(entry->project, entry->unfollowed))
		return false;
	if (something_runs(entry, false)) {
		entry->unfollowed = entry->controller->reads;
		return false;
	}
	entry->unfollowed = 0;
	if (!was_read(entry))
		proof_doubt(entry);
	return true;
}

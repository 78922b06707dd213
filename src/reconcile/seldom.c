/* Kinds that nobody in a project has anything of. What could appear there is what others made under our names, or with our mark: that
 * is looked for at every fourth sweep, so that a kind costs calls where it is used. A sweep that somebody asked for, or that
 * proves something, lists all of them; and so does each after a start, for a while: what a process that was killed began to make
 * is shown late. */
#include "reconcile/internal.h"

enum { SELDOM = 4, SHOWN_BY_MS = 300000 };

/* Is all that a sweep has to tell what it tells of nodes that are known? Whatever else lists prove, they prove together. */
static bool only_observes(const struct project *project)
{
	bool young = loop_now(project->controller->loop) - project->named_at < SHOWN_BY_MS;

	return !young && !project->wanted && !project->own_error && !proof_wants_operations(project) &&
	       !orphans_are_sought(project->own_orphans) && !LIST_EMPTY(&project->entries);
}

static void mark_used(const struct entry *entry, bool used[KINDS])
{
	if (entry->folded) {
		folded_kinds(entry, used);
		return;
	}
	for (size_t i = 0; i < entry->nodes.count; i++)
		used[entry->nodes.items[i]->kind->id] = true;
}

/* Returns whether any is. */
static bool mark_all_used(const struct project *project, bool used[KINDS])
{
	const struct entry *entry;
	bool any = false;

	LIST_FOREACH(entry, &project->entries, in_project)
	{
		mark_used(entry, used);
	}
	for (int kind = 0; kind < KINDS; kind++)
		any |= used[kind] && kind_at(kind)->list_path;
	return any;
}

void seldom_choose(struct project *project)
{
	bool used[KINDS] = {false};
	bool all = !only_observes(project) || !mark_all_used(project, used);

	project->partial = false;
	for (int kind = 0; kind < KINDS; kind++) {
		struct list *list = &project->lists[kind];

		list->skipped = all || used[kind] || list->skipped + 1 >= SELDOM ? 0 : list->skipped + 1;
		project->partial |= list->skipped && kind_at(kind)->list_path;
	}
}

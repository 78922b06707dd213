/* The table of projects. One lives as long as an object or the configuration names it, or orphans may be in it. */
#include <assert.h>

#include "reconcile/internal.h"

struct project *project_get(struct controller *controller, const char *name, const char *identity)
{
	AUTO_FREE char *key = identity ? mem_printf("%s as %s", name, identity) : mem_strdup(name);
	struct project *project = map_find(&controller->projects, key);

	if (project)
		return project;
	project = mem_alloc(sizeof(*project));
	project->controller = controller;
	project->own_key = TAKE(key);
	project->own_name = mem_strdup(name);
	project->own_identity = mem_strdup(identity);
	project->last_at = project->written_at = INT64_MIN / 2;
	project->named_at = project->complete_at = loop_now(controller->loop);
	TAILQ_INIT(&project->looks);
	project->own_orphans = orphans_new(project);
	map_put(&controller->projects, project->own_key, project);
	project_ages(project, 0);
	return project;
}

void project_free(struct project *project)
{
	struct controller *controller = project->controller;

	timer_stop(controller->loop, &project->timer);
	timer_stop(controller->loop, &project->age);
	timer_stop(controller->loop, &project->age_reached);
	timer_stop(controller->loop, &project->look_timer);
	turn_end(project);
	for (int kind = 0; kind <= KINDS; kind++)
		gce_cancel(project->lists[kind].call);
	map_remove(&controller->projects, project->own_key);
	orphans_free(project->own_orphans);
	vec_done(&project->unfinished, mem_free);
	map_done(&project->unreached, NULL);
	map_done(&project->unreaching, NULL);
	images_forget(project);
	mem_free(project->own_error);
	mem_free(project->own_failing);
	mem_free(project->own_told);
	mem_free(project->own_key);
	mem_free(project->own_name);
	mem_free(project->own_identity);
	mem_free(project);
}

static bool is_configured(const struct project *project)
{
	const struct vec *names = &project->controller->orphan_projects;

	for (size_t i = 0; i < names->count; i++) {
		if (text_equal(names->own_items[i], project->own_name))
			return true;
	}
	return false;
}

bool project_is_named(const struct project *project)
{
	return !LIST_EMPTY(&project->entries) || is_configured(project);
}

/* The last object has left: is something of ours left there? */
static void project_left(struct project *project)
{
	if (may_act(project->controller) && project_was_swept(project))
		project_keep(project);
	else if (!is_configured(project))
		project_free(project);
}

void projects_free(struct controller *controller)
{
	while (controller->projects.count > 0)
		project_free(controller->projects.own_entries[0].value);
}

void project_join(struct entry *entry, const char *name, const char *identity)
{
	struct project *before = entry->project;

	if (before && text_equal(before->own_name, name) && text_equal(before->own_identity, identity))
		return;
	/* Its packs are opened with the project's name. */
	assert(!name || !entry->folded || (before && text_equal(before->own_name, name)));
	if (before)
		LIST_REMOVE(entry, in_project);
	entry->project = name ? project_get(entry->controller, name, identity) : NULL;
	if (entry->project)
		LIST_INSERT_HEAD(&entry->project->entries, entry, in_project);
	looks_join(entry, before);
	if (before && LIST_EMPTY(&before->entries))
		project_left(before);
}

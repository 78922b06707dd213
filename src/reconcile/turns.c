/* Turns at the start: what the first sweep of a project brings is held open until all of it is there, so only a few projects
 * are swept for the first time at once. Whoever takes long gives its turn up and goes on without: one project must not keep the
 * others waiting. */
#include "reconcile/internal.h"

enum { TURNS = 4, TURN_MS = 10000 };

static void on_turn_over(void *arg)
{
	turn_end(arg);
}

bool project_was_swept(const struct project *project)
{
	for (int kind = 0; kind < KINDS; kind++) {
		if (kind_at(kind)->list_path && !project->lists[kind].complete)
			return false;
	}
	return true;
}

bool turn_taken(struct project *project)
{
	struct controller *controller = project->controller;

	if (project_was_swept(project) || project->has_turn)
		return true;
	if (controller->turns < TURNS) {
		controller->turns++;
		project->has_turn = true;
		timer_start(controller->loop, &project->turn, TURN_MS, on_turn_over, project);
		return true;
	}
	if (!project->waits)
		TAILQ_INSERT_TAIL(&controller->waiting, project, in_waiting);
	project->waits = true;
	return false;
}

static void call_next(struct controller *controller)
{
	struct project *next = TAILQ_FIRST(&controller->waiting);

	if (!next)
		return;
	TAILQ_REMOVE(&controller->waiting, next, in_waiting);
	next->waits = false;
	project_want(next, 0);
}

void turn_end(struct project *project)
{
	struct controller *controller = project->controller;

	timer_stop(controller->loop, &project->turn);
	if (project->waits)
		TAILQ_REMOVE(&controller->waiting, project, in_waiting);
	project->waits = false;
	if (!project->has_turn)
		return;
	project->has_turn = false;
	controller->turns--;
	call_next(controller);
}

/* A load balancer as the story teller sees it: a whole graph, a plan made of it, a project whose lists are complete. A test
 * spoils what it is about and reads the status. */
#pragma once

#include "../plan/graph.h"
#include "reconcile/status.h"

#define SCENE_NOW_US 1781344800000000 /* 2026-06-13T10:00:00Z */

struct scene {
	struct graph graph;
	struct controller controller;
	struct project project;
	struct entry entry;
	struct status_input input;
	enum mandate mandate; /* 0: ALL */
	cJSON *status;
	bool changing;
};

/* All lists complete: a census. */
static inline void scene_census(struct scene *scene, uint64_t number)
{
	for (int kind = 0; kind <= KINDS; kind++)
		scene->project.lists[kind].complete = number;
}

static inline void scene_make(struct scene *scene, const char *spec)
{
	*scene = (struct scene){0};
	graph_make(&scene->graph, spec);
	scene->entry = (struct entry){
		.controller = &scene->controller,
		.own_key = "ml/tf",
		.namespace = "ml",
		.name = "tf",
		.own_uid = "uid-1",
		.own_status = "{}",
		.generation = 7,
		.born = 1,
		.project = &scene->project,
	};
	memcpy(scene->entry.id, scene->graph.sample.who.id, sizeof(scene->entry.id));
	scene->project.controller = &scene->controller;
	scene->project.own_name = "my-project";
	scene_census(scene, 2);
	scene->input = (struct status_input){
		.entry = &scene->entry,
		.lb = &scene->graph.sample.lb,
		.project = &scene->project,
		.rest_ms = SETTLE_MS,
		.wall_us = SCENE_NOW_US,
	};
}

static inline struct node *scene_node(struct scene *scene, const char *role)
{
	return graph_node(&scene->graph, role);
}

/* Plans, and makes the status of it. */
static inline cJSON *scene_status(struct scene *scene)
{
	scene->graph.input.mandate = scene->mandate;
	scene->input.plan = graph_plan(&scene->graph);
	scene->entry.nodes = scene->graph.input.nodes;
	return scene->status = status_make(&scene->input, &scene->changing);
}

/* The status that was made last is what the API server holds now. */
static inline void scene_stored(struct scene *scene)
{
	scene->entry.own_status = json_print_canonical(scene->status);
}

static inline const cJSON *scene_condition(const struct scene *scene, const char *type)
{
	const cJSON *condition;

	cJSON_ArrayForEach(condition, json_member(scene->status, "conditions"))
	{
		if (text_equal(json_text(condition, "type"), type))
			return condition;
	}
	return NULL;
}

static inline const char *scene_text(const struct scene *scene, const char *type, const char *member)
{
	return json_text_or(scene_condition(scene, type), member, "none");
}

#define assert_says(scene, type, truth, reason, words) assert_says_at(scene, type, truth, reason, words, __LINE__)

static inline void assert_says_at(
	const struct scene *scene, const char *type, const char *truth, const char *reason, const char *words, int line)
{
	if (!text_equal(scene_text(scene, type, "status"), truth) ||
		!text_equal(scene_text(scene, type, "reason"), reason) ||
		!strstr(scene_text(scene, type, "message"), words))
		fail_msg("line %d: %s should be %s, %s, with \"%s\" in:\n%s", line, type, truth, reason, words,
			cJSON_Print(json_member(scene->status, "conditions")));
}

static inline struct error refusal(const char *reason, const char *message)
{
	struct error err = {.class = ERROR_REJECTED};

	error_reason(&err, reason);
	text_copy(err.message, sizeof(err.message), message);
	return err;
}

/* Serving before this story begins. */
static inline void scene_serving(struct scene *scene, const char *spec)
{
	scene_make(scene, spec);
	scene_status(scene);
	scene_stored(scene);
}

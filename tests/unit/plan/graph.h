/* A graph for tests of the planner: every resource of an object there and as wanted, read just now, with a group whose
 * machines all serve. A test spoils what it is about and looks at the plan. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../kinds/sample.h"
#include "kinds/link.h"
#include "plan/plan.h"

enum { GRAPH_MAX = 40, GRAPH_NOW = 10000000 };

/* Earlier templates go as soon as they may. */
#define GRAPH_NO_HISTORY "{\"rollout\":{\"failurePolicy\":\"Hold\",\"revisionHistoryLimit\":0}}"

struct graph {
	struct sample sample;
	struct node store[GRAPH_MAX];
	struct node *items[GRAPH_MAX];
	struct plan_input input;
	struct plan *plan;
};

/* What the cloud adds to a body. */
static inline void graph_read_back(struct node *node)
{
	if (node->kind->fingerprint)
		json_set_text(node->seen, "fingerprint", "abc=");
	if (node->kind->label_release)
		json_set_text(node->seen, "labelFingerprint", "def=");
	if (node->kind->id == KIND_ADDRESS)
		json_set_text(node->seen, "address", "34.1.2.3");
	if (node->kind->id == KIND_GROUP)
		json_merge(node->seen,
			json_parse_text("{\"status\":{\"isStable\":true,\"versionTarget\":{\"isReached\":true}},"
					"\"currentActions\":{\"none\":3}}"));
}

static inline void graph_serve(struct node *group)
{
	group->views[VIEW_HEALTH] = (struct view){.present = true,
		.read_at = GRAPH_NOW,
		.tree = json_parse_text("{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":"
					"\"HEALTHY\"},{\"healthState\":\"HEALTHY\"}]}")};
}

static inline struct node *graph_add(struct graph *graph, struct node node)
{
	size_t at = graph->input.nodes.count++;

	assert_true(at < GRAPH_MAX);
	graph->store[at] = node;
	graph->store[at].id = (uint32_t)at + 1;
	graph->items[at] = &graph->store[at];
	return graph->items[at];
}

/* spec as for sample_make. */
static inline void graph_make(struct graph *graph, const char *spec)
{
	*graph = (struct graph){.input = {.mandate = MANDATE_ALL, .census = true, .ready = true, .now = GRAPH_NOW}};
	graph->input.nodes.items = graph->items;
	sample_make(&graph->sample, spec);
	for (size_t i = 0; i < graph->sample.wants.count; i++) {
		struct node *node = graph_add(graph, sample_node(&graph->sample.wants.items[i]));

		graph_read_back(node);
		node->read_at = GRAPH_NOW;
		if (node->kind->id == KIND_GROUP)
			graph_serve(node);
	}
}

static inline struct node *graph_node(struct graph *graph, const char *role)
{
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		if (strcmp(graph->items[i]->own_role, role) == 0)
			return graph->items[i];
	}
	fail_msg("no node of role %s", role);
	return NULL;
}

/* An older resource of the same role, no longer wanted. */
static inline struct node *graph_add_old(struct graph *graph, const char *role)
{
	struct node *old = graph_add(graph, *graph_node(graph, role));

	old->own_name = arena_printf(json_arena(), "%s-old", old->own_name);
	old->seen = json_copy(old->seen);
	json_set_text(old->seen, "name", old->own_name);
	old->wanted = false;
	old->want = NULL;
	old->terms = NULL;
	return old;
}

static inline void graph_absent(struct node *node)
{
	node->presence = NODE_ABSENT;
	node->seen = NULL;
	for (int view = 0; view < VIEWS; view++)
		node->views[view] = (struct view){0};
}

static inline void graph_unknown(struct node *node, bool unclear)
{
	graph_absent(node);
	node->presence = NODE_UNKNOWN;
	node->unclear = unclear;
}

static inline void graph_unwant(struct node *node)
{
	node->wanted = false;
	node->want = NULL;
}

static inline void graph_unwant_all(struct graph *graph)
{
	for (size_t i = 0; i < graph->input.nodes.count; i++)
		graph_unwant(graph->items[i]);
}

static inline struct plan *graph_plan(struct graph *graph)
{
	return graph->plan = plan_make(&graph->input);
}

static inline const struct verdict *graph_verdict(const struct graph *graph, const struct node *node)
{
	return &graph->plan->verdicts[node->id - 1];
}

/* What the plan does to node beside views; NULL: nothing. */
static inline const struct action *graph_action(const struct graph *graph, const struct node *node)
{
	for (size_t i = 0; i < graph->plan->count; i++) {
		if (graph->plan->actions[i].node == node && graph->plan->actions[i].type != ACTION_VIEW)
			return &graph->plan->actions[i];
	}
	return NULL;
}

static inline const char *action_name(const struct action *action)
{
	static const char *const names[] = {"read", "view", "insert", "patch", "verb", "delete"};

	return action ? names[action->type] : "nothing";
}

static inline bool action_writes(const struct action *action)
{
	return action->type != ACTION_READ && action->type != ACTION_VIEW;
}

/* The plan as text: what the same input must give again. */
static inline char *graph_text(const struct graph *graph)
{
	const struct plan *plan = graph->plan;
	struct str text = {0};
	char *copy;

	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		str_addf(&text, "%s %s %s %s?%s %s %s\n", action_name(action), action->node->own_name, action->method,
			action->path, action->query ? action->query : "", action->body ? json_print(action->body) : "",
			action->reason);
	}
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		const struct verdict *verdict = &plan->verdicts[i];

		str_addf(&text, "%s %s %s\n", graph->items[i]->own_name, node_state_name(verdict->state),
			verdict->waits_for ? verdict->waits_for->own_name : "");
	}
	str_addf(&text, "wake %lld census %d programmed %d settled %d\n", (long long)plan->wake_at, plan->wants_census,
		plan->programmed, plan->settled);
	copy = arena_strdup(json_arena(), str_text(&text));
	str_done(&text);
	return copy;
}

static inline void assert_does(
	const struct graph *graph, const struct node *node, const char *name, enum node_state state)
{
	const char *does = action_name(graph_action(graph, node));
	enum node_state is = graph_verdict(graph, node)->state;

	if (strcmp(does, name) != 0 || is != state)
		fail_msg("%s: %s expected in state %s, found %s in state %s; the plan:\n%s", node->own_role, name,
			node_state_name(state), does, node_state_name(is), graph_text(graph));
}

static inline void graph_differs(struct node *node)
{
	json_set_text(node->seen, "description", "somebody else's words");
}

static inline void graph_in_flight(struct node *node, enum node_change change, bool accepted)
{
	node->busy = !accepted;
	node->running = accepted;
	node->change = change;
}

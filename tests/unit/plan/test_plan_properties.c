/* What holds of every plan, whatever is known, unknown, running, foreign or half done: checked over random graphs made of the
 * real kinds' wants. A failing graph is named by its seed. */
#include "random_graph.h"

enum { GRAPHS = 20000 };

#define HOLDS(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail_msg("graph %llu: %s\n%s", (unsigned long long)seed, #condition, graph_text(graph));       \
	} while (0)

static bool refers_textually(const struct node *node, const struct node *target)
{
	const char *path = target->kind->id == KIND_GROUP ? group_instance_group_path(target->own_project,
								    target->own_location, target->own_name)
	                                                  : node_path(target);
	const char *text;

	if (node == target || node->presence != NODE_PRESENT)
		return false;
	text = json_print(node->seen);
	return strstr(text, arena_printf(json_arena(), "%s\"", path)) != NULL;
}

static void check_delete(const struct graph *graph, const struct action *action, uint64_t seed)
{
	HOLDS(graph->input.census);
	HOLDS(graph->input.mandate == MANDATE_ALL || graph->input.mandate == MANDATE_DELETE);
	HOLDS(!action->node->wanted);
	HOLDS(action->node->presence == NODE_PRESENT);
	HOLDS(action->node->kind->id != KIND_ADDRESS || graph->input.mandate == MANDATE_DELETE);
	for (size_t i = 0; i < graph->input.nodes.count; i++)
		HOLDS(!refers_textually(graph->items[i], action->node));
}

static void check_insert(const struct graph *graph, const struct action *action, uint64_t seed)
{
	const struct node *node = action->node;

	HOLDS(graph->input.mandate == MANDATE_ALL);
	HOLDS(node->wanted);
	HOLDS(node->presence == NODE_ABSENT ||
		(node->presence == NODE_UNKNOWN && graph->input.born_here && !node->unclear));
	HOLDS(strcmp(json_text(action->body, "name"), node->own_name) == 0);
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		const struct node *target = graph->items[i];
		bool linked = strstr(json_print(action->body), arena_printf(json_arena(), "%s\"", node_path(target)));

		if (target->kind->id == KIND_SUBNETWORK)
			continue; /* machines name it; the cloud looks it up */
		HOLDS(target == node || !linked || (target->presence == NODE_PRESENT && !target->running));
	}
}

static void check_update(const struct graph *graph, const struct action *action, uint64_t seed)
{
	const struct node *node = action->node;

	HOLDS(graph->input.mandate == MANDATE_ALL || graph->input.mandate == MANDATE_RELEASE);
	HOLDS(node->presence == NODE_PRESENT);
	HOLDS(node->wanted == (graph->input.mandate == MANDATE_ALL));
	HOLDS(action->reason[0]);
	HOLDS(action->type != ACTION_PATCH || !node->kind->fingerprint || json_text(action->body, "fingerprint"));
	HOLDS(action->assumed != NULL);
}

static void check_action(const struct graph *graph, const struct action *action, uint64_t seed)
{
	const struct node *node = action->node;

	if (action->type == ACTION_VIEW) {
		HOLDS(node->kind->id == KIND_GROUP && !node->views[action->view].busy &&
			node->presence == NODE_PRESENT);
		return;
	}
	HOLDS(!node->busy && !node->running);
	HOLDS(node->presence != NODE_FOREIGN);
	if (action->type == ACTION_READ) {
		HOLDS(node->not_before <= GRAPH_NOW);
		return;
	}
	HOLDS(!node->external);
	HOLDS(graph->input.mandate != MANDATE_NONE);
	HOLDS(!node->own_error || node->not_before <= GRAPH_NOW);
	if (action->type == ACTION_DELETE)
		check_delete(graph, action, seed);
	else if (action->type == ACTION_INSERT)
		check_insert(graph, action, seed);
	else
		check_update(graph, action, seed);
}

static void check_once_per_node(const struct graph *graph, uint64_t seed)
{
	const struct plan *plan = graph->plan;

	for (size_t i = 0; i < plan->count; i++) {
		for (size_t j = 0; j < i; j++)
			HOLDS(plan->actions[i].node != plan->actions[j].node ||
				plan->actions[i].type != plan->actions[j].type ||
				plan->actions[i].view != plan->actions[j].view);
		for (size_t j = 0; j < i; j++)
			HOLDS(plan->actions[i].node != plan->actions[j].node || plan->actions[i].type == ACTION_VIEW ||
				plan->actions[j].type == ACTION_VIEW);
	}
}

/* Nothing to do, nothing in flight, nothing to wait for, and yet not settled: then a person or the cloud must move. */
static bool has_a_reason(const struct graph *graph)
{
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		const struct node *node = graph->items[i];
		enum node_state state = graph->plan->verdicts[i].state;

		if (node->busy || node->running || state == STATE_FOREIGN || state == STATE_FAILED ||
			state == STATE_DRIFTED)
			return true;
	}
	return graph->input.mandate == MANDATE_NONE;
}

static void check_summary(const struct graph *graph, uint64_t seed)
{
	const struct plan *plan = graph->plan;

	HOLDS(plan->wake_at > GRAPH_NOW); /* a wake in the past would be a busy loop */
	if (plan->settled) {
		HOLDS(!plan->wants_census);
		for (size_t i = 0; i < plan->count; i++)
			HOLDS(plan->actions[i].type == ACTION_VIEW);
		for (size_t i = 0; i < graph->input.nodes.count; i++)
			HOLDS(!graph->items[i]->busy && !graph->items[i]->running);
	}
	if (!plan->settled)
		HOLDS(plan->count > 0 || plan->wants_census || plan->wake_at != INT64_MAX || has_a_reason(graph));
	if (plan->programmed) {
		for (size_t i = 0; i < graph->input.nodes.count; i++)
			HOLDS(!graph->items[i]->wanted || plan->verdicts[i].state == STATE_READY);
	}
}

static void every_plan(void **state)
{
	unsigned counts[ACTION_DELETE + 1] = {0}, settled = 0;

	for (uint64_t seed = 1; seed <= GRAPHS; seed++) {
		JSON_WORK(work);
		struct graph graph;
		char *before;

		random_graph(&graph, seed);
		graph_plan(&graph);
		for (size_t i = 0; i < graph.plan->count; i++) {
			check_action(&graph, &graph.plan->actions[i], seed);
			counts[graph.plan->actions[i].type]++;
		}
		check_once_per_node(&graph, seed);
		check_summary(&graph, seed);
		settled += graph.plan->settled;
		before = graph_text(&graph);
		graph_plan(&graph);
		assert_string_equal(graph_text(&graph), before); /* and the first plan changed nothing it was given */
	}
	for (int type = 0; type <= ACTION_DELETE; type++)
		assert_true(counts[type] > 500); /* the graphs are rich enough to mean something */
	assert_true(settled > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

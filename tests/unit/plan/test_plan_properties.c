/* What holds of every plan, whatever is known, unknown, running, foreign or half done: checked over random graphs made of the
 * real kinds' wants. A failing graph is named by its seed. */
#include "graph.h"

enum { GRAPHS = 20000, EXTRA = 4 };

static uint64_t random_state;

static unsigned pick(unsigned sides)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 20) % sides);
}

static bool chance(unsigned percent)
{
	return pick(100) < percent;
}

static struct error errors[] = {{.class = ERROR_STALE}, {.class = ERROR_WAIT}, {.class = ERROR_TRANSIENT},
	{.class = ERROR_THROTTLED}, {.class = ERROR_REJECTED}};

/* --- random graphs --- */

static void spoil_body(struct node *node)
{
	switch (pick(5)) {
	case 0:
		json_set_text(node->seen, "description", "changed by hand");
		break;
	case 1:
		json_remove(node->seen, "fingerprint");
		json_set_text(node->seen, "description", "changed by hand");
		break;
	case 2:
		json_set_int(node->seen, "targetSize", 9);
		json_set_text(node->seen, "target", "projects/my-project/global/targetHttpProxies/other");
		break;
	case 3:
		json_set_array(node->seen, "backends");
		json_merge(node->seen, json_parse_text("{\"status\":{\"isStable\":false}}"));
		break;
	default:
		break;
	}
}

static void spoil_flight(struct node *node)
{
	static const enum node_change changes[] = {CHANGE_INSERT, CHANGE_PATCH, CHANGE_VERB, CHANGE_DELETE};

	if (chance(80))
		return;
	if (chance(50)) {
		node->busy = true;
		node->change = chance(50) || node->external ? CHANGE_NONE : changes[pick(4)];
	} else if (!node->external) {
		node->running = true;
		node->change = changes[pick(4)];
	}
}

static void spoil_past(struct node *node)
{
	node->verified = chance(80);
	node->inherited = chance(10);
	if (chance(15)) {
		node->own_error = &errors[pick(5)];
		node->failed = pick(CHANGE_DELETE + 1);
		node->attempts = 1 + (int)pick(20);
		node->not_before = GRAPH_NOW + (int64_t)pick(20000) - 10000;
	}
	if (chance(10)) {
		text_copy(node->written, sizeof(node->written), chance(50) ? "description" : "targetSize");
		node->writes = (int)pick(6);
	}
}

static void spoil_ages(struct node *node)
{
	node->read_at = GRAPH_NOW - pick(90000);
	for (int view = 0; view < VIEWS; view++) {
		node->views[view].read_at = chance(90) ? GRAPH_NOW - pick(90000) : 0;
		node->views[view].busy = chance(10);
	}
}

static void spoil(struct node *node, unsigned share)
{
	if (!chance(share))
		return;
	switch (pick(node->external ? 3 : 4)) {
	case NODE_UNKNOWN:
		graph_unknown(node, chance(50));
		break;
	case NODE_ABSENT:
		graph_absent(node);
		break;
	case NODE_FOREIGN:
		graph_absent(node);
		node->presence = NODE_FOREIGN;
		break;
	default:
		spoil_body(node);
	}
	spoil_flight(node);
	spoil_past(node);
	if (chance(30) && (node->kind->id == KIND_FORWARDING_RULE || node->kind->id == KIND_FIREWALL))
		graph_unwant(node); /* what no other want refers to */
}

static const char *const specs[] = {
	"",
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},{\"name\":\"x\",\"zone\":\"us-central1-b\"}]}",
	"{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"ip\"}},\"template\":{\"subnetwork\":\"ml\"}}",
	"{\"frontend\":{\"address\":{\"type\":\"Ephemeral\"}},\"firewall\":{\"managed\":false}}",
};

static void random_graph(struct graph *graph, uint64_t seed)
{
	static const char *const olds[] = {"template-w", "group-w", "http-rule", "backend-default"};
	unsigned share;

	random_state = seed * 0x9e3779b97f4a7c15u + 1;
	graph_make(graph, specs[pick(4)]);
	for (int i = 0; i < EXTRA; i++) {
		if (chance(30))
			graph_add_old(graph, olds[i]);
	}
	share = pick(101); /* from whole graphs to broken ones */
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		spoil(graph->items[i], share);
		if (chance(70))
			spoil_ages(graph->items[i]);
	}
	graph->input.mandate = chance(60) ? MANDATE_ALL : pick(MANDATE_NONE + 1);
	if (graph->input.mandate == MANDATE_DELETE || graph->input.mandate == MANDATE_RELEASE)
		graph_unwant_all(graph);
	graph->input.census = chance(80);
	graph->input.born_here = chance(40);
	graph->input.ready = chance(50);
}

/* --- what must hold --- */

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

		if (node->busy || node->running || state == STATE_FOREIGN || state == STATE_FAILED)
			return true;
	}
	return graph->input.mandate == MANDATE_NONE;
}

static void check_summary(const struct graph *graph, uint64_t seed)
{
	const struct plan *plan = graph->plan;

	HOLDS(plan->wake_at > GRAPH_NOW); /* a wake in the past would be a busy loop */
	if (plan->settled) {
		HOLDS(plan->count == 0 && !plan->wants_census);
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

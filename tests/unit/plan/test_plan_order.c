/* Which of an object's writes go first where they stand in line. */
#include "graph.h"

static unsigned before(struct graph *graph, const char *role)
{
	const struct action *action = graph_action(graph, graph_node(graph, role));

	assert_non_null(action);
	return action->before;
}

static void make_all(struct graph *graph)
{
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		if (!graph->items[i]->external)
			graph_absent(graph->items[i]);
	}
	graph_plan(graph);
}

/* The rule at the end of the longest path waits for an address, nobody for a firewall. */
static void the_longest_path_goes_first(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	make_all(&graph);
	assert_int_equal(before(&graph, "template-w"), 0);
	assert_int_equal(before(&graph, "health-check"), 0);
	/* Template, two health checks, backend service, URL map and proxy; what is in a zone does not count. */
	assert_int_equal(before(&graph, "address"), 6);
	assert_int_equal(before(&graph, "firewall"), 8); /* these, address and rule */
}

/* What is on its way already takes nobody's turn. */
static void only_what_is_to_come_counts(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *map;

	graph_make(&graph, "");
	map = graph_node(&graph, "url-map");
	graph_absent(map);
	graph_absent(graph_node(&graph, "firewall"));
	graph_plan(&graph);
	assert_int_equal(before(&graph, "firewall"), 1);
	map->busy = true;
	map->change = CHANGE_INSERT;
	graph_plan(&graph);
	assert_int_equal(before(&graph, "firewall"), 0);
}

/* An edit of one resource waits for nobody. */
static void one_change_alone_lets_nobody_pass(void **state)
{
	static const char *const roles[] = {"health-check", "firewall", "url-map"};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		JSON_WORK(work);
		struct graph graph;

		graph_make(&graph, "");
		json_set_text(graph_node(&graph, roles[i])->seen, "description", "somebody else's words");
		graph_plan(&graph);
		assert_int_equal(before(&graph, roles[i]), 0);
	}
}

/* The other way round: what holds the most others up goes first. */
static void deletions_begin_with_the_front(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph.input.mandate = MANDATE_DELETE;
	graph_unwant_all(&graph);
	graph_absent(graph_node(&graph, "http-rule"));
	graph_plan(&graph);
	assert_int_equal(before(&graph, "http-proxy"), 0);
	/* Proxy, URL map, backend service, two health checks, template. */
	assert_int_equal(before(&graph, "address"), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_path_goes_first),
		cmocka_unit_test(only_what_is_to_come_counts),
		cmocka_unit_test(one_change_alone_lets_nobody_pass),
		cmocka_unit_test(deletions_begin_with_the_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

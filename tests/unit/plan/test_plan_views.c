/* Groups change by themselves: when their bodies and views are read. */
#include "graph.h"

static void rolling(struct node *group)
{
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false}}"));
}

static const struct action *view_of(const struct graph *graph, enum view_id id)
{
	for (size_t i = 0; i < graph->plan->count; i++) {
		if (graph->plan->actions[i].type == ACTION_VIEW && graph->plan->actions[i].view == id)
			return &graph->plan->actions[i];
	}
	return NULL;
}

/* At what age a view is read again, of a body that was read just now; the plan wakes for it until then. */
static int64_t interval_of(struct graph *graph, enum view_id id)
{
	struct node *group = graph_node(graph, "group-w");

	for (int view = 0; view < VIEWS; view++)
		group->views[view].read_at = GRAPH_NOW;
	for (int64_t age = 0; age <= 120000; age += 1000) {
		graph->input.now = group->read_at = GRAPH_NOW + age;
		graph_plan(graph);
		if (view_of(graph, id))
			return age;
		for (int view = 0; view < VIEWS; view++) {
			if (view != (int)id)
				group->views[view].read_at = graph->input.now;
		}
	}
	return -1;
}

static void health_at_rest_is_read_every_minute(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_plan(&graph);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 60000);
	assert_true(graph.plan->settled);
	assert_int_equal(interval_of(&graph, VIEW_HEALTH), 60000);
	assert_int_equal(interval_of(&graph, VIEW_MACHINES), -1);
	assert_int_equal(interval_of(&graph, VIEW_ERRORS), -1);
}

static void health_is_read_often_until_ready(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph.input.ready = false;
	assert_int_equal(interval_of(&graph, VIEW_HEALTH), 5000);
}

/* Who may not read it is not helped by asking often; what may pass is asked for as before. */
static void a_refused_view_is_read_slowly(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct error err = {.class = ERROR_REJECTED};

	graph_make(&graph, "");
	graph.input.ready = false;
	graph_node(&graph, "group-w")->views[VIEW_HEALTH].own_error = &err;
	assert_int_equal(interval_of(&graph, VIEW_HEALTH), 60000);
	err.class = ERROR_TRANSIENT;
	assert_int_equal(interval_of(&graph, VIEW_HEALTH), 5000);
	graph_node(&graph, "group-w")->views[VIEW_HEALTH].own_error = NULL;
}

static void health_while_some_are_missing(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	group->views[VIEW_HEALTH].tree = json_parse_text(
		"{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"},{\"healthState\":"
		"\"UNHEALTHY\"}]}");
	assert_int_equal(interval_of(&graph, VIEW_HEALTH), 15000);
	graph_serve(group);
	rolling(group);
	assert_int_equal(interval_of(&graph, VIEW_HEALTH), 15000);
}

static void health_is_asked_of_the_service_about_the_group(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;
	const struct action *action;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	group->views[VIEW_HEALTH] = (struct view){0};
	graph_plan(&graph);
	action = view_of(&graph, VIEW_HEALTH);
	assert_ptr_equal(action->node, group);
	assert_string_equal(action->method, "POST");
	assert_string_equal(action->path,
		arena_printf(json_arena(), "%s/getHealth", node_path(graph_node(&graph, "backend-default"))));
	assert_true(text_ends(json_text(action->body, "group"),
		group_instance_group_path(group->own_project, group->own_location, group->own_name)));
}

/* Before a rule leads to the service the cloud has nothing to say. */
static void no_health_without_a_front(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_node(&graph, "group-w")->views[VIEW_HEALTH] = (struct view){0};
	graph_absent(graph_node(&graph, "http-rule"));
	graph_plan(&graph);
	assert_null(view_of(&graph, VIEW_HEALTH));
	graph_make(&graph, "");
	graph_node(&graph, "group-w")->views[VIEW_HEALTH] = (struct view){0};
	json_set_array(graph_node(&graph, "backend-default")->seen, "backends");
	graph_plan(&graph);
	assert_null(view_of(&graph, VIEW_HEALTH));
}

static void a_rolling_group_is_read_with_its_machines(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	rolling(group);
	assert_int_equal(interval_of(&graph, VIEW_MACHINES), 10000);
	assert_int_equal(interval_of(&graph, VIEW_ERRORS), 30000);
	graph.input.now = GRAPH_NOW;
	group->read_at = GRAPH_NOW - 10000;
	graph_plan(&graph);
	assert_does(&graph, group, "read", STATE_READY);
	group->read_at = GRAPH_NOW - 9999;
	graph_plan(&graph);
	assert_does(&graph, group, "nothing", STATE_READY);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 1);
}

/* While the chain in front of it is made, nobody asks how far the machines are. */
static void while_creating_only_the_body(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	rolling(group);
	graph_absent(graph_node(&graph, "http-rule"));
	group->read_at = GRAPH_NOW - 30000;
	group->views[VIEW_HEALTH] = (struct view){0};
	graph_plan(&graph);
	assert_does(&graph, group, "read", STATE_READY);
	assert_null(view_of(&graph, VIEW_MACHINES));
	assert_null(view_of(&graph, VIEW_ERRORS));
}

static void a_view_in_flight_is_not_read_twice(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	rolling(group);
	for (int view = 0; view < VIEWS; view++)
		group->views[view] = (struct view){.busy = true};
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
}

/* Its answer may bring nothing new, and then nobody plans again. */
static void a_read_of_health_in_flight_is_not_the_last_one(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_node(&graph, "group-w")->views[VIEW_HEALTH].busy = true;
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 60000);
}

/* It may have arrived meanwhile: its machines are asked for when it says that it has not. */
static void an_old_body_is_read_before_its_machines(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	rolling(group);
	group->read_at = GRAPH_NOW - 10000;
	graph_plan(&graph);
	assert_does(&graph, group, "read", STATE_READY);
	assert_null(view_of(&graph, VIEW_MACHINES));
	assert_null(view_of(&graph, VIEW_ERRORS));
	group->read_at = GRAPH_NOW;
	graph_plan(&graph);
	assert_non_null(view_of(&graph, VIEW_MACHINES));
	assert_non_null(view_of(&graph, VIEW_ERRORS));
}

static void no_views_of_what_is_written(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	for (int view = 0; view < VIEWS; view++)
		group->views[view] = (struct view){0};
	group->running = true;
	group->change = CHANGE_PATCH;
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(health_at_rest_is_read_every_minute),
		cmocka_unit_test(health_is_read_often_until_ready),
		cmocka_unit_test(a_refused_view_is_read_slowly),
		cmocka_unit_test(health_while_some_are_missing),
		cmocka_unit_test(health_is_asked_of_the_service_about_the_group),
		cmocka_unit_test(no_health_without_a_front),
		cmocka_unit_test(a_rolling_group_is_read_with_its_machines),
		cmocka_unit_test(while_creating_only_the_body),
		cmocka_unit_test(a_view_in_flight_is_not_read_twice),
		cmocka_unit_test(a_read_of_health_in_flight_is_not_the_last_one),
		cmocka_unit_test(an_old_body_is_read_before_its_machines),
		cmocka_unit_test(no_views_of_what_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

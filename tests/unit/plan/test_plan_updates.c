/* What the plan changes, what it does not write again, and when it looks at what it wrote. */
#include "graph.h"

/* --- updates --- */

static void a_patch_is_the_smallest_with_the_fingerprint_seen(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *service;
	const struct action *action;

	graph_make(&graph, "");
	service = graph_node(&graph, "backend-default");
	json_set_int(service->seen, "timeoutSec", 77);
	graph_plan(&graph);
	action = graph_action(&graph, service);
	assert_string_equal(action->method, "PATCH");
	assert_string_equal(action->reason, "timeoutSec");
	assert_string_equal(json_print(action->body), "{\"timeoutSec\":30,\"fingerprint\":\"abc=\"}");
	assert_int_equal(json_int(action->assumed, "timeoutSec", 0), 30);
	assert_false(json_has(action->assumed, "fingerprint")); /* the cloud has another one now */
}

static void a_size_is_a_verb_with_a_query(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;
	const struct action *action;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	json_set_int(group->seen, "targetSize", 9);
	graph_plan(&graph);
	action = graph_action(&graph, group);
	assert_string_equal(action->method, "POST");
	assert_true(text_ends(action->path, "/resize"));
	assert_string_equal(action->query, "size=3");
	assert_null(action->body);
	assert_string_equal(action->reason, "targetSize");
}

/* Patch first, then one verb after the other: a node has one call in flight. */
static void one_write_at_a_time(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	graph_differs(group);
	json_set_int(group->seen, "targetSize", 9);
	json_set(group->seen, "namedPorts", json_parse_text("[]"));
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 1);
	assert_does(&graph, group, "patch", STATE_UPDATING);
	json_set_text(group->seen, "description", json_text(group->want, "description"));
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 1);
	assert_does(&graph, group, "verb", STATE_UPDATING);
}

/* A patch that refers to something new waits for it; what does not refer to it need not wait. */
static void an_update_waits_for_what_it_refers_to(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group, *template;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	template = graph_node(&graph, "template-w");
	graph_absent(template);
	json_set_text(json_at(group->seen, "versions[0]"), "instanceTemplate",
		"projects/my-project/global/instanceTemplates/older");
	graph_plan(&graph);
	assert_does(&graph, group, "nothing", STATE_WAITING);
	assert_ptr_equal(graph_verdict(&graph, group)->waits_for, template);
	json_set_int(group->seen, "targetSize", 9);
	graph_plan(&graph);
	assert_does(&graph, group, "verb", STATE_UPDATING);
}

/* The plan's write of node was a success, and the member still reads as before. */
static void written_in_vain(struct graph *graph, struct node *node)
{
	const struct action *action;

	graph_plan(graph);
	action = graph_action(graph, node);
	assert_non_null(action);
	assert_true(action_writes(action));
	fight_written(node, &action->fights);
}

/* Rule 11. */
static void what_does_not_stick_is_not_written_again(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *service;

	graph_make(&graph, "");
	service = graph_node(&graph, "backend-default");
	json_set_int(service->seen, "timeoutSec", 77);
	written_in_vain(&graph, service);
	graph_plan(&graph);
	assert_does(&graph, service, "patch", STATE_UPDATING);
	assert_null(graph_verdict(&graph, service)->stuck);
	written_in_vain(&graph, service);
	graph_plan(&graph);
	assert_does(&graph, service, "nothing", STATE_DRIFTED);
	assert_string_equal(graph_verdict(&graph, service)->stuck, "timeoutSec");
	assert_false(graph.plan->programmed);
	assert_false(graph.plan->settled);
	service->verified = false; /* not read after the write yet */
	graph_plan(&graph);
	assert_does(&graph, service, "patch", STATE_UPDATING);
}

/* Once seen as wanted, all is forgotten; what differs all the time is not. */
static void a_fight_ends_when_it_is_won(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *service;

	graph_make(&graph, "");
	service = graph_node(&graph, "backend-default");
	json_set_int(service->seen, "timeoutSec", 77);
	json_set_text(service->seen, "portName", "other");
	written_in_vain(&graph, service);
	written_in_vain(&graph, service);
	graph_plan(&graph);
	assert_string_equal(graph_verdict(&graph, service)->stuck, "portName, timeoutSec");
	json_set_text(service->seen, "portName", "http");
	graph_plan(&graph);
	fight_keep(service, graph_verdict(&graph, service)->diff);
	json_set_text(service->seen, "portName", "other");
	graph_plan(&graph);
	assert_does(&graph, service, "patch", STATE_UPDATING);
	assert_string_equal(graph_action(&graph, service)->reason, "portName");
	assert_string_equal(graph_verdict(&graph, service)->stuck, "timeoutSec");
	fight_keep(service, NULL);
	graph_plan(&graph);
	assert_string_equal(graph_action(&graph, service)->reason, "portName, timeoutSec");
}

/* Another value of the same member is another try. */
static void another_value_is_another_try(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *service;

	graph_make(&graph, "");
	service = graph_node(&graph, "backend-default");
	json_set_int(service->seen, "timeoutSec", 77);
	written_in_vain(&graph, service);
	written_in_vain(&graph, service);
	json_set_int(service->want, "timeoutSec", 78);
	graph_plan(&graph);
	assert_does(&graph, service, "patch", STATE_UPDATING);
}

/* What sticks is written although something else does not, be it in the same patch or by a verb. */
static void what_sticks_is_still_written(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	graph_differs(group);
	written_in_vain(&graph, group);
	written_in_vain(&graph, group);
	json_set_int(group->seen, "targetSize", 9);
	json_set_text(json_at(group->seen, "updatePolicy"), "type", "OPPORTUNISTIC");
	graph_plan(&graph);
	assert_does(&graph, group, "patch", STATE_UPDATING);
	assert_string_equal(graph_action(&graph, group)->reason, "updatePolicy.type");
	assert_string_equal(
		json_print(graph_action(&graph, group)->body), "{\"updatePolicy\":{\"type\":\"PROACTIVE\"}}");
	json_set_text(json_at(group->seen, "updatePolicy"), "type", "PROACTIVE");
	graph_plan(&graph);
	assert_does(&graph, group, "verb", STATE_UPDATING);
	assert_string_equal(graph_action(&graph, group)->reason, "targetSize");
}

/* Whatever the cloud keeps, and however much of it, the writes come to an end. */
static void the_tries_come_to_an_end(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *group;
	int writes = 0;

	graph_make(&graph, "");
	group = graph_node(&graph, "group-w");
	graph_differs(group);
	json_set_int(group->seen, "targetSize", 9);
	json_set(group->seen, "namedPorts", json_parse_text("[]"));
	for (int i = 0; i < FIGHTS_MAX; i++)
		json_set_int(group->want, arena_printf(json_arena(), "member%d", i), i);
	for (graph_plan(&graph); graph_action(&graph, group); graph_plan(&graph)) {
		fight_written(group, &graph_action(&graph, group)->fights);
		assert_true(++writes <= 6);
	}
	assert_does(&graph, group, "nothing", STATE_DRIFTED);
}

/* --- failures --- */

static void what_failed_rests_until_its_time(void **state)
{
	JSON_WORK(work);
	struct error refused = {.class = ERROR_REJECTED}, in_use = {.class = ERROR_WAIT};
	struct graph graph;
	struct node *map, *rule;

	graph_make(&graph, "");
	map = graph_node(&graph, "url-map");
	rule = graph_node(&graph, "http-rule");
	graph_differs(map);
	map->own_error = &refused;
	map->not_before = GRAPH_NOW + 3000;
	graph_unwant(rule);
	rule->own_error = &in_use;
	rule->not_before = GRAPH_NOW + 2000;
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	assert_does(&graph, map, "nothing", STATE_FAILED);
	assert_does(&graph, rule, "nothing", STATE_WAITING);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 2000);
	assert_false(graph.plan->settled);
	graph.input.now = GRAPH_NOW + 3000;
	graph_plan(&graph);
	assert_does(&graph, map, "patch", STATE_UPDATING);
	assert_does(&graph, rule, "delete", STATE_DELETING);
}

static void a_read_rests_too(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *map;

	graph_make(&graph, "");
	map = graph_node(&graph, "url-map");
	graph_unknown(map, true);
	map->not_before = GRAPH_NOW + 1000;
	graph_plan(&graph);
	assert_does(&graph, map, "nothing", STATE_UNKNOWN);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 1000);
}

/* --- what was written is read once more --- */

static void one_call_per_node(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *map, *group;

	graph_make(&graph, "");
	map = graph_node(&graph, "url-map");
	map->verified = false;
	graph_differs(map); /* an edit came before the read */
	group = graph_node(&graph, "group-w");
	graph_differs(group);
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false}}"));
	group->read_at = 1; /* long ago: due to be read again */
	graph_plan(&graph);
	for (size_t i = 0; i < graph.plan->count; i++) {
		for (size_t j = 0; j < i; j++)
			assert_false(graph.plan->actions[i].node == graph.plan->actions[j].node &&
				     graph.plan->actions[i].type != ACTION_VIEW &&
				     graph.plan->actions[j].type != ACTION_VIEW);
	}
	assert_does(&graph, map, "patch", STATE_UPDATING);
	assert_does(&graph, group, "patch", STATE_UPDATING);
}

static void one_is_read_alone_more_by_lists(void **state)
{
	static const char *const roles[] = {"url-map", "http-proxy"};
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_node(&graph, roles[0])->verified = false;
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 1);
	assert_does(&graph, graph_node(&graph, roles[0]), "read", STATE_READY);
	assert_false(graph.plan->wants_census);
	assert_false(graph.plan->programmed);
	assert_false(graph.plan->settled);
	graph_node(&graph, roles[1])->verified = false;
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	assert_true(graph.plan->wants_census);
}

static void nothing_is_verified_while_the_wave_goes_on(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_node(&graph, "url-map")->verified = false;
	graph_in_flight(graph_node(&graph, "health-check"), CHANGE_PATCH, true);
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	graph_make(&graph, "");
	graph_node(&graph, "url-map")->verified = false;
	graph_differs(graph_node(&graph, "health-check"));
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 1);
	assert_does(&graph, graph_node(&graph, "health-check"), "patch", STATE_UPDATING);
	graph_make(&graph, "");
	graph_node(&graph, "url-map")->verified = false;
	graph_absent(graph_node(&graph, "http-rule"));
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 1);
	assert_does(&graph, graph_node(&graph, "http-rule"), "insert", STATE_CREATING);
}

/* A step of a migration takes its time: nothing is written, it is told apart from what is to be written, and the plan wakes for the next. */
static void a_step_is_waited_for(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *service;
	const struct verdict *verdict;

	graph_make(&graph, "");
	service = graph_node(&graph, "backend-default");
	json_merge(service->seen,
		json_parse_text(
			"{\"loadBalancingScheme\":\"EXTERNAL\",\"externalManagedMigrationState\":\"PREPARE\"}"));
	json_set_text(service->seen, "description",
		mark_with_note(json_text(service->want, "description"), json_parse_text("{\"since\":7}")));
	json_set_text(graph_node(&graph, "http-rule")->seen, "loadBalancingScheme", "EXTERNAL");
	graph_plan(&graph);
	verdict = graph_verdict(&graph, service);
	assert_int_equal(verdict->state, STATE_UPDATING);
	assert_true(verdict->on_its_way);
	assert_null(graph_action(&graph, service));
	assert_false(graph.plan->settled);
	assert_true(graph.plan->wake_at <= GRAPH_NOW + 607000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_patch_is_the_smallest_with_the_fingerprint_seen),
		cmocka_unit_test(a_size_is_a_verb_with_a_query),
		cmocka_unit_test(one_write_at_a_time),
		cmocka_unit_test(an_update_waits_for_what_it_refers_to),
		cmocka_unit_test(what_does_not_stick_is_not_written_again),
		cmocka_unit_test(a_fight_ends_when_it_is_won),
		cmocka_unit_test(another_value_is_another_try),
		cmocka_unit_test(what_sticks_is_still_written),
		cmocka_unit_test(the_tries_come_to_an_end),
		cmocka_unit_test(what_failed_rests_until_its_time),
		cmocka_unit_test(a_read_rests_too),
		cmocka_unit_test(one_call_per_node),
		cmocka_unit_test(one_is_read_alone_more_by_lists),
		cmocka_unit_test(nothing_is_verified_while_the_wave_goes_on),
		cmocka_unit_test(a_step_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

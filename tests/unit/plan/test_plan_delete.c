/* What goes, in which order, under which mandate, and what never goes. */
#include "graph.h"

static size_t count_writes(const struct graph *graph)
{
	size_t count = 0;

	for (size_t i = 0; i < graph->plan->count; i++)
		count += action_writes(&graph->plan->actions[i]);
	return count;
}

static void spoil_everything(struct graph *graph)
{
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		struct node *node = graph->items[i];

		if (i % 3 == 0)
			graph_absent(node);
		else if (i % 3 == 1)
			json_set_text(node->seen, "description", "somebody else's words");
		else if (!node->external)
			graph_unwant(node);
	}
}

/* --- order --- */

static void nothing_goes_that_something_refers_to(void **state)
{
	static const char *const links[][2] = {{"http-rule", "http-proxy"}, {"http-rule", "address"},
		{"http-proxy", "url-map"}, {"url-map", "backend-default"}, {"backend-default", "health-check"},
		{"backend-default", "group-w"}, {"group-w", "template-w"}, {"group-w", "healing"}};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		JSON_WORK(work);
		struct graph graph;
		struct node *user, *target;

		graph_make(&graph, "");
		graph_unwant_all(&graph);
		graph.input.mandate = MANDATE_DELETE;
		user = graph_node(&graph, links[i][0]);
		target = graph_node(&graph, links[i][1]);
		for (size_t n = 0; n < graph.input.nodes.count; n++) {
			if (graph.items[n] != user && graph.items[n] != target)
				graph_absent(graph.items[n]);
		}
		graph_plan(&graph);
		assert_does(&graph, user, "delete", STATE_DELETING);
		assert_does(&graph, target, "nothing", STATE_WAITING);
		assert_ptr_equal(graph_verdict(&graph, target)->waits_for, user);
		user->running = true; /* on its way out it still refers */
		user->change = CHANGE_DELETE;
		graph_plan(&graph);
		assert_does(&graph, target, "nothing", STATE_WAITING);
		user->running = false;
		graph_absent(user);
		graph_plan(&graph);
		assert_does(&graph, target, "delete", STATE_DELETING);
	}
}

/* What is not known may refer to it; so may what is being written. */
static void nothing_goes_that_something_may_refer_to(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *service, *check;

	graph_make(&graph, "");
	graph_unwant_all(&graph);
	graph.input.mandate = MANDATE_DELETE;
	for (size_t i = 0; i < graph.input.nodes.count; i++)
		graph_absent(graph.items[i]);
	service = graph_node(&graph, "backend-default");
	check = graph_node(&graph, "health-check");
	*check = sample_node(wants_find(&graph.sample.wants, KIND_HEALTH_CHECK, "health-check"));
	check->id = (uint32_t)(check - graph.store) + 1;
	graph_unwant(check);
	graph_unknown(service, true);
	graph_plan(&graph);
	assert_does(&graph, check, "nothing", STATE_WAITING);
	graph_absent(service);
	service->busy = true;
	service->change = CHANGE_INSERT;
	graph_plan(&graph);
	assert_does(&graph, check, "nothing", STATE_WAITING);
	assert_ptr_equal(graph_verdict(&graph, check)->waits_for, service);
	service->busy = false;
	graph_plan(&graph);
	assert_does(&graph, check, "delete", STATE_DELETING);
}

static void the_address_goes_by_its_literal(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *address, *rule;

	graph_make(&graph, "");
	graph_unwant_all(&graph);
	graph.input.mandate = MANDATE_DELETE;
	address = graph_node(&graph, "address");
	rule = graph_node(&graph, "http-rule");
	json_set_text(rule->seen, "IPAddress", "34.1.2.3"); /* as it reads back */
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_WAITING);
	json_set_text(rule->seen, "IPAddress", "34.9.9.9");
	graph_plan(&graph);
	assert_does(&graph, address, "delete", STATE_DELETING);
}

/* Edits: the old one stays until its successor has arrived. */
static void a_successor_comes_first(void **state)
{
	static const char *const roles[] = {"http-rule", "group-w", "firewall", "template-w"};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		JSON_WORK(work);
		struct graph graph;
		struct node *old, *new;

		graph_make(&graph, GRAPH_NO_HISTORY);
		new = graph_node(&graph, roles[i]);
		old = graph_add_old(&graph, roles[i]);
		graph_plan(&graph);
		assert_does(&graph, old, "delete", STATE_DELETING);
		graph_absent(new);
		graph_plan(&graph);
		assert_does(&graph, old, "nothing", STATE_WAITING);
		assert_ptr_equal(graph_verdict(&graph, old)->waits_for, new);
	}
}

static void a_rolling_group_holds_its_old_template(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *old, *group;

	graph_make(&graph, GRAPH_NO_HISTORY);
	old = graph_add_old(&graph, "template-w");
	group = graph_node(&graph, "group-w");
	json_merge(group->seen, json_parse_text("{\"status\":{\"versionTarget\":{\"isReached\":false}}}"));
	graph_plan(&graph);
	assert_does(&graph, old, "nothing", STATE_WAITING);
	assert_ptr_equal(graph_verdict(&graph, old)->waits_for, group);
}

/* The last two, and that to which the pool would go back. */
static void earlier_templates_stay(void **state)
{
	JSON_WORK(work);
	static const char *const born[] = {"2026-06-01", "2026-06-03", "2026-06-02", "2026-05-31"};
	static const enum node_state states[] = {STATE_DELETING, STATE_KEPT, STATE_KEPT, STATE_KEPT};
	struct graph graph;
	struct node *old[4], *group;

	graph_make(&graph, "");
	for (size_t i = 0; i < 4; i++) {
		old[i] = graph_add_old(&graph, "template-w");
		old[i]->own_name = arena_printf(json_arena(), "old-%zu", i);
		json_set_text(old[i]->seen, "creationTimestamp", born[i]);
	}
	group = graph_node(&graph, "group-w");
	json_set_text(group->seen, "description",
		mark_with_note(json_text(group->want, "description"), json_parse_text("{\"healthy\":\"old-3\"}")));
	graph_plan(&graph);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(graph_verdict(&graph, old[i])->state, states[i]);
	assert_int_equal(graph_verdict(&graph, group)->state, STATE_READY);
}

/* --- what a deletion needs --- */

static void nothing_goes_without_a_census(void **state)
{
	for (int mandate = MANDATE_ALL; mandate <= MANDATE_DELETE; mandate++) {
		JSON_WORK(work);
		struct graph graph;
		struct node *rule;

		graph_make(&graph, "");
		rule = graph_node(&graph, "http-rule");
		graph_unwant(rule);
		graph.input.mandate = mandate;
		graph.input.census = false;
		graph_plan(&graph);
		assert_does(&graph, rule, "nothing", STATE_WAITING);
		assert_true(graph.plan->wants_census);
		assert_false(graph.plan->settled);
	}
}

/* --- what never goes --- */

static void externals_are_never_written(void **state)
{
	static const char spec[] =
		"{\"template\":{\"subnetwork\":\"ml\"},\"frontend\":{\"address\":{\"type\":\"Named\","
		"\"name\":\"ip\"}}}";
	static const char *const roles[] = {"image", "subnetwork", "address"};

	for (int mandate = MANDATE_ALL; mandate <= MANDATE_NONE; mandate++) {
		for (int wanted = 0; wanted < 2; wanted++) {
			JSON_WORK(work);
			struct graph graph;

			graph_make(&graph, spec);
			graph.input.mandate = mandate;
			if (!wanted)
				graph_unwant_all(&graph);
			for (size_t i = 0; i < 3; i++)
				assert_true(graph_node(&graph, roles[i])->external);
			graph_plan(&graph);
			for (size_t i = 0; i < graph.plan->count; i++)
				assert_false(graph.plan->actions[i].node->external &&
					     action_writes(&graph.plan->actions[i]));
			if (wanted)
				continue;
			for (size_t i = 0; i < 3; i++)
				assert_does(&graph, graph_node(&graph, roles[i]), "nothing", STATE_GONE);
		}
	}
}

static void an_edit_gives_no_address_away(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *address;

	graph_make(&graph, "");
	address = graph_node(&graph, "address");
	graph_unwant(address);
	json_remove(graph_node(&graph, "http-rule")->seen, "IPAddress");
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_KEPT);
	assert_true(graph.plan->settled);
	graph.input.mandate = MANDATE_NONE;
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_KEPT);
	graph_absent(graph_node(&graph, "http-rule"));
	graph.input.mandate = MANDATE_DELETE;
	graph_plan(&graph);
	assert_does(&graph, address, "delete", STATE_DELETING);
}

/* What Abandon let go goes on to use what can't lose its mark: whoever inherits that must not take it away. */
static void what_a_stranger_uses_is_let_go(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *proxy, *rule;

	graph_make(&graph, "");
	proxy = graph_node(&graph, "http-proxy");
	rule = graph_node(&graph, "http-rule");
	graph_unwant_all(&graph);
	graph.input.mandate = MANDATE_DELETE;
	rule->presence = NODE_FOREIGN;
	proxy->inherited = true;
	graph_plan(&graph);
	assert_does(&graph, rule, "nothing", STATE_GONE);
	assert_does(&graph, proxy, "nothing", STATE_GONE);
	proxy->inherited = false; /* ours: the cloud will say who uses it */
	graph_plan(&graph);
	assert_does(&graph, proxy, "delete", STATE_DELETING);
}

/* The label goes, and with it goes what it said. */
static void what_was_released_is_reclaimed(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *address;

	graph_make(&graph, "");
	address = graph_node(&graph, "address");
	address->adopted = address->inherited = true;
	json_set(address->seen, "labels", json_parse_text("{\"tflb-released\":\"true\",\"mine\":\"x\"}"));
	graph_plan(&graph);
	assert_does(&graph, address, "verb", STATE_UPDATING);
	assert_true(text_ends(graph_action(&graph, address)->path, "/setLabels"));
	assert_string_equal(json_print(json_member(graph_action(&graph, address)->body, "labels")), "{\"mine\":\"x\"}");
	graph.input.mandate = MANDATE_NONE;
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_DRIFTED);
	graph.input.mandate = MANDATE_ALL;
	address->inherited = false; /* another object's mark: the label is what lets us have it */
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_READY);
}

/* What was taken over and does not bear our mark yet has none to lose. */
static void what_is_unmarked_is_not_released(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *map;

	graph_make(&graph, "");
	map = graph_node(&graph, "url-map");
	json_set_text(map->seen, "description", "of somebody else");
	map->adopted = true;
	graph_unwant_all(&graph);
	graph.input.mandate = MANDATE_RELEASE;
	graph_plan(&graph);
	assert_does(&graph, map, "nothing", STATE_KEPT);
}

/* --- mandates --- */

static void all_makes_changes_and_deletes(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	json_set_text(graph_node(&graph, "url-map")->seen, "description", "x");
	graph_absent(graph_node(&graph, "firewall"));
	graph_add_old(&graph, "http-rule");
	graph_plan(&graph);
	assert_int_equal(count_writes(&graph), 3);
}

static void none_writes_nothing(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	spoil_everything(&graph);
	graph_plan(&graph);
	assert_true(count_writes(&graph) > 0);
	graph.input.mandate = MANDATE_NONE;
	graph_plan(&graph);
	assert_int_equal(count_writes(&graph), 0);
	assert_false(graph.plan->settled);
	assert_false(graph.plan->programmed);
	graph_make(&graph, "");
	graph.input.mandate = MANDATE_NONE;
	graph_plan(&graph);
	assert_true(graph.plan->programmed);
	assert_true(graph.plan->settled);
	graph_unwant_all(&graph); /* suspended while it is being deleted */
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	assert_false(graph.plan->settled);
}

/* A report must not ask for reads that only a write needs. */
static void none_looks_all_the_same(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *map;

	graph_make(&graph, "");
	graph.input.mandate = MANDATE_NONE;
	map = graph_node(&graph, "url-map");
	graph_unknown(map, true);
	graph_plan(&graph);
	assert_does(&graph, map, "read", STATE_UNKNOWN);
}

static void delete_only_deletes(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_unwant_all(&graph);
	graph.input.mandate = MANDATE_DELETE;
	json_set_text(graph_node(&graph, "url-map")->seen, "description", "x");
	graph_plan(&graph);
	for (size_t i = 0; i < graph.plan->count; i++)
		assert_int_equal(graph.plan->actions[i].type, ACTION_DELETE);
	assert_true(graph.plan->count > 0);
	for (size_t i = 0; i < graph.input.nodes.count; i++)
		graph_absent(graph.items[i]);
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	assert_true(graph.plan->settled);
}

static void a_delete_is_of_the_resource_itself(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *rule;
	const struct action *action;

	graph_make(&graph, "");
	rule = graph_node(&graph, "http-rule");
	graph_unwant(rule);
	graph_plan(&graph);
	action = graph_action(&graph, rule);
	assert_string_equal(action->method, "DELETE");
	assert_string_equal(action->path, node_path(rule));
	assert_null(action->body);
	assert_null(action->assumed);
}

/* --- release --- */

static void release(struct graph *graph, const char *spec)
{
	graph_make(graph, spec);
	graph_unwant_all(graph);
	graph->input.mandate = MANDATE_RELEASE;
}

static void release_takes_our_mark_off(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	const struct action *action;

	release(&graph, "");
	graph_plan(&graph);
	action = graph_action(&graph, graph_node(&graph, "backend-default"));
	assert_string_equal(action->method, "PATCH");
	assert_string_equal(json_print(action->body), "{\"description\":\"\",\"fingerprint\":\"abc=\"}");
	assert_string_equal(json_text(action->assumed, "description"), "");
	action = graph_action(&graph, graph_node(&graph, "http-rule"));
	assert_string_equal(action->method, "POST");
	assert_true(text_ends(action->path, "/setLabels"));
	assert_string_equal(
		json_print(action->body), "{\"labels\":{\"tflb-released\":\"true\"},\"labelFingerprint\":\"def=\"}");
	assert_does(&graph, graph_node(&graph, "template-w"), "nothing", STATE_KEPT);
	for (size_t i = 0; i < graph.plan->count; i++) {
		assert_int_not_equal(graph.plan->actions[i].type, ACTION_DELETE);
		assert_int_not_equal(graph.plan->actions[i].type, ACTION_INSERT);
	}
}

static void release_keeps_labels_of_others(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *rule;

	release(&graph, "");
	rule = graph_node(&graph, "http-rule");
	json_set(rule->seen, "labels", json_parse_text("{\"team\":\"ml\"}"));
	graph_plan(&graph);
	assert_string_equal(json_print(json_member(graph_action(&graph, rule)->body, "labels")),
		"{\"team\":\"ml\",\"tflb-released\":\"true\"}");
}

static void release_reads_what_it_needs_first(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *rule, *map;

	release(&graph, "");
	rule = graph_node(&graph, "http-rule");
	map = graph_node(&graph, "url-map");
	json_remove(rule->seen, "labelFingerprint");
	json_remove(map->seen, "fingerprint");
	graph_plan(&graph);
	assert_does(&graph, rule, "read", STATE_UPDATING);
	assert_does(&graph, map, "read", STATE_UPDATING);
}

static void release_ends(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	release(&graph, "");
	for (int round = 0; round < 3; round++) {
		graph_plan(&graph);
		for (size_t i = 0; i < graph.plan->count; i++)
			graph.plan->actions[i].node->seen = json_copy(graph.plan->actions[i].assumed);
	}
	assert_int_equal(graph.plan->count, 0);
	assert_true(graph.plan->settled);
}

static void release_rests_after_a_failure(void **state)
{
	JSON_WORK(work);
	struct error refused = {.class = ERROR_REJECTED};
	struct graph graph;
	struct node *map;

	release(&graph, "");
	map = graph_node(&graph, "url-map");
	map->own_error = &refused;
	map->not_before = GRAPH_NOW + 1000;
	graph_plan(&graph);
	assert_does(&graph, map, "nothing", STATE_UPDATING);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 1000);
	assert_false(graph.plan->settled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_goes_that_something_refers_to),
		cmocka_unit_test(nothing_goes_that_something_may_refer_to),
		cmocka_unit_test(the_address_goes_by_its_literal),
		cmocka_unit_test(a_successor_comes_first),
		cmocka_unit_test(a_rolling_group_holds_its_old_template),
		cmocka_unit_test(earlier_templates_stay),
		cmocka_unit_test(nothing_goes_without_a_census),
		cmocka_unit_test(externals_are_never_written),
		cmocka_unit_test(an_edit_gives_no_address_away),
		cmocka_unit_test(what_a_stranger_uses_is_let_go),
		cmocka_unit_test(what_was_released_is_reclaimed),
		cmocka_unit_test(what_is_unmarked_is_not_released),
		cmocka_unit_test(all_makes_changes_and_deletes),
		cmocka_unit_test(none_writes_nothing),
		cmocka_unit_test(none_looks_all_the_same),
		cmocka_unit_test(delete_only_deletes),
		cmocka_unit_test(a_delete_is_of_the_resource_itself),
		cmocka_unit_test(release_takes_our_mark_off),
		cmocka_unit_test(release_keeps_labels_of_others),
		cmocka_unit_test(release_reads_what_it_needs_first),
		cmocka_unit_test(release_ends),
		cmocka_unit_test(release_rests_after_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

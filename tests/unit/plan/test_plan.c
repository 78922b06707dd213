/* One decision after the other: what a node is, and what the plan says (the table and the rules of design section 4). */
#include "graph.h"

/* --- the table --- */

struct row {
	const char *role;
	void (*spoil)(struct node *node);
	const char *does;
	enum node_state state;
};

static void leave(struct node *node)
{
}

static void unknown(struct node *node)
{
	graph_unknown(node, false);
}

static void unclear(struct node *node)
{
	graph_unknown(node, true);
}

static void absent(struct node *node)
{
	graph_absent(node);
}

static void foreign(struct node *node)
{
	graph_absent(node);
	node->presence = NODE_FOREIGN;
}

static void resized(struct node *node)
{
	json_set_int(node->seen, "targetSize", 7);
}

static void retargeted(struct node *node)
{
	json_set_text(node->seen, "target", "projects/my-project/global/targetHttpProxies/other");
}

static void unwanted(struct node *node)
{
	graph_unwant(node);
}

static void unwanted_absent(struct node *node)
{
	graph_unwant(node);
	graph_absent(node);
}

static void unwanted_foreign(struct node *node)
{
	graph_unwant(node);
	foreign(node);
}

static void unwanted_unknown(struct node *node)
{
	graph_unwant(node);
	graph_unknown(node, false);
}

static void being_inserted(struct node *node)
{
	graph_absent(node);
	graph_in_flight(node, CHANGE_INSERT, false);
}

static void being_patched(struct node *node)
{
	graph_differs(node);
	graph_in_flight(node, CHANGE_PATCH, true);
}

static void being_deleted(struct node *node)
{
	graph_unwant(node);
	graph_in_flight(node, CHANGE_DELETE, true);
}

static void being_read(struct node *node)
{
	graph_unknown(node, true);
	graph_in_flight(node, CHANGE_NONE, false);
}

static void differs_being_read(struct node *node)
{
	graph_differs(node);
	graph_in_flight(node, CHANGE_NONE, false);
}

static void without_fingerprint(struct node *node)
{
	graph_differs(node);
	json_remove(node->seen, "fingerprint");
}

static const struct row rows[] = {
	{"url-map", leave, "nothing", STATE_READY},
	{"url-map", unknown, "nothing", STATE_UNKNOWN}, /* a census is asked for, see below */
	{"url-map", unclear, "read", STATE_UNKNOWN}, {"url-map", absent, "insert", STATE_CREATING},
	{"url-map", foreign, "nothing", STATE_FOREIGN}, {"url-map", graph_differs, "patch", STATE_UPDATING},
	{"url-map", without_fingerprint, "read", STATE_UPDATING},
	{"health-check", without_fingerprint, "patch", STATE_UPDATING}, {"group-w", resized, "verb", STATE_UPDATING},
	{"http-rule", retargeted, "verb", STATE_UPDATING},
	{"http-rule", graph_differs, "nothing", STATE_READY},  /* its description is fixed at birth */
	{"template-w", graph_differs, "nothing", STATE_READY}, /* immutable: present and ours is as wanted */
	{"http-rule", unwanted, "delete", STATE_DELETING}, {"url-map", unwanted, "nothing", STATE_WAITING},
	{"http-rule", unwanted_absent, "nothing", STATE_GONE}, {"http-rule", unwanted_foreign, "nothing", STATE_GONE},
	{"http-rule", unwanted_unknown, "nothing", STATE_UNKNOWN},
	{"http-rule", being_inserted, "nothing", STATE_CREATING}, {"url-map", being_patched, "nothing", STATE_UPDATING},
	{"http-rule", being_deleted, "nothing", STATE_DELETING}, {"http-rule", being_read, "nothing", STATE_UNKNOWN},
	{"url-map", differs_being_read, "nothing", STATE_UPDATING},
	{"image", absent, "nothing", STATE_READY}, /* looked up when a template is born, only then */
};

static void each_row(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		JSON_WORK(work);
		struct graph graph;
		struct node *node;

		graph_make(&graph, "");
		node = graph_node(&graph, rows[i].role);
		rows[i].spoil(node);
		graph_plan(&graph);
		assert_does(&graph, node, rows[i].does, rows[i].state);
		assert_true(graph.plan->count <= 1);
	}
}

static void a_settled_graph_plans_to_nothing(void **state)
{
	JSON_WORK(work);
	struct graph graph;

	graph_make(&graph, "");
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	assert_true(graph.plan->settled);
	assert_true(graph.plan->programmed);
	assert_false(graph.plan->wants_census);
}

/* --- creation --- */

static void an_insert_waits_for_what_it_refers_to(void **state)
{
	static const char *const links[][2] = {{"http-rule", "http-proxy"}, {"http-rule", "address"},
		{"http-proxy", "url-map"}, {"url-map", "backend-default"}, {"backend-default", "health-check"},
		{"group-w", "template-w"}, {"group-w", "healing"}, {"template-w", "image"}};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		JSON_WORK(work);
		struct graph graph;
		struct node *node, *target;

		graph_make(&graph, "");
		node = graph_node(&graph, links[i][0]);
		target = graph_node(&graph, links[i][1]);
		graph_absent(node);
		graph_absent(target);
		graph_plan(&graph);
		assert_does(&graph, node, "nothing", STATE_WAITING);
		assert_ptr_equal(graph_verdict(&graph, node)->waits_for, target);
		graph_make(&graph, "");
		graph_absent(node);
		graph_in_flight(target, CHANGE_PATCH, true); /* usable: present, and nothing runs on it */
		graph_plan(&graph);
		assert_does(&graph, node, "nothing", STATE_WAITING);
	}
}

static void an_address_is_usable_when_it_has_its_ip(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *address, *rule;

	graph_make(&graph, "");
	address = graph_node(&graph, "address");
	rule = graph_node(&graph, "http-rule");
	graph_absent(rule);
	json_remove(address->seen, "address");
	graph_plan(&graph);
	assert_does(&graph, rule, "nothing", STATE_WAITING);
	address->verified = false; /* just inserted: the cloud takes a reference to it */
	graph_plan(&graph);
	assert_does(&graph, rule, "insert", STATE_CREATING);
}

static void an_insert_is_a_post_of_the_whole_body(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *map;
	const struct action *action;

	graph_make(&graph, "");
	map = graph_node(&graph, "url-map");
	graph_absent(map);
	graph_plan(&graph);
	action = graph_action(&graph, map);
	assert_string_equal(action->method, "POST");
	assert_string_equal(action->path, "projects/my-project/global/urlMaps");
	assert_string_equal(json_text(action->body, "name"), map->own_name);
	assert_null(strstr(json_print(action->body), "null"));
	assert_true(json_equal(action->assumed, action->body));
}

/* One pool that can't be made holds nothing else up. */
static void a_refused_pool_does_not_block_the_front(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct error refused = {.class = ERROR_REJECTED};
	struct node *group;

	graph_make(&graph, "{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},{\"name\":\"x\",\"zone\":"
			   "\"us-central1-b\"}]}");
	group = graph_node(&graph, "group-x");
	graph_absent(group);
	group->own_error = &refused;
	group->not_before = GRAPH_NOW + 5000;
	graph_absent(graph_node(&graph, "backend-default"));
	graph_plan(&graph);
	assert_does(&graph, group, "nothing", STATE_FAILED);
	assert_does(&graph, graph_node(&graph, "backend-default"), "insert", STATE_CREATING);
	assert_int_equal(cJSON_GetArraySize(json_member(
				 graph_action(&graph, graph_node(&graph, "backend-default"))->body, "backends")),
		1);
}

/* Rule 8. */
static void who_was_born_here_is_inserted_unread(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *check;

	graph_make(&graph, "");
	check = graph_node(&graph, "health-check");
	graph_unknown(check, false);
	graph_plan(&graph);
	assert_does(&graph, check, "nothing", STATE_UNKNOWN);
	assert_true(graph.plan->wants_census);
	graph.input.born_here = true;
	graph_plan(&graph);
	assert_does(&graph, check, "insert", STATE_CREATING);
	assert_false(graph.plan->wants_census);
	check->unclear = true; /* its insert came to nothing we know of */
	graph_plan(&graph);
	assert_does(&graph, check, "read", STATE_UNKNOWN);
}

/* --- external nodes --- */

static void an_image_is_read_when_a_template_is_born(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *image, *template;

	graph_make(&graph, "");
	image = graph_node(&graph, "image");
	template = graph_node(&graph, "template-w");
	graph_unknown(image, false);
	graph_plan(&graph);
	assert_does(&graph, image, "nothing", STATE_READY);
	assert_true(graph.plan->settled);
	graph_absent(template);
	graph_plan(&graph);
	assert_does(&graph, image, "read", STATE_UNKNOWN);
	assert_string_equal(graph_action(&graph, image)->path, "projects/images/global/images/family/tf");
	assert_does(&graph, template, "nothing", STATE_WAITING);
	graph_absent(image); /* withdrawn: looked for again, at its time */
	image->not_before = GRAPH_NOW + 7000;
	graph_plan(&graph);
	assert_does(&graph, image, "nothing", STATE_FAILED);
	assert_int_equal(graph.plan->wake_at, GRAPH_NOW + 7000);
}

static void a_named_address_comes_with_the_lists(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *address;

	graph_make(&graph, "{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"ip\"}}}");
	address = graph_node(&graph, "address");
	assert_true(address->external);
	graph_unknown(address, false);
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_UNKNOWN);
	assert_true(graph.plan->wants_census);
	graph_absent(address);
	graph_plan(&graph);
	assert_does(&graph, address, "nothing", STATE_FAILED);
	assert_false(graph.plan->programmed);
	assert_false(graph.plan->settled);
}

/* --- summary --- */

static void programmed_is_as_wanted_and_read(void **state)
{
	JSON_WORK(work);
	struct graph graph;
	struct node *old;

	graph_make(&graph, GRAPH_NO_HISTORY);
	old = graph_add_old(&graph, "template-w");
	graph_node(&graph, "group-w")->views[VIEW_HEALTH].busy = true;
	graph_plan(&graph);
	assert_true(graph.plan->programmed); /* what is no longer wanted is on its way out */
	assert_false(graph.plan->settled);
	assert_does(&graph, old, "delete", STATE_DELETING);
	graph_make(&graph, "");
	graph_in_flight(graph_node(&graph, "url-map"), CHANGE_PATCH, true);
	graph_plan(&graph);
	assert_false(graph.plan->programmed);
	assert_false(graph.plan->settled);
}

static void states_have_names(void **state)
{
	assert_string_equal(node_state_name(STATE_READY), "Ready");
	assert_string_equal(node_state_name(STATE_KEPT), "Kept");
	assert_string_equal(node_state_name(STATE_GONE), "Gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row),
		cmocka_unit_test(a_settled_graph_plans_to_nothing),
		cmocka_unit_test(an_insert_waits_for_what_it_refers_to),
		cmocka_unit_test(an_address_is_usable_when_it_has_its_ip),
		cmocka_unit_test(an_insert_is_a_post_of_the_whole_body),
		cmocka_unit_test(a_refused_pool_does_not_block_the_front),
		cmocka_unit_test(who_was_born_here_is_inserted_unread),
		cmocka_unit_test(an_image_is_read_when_a_template_is_born),
		cmocka_unit_test(a_named_address_comes_with_the_lists),
		cmocka_unit_test(programmed_is_as_wanted_and_read),
		cmocka_unit_test(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

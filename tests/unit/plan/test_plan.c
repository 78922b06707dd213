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

static void differs(struct node *node)
{
	json_set_text(node->seen, "description", "somebody else's words");
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

static void in_flight(struct node *node, enum node_change change, bool accepted)
{
	node->busy = !accepted;
	node->running = accepted;
	node->change = change;
}

static void being_inserted(struct node *node)
{
	graph_absent(node);
	in_flight(node, CHANGE_INSERT, false);
}

static void being_patched(struct node *node)
{
	differs(node);
	in_flight(node, CHANGE_PATCH, true);
}

static void being_deleted(struct node *node)
{
	graph_unwant(node);
	in_flight(node, CHANGE_DELETE, true);
}

static void being_read(struct node *node)
{
	graph_unknown(node, true);
	in_flight(node, CHANGE_NONE, false);
}

static void differs_being_read(struct node *node)
{
	differs(node);
	in_flight(node, CHANGE_NONE, false);
}

static void without_fingerprint(struct node *node)
{
	differs(node);
	json_remove(node->seen, "fingerprint");
}

static const struct row rows[] = {
	{"url-map", leave, "nothing", STATE_READY},
	{"url-map", unknown, "nothing", STATE_UNKNOWN}, /* a census is asked for, see below */
	{"url-map", unclear, "read", STATE_UNKNOWN}, {"url-map", absent, "insert", STATE_CREATING},
	{"url-map", foreign, "nothing", STATE_FOREIGN}, {"url-map", differs, "patch", STATE_UPDATING},
	{"url-map", without_fingerprint, "read", STATE_UPDATING},
	{"health-check", without_fingerprint, "patch", STATE_UPDATING}, {"group-w", resized, "verb", STATE_UPDATING},
	{"http-rule", retargeted, "verb", STATE_UPDATING},
	{"http-rule", differs, "nothing", STATE_READY},  /* its description is fixed at birth */
	{"template-w", differs, "nothing", STATE_READY}, /* immutable: present and ours is as wanted */
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
		in_flight(target, CHANGE_PATCH, true); /* usable: present, and nothing runs on it */
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
	differs(group);
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
	differs(group);
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
	differs(group);
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
	differs(map);
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
	differs(map); /* an edit came before the read */
	group = graph_node(&graph, "group-w");
	differs(group);
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
	in_flight(graph_node(&graph, "health-check"), CHANGE_PATCH, true);
	graph_plan(&graph);
	assert_int_equal(graph.plan->count, 0);
	graph_make(&graph, "");
	graph_node(&graph, "url-map")->verified = false;
	differs(graph_node(&graph, "health-check"));
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
	in_flight(graph_node(&graph, "url-map"), CHANGE_PATCH, true);
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
		cmocka_unit_test(programmed_is_as_wanted_and_read),
		cmocka_unit_test(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

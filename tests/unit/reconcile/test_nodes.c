/* What is recorded of a resource, and what is dropped: the order of reads and writes (design rule 6), whose it is, and the
 * table of load balancers that the nodes belong to. Nobody answers the controller here. */
#include "nodes_rig.h"

/* A body with the mark of an object: uid. */
static char *body_of(const struct rig *rig, const char *uid, const char *more)
{
	struct identity who = entry_identity(rig->entry);
	cJSON *body = cJSON_CreateObject();

	who.uid = uid;
	json_set_text(body, "name", rig->node->own_name);
	json_set_text(body, "description", mark_text(&who, "url-map", NULL));
	json_set_text(body, "more", more);
	return json_print(body);
}

static bool record(struct rig *rig, uint64_t number, const char *text)
{
	return node_record(rig->entry, rig->node, number, text, strlen(text));
}

/* --- order --- */

static void a_read_from_before_a_write_says_nothing(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t began = ++rig->controller->reads;
	uint64_t final = rig->node->final = ++rig->controller->reads;

	assert_false(record(rig, began, body_of(rig, "uid-1", "")));
	assert_int_equal(rig->node->presence, NODE_UNKNOWN);
	assert_false(record(rig, final, body_of(rig, "uid-1", "")));
	assert_true(record(rig, final + 1, body_of(rig, "uid-1", "")));
	assert_int_equal(rig->node->presence, NODE_PRESENT);
	assert_false(node_record_absent(rig->entry, rig->node, began));
	assert_int_equal(rig->node->presence, NODE_PRESENT);
}

static void nothing_is_recorded_while_a_write_is_on_its_way(void **state)
{
	static const struct {
		bool busy, running;
		enum node_change change;
		bool recorded;
	} rows[] = {
		{true, false, CHANGE_PATCH, false},
		{false, true, CHANGE_PATCH, false},
		{false, true, CHANGE_DELETE, false},
		{true, false, CHANGE_NONE, true}, /* a read of ours: another may overtake it */
		{false, false, CHANGE_NONE, true},
	};
	JSON_WORK(work);
	struct rig *rig = *state;
	struct node *node = rig->node;
	uint64_t number = rig->controller->reads + 1;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		node->busy = rows[i].busy;
		node->running = rows[i].running;
		node->change = rows[i].change;
		assert_int_equal(record(rig, number, body_of(rig, "uid-1", number % 2 ? "a" : "b")), rows[i].recorded);
		assert_int_equal(node_record_absent(rig->entry, node, number + 1), rows[i].recorded);
		number += 2;
	}
}

static void an_older_read_does_not_overwrite_a_newer_one(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t number = rig->controller->reads + 10;

	assert_true(record(rig, number, body_of(rig, "uid-1", "new")));
	assert_false(record(rig, number - 1, body_of(rig, "uid-1", "old")));
	assert_non_null(strstr(rig->node->own_seen, "new"));
	assert_false(node_record_absent(rig->entry, rig->node, number - 1));
}

/* After a start the first list is on its way before every object was planned once: it counts for all that it met. */
static void a_list_counts_for_what_became_a_node_meanwhile(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t began = ++rig->controller->reads;

	rig->controller->reads += 20;
	rig->node = nodes_add(rig->entry, kind_at(KIND_URL_MAP), "", "tflb-x-late");
	assert_true(record(rig, began, body_of(rig, "uid-1", "")));
	assert_int_equal(rig->node->presence, NODE_PRESENT);
	rig->entry->gone_final = began; /* one of that name was deleted since: the list may still show it */
	rig->node = nodes_add(rig->entry, kind_at(KIND_URL_MAP), "", "tflb-x-again");
	assert_false(record(rig, began, body_of(rig, "uid-1", "")));
}

static void the_same_again_is_no_change(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t number = rig->controller->reads + 1;
	char *body = body_of(rig, "uid-1", "");

	assert_true(record(rig, number, body));
	assert_false(record(rig, number + 1, body));
	assert_int_equal(rig->node->read, number + 1);
	rig->node->verified = false; /* what we sent was confirmed: that is news */
	assert_true(record(rig, number + 2, body));
	assert_true(rig->node->verified);
}

static void absent_is_news_once(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t number = rig->controller->reads + 1;

	record(rig, number, body_of(rig, "uid-1", ""));
	rig->node->views[VIEW_HEALTH].own_text = mem_strdup("{}");
	rig->node->views[VIEW_HEALTH].present = true;
	assert_true(node_record_absent(rig->entry, rig->node, number + 1));
	assert_int_equal(rig->node->presence, NODE_ABSENT);
	assert_null(rig->node->own_seen);
	assert_false(rig->node->views[VIEW_HEALTH].present);
	assert_false(node_record_absent(rig->entry, rig->node, number + 2));
}

/* A group as wanted behind these backend services, with a view of health for each. */
static struct node *group_behind(struct rig *rig, const char *const *fronts)
{
	struct want want = {.kind = kind_at(KIND_GROUP),
		.name = "g",
		.project = "my-project",
		.location = "z",
		.role = "group-w",
		.part = "w",
		.body = cJSON_CreateObject(),
		.fronts = fronts};

	nodes_sync(rig->entry, &(struct wants){.items = &want, .count = 1});
	return nodes_find(rig->entry, want.kind, "z", "g");
}

/* What a backend service said of the machines tells nothing of the one that is asked in its place. */
static void health_is_of_one_backend_service(void **state)
{
	static const char *const before[] = {"backend", "backend-a", NULL}, *const after[] = {
										    "backend", "backend-b", NULL};
	JSON_WORK(work);
	struct rig *rig = *state;
	struct node *group = group_behind(rig, before);

	for (size_t front = 0; front < 2; front++) {
		struct view *view = &group->views[view_of_front(front)];

		view->own_text = mem_strdup("{}");
		view->present = true;
		view->read_at = 1;
	}
	group_behind(rig, before);
	assert_true(group->views[view_of_front(1)].present);
	group_behind(rig, after);
	assert_true(group->views[view_of_front(0)].present);
	assert_false(group->views[view_of_front(1)].present);
	assert_int_equal(group->views[view_of_front(1)].read_at, 0);
	group_behind(rig, NULL);
	assert_false(group->views[view_of_front(0)].present);
}

static void a_read_ends_doubts_and_the_errors_of_reads(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	struct error err = {.class = ERROR_TRANSIENT};
	uint64_t number = rig->controller->reads + 1;

	rig->node->unclear = true;
	node_error(rig->node, &err, CHANGE_NONE);
	rig->node->not_before = INT64_MAX;
	record(rig, number, body_of(rig, "uid-1", ""));
	assert_false(rig->node->unclear);
	assert_null(rig->node->own_error);
	assert_int_equal(rig->node->not_before, 0);
	node_error(rig->node, &err, CHANGE_PATCH); /* a write that failed is still to be waited for */
	rig->node->not_before = 77;
	record(rig, number + 1, body_of(rig, "uid-1", "x"));
	assert_non_null(rig->node->own_error);
	assert_int_equal(rig->node->not_before, 77);
}

/* --- whose --- */

static void the_mark_decides_whose_it_is(void **state)
{
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t number = rig->controller->reads;

	record(rig, ++number, body_of(rig, "uid-1", ""));
	assert_int_equal(rig->node->presence, NODE_PRESENT);
	assert_false(rig->node->inherited);
	assert_string_equal(rig->node->own_role, "url-map"); /* found by a census: the mark tells what it is for */
	record(rig, ++number, body_of(rig, "uid-0", ""));
	assert_int_equal(rig->node->presence, NODE_PRESENT);
	assert_true(rig->node->inherited);
	record(rig, ++number, "{\"name\":\"tflb-x-map\",\"description\":\"mine\"}");
	assert_int_equal(rig->node->presence, NODE_FOREIGN);
	assert_non_null(rig->node->own_seen); /* it may be taken over, or refer to what is ours */
	assert_false(rig->node->inherited);
	record(rig, ++number, "{\"name\":\"tflb-x-map\",\"description\":\"yours\"}");
	assert_int_equal(rig->node->presence, NODE_FOREIGN);
	rig->node->external = true;
	record(rig, ++number, "{\"name\":\"tflb-x-map\",\"description\":\"mine\"}");
	assert_int_equal(rig->node->presence, NODE_PRESENT);
}

static void something_else_tells_nothing(void **state)
{
	static const char *const bodies[] = {"{}", "{\"name\":\"another\"}", "[1]", "<html>", "", "{\"name\":{}}"};
	JSON_WORK(work);
	struct rig *rig = *state;
	uint64_t number = rig->controller->reads + 1;

	record(rig, number, body_of(rig, "uid-1", ""));
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_false(node_is_about(rig->node, bodies[i], strlen(bodies[i])));
		assert_int_equal(rig->node->presence, NODE_PRESENT);
	}
	assert_true(node_is_about(rig->node, body_of(rig, "uid-9", ""), strlen(body_of(rig, "uid-9", ""))));
}

/* --- census --- */

static void a_census_is_every_list_begun_after_we_met(void **state)
{
	struct rig *rig = *state;
	struct project *project = rig->entry->project;

	assert_false(nodes_census(rig->entry));
	for (int kind = 0; kind < KINDS; kind++)
		project->lists[kind].complete = rig->entry->born + 1;
	assert_true(nodes_census(rig->entry));
	project->lists[KIND_GROUP].complete = rig->entry->born;
	assert_false(nodes_census(rig->entry));
	project->lists[KIND_GROUP].complete = rig->entry->born + 1;
	project->lists[KIND_IMAGE].complete = 0; /* has no list */
	assert_true(nodes_census(rig->entry));
}

/* --- the table --- */

static void old_news_of_an_object_is_dropped(void **state)
{
	struct rig *rig = *state;

	assert_ptr_equal(take(rig, OBJECT("tf", "uid-1", "4", ",\"deletionTimestamp\":\"x\"")), rig->entry);
	assert_false(rig->entry->leaving);
	assert_string_equal(rig->entry->version, "5");
	take(rig, OBJECT("tf", "uid-1", "6", ",\"deletionTimestamp\":\"x\""));
	assert_true(rig->entry->leaving);
	assert_int_equal(rig->controller->entries.count, 1);
}

/* The API server's storage may have been restored from an older copy. */
static void a_list_is_right_against_what_was_learnt_before(void **state)
{
	struct rig *rig = *state;
	struct entry *entry = rig->entry;
	const char *older = OBJECT("tf", "uid-1", "4", ",\"deletionTimestamp\":\"x\"");
	uint64_t list = ++rig->controller->reads;

	entry->live_generation = entry->programmed_generation = entry->planned_generation = 7;
	entry_take(rig->controller, older, strlen(older), list);
	assert_string_equal(entry->version, "4");
	assert_true(entry->leaving);
	assert_int_equal(entry->live_generation, -1); /* there will be another generation 7 */
	assert_int_equal(entry->programmed_generation, -1);
	assert_int_equal(entry->planned_generation, -1);
	assert_int_equal(rig->controller->entries.count, 1);
}

/* An answer that came after the list was asked for tells of a write that the list may not show yet. */
static void a_list_is_not_right_against_what_was_learnt_since(void **state)
{
	struct rig *rig = *state;
	uint64_t list = ++rig->controller->reads;
	const char *older = OBJECT("tf", "uid-1", "5", ",\"deletionTimestamp\":\"x\"");
	const char *predecessor = OBJECT("tf", "uid-0", "4", "");

	take(rig, OBJECT("tf", "uid-1", "6", ""));
	rig->entry->live_generation = 1;
	entry_take(rig->controller, older, strlen(older), list);
	entry_take(rig->controller, predecessor, strlen(predecessor), list);
	assert_string_equal(rig->entry->version, "6");
	assert_string_equal(rig->entry->own_uid, "uid-1");
	assert_false(rig->entry->leaving);
	assert_int_equal(rig->entry->live_generation, 1);
}

/* What was known of the cloud was known for somebody else. */
static void another_uid_starts_over(void **state)
{
	struct rig *rig = *state;
	uint64_t born = rig->entry->born;

	rig->entry->born_here = rig->entry->wrote = true;
	rig->entry->live_generation = 1;
	assert_ptr_equal(take(rig, OBJECT("tf", "uid-2", "7", "")), rig->entry);
	assert_int_equal(rig->entry->nodes.count, 0);
	assert_false(rig->entry->born_here);
	assert_false(rig->entry->wrote);
	assert_int_equal(rig->entry->live_generation, -1);
	assert_true(rig->entry->born > born);
	assert_string_equal(rig->entry->own_uid, "uid-2");
}

static void what_is_no_object_of_ours_is_refused(void **state)
{
	static const char *const texts[] = {"", "{}", "[", "{\"metadata\":{\"name\":\"x\",\"namespace\":\"y\"}}",
		"{\"metadata\":{\"uid\":\"x\",\"namespace\":\"y\"}}"};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(take(rig, texts[i]));
	assert_int_equal(rig->controller->entries.count, 1);
}

/* A project lives as long as somebody names it. */
static void projects_come_and_go(void **state)
{
	struct rig *rig = *state;
	struct entry *other = take(rig, OBJECT("b", "uid-b", "8", ""));

	assert_ptr_equal(other->project, rig->entry->project);
	entry_remove(other);
	assert_int_equal(rig->controller->projects.count, 1);
	project_join(rig->entry, "another", NULL);
	assert_int_equal(rig->controller->projects.count, 1);
	assert_string_equal(rig->entry->project->own_name, "another");
	project_join(rig->entry, NULL, NULL);
	assert_int_equal(rig->controller->projects.count, 0);
}

/* A short quota, or much to show: a fifth of the time at most goes into lists. */
static void a_long_sweep_rests_long(void **state)
{
	struct rig *rig = *state;
	struct project *project = rig->entry->project;
	struct loop *loop = rig->controller->loop;

	timer_stop(loop, &project->timer);
	project->took = 5000;
	project_keep(project);
	assert_in_range(project->timer.due - loop_now(loop), 44000, 56000);
	timer_stop(loop, &project->timer);
	project->took = 60000;
	project_keep(project);
	assert_in_range(project->timer.due - loop_now(loop), 215000, 265000);
}

/* --- turns --- */

static size_t count_sweeping(const struct rig *rig)
{
	const struct map *projects = &rig->controller->projects;
	size_t count = 0;

	for (size_t i = 0; i < projects->count; i++)
		count += ((struct project *)projects->own_entries[i].value)->sweeping;
	return count;
}

static void projects(struct rig *rig, int count)
{
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *text = mem_printf("{\"metadata\":{\"namespace\":\"ml\",\"name\":\"p%d\",\"uid\":\"p%"
						  "d\"},\"spec\":{\"project\":\"p%d\"}}",
			i, i, i);
		project_want(take(rig, text)->project, 0);
	}
}

/* Nobody answers: four are swept, and after their turn four more. */
static void first_sweeps_take_turns(void **state)
{
	struct rig *rig = *state;

	projects(rig, 10);
	fake_loop_settle(&rig->loop);
	assert_int_equal(count_sweeping(rig), 4);
	fake_loop_run_for(&rig->loop, 9000);
	assert_int_equal(count_sweeping(rig), 4);
	fake_loop_run_for(&rig->loop, 2000);
	assert_int_equal(count_sweeping(rig), 8);
	fake_loop_run_for(&rig->loop, 10000);
	assert_int_equal(count_sweeping(rig), 10);
}

static void who_goes_gives_its_turn_back(void **state)
{
	struct rig *rig = *state;

	projects(rig, 6);
	fake_loop_settle(&rig->loop);
	assert_int_equal(count_sweeping(rig), 4);
	entry_remove(map_find(&rig->controller->entries, "ml/p0")); /* swept */
	entry_remove(map_find(&rig->controller->entries, "ml/p5")); /* waits */
	fake_loop_settle(&rig->loop);
	assert_int_equal(count_sweeping(rig), 4);
	assert_true(((struct project *)map_find(&rig->controller->projects, "p4"))->sweeping);
}

static void only_the_first_sweep_takes_a_turn(void **state)
{
	struct rig *rig = *state;
	struct project *project = rig->entry->project;

	projects(rig, 4);
	for (int kind = 0; kind < KINDS; kind++)
		project->lists[kind].complete = 1;
	project_want(project, 0);
	fake_loop_settle(&rig->loop);
	assert_int_equal(count_sweeping(rig), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RIG(a_read_from_before_a_write_says_nothing),
		WITH_RIG(nothing_is_recorded_while_a_write_is_on_its_way),
		WITH_RIG(an_older_read_does_not_overwrite_a_newer_one),
		WITH_RIG(a_list_counts_for_what_became_a_node_meanwhile),
		WITH_RIG(the_same_again_is_no_change),
		WITH_RIG(absent_is_news_once),
		WITH_RIG(health_is_of_one_backend_service),
		WITH_RIG(a_read_ends_doubts_and_the_errors_of_reads),
		WITH_RIG(the_mark_decides_whose_it_is),
		WITH_RIG(something_else_tells_nothing),
		WITH_RIG(a_census_is_every_list_begun_after_we_met),
		WITH_RIG(old_news_of_an_object_is_dropped),
		WITH_RIG(a_list_is_right_against_what_was_learnt_before),
		WITH_RIG(a_list_is_not_right_against_what_was_learnt_since),
		WITH_RIG(another_uid_starts_over),
		WITH_RIG(what_is_no_object_of_ours_is_refused),
		WITH_RIG(projects_come_and_go),
		WITH_RIG(a_long_sweep_rests_long),
		WITH_RIG(first_sweeps_take_turns),
		WITH_RIG(who_goes_gives_its_turn_back),
		WITH_RIG(only_the_first_sweep_takes_a_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

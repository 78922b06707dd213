/* Folding: what comes out is what went in; what a list shows is held against it unopened; nothing is folded that is not at
 * rest. */
#include "tower.h"

#include "reconcile/status.h"

static struct entry *entry_of(struct tower *tower, const char *key)
{
	return map_find(&tower->world.replicas[0].controller->entries, key);
}

/* Everything that must survive, as text. */
static char *all_of(struct entry *entry)
{
	struct str text = {0};
	char *copy;

	str_addf(&text, "%s\n%s\n", entry->own_text, entry->own_status);
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		str_addf(&text, "%s %u %s %s %s %s %s %d%d%d%d %s %lld %llu %llu %d %lld %d %s %d %s\n",
			node->kind->name, node->id, node->own_name, node->own_location, node->own_project,
			node->own_role, node->own_part, node->external, node->presence, node->inherited, node->verified,
			node->own_seen ? node->own_seen : "-", (long long)node->read_at,
			(unsigned long long)node->final, (unsigned long long)node->read, node->attempts,
			(long long)node->not_before, (int)node->fights[0].writes, node->written, node->failed,
			node->own_error ? node->own_error->message : "-");
		for (int view = 0; view < VIEWS; view++)
			str_addf(&text, "  %d %s %s\n", node->views[view].present,
				node->views[view].own_text ? node->views[view].own_text : "-",
				node->views[view].own_error ? node->views[view].own_error->message : "-");
	}
	copy = arena_strdup(json_arena(), str_text(&text));
	str_done(&text);
	return copy;
}

static void what_comes_out_is_what_went_in(void **state)
{
	JSON_WORK(work);
	struct tower *tower = *state;
	struct error err = {.class = ERROR_TRANSIENT, .message = "of a read"};
	struct entry *entry;
	struct node *node;
	int64_t health_read_at;
	char *before;

	tower_start(tower, "");
	world_run(&tower->world, 70000);
	entry = entry_of(tower, TOWER_KEY);
	assert_true(entry->folded);
	assert_int_equal(entry->nodes.count, 0);
	assert_null(entry->own_text);
	entry_unfold(entry);
	assert_int_equal(entry->nodes.count, 11);
	for (size_t i = 0; i < entry->nodes.count; i++) { /* one of everything that may be there or not */
		node = entry->nodes.items[i];
		if (node->kind->id == KIND_IMAGE)
			node_error(node, &err, CHANGE_NONE);
		if (node->kind->id != KIND_GROUP)
			continue;
		node->views[VIEW_HEALTH].own_error = mem_copy(&err, sizeof(err));
		text_copy(node->written, sizeof(node->written), "targetSize");
		node->fights[0] = (struct fight){.key = 7, .writes = 1};
		health_read_at = node->views[VIEW_HEALTH].read_at;
		assert_true(health_read_at > 0);
	}
	before = all_of(entry);
	entry_fold(entry);
	assert_true(entry->folded);
	entry_unfold(entry);
	assert_string_equal(all_of(entry), before);
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->kind->id == KIND_GROUP)
			assert_int_equal(entry->nodes.items[i]->views[VIEW_HEALTH].read_at, health_read_at);
	}
}

static void only_rest_is_folded(void **state)
{
	struct tower *tower = *state;
	struct entry *entry;

	tower_start(tower, "");
	world_run(&tower->world, 70000);
	entry = entry_of(tower, TOWER_KEY);
	entry_unfold(entry);
	entry->settled = false;
	entry_rest(entry);
	assert_false(entry->folded);
	entry->settled = true;
	entry_dirty(entry);
	entry_rest(entry);
	assert_false(entry->folded);
	world_run(&tower->world, 1000); /* worked on, and folded again */
	assert_true(entry->folded);
}

static void a_list_is_held_against_it_unopened(void **state)
{
	struct tower *tower = *state;
	struct entry *entry;
	const struct kind *map = kind_at(KIND_URL_MAP), *proxy = kind_at(KIND_TARGET_HTTP_PROXY);
	AUTO_FREE char *seen = NULL;
	uint64_t number;

	tower_start(tower, "");
	world_run(&tower->world, 70000);
	entry = entry_of(tower, TOWER_KEY);
	entry_unfold(entry);
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->kind == map)
			seen = mem_strdup(entry->nodes.items[i]->own_seen);
	}
	entry_fold(entry);
	number = tower->world.replicas[0].controller->reads + 100;
	assert_true(folded_lacks(entry, map, number));
	assert_false(folded_shows(entry, proxy, number, seen, strlen(seen))); /* another kind's */
	assert_false(folded_shows(entry, map, number, seen, strlen(seen) - 1));
	assert_true(folded_shows(entry, map, number, seen, strlen(seen)));
	assert_false(folded_lacks(entry, map, number));
	assert_true(folded_lacks(entry, map, number + 1));
	assert_false(folded_lacks(entry, kind_at(KIND_SUBNETWORK), number)); /* has none */
	entry_unfold(entry);
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->kind == map)
			assert_int_equal(entry->nodes.items[i]->read, number);
	}
}

static const char *rule_of(struct tower *tower, const char *key)
{
	const cJSON *resource;

	cJSON_ArrayForEach(resource, json_at(apiserver_get(&tower->world.api, key), "status.resources"))
	{
		if (text_equal(json_text(resource, "role"), "http-rule"))
			return json_text(resource, "name");
	}
	return "none";
}

static bool finalizer_unanswered(struct tower *tower, struct fake_call *call)
{
	if (text_equal(call->method, "PATCH") && text_ends(call->path, "/tfloadbalancers/tf") && tower->left++ == 0)
		call->silence = FAKE_SILENT;
	return false;
}

/* A call that was carried out although nobody said so is not waited for: its object rests as any other. */
static void a_lost_answer_is_forgotten(void **state)
{
	struct tower *tower = *state;
	struct entry *entry;

	tower->hook = finalizer_unanswered;
	tower_start(tower, "");
	world_run(&tower->world, 3 * 60000);
	entry = entry_of(tower, TOWER_KEY);
	assert_int_equal(tower->left, 1);
	assert_true(entry->folded);
	assert_int_equal(entry->object_patience.refusals, 0);
	assert_non_null(entry->own_looks);
}

/* At rest a sweep opens nothing; a change opens the one that it concerns. */
static void a_change_opens_one(void **state)
{
	JSON_WORK(work);
	struct tower *tower = *state;
	char *path;

	world_start(&tower->world);
	tower_apply(tower, "a", "");
	tower_apply(tower, "b", "");
	assert_true(world_until_settled(&tower->world, 40 * 60000));
	world_run(&tower->world, 3 * 60000);
	assert_true(entry_of(tower, "ml/a")->folded && entry_of(tower, "ml/b")->folded);
	path = arena_printf(json_arena(), "global/healthChecks/tflb-%s-a-health-check", entry_of(tower, "ml/a")->id);
	tower_forget(tower);
	world_cloud(&tower->world, "PATCH", path, "{\"checkIntervalSec\":77}");
	world_run(&tower->world, 2 * 60000);
	assert_int_equal(tower_count(tower, "PATCH", path), 1);
	assert_int_equal(tower_count(tower, "PATCH", "healthChecks"), 1);
	path = arena_printf(json_arena(), "global/forwardingRules/%s", rule_of(tower, "ml/a"));
	tower_forget(tower);
	world_cloud(&tower->world, "DELETE", path, NULL);
	world_run(&tower->world, 2 * 60000);
	assert_int_equal(tower_count(tower, "POST", "/global/forwardingRules"), 1); /* absence is noticed, too */
}

static void apply_many(struct tower *tower, int count)
{
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *name = mem_printf("tf%d", i);

		tower_apply(tower, name, "");
	}
}

static struct fake_call *next_held(struct tower *tower)
{
	for (int i = 0; i < 90 && tower->held.count == 0; i++)
		world_run(&tower->world, 1000);
	assert_true(tower->held.count > 0);
	return tower_take_held(tower);
}

/* A look at health that is on its way keeps nothing open, and one that shows nothing new opens nothing. */
static void health_is_read_past_it(void **state)
{
	struct tower *tower = *state;
	struct entry *entry;
	struct fake_call *call;
	int64_t until;

	tower_start(tower, "");
	world_run(&tower->world, 70000);
	entry = entry_of(tower, TOWER_KEY);
	for (int round = 0; round < 3; round++) {
		tower->hook = tower_hold_health;
		call = next_held(tower);
		assert_true(entry->folded);
		world_run(&tower->world, 5000);
		assert_int_equal(tower->held.count, 0); /* one at a time */
		tower->serve(&tower->world.replicas[0], call);
		until = tower->world.loop.now_ms + 1000;
		while (tower->world.loop.now_ms < until && fake_loop_step(&tower->world.loop, until))
			assert_true(entry->folded);
	}
	call = next_held(tower);
	fake_answer(call, 200, "application/json", "{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	world_run(&tower->world, 1000);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Unhealthy");
	}
	call = next_held(tower);
	fake_answer(call, 403, "application/json",
		"{\"error\":{\"code\":403,\"message\":\"Required "
		"permission\",\"errors\":[{\"reason\":\"forbidden\"}]}}");
	world_run(&tower->world, 1000);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "PermissionDenied");
	}
	tower->hook = NULL;
	tower_ready(tower);
}

static bool second_is_ill(struct tower *tower, struct fake_call *call)
{
	(void)tower;
	if (!text_ends(call->path, "-backend-v2/getHealth"))
		return false;
	fake_answer(call, 200, "application/json", "{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	return true;
}

/* At rest health is read by the clock without any being opened; once an hour each is planned all the same. */
static void looks_open_nothing(void **state)
{
	enum { MANY = 5 };
	struct tower *tower = *state;
	struct controller *controller;
	uint64_t opened;

	world_start(&tower->world);
	apply_many(tower, MANY);
	assert_true(world_until_settled(&tower->world, 60 * 60000));
	world_run(&tower->world, 3 * 60000);
	controller = tower->world.replicas[0].controller;
	opened = controller->unfolds;
	tower_forget(tower);
	world_run(&tower->world, 50 * 60000);
	assert_in_range(tower_count(tower, "POST", "/getHealth"), 49 * MANY, 51 * MANY);
	assert_int_equal(controller->unfolds, opened);
	world_run(&tower->world, 60 * 60000);
	assert_in_range(tower_count(tower, "POST", "/getHealth"), 108 * MANY, 112 * MANY);
	assert_in_range(controller->unfolds - opened, MANY, 2 * MANY);
}

/* The same when a group is behind two backend services, each of which has its own word. */
static void looks_at_two_backends_open_nothing(void **state)
{
	struct tower *tower = *state;
	struct controller *controller;
	uint64_t opened;

	tower_start(tower, TWO_BACKENDS);
	world_run(&tower->world, 3 * 60000);
	controller = tower->world.replicas[0].controller;
	opened = controller->unfolds;
	tower_forget(tower);
	world_run(&tower->world, 50 * 60000);
	assert_in_range(tower_count(tower, "POST", "-backend-default/getHealth"), 49, 51);
	assert_in_range(tower_count(tower, "POST", "-backend-v2/getHealth"), 49, 51);
	assert_int_equal(controller->unfolds, opened);
	tower->hook = second_is_ill;
	world_run(&tower->world, 2 * 60000);
	tower->hook = NULL;
	JSON_WORK(work);
	assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Unhealthy");
}

static bool never_healthy(struct tower *tower, struct fake_call *call)
{
	if (!text_ends(call->path, "/getHealth"))
		return false;
	fake_answer(call, 200, "application/json", "{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	return true;
}

/* The time that new machines have is over some time, though nothing that is read tells it. */
static void time_opens_it_too(void **state)
{
	JSON_WORK(work);
	struct tower *tower = *state;
	int64_t until;

	tower->hook = never_healthy;
	world_start(&tower->world);
	tower_apply(tower, "tf", "");
	while (!text_equal(tower_condition(tower, TOWER_KEY, "Programmed", "status"), "True"))
		world_run(&tower->world, 1000);
	until = tower->world.loop.now_ms + SETTLE_MS - 60000;
	while (tower->world.loop.now_ms < until) {
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Creating");
		world_run(&tower->world, 10000);
	}
	assert_true(entry_of(tower, TOWER_KEY)->folded);
	world_run(&tower->world, 4 * 60000);
	assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Unhealthy");
}

/* However many are on their way at once. */
static void few_are_open(void **state)
{
	enum { MANY = 30 };
	struct tower *tower = *state;
	struct controller *controller;
	size_t most = 0;
	int busy = 0;

	world_start(&tower->world);
	apply_many(tower, MANY);
	controller = tower->world.replicas[0].controller;
	for (int i = 0; i < 60; i++) {
		world_run(&tower->world, 500);
		if (controller->unfolded > most)
			most = controller->unfolded;
		for (size_t at = 0; at < controller->entries.count; at++) {
			const struct entry *entry = controller->entries.own_entries[at].value;

			busy += entry->folded && entry->calls.count > 0;
		}
	}
	assert_int_equal(most, 4);
	assert_true(busy > MANY); /* what is on its way keeps nobody open */
	assert_true(world_until_settled(&tower->world, 60 * 60000));
	assert_int_equal(tower_count(tower, "POST", "/global/urlMaps"), MANY); /* and nothing is done twice */
	world_run(&tower->world, 3 * 60000);
	assert_int_equal(controller->unfolded, 0);
}

/* What whoever ran before left is not planned before the first look at its project is over, and then each is opened once. It is
 * found as it was: nobody's status is written. */
static void a_start_opens_each_once(void **state)
{
	enum { MANY = 12 };
	struct tower *tower = *state;
	struct controller *controller;

	world_start(&tower->world);
	apply_many(tower, MANY);
	assert_true(world_until_settled(&tower->world, 60 * 60000));
	tower_restart(tower);
	controller = tower->world.replicas[0].controller;
	while (tower_count(tower, "POST", "/getHealth") < MANY)
		world_run(&tower->world, 10);
	assert_in_range(
		controller->unfolds, MANY, 3 * MANY); /* for its plan, for the answer to its read, and after it */
	world_run(&tower->world, 60000);
	assert_int_equal(tower_count(tower, "PATCH", ""), 0);
	assert_int_equal(tower_count(tower, "POST", "/compute/") - tower_count(tower, "POST", "/getHealth"), 0);
	for (size_t at = 0; at < controller->entries.count; at++) {
		struct entry *entry = controller->entries.own_entries[at].value;

		entry_unfold(entry);
		assert_int_equal(entry->nodes.count, 11);
		assert_null(entry->own_notes);
	}
}

/* A few KB: what one more costs, once there are many. */
static void what_one_costs(void **state)
{
	enum { MANY = 20 };
	struct tower *tower = *state;
	size_t bytes = 0;

	world_start(&tower->world);
	apply_many(tower, MANY);
	assert_true(world_until_settled(&tower->world, 60 * 60000));
	world_run(&tower->world, 3 * 60000);
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *key = mem_printf("ml/tf%d", i);
		struct entry *entry = entry_of(tower, key);

		assert_true(entry->folded);
		bytes += folded_size(entry->own_folded);
	}
	assert_in_range(bytes / MANY, 500, 1400);
	assert_in_range(sizeof(struct entry), 400, 640);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(what_comes_out_is_what_went_in),
		WITH_TOWER(only_rest_is_folded),
		WITH_TOWER(a_list_is_held_against_it_unopened),
		WITH_TOWER(a_lost_answer_is_forgotten),
		WITH_TOWER(a_change_opens_one),
		WITH_TOWER(health_is_read_past_it),
		WITH_TOWER(looks_open_nothing),
		WITH_TOWER(looks_at_two_backends_open_nothing),
		WITH_TOWER(time_opens_it_too),
		WITH_TOWER(few_are_open),
		WITH_TOWER(a_start_opens_each_once),
		WITH_TOWER(what_one_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

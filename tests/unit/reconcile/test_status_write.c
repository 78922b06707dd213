/* Statuses on their way to the API server: few at once, and all in the end. */
#include "tower.h"

#include "reconcile/internal.h"

enum { MANY = 100, AT_ONCE = 32 };

static bool hold_statuses(struct tower *tower, struct fake_call *call)
{
	if (!is_status_patch(call))
		return false;
	vec_add(&tower->held, call);
	return true;
}

/* Nothing is made for them, and there is something to say of each. */
static void apply_suspended(struct tower *tower)
{
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *name = mem_printf("tf%d", i);

		tower_apply(tower, name, "\"suspend\":true");
	}
}

static void few_are_on_their_way(void **state)
{
	struct tower *tower = *state;
	struct controller *controller;
	int answered = 0;

	tower->hook = hold_statuses;
	world_start(&tower->world);
	apply_suspended(tower);
	world_run(&tower->world, 5000);
	controller = tower->world.replicas[0].controller;
	assert_int_equal(controller->status_calls, AT_ONCE);
	for (size_t i = 0; i < controller->entries.count; i++) {
		const struct entry *entry = controller->entries.own_entries[i].value;

		assert_true(entry->status_call || entry->status_waits);
	}
	while (tower->held.count > 0) {
		tower->serve(&tower->world.replicas[0], tower->held.own_items[0]);
		vec_remove_at(&tower->held, 0);
		answered++;
		world_run(&tower->world, 100);
		assert_true(controller->status_calls <= AT_ONCE);
	}
	assert_int_equal(answered, MANY); /* each once */
	assert_int_equal(controller->status_calls, 0);
	for (int i = 0; i < MANY; i++) {
		JSON_WORK(work);

		assert_string_equal(tower_condition(tower, arena_printf(json_arena(), "ml/tf%d", i), "Ready", "reason"),
			"Suspended");
	}
}

/* Who goes while its status waits, or is on its way, makes room. */
static void who_goes_leaves_the_line(void **state)
{
	struct tower *tower = *state;
	struct map *entries;

	tower->hook = hold_statuses;
	world_start(&tower->world);
	apply_suspended(tower);
	world_run(&tower->world, 5000);
	entries = &tower->world.replicas[0].controller->entries;
	while (entries->count > 1)
		entry_remove(entries->own_entries[0].value);
	tower->hook = NULL;
	for (size_t i = 0; i < tower->held.count; i++)
		tower->serve(&tower->world.replicas[0], tower->held.own_items[i]);
	tower->held.count = 0;
	world_run(&tower->world, 5000);
	assert_int_equal(tower->world.replicas[0].controller->status_calls, 0);
	assert_false(((struct entry *)entries->own_entries[0].value)->status_waits);
}

/* Edits come faster than anybody reads. */
static void who_is_edited_all_the_time_is_written_now_and_then(void **state)
{
	struct tower *tower = *state;
	uint64_t before;

	world_start(&tower->world);
	tower_apply(tower, "tf", "\"suspend\":true");
	world_run(&tower->world, 60000);
	for (int i = 0; i < 5; i++) {
		AUTO_FREE char *edit = mem_printf("{\"replicas\":%d}", 4 + i);

		before = tower->world.api.status_writes;
		apiserver_edit(&tower->world.api, TOWER_KEY, edit);
		world_run(&tower->world, 200);
		assert_int_equal(tower->world.api.status_writes, before + 1); /* each at once */
	}
	before = tower->world.api.status_writes;
	for (int i = 0; i < 300; i++) {
		AUTO_FREE char *edit = mem_printf("{\"replicas\":%d}", 1 + i % 2);

		apiserver_edit(&tower->world.api, TOWER_KEY, edit);
		world_run(&tower->world, 100);
	}
	assert_in_range(tower->world.api.status_writes - before, 15, 19);
	world_run(&tower->world, 3000);
	{
		JSON_WORK(work);
		const cJSON *object = apiserver_get(&tower->world.api, TOWER_KEY);

		assert_int_equal(
			json_int(object, "status.observedGeneration", -1), json_int(object, "metadata.generation", 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(few_are_on_their_way),
		WITH_TOWER(who_goes_leaves_the_line),
		WITH_TOWER(who_is_edited_all_the_time_is_written_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

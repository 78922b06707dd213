/* Whose turn it is to have its health read: of a project a few at a time, each once, and all in the end. */
#include "tower.h"

#include "reconcile/internal.h"

enum { MANY = 20, AT_ONCE = 8 };

static void apply_many(struct tower *tower)
{
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *name = mem_printf("tf%d", i);

		tower_apply(tower, name, "");
	}
}

static struct project *the_project(struct tower *tower)
{
	return map_find(&tower->world.replicas[0].controller->projects, "my-project");
}

/* A restart with everything as it should be: nothing is left to do but to read health. */
static void start_again(struct tower *tower)
{
	world_start(&tower->world);
	apply_many(tower);
	assert_true(world_until_settled(&tower->world, 60 * 60000));
	tower_restart(tower);
	tower->hook = tower_hold_health;
	world_run(&tower->world, 20000);
}

static void a_few_at_a_time(void **state)
{
	struct tower *tower = *state;

	start_again(tower);
	assert_int_equal(tower->held.count, AT_ONCE);
	for (int answered = 0; answered < MANY; answered++) {
		assert_true(tower->held.count > 0);
		tower->serve(&tower->world.replicas[0], tower_take_held(tower));
		world_run(&tower->world, 200);
		assert_true(tower->held.count <= AT_ONCE);
	}
	assert_int_equal(tower_count(tower, "POST", "/getHealth"), MANY);
	for (size_t i = 0; i < MANY; i++) {
		const struct entry *entry = tower->world.replicas[0].controller->entries.own_entries[i].value;
		AUTO_FREE char *own = mem_printf("tflb-%s-", entry->id);

		assert_int_equal(tower_count(tower, "POST", own), 1);
		assert_true(entry->ready && entry->folded);
	}
	assert_int_equal(the_project(tower)->looking, 0);
}

/* Who goes while it waits, or while its health is being read, holds nobody up. */
static void who_goes_leaves_the_line(void **state)
{
	struct tower *tower = *state;
	struct map *entries;
	size_t left = MANY;

	start_again(tower);
	entries = &tower->world.replicas[0].controller->entries;
	for (size_t i = entries->count; i-- > 0;) {
		struct entry *entry = entries->own_entries[i].value;

		if (i % 2 == 0)
			continue;
		assert_true(entry->looks_wait || entry->looking == 1);
		entry_remove(entry);
		left--;
	}
	world_run(&tower->world, 2000);
	tower->hook = NULL;
	for (size_t i = 0; i < tower->held.count; i++)
		tower->serve(&tower->world.replicas[0], tower->held.own_items[i]);
	tower->held.count = 0;
	world_run(&tower->world, 20000);
	assert_int_equal(entries->count, left);
	for (size_t i = 0; i < left; i++) {
		const struct entry *entry = entries->own_entries[i].value;

		assert_true(entry->ready && !entry->looks_wait && entry->looking == 0);
	}
	assert_int_equal(the_project(tower)->looking, 0);
}

/* Those that go to another project take with them what is on its way: the next in line are called. */
static void who_leaves_the_project_calls_the_next(void **state)
{
	struct tower *tower = *state;
	struct map *entries;
	int asked;

	start_again(tower);
	entries = &tower->world.replicas[0].controller->entries;
	asked = tower_count(tower, "POST", "/getHealth");
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = entries->own_entries[i].value;

		if (!entry->looking)
			continue;
		entry_unfold(entry);
		project_join(entry, "other-project", NULL);
	}
	assert_int_equal(the_project(tower)->looking, 0);
	world_run(&tower->world, 1000);
	assert_int_equal(tower_count(tower, "POST", "/getHealth"), asked + AT_ONCE);
	assert_int_equal(the_project(tower)->looking, AT_ONCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(a_few_at_a_time),
		WITH_TOWER(who_goes_leaves_the_line),
		WITH_TOWER(who_leaves_the_project_calls_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

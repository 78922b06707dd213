/* A load balancer whose object cannot be read any more, for it is too large: nothing is done with it, it is not taken for deleted,
 * and all goes on once it can be read again. */
#include "reconcile/internal.h"
#include "tower.h"

enum { LARGE = OBJECT_MAX + 1000, LONG = 30 * 60000 };

static struct controller *controller_of(struct tower *tower)
{
	return tower->world.replicas[0].controller;
}

static struct entry *entry_of(struct tower *tower)
{
	return entry_find(controller_of(tower), "ml", "tf");
}

/* Nothing is written for long, to the cloud or the API server, whatever happens. */
static void assert_left_alone(struct tower *tower)
{
	uint64_t writes = tower->world.cloud_writes, status_writes = tower->world.api.status_writes;

	tower->world.meddled = true;
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"replicas\":2}");
	world_cloud(&tower->world, "DELETE",
		arena_printf(json_arena(), "global/firewalls/%s",
			cJSON_GetStringValue(cJSON_GetArrayItem(world_list(&tower->world, "global/firewalls"), 0))),
		NULL);
	world_run(&tower->world, LONG);
	assert_true(entry_of(tower)->unreadable);
	assert_int_equal(tower->world.cloud_writes, writes);
	assert_int_equal(tower->world.api.status_writes, status_writes);
}

/* It can be read again: what was asked for and what was broken is seen to. */
static void assert_goes_on(struct tower *tower)
{
	apiserver_swell(&tower->world.api, TOWER_KEY, 0, false);
	tower_ready(tower);
	tower_settled(tower);
	assert_false(entry_of(tower)->unreadable);
	assert_int_equal(json_int(apiserver_get(&tower->world.api, TOWER_KEY), "spec.replicas", 0), 2);
	assert_int_equal(cJSON_GetArraySize(world_list(&tower->world, "global/firewalls")), 1);
}

static void an_event_that_is_too_large(void **state)
{
	struct tower *tower = *state;
	JSON_WORK(work);

	tower_start(tower, "");
	apiserver_swell(&tower->world.api, TOWER_KEY, LARGE, false);
	assert_left_alone(tower);
	assert_int_equal(controller_counted(controller_of(tower)).live_reads, 1);
	assert_goes_on(tower);
}

/* Its history is forgotten, so all is listed again. */
static void left_out_of_a_list(void **state)
{
	struct tower *tower = *state;
	JSON_WORK(work);

	tower_start(tower, "");
	apiserver_drop_watches(&tower->world.api);
	apiserver_swell(&tower->world.api, TOWER_KEY, LARGE, false);
	apiserver_compact(&tower->world.api);
	assert_left_alone(tower);
	assert_goes_on(tower);
}

/* Of those that the list does not show, one is there and another is not. */
static void a_list_that_leaves_out_somebody(void **state)
{
	struct tower *tower = *state;
	JSON_WORK(work);

	tower_start(tower, "");
	tower_apply(tower, "other", "\"suspend\":true");
	world_run(&tower->world, 60000);
	assert_int_equal(controller_counted(controller_of(tower)).objects, 2);
	apiserver_drop_watches(&tower->world.api);
	apiserver_swell(&tower->world.api, TOWER_KEY, LARGE, true);
	mem_free(map_remove(&tower->world.api.objects, "ml/other"));
	apiserver_compact(&tower->world.api);
	assert_left_alone(tower);
	assert_int_equal(controller_counted(controller_of(tower)).objects, 1);
	assert_int_equal(controller_counted(controller_of(tower)).live_reads, 2);
	assert_goes_on(tower);
}

/* Nobody could say when it goes: it is looked for when something is heard of it. */
static void deleted_while_unreadable(void **state)
{
	struct tower *tower = *state;
	uint64_t writes;
	JSON_WORK(work);

	tower_start(tower, "");
	apiserver_swell(&tower->world.api, TOWER_KEY, LARGE, false);
	world_run(&tower->world, 60000);
	writes = tower->world.cloud_writes;
	apiserver_delete(&tower->world.api, TOWER_KEY);
	world_run(&tower->world, LONG);
	assert_int_equal(tower->world.cloud_writes, writes);
	assert_non_null(apiserver_get(&tower->world.api, TOWER_KEY));
	apiserver_swell(&tower->world.api, TOWER_KEY, 0, false);
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
	assert_int_equal(cJSON_GetArraySize(world_list(&tower->world, "global/firewalls")), 0);
}

/* Somebody else takes our finalizer off. */
static void gone_while_unreadable(void **state)
{
	struct tower *tower = *state;
	JSON_WORK(work);

	tower_start(tower, "");
	apiserver_swell(&tower->world.api, TOWER_KEY, LARGE, false);
	world_run(&tower->world, 60000);
	apiserver_swell(&tower->world.api, TOWER_KEY, LARGE + 1, false);
	mem_free(map_remove(&tower->world.api.objects, TOWER_KEY));
	world_run(&tower->world, 60000);
	assert_null(entry_of(tower));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(an_event_that_is_too_large),
		WITH_TOWER(left_out_of_a_list),
		WITH_TOWER(a_list_that_leaves_out_somebody),
		WITH_TOWER(deleted_while_unreadable),
		WITH_TOWER(gone_while_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

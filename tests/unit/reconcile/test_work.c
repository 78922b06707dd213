/* The unit of work after a start: what the status says stands until the machines were seen. */
#include "tower.h"

static bool hold_second(struct tower *tower, struct fake_call *call)
{
	if (!text_ends(call->path, "-backend-v2/getHealth"))
		return false;
	vec_add(&tower->held, call);
	return true;
}

static void the_word_of_each_backend_is_waited_for(void **state)
{
	JSON_WORK(work);
	struct tower *tower = *state;
	uint64_t writes;

	tower_start(tower, TWO_BACKENDS);
	world_run(&tower->world, 60000);
	writes = tower->world.api.status_writes;
	tower->hook = hold_second;
	tower_restart(tower);
	world_run(&tower->world, 8000);
	assert_true(tower_count(tower, "POST", "-backend-default/getHealth") > 0);
	assert_int_equal(tower->held.count, 1);
	tower->hook = NULL;
	tower->serve(&tower->world.replicas[0], tower->held.own_items[0]);
	tower->held.count = 0;
	world_run(&tower->world, 60000);
	assert_int_equal(tower->world.api.status_writes, writes);
	assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Serving");
}

/* Nobody asks for the health of a drained group that is behind no backend service. */
static void what_nobody_asks_for_is_not_waited_for(void **state)
{
	JSON_WORK(work);
	struct tower *tower = *state;

	world_start(&tower->world);
	tower_apply(tower, "tf",
		"\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},{\"name\":\"idle\",\"zone\":"
		"\"us-central1-b\",\"capacity\":{\"capacityScalerPercent\":0},\"backends\":[{\"name\":"
		"\"v2\"}]}],\"backends\":[{\"name\":\"v2\"}],\"routes\":[{\"name\":\"all\",\"pathRules\":[{"
		"\"name\":\"v2\",\"paths\":[\"/v2/*\"],\"backend\":\"v2\"}]}]");
	tower_ready(tower);
	tower_restart(tower);
	world_run(&tower->world, 60000);
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"healthCheck\":{\"checkIntervalSec\":6}}");
	tower_ready(tower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(the_word_of_each_backend_is_waited_for),
		WITH_TOWER(what_nobody_asks_for_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The clean end, and what a replica costs that only follows. */
#include "tower.h"

#include <stdlib.h>

/* --- events that are owed --- */

static bool hold_events(struct tower *tower, struct fake_call *call)
{
	if (!strstr(call->path, "/events.k8s.io/"))
		return false;
	vec_add(&tower->held, call);
	return true;
}

/* An event is under way that the API server does not answer. */
static void start_with_an_event_under_way(struct tower *tower)
{
	tower_start(tower, "");
	tower->hook = hold_events;
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"replicas\":2}");
	for (int i = 0; i < 600 && !tower->held.count; i++)
		world_run(&tower->world, 100);
	assert_int_equal(tower->held.count, 1); /* one after the other */
}

static void events_are_told_before_the_end(void **state)
{
	struct tower *tower = *state;
	struct replica *replica = &tower->world.replicas[0];

	start_with_an_event_under_way(tower);
	replica_stop(replica);
	world_run(&tower->world, 1000);
	assert_non_null(replica->controller);
	tower->hook = NULL;
	fake_answer(tower->held.own_items[0], 201, "application/json", "{}");
	world_run(&tower->world, 500);
	assert_null(replica->controller);
}

static void events_that_nobody_takes_hold_up_nothing(void **state)
{
	struct tower *tower = *state;
	struct replica *replica = &tower->world.replicas[0];

	start_with_an_event_under_way(tower);
	replica_stop(replica);
	world_run(&tower->world, 2500);
	assert_null(replica->controller);
	fake_drop(tower->held.own_items[0]);
}

/* --- who follows --- */

static double gauge(struct replica *replica, const char *name)
{
	AUTO_STR struct str out = {0};
	AUTO_FREE char *line = mem_printf("\n%s ", name);
	const char *found;

	controller_collect(replica->controller);
	metrics_write(replica->metrics, METRICS_PROMETHEUS, &out);
	found = strstr(str_text(&out), line);
	assert_non_null(found);
	return strtod(found + strlen(line), NULL);
}

static void who_follows_folds_and_takes_over(void **state)
{
	struct tower *tower = *state;
	struct world *world = &tower->world;
	struct replica *leader, *follower;

	world->election = true;
	world->replica_count = 2;
	tower_start(tower, "");
	leader = &world->replicas[replica_leads(&world->replicas[1])];
	follower = &world->replicas[leader == &world->replicas[0]];
	assert_false(replica_leads(follower));
	assert_true(gauge(follower, "tflb_objects_known") == 1);
	assert_true(gauge(follower, "tflb_objects_unfolded") == 0);
	assert_true(gauge(follower, "leader_election_master_status{name=\"tflb-controller\"}") == 0);
	assert_true(gauge(leader, "leader_election_master_status{name=\"tflb-controller\"}") == 1);
	replica_kill(leader);
	apiserver_edit(&world->api, TOWER_KEY, "{\"replicas\":2}");
	world_run(world, 20000);
	assert_true(replica_leads(follower));
	tower_ready(tower);
	tower_settled(tower);
	assert_true(gauge(follower, "tflb_objects{reason=\"Serving\"}") == 1);
	world_run(world, 200); /* until what it has asked for last is answered */
	assert_true(gauge(follower, "tflb_objects_unfolded") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(events_are_told_before_the_end),
		WITH_TOWER(events_that_nobody_takes_hold_up_nothing),
		WITH_TOWER(who_follows_folds_and_takes_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

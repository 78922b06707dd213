/* One run of a scenario. */
#include <stdio.h>

#include "sim/sim.h"

static void print_replay(const struct scenario *scenario, const struct run *run, const struct world *world)
{
	printf("  replay: build/tests/tflb-sim %s --seed %llu", scenario->name, (unsigned long long)world->seed);
	if (run->leaders)
		printf(" --leaders %d", run->leaders);
	if (world->kill_at)
		printf(" --kill %llu:%d", (unsigned long long)world->kill_at, world->kill_point);
	if (world->silent_at)
		printf(" --silent %llu:%d", (unsigned long long)world->silent_at, world->silent_point);
	printf("\n");
}

struct outcome run_scenario(const struct scenario *scenario, const struct run *run)
{
	struct world world;
	struct outcome outcome;

	world_init(&world, run->seed);
	world.kill_at = run->at;
	world.kill_point = run->point;
	world.silent_at = run->silent_at;
	world.silent_point = run->silent_point;
	if (run->leaders)
		world.replica_count = run->leaders;
	if (run->branches)
		branches_begin(run->branches, scenario, &world);
	scenario->script(&world);
	if (!world.kill_at && !world.silent_at)
		judge_journal(&world);
	outcome = (struct outcome){.complaints = (int)world.complaints.count,
		.calls = world.call_count,
		.spoken = world.spoken,
		.took_ms = world.loop.now_ms - world.born_ms};
	for (int i = 0; i < outcome.complaints; i++)
		printf("  %s: %s\n", scenario->name, (char *)world.complaints.own_items[i]);
	if (outcome.complaints)
		print_replay(scenario, run, &world);
	if (run->branches)
		branches_end(run->branches, &outcome);
	world_done(&world);
	return outcome;
}

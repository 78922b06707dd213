/* Kill -9 at every call boundary: before the call is sent, after the server applied it, after its answer. */
#include <stdio.h>

#include "sim/sim.h"

static void print_replay(const struct scenario *scenario, const struct run *run)
{
	printf("  replay: build/tests/tflb-sim %s --seed %llu", scenario->name, (unsigned long long)run->seed);
	if (run->leaders)
		printf(" --leaders %d", run->leaders);
	if (run->at)
		printf(" --kill %llu:%d", (unsigned long long)run->at, run->point);
	printf("\n");
}

int run_scenario(const struct scenario *scenario, const struct run *run, uint64_t *calls)
{
	struct world world;
	int complaints;

	world_init(&world, run->seed);
	world.kill_at = run->at;
	world.kill_point = run->point;
	if (run->leaders)
		world.replica_count = run->leaders;
	scenario->script(&world);
	complaints = (int)world.complaints.count;
	for (int i = 0; i < complaints; i++)
		printf("  %s: %s\n", scenario->name, (char *)world.complaints.own_items[i]);
	if (complaints)
		print_replay(scenario, run);
	if (calls)
		*calls = world.call_count;
	world_done(&world);
	return complaints;
}

int kill_campaign(const char *name, uint64_t seed, uint64_t every)
{
	const struct scenario *scenario = scenario_find(name);
	struct run run = {.seed = seed};
	uint64_t calls = 0, deaths = 0;
	int failed = run_scenario(scenario, &run, &calls) > 0;

	for (run.at = 1; run.at <= calls; run.at += every) {
		for (int point = 0; point < KILL_POINTS; point++, deaths++) {
			run.point = point;
			failed += run_scenario(scenario, &run, NULL) > 0;
		}
	}
	printf("%s: %llu calls, %llu deaths, %d failed\n", name, (unsigned long long)calls, (unsigned long long)deaths,
		failed);
	return failed;
}

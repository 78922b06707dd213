/* Kill -9 at every call boundary: before the call is sent, after the server applied it, after its answer. */
#include <stdio.h>

#include "sim/sim.h"

int run_scenario(const struct scenario *scenario, uint64_t seed, uint64_t at, enum kill_point point, uint64_t *calls)
{
	struct world world;
	int complaints;

	world_init(&world, seed);
	world.kill_at = at;
	world.kill_point = point;
	scenario->script(&world);
	complaints = (int)world.complaints.count;
	for (int i = 0; i < complaints; i++)
		printf("  %s: %s\n", scenario->name, (char *)world.complaints.own_items[i]);
	if (complaints)
		printf("  replay: build/tests/tflb-sim %s --seed %llu --kill %llu:%d\n", scenario->name,
			(unsigned long long)seed, (unsigned long long)at, point);
	if (calls)
		*calls = world.call_count;
	world_done(&world);
	return complaints;
}

int kill_campaign(const char *name, uint64_t seed, uint64_t every)
{
	const struct scenario *scenario = scenario_find(name);
	uint64_t calls = 0, deaths = 0;
	int failed = run_scenario(scenario, seed, 0, 0, &calls) > 0;

	for (uint64_t at = 1; at <= calls; at += every) {
		for (int point = 0; point < KILL_POINTS; point++, deaths++)
			failed += run_scenario(scenario, seed, at, point, NULL) > 0;
	}
	printf("%s: %llu calls, %llu deaths, %d failed\n", name, (unsigned long long)calls, (unsigned long long)deaths,
		failed);
	return failed;
}

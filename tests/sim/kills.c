/* Kill -9 at every call boundary: before the call is sent, after the server applied it, after its answer. */
#include <stdio.h>

#include "sim/sim.h"

int kill_campaign(const char *name, uint64_t seed, uint64_t every)
{
	const struct scenario *scenario = scenario_find(name);
	struct run run = {.seed = seed};
	struct outcome alive = run_scenario(scenario, &run);
	int failed = alive.complaints > 0;
	uint64_t deaths = 0;

	for (run.at = 1; run.at <= alive.calls; run.at += every) {
		for (int point = 0; point < KILL_POINTS; point++, deaths++) {
			run.point = point;
			failed += run_scenario(scenario, &run).complaints > 0;
		}
	}
	printf("%s: %llu calls, %llu deaths, %d failed\n", name, (unsigned long long)alive.calls,
		(unsigned long long)deaths, failed);
	return failed;
}

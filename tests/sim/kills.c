/* Kill -9 at every call boundary: before the call is sent, after the server applied it, after its answer. */
#include <stdio.h>

#include "sim/sim.h"

int kill_campaign(const char *name, uint64_t seed, uint64_t every)
{
	struct branches deaths = {.every = every};
	struct run run = {.seed = seed, .at = BRANCH_NEVER, .branches = &deaths};
	struct outcome alive = run_scenario(scenario_find(name), &run);
	int failed = deaths.failed + (alive.complaints > 0);

	printf("%s: %llu calls, %llu deaths, %d failed\n", name, (unsigned long long)alive.calls,
		(unsigned long long)deaths.count, failed);
	return failed;
}

/* Half-open connections: at every call, whatever it is for, the other side falls silent and the connection stands. The call is
 * given up within its time, and all ends as it would have. */
#include <stdio.h>

#include "sim/sim.h"

/* A watch that is silent from its beginning is found out by its own end: ten minutes and a bit. */
enum { LONGEST_MS = 12 * 60000 };

int silence_campaign(const char *name, uint64_t seed, uint64_t every)
{
	struct branches silences = {.every = every, .silences = true};
	struct run run = {.seed = seed, .silent_at = BRANCH_NEVER, .branches = &silences};
	struct outcome spoken = run_scenario(scenario_find(name), &run);
	int failed = silences.failed + (spoken.complaints > 0);
	int64_t lost = silences.longest_ms - spoken.took_ms;

	printf("%s: %llu calls, %llu silences, %d failed, at most %lld s lost\n", name,
		(unsigned long long)spoken.spoken, (unsigned long long)silences.count, failed, (long long)lost / 1000);
	return failed + (lost > LONGEST_MS);
}

/* Half-open connections: at every call, whatever it is for, the other side falls silent and the connection stands. The call is
 * given up within its time, and all ends as it would have. */
#include <stdio.h>

#include "sim/sim.h"

/* A watch that is silent from its beginning is found out by its own end: ten minutes and a bit. */
enum { LONGEST_MS = 12 * 60000 };

int silence_campaign(const char *name, uint64_t seed, uint64_t every)
{
	const struct scenario *scenario = scenario_find(name);
	struct run run = {.seed = seed};
	struct outcome spoken = run_scenario(scenario, &run);
	int failed = spoken.complaints > 0;
	int64_t longest = 0;
	uint64_t silences = 0;

	for (run.silent_at = 1; run.silent_at <= spoken.spoken; run.silent_at += every) {
		for (int point = 0; point < SILENT_POINTS; point++, silences++) {
			struct outcome silent;

			run.silent_point = point;
			silent = run_scenario(scenario, &run);
			failed += silent.complaints > 0;
			if (silent.took_ms - spoken.took_ms > longest)
				longest = silent.took_ms - spoken.took_ms;
		}
	}
	printf("%s: %llu calls, %llu silences, %d failed, at most %lld s lost\n", name,
		(unsigned long long)spoken.spoken, (unsigned long long)silences, failed, (long long)longest / 1000);
	return failed + (longest > LONGEST_MS);
}

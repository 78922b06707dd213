/* tflb-sim NAME [--seed N] [--kill CALL:POINT]   one scenario; POINT 0 before send, 1 after applied, 2 after the answer
 * tflb-sim --kill-all NAME [--seed N]            the scenario with a death at every call boundary
 *          [--every N]                           at every Nth call only, for slow builds
 * tflb-sim --list                                the names
 * TFLB_SIM_LOG=1 prints the controller's log lines, TFLB_SIM_STATUS=1 every status written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

static int list(void)
{
	for (size_t i = 0; scenario_at(i); i++)
		puts(scenario_at(i)->name);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = NULL;
	uint64_t seed = 1, every = 1;
	unsigned long long at = 0;
	int point = 0;
	bool all = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list"))
			return list();
		if (!strcmp(argv[i], "--kill-all"))
			all = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--every") && i + 1 < argc)
			every = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--kill") && i + 1 < argc)
			sscanf(argv[++i], "%llu:%d", &at, &point);
		else
			name = argv[i];
	}
	if (!name || !scenario_find(name)) {
		fprintf(stderr, "tflb-sim: no scenario %s; see tflb-sim --list\n", name ? name : "given");
		return 2;
	}
	if (all)
		return every == 0 || kill_campaign(name, seed, every) > 0;
	if (run_scenario(scenario_find(name), seed, at, point, NULL))
		return 1;
	printf("%s: ok\n", name);
	return 0;
}

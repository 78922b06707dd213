/* tflb-sim NAME [--seed N] [--leaders N] [--kill CALL:POINT]   one scenario; N controllers at work at once;
 *          POINT 0 before send, 1 after applied, 2 after the answer
 *          [--silent CALL:POINT]   POINT 0 it does not arrive, 1 it is not answered, 2 half of the answer comes
 * tflb-sim --kill-all NAME [--seed N]            the scenario with a death at every call boundary
 *          [--every N]                           at every Nth call only, for slow builds
 * tflb-sim --silent-all NAME [--seed N] [--every N]    the same with the other side falling silent
 * tflb-sim --list                                the names
 * tflb-sim --two NAME...                         are these all that can be played with two leaders?
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
	struct run run = {.seed = 1};
	uint64_t every = 1;
	unsigned long long at = 0, silent_at = 0;
	int point = 0, silent_point = 0;
	bool all = false, all_silent = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list"))
			return list();
		if (!strcmp(argv[i], "--two"))
			return !scenarios_with_two(argv + i + 1, argc - i - 1);
		if (!strcmp(argv[i], "--kill-all"))
			all = true;
		else if (!strcmp(argv[i], "--silent-all"))
			all_silent = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			run.seed = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--every") && i + 1 < argc)
			every = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--leaders") && i + 1 < argc)
			run.leaders = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--kill") && i + 1 < argc)
			sscanf(argv[++i], "%llu:%d", &at, &point);
		else if (!strcmp(argv[i], "--silent") && i + 1 < argc)
			sscanf(argv[++i], "%llu:%d", &silent_at, &silent_point);
		else
			name = argv[i];
	}
	if (!name || !scenario_find(name)) {
		fprintf(stderr, "tflb-sim: no scenario %s; see tflb-sim --list\n", name ? name : "given");
		return 2;
	}
	if (all)
		return every == 0 || kill_campaign(name, run.seed, every) > 0;
	if (all_silent)
		return every == 0 || silence_campaign(name, run.seed, every) > 0;
	run.at = at;
	run.point = point;
	run.silent_at = silent_at;
	run.silent_point = silent_point;
	if (run.leaders > REPLICAS_MAX) {
		fprintf(stderr, "tflb-sim: at most %d leaders\n", REPLICAS_MAX);
		return 2;
	}
	if (run.leaders > 1 && scenario_alone(name)) {
		fprintf(stderr, "tflb-sim: %s has one leader: %s\n", name, scenario_alone(name));
		return 2;
	}
	if (run_scenario(scenario_find(name), &run).complaints)
		return 1;
	printf("%s: ok\n", name);
	return 0;
}

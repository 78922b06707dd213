/* Two that both believe they lead: which scenarios can be played so. */
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"

#define ELECTS "it has an election of its own, so that one of its two leads"

static const struct {
	const char *name, *why;
} ALONE[] = {
	{"replicas-killed", ELECTS},
	{"replicas-frozen", ELECTS},
	{"replicas-frozen-in-trouble", ELECTS},
	{"replicas-cut", ELECTS},
	{"replicas-stopped", ELECTS},
	{"replicas-stale", ELECTS},
	{"quota-found-out", "each of two learns a quota that it does not have for itself"},
	{"token-life", "its cloud accepts one token, and two take it from each other"},
	{"rollout-lines", "two tell two stories, and it reads every line"},
};

const char *scenario_alone(const char *name)
{
	for (size_t i = 0; i < sizeof(ALONE) / sizeof(ALONE[0]); i++) {
		if (strcmp(ALONE[i].name, name) == 0)
			return ALONE[i].why;
	}
	return NULL;
}

static bool is_among(const char *name, char **names, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

bool scenarios_with_two(char **names, int count)
{
	bool good = true;

	for (size_t i = 0; scenario_at(i); i++) {
		const char *name = scenario_at(i)->name, *why = scenario_alone(name);
		bool played = is_among(name, names, count);

		if (played && why)
			printf("%s is played with two leaders, but %s\n", name, why);
		else if (!played && !why)
			printf("%s is not played with two leaders, and nothing says why\n", name);
		good &= played != (why != NULL);
	}
	return good;
}

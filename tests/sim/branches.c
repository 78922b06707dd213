/* Branches of a run. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/sim.h"

static void become(struct branches *branches, uint64_t number, int point)
{
	struct world *world = branches->world;

	branches->is_branch = true;
	world->boundary = NULL;
	if (branches->silences) {
		world->silent_at = number;
		world->silent_point = point;
	} else {
		world->kill_at = number;
		world->kill_point = point;
	}
}

/* One that ends by itself has said what is wrong. */
static void await(struct branches *branches, pid_t child, uint64_t number, int point)
{
	int status = 0;

	waitpid(child, &status, 0);
	branches->count++;
	if (*branches->shared_ms > branches->longest_ms)
		branches->longest_ms = *branches->shared_ms;
	if (status == 0)
		return;
	branches->failed++;
	if (WIFEXITED(status))
		return;
	printf("  %s: crashed by signal %d\n", branches->scenario->name, WTERMSIG(status));
	printf("  replay: build/tests/tflb-sim %s --seed %llu --%s %llu:%d\n", branches->scenario->name,
		(unsigned long long)branches->world->seed, branches->silences ? "silent" : "kill",
		(unsigned long long)number, point);
}

static void on_boundary(void *arg, uint64_t number, bool silence)
{
	struct branches *branches = arg;
	int points = silence ? (int)SILENT_POINTS : (int)KILL_POINTS;

	if (silence != branches->silences || (number - 1) % branches->every != 0)
		return;
	for (int point = 0; point < points; point++) {
		pid_t child;

		*branches->shared_ms = 0;
		fflush(NULL);
		child = fork();
		if (child == 0) {
			become(branches, number, point);
			return;
		}
		await(branches, child, number, point);
	}
}

void branches_begin(struct branches *branches, const struct scenario *scenario, struct world *world)
{
	branches->scenario = scenario;
	branches->world = world;
	branches->shared_ms =
		mmap(NULL, sizeof(*branches->shared_ms), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	world->boundary = on_boundary;
	world->boundary_arg = branches;
}

void branches_end(struct branches *branches, const struct outcome *outcome)
{
	if (branches->is_branch) {
		*branches->shared_ms = outcome->took_ms;
		fflush(NULL);
		_exit(outcome->complaints > 0);
	}
	munmap(branches->shared_ms, sizeof(*branches->shared_ms));
}

/* tflb-memory [--shard I/N] [--every N]     F13: each Nth allocation of a controller fails, once, in lives of an object
 * tflb-memory LIFE NUMBER                  one of them
 *
 * Out of memory ends the process by the allocator's exit, with its message. Here the exit is caught, and what the process was goes as a
 * killed one does: what it had sent stays, everything else is lost. Started again, it has to bring all to its end, and the
 * judge of the invariants watches. Linked with --wrap for the allocator, exit and loop_turn. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/case.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_exit(int status) __attribute__((noreturn));
int64_t __real_loop_turn(struct loop *loop);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_exit(int status) __attribute__((noreturn));
int64_t __wrap_loop_turn(struct loop *loop);

static struct {
	struct world *world;
	fake_http_fn serve; /* the servers' side of a call */
	bool within;        /* code of a controller runs, not of the world around it */
	bool armed;
	uint64_t seen, at, step; /* allocations so far; the one that fails next, and how many behind the one before */
	bool struck;
	const char *life;
	struct sums {
		uint64_t tried;
		int failures;
	} * sums; /* over all processes */
	jmp_buf out;
	FILE *own_complaint;
	char *complaint;
	size_t length;
} memory;

static void note(const struct ending *outcome)
{
	memory.sums->tried++;
	if (!outcome->complaints)
		return;
	memory.sums->failures++;
	printf("%s  replay: build/tests/tflb-memory %s %llu\n", outcome->text, memory.life,
		(unsigned long long)memory.at);
}

/* Here the life goes on with memory; without, in a process of its own. */
static bool fails(void)
{
	pid_t child;

	if (!memory.within || !memory.armed || ++memory.seen != memory.at)
		return false;
	child = child_begin();
	if (child == 0) {
		memory.armed = false;
		memory.struck = true;
		return true;
	}
	note(child_await(child));
	memory.at += memory.step;
	return false;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void __wrap_exit(int status)
{
	if (!memory.within)
		__real_exit(status);
	fflush(stderr);
	if (status != EXIT_FAILURE || !memory.complaint || !text_starts(memory.complaint, "out of memory: "))
		world_complain(memory.world, "it ended with %d: %s", status, memory.complaint ? memory.complaint : "");
	longjmp(memory.out, 1);
}

/* What the servers do is none of the controller's memory. */
static void serve(void *arg, struct fake_call *call)
{
	memory.within = false;
	memory.serve(arg, call);
	memory.within = true;
}

/* As a process that is no more: what it holds is lost, not freed. */
static void abandon(struct replica *replica)
{
	const struct loop_ops *ops = replica->loop.ops;

	for (size_t i = replica->http.calls.count; i-- > 0;) {
		struct fake_call *call = replica->http.calls.own_items[i];

		if (!call->gone)
			http_cancel(&replica->http.http, (struct http_call *)call);
	}
	replica->controller = NULL;
	replica->metrics = metrics_new();
	loop_init(&replica->loop, ops);
	world_restart(memory.world);
}

static struct replica *replica_of(const struct loop *loop)
{
	for (int i = 0; memory.world && i < REPLICAS_MAX; i++) {
		if (loop == &memory.world->replicas[i].loop)
			return &memory.world->replicas[i];
	}
	return NULL;
}

int64_t __wrap_loop_turn(struct loop *loop)
{
	struct replica *volatile replica = replica_of(loop); /* lives over the jump */
	int64_t due;

	if (!replica)
		return __real_loop_turn(loop);
	if (setjmp(memory.out)) {
		memory.within = false;
		abandon(replica);
		return INT64_MAX;
	}
	memory.within = true;
	due = __real_loop_turn(loop);
	memory.within = false;
	return due;
}

static void watch(struct stage *stage)
{
	memory.world = &stage->world;
	for (int i = 0; i < REPLICAS_MAX; i++) {
		memory.serve = stage->world.replicas[i].http.fn;
		stage->world.replicas[i].http.fn = serve;
	}
	memory.own_complaint = open_memstream(&memory.complaint, &memory.length);
	stderr = memory.own_complaint;
	memory.armed = true;
}

static void play(const char *life, uint64_t at, uint64_t step)
{
	struct stage *stage = mem_alloc(sizeof(*stage));
	int status = 0;
	pid_t child;

	stage_set(stage, life_find(life), 1);
	memory.life = life;
	memory.at = at;
	memory.step = step;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		watch(stage);
		stage_play(stage);
		outcome_tell(&stage->world);
		if (!memory.struck)
			_exit(stage->world.complaints.count > 0);
		child_end();
	}
	waitpid(child, &status, 0);
	if (status != 0) {
		memory.sums->failures++;
		printf("  %s: fails without failures\n", life);
	}
	stage_done(stage);
	mem_free(stage);
}

int main(int argc, char **argv)
{
	static const char *const lives[] = {"create", "roll", "delete"};
	unsigned shard = 0, shards = 1, every = 211;
	const struct sums *sums = memory.sums =
		mmap(NULL, sizeof(*memory.sums), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *one = NULL;
	uint64_t at = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--every"))
			every = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--shard"))
			sscanf(argv[i + 1], "%u/%u", &shard, &shards);
		else if (life_find(argv[i]))
			one = argv[i], at = strtoull(argv[i + 1], NULL, 10);
	}
	if (one)
		play(one, at, 0);
	for (size_t i = 0; !one && i < sizeof(lives) / sizeof(lives[0]); i++)
		play(lives[i], 1 + shard * every, (uint64_t)every * shards);
	printf("%llu allocations failed, %d findings\n", (unsigned long long)sums->tried, sums->failures);
	return sums->failures > 0 || sums->tried == 0;
}

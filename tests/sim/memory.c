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
	uint64_t seen, at;
	bool struck;
	jmp_buf out;
	FILE *own_complaint;
	char *complaint;
	size_t length;
} memory;

static bool fails(void)
{
	if (!memory.within || !memory.armed || ++memory.seen != memory.at)
		return false;
	memory.armed = false;
	memory.struck = true;
	return true;
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

static void play(void *arg)
{
	struct stage *stage = arg;

	memory.world = &stage->world;
	for (int i = 0; i < REPLICAS_MAX; i++) {
		memory.serve = stage->world.replicas[i].http.fn;
		stage->world.replicas[i].http.fn = serve;
	}
	memory.own_complaint = open_memstream(&memory.complaint, &memory.length);
	stderr = memory.own_complaint;
	memory.armed = true;
	stage_play(stage);
	outcome_struck(memory.struck);
	outcome_tell(&stage->world);
}

/* false: there is no such allocation in this life. */
static bool try(struct stage *stage, uint64_t at, int *failures)
{
	const struct ending *outcome;

	memory.at = at;
	outcome = outcome_in_child(play, stage);
	if (outcome->complaints) {
		++*failures;
		printf("%s  replay: build/tests/tflb-memory %s %llu\n", outcome->text, stage->life->name,
			(unsigned long long)at);
	}
	return outcome->struck > 0 || outcome->complaints < 0;
}

int main(int argc, char **argv)
{
	static const char *const lives[] = {"create", "roll", "delete"};
	unsigned shard = 0, shards = 1, every = 211;
	uint64_t at = 0, tried = 0;
	struct stage *stage = mem_alloc(sizeof(*stage));
	int failures = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--every"))
			every = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--shard"))
			sscanf(argv[i + 1], "%u/%u", &shard, &shards);
		else if (life_find(argv[i]))
			at = strtoull(argv[i + 1], NULL, 10);
	}
	if (at) {
		stage_set(stage, life_find(argv[1]), 1);
		try(stage, at, &failures);
		return failures > 0;
	}
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		stage_set(stage, life_find(lives[i]), 1);
		for (at = 1 + shard * every; try(stage, at, &failures); at += (uint64_t)every * shards)
			tried++;
		stage_done(stage);
	}
	printf("%llu allocations failed, %d findings\n", (unsigned long long)tried, failures);
	return failures > 0 || tried == 0;
}

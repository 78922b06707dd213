/* Cases. A child has the parent's whole world, so what comes before a life is paid for once; it may crash. */
#include "sim/case.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 300, WORD_SIZE = 16 };

void trial_line(const struct trial *trial, char line[LINE_SIZE])
{
	int length = snprintf(line, LINE_SIZE, "%s %llu ", trial->life->name, (unsigned long long)trial->seed);

	if (trial->per_mille)
		length += snprintf(line + length, LINE_SIZE - length, "%u/1000", trial->per_mille);
	else if (!trial->count)
		length += snprintf(line + length, LINE_SIZE - length, "-");
	for (size_t i = 0; i < trial->count && length < LINE_SIZE; i++)
		length += snprintf(line + length, LINE_SIZE - length, "%s%s@%llu:%d", i ? "," : "",
			fault_name(trial->faults[i].family), (unsigned long long)trial->faults[i].at,
			trial->faults[i].variant);
}

bool trial_parse(const char *line, struct trial *trial)
{
	char name[64], faults[LINE_SIZE];
	unsigned long long seed;

	*trial = (struct trial){0};
	if (sscanf(line, "%63s %llu %511s", name, &seed, faults) != 3)
		return false;
	trial->life = life_find(name);
	trial->seed = seed;
	if (!trial->life || !strcmp(faults, "-"))
		return trial->life;
	if (sscanf(faults, "%u/1000", &trial->per_mille) == 1)
		return true;
	trial->per_mille = 0;
	for (char *rest = faults, *one; (one = strsep(&rest, ","));) {
		if (trial->count == FAULTS_MAX || !fault_parse(one, &trial->faults[trial->count++]))
			return false;
	}
	return true;
}

static struct ending *shared(void)
{
	static struct ending *outcome;

	if (!outcome)
		outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return outcome;
}

/* --- in the child --- */

static void shape_of(const struct fake_call *call, char *shape, size_t size)
{
	size_t length = (size_t)snprintf(shape, size, "%s ", call->method);

	for (const char *at = call->path; *at && length < size - 1; at++) {
		shape[length++] = *at;
		if (*at == '/' && (text_starts(at + 1, "tflb-") || text_starts(at + 1, "operation-")))
			at += strcspn(at + 1, "/");
	}
	shape[length] = '\0';
}

static void trace(void *arg, const struct fake_call *call)
{
	struct ending *outcome = arg;
	struct called *called;

	if (outcome->calls == CALLS_MAX)
		return;
	called = &outcome->called[outcome->calls++];
	shape_of(call, called->shape, sizeof(called->shape));
	called->cloud = world_is_for_cloud(call);
	called->writes = called->cloud && world_is_mutation(call);
}

void outcome_tell(const struct world *world)
{
	struct ending *outcome = shared();
	const struct vec *complaints = &world->complaints;
	size_t length = 0;

	outcome->complaints = (int)complaints->count;
	for (size_t i = 0; i < complaints->count && i < 6 && length < sizeof(outcome->text); i++)
		length += (size_t)snprintf(outcome->text + length, sizeof(outcome->text) - length, "  %s\n",
			(char *)complaints->own_items[i]);
}

void outcome_struck(size_t struck)
{
	shared()->struck = struck;
}

struct performance {
	struct stage *stage;
	const struct trial *trial;
};

/* "I14": what nobody holds any more was freed. Only a build with AddressSanitizer can tell. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void look_for_leaks(struct stage *stage)
{
	if (!__lsan_do_recoverable_leak_check)
		return;
	world_kill(&stage->world);
	world_run(&stage->world, 1);
	if (__lsan_do_recoverable_leak_check())
		world_complain(&stage->world, "I14 bounds: memory was lost");
}

static void play(void *arg)
{
	const struct performance *performance = arg;
	struct stage *stage = performance->stage;
	const struct trial *trial = performance->trial;
	struct ending *outcome = shared();
	struct injector *injector = &stage->injector;
	int64_t since = stage->world.loop.now_ms;

	memcpy(injector->faults, trial->faults, sizeof(injector->faults));
	injector->count = trial->count;
	injector->per_mille = trial->per_mille;
	injector->dice = trial->seed;
	injector->trace = trace;
	injector->trace_arg = outcome;
	stage_play(stage);
	look_for_leaks(stage);
	outcome->simulated_ms = stage->world.loop.now_ms - since;
	outcome->struck = injector->struck;
	outcome->count = injector->count;
	memcpy(outcome->faults, injector->faults, sizeof(outcome->faults));
	outcome_tell(&stage->world);
}

/* --- in the parent --- */

const struct ending *outcome_in_child(void (*play_fn)(void *arg), void *arg)
{
	struct ending *outcome = shared();
	int status = 0;
	pid_t child;

	*outcome = (struct ending){.complaints = -1};
	fflush(NULL);
	child = fork();
	if (child == 0) {
		alarm(PATIENCE_S);
		play_fn(arg);
		fflush(NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(outcome->text, sizeof(outcome->text), "  hangs\n");
	else if (outcome->complaints < 0)
		snprintf(outcome->text, sizeof(outcome->text), "  crashed: %s\n",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it exited");
	return outcome;
}

const struct ending *trial_play(struct stage *stage, const struct trial *trial)
{
	struct performance performance = {.stage = stage, .trial = trial};

	return outcome_in_child(play, &performance);
}

const struct ending *trial_replay(const struct trial *trial)
{
	struct stage *stage = mem_alloc(sizeof(*stage));
	const struct ending *outcome;

	stage_set(stage, trial->life, trial->seed);
	outcome = trial_play(stage, trial);
	stage_done(stage);
	mem_free(stage);
	return outcome;
}

/* "I9", "crashed:": the first word of the first complaint. */
static void first_word(const char *text, char word[WORD_SIZE])
{
	size_t start = strspn(text, " "), length = strcspn(text + start, " \n");

	snprintf(word, WORD_SIZE, "%.*s", (int)length, text + start);
}

/* Another complaint is another finding. */
static bool fails_so(const struct trial *trial, const char *how)
{
	const struct ending *outcome = trial_replay(trial);
	char word[WORD_SIZE];

	first_word(outcome->text, word);
	return outcome->complaints && text_equal(word, how);
}

void trial_shrink(struct trial *trial, const char *complaints)
{
	char how[WORD_SIZE];

	first_word(complaints, how);
	for (size_t i = 0; i < trial->count && trial->count > 1;) {
		struct trial fewer = *trial;

		memmove(&fewer.faults[i], &fewer.faults[i + 1], (fewer.count - i - 1) * sizeof(fewer.faults[0]));
		fewer.count--;
		if (fails_so(&fewer, how))
			*trial = fewer;
		else
			i++;
	}
}

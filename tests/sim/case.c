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

static void arm(struct injector *injector, const struct trial *trial)
{
	memcpy(injector->faults, trial->faults, sizeof(injector->faults));
	injector->count = trial->count;
	injector->per_mille = trial->per_mille;
}

/* From the stage as it was set to the end. */
static void play_to_end(struct stage *stage)
{
	struct ending *outcome = shared();
	const struct injector *injector = &stage->injector;
	int64_t since = stage->world.loop.now_ms;

	stage_play(stage);
	look_for_leaks(stage);
	outcome->simulated_ms = stage->world.loop.now_ms - since;
	outcome->struck = injector->struck;
	outcome->count = injector->count;
	memcpy(outcome->faults, injector->faults, sizeof(outcome->faults));
	outcome_tell(&stage->world);
}

static void play(void *arg)
{
	const struct performance *performance = arg;
	struct injector *injector = &performance->stage->injector;

	arm(injector, performance->trial);
	injector->dice = performance->trial->seed;
	injector->trace = trace;
	injector->trace_arg = shared();
	play_to_end(performance->stage);
}

void child_end(void)
{
	fflush(NULL);
	_exit(0);
}

/* --- in the parent --- */

pid_t child_begin(void)
{
	pid_t child;

	*shared() = (struct ending){.complaints = -1};
	fflush(NULL);
	child = fork();
	if (child == 0)
		alarm(PATIENCE_S);
	return child;
}

const struct ending *child_await(pid_t child)
{
	struct ending *outcome = shared();
	int status = 0;

	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(outcome->text, sizeof(outcome->text), "  hangs\n");
	else if (outcome->complaints < 0)
		snprintf(outcome->text, sizeof(outcome->text), "  crashed: %s\n",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it exited");
	return outcome;
}

const struct ending *outcome_in_child(void (*play_fn)(void *arg), void *arg)
{
	pid_t child = child_begin();

	if (child == 0) {
		play_fn(arg);
		child_end();
	}
	return child_await(child);
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

/* --- many on one stage --- */

/* A life without faults so far: the trunk. It branches at the first fault of each trial. */
struct trunk {
	struct stage *stage;
	const struct trial *trials; /* by their first faults */
	size_t count, next;
	trial_told_fn told;
	void *arg;
	bool is_branch;
};

static uint64_t first_at(const struct trial *trial)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < trial->count; i++) {
		if (trial->faults[i].at < first)
			first = trial->faults[i].at;
	}
	return first;
}

static int by_first(const void *a, const void *b)
{
	uint64_t one = first_at(a), other = first_at(b);

	return one < other ? -1 : one > other;
}

static void tell(struct trunk *trunk, const struct trial *trial, const struct ending *outcome)
{
	if (!trunk->told(trunk->arg, trunk->stage, trial, outcome))
		child_end();
}

static void become(struct trunk *trunk, const struct trial *trial)
{
	struct injector *injector = &trunk->stage->injector;

	trunk->is_branch = true;
	injector->boundary = NULL;
	arm(injector, trial);
	stage_excuse(trunk->stage);
}

static void on_boundary(void *arg)
{
	struct trunk *trunk = arg;

	while (trunk->next < trunk->count && first_at(&trunk->trials[trunk->next]) == trunk->stage->injector.seen) {
		const struct trial *trial = &trunk->trials[trunk->next++];
		pid_t child = child_begin();

		if (child == 0) {
			become(trunk, trial);
			return;
		}
		tell(trunk, trial, child_await(child));
	}
	if (trunk->next == trunk->count)
		child_end();
}

static void play_trunk(struct trunk *trunk)
{
	struct injector *injector = &trunk->stage->injector;

	arm(injector, &(struct trial){0});
	injector->dice = trunk->trials[0].seed;
	injector->boundary = on_boundary;
	injector->boundary_arg = trunk;
	play_to_end(trunk->stage);
	if (!trunk->is_branch) /* whose faults never strike are one and the same */
		tell(trunk, &trunk->trials[trunk->next], shared());
	child_end();
}

bool trials_play(struct stage *stage, struct trial *trials, size_t count, trial_told_fn told, void *arg)
{
	struct trunk trunk = {.stage = stage, .trials = trials, .count = count, .told = told, .arg = arg};
	int status = 0;
	pid_t child;

	if (!count)
		return true;
	qsort(trials, count, sizeof(*trials), by_first);
	shared();
	fflush(NULL);
	child = fork();
	if (child == 0)
		play_trunk(&trunk);
	waitpid(child, &status, 0);
	return status == 0;
}

/* --- fewest faults --- */

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

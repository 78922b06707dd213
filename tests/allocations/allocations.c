/* NAME-allocations FILE...     F13: every allocation fails, once, in what is done with each input
 * NAME-allocations -N FILE     the Nth alone
 *
 * The work on an input is that of a fuzz target, or of plan.c. Out of memory ends a process by the allocator's exit, with its message;
 * where a library is refused it may be told as an error as well. Anything else is a finding: a crash, a false assertion of ours, or
 * an end without a word. Each failure happens in a process of its own, which begins anew, so that nothing is left over from before. The
 * program's malloc takes the place of the C library's, so the libraries' allocations fail, too. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20, PATIENCE_S = 240, FINDINGS_TOLD = 12, WORDS_MAX = 400 };

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerInitialize(int *count, char ***arguments) __attribute__((weak));

static const char EXPECTED[] = "out of memory: ";

static struct {
	bool armed;
	uint64_t at;             /* 0: none fails */
	volatile uint64_t *seen; /* shared with the parent */
	int said;                /* file of what the child said */
	char input[INPUT_MAX];
	size_t length;
	unsigned findings;
	uint64_t failed;
} memory;

static bool fails(void)
{
	if (!memory.armed || ++*memory.seen != memory.at)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

static void work(void)
{
	dup2(memory.said, STDERR_FILENO);
	alarm(PATIENCE_S);
	memory.armed = true;
	LLVMFuzzerTestOneInput((const uint8_t *)memory.input, memory.length);
	memory.armed = false;
	_exit(0);
}

/* How the process ended; what it said is in words. */
static int run(uint64_t at, char words[WORDS_MAX])
{
	int status = 0;
	pid_t child;

	memory.at = at;
	*memory.seen = 0;
	if (ftruncate(memory.said, 0) || lseek(memory.said, 0, SEEK_SET))
		abort();
	child = fork();
	if (child == 0)
		work();
	waitpid(child, &status, 0);
	words[0] = '\0';
	ssize_t length = pread(memory.said, words, WORDS_MAX - 1, 0);
	words[length > 0 ? length : 0] = '\0';
	return status;
}

/* A target asserts laws of two runs, of which one was refused something here. */
static bool is_law(const char *words)
{
	return strstr(words, "tests/fuzz/fuzz_") && strstr(words, "Assertion");
}

static bool is_well(int status, const char *words)
{
	if (!WIFEXITED(status))
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && is_law(words);
	return WEXITSTATUS(status) == 0 ||
	       (WEXITSTATUS(status) == EXIT_FAILURE && strncmp(words, EXPECTED, strlen(EXPECTED)) == 0);
}

static void tell(const char *program, const char *file, uint64_t at, int status, const char *words)
{
	if (memory.findings++ >= FINDINGS_TOLD)
		return;
	printf("  %s %d: %s\n  replay: %s -%llu %s\n", WIFSIGNALED(status) ? "signal" : "exit",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), words, program, (unsigned long long)at,
		file);
}

static void try_one(const char *program, const char *file, uint64_t at)
{
	char words[WORDS_MAX];
	int status = run(at, words);

	memory.failed++;
	if (!is_well(status, words))
		tell(program, file, at, status, words);
}

static bool take_input(const char *file)
{
	int descriptor = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t length = descriptor < 0 ? -1 : read(descriptor, memory.input, INPUT_MAX);

	if (descriptor >= 0)
		close(descriptor);
	memory.length = length > 0 ? (size_t)length : 0;
	if (length < 0 || length == INPUT_MAX)
		fprintf(stderr, "%s: cannot be read, or is larger than %d bytes\n", file, INPUT_MAX);
	return length >= 0 && length < INPUT_MAX;
}

int main(int argc, char **argv)
{
	uint64_t only = argc > 2 && argv[1][0] == '-' ? strtoull(argv[1] + 1, NULL, 10) : 0;
	char words[WORDS_MAX];

	memory.seen = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memory.said = memfd_create("said", MFD_CLOEXEC);
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = only ? 2 : 1; i < argc; i++) {
		int status;

		if (!take_input(argv[i]))
			return 2;
		status = run(0, words);
		if (!is_well(status, words))
			tell(argv[0], argv[i], 0, status, words);
		for (uint64_t at = 1, count = *memory.seen; !only && at <= count; at++)
			try_one(argv[0], argv[i], at);
		if (only)
			try_one(argv[0], argv[i], only);
	}
	printf("%llu allocations failed, %u findings\n", (unsigned long long)memory.failed, memory.findings);
	return memory.findings > 0 || memory.failed == 0;
}

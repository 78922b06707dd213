/* Counts what a program takes from the heap: loaded before its C library (LD_PRELOAD), it adds one to a number in the file that
 * TFLB_ALLOCATIONS names for every malloc, calloc, realloc and aligned allocation, and to the number behind it when it is the
 * program itself that asks, not a library. The file is a shared mapping of sixteen bytes, so it can be read while the program runs. */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

int posix_memalign(void **memory, size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

enum { ALL, BY_PROGRAM, COUNTS };

static _Atomic uint64_t before_the_file[COUNTS];
static _Atomic uint64_t *counts = before_the_file;
static uintptr_t program_begins, program_ends; /* its code */

/* The program comes first. */
static int find_program(struct dl_phdr_info *object, size_t size, void *arg)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		program_begins = object->dlpi_addr + part->p_vaddr;
		program_ends = program_begins + part->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void open_file(void)
{
	const char *path = getenv("TFLB_ALLOCATIONS");
	int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *shared = MAP_FAILED;

	if (file >= 0 && ftruncate(file, sizeof(before_the_file)) == 0)
		shared = mmap(NULL, sizeof(before_the_file), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (file >= 0)
		close(file);
	if (shared != MAP_FAILED)
		counts = shared;
	dl_iterate_phdr(find_program, NULL);
}

static void add_one(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	atomic_fetch_add_explicit(&counts[ALL], 1, memory_order_relaxed);
	if (at >= program_begins && at < program_ends)
		atomic_fetch_add_explicit(&counts[BY_PROGRAM], 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
	add_one(__builtin_return_address(0));
	return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	add_one(__builtin_return_address(0));
	return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
	add_one(__builtin_return_address(0));
	return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
	add_one(__builtin_return_address(0));
	return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	add_one(__builtin_return_address(0));
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *taken = __libc_memalign(alignment, size);

	add_one(__builtin_return_address(0));
	if (!taken)
		return ENOMEM;
	*memory = taken;
	return 0;
}

#include "base/pages.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int give_back(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = (info->dlpi_addr + segment->p_vaddr) & -page;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		/* A kernel that does not want to keeps them, and that is all. */
		madvise((void *)start, info->dlpi_addr + segment->p_vaddr + segment->p_memsz - start, MADV_DONTNEED);
	}
	return 0;
}

void pages_give_back(void)
{
	dl_iterate_phdr(give_back, NULL);
}

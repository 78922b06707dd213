/* The pages of the program itself, its code and its constants, as far as they are in memory. */
#pragma once

/* Takes them out of the process; what is used from now on comes back from the file's cache, page by page. What only a start needs
 * does not. Nothing that is written to is touched: relocations lie in segments that are writable (ELF, PT_GNU_RELRO). */
void pages_give_back(void);

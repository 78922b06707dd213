/* Arrays of names that the cloud changes one by one, each with a secret that it never shows: keys of signed URLs. */
#pragma once

#include "kinds/kind.h"

/* One name comes, or one goes: the new one first, so that who changes a key is never without, unless there is no room for it. */
struct names_step {
	const char *added, *removed; /* one of them; both NULL: the same names */
	cJSON *after;                /* the names then */
};
struct names_step names_step(const struct kind_names *names, const cJSON *want, const cJSON *seen);

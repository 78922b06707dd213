/* What is still to be sent so that a resource becomes as wanted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "kinds/kind.h"

enum { DIFF_VERBS_MAX = 4 };

/* One member of the wanted body that is not so. */
struct difference {
	const char *path;         /* "timeoutSec", "httpHealthCheck.port"; of an array the array itself */
	const cJSON *want, *seen; /* loans from both bodies; seen NULL: not there */
	const cJSON *step;        /* what one write makes of it, where it takes several; NULL: want */
};

struct diff {
	struct difference *items; /* all of them, in the order of the wanted body */
	size_t count;
	cJSON *patch; /* smallest merge patch, without fingerprint; NULL: nothing to patch */
	struct {
		const struct kind_verb *verb;   /* NULL: names */
		const struct kind_names *names; /* NULL: verb */
		const cJSON *value, *seen;      /* of the wanted body, and of the other */
		const char *path;
	} verbs[DIFF_VERBS_MAX];
	int verb_count;
	const char *path;    /* the first member that differs; NULL: nothing differs */
	const char *patched; /* all members in patch, "timeoutSec, backends"; NULL: none */
};

/* want's members alone are compared; what it does not name is not ours. Links by path, numbers by value, absent like "", [],
 * {} and the documented default; null in want means: must be unset. Memory of the current arena. */
struct diff diff_make(const struct kind *kind, const char *project, const cJSON *want, const cJSON *seen);

/* Takes a member out of what is to be sent; it goes on to be counted as different. */
void diff_leave(struct diff *diff, const char *path);

/* want without nulls: the body of what is as wanted. */
cJSON *diff_insert_body(const cJSON *want);
/* What an insert makes of it: the same without members that only a call of their own sets. */
cJSON *diff_insert_call(const struct kind *kind, const cJSON *want);
/* As it is sent: a copy with the secrets themselves in place of their digests. NULL: one is not at hand. */
cJSON *diff_disclose(const struct kind *kind, const cJSON *body, const cJSON *secrets);

/* Who may use what: whether the policies of a namespace let an object pass, and whom the controller acts as for it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "model/policy.h"

struct policy_question {
	const struct policy *policies; /* all there are, by name */
	size_t count;
	const struct lb_map *labels; /* of the namespace */
	const struct lb *lb;         /* has passed model_parse */
	int64_t others;              /* machines of the namespace's other objects */

	/* For the built-in policy, which holds where no other does. */
	const char *home; /* project of the controller's own credentials; NULL: not known */
	bool homeless;    /* there are no credentials, so nothing of theirs is at stake: any project will do */
};

struct policy_verdict {
	bool allowed;
	const char *
		identity; /* email of the account to act as, a loan of the policies; NULL: our own. Of the nearest when refused. */
	char *message; /* when refused: field of the spec, policy, rule, what to do. In the arena. */
};

struct policy_verdict policy_judge(const struct policy_question *question);

/* Whom to act as for an object whose spec can't be read: the first policy that selects the namespace says. */
const char *policy_identity(const struct policy *policies, size_t count, const struct lb_map *labels);

/* Machines that the object wants. */
int64_t policy_machines(const struct lb *lb);

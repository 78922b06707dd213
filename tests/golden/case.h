/* A golden case: an object and what is seen of its resources, out of a JSON file (README.md describes the form). */
#pragma once

#include <stdbool.h>

#include "kinds/kind.h"
#include "plan/plan.h"

struct golden_case {
	const cJSON *file;
	const char *about;
	struct lb lb;
	struct identity who;
	struct wants wants;
	struct plan_input input; /* with nodes */
};

/* Memory of the current arena. readback: what the cloud adds to each kind's bodies. */
bool case_make(const cJSON *file, const cJSON *readback, struct golden_case *c, struct error *err);

/* Is the node's state given by the file itself? */
bool case_mentions(const struct golden_case *c, const struct node *node);

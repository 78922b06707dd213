/* What an object names, field by field, each with the rule of the policy that must allow it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

/* What holds where the policy does not have the rule. */
enum unset {
	UNSET_ANY,
	UNSET_NONE,
	UNSET_OWN, /* what lies in the object's project */
};

struct rule_row {
	const char *name; /* member of spec.allow; NULL: there is none */
	enum unset unset; /* of a list */
	bool verdict;     /* Allow or Deny, no list */
	const char *what; /* "machine type", for messages */
};

/* One thing that the object names. */
struct use {
	const struct rule_row *rule;
	const char *field; /* "spec.template.image" */
	const char *value; /* as the rule has it: a full path, a name; of a verdict: what is set */
	bool unknown;      /* which one it is can't be told; value says what to name */
};
typedef void (*use_fn)(void *arg, const struct use *use);

/* Calls fn for each thing that lb names. */
void references_each(const struct lb *lb, use_fn fn, void *arg);

struct visit;

/* The table, for those who check that no field was forgotten. field: "pools[].zone". NULL behind the last. */
struct reference {
	const char *field;
	const struct rule_row *rule;            /* NULL: by what it is made of it lies in the object's project */
	void (*see)(const struct visit *visit); /* tells it; NULL as rule */
};
const struct reference *references_at(size_t index);

/* YAML of one small outside file as a tree: what kubeconfig files need and not more. */
#pragma once

#include <stddef.h>

#include "base/json.h"

struct yaml_limits {
	int depth;    /* nested mappings and sequences */
	size_t nodes; /* scalars, mappings and sequences together */
	bool single;  /* a second document is refused, not passed over */
};

/* Reads the first document of text into the current arena. Every scalar becomes a string, an empty one or a plain null
 * becomes null. Refused, with the line: aliases, names used twice in one mapping, names that are no scalars, NUL
 * characters, and whatever passes the limits. NULL and err (class REJECTED) on failure; an empty text gives null. */
cJSON *yaml_read(const char *text, size_t length, struct yaml_limits limits, struct error *err);
/* Where a value of such a tree begins: the line of its name in a mapping, else its own; the first is 1. */
size_t yaml_line(const cJSON *value);

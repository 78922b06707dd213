/* YAML out: one tree as block-style text that a person reviews; the same tree always gives the same text. */
#pragma once

#include "base/json.h"

/* Members stand in the tree's order, lists are not indented, long sentences are folded. Text in the current arena. */
char *yaml_write(const cJSON *tree);

/* Edges between nodes, read off the reference members of bodies: one source for the order of creation, of deletion, and for
 * what waits for what. */
#pragma once

#include "kinds/kind.h"

/* The first node that a link in body (a whole body, a patch, or NULL) points at and that is not usable yet; soft references
 * don't count. NULL: none. */
const struct node *edges_missing(const struct nodes *nodes, const struct node *node, const cJSON *body);

/* The first other node that refers to target as last seen, holds it (kind->holds), or may come to refer to it: its write is
 * in flight or its state unknown. NULL: nothing does, target may go. */
const struct node *edges_user(const struct nodes *nodes, const struct node *target);

/* Edges between nodes, read off the reference members of bodies: one source for the order of creation, of deletion, and for
 * what waits for what. */
#pragma once

#include "kinds/kind.h"

/* Calls fn for each link in a body of that kind, until it returns true. member says what it points at. */
typedef bool (*edge_fn)(void *arg, const struct kind_member *member, const char *link);
void edges_each_link(const struct kind *kind, const cJSON *body, edge_fn fn, void *arg);

/* The first node that a link in body (a whole body, a patch, or NULL) points at and that is not usable yet; soft references
 * don't count. NULL: none. */
const struct node *edges_missing(const struct nodes *nodes, const struct node *node, const cJSON *body);

/* The first node of somebody else's that refers to target as last seen; NULL: none. */
const struct node *edges_foreign_user(const struct nodes *nodes, const struct node *target);

/* The first other node that refers to target as last seen, holds it (kind->holds), or may come to refer to it: its write is
 * in flight or its state unknown. NULL: nothing does, target may go. */
const struct node *edges_user(const struct nodes *nodes, const struct node *target);

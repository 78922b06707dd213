/* What no schema can say of a leaf: which values there are in this world, and what it needs beside it. */
#pragma once

#include <stddef.h>

/* values: a JSON list, NULL: those of the schema. with: members of its object that the leaf needs. A path of an object or list makes it
 * one leaf. Paths of a pool, a route and a bucket begin with their prefix, those of the spec itself with SPEC_PREFIX, those of its objects
 * with their name, and all others are the template's. */
#define POOL_PREFIX "pools[]."
#define ROUTE_PREFIX "routes[]."
#define BUCKET_PREFIX "backends[].bucket."
#define SPEC_PREFIX "spec."

struct example {
	const char *path, *values, *with;
};

/* transitions_traffic.c; up to one without path. */
extern const struct example traffic_examples[];

/* The Secret "texts" of the world: what two OAuth clients and two keys of signed URLs have. */
#define TRANSITION_TEXTS                                                                                               \
	"{\"client-a\":\"GOCSPX-sesame-a\",\"client-b\":\"GOCSPX-sesame-b\",\"key-a\":\"sesamesesamesesameseAA==\","   \
	"\"key-b\":\"sesamesesamesesameseBA==\"}"

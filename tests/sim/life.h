/* Lives: what is done to objects, in two parts: how things stand before, and what then happens under faults. */
#pragma once

#include "sim/fault.h"
#include "sim/invariants.h"

struct life {
	const char *name;
	const char *object; /* that is there before; NULL: the smallest one */
	const char *edit;   /* of the spec, as a merge patch; NULL: none */
	bool gap;           /* its machines are elsewhere then, and for a while nowhere */
	bool begins_empty, deletes;
	bool moves;      /* its resources go to another object before it is deleted */
	bool election;   /* two replicas, one of which leads */
	bool all_active; /* two that both believe they lead */
	int objects;     /* 0: one */
	enum aim
		aim; /* what it is aimed at has neighbours: unless it is all, one in another project; unless it is a project, one in its */
};

/* A world in which a life is lived. */
struct stage {
	const struct life *life;
	struct world world;
	struct injector injector;
	struct judge judge;
	struct timer editing;
};

const struct life *life_at(size_t index);       /* NULL past the end */
const struct life *life_find(const char *name); /* those that stand apart, too */

/* All that comes before. */
void stage_set(struct stage *stage, const struct life *life, uint64_t seed);
void stage_done(struct stage *stage);
/* What the faults of the injector make void is no longer asserted. Once, when they come to it in the midst of a life. */
void stage_excuse(struct stage *stage);
/* The life itself, its faults, and the end of all: everything converges, rests, is deleted, and leaves nothing. */
void stage_play(struct stage *stage);

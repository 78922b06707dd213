/* A line in which they take turns for whom one stands there: each gets one place a turn, however many it has. */
#pragma once

#include <stddef.h>
#include <sys/queue.h>

#include "base/map.h"

struct line_flow;

/* Embedded in whoever stands in line, as its first member; zeroed memory does not. */
struct line_place {
	struct line_flow *flow; /* NULL: in no line */
	TAILQ_ENTRY(line_place) next;
};

TAILQ_HEAD(line_turns, line_flow);

struct line {
	struct map flows; /* of struct line_flow, by for whom */
	struct line_turns turns;
	size_t count; /* of places */
};

void line_init(struct line *line);
void line_done(struct line *line); /* nobody may stand there */
/* whose: for whom, never looked into. */
void line_add(struct line *line, struct line_place *place, const void *whose);
struct line_place *line_take(struct line *line);              /* whose turn it is, out of the line; NULL: nobody's */
void line_leave(struct line *line, struct line_place *place); /* also when it is in none */

/* A line in which they take turns for whom one stands there: each gets one place a turn, however many it has. A place can let turns
 * pass, which the others then use: its owner has better use for its own. It does so for four minutes at most. (A group heals machines
 * that no firewall lets probe 300 s after it made them.) */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/map.h"

struct line_flow;

/* Embedded in whoever stands in line, as its first member; zeroed memory does not. */
struct line_place {
	struct line_flow *flow; /* NULL: in no line */
	double turn;            /* which it does not pass any more */
	int64_t until_ms;       /* nor any after that; 0: it passes none */
	TAILQ_ENTRY(line_place) next, next_passing;
};

TAILQ_HEAD(line_turns, line_flow);
TAILQ_HEAD(line_passing, line_place);

struct line {
	struct map flows;            /* of struct line_flow, by for whom */
	struct line_turns turns;     /* the same, in the order in which it is their turn */
	double turn;                 /* the present one: grows by one while each gets one place */
	struct line_passing passing; /* places that pass turns, oldest first */
	size_t count;                /* of places */
};

void line_init(struct line *line);
void line_done(struct line *line); /* nobody may stand there */
/* whose: for whom, never looked into. passes: so many turns it lets pass, while anybody else stands there. now: ms, monotonic. */
void line_add(struct line *line, struct line_place *place, const void *whose, unsigned passes, int64_t now);
struct line_place *line_take(struct line *line, int64_t now); /* whose turn it is, out of the line; NULL: nobody's */
void line_leave(struct line *line, struct line_place *place); /* also when it is in none */

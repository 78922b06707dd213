/* Invariants: between calls a flow has a place; flows stand in the order of their turns, those of one turn as they came to it. */
#include "gce/line.h"

#include <assert.h>
#include <stdio.h>

#include "base/alloc.h"

enum { KEY_SIZE = 24, PASS_MOST_MS = 240000 };

TAILQ_HEAD(line_places, line_place);

/* All that stand there for one, by their turns. */
struct line_flow {
	char key[KEY_SIZE];
	struct line_places places;
	double turn; /* its next one */
	TAILQ_ENTRY(line_flow) next;
};

void line_init(struct line *line)
{
	*line = (struct line){0};
	TAILQ_INIT(&line->turns);
	TAILQ_INIT(&line->passing);
}

void line_done(struct line *line)
{
	assert(line->count == 0 && TAILQ_EMPTY(&line->turns));
	map_done(&line->flows, NULL);
}

static struct line_flow *flow_of(struct line *line, const void *whose)
{
	char key[KEY_SIZE];
	snprintf(key, sizeof(key), "%p", whose);
	struct line_flow *flow = map_find(&line->flows, key);
	if (flow)
		return flow;
	flow = mem_alloc(sizeof(*flow));
	snprintf(flow->key, sizeof(flow->key), "%s", key);
	flow->turn = line->turn + 1;
	TAILQ_INIT(&flow->places);
	map_put(&line->flows, key, flow);
	return flow;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* When the first of its places goes. */
static double turn_of(const struct line_flow *flow)
{
	return larger(flow->turn, TAILQ_FIRST(&flow->places)->turn);
}

static void queue(struct line *line, struct line_flow *flow)
{
	struct line_flow *before;
	TAILQ_FOREACH_REVERSE(before, &line->turns, line_turns, next)
	{
		if (turn_of(before) <= turn_of(flow))
			break;
	}
	if (before)
		TAILQ_INSERT_AFTER(&line->turns, before, flow, next);
	else
		TAILQ_INSERT_HEAD(&line->turns, flow, next);
}

/* Into its flow, by its turn. */
static void put(struct line *line, struct line_place *place)
{
	struct line_flow *flow = place->flow;
	bool stands = !TAILQ_EMPTY(&flow->places);
	struct line_place *before;
	TAILQ_FOREACH_REVERSE(before, &flow->places, line_places, next)
	{
		if (before->turn <= place->turn)
			break;
	}
	if (before) {
		TAILQ_INSERT_AFTER(&flow->places, before, place, next);
		return;
	}
	TAILQ_INSERT_HEAD(&flow->places, place, next);
	if (stands)
		TAILQ_REMOVE(&line->turns, flow, next);
	queue(line, flow);
}

/* Out of its flow, which may be empty then. */
static void pull(struct line *line, struct line_place *place)
{
	struct line_flow *flow = place->flow;
	bool first = TAILQ_FIRST(&flow->places) == place;
	TAILQ_REMOVE(&flow->places, place, next);
	if (!first)
		return;
	TAILQ_REMOVE(&line->turns, flow, next);
	if (!TAILQ_EMPTY(&flow->places))
		queue(line, flow);
}

void line_add(struct line *line, struct line_place *place, const void *whose, unsigned passes, int64_t now)
{
	assert(!place->flow);
	place->flow = flow_of(line, whose);
	place->turn = line->turn + 1 + passes;
	place->until_ms = passes ? now + PASS_MOST_MS : 0;
	if (passes)
		TAILQ_INSERT_TAIL(&line->passing, place, next_passing);
	line->count++;
	put(line, place);
}

static void pass_no_more(struct line *line, struct line_place *place)
{
	TAILQ_REMOVE(&line->passing, place, next_passing);
	place->until_ms = 0;
}

void line_leave(struct line *line, struct line_place *place)
{
	struct line_flow *flow = place->flow;
	if (!flow)
		return;
	if (place->until_ms)
		pass_no_more(line, place);
	pull(line, place);
	place->flow = NULL;
	line->count--;
	if (!TAILQ_EMPTY(&flow->places))
		return;
	map_remove(&line->flows, flow->key);
	mem_free(flow);
}

/* Those that have let others pass for long. */
static void call_up(struct line *line, int64_t now)
{
	struct line_place *place;
	while ((place = TAILQ_FIRST(&line->passing)) && place->until_ms <= now) {
		pass_no_more(line, place);
		pull(line, place);
		place->turn = line->turn < place->turn ? line->turn : place->turn;
		put(line, place);
	}
}

struct line_place *line_take(struct line *line, int64_t now)
{
	call_up(line, now);
	struct line_flow *flow = TAILQ_FIRST(&line->turns);
	struct line_place *place = flow ? TAILQ_FIRST(&flow->places) : NULL;
	if (!place)
		return NULL;
	flow->turn = larger(flow->turn, line->turn) + 1;
	line->turn += 1.0 / (double)line->flows.count;
	line_leave(line, place);
	return place;
}

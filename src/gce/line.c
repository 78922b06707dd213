#include "gce/line.h"

#include <assert.h>
#include <stdio.h>

#include "base/alloc.h"

enum { KEY_SIZE = 24 };

TAILQ_HEAD(line_places, line_place);

/* All that stand there for one. */
struct line_flow {
	char key[KEY_SIZE];
	struct line_places places;
	TAILQ_ENTRY(line_flow) next;
};

void line_init(struct line *line)
{
	*line = (struct line){0};
	TAILQ_INIT(&line->turns);
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
	TAILQ_INIT(&flow->places);
	TAILQ_INSERT_TAIL(&line->turns, flow, next);
	map_put(&line->flows, key, flow);
	return flow;
}

static void drop_when_empty(struct line *line, struct line_flow *flow)
{
	if (!TAILQ_EMPTY(&flow->places))
		return;
	TAILQ_REMOVE(&line->turns, flow, next);
	map_remove(&line->flows, flow->key);
	mem_free(flow);
}

void line_add(struct line *line, struct line_place *place, const void *whose)
{
	assert(!place->flow);
	place->flow = flow_of(line, whose);
	TAILQ_INSERT_TAIL(&place->flow->places, place, next);
	line->count++;
}

void line_leave(struct line *line, struct line_place *place)
{
	struct line_flow *flow = place->flow;
	if (!flow)
		return;
	TAILQ_REMOVE(&flow->places, place, next);
	place->flow = NULL;
	line->count--;
	drop_when_empty(line, flow);
}

struct line_place *line_take(struct line *line)
{
	struct line_flow *flow = TAILQ_FIRST(&line->turns);
	struct line_place *place = flow ? TAILQ_FIRST(&flow->places) : NULL;
	if (!place)
		return NULL;
	TAILQ_REMOVE(&line->turns, flow, next);
	TAILQ_INSERT_TAIL(&line->turns, flow, next);
	line_leave(line, place);
	return place;
}

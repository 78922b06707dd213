/* Graphs in any state: unknown, absent, foreign, changed, in flight, failed, old ones beside new ones; from a seed. */
#pragma once

#include "graph.h"

static uint64_t random_state;

static inline unsigned pick(unsigned sides)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 20) % sides);
}

static inline bool chance(unsigned percent)
{
	return pick(100) < percent;
}

static struct error errors[] = {{.class = ERROR_STALE}, {.class = ERROR_WAIT}, {.class = ERROR_TRANSIENT},
	{.class = ERROR_THROTTLED}, {.class = ERROR_REJECTED}};

static inline void spoil_body(struct node *node)
{
	switch (pick(5)) {
	case 0:
		json_set_text(node->seen, "description", "changed by hand");
		break;
	case 1:
		json_remove(node->seen, "fingerprint");
		json_set_text(node->seen, "description", "changed by hand");
		break;
	case 2:
		json_set_int(node->seen, "targetSize", 9);
		json_set_text(node->seen, "target", "projects/my-project/global/targetHttpProxies/other");
		break;
	case 3:
		json_set_array(node->seen, "backends");
		json_merge(node->seen, json_parse_text("{\"status\":{\"isStable\":false}}"));
		break;
	default:
		break;
	}
}

static inline void spoil_flight(struct node *node)
{
	static const enum node_change changes[] = {CHANGE_INSERT, CHANGE_PATCH, CHANGE_VERB, CHANGE_DELETE};

	if (chance(80))
		return;
	if (chance(50)) {
		node->busy = true;
		node->change = chance(50) || node->external ? CHANGE_NONE : changes[pick(4)];
	} else if (!node->external) {
		node->running = true;
		node->change = changes[pick(4)];
	}
}

static inline void spoil_past(struct node *node)
{
	node->verified = chance(80);
	node->inherited = chance(10);
	if (chance(15)) {
		node->own_error = &errors[pick(5)];
		node->failed = pick(CHANGE_DELETE + 1);
		node->attempts = 1 + (int)pick(20);
		node->not_before = GRAPH_NOW + (int64_t)pick(20000) - 10000;
	}
	if (chance(10))
		node->fights[0] = (struct fight){.key = 1 + pick(1000), .writes = pick(4)};
}

static inline void spoil_ages(struct node *node)
{
	node->read_at = GRAPH_NOW - pick(90000);
	for (int view = 0; view < VIEWS; view++) {
		node->views[view].read_at = chance(90) ? GRAPH_NOW - pick(90000) : 0;
		node->views[view].busy = chance(10);
	}
}

static inline void spoil(struct node *node, unsigned share)
{
	if (!chance(share))
		return;
	switch (pick(node->external ? 3 : 4)) {
	case NODE_UNKNOWN:
		graph_unknown(node, chance(50));
		break;
	case NODE_ABSENT:
		graph_absent(node);
		break;
	case NODE_FOREIGN:
		graph_absent(node);
		node->presence = NODE_FOREIGN;
		break;
	default:
		spoil_body(node);
	}
	spoil_flight(node);
	spoil_past(node);
	if (chance(30) && (node->kind->id == KIND_FORWARDING_RULE || node->kind->id == KIND_FIREWALL))
		graph_unwant(node); /* what no other want refers to */
}

static const char *const specs[] = {
	"",
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},{\"name\":\"x\",\"zone\":\"us-central1-b\"}]}",
	"{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"ip\"}},\"template\":{\"subnetwork\":\"ml\"}}",
	"{\"frontend\":{\"address\":{\"type\":\"Ephemeral\"}},\"firewall\":{\"managed\":false}}",
};

static inline void random_graph(struct graph *graph, uint64_t seed)
{
	static const char *const olds[] = {"template-w", "group-w", "http-rule", "backend-default"};
	unsigned share;

	random_state = seed * 0x9e3779b97f4a7c15u + 1;
	graph_make(graph, specs[pick(4)]);
	for (int i = 0; i < (int)(sizeof(olds) / sizeof(olds[0])); i++) {
		if (chance(30))
			graph_add_old(graph, olds[i]);
	}
	share = pick(101); /* from whole graphs to broken ones */
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		spoil(graph->items[i], share);
		if (chance(70))
			spoil_ages(graph->items[i]);
	}
	graph->input.mandate = chance(60) ? MANDATE_ALL : pick(MANDATE_NONE + 1);
	if (graph->input.mandate == MANDATE_DELETE || graph->input.mandate == MANDATE_RELEASE)
		graph_unwant_all(graph);
	graph->input.census = chance(80);
	graph->input.born_here = chance(40);
	graph->input.ready = chance(50);
}

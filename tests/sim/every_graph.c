/* tflb-every-graph [--shard I/N]        F17: the planner over every state of ten resources, at create, update and delete
 * tflb-every-graph --state update:0123012301
 *
 * Each of the ten is absent, as it was, drifted or foreign. No plan may touch what is foreign, nor ask for what the cloud refuses
 * for order; each makes progress or says why not; and a settled one is empty. Whatever is done leads to another of these
 * states, so progress in each means that all end. What refers to what is written out here once more, from the API's reference
 * (sections 7, 9 and 10), and shares nothing with the kinds. */
#include <stdlib.h>

#include "../unit/plan/graph.h"

enum { TEN = 10, STATES = 4, ALL_STATES = 1 << (2 * TEN), TOLD = 10 };

enum state { ABSENT, AS_IT_WAS, DRIFTED, FOREIGN };
enum mode { CREATE, UPDATE, DELETE, MODES };

static const char *const mode_names[] = {"create", "update", "delete"};

static const struct {
	const char *from, *member, *to; /* collections */
} references[] = {
	{"forwardingRules", "target", "targetHttpProxies"},
	{"forwardingRules", "IPAddress", "addresses"},
	{"targetHttpProxies", "urlMap", "urlMaps"},
	{"urlMaps", "defaultService", "backendServices"},
	{"backendServices", "backends[].group", "instanceGroupManagers"},
	{"backendServices", "healthChecks[]", "healthChecks"},
	{"instanceGroupManagers", "instanceTemplate", "instanceTemplates"},
	{"instanceGroupManagers", "versions[].instanceTemplate", "instanceTemplates"},
	{"instanceGroupManagers", "autoHealingPolicies[].healthCheck", "healthChecks"},
};

/* Of the ten, in the order of the digits of a state; in an update the first two are those that the edit replaces. */
static const char *const roles[TEN] = {"template-w", "http-rule", "address", "firewall", "health-check", "healing",
	"group-w", "backend-default", "url-map", "http-proxy"};

struct world_of_graphs {
	struct graph graph;
	enum mode mode;
	struct node *ten[TEN];
	cJSON *seen[TEN][STATES];
	uint64_t uses[TEN][STATES]; /* bits of nodes that the body refers to */
	unsigned state;
	int failures;
};

/* --- references, read without the kinds' help --- */

/* Is link the resource of node? An instance group is its manager's, and a literal address the address'. */
static bool is_link_to(const char *link, const struct node *node, const char *collection)
{
	const char *name = strrchr(link, '/');

	if (strcmp(node->kind->collection, collection) != 0)
		return false;
	return name ? strcmp(name + 1, node->own_name) == 0 : strcmp(link, "34.1.2.3") == 0;
}

static uint64_t bits_of_link(const struct graph *graph, const char *link, const char *collection)
{
	for (size_t i = 0; link && i < graph->input.nodes.count; i++) {
		if (is_link_to(link, graph->items[i], collection))
			return UINT64_C(1) << i;
	}
	return 0;
}

static uint64_t bits_at(const struct graph *graph, const cJSON *body, const char *member, const char *to)
{
	char *first = arena_strdup(json_arena(), member);
	char *array = strstr(first, "[]");
	const cJSON *item;
	uint64_t bits = 0;

	if (!array)
		return bits_of_link(graph, json_text(body, first), to);
	*array = '\0';
	cJSON_ArrayForEach(item, json_member(body, first))
	{
		const char *link = array[2] == '.' ? json_text(item, array + 3) : item->valuestring;

		bits |= bits_of_link(graph, link, to);
	}
	return bits;
}

static uint64_t references_of(const struct graph *graph, const struct node *node, const cJSON *body)
{
	uint64_t bits = 0;

	for (size_t i = 0; body && i < sizeof(references) / sizeof(references[0]); i++) {
		if (!strcmp(references[i].from, node->kind->collection))
			bits |= bits_at(graph, body, references[i].member, references[i].to);
	}
	return bits;
}

/* --- the graphs --- */

static const struct {
	const char *collection, *change;
} drifts[] = {
	{"firewalls", "{\"sourceRanges\":[\"10.0.0.0/8\"]}"},
	{"healthChecks", "{\"checkIntervalSec\":77}"},
	{"instanceGroupManagers", "{\"targetSize\":9}"},
	{"backendServices", "{\"timeoutSec\":88}"},
	{"urlMaps", "{\"hostRules\":[{\"hosts\":[\"a\"],\"pathMatcher\":\"m\"}],\"pathMatchers\":[{\"name\":\"m\"}]}"},
	{"targetHttpProxies", "{\"urlMap\":\"projects/my-project/global/urlMaps/other\"}"},
	{"forwardingRules", "{\"target\":\"projects/my-project/global/targetHttpProxies/other\"}"},
};

static cJSON *drifted(const struct node *node, const cJSON *seen)
{
	cJSON *body = json_copy(seen);

	for (size_t i = 0; i < sizeof(drifts) / sizeof(drifts[0]); i++) {
		if (!strcmp(drifts[i].collection, node->kind->collection))
			json_merge(body, json_parse_text(drifts[i].change));
	}
	return body;
}

/* The group as it was before the edit refers to the template of then. */
static void refer_to_old(struct world_of_graphs *all)
{
	char *text = json_print(all->seen[6][AS_IT_WAS]);
	const struct node *fresh = graph_node(&all->graph, "template-w");
	char *at;

	while ((at = strstr(text, arena_printf(json_arena(), "%s\"", fresh->own_name))))
		text = arena_printf(json_arena(), "%.*s%s%s", (int)(at - text), text, all->ten[0]->own_name,
			at + strlen(fresh->own_name));
	all->seen[6][AS_IT_WAS] = json_parse_text(text);
}

static void set_up(struct world_of_graphs *all, enum mode mode)
{
	struct graph *graph = &all->graph;

	*all = (struct world_of_graphs){.mode = mode};
	graph_make(graph, mode == UPDATE ? "{\"template\":{\"image\":\"" SAMPLE_IMAGE
					   "\",\"machineType\":\"n1-standard-8\"},"
					   "\"frontend\":{\"port\":8080}}"
					 : "");
	for (int i = 0; i < TEN; i++) {
		all->ten[i] = mode == UPDATE && i < 2 ? graph_add_old(graph, roles[i]) : graph_node(graph, roles[i]);
		all->seen[i][AS_IT_WAS] = all->ten[i]->seen;
	}
	if (mode == UPDATE) {
		refer_to_old(all);
		graph_absent(graph_node(graph, roles[0]));
		graph_absent(graph_node(graph, roles[1]));
	}
	for (int i = 0; i < TEN; i++) {
		all->seen[i][DRIFTED] = drifted(all->ten[i], all->seen[i][AS_IT_WAS]);
		all->uses[i][AS_IT_WAS] = references_of(graph, all->ten[i], all->seen[i][AS_IT_WAS]);
		all->uses[i][DRIFTED] = references_of(graph, all->ten[i], all->seen[i][DRIFTED]);
	}
	if (mode == DELETE) {
		graph->input.mandate = MANDATE_DELETE;
		graph_unwant_all(graph);
	}
}

static enum state state_of(unsigned state, int index)
{
	return (enum state)(state >> (2 * index) & 3);
}

static void set_state(struct world_of_graphs *all, unsigned state)
{
	static const enum presence presences[] = {
		[ABSENT] = NODE_ABSENT, [AS_IT_WAS] = NODE_PRESENT, [DRIFTED] = NODE_PRESENT, [FOREIGN] = NODE_FOREIGN};

	all->state = state;
	for (int i = 0; i < TEN; i++) {
		all->ten[i]->presence = presences[state_of(state, i)];
		all->ten[i]->seen = all->seen[i][state_of(state, i)];
	}
}

/* --- what must hold --- */

static void complain(struct world_of_graphs *all, const char *what, const struct node *node)
{
	char digits[TEN + 1] = "";

	if (all->failures++ >= TOLD)
		return;
	for (int i = 0; i < TEN; i++)
		digits[i] = (char)('0' + state_of(all->state, i));
	printf("  %s: %s\n%s  replay: build/tests/tflb-every-graph --state %s:%s\n", what, node ? node->own_name : "",
		graph_text(&all->graph), mode_names[all->mode], digits);
}

static uint64_t present_bits(const struct graph *graph)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < graph->input.nodes.count; i++)
		bits |= (uint64_t)(graph->items[i]->presence == NODE_PRESENT) << i;
	return bits;
}

static bool is_used(const struct world_of_graphs *all, const struct node *node)
{
	for (int i = 0; i < TEN; i++) {
		if (all->ten[i]->presence == NODE_PRESENT &&
			all->uses[i][state_of(all->state, i)] >> (node->id - 1) & 1)
			return true;
	}
	return false;
}

static void check_action(struct world_of_graphs *all, const struct action *action)
{
	const struct node *node = action->node;

	if (!action_writes(action))
		return;
	if (node->presence == NODE_FOREIGN || node->presence == NODE_UNKNOWN)
		complain(all, "touches what is not known to be ours", node);
	if (action->type == ACTION_INSERT && (node->presence != NODE_ABSENT || !node->wanted))
		complain(all, "inserts what is there, or not wanted", node);
	if (action->type == ACTION_DELETE && (node->presence != NODE_PRESENT || node->wanted))
		complain(all, "deletes what is wanted, or not there", node);
	if (action->type == ACTION_DELETE && is_used(all, node))
		complain(all, "deletes what something still refers to", node);
	if (references_of(&all->graph, node, action->body) & ~present_bits(&all->graph))
		complain(all, "refers to what is not there", node);
}

/* Does it wait, in the end, for somebody who must act, or for what this plan does? */
static bool has_reason(const struct world_of_graphs *all, const struct node *node)
{
	for (size_t depth = 0; node && depth <= all->graph.input.nodes.count; depth++) {
		const struct verdict *verdict = graph_verdict(&all->graph, node);

		if (graph_action(&all->graph, node) || node->presence == NODE_FOREIGN ||
			verdict->state == STATE_FAILED || verdict->state == STATE_DRIFTED)
			return true;
		if (verdict->state != STATE_WAITING)
			return verdict->state == STATE_UPDATING; /* on its way: an old front beside the new one */
		node = verdict->waits_for;
	}
	return false;
}

static bool is_at_rest(enum node_state state)
{
	return state == STATE_READY || state == STATE_GONE || state == STATE_KEPT;
}

static void check_progress(struct world_of_graphs *all)
{
	const struct graph *graph = &all->graph;
	const struct plan *plan = graph->plan;
	bool writes = false, rests = true;

	for (size_t i = 0; i < plan->count; i++)
		writes |= action_writes(&plan->actions[i]);
	for (size_t i = 0; i < graph->input.nodes.count; i++) {
		bool at_rest = is_at_rest(plan->verdicts[i].state);

		rests &= at_rest;
		if (!at_rest && !writes && !plan->wants_census && !has_reason(all, graph->items[i]))
			complain(all, "neither moves nor says why", graph->items[i]);
	}
	if (plan->settled && (writes || !rests))
		complain(all, "is settled, and has something to do", NULL);
	if (!plan->settled && rests && !writes && !plan->wants_census && plan->count == 0)
		complain(all, "has nothing to do, and is not settled", NULL);
}

static void check_end(struct world_of_graphs *all)
{
	for (int i = 0; i < TEN && all->graph.plan->settled; i++) {
		const struct node *node = all->ten[i];

		if (node->wanted && state_of(all->state, i) != AS_IT_WAS &&
			all->uses[i][DRIFTED] != all->uses[i][AS_IT_WAS])
			complain(all, "is settled, and not as wanted", node);
		if (node->wanted && node->presence != NODE_PRESENT)
			complain(all, "is settled, and something wanted is missing", node);
		if (!node->wanted && node->presence == NODE_PRESENT && strcmp(roles[i], "address") != 0)
			complain(all, "is settled, and something unwanted is there", node);
	}
}

static void check(struct world_of_graphs *all, unsigned state)
{
	JSON_WORK(work);

	set_state(all, state);
	graph_plan(&all->graph);
	for (size_t i = 0; i < all->graph.plan->count; i++) {
		const struct action *action = &all->graph.plan->actions[i];

		check_action(all, action);
		if (action->type != ACTION_VIEW && graph_action(&all->graph, action->node) != action)
			complain(all, "does two things at once", action->node);
	}
	check_progress(all);
	check_end(all);
}

static int replay(const char *text)
{
	static struct world_of_graphs all;
	const char *digits = strchr(text, ':');
	unsigned state = 0;
	int mode = 0;
	JSON_WORK(work);

	while (mode < MODES && strncmp(mode_names[mode], text, digits ? (size_t)(digits - text) : 0) != 0)
		mode++;
	if (mode == MODES || strlen(digits + 1) != TEN) {
		fprintf(stderr, "tflb-every-graph: no state: %s\n", text);
		return 2;
	}
	for (int i = 0; i < TEN; i++)
		state |= (unsigned)(digits[1 + i] & 3) << (2 * i);
	set_up(&all, mode);
	check(&all, state);
	graph_plan(&all.graph);
	printf("%s", graph_text(&all.graph));
	return all.failures > 0;
}

int main(int argc, char **argv)
{
	static struct world_of_graphs all;
	unsigned shard = 0, shards = 1;
	int failures = 0;
	long checked = 0;

	if (argc == 3 && !strcmp(argv[1], "--state"))
		return replay(argv[2]);
	if (argc != 1 && !(argc == 3 && !strcmp(argv[1], "--shard") && sscanf(argv[2], "%u/%u", &shard, &shards) == 2 &&
				 shards)) {
		fprintf(stderr, "usage: tflb-every-graph [--shard I/N] | --state MODE:DIGITS\n");
		return 2;
	}
	for (int mode = 0; mode < MODES; mode++) {
		JSON_WORK(work);

		set_up(&all, mode);
		for (unsigned state = shard; state < ALL_STATES; state += shards, checked++)
			check(&all, state);
		failures += all.failures;
	}
	printf("%ld graphs, %d findings\n", checked, failures);
	return failures > 0;
}

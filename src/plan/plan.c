/* The planner. Each node is judged by itself, from its own state and from edges; nothing remembers where a plan was. */
#include "plan/plan.h"

#include <string.h>

#include "plan/edges.h"
#include "plan/internal.h"

/* More than so many unverified bodies are cheaper to read by lists, which serve all objects of the project. */
enum { SINGLE_READS = 1 };

const char *node_state_name(enum node_state state)
{
	static const char *const names[] = {
		[STATE_READY] = "Ready",
		[STATE_CREATING] = "Creating",
		[STATE_UPDATING] = "Updating",
		[STATE_DELETING] = "Deleting",
		[STATE_WAITING] = "Waiting",
		[STATE_FAILED] = "Failed",
		[STATE_FOREIGN] = "Foreign",
		[STATE_DRIFTED] = "Drifted",
		[STATE_KEPT] = "Kept",
		[STATE_UNKNOWN] = "Unknown",
		[STATE_GONE] = "Gone",
	};

	return names[state];
}

struct action *planner_add(struct planner *planner, enum action_type type, struct node *node)
{
	struct plan *plan = planner->plan;

	if (plan->count == planner->capacity) {
		size_t capacity = planner->capacity ? planner->capacity * 2 : 16;
		struct action *grown = arena_alloc(json_arena(), capacity * sizeof(*grown));

		for (size_t i = 0; i < plan->count; i++)
			grown[i] = plan->actions[i];
		plan->actions = grown;
		planner->capacity = capacity;
	}
	plan->actions[plan->count] = (struct action){.type = type, .node = node, .reason = ""};
	return &plan->actions[plan->count++];
}

void planner_wake_at(struct planner *planner, int64_t at)
{
	if (at < planner->plan->wake_at)
		planner->plan->wake_at = at;
}

bool node_is_free(const struct node *node)
{
	return !node->busy && !node->running;
}

/* One call per node in flight (design rule 5); views are calls of their own. */
static bool has_action(const struct plan *plan, const struct node *node)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->actions[i].node == node && plan->actions[i].type != ACTION_VIEW)
			return true;
	}
	return false;
}

void planner_read(struct planner *planner, struct node *node)
{
	struct action *action;

	if (!node_is_free(node) || has_action(planner->plan, node))
		return;
	if (node->not_before > planner->input->now) {
		planner_wake_at(planner, node->not_before);
		return;
	}
	action = planner_add(planner, ACTION_READ, node);
	action->method = "GET";
	action->path = node_path(node);
}

static struct verdict verdict(enum node_state state)
{
	return (struct verdict){.state = state};
}

static struct verdict waiting(const struct node *for_node)
{
	return (struct verdict){.state = STATE_WAITING, .waits_for = for_node};
}

/* A write of ours is in flight or running: what it does is the node's state. */
static bool changing(const struct node *node, struct verdict *out)
{
	if (node_is_free(node) || node->change == CHANGE_NONE)
		return false;
	*out = verdict(node->change == CHANGE_INSERT   ? STATE_CREATING
		       : node->change == CHANGE_DELETE ? STATE_DELETING
						       : STATE_UPDATING);
	return true;
}

bool planner_resting(struct planner *planner, const struct node *node, struct verdict *out)
{
	if (!node->own_error || node->not_before <= planner->input->now)
		return false;
	planner_wake_at(planner, node->not_before);
	*out = verdict(node->own_error->class == ERROR_WAIT ? STATE_WAITING : STATE_FAILED);
	return true;
}

bool planner_may_write(const struct planner *planner)
{
	return planner->input->mandate == MANDATE_ALL;
}

/* Is somebody about to be made who needs this external node? (An image is looked up at a template's birth only.) */
static bool needed_now(const struct planner *planner, const struct node *external)
{
	const struct nodes *nodes = &planner->input->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->wanted && node->want && node->presence != NODE_PRESENT &&
			edges_missing(nodes, node, node->want) == external)
			return true;
	}
	return false;
}

/* It is there, and will never do. */
static bool gives_too_little(const struct node *external)
{
	return node_usable(external) && external->kind->usable && !external->stale && !external->kind->usable(external);
}

static struct verdict plan_external(struct planner *planner, struct node *node)
{
	bool needed = !node->kind->list_path && needed_now(planner, node);

	if (node->presence == NODE_PRESENT && !(node->stale && needed))
		return verdict(gives_too_little(node) ? STATE_FAILED : STATE_READY);
	if (node->kind->list_path) { /* lists bring it */
		planner->plan->wants_census |= node->presence == NODE_UNKNOWN;
	} else if (needed) {
		planner_read(planner, node);
	} else {
		return verdict(STATE_READY); /* nobody asks for it now */
	}
	return verdict(node->own_error || node->presence == NODE_ABSENT ? STATE_FAILED : STATE_UNKNOWN);
}

static struct verdict plan_insert(struct planner *planner, struct node *node)
{
	const struct nodes *nodes = &planner->input->nodes;
	const struct node *missing = edges_missing(nodes, node, node->want);
	struct verdict rest;
	struct action *action;
	cJSON *body, *sent;
	char *collection;

	if (planner_resting(planner, node, &rest))
		return rest;
	if (!missing && node->kind->insert_waits_for)
		missing = node->kind->insert_waits_for(node, nodes);
	if (missing)
		return waiting(missing);
	if (!planner_may_write(planner) || !node_is_free(node))
		return verdict(STATE_WAITING);
	body = node->kind->toward ? node->kind->toward(node, nodes) : NULL;
	body = diff_insert_call(node->kind, body ? body : node->want);
	sent = diff_disclose(node->kind, body, node->secrets);
	if (!sent)
		return verdict(STATE_WAITING);
	action = planner_add(planner, ACTION_INSERT, node);
	action->method = "POST";
	collection = node_path(node);
	*strrchr(collection, '/') = '\0';
	action->path = collection;
	action->body = sent;
	action->assumed = body;
	return verdict(STATE_CREATING);
}

static struct verdict plan_unknown(struct planner *planner, struct node *node)
{
	if (node->unclear)
		planner_read(planner, node);
	else
		planner->plan->wants_census = true;
	return verdict(STATE_UNKNOWN);
}

static struct verdict plan_wanted(struct planner *planner, struct node *node)
{
	if (node->external)
		return plan_external(planner, node);
	switch (node->presence) {
	case NODE_UNKNOWN:
		if (planner->input->born_here && !node->unclear)
			return plan_insert(planner, node);
		return plan_unknown(planner, node);
	case NODE_ABSENT:
		return plan_insert(planner, node);
	case NODE_FOREIGN:
		return verdict(STATE_FOREIGN);
	case NODE_PRESENT:
		break;
	}
	return plan_update(planner, node);
}

static const struct node *awaited(const struct planner *planner, const struct node *old)
{
	const struct nodes *nodes = &planner->input->nodes;

	if (planner->input->mandate != MANDATE_ALL)
		return NULL;
	return old->kind->awaits ? old->kind->awaits(old, nodes) : nodes_late_successor(nodes, old);
}

/* With the object itself everything goes at once: no requests come any more, and none are waited for. */
static bool may_not_go_yet(struct planner *planner, const struct node *node)
{
	int64_t at = node->kind->goes_at && planner->input->mandate == MANDATE_ALL ? node->kind->goes_at(node) : 0;

	if (at <= planner->input->now)
		return false;
	planner_wake_at(planner, at);
	return true;
}

static struct verdict plan_delete(struct planner *planner, struct node *node)
{
	const struct node *user = edges_user(&planner->input->nodes, node);
	struct verdict rest;
	struct action *action;

	if (!user)
		user = awaited(planner, node);
	if (user)
		return waiting(user);
	if (planner_resting(planner, node, &rest))
		return rest;
	if (!planner->input->census) {
		planner->plan->wants_census = true;
		return verdict(STATE_WAITING);
	}
	if (!node_is_free(node))
		return verdict(STATE_WAITING);
	if (may_not_go_yet(planner, node))
		return verdict(STATE_DELETING);
	action = planner_add(planner, ACTION_DELETE, node);
	action->method = "DELETE";
	action->path = node_path(node);
	return verdict(STATE_DELETING);
}

static struct verdict plan_unwanted(struct planner *planner, struct node *node)
{
	enum mandate mandate = planner->input->mandate;

	if (node->external || node->presence == NODE_ABSENT || node->presence == NODE_FOREIGN)
		return verdict(STATE_GONE);
	if (node->presence == NODE_UNKNOWN)
		return plan_unknown(planner, node);
	/* A predecessor let it go, and what uses it: there the mark can't be taken away. */
	if (node->inherited && node->kind->description_fixed && edges_foreign_user(&planner->input->nodes, node))
		return verdict(STATE_GONE);
	if (mandate == MANDATE_RELEASE)
		return verdict(plan_release(planner, node) ? STATE_KEPT : STATE_UPDATING);
	if (node->kind->id == KIND_ADDRESS && mandate != MANDATE_DELETE)
		return verdict(STATE_KEPT); /* an edit never gives a public address away */
	if (node->kind->stays && node->kind->stays(node, &planner->input->nodes))
		return verdict(STATE_KEPT);
	if (mandate == MANDATE_NONE)
		return verdict(STATE_WAITING);
	return plan_delete(planner, node);
}

static bool any_wanted_missing(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->wanted && node->want && node->presence != NODE_PRESENT)
			return true;
	}
	return false;
}

static bool is_read(const struct action *action)
{
	return action->type == ACTION_READ || action->type == ACTION_VIEW;
}

static bool plan_writes(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!is_read(&plan->actions[i]))
			return true;
	}
	return false;
}

/* What was written is read once more when the wave of writes is over: one alone, more by the next lists. */
static void plan_verification(struct planner *planner)
{
	const struct nodes *nodes = &planner->input->nodes;
	size_t unverified = 0;

	if (planner->creating || plan_writes(planner->plan))
		return;
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (!node_is_free(node) && node->change != CHANGE_NONE)
			return;
		unverified += node->wanted && node->want && node->presence == NODE_PRESENT && !node->verified;
	}
	if (unverified > SINGLE_READS)
		planner->plan->wants_census = true;
	for (size_t i = 0; i < nodes->count && unverified <= SINGLE_READS; i++) {
		struct node *node = nodes->items[i];

		if (node->wanted && node->want && node->presence == NODE_PRESENT && !node->verified)
			planner_read(planner, node);
	}
}

static void summarise(struct planner *planner)
{
	struct plan *plan = planner->plan;
	const struct nodes *nodes = &planner->input->nodes;

	plan->programmed = true;
	plan->settled = !plan->wants_census;
	for (size_t i = 0; i < plan->count; i++)
		plan->settled &= plan->actions[i].type == ACTION_VIEW;
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];
		enum node_state state = plan->verdicts[i].state;

		if (node->wanted)
			plan->programmed &= state == STATE_READY && (node->external || node->verified);
		plan->settled &= node_is_free(node);
		plan->settled &= state == STATE_READY || state == STATE_GONE || state == STATE_KEPT;
	}
	plan->settled &= plan->programmed || planner->input->mandate == MANDATE_DELETE ||
	                 planner->input->mandate == MANDATE_RELEASE;
}

/* What looks and writes nothing, by its mandate or for now: what the rules would have written is dropped, its verdicts stay. */
static void drop_writes(struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (is_read(&plan->actions[i]))
			plan->actions[kept++] = plan->actions[i];
	}
	plan->count = kept;
}

struct plan *plan_make(const struct plan_input *input)
{
	struct plan *plan = arena_alloc(json_arena(), sizeof(*plan));
	struct planner planner = {.input = input, .plan = plan, .creating = any_wanted_missing(&input->nodes)};

	plan->wake_at = INT64_MAX;
	plan->verdicts = arena_alloc(json_arena(), (input->nodes.count + 1) * sizeof(*plan->verdicts));
	for (size_t i = 0; i < input->nodes.count; i++) {
		struct node *node = input->nodes.items[i];

		if (changing(node, &plan->verdicts[i]))
			continue;
		plan->verdicts[i] = node->wanted ? plan_wanted(&planner, node) : plan_unwanted(&planner, node);
		if (node->wanted && node->kind->id == KIND_GROUP)
			plan_views(&planner, node);
		if (node->wanted && node->kind->id == KIND_IMAGE)
			plan_newest(&planner, node);
	}
	if (input->mandate == MANDATE_ALL)
		plan_verification(&planner);
	if (input->mandate == MANDATE_NONE || (input->mandate == MANDATE_ALL && !plan_trial(&planner)))
		drop_writes(plan);
	plan_order(&planner);
	summarise(&planner);
	return plan;
}

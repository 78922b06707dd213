/* Writes of a project share a rate, and stand in line for it. So each says how many of its object's others are to go before it: those
 * that most can only follow, one after the other, so that the object is complete as soon as can be; then those that end the longer
 * path, which somebody waits for. */
#include "plan/internal.h"

/* Of references between kinds: how long the longest path is that leads to a kind, and that leads on from it. */
struct paths {
	unsigned to[KINDS], from[KINDS];
};

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static void follow(struct paths *paths, enum kind_id from, enum kind_id to)
{
	if (kind_at(to)->external) /* there already */
		return;
	paths->from[from] = larger(paths->from[from], paths->from[to] + 1);
	paths->to[to] = larger(paths->to[to], paths->to[from] + 1);
}

static void follow_all(struct paths *paths, enum kind_id from)
{
	const struct kind_member *member;

	for (member = kind_at(from)->members; member && member->path; member++) {
		if (member->rule == MEMBER_REFERENCE)
			follow(paths, from, member->target);
	}
}

/* A kind refers to those before it only. */
static struct paths paths_make(void)
{
	struct paths paths = {0};

	for (int kind = 0; kind < KINDS; kind++)
		follow_all(&paths, (enum kind_id)kind);
	for (int kind = KINDS - 1; kind >= 0; kind--)
		follow_all(&paths, (enum kind_id)kind);
	return paths;
}

static unsigned urgency(const struct paths *paths, const struct node *node, bool deletes)
{
	unsigned to = paths->to[node->kind->id], from = paths->from[node->kind->id];

	return deletes ? from * KINDS + to : to * KINDS + from;
}

static bool is_write(const struct action *action)
{
	return action->type != ACTION_READ && action->type != ACTION_VIEW;
}

/* Is a write of the node planned now, or when its time comes? */
static bool is_to_come(const struct planner *planner, size_t index)
{
	enum node_state state = planner->plan->verdicts[index].state;

	return node_is_free(planner->input->nodes.items[index]) &&
	       (state == STATE_CREATING || state == STATE_UPDATING || state == STATE_DELETING ||
		       state == STATE_WAITING);
}

/* Zones and regions have a rate of their own. */
static bool share_a_rate(const struct node *a, const struct node *b)
{
	return (a->own_location[0] == '\0') == (b->own_location[0] == '\0');
}

static unsigned count_before(const struct planner *planner, const struct paths *paths, const struct action *action)
{
	const struct nodes *nodes = &planner->input->nodes;
	bool deletes = action->type == ACTION_DELETE;
	unsigned own = urgency(paths, action->node, deletes), count = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (share_a_rate(node, action->node) && is_to_come(planner, i))
			count += urgency(paths, node, deletes) > own;
	}
	return count;
}

void plan_order(struct planner *planner)
{
	struct plan *plan = planner->plan;
	struct paths paths = paths_make();

	for (size_t i = 0; i < plan->count; i++) {
		struct action *action = &plan->actions[i];

		if (is_write(action))
			action->before = count_before(planner, &paths, action);
	}
}

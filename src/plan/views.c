/* Groups change by themselves: while one rolls its body is read again, and beside it what its machines are at. */
#include "kinds/families.h"
#include "kinds/link.h"
#include "kinds/rollout.h"
#include "plan/internal.h"

enum {
	ROLLING_READ_MS = 10000,
	ROLLING_READ_WHILE_CREATING_MS = 30000, /* the chain in front of it takes longer than that */
	MACHINES_MS = 10000,
	MACHINES_WAITED_FOR_MS = 5000,
	MACHINES_AT_REST_MS = 300000, /* of those that are not to be all alike */
	ERRORS_MS = 30000,
	CANARIES_MS = 30000, /* some are missing, or ill */
	HEALTH_MS = 5000,
	HEALTH_WHILE_READY_MS = 15000, /* enough are healthy, others are on their way */
	HEALTH_AT_REST_MS = 60000,
	REFUSED_MS = 60000,
};

static bool is_planned(const struct planner *planner, const struct node *node, enum view_id id)
{
	for (size_t i = 0; i < planner->plan->count; i++) {
		const struct action *action = &planner->plan->actions[i];

		if (action->type == ACTION_VIEW && action->node == node && action->view == id)
			return true;
	}
	return false;
}

static void read_view(struct planner *planner, struct node *node, enum view_id id, int64_t every)
{
	struct view *view = &node->views[id];
	struct action *action;

	if (view->busy) {
		planner_wake_at(planner, planner->input->now + every); /* its answer may bring nothing new */
		return;
	}
	if (view->own_error && view->own_error->class == ERROR_REJECTED && every < REFUSED_MS)
		every = REFUSED_MS;
	if (view->read_at && view->read_at + every > planner->input->now) {
		planner_wake_at(planner, view->read_at + every);
		return;
	}
	if (is_planned(planner, node, id))
		return;
	action = planner_add(planner, ACTION_VIEW, node);
	action->view = id;
	planner_wake_at(planner, planner->input->now + every); /* an answer that brings nothing new wakes nobody */
}

/* The backend service of that role, when it holds the group; NULL: it does not. */
static const struct node *health_source(const struct planner *planner, const struct node *group, const char *role)
{
	const struct nodes *nodes = &planner->input->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id == KIND_BACKEND_SERVICE && node->wanted && node->presence == NODE_PRESENT &&
			text_equal(node->own_role, role))
			return group_is_behind(group, node) ? node : NULL;
	}
	return NULL;
}

/* Before a rule leads there the cloud has nothing to say (gce-compute-v1.md 7.10). */
static bool is_fronted(const struct planner *planner)
{
	const struct nodes *nodes = &planner->input->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->kind->id == KIND_FORWARDING_RULE && nodes->items[i]->presence == NODE_PRESENT)
			return true;
	}
	return false;
}

static int64_t health_interval(const struct planner *planner, const struct node *group)
{
	struct group_sight sight = group_sight(group);

	if (!planner->input->ready && !(group_serving(group) && sight.stable && sight.went_back))
		return HEALTH_MS;
	return sight.healthy < sight.target || !sight.stable ? HEALTH_WHILE_READY_MS : HEALTH_AT_REST_MS;
}

static void read_health_at(struct planner *planner, struct node *group, size_t front)
{
	const struct node *service = health_source(planner, group, group->fronts[front]);
	size_t before = planner->plan->count;

	if (!service)
		return;
	read_view(planner, group, view_of_front(front), health_interval(planner, group));
	if (planner->plan->count > before) {
		struct action *action = &planner->plan->actions[before];

		action->method = "POST";
		action->path = arena_printf(json_arena(), "%s/getHealth", node_path(service));
		action->body = cJSON_CreateObject();
		json_set_text(action->body, "group", link_url(group_path(group)));
	}
}

static void read_health(struct planner *planner, struct node *group)
{
	if (!group->fronts || !is_fronted(planner))
		return;
	for (size_t front = 0; group->fronts[front]; front++)
		read_health_at(planner, group, front);
}

static void read_machines(struct planner *planner, struct node *group, enum view_id id, int64_t every)
{
	size_t before = planner->plan->count;

	read_view(planner, group, id, every);
	if (planner->plan->count > before) {
		struct action *action = &planner->plan->actions[before];
		bool errors = id == VIEW_ERRORS;

		action->method = errors ? "GET" : "POST";
		action->path = arena_printf(
			json_arena(), "%s/%s", node_path(group), errors ? "listErrors" : "listManagedInstances");
		action->query = "maxResults=500";
	}
}

/* Which machines are which is asked at rest only where it makes a difference. */
static void read_kinds_of_machines(struct planner *planner, struct node *group)
{
	struct canary_sight canary = group_canary_sight(group);
	bool at_rest = canary.existing == canary.target && canary.healthy == canary.target;

	if (canary.template || group_sight(group).mixed || group_is_named(group))
		read_machines(planner, group, VIEW_MACHINES, at_rest ? MACHINES_AT_REST_MS : CANARIES_MS);
}

void plan_machines(struct planner *planner, struct node *group)
{
	read_machines(planner, group, VIEW_MACHINES, MACHINES_WAITED_FOR_MS);
}

/* A family that was just looked up, or met, is not looked at again at once. */
void plan_newest(struct planner *planner, struct node *family)
{
	struct view *view = &family->views[VIEW_NEWEST];
	int64_t last = view->read_at > family->read_at ? view->read_at : family->read_at;
	size_t before = planner->plan->count;

	if (!last || view->busy)
		return;
	if (last + FAMILY_AGE_MS > planner->input->now) {
		planner_wake_at(planner, last + FAMILY_AGE_MS);
		return;
	}
	read_view(planner, family, VIEW_NEWEST, FAMILY_AGE_MS);
	if (planner->plan->count > before) {
		struct action *action = &planner->plan->actions[before];

		action->method = "GET";
		action->path = node_path(family);
		action->query = "fields=name";
	}
}

/* Who its machines are by name must be read before a write, or after it. */
static bool is_written(const struct planner *planner, const struct node *node)
{
	for (size_t i = 0; i < planner->plan->count; i++) {
		const struct action *action = &planner->plan->actions[i];

		if (action->node == node && action->type != ACTION_READ && action->type != ACTION_VIEW)
			return true;
	}
	return false;
}

void plan_views(struct planner *planner, struct node *node)
{
	int64_t every = planner->creating ? ROLLING_READ_WHILE_CREATING_MS : ROLLING_READ_MS;
	size_t before;

	if (node->presence != NODE_PRESENT)
		return;
	read_health(planner, node);
	if (node->kind->settled(node) && !rollout_runs(node))
		read_kinds_of_machines(planner, node);
	if ((node->kind->settled(node) && !rollout_runs(node)) || node->busy || node->running ||
		(group_is_named(node) && is_written(planner, node)))
		return;
	before = planner->plan->count;
	if (node->read_at + every <= planner->input->now)
		planner_read(planner, node);
	else
		planner_wake_at(planner, node->read_at + every);
	if (planner->creating || planner->plan->count > before) /* it may have arrived meanwhile */
		return;
	read_machines(planner, node, VIEW_MACHINES, MACHINES_MS);
	read_machines(planner, node, VIEW_ERRORS, ERRORS_MS);
}

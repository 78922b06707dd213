/* Updates of what is there: a patch, or the verb of one member; never two calls at once on one node. */
#include <string.h>

#include "plan/edges.h"
#include "plan/internal.h"
#include "plan/repeat.h"

static bool needs_fingerprint(const struct node *node)
{
	return node->kind->fingerprint && !json_text(node->seen, "fingerprint");
}

void planner_address_patch(struct action *action)
{
	const struct node *node = action->node;
	const char *parameter = node->kind->patch_query;
	char *path = node_path(node);

	action->method = "PATCH";
	action->path = path;
	if (!parameter)
		return;
	*strrchr(path, '/') = '\0';
	action->query = arena_printf(json_arena(), "%s=%s", parameter, node->own_name);
}

static cJSON *without_fingerprint(cJSON *body)
{
	json_remove(body, "fingerprint");
	return body;
}

static bool is_listed(const char *list, const char *item)
{
	size_t length = strlen(item);

	for (; *list; list += strspn(list, ", ")) {
		size_t step = strcspn(list, ",");
		if (step == length && strncmp(list, item, length) == 0)
			return true;
		list += step;
	}
	return false;
}

/* The keys of the members that a patch or verb changes: reason lists them. */
static struct fight_keys keys_of(const struct diff *diff, const char *reason)
{
	struct fight_keys keys = {0};

	for (size_t i = 0; i < diff->count; i++) {
		if (is_listed(reason, diff->items[i].path))
			fight_add(&keys, &diff->items[i]);
	}
	return keys;
}

/* Nothing while a secret that it needs is not at hand: it is being fetched. */
static void add_patch(struct planner *planner, struct node *node, const struct diff *diff)
{
	cJSON *body = diff_disclose(node->kind, diff->patch, node->secrets);
	struct action *action;

	if (!body)
		return;
	action = planner_add(planner, ACTION_PATCH, node);
	planner_address_patch(action);
	action->body = body;
	action->assumed = without_fingerprint(json_merge(json_copy(node->seen), diff->patch));
	if (node->kind->assume)
		node->kind->assume(action->assumed, diff->patch);
	action->reason = diff->patched;
	action->fights = keys_of(diff, action->reason);
	if (node->kind->fingerprint)
		json_set_text(action->body, "fingerprint", json_text(node->seen, "fingerprint"));
}

/* "projects/P/zones/Z/instanceGroups/N/setNamedPorts"; target proxies have no "global/" in it. */
static char *verb_path(const struct node *node, const struct kind_verb *verb)
{
	const char *collection = verb->collection ? verb->collection : node->kind->collection;

	if (verb->no_scope)
		return arena_printf(json_arena(), "projects/%s/%s/%s/%s", node->own_project, collection, node->own_name,
			verb->name);
	return arena_printf(json_arena(), "%s/%s/%s/%s", scope_path(node->own_project, node->own_location), collection,
		node->own_name, verb->name);
}

/* What a verb would send, as a body that edges can read. */
static cJSON *verb_body(const struct diff *diff, int index)
{
	cJSON *body = cJSON_CreateObject();

	json_set(body, diff->verbs[index].path, json_copy(diff->verbs[index].value));
	return body;
}

/* What is taken as seen once the member at path is value. */
static void assume_member(struct action *action, const char *path, const cJSON *value)
{
	const struct node *node = action->node;
	cJSON *change = cJSON_CreateObject();

	json_set(change, path, json_copy(value));
	action->reason = path;
	action->assumed = without_fingerprint(json_copy(node->seen));
	json_set(action->assumed, path, json_copy(value));
	if (node->kind->assume)
		node->kind->assume(action->assumed, change);
}

/* What comes of it may be undone by the cloud, which makes a machine once and then gives it up: that is no fight. */
static void add_call(
	struct planner *planner, struct node *node, const char *path, int64_t of, const struct kind_call *call)
{
	int64_t now = planner->input->now;
	struct action *action;

	if (!call->verb) {
		plan_machines(planner, node);
		return;
	}
	if (repeat_at(node, of, now) > now) {
		planner_wake_at(planner, repeat_at(node, of, now));
		return;
	}
	action = planner_add(planner, ACTION_VERB, node);
	action->method = "POST";
	action->path = arena_printf(json_arena(), "%s/%s", node_path(node), call->verb);
	action->body = json_copy(call->body);
	action->repeats = true;
	action->repeat_of = of;
	assume_member(action, path, cJSON_CreateNumber((double)(json_int(node->seen, path, 0) + call->change)));
}

static void add_verb(struct planner *planner, struct node *node, const struct diff *diff, int index)
{
	const struct kind_verb *verb = diff->verbs[index].verb;
	const cJSON *value = diff->verbs[index].value;
	struct kind_call call;
	struct action *action;

	if (node->kind->instead && node->kind->instead(node, diff->verbs[index].path, value, &call)) {
		add_call(planner, node, diff->verbs[index].path, (int64_t)value->valuedouble, &call);
		return;
	}
	if (verb->proof && !json_text(node->seen, verb->proof)) {
		planner_read(planner, node);
		return;
	}
	action = planner_add(planner, ACTION_VERB, node);

	action->method = "POST";
	action->path = verb_path(node, verb);
	if (verb->query) {
		action->query = arena_printf(json_arena(), "%s=%s", verb->query, json_print(value));
	} else {
		action->body = cJSON_CreateObject();
		json_set(action->body, verb->body, json_copy(value));
	}
	assume_member(action, diff->verbs[index].path, value);
	action->fights = keys_of(diff, action->reason);
	if (verb->proof) {
		json_set_text(action->body, verb->proof, json_text(node->seen, verb->proof));
		json_remove(action->assumed, verb->proof);
	}
}

static void add_name(struct planner *planner, struct node *node, const struct diff *diff, int index)
{
	struct action *action = plan_name(planner, node, diff, index);

	if (action)
		action->fights = keys_of(diff, action->reason);
}

/* One write of the difference. false when it would refer to something that is not usable yet: *missing. */
static bool add_patch_if_ready(
	struct planner *planner, struct node *node, const struct diff *diff, const struct node **missing)
{
	*missing = edges_missing(&planner->input->nodes, node, diff->patch);
	if (*missing)
		return false;
	if (needs_fingerprint(node))
		planner_read(planner, node);
	else
		add_patch(planner, node, diff);
	return true;
}

static bool add_verb_if_ready(
	struct planner *planner, struct node *node, const struct diff *diff, int index, const struct node **missing)
{
	*missing = edges_missing(&planner->input->nodes, node, verb_body(diff, index));
	if (*missing)
		return false;
	if (diff->verbs[index].names)
		add_name(planner, node, diff, index);
	else
		add_verb(planner, node, diff, index);
	return true;
}

static struct verdict add_next(struct planner *planner, struct node *node, const struct diff *diff)
{
	const struct node *missing = NULL;
	bool added = false;

	if (diff->patch)
		added = add_patch_if_ready(planner, node, diff, &missing);
	for (int i = 0; i < diff->verb_count && !added; i++)
		added = add_verb_if_ready(planner, node, diff, i, &missing);
	if (added)
		return (struct verdict){.state = STATE_UPDATING};
	return (struct verdict){.state = STATE_WAITING, .waits_for = missing};
}

/* What is written twice and still read differently is left alone. Returns these members. */
static const char *leave_stuck(const struct node *node, struct diff *diff)
{
	const char *stuck = NULL;

	for (size_t i = 0; i < diff->count; i++) {
		const char *path = diff->items[i].path;

		if (!fight_is_over(node, &diff->items[i]))
			continue;
		stuck = stuck ? arena_printf(json_arena(), "%s, %s", stuck, path) : path;
		diff_leave(diff, path);
	}
	return stuck;
}

/* What is done about a difference, of which at least something can still be written. */
static struct verdict change(struct planner *planner, struct node *node, const struct diff *diff)
{
	struct verdict rest;

	if (planner_resting(planner, node, &rest))
		return rest;
	if (planner->input->mandate == MANDATE_NONE)
		return (struct verdict){.state = STATE_DRIFTED};
	if (!planner_may_write(planner) || !node_is_free(node))
		return (struct verdict){.state = STATE_UPDATING};
	return add_next(planner, node, diff);
}

/* The mark's note tells of the way, the goal has none. */
static struct diff diff_of_goal(const struct node *node)
{
	struct diff diff = diff_make(node->kind, node->own_project, node->want, node->seen);
	size_t kept = 0;

	for (size_t i = 0; i < diff.count; i++) {
		if (!text_equal(diff.items[i].path, "description"))
			diff.items[kept++] = diff.items[i];
	}
	diff.count = kept;
	diff.path = kept ? diff.items[0].path : NULL;
	return diff;
}

static void wake_when_due(struct planner *planner, const struct node *node)
{
	int64_t due = node->kind->due ? node->kind->due(&planner->input->nodes) : INT64_MAX;

	if (due < INT64_MAX)
		planner_wake_at(planner, planner->input->now + due);
}

struct verdict plan_update(struct planner *planner, struct node *node)
{
	const struct nodes *nodes = &planner->input->nodes;
	struct verdict verdict = {.state = STATE_READY};
	const cJSON *aim;
	struct diff *diff;
	const char *stuck;

	if (node->adopted && node->inherited && mark_released(node->seen))
		return plan_reclaim(planner, node);
	if (node->kind->immutable)
		return verdict;
	aim = node->kind->toward ? node->kind->toward(node, nodes) : NULL;
	wake_when_due(planner, node);
	diff = arena_alloc(json_arena(), sizeof(*diff));
	*diff = diff_make(node->kind, node->own_project, aim ? aim : node->want, node->seen);
	if (!diff->path) {
		/* The way is not the goal yet: an old group still serves beside its successor. */
		if (aim)
			*diff = diff_of_goal(node);
		if (diff->path && node->kind->gave_up && node->kind->gave_up(node))
			return (struct verdict){.state = STATE_DRIFTED, .diff = diff};
		if (diff->path)
			return (struct verdict){.state = STATE_UPDATING, .on_its_way = true};
		return verdict;
	}
	stuck = leave_stuck(node, diff);
	verdict = diff->patch || diff->verb_count ? change(planner, node, diff)
	                                          : (struct verdict){.state = STATE_DRIFTED};
	verdict.diff = diff;
	verdict.stuck = stuck;
	return verdict;
}

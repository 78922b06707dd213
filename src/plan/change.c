/* Updates of what is there: a patch, or the verb of one member; never two calls at once on one node. */
#include <string.h>

#include "plan/edges.h"
#include "plan/internal.h"

enum { TRIES = 2 };

static bool needs_fingerprint(const struct node *node)
{
	return node->kind->fingerprint && !json_text(node->seen, "fingerprint");
}

static cJSON *without_fingerprint(cJSON *body)
{
	json_remove(body, "fingerprint");
	return body;
}

static void add_patch(struct planner *planner, struct node *node, const struct diff *diff)
{
	struct action *action = planner_add(planner, ACTION_PATCH, node);

	action->method = "PATCH";
	action->path = node_path(node);
	action->body = json_copy(diff->patch);
	action->assumed = without_fingerprint(json_merge(json_copy(node->seen), diff->patch));
	if (node->kind->assume)
		node->kind->assume(action->assumed, diff->patch);
	action->reason = diff->patched;
	if (node->kind->fingerprint)
		json_set_text(action->body, "fingerprint", json_text(node->seen, "fingerprint"));
}

/* "projects/P/zones/Z/instanceGroups/N/setNamedPorts"; target proxies have no "global/" in it. */
static char *verb_path(const struct node *node, const struct kind_verb *verb)
{
	const char *collection = verb->collection ? verb->collection : node->kind->collection;

	if (node->own_location[0])
		return arena_printf(json_arena(), "projects/%s/zones/%s/%s/%s/%s", node->own_project,
			node->own_location, collection, node->own_name, verb->name);
	return arena_printf(json_arena(), "projects/%s/%s%s/%s/%s", node->own_project, verb->no_scope ? "" : "global/",
		collection, node->own_name, verb->name);
}

/* What a verb would send, as a body that edges can read. */
static cJSON *verb_body(const struct diff *diff, int index)
{
	cJSON *body = cJSON_CreateObject();

	json_set(body, diff->verbs[index].path, json_copy(diff->verbs[index].value));
	return body;
}

static void add_verb(struct planner *planner, struct node *node, const struct diff *diff, int index)
{
	const struct kind_verb *verb = diff->verbs[index].verb;
	const cJSON *value = diff->verbs[index].value;
	struct action *action = planner_add(planner, ACTION_VERB, node);

	action->method = "POST";
	action->path = verb_path(node, verb);
	if (verb->query) {
		action->query = arena_printf(json_arena(), "%s=%s", verb->query, json_print(value));
	} else {
		action->body = cJSON_CreateObject();
		json_set(action->body, verb->body, json_copy(value));
	}
	action->assumed = without_fingerprint(json_copy(node->seen));
	json_set(action->assumed, diff->verbs[index].path, json_copy(value));
	if (node->kind->assume)
		node->kind->assume(action->assumed, verb_body(diff, index));
	action->reason = diff->verbs[index].path;
}

/* All that differs, as node->written remembers it. */
static const char *differing(const struct node *node, const struct diff *diff)
{
	char *text = arena_strdup(json_arena(), diff->patched ? diff->patched : "");

	for (int i = 0; i < diff->verb_count; i++)
		text = arena_printf(json_arena(), "%s%s%s", text, text[0] ? ", " : "", diff->verbs[i].path);
	return arena_strndup(json_arena(), text, strnlen(text, sizeof(node->written) - 1));
}

/* Written twice, read twice, still different: the cloud keeps another value (design rule 11). How many of the writes that
 * the difference needs, the patch and then each verb, are given up so far. */
static int given_up(const struct node *node, const char *differs)
{
	return node->verified && text_equal(node->written, differs) ? node->writes / TRIES : 0;
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
	add_verb(planner, node, diff, index);
	return true;
}

static struct verdict add_next(struct planner *planner, struct node *node, const struct diff *diff)
{
	const char *differs = differing(node, diff);
	int skip = given_up(node, differs);
	const struct node *missing = NULL;
	size_t before = planner->plan->count;
	bool added = false;

	if (diff->patch && skip-- <= 0)
		added = add_patch_if_ready(planner, node, diff, &missing);
	for (int i = 0; i < diff->verb_count && !added; i++) {
		if (skip-- <= 0)
			added = add_verb_if_ready(planner, node, diff, i, &missing);
	}
	if (planner->plan->count > before)
		planner->plan->actions[before].differs = differs;
	if (added)
		return (struct verdict){.state = STATE_UPDATING};
	return (struct verdict){.state = missing ? STATE_WAITING : STATE_FAILED, .waits_for = missing};
}

/* Nothing is written now; is it that nothing sticks? */
static struct verdict not_now(const struct node *node, const struct diff *diff)
{
	int needed = (diff->patch != NULL) + diff->verb_count;
	bool hopeless = given_up(node, differing(node, diff)) >= needed;

	return (struct verdict){.state = hopeless ? STATE_FAILED : STATE_UPDATING};
}

struct verdict plan_update(struct planner *planner, struct node *node)
{
	const struct nodes *nodes = &planner->input->nodes;
	struct verdict rest;
	struct diff diff;
	const cJSON *aim;

	if (node->kind->immutable)
		return (struct verdict){.state = STATE_READY};
	aim = node->kind->toward ? node->kind->toward(node, nodes) : NULL;
	diff = diff_make(node->kind, node->own_project, aim ? aim : node->want, node->seen);
	if (!diff.path) {
		/* The way is not the goal yet: an old group still serves beside its successor. */
		bool arrived = !aim || !diff_make(node->kind, node->own_project, node->want, node->seen).path;
		return (struct verdict){.state = arrived ? STATE_READY : STATE_UPDATING};
	}
	if (planner_resting(planner, node, &rest))
		return rest;
	if (!planner_may_write(planner) || !node_is_free(node))
		return not_now(node, &diff);
	return add_next(planner, node, &diff);
}

/* Updates of what is there: a patch, or the verb of one member; never two calls at once on one node. */
#include <string.h>

#include "plan/edges.h"
#include "plan/internal.h"

/* Written twice, read twice, still different: the cloud keeps another value (design rule 11). */
static bool does_not_stick(const struct node *node, const char *path)
{
	return node->verified && node->writes >= 2 && text_equal(node->written, path);
}

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
	action->reason = diff->path;
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
	action->reason = diff->verbs[index].path;
}

/* What a verb would send, as a body that edges can read. */
static cJSON *verb_body(const struct diff *diff, int index)
{
	cJSON *body = cJSON_CreateObject();

	json_set(body, diff->verbs[index].path, json_copy(diff->verbs[index].value));
	return body;
}

static struct verdict add_next(struct planner *planner, struct node *node, const struct diff *diff)
{
	const struct nodes *nodes = &planner->input->nodes;
	const struct node *missing = NULL;

	if (diff->patch) {
		missing = edges_missing(nodes, node, diff->patch);
		if (!missing) {
			if (needs_fingerprint(node))
				planner_read(planner, node);
			else
				add_patch(planner, node, diff);
			return (struct verdict){.state = STATE_UPDATING};
		}
	}
	for (int i = 0; i < diff->verb_count; i++) {
		const struct node *lacks = edges_missing(nodes, node, verb_body(diff, i));

		if (!lacks) {
			add_verb(planner, node, diff, i);
			return (struct verdict){.state = STATE_UPDATING};
		}
		missing = lacks;
	}
	return (struct verdict){.state = STATE_WAITING, .waits_for = missing};
}

struct verdict plan_update(struct planner *planner, struct node *node)
{
	const struct nodes *nodes = &planner->input->nodes;
	const cJSON *aim = node->kind->toward && !node->kind->immutable ? node->kind->toward(node, nodes) : NULL;
	struct diff diff;

	if (node->kind->immutable)
		return (struct verdict){.state = STATE_READY};
	diff = diff_make(node->kind, node->own_project, aim ? aim : node->want, node->seen);
	if (!diff.path) {
		/* The way is not the goal yet: an old group still serves beside its successor. */
		bool arrived = !aim || !diff_make(node->kind, node->own_project, node->want, node->seen).path;
		return (struct verdict){.state = arrived ? STATE_READY : STATE_UPDATING};
	}
	if (does_not_stick(node, diff.path))
		return (struct verdict){.state = STATE_FAILED};
	if (node->own_error && node->not_before > planner->input->now) {
		planner_wake_at(planner, node->not_before);
		return (struct verdict){.state = node->own_error->class == ERROR_WAIT ? STATE_WAITING : STATE_FAILED};
	}
	if (node->busy || node->running || planner->input->mandate != MANDATE_ALL)
		return (struct verdict){.state = STATE_UPDATING};
	return add_next(planner, node, &diff);
}

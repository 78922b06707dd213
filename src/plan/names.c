#include "plan/names.h"

#include <string.h>

#include "plan/internal.h"

/* The first name of these that the others lack; NULL: none. What is no text is no name. */
static const char *lacking(const cJSON *names, const cJSON *others)
{
	const cJSON *one, *other;

	cJSON_ArrayForEach(one, names)
	{
		cJSON_ArrayForEach(other, others)
		{
			if (text_equal(one->valuestring, other->valuestring))
				break;
		}
		if (!other && cJSON_IsString(one))
			return one->valuestring;
	}
	return NULL;
}

static cJSON *names_after(const cJSON *seen, const char *added, const char *removed)
{
	cJSON *names = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, seen)
	{
		if (cJSON_IsString(one) && !text_equal(one->valuestring, removed))
			json_add_text(names, one->valuestring);
	}
	if (added)
		json_add_text(names, added);
	return names;
}

struct names_step names_step(const struct kind_names *names, const cJSON *want, const cJSON *seen)
{
	struct names_step step = {.added = lacking(want, seen), .removed = lacking(seen, want)};

	if (step.added && step.removed && cJSON_GetArraySize(seen) < names->most)
		step.removed = NULL;
	if (step.removed)
		step.added = NULL;
	step.after = names_after(seen, step.added, step.removed);
	return step;
}

/* "a.b" of a body; "a" is made where it is missing. */
static void set_at(cJSON *tree, const char *path, cJSON *value)
{
	const char *dot;

	for (; (dot = strchr(path, '.')); path = dot + 1) {
		const char *name = arena_strndup(json_arena(), path, (size_t)(dot - path));

		tree = json_has(tree, name) ? json_member(tree, name) : json_set_object(tree, name);
	}
	json_set(tree, path, value);
}

struct action *plan_name(struct planner *planner, struct node *node, const struct diff *diff, int index)
{
	const struct kind_names *names = diff->verbs[index].names;
	struct names_step step = names_step(names, diff->verbs[index].value, diff->verbs[index].seen);
	const cJSON *secret = step.added ? json_member(node->secrets, step.added) : NULL;
	struct action *action;

	if (step.added ? !secret : !step.removed)
		return NULL;
	action = planner_add(planner, ACTION_VERB, node);
	action->method = "POST";
	action->path = arena_printf(json_arena(), "%s/%s", node_path(node), step.added ? names->add : names->remove);
	if (step.added) {
		action->body = cJSON_CreateObject();
		json_set_text(action->body, names->name, step.added);
		json_set(action->body, names->value, json_copy(secret));
	} else {
		action->query = arena_printf(json_arena(), "%s=%s", names->name, step.removed);
	}
	action->assumed = json_copy(node->seen);
	json_remove(action->assumed, "fingerprint");
	set_at(action->assumed, diff->verbs[index].path, step.after);
	action->reason = diff->verbs[index].path;
	return action;
}

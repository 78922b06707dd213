/* A URL map with routes is tried before anything is written: urlMaps.validate says whether it can be loaded, and passes its own
 * tests. What stands already was taken by the cloud. */
#include <string.h>

#include "kinds/link.h"
#include "plan/internal.h"

enum { AGAIN_MS = 10000 };

static bool is_backend(const struct node *node)
{
	return node->wanted && (node->kind->id == KIND_BACKEND_SERVICE || node->kind->id == KIND_BACKEND_BUCKET);
}

static bool all_are_there(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (is_backend(nodes->items[i]) && nodes->items[i]->presence != NODE_PRESENT)
			return false;
	}
	return true;
}

uint32_t trial_of(const struct node *map, const struct nodes *nodes)
{
	return (uint32_t)hash_text(json_print(map->want)) << 2 | (uint32_t)all_are_there(nodes) << 1 | 1;
}

static bool has_ways(const struct node *map)
{
	return cJSON_IsArray(json_member(map->want, "pathMatchers")) || cJSON_IsArray(json_member(map->want, "tests"));
}

static bool is_so(const struct node *map)
{
	return map->seen && !diff_make(map->kind, map->own_project, map->want, map->seen).path;
}

/* What is there and not known yet is read first. */
static bool is_new(const struct planner *planner, const struct node *node)
{
	if (node->kind->id != KIND_URL_MAP || !node->wanted || !has_ways(node))
		return false;
	if (node->presence == NODE_UNKNOWN)
		return planner->input->born_here && !node->unclear;
	return node->presence == NODE_ABSENT || (node->presence == NODE_PRESENT && !is_so(node));
}

/* --- the call --- */

static const char *scheme_of(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (is_backend(nodes->items[i]) && json_has(nodes->items[i]->want, "loadBalancingScheme"))
			return json_text(nodes->items[i]->want, "loadBalancingScheme");
	}
	return NULL;
}

static void ask(struct planner *planner, struct node *map, uint32_t of)
{
	const struct view *view = &map->views[VIEW_TRIAL];
	const char *scheme = scheme_of(&planner->input->nodes);
	int64_t again = view->of == of && view->read_at ? view->read_at + AGAIN_MS : 0;
	struct action *action;

	if (view->busy || again > planner->input->now) {
		planner_wake_at(planner, view->busy ? planner->input->now + AGAIN_MS : again);
		return;
	}
	action = planner_add(planner, ACTION_VIEW, map);
	action->view = VIEW_TRIAL;
	action->of = of;
	action->method = "POST";
	action->path = arena_printf(json_arena(), "%s/validate", node_path(map));
	action->body = cJSON_CreateObject();
	json_set(action->body, "resource", diff_insert_call(map->kind, map->want));
	if (scheme)
		json_add_text(json_set_array(action->body, "loadBalancingSchemes"), scheme);
}

/* --- the answer --- */

/* "v2" of a link, as the spec calls it. */
static const char *backend_name(const struct nodes *nodes, const struct node *map, const char *link)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (is_backend(node) && link_equal(link, node_path(node), map->own_project))
			return node->own_part;
	}
	return link_name(link);
}

static bool is_about(const cJSON *test, const cJSON *failure, const char *project)
{
	static const char *const alike[] = {"host", "path"};
	const char *service = json_text(test, "service"), *expected = json_text(failure, "expectedService");

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		if (!text_equal(json_text(test, alike[i]), json_text(failure, alike[i])))
			return false;
	}
	return !service || !expected || link_equal(service, expected, project);
}

static const char *test_name(const struct node *map, const cJSON *failure)
{
	const cJSON *test;

	cJSON_ArrayForEach(test, json_member(map->want, "tests"))
	{
		if (is_about(test, failure, map->own_project))
			return json_text_or(test, "description", "");
	}
	return "";
}

static char *what_happens(const struct nodes *nodes, const struct node *map, const cJSON *failure)
{
	const char *expected = json_text_or(failure, "expectedService", ""),
		   *actual = json_text_or(failure, "actualService", "");
	int64_t code = json_int(failure, "expectedRedirectResponseCode", 0),
		actual_code = json_int(failure, "actualRedirectResponseCode", 0);

	if (expected[0] && !link_equal(expected, actual, map->own_project))
		return actual[0] ? arena_printf(json_arena(), "goes to backend %s, not to backend %s",
					   backend_name(nodes, map, actual), backend_name(nodes, map, expected))
		                 : arena_printf(json_arena(), "is redirected, and does not go to backend %s",
					   backend_name(nodes, map, expected));
	if (code != actual_code && actual_code)
		return arena_printf(
			json_arena(), "is redirected with %lld, not %lld", (long long)actual_code, (long long)code);
	if (code != actual_code)
		return arena_printf(
			json_arena(), "goes to backend %s, and is not redirected", backend_name(nodes, map, actual));
	return arena_printf(json_arena(), "becomes %s, not %s", json_text_or(failure, "actualOutputUrl", "?"),
		json_text_or(failure, "expectedOutputUrl", "?"));
}

static char *failure_text(const struct nodes *nodes, const struct node *map, const cJSON *failure)
{
	return arena_printf(json_arena(), "spec.routeTests: test %s fails: %s%s %s; nothing is written until it passes",
		test_name(map, failure), json_text_or(failure, "host", ""), json_text_or(failure, "path", ""),
		what_happens(nodes, map, failure));
}

static char *load_text(const struct node *map, const cJSON *result)
{
	return arena_printf(json_arena(), "%s (nothing is written until that is corrected)",
		kind_in_spec(map->kind, "", NULL, json_text_or(result, "loadErrors[0]", "spec.routes is refused")));
}

/* NULL: nothing is said against it. What leads to a backend that is still to come can't be loaded before, and what can't be tried
 * is judged when it is written. */
static char *verdict_of(const struct nodes *nodes, const struct node *map)
{
	const cJSON *result = json_member(map->views[VIEW_TRIAL].tree, "result");

	if (!json_bool(result, "loadSucceeded", true))
		return all_are_there(nodes) ? load_text(map, result) : NULL;
	return json_bool(result, "testPassed", true) ? NULL
	                                             : failure_text(nodes, map, json_at(result, "testFailures[0]"));
}

static bool is_transient(const struct error *err)
{
	return err && (err->class == ERROR_TRANSIENT || err->class == ERROR_THROTTLED);
}

bool plan_trial(struct planner *planner)
{
	const struct nodes *nodes = &planner->input->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		struct node *map = nodes->items[i];
		const struct view *view = &map->views[VIEW_TRIAL];
		uint32_t of;

		if (!is_new(planner, map))
			continue;
		of = trial_of(map, nodes);
		if (view->of != of || is_transient(view->own_error) || !(view->present || view->own_error)) {
			ask(planner, map, of);
			return false;
		}
		planner->plan->refusal = view->own_error ? NULL : verdict_of(nodes, map);
		if (planner->plan->refusal)
			return false;
	}
	return true;
}

/* Edges between nodes. A reference path such as "backends[].group" is walked step by step; arrays fan out. */
#include "plan/edges.h"

#include <string.h>

typedef bool (*link_fn)(void *arg, const char *link);

/* Calls fn for each text at path; stops and returns true as soon as fn does. */
static bool each_link(const cJSON *tree, const char *path, link_fn fn, void *arg)
{
	size_t step = strcspn(path, ".[");
	const cJSON *next = json_member(tree, arena_strndup(json_arena(), path, step));
	const char *rest = path + step;
	const cJSON *item;

	if (!next)
		return false;
	if (text_starts(rest, "[]")) {
		rest += 2;
		cJSON_ArrayForEach(item, next)
		{
			bool last = *rest == '\0';
			if (last ? cJSON_IsString(item) && fn(arg, item->valuestring)
				 : each_link(item, rest + 1, fn, arg))
				return true;
		}
		return false;
	}
	if (*rest == '.')
		return each_link(next, rest + 1, fn, arg);
	return cJSON_IsString(next) && fn(arg, next->valuestring);
}

struct visit {
	edge_fn fn;
	void *arg;
	const struct kind_member *member;
};

static bool on_link(void *arg, const char *link)
{
	struct visit *visit = arg;

	return visit->fn(visit->arg, visit->member, link);
}

void edges_each_link(const struct kind *kind, const cJSON *body, edge_fn fn, void *arg)
{
	struct visit visit = {.fn = fn, .arg = arg};

	for (visit.member = kind->members; visit.member && visit.member->path; visit.member++) {
		if (visit.member->rule == MEMBER_REFERENCE && each_link(body, visit.member->path, on_link, &visit))
			return;
	}
}

struct search {
	const struct nodes *nodes;
	const struct node *self, *found;
	const struct kind_member *member;
};

static bool points_at_missing(void *arg, const char *link)
{
	struct search *search = arg;

	for (size_t i = 0; i < search->nodes->count; i++) {
		const struct node *node = search->nodes->items[i];
		bool (*usable)(const struct node *) = node->kind->usable ? node->kind->usable : node_usable;

		if (node != search->self && node_is_target(node, search->member, link) && !usable(node)) {
			search->found = node;
			return true;
		}
	}
	return false;
}

const struct node *edges_missing(const struct nodes *nodes, const struct node *node, const cJSON *body)
{
	struct search search = {.nodes = nodes, .self = node};

	for (search.member = node->kind->members; search.member && search.member->path; search.member++) {
		if (search.member->rule != MEMBER_REFERENCE || search.member->soft)
			continue;
		if (each_link(body, search.member->path, points_at_missing, &search))
			return search.found;
	}
	return NULL;
}

static bool points_at_self(void *arg, const char *link)
{
	struct search *search = arg;

	return node_is_target(search->self, search->member, link);
}

/* Could a body of node's kind point at a resource of target's kind at all? */
static bool may_refer(const struct node *node, const struct node *target)
{
	const struct kind_member *member;

	for (member = node->kind->members; member && member->path; member++) {
		if (member->rule == MEMBER_REFERENCE && member->target == target->kind->id)
			return true;
	}
	return false;
}

static bool links_to(const struct node *node, const struct node *target)
{
	struct search search = {.self = target};

	for (search.member = node->kind->members; search.member && search.member->path; search.member++) {
		if (search.member->rule == MEMBER_REFERENCE &&
			each_link(node->seen, search.member->path, points_at_self, &search))
			return true;
	}
	return false;
}

static bool refers(const struct nodes *nodes, const struct node *node, const struct node *target)
{
	if (node->presence != NODE_PRESENT)
		return false;
	return links_to(node, target) || (node->kind->holds && node->kind->holds(node, nodes, target));
}

const struct node *edges_foreign_user(const struct nodes *nodes, const struct node *target)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->presence == NODE_FOREIGN && links_to(nodes->items[i], target))
			return nodes->items[i];
	}
	return NULL;
}

static bool write_in_flight(const struct node *node)
{
	return (node->busy || node->running) && node->change != CHANGE_NONE && node->change != CHANGE_DELETE;
}

const struct node *edges_user(const struct nodes *nodes, const struct node *target)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node == target)
			continue;
		if (refers(nodes, node, target))
			return node;
		if ((write_in_flight(node) || node->presence == NODE_UNKNOWN) && may_refer(node, target) &&
			!node->external)
			return node;
	}
	return NULL;
}

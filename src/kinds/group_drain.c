/* A group that leaves the backend services does so when others serve, goes on with the requests that it has, and its machines are deleted
 * when these had their time. A restart forgets since when, and gives it anew. */
#include "kinds/internal.h"

bool group_is_behind(const struct node *group, const struct node *service)
{
	const char *path = group_path(group);
	const cJSON *backend;

	cJSON_ArrayForEach(backend, json_member(service->seen, "backends"))
	{
		const char *link = json_text(backend, "group");

		if (link && text_ends(link, path))
			return true;
	}
	return false;
}

static int64_t larger(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

static int64_t draining_ms(const struct node *service)
{
	return 1000 * json_int(service->seen, "connectionDraining.drainingTimeoutSec", 0);
}

static int64_t deadline_ms(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->terms)
			return 1000 * nodes->items[i]->terms->lb->spec.rollout.progress_deadline_sec;
	}
	return 0;
}

static void watch_leaving(const struct node *group, const struct nodes *nodes, struct drain_memory *drain, int64_t now)
{
	if (group->wanted)
		drain->unwanted_at = 0;
	else if (!drain->unwanted_at)
		drain->unwanted_at = now;
	drain->waited = !group->wanted && now - drain->unwanted_at >= deadline_ms(nodes);
}

void group_watch_drain(struct node *group, const struct nodes *nodes, int64_t now)
{
	struct drain_memory *drain = &group->drain;
	int64_t longest = 0, longest_here = 0;
	bool behind = false, unknown = false;

	watch_leaving(group, nodes, drain, now);
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id != KIND_BACKEND_SERVICE)
			continue;
		unknown |= node->presence == NODE_UNKNOWN;
		if (node->presence != NODE_PRESENT)
			continue;
		longest = larger(longest, draining_ms(node));
		if (!group_is_behind(group, node))
			continue;
		behind = true;
		longest_here = larger(longest_here, draining_ms(node));
	}
	if (unknown && !behind && (drain->behind || !drain->known))
		return; /* it may still be */
	if (behind)
		drain->drain_ms = longest_here;
	else if (!drain->known)
		drain->drain_ms = longest; /* who knows which of them it left */
	if (!behind && (drain->behind || !drain->known))
		drain->left_at = now;
	drain->known = true;
	drain->behind = behind;
}

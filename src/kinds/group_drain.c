/* A group that leaves the backend services goes on with the requests that it has; its machines are deleted when these had their
 * time. A restart forgets since when, and gives it anew. */
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

void group_watch_drain(struct node *group, const struct nodes *nodes, int64_t now)
{
	struct drain_memory *drain = &group->drain;
	int64_t longest = 0, longest_here = 0;
	bool behind = false, unknown = false;

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

/* Looks: one that is at rest and Ready is woken by the clock only to read the health of its groups, by the same calls again and
 * again. They are kept packed and sent without opening it: what a plan would say is known, and an answer that shows something
 * new brings a plan all the same. Now and then it is planned for safety. */
#include <string.h>

#include "reconcile/internal.h"

enum { AT_REST_MS = 55000, LOOKS_MOST = 9 };

static bool is_look(const struct action *action)
{
	return action->type == ACTION_VIEW && action->view == VIEW_HEALTH;
}

static size_t probed_groups(const struct entry *entry)
{
	size_t count = 0;

	for (size_t i = 0; i < entry->nodes.count; i++)
		count += entry->nodes.items[i]->views[VIEW_HEALTH].present;
	return count;
}

/* Does the plan say nothing but that the health of all groups is read, and is that so until it changes? */
static bool is_rest(const struct entry *entry, const struct plan *plan, int64_t every)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!is_look(&plan->actions[i]))
			return false;
	}
	return plan->settled && entry->ready && !entry->failing && !entry->status_call && every >= AT_REST_MS &&
	       plan->count > 0 && plan->count == probed_groups(entry);
}

void looks_keep(struct entry *entry, const struct plan *plan)
{
	int64_t every = plan->wake_at - loop_now(entry->controller->loop);
	AUTO_STR struct str out = {0};

	if (!is_rest(entry, plan, every))
		return;
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];
		const char *body = json_print(action->body);

		str_add(&out, (const char *)&action->node->id, sizeof(action->node->id));
		str_add(&out, action->path, strlen(action->path) + 1);
		str_add(&out, body, strlen(body) + 1);
	}
	mem_free(entry->own_looks);
	entry->own_looks = pack_make(entry->controller->own_packer, PACKED_LOOKS, str_text(&out), out.length);
	entry->looks_every = every;
	entry->looks_left = LOOKS_MOST;
}

void looks_forget(struct entry *entry)
{
	entry->looks_left = 0;
}

bool looks_again(struct entry *entry)
{
	AUTO_FREE char *bytes = NULL;
	const char *at, *end;

	if (!entry->folded || entry->dirty || !entry->looks_left || !may_act(entry->controller))
		return false;
	entry->looks_left--;
	at = bytes = pack_open(entry->controller->own_packer, entry->own_looks);
	end = bytes + pack_length(entry->own_looks);
	while (at < end) {
		const char *path, *body;
		uint32_t node;

		memcpy(&node, at, sizeof(node));
		path = at + sizeof(node);
		body = path + strlen(path) + 1;
		at = body + strlen(body) + 1;
		if (folded_asks(entry, node))
			carry_look(entry, node, path, body);
	}
	entry_wake_at(entry, loop_now(entry->controller->loop) + entry->looks_every);
	return true;
}

/* Reads of health. A quota is small, and thousands ask at once after a start: of a project only a few stand in line for it, each a call
 * with all that belongs to one. The others wait here, packed.
 *
 * One that is at rest and Ready is woken by the clock only to read the health of its groups, by the same calls again and again. They
 * are kept packed and sent without opening it: what a plan would say is known, and an answer that shows something new brings a plan all
 * the same. Once an hour it is planned for safety. Those of all objects wake together, a few times a second: what one of them brings into
 * the processor's caches, code above all, the others find there. */
#include <string.h>

#include "reconcile/internal.h"

enum { AT_REST_MS = 55000, LOOKS_MOST = 59, AT_ONCE = 8, TOGETHER_MS = 250 };

bool action_is_look(const struct action *action)
{
	return action->type == ACTION_VIEW && view_is_health(action->view);
}

/* --- packed --- */

static void look_write(struct str *out, const struct look *look)
{
	str_add(out, (const char *)look, offsetof(struct look, path));
	str_add(out, look->path, strlen(look->path) + 1);
	str_add(out, look->body, strlen(look->body) + 1);
}

static void add_looks(struct str *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (action_is_look(action))
			look_write(out, &(struct look){.node = action->node->id,
						.view = action->view,
						.of = action->node->views[action->view].of,
						.path = action->path,
						.body = json_print(action->body)});
	}
}

static void keep_looks(struct entry *entry, const struct str *looks)
{
	mem_free(entry->own_looks);
	entry->own_looks = pack_make(entry->controller->own_packer, PACKED_LOOKS, NULL, str_text(looks), looks->length);
}

static void look_read(const char **at, struct look *look)
{
	memcpy(look, *at, offsetof(struct look, path));
	look->path = *at + offsetof(struct look, path);
	look->body = look->path + strlen(look->path) + 1;
	*at = look->body + strlen(look->body) + 1;
}

static void each_look(struct entry *entry, void (*fn)(struct entry *entry, const struct look *look))
{
	AUTO_FREE char *bytes = pack_open(entry->controller->own_packer, NULL, entry->own_looks);
	const char *at = bytes, *end = bytes + pack_length(entry->own_looks);
	struct look look;

	while (at < end) {
		look_read(&at, &look);
		fn(entry, &look);
	}
}

/* Unless the node is gone since it was asked for. */
static void send(struct entry *entry, const struct look *look)
{
	const struct node *node = entry->folded ? NULL : nodes_by_id(entry, look->node);

	if (entry->folded ? folded_asked(entry, look) : node && node->views[look->view].busy)
		carry_look(entry, look);
}

/* --- turns --- */

static void stand_in_line(struct entry *entry)
{
	entry->looks_wait = true;
	TAILQ_INSERT_TAIL(&entry->project->looks, entry, in_looks);
}

void looks_cancel(struct entry *entry)
{
	if (entry->looks_wait && entry->project)
		TAILQ_REMOVE(&entry->project->looks, entry, in_looks);
	entry->looks_wait = false;
}

static void on_turn(void *arg)
{
	struct project *project = arg;
	struct entry *entry;

	while (may_act(project->controller) && project->looking < AT_ONCE && (entry = TAILQ_FIRST(&project->looks))) {
		looks_cancel(entry);
		each_look(entry, send);
	}
}

static void call_next(struct project *project)
{
	if (!TAILQ_EMPTY(&project->looks))
		timer_start(project->controller->loop, &project->look_timer, 0, on_turn, project);
}

void looks_join(struct entry *entry, struct project *before)
{
	struct project *project = entry->project;

	if (before && entry->looks_wait)
		TAILQ_REMOVE(&before->looks, entry, in_looks);
	if (before) {
		before->looking -= entry->looking;
		call_next(before);
	}
	if (!project)
		return;
	project->looking += entry->looking;
	if (!entry->looks_wait)
		return;
	stand_in_line(entry);
	call_next(project);
}

void look_begins(struct entry *entry)
{
	entry->looking++;
	entry->project->looking++;
}

void look_ends(struct entry *entry)
{
	struct project *project = entry->project;

	entry->looking--;
	if (!project)
		return;
	project->looking--;
	call_next(project);
}

/* What waits already goes first. */
static void wait_packed(struct entry *entry, const struct str *looks)
{
	AUTO_FREE char *before =
		entry->looks_wait ? pack_open(entry->controller->own_packer, NULL, entry->own_looks) : NULL;
	AUTO_STR struct str all = {0};

	if (before)
		str_add(&all, before, pack_length(entry->own_looks));
	str_add(&all, str_text(looks), looks->length);
	keep_looks(entry, &all);
	if (!before)
		stand_in_line(entry);
}

static void mark_busy(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (action_is_look(action))
			action->node->views[action->view].busy = true;
	}
}

void looks_send(struct entry *entry, const struct plan *plan)
{
	AUTO_STR struct str looks = {0};

	add_looks(&looks, plan);
	if (!looks.length)
		return;
	mark_busy(plan);
	wait_packed(entry, &looks);
	on_turn(entry->project);
}

/* --- by the clock --- */

/* Each group by each backend service that it is behind. */
static size_t known_healths(const struct entry *entry)
{
	size_t count = 0;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		for (size_t front = 0; front < FRONTS_MAX; front++)
			count += entry->nodes.items[i]->views[view_of_front(front)].present;
	}
	return count;
}

/* Does the plan say nothing but that the health of all groups is read, and is that so until it changes? */
static bool is_rest(const struct entry *entry, const struct plan *plan, int64_t every)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!action_is_look(&plan->actions[i]))
			return false;
	}
	return plan->settled && entry->ready && !entry->failing && !entry->status_call && !entry->status_waits &&
	       every >= AT_REST_MS && plan->count > 0 && plan->count == known_healths(entry);
}

/* They are packed since they were sent. */
void looks_keep(struct entry *entry, const struct plan *plan)
{
	int64_t every = plan->wake_at - loop_now(entry->controller->loop);

	if (!may_act(entry->controller) || !is_rest(entry, plan, every))
		return;
	entry->looks_every = every;
	entry->looks_left = LOOKS_MOST;
}

void looks_forget(struct entry *entry)
{
	entry->looks_left = 0;
}

static void ask(struct entry *entry, const struct look *look)
{
	folded_asks(entry, look);
}

bool looks_again(struct entry *entry)
{
	if (!entry->folded || entry->dirty || !entry->looks_left || !may_act(entry->controller))
		return false;
	entry->looks_left--;
	if (!entry->looks_wait && !entry->looking) {
		each_look(entry, ask);
		stand_in_line(entry);
		on_turn(entry->project);
	}
	int64_t at = loop_now(entry->controller->loop) + entry->looks_every;
	entry_wake_at(entry, at - at % TOGETHER_MS);
	return true;
}

/* Drift: a difference found while Programmed is True for this generation; otherwise it is an edit on its way (design section
 * 5). It is told by an event and counted by kind and member; the members are those of our own wanted bodies, so they are few. */
#include <string.h>

#include "plan/repeat.h"
#include "reconcile/internal.h"

enum { NOTE_MAX = 800 };

static const char WHOLE[] = "(deleted)"; /* in place of a member */

static bool is_change(enum action_type type)
{
	return type == ACTION_INSERT || type == ACTION_PATCH || type == ACTION_VERB;
}

/* The cloud gave up what it was told; nobody meddled. */
static bool is_made_again(const struct entry *entry, const struct action *action)
{
	return action->repeats && repeat_is_one(action->node, action->repeat_of, loop_now(entry->controller->loop));
}

bool drift_found(const struct entry *entry, const struct action *action)
{
	return !is_made_again(entry, action) && entry->programmed_generation == entry->generation &&
	       entry->move != MOVE_TAKES && is_change(action->type) && !rollout_rejection(action) &&
	       !rollout_only_notes(action);
}

static void count_member(const struct entry *entry, const struct node *node, const char *member)
{
	metric_count(entry->controller->measured[M_DRIFT_MEMBERS], node->kind->name, member);
}

/* members: "a, b". */
static void count_members(const struct entry *entry, const struct node *node, const char *members)
{
	while (*members) {
		size_t length = strcspn(members, ",");
		AUTO_FREE char *member = mem_strndup(members, length);

		count_member(entry, node, member);
		members += length;
		members += strspn(members, ", ");
	}
}

static void count_found(struct entry *entry, const struct action *action)
{
	metric_count(entry->controller->measured[M_DRIFT_FOUND], action->node->kind->name);
	count_members(entry, action->node, action->type == ACTION_INSERT ? WHOLE : action->reason);
}

void drift_tell(struct entry *entry, const struct action *action)
{
	const struct node *node = action->node;

	if (node->attempts == 0) /* else it was counted before it failed */
		count_found(entry, action);
	if (action->type == ACTION_INSERT)
		tell(entry, true, "Drifted", "Create", "%s %s was deleted behind our back; it is created again",
			node->kind->text, node->own_name);
	else
		tell(entry, true, "Drifted", "Update", "%s %s was changed behind our back: %s; it is put back",
			node->kind->text, node->own_name, action->reason);
}

void drift_corrected(struct entry *entry, const struct node *node)
{
	metric_count(entry->controller->measured[M_DRIFT_CORRECTED], node->kind->name);
}

/* --- what is left as it is --- */

static const char *members_of(const struct diff *diff)
{
	const char *text = diff->items[0].path;

	for (size_t i = 1; i < diff->count; i++)
		text = arena_printf(json_arena(), "%s, %s", text, diff->items[i].path);
	return text;
}

static const char *append(const char *note, const struct node *node, const char *what)
{
	if (strlen(note) > NOTE_MAX)
		return text_ends(note, ", ...") ? note : arena_printf(json_arena(), "%s, ...", note);
	return arena_printf(
		json_arena(), "%s%s%s %s: %s", note, note[0] ? "; " : "", node->kind->text, node->own_name, what);
}

static bool is_missing(const struct node *node)
{
	return node->wanted && !node->external && node->presence == NODE_ABSENT;
}

static void count_reported(const struct entry *entry, const struct plan *plan)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];
		const struct diff *diff = plan->verdicts[i].diff;

		if (!diff && !is_missing(node))
			continue;
		metric_count(entry->controller->measured[M_DRIFT_FOUND], node->kind->name);
		count_members(entry, node, diff ? members_of(diff) : WHOLE);
	}
}

static void tell_reported(struct entry *entry, const struct plan *plan)
{
	const char *note = "";

	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		if (plan->verdicts[i].diff)
			note = append(note, node, members_of(plan->verdicts[i].diff));
		else if (is_missing(node))
			note = append(note, node, "missing");
	}
	if (note[0] && tell(entry, true, "Drifted", "Report", "driftPolicy is Report, nothing is written: %s", note))
		count_reported(entry, plan);
}

static void tell_stuck(struct entry *entry, const struct plan *plan)
{
	const char *note = "";

	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (plan->verdicts[i].stuck)
			note = append(note, entry->nodes.items[i], plan->verdicts[i].stuck);
	}
	if (note[0])
		tell(entry, true, "NotCorrected", "Update",
			"written twice and still different, so not written again before the spec changes or the cloud "
			"shows it as wanted: %s",
			note);
}

void drift_tell_left(struct entry *entry, const struct plan *plan, bool reporting)
{
	tell_stuck(entry, plan);
	if (reporting && entry->programmed_generation == entry->generation)
		tell_reported(entry, plan);
}

/* Resources that move from one object to another (spec.moveTo, spec.moveFrom). Their names stay, for both objects have one id: that
 * of the first one that had them. Whose they are is what the marks say that can be rewritten; where the description is fixed,
 * the resource belongs to whoever has the others. So nothing is remembered: whoever is killed begins again from what is seen.
 *
 * The giver stops writing first, then the taker replaces the giver's marks by its own, member by member, and in the end the
 * giver's finalizer goes. Marks go one way only, as long as the taker stays. Two that both have some of the marks and no
 * longer agree stand still, both, until one of them is told to give. */
#include <string.h>

#include "reconcile/internal.h"

static bool bears_id(const struct entry *entry, const struct node *node)
{
	char prefix[MODEL_NAME_SIZE];

	model_prefix(entry->id, prefix);
	return text_starts(node->own_name, prefix);
}

static bool is_named(const char *key, const struct mark *mark)
{
	size_t length = strlen(mark->namespace);

	return key && text_starts(key, mark->namespace) && key[length] == '/' &&
	       text_equal(key + length + 1, mark->name);
}

bool move_is_former(const struct entry *entry, const struct mark *mark)
{
	if (is_named(entry->own_move_from, mark))
		return true;
	for (const struct entry *peer = NULL; (peer = entry_next_peer(entry, peer));) {
		if (is_named(peer->own_key, mark))
			return true;
	}
	return false;
}

/* The mark of node, when it can be rewritten, and so says who has it. */
static bool tells_owner(const struct entry *entry, const struct node *node, struct mark *mark)
{
	if (node->external || node->kind->description_fixed || node->kind->immutable ||
		!mark_parse(json_text(node->seen, "description"), mark) ||
		!text_equal(mark->cluster, entry->controller->own_cluster))
		return false;
	return is_named(entry->own_key, mark) || bears_id(entry, node) || move_is_former(entry, mark);
}

/* Does anything bear the mark of that object? */
static bool has_marks(const struct entry *entry, const char *key)
{
	struct mark mark;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (tells_owner(entry, entry->nodes.items[i], &mark) && is_named(key, &mark))
			return true;
	}
	return false;
}

/* Another object whose mark something bears, as a key in the arena; NULL: there is none. */
static const char *other_owner(const struct entry *entry)
{
	struct mark mark;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (tells_owner(entry, entry->nodes.items[i], &mark) && !is_named(entry->own_key, &mark))
			return arena_printf(json_arena(), "%s/%s", mark.namespace, mark.name);
	}
	return NULL;
}

static bool sees_foreign(const struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		if (node->presence == NODE_FOREIGN && node->own_seen && bears_id(entry, node))
			return true;
	}
	return false;
}

static bool shares(const struct entry *entry)
{
	return entry->own_move_from || entry->own_move_to || entry_next_peer(entry, NULL);
}

void move_changed(const struct entry *entry)
{
	for (struct entry *peer = NULL; (peer = entry_next_peer(entry, peer));)
		entry_dirty(peer);
}

bool move_is_idle(const struct move *move)
{
	return move->part == MOVE_UNJUDGED || move->part == MOVE_GIVES || move->part == MOVE_GAVE ||
	       move->part == MOVE_WAITS;
}

static bool may_hold(const struct entry *entry)
{
	return entry->move != MOVE_WAITS && entry->move != MOVE_GAVE;
}

bool move_knows_holder(const struct project *project, const char *name)
{
	struct entry *first = entry_by_name(project->controller, name);

	if (first && first->project && text_equal(first->project->own_name, project->own_name) && may_hold(first))
		return true;
	for (struct entry *peer = NULL; first && (peer = entry_next_peer(first, peer));) {
		if (may_hold(peer))
			return true;
	}
	return false;
}

/* --- what there is to say --- */

struct judging {
	struct entry *entry;
	const struct lb *lb;
	bool able, mine;   /* mine: something bears its mark */
	const char *other; /* who has the rest; NULL: nobody */
};

static struct move part(enum move_part part, const struct entry *other, char *message)
{
	return (struct move){.part = part, .other = other, .reason = "Moving", .message = message};
}

static struct move stalled(enum move_part which, const struct entry *other, char *message)
{
	struct move move = part(which, other, message);

	move.stalled = true;
	return move;
}

/* What another object has to say in that member to agree with entry. */
static char *agreement(const char *member, const char *key)
{
	const char *slash = strchr(key, '/');

	return arena_printf(
		json_arena(), "spec.%s {namespace: %.*s, name: %s}", member, (int)(slash - key), key, slash + 1);
}

static const char *origin(const struct entry *entry)
{
	return entry->own_move_from ? entry->own_move_from : entry->own_key;
}

/* Why the object that moveTo names takes nothing; arena. */
static char *why_not_taken(const struct entry *entry)
{
	const char *to = entry->own_move_to;
	const struct entry *taker = map_find(&entry->controller->entries, to);

	if (text_equal(to, entry->own_key))
		return arena_strdup(json_arena(), "spec.moveTo names this object itself: name another one");
	if (!taker)
		return arena_printf(json_arena(), "TFLoadBalancer %s does not exist; create it with %s", to,
			agreement("moveFrom", origin(entry)));
	if (!text_equal(taker->id, entry->id))
		return arena_printf(json_arena(), "TFLoadBalancer %s must be created with %s", to,
			agreement("moveFrom", origin(entry)));
	if (taker->project != entry->project &&
		(!taker->project || !text_equal(taker->project->own_name, entry->project->own_name)))
		return arena_printf(
			json_arena(), "TFLoadBalancer %s must have project %s", to, entry->project->own_name);
	return arena_printf(json_arena(), "TFLoadBalancer %s can't take over yet: its status says why", to);
}

/* Whom it waits for, and what that one must say; arena. */
static char *waits_for(const struct entry *entry, const char *key)
{
	const struct entry *giver = map_find(&entry->controller->entries, key);

	if (!giver)
		return arena_printf(json_arena(),
			"spec.moveFrom names TFLoadBalancer %s, which does not exist and has left nothing to this one; "
			"correct it, or create this object without moveFrom",
			key);
	if (giver->project && !text_equal(giver->project->own_name, entry->project->own_name))
		return arena_printf(json_arena(), "TFLoadBalancer %s is of project %s: spec.project must be the same",
			key, giver->project->own_name);
	return arena_printf(
		json_arena(), "waits until TFLoadBalancer %s agrees by %s", key, agreement("moveTo", entry->own_key));
}

/* --- the parts --- */

static bool is_quiet(const struct entry *giver)
{
	return (giver->move == MOVE_GIVES || giver->move == MOVE_GAVE) && !carry_writes(giver);
}

static struct move take(const struct judging *judging, struct entry *giver)
{
	struct entry *entry = judging->entry;

	if (judging->mine || entry->leaving || (judging->able && is_quiet(giver) && live_looked(giver)))
		return part(MOVE_TAKES, giver,
			arena_printf(json_arena(), "takes over the resources of TFLoadBalancer %s", giver->own_key));
	if (judging->lb->spec.drift_policy && text_equal(judging->lb->spec.drift_policy, "Report"))
		return stalled(MOVE_WAITS, giver,
			arena_strdup(
				json_arena(), "nothing is taken over while driftPolicy is Report: set it to Correct"));
	return part(MOVE_WAITS, giver,
		arena_printf(json_arena(), "waits until TFLoadBalancer %s writes nothing any more", giver->own_key));
}

/* Who is deleted while the other one still holds on gives back what it has. */
static bool goes_back(const struct entry *giver, const struct entry *taker)
{
	return taker->leaving && !giver->leaving && giver->held;
}

static struct move give_back(const struct judging *judging, const struct entry *giver)
{
	return part(judging->mine ? MOVE_GIVES : MOVE_GAVE, giver,
		arena_printf(json_arena(), "deleted before the move was over: TFLoadBalancer %s takes everything back",
			giver->own_key));
}

static struct move gave(const struct judging *judging, const struct entry *taker)
{
	const char *holder = judging->other;

	if (!holder)
		return stalled(MOVE_GAVE, taker,
			arena_printf(json_arena(),
				"nothing is made while spec.moveTo is set: %s; delete this object when nobody takes "
				"over from it",
				why_not_taken(judging->entry)));
	return stalled(MOVE_GAVE, taker,
		arena_printf(json_arena(), "everything belongs to TFLoadBalancer %s now; delete this object", holder));
}

static struct move has(char *note)
{
	return part(MOVE_HAS, NULL, note);
}

/* Nobody has taken anything, and nobody will now. */
static struct move keep(const struct judging *judging, const struct entry *taker)
{
	char *why = why_not_taken(judging->entry);

	if (!judging->entry->leaving)
		return has(arena_printf(json_arena(), "spec.moveTo waits: %s", why));
	return stalled(MOVE_GIVES, taker,
		arena_printf(json_arena(), "deletion waits: %s; to delete the resources remove spec.moveTo", why));
}

static struct move to(const struct judging *judging, struct entry *taker)
{
	struct entry *entry = judging->entry;
	bool theirs = has_marks(entry, taker->own_key);

	if (goes_back(entry, taker))
		return theirs ? take(judging, taker) : has(NULL);
	if (!judging->mine && judging->other)
		return gave(judging, taker);
	if (!theirs && !taker->willing && taker->move != MOVE_TAKES && !carry_writes(taker))
		return keep(judging, taker);
	if (!theirs && judging->lb->spec.suspend)
		return has(NULL);
	return part(MOVE_GIVES, taker,
		arena_printf(json_arena(), "TFLoadBalancer %s takes over the resources", taker->own_key));
}

/* Somebody else has resources of its names, and it is not agreed that they move. */
static struct move disagreed(const struct judging *judging)
{
	struct entry *entry = judging->entry;
	struct move move;

	if (!judging->mine && entry->leaving)
		return part(MOVE_GAVE, NULL, NULL);
	if (!judging->mine && entry->own_move_from)
		return stalled(MOVE_WAITS, NULL, waits_for(entry, judging->other));
	move = stalled(MOVE_WAITS, NULL,
		judging->mine
			? arena_printf(json_arena(),
				  "a move was taken back half-way: some of the resources belong to TFLoadBalancer %s "
				  "now; set spec.moveTo again, there or here, towards the one that is to have them",
				  judging->other)
			: arena_printf(json_arena(),
				  "the resources with the names of this object moved to TFLoadBalancer %s; delete "
				  "one of the two, or give this one another name",
				  judging->other));
	move.reason = "Conflict";
	return move;
}

/* What is left when those that say who has it are gone: the status still knows. */
static bool left_over(const struct judging *judging)
{
	const struct entry *entry = judging->entry;
	const cJSON *status = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);
	char prefix[MODEL_NAME_SIZE];

	model_prefix(entry->id, prefix);
	return judging->lb->has_finalizer && !entry_next_peer(entry, NULL) &&
	       text_equal(json_text(status, "resourcePrefix"), prefix);
}

static struct move alone(const struct judging *judging)
{
	struct entry *entry = judging->entry;

	if (judging->other)
		return disagreed(judging);
	if (judging->mine || !entry->own_move_from || left_over(judging))
		return has(NULL);
	if (entry->leaving)
		return part(MOVE_GAVE, NULL, NULL);
	return stalled(MOVE_WAITS, NULL, waits_for(entry, entry->own_move_from));
}

static struct entry *giver_of(const struct entry *entry)
{
	for (struct entry *peer = NULL; (peer = entry_next_peer(entry, peer));) {
		if (text_equal(peer->own_move_to, entry->own_key))
			return peer;
	}
	return NULL;
}

static struct entry *taker_of(const struct entry *entry)
{
	for (struct entry *peer = NULL; (peer = entry_next_peer(entry, peer));) {
		if (text_equal(entry->own_move_to, peer->own_key))
			return peer;
	}
	return NULL;
}

static struct move judge(const struct judging *judging)
{
	struct entry *entry = judging->entry, *giver = giver_of(entry), *taker = taker_of(entry);

	if (entry->own_move_to && !judging->mine && !judging->lb->has_finalizer)
		return gave(judging, taker);
	if (giver && goes_back(giver, entry))
		return give_back(judging, giver);
	if (giver && (has_marks(entry, giver->own_key) || (!judging->mine && !judging->other)))
		return take(judging, giver);
	if (taker)
		return to(judging, taker);
	if (entry->own_move_to && !judging->other)
		return keep(judging, NULL);
	if (entry->own_move_to && !judging->mine)
		return gave(judging, NULL);
	return alone(judging);
}

/* Before everything is known nobody new begins, and who has begun goes on. */
static struct move too_early(const struct entry *entry)
{
	bool had = entry->move == MOVE_ALONE || entry->move == MOVE_HAS;

	project_want(entry->project, 0);
	return (struct move){.part = had && !entry->own_move_from ? MOVE_HAS : MOVE_UNJUDGED};
}

static void tell_move(struct entry *entry, const struct move *move)
{
	const char *other = move->other ? move->other->own_key : "";

	if (move->part == MOVE_TAKES && !entry->leaving)
		tell(entry, false, "Moving", "Move", "takes over the resources of TFLoadBalancer %s", other);
	else if (move->part == MOVE_GIVES && !move->stalled)
		tell(entry, false, "Moving", "Move", "the resources go to TFLoadBalancer %s", other);
	else if (move->part == MOVE_HAS && entry->move == MOVE_TAKES)
		tell(entry, false, "Moved", "Move", "everything is taken over");
	else if (move->part == MOVE_GAVE && entry->move == MOVE_GIVES)
		tell(entry, false, "Moved", "Move", "everything belongs to TFLoadBalancer %s", other);
}

bool move_is_proven(const struct entry *entry)
{
	uint64_t since = entry->moved_at;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->final > since)
			since = entry->nodes.items[i]->final;
	}
	if (carry_writes(entry))
		return false;
	if (project_listed_since(entry->project, since))
		return true;
	project_want(entry->project, 0);
	return false;
}

struct move move_judge(struct entry *entry, const struct lb *lb, bool able)
{
	struct judging judging = {.entry = entry, .lb = lb, .able = able};
	bool sharing = shares(entry), willing = able && sharing && nodes_census(entry);
	struct move move = {.part = MOVE_ALONE};

	if (sharing || sees_foreign(entry)) {
		nodes_parse(entry);
		judging.mine = has_marks(entry, entry->own_key);
		judging.other = other_owner(entry);
		if (sharing)
			entry->born_here = false; /* what it wants may be there already, as another one's */
		move = !sharing && !judging.other        ? has(NULL)
		       : sharing && !nodes_census(entry) ? too_early(entry)
		                                         : judge(&judging);
		tell_move(entry, &move);
	} else if (entry->move == MOVE_HAS) {
		move.part = MOVE_HAS; /* what bears the marks of those before is still its own */
	}
	bool news = move.part != entry->move || willing != entry->willing;

	if (move.part != entry->move)
		entry->moved_at = ++entry->controller->reads;
	entry->move = move.part;
	entry->willing = willing;
	if (news || move.part == MOVE_GIVES) /* the other one waits until it is quiet, and was read by itself */
		move_changed(entry);
	return move;
}

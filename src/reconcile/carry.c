/* Plans carried out: each action becomes one call, each answer becomes facts on its node, and the entry is planned again.
 * A call is tied to its node by its id, never by pointer; an entry that goes takes its calls along. */
#include <string.h>

#include "gce/error.h"
#include "plan/repeat.h"
#include "reconcile/internal.h"

enum { BODY_MAX = 4 << 20 };

/* Something in flight. */
struct carry {
	struct entry *entry;
	uint32_t node;
	enum action_type type;
	enum view_id view;
	uint32_t of;       /* as in the view */
	uint64_t number;   /* of a read */
	char *own_assumed; /* body to be taken as seen once done */
	char *own_reason;  /* members that it changes */
	struct fight_keys fights;
	bool repeats; /* as in the action */
	int64_t repeat_of;
	struct gce_call *call;
	bool answered; /* a write: the cloud accepted it */
	bool drift;    /* it puts back what somebody else did */
};

static bool is_look(const struct carry *carry)
{
	return carry->type == ACTION_VIEW && view_is_health(carry->view);
}

static void carry_free(struct carry *carry)
{
	if (is_look(carry))
		look_ends(carry->entry);
	mem_free(carry->own_assumed);
	mem_free(carry->own_reason);
	mem_free(carry);
}

static void carry_drop(struct carry *carry)
{
	struct entry *entry = carry->entry;

	for (size_t i = 0; i < entry->calls.count; i++) {
		if (entry->calls.own_items[i] == carry) {
			vec_remove_at(&entry->calls, i);
			break;
		}
	}
	if (!entry->calls.count) { /* at rest it holds no room for them */
		vec_done(&entry->calls, NULL);
		entry->calls = (struct vec){0};
	}
	carry_free(carry);
}

static void carry_end(struct carry *carry)
{
	struct entry *entry = carry->entry;

	carry_drop(carry);
	entry_dirty(entry);
}

void carry_cancel_all(struct entry *entry)
{
	looks_cancel(entry);
	for (size_t i = 0; i < entry->calls.count; i++) {
		struct carry *carry = entry->calls.own_items[i];

		gce_cancel(carry->call);
		carry_free(carry);
	}
	vec_done(&entry->calls, NULL);
	entry->calls = (struct vec){0};
}

static bool is_write(enum action_type type)
{
	return type != ACTION_READ && type != ACTION_VIEW;
}

static bool is_unanswered(const struct carry *carry)
{
	return is_write(carry->type) && !carry->answered;
}

bool carry_unanswered(const struct entry *entry)
{
	for (size_t i = 0; i < entry->calls.count; i++) {
		if (is_unanswered(entry->calls.own_items[i]))
			return true;
	}
	return false;
}

bool carry_writes(const struct entry *entry)
{
	for (size_t i = 0; i < entry->calls.count; i++) {
		if (is_write(((const struct carry *)entry->calls.own_items[i])->type))
			return true;
	}
	return false;
}

void carry_cancel_answered(struct entry *entry)
{
	looks_cancel(entry);
	for (size_t i = entry->calls.count; i-- > 0;) {
		struct carry *carry = entry->calls.own_items[i];

		if (is_unanswered(carry))
			continue;
		vec_remove_at(&entry->calls, i);
		gce_cancel(carry->call);
		carry_free(carry);
	}
}

bool carry_only_looks(const struct entry *entry)
{
	for (size_t i = 0; i < entry->calls.count; i++) {
		if (((const struct carry *)entry->calls.own_items[i])->type != ACTION_VIEW)
			return false;
	}
	return true;
}

static void log_failure(const struct entry *entry, const struct node *node, const struct error *err)
{
	log_line(entry->controller->log, err->class == ERROR_REJECTED ? LOG_WARN : LOG_INFO, "call failed",
		LOG_OBJECT(entry->namespace, entry->name), LOG_RESOURCE(node->kind->name, node->own_name), "class",
		error_class_name(err->class), "code", err->code, "error", err->message, NULL);
}

static void node_failed(struct entry *entry, struct node *node, const struct error *told, enum node_change failed)
{
	struct error plain = *told, *err = &plain;

	secrets_hide(entry, err->message); /* the cloud may quote what it refuses */
	explain_refusal(entry, node, err);
	node->attempts++;
	node_error(node, err, failed);
	node->not_before =
		loop_now(entry->controller->loop) + back_off_cloud(entry->controller->env, err, node->attempts);
	if (err->class == ERROR_REJECTED)
		tell(entry, true, err->reason[0] ? err->reason : "Rejected", "Reconcile", "%s %s: %s", node->kind->text,
			node->own_name, err->message);
	log_failure(entry, node, err);
}

/* The cloud's word that this very resource is not there; a 404 may name another one, or the project. */
static bool says_absent(const struct node *node, const struct error *err)
{
	JSON_WORK(work);

	return gce_error_absent(err, node_path(node));
}

static void read_failed(struct entry *entry, struct node *node, uint64_t number, const struct error *err)
{
	bool absent = says_absent(node, err);

	if (absent)
		node_record_absent(entry, node, number);
	if (!absent || node->external) /* what is not ours to make is looked for again, slower and slower */
		node_failed(entry, node, err, CHANGE_NONE);
}

static void on_read(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct carry *carry = arg;
	struct entry *entry = carry->entry;
	struct error other;
	struct node *node;

	entry_unfold(entry);
	node = nodes_by_id(entry, carry->node);
	if (node) {
		node->busy = false;
		error_set(&other, ERROR_TRANSIENT, "Compute Engine answered with something that is not %s %s",
			node->kind->text, node->own_name);
		if (!answer)
			read_failed(entry, node, carry->number, err);
		else if (node_is_about(node, answer->body, answer->length))
			node_record(entry, node, carry->number, answer->body, answer->length);
		else
			read_failed(entry, node, carry->number, &other);
	}
	carry_end(carry);
}

/* What the view shows, as compact JSON in the arena; NULL when it can't be read. */
static char *view_text(const struct gce_answer *answer)
{
	const cJSON *body = json_parse(answer->body, answer->length, (struct json_limits){.bytes = BODY_MAX}, NULL);

	return body ? json_print(body) : NULL;
}

/* false when that is what it showed before. */
static bool view_record(struct view *view, const char *text)
{
	if (view->present == (text != NULL) && text_equal(view->own_text, text))
		return false;
	view->present = text != NULL;
	text_set(&view->own_text, text);
	return true;
}

static bool view_failed(struct view *view, const struct error *err)
{
	bool news = !(view->own_error && err && text_equal(view->own_error->message, err->message));

	news &= view->own_error || err;
	mem_free(view->own_error);
	view->own_error = err ? mem_copy(err, sizeof(*err)) : NULL;
	return news;
}

/* false: nothing new. text is what was answered, NULL when err. */
static bool view_answered(struct carry *carry, const char *text, const struct error *err)
{
	struct entry *entry = carry->entry;
	struct node *node = nodes_by_id(entry, carry->node);
	struct view *view = node ? &node->views[carry->view] : NULL;
	bool news;

	if (!view)
		return false;
	view->busy = false;
	if (view->of != carry->of) /* another one is asked now */
		return true;
	view->read_at = loop_now(entry->controller->loop);
	news = view_failed(view, err);
	if (news && err)
		log_failure(entry, node, err);
	if (text && node->kind->id == KIND_IMAGE)
		images_note(entry, node, text);
	return (!err && view_record(view, text)) || news;
}

/* Most answers are compact as they come, and then need not be parsed. */
static bool shows_the_same(const struct carry *carry, const char *text)
{
	struct entry *entry = carry->entry;
	struct look look = {.node = carry->node, .of = carry->of, .view = carry->view};

	return entry->folded && is_look(carry) && folded_looks(entry, &look, text, loop_now(entry->controller->loop));
}

static void on_view(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct carry *carry = arg;
	struct entry *entry = carry->entry;
	bool news = false;

	if (!answer || !shows_the_same(carry, answer->body)) {
		JSON_WORK(work);
		char *text = answer ? view_text(answer) : NULL;

		if (!text || !shows_the_same(carry, text)) {
			entry_unfold(entry);
			news = view_answered(carry, text, err);
		}
	}
	carry_drop(carry);
	if (news)
		entry_dirty(entry);
	else
		entry_rest(entry);
}

static enum node_change change_of(enum action_type type)
{
	switch (type) {
	case ACTION_INSERT:
		return CHANGE_INSERT;
	case ACTION_PATCH:
		return CHANGE_PATCH;
	case ACTION_VERB:
		return CHANGE_VERB;
	case ACTION_DELETE:
		return CHANGE_DELETE;
	default:
		return CHANGE_NONE;
	}
}

static const char *verb_word(enum action_type type)
{
	return type == ACTION_INSERT ? "Created" : type == ACTION_DELETE ? "Deleted" : "Updated";
}

/* Who probes a group has changed. */
static void ask_health(struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->kind->id == KIND_GROUP)
			node_ask_health(entry->nodes.items[i]);
	}
}

static void node_done(struct carry *carry, struct node *node)
{
	node->attempts = 0;
	node->not_before = 0;
	node_error(node, NULL, CHANGE_NONE);
	mem_free(node->own_seen);
	node->own_seen = TAKE(carry->own_assumed);
	node->verified = carry->type == ACTION_DELETE;
	node->unclear = false;
	node->inherited = node->inherited && carry->type != ACTION_PATCH;
	node->presence = carry->type == ACTION_DELETE ? NODE_ABSENT : NODE_PRESENT;
	if (carry->drift)
		drift_corrected(carry->entry, node);
	if (node->kind->id == KIND_BACKEND_SERVICE && strstr(carry->own_reason, "backends"))
		ask_health(carry->entry);
	text_copy(node->written, sizeof(node->written), carry->own_reason);
	if (carry->repeats)
		repeat_note(node, carry->repeat_of, loop_now(carry->entry->controller->loop));
	if (carry->type == ACTION_PATCH || carry->type == ACTION_VERB)
		fight_written(node, &carry->fights);
	else
		fight_keep(node, NULL);
	tell(carry->entry, false, verb_word(carry->type), verb_word(carry->type), "%s %s%s%s", node->kind->text,
		node->own_name, carry->own_reason[0] ? ": " : "", carry->own_reason);
}

static void unknown(struct node *node)
{
	node->presence = NODE_UNKNOWN;
	node->unclear = true;
	mem_free(TAKE(node->own_seen));
}

static void node_write_failed(struct carry *carry, struct node *node, const struct error *err)
{
	node_failed(carry->entry, node, err, change_of(carry->type));
	/* A 409, 412 or 404 says that what we took for true is not, and an operation that we don't follow that it will not be: look
	 * again before anything else. */
	if (err->class == ERROR_STALE ||
		(carry->type != ACTION_INSERT && (says_absent(node, err) || gce_error_not_ready(err))))
		unknown(node);
	else if (err->class == ERROR_WAIT) /* what it names may be gone: others must be looked at, too */
		project_want(carry->entry->project, 0);
}

static void on_mutation(void *arg, const struct gce_mutation_event *event)
{
	struct carry *carry = arg;
	struct entry *entry = carry->entry;
	struct node *node;

	entry_unfold(entry);
	node = nodes_by_id(entry, carry->node);
	entry->wrote |= event->outcome != GCE_FAILED;
	if (event->outcome == GCE_ACCEPTED) {
		carry->answered = true;
		if (node) {
			node->busy = false;
			node->running = true;
		}
		entry_dirty(entry);
		return;
	}
	if (node) {
		node->busy = node->running = false;
		node->change = CHANGE_NONE;
		node->final = ++entry->controller->reads;
		if (event->outcome == GCE_DONE) {
			node_done(carry, node);
			if (event->warning)
				tell(entry, true, "Deprecated", verb_word(carry->type), "%s %s: %s", node->kind->text,
					node->own_name, event->warning);
		} else if (event->outcome == GCE_FAILED) {
			node_write_failed(carry, node, event->err);
		} else {
			node_failed(entry, node, event->err, change_of(carry->type));
			unknown(node);
			if (carry->type == ACTION_INSERT) {
				entry->unfollowed = node->final;
				proof_doubt(entry);
			}
		}
	}
	carry_end(carry);
	if (entry->project)
		project_written(entry->project);
}

/* A template's properties are long, never compared and never looked at again; keys of certificates are kept nowhere. Other secrets a plan
 * assumes as the cloud shows them. */
static char *assumed_text(const struct action *action)
{
	cJSON *kept;

	if (!action->assumed)
		return NULL;
	kept = json_copy(action->assumed);
	if (action->node->kind->immutable)
		json_remove(kept, "properties");
	json_remove(kept, "selfManaged");
	return json_print_owned(kept);
}

static struct carry *carry_begin(struct entry *entry, uint32_t node, enum action_type type, enum view_id view)
{
	struct carry *carry = mem_alloc(sizeof(*carry));

	carry->entry = entry;
	carry->node = node;
	carry->type = type;
	carry->view = view;
	carry->number = ++entry->controller->reads;
	vec_add(&entry->calls, carry);
	return carry;
}

static struct carry *carry_new(struct entry *entry, const struct action *action)
{
	struct carry *carry = carry_begin(entry, action->node->id, action->type, action->view);

	carry->own_assumed = assumed_text(action);
	carry->own_reason = mem_strdup(action->reason);
	carry->fights = action->fights;
	carry->repeats = action->repeats;
	carry->repeat_of = action->repeat_of;
	return carry;
}

/* A group lives in its object's project. */
void carry_look(struct entry *entry, const struct look *look)
{
	struct carry *carry = carry_begin(entry, look->node, ACTION_VIEW, look->view);
	struct gce_request request = {
		.project = entry->project->own_name,
		.budget = GCE_HEALTH,
		.method = "POST",
		.path = look->path,
		.body = look->body,
		.whose = entry,
		.identity = entry->project->own_identity,
	};

	carry->of = look->of;
	look_begins(entry);
	carry->call = gce_send(entry->controller->gce, &request, on_view, carry);
}

/* A call may stand in line for a while. */
static bool still_granted(void *arg)
{
	return grant_holds(arg);
}

static void send(struct entry *entry, const struct action *action, bool drift)
{
	struct node *node = action->node;
	struct carry *carry;
	struct gce_request request = {
		.project = node->own_project,
		.budget = GCE_WRITE,
		.method = action->method,
		.path = action->path,
		.query = action->query,
		.body = action->body ? json_print(action->body) : NULL,
		.whose = entry,
		.passes = action->before,
		.identity = entry->project->own_identity,
		.may_leave = still_granted,
		.may_leave_arg = entry,
	};

	carry = carry_new(entry, action);
	carry->of = action->of;
	if (action->type == ACTION_VIEW) {
		view_begins(&node->views[action->view], action->of);
		request.budget = GCE_READ;
		carry->call = gce_send(entry->controller->gce, &request, on_view, carry);
		return;
	}
	carry->drift = drift;
	node->busy = true;
	node->change = change_of(action->type);
	if (action->type == ACTION_READ) {
		request.budget = GCE_READ;
		carry->call = gce_send(entry->controller->gce, &request, on_read, carry);
		return;
	}
	log_line(entry->controller->log, LOG_INFO, "call", LOG_OBJECT(entry->namespace, entry->name),
		LOG_RESOURCE(node->kind->name, node->own_name), "method", action->method, "path", action->path,
		"member", action->reason, NULL);
	carry->call = gce_mutate(entry->controller->gce, &request, on_mutation, carry);
}

/* Before it led, this replica's watch may have stood still unnoticed: what it shows may be deleted and cleaned up. */
static bool may_be_stale(const struct entry *entry)
{
	return entry->controller->lease && !entry->born_here && entry->live_generation < 0;
}

static bool needs_live_look(const struct entry *entry, const struct action *action)
{
	if (is_write(action->type) && may_be_stale(entry))
		return true;
	return action->type == ACTION_DELETE || ((action->node->inherited || action->node->adopted) &&
							(action->type == ACTION_PATCH || action->type == ACTION_VERB));
}

void carry_out(struct entry *entry, const struct plan *plan)
{
	if (!may_act(entry->controller))
		return;
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (action_is_look(action) || (needs_live_look(entry, action) && !live_looked(entry)))
			continue;
		if (action->type == ACTION_VIEW && action->node->kind->id == KIND_IMAGE &&
			images_know(entry, action->node))
			continue;
		bool drift = drift_found(entry, action);
		if (drift)
			drift_tell(entry, action);
		rollout_tell(entry, action);
		migration_tell(entry, action);
		front_tell(entry, action);
		send(entry, action, drift);
	}
	looks_send(entry, plan);
}

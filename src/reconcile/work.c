/* The unit of work: parse the object, want, plan, carry out, write the status. Whatever happened, it starts from facts. */
#include <string.h>

#include "reconcile/status.h"

static bool is_being_deleted(const struct lb *lb)
{
	return lb->deletion_timestamp != NULL;
}

static bool only_reports(const struct lb *lb)
{
	return text_equal(lb->spec.drift_policy, "Report") && !is_being_deleted(lb) && !lb->spec.suspend;
}

static enum mandate mandate_of(const struct lb *lb, const struct error *problem)
{
	if (lb->spec.suspend)
		return MANDATE_NONE;
	if (is_being_deleted(lb))
		return text_equal(lb->spec.deletion_policy, "Abandon") ? MANDATE_RELEASE : MANDATE_DELETE;
	return problem || only_reports(lb) ? MANDATE_NONE : MANDATE_ALL;
}

static bool may_adopt(const struct lb *lb)
{
	return text_equal(lb->spec.adoption_policy, "Adopt");
}

struct work {
	const struct lb *lb;
	bool good; /* the spec holds what it must */
	bool adopts;
	bool idle; /* whatever it wants, another one has it */
	enum mandate mandate;
};

/* What went wrong last was about another spec. */
static void forgive(struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		node->attempts = 0;
		node->not_before = 0;
		node->stale = node->kind->id == KIND_IMAGE;
		fight_keep(node, NULL);
		node->repeat = (struct repeat){0};
		node_error(node, NULL, CHANGE_NONE);
	}
	entry->planned_generation = entry->generation;
}

static void settle_nodes(struct entry *entry, const struct plan *plan)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];
		const struct verdict *verdict = &plan->verdicts[i];
		bool as_it_should = verdict->state == STATE_READY || verdict->on_its_way;

		if (!node->verified)
			continue;
		if (verdict->diff || as_it_should)
			fight_keep(node, verdict->diff);
		if (!as_it_should)
			continue;
		node->attempts = 0;
		if (node->own_error && !node->external)
			node_error(node, NULL, CHANGE_NONE);
	}
	if (plan->settled) /* what comes now is another story */
		entry_forget_events(entry);
}

static void note_programmed(struct entry *entry)
{
	entry->programmed_generation = entry->generation;
	measure_programmed(entry);
}

static bool something_failed(const struct status_input *input)
{
	for (size_t i = 0; input->plan && i < input->entry->nodes.count; i++) {
		if (input->plan->verdicts[i].state == STATE_FAILED || input->plan->verdicts[i].stuck)
			return true;
	}
	return input->problem != NULL;
}

/* What the spec wants, whatever is done about it, and which foreign resources it takes over. */
static struct wants wants_of(struct entry *entry, const struct lb *lb, bool adopts)
{
	struct identity who = entry_identity(entry);
	struct kind_context context = {.lb = lb,
		.who = &who,
		.now_s = env_wall_us(entry->controller->env) / 1000000,
		.nodes = entry->nodes,
		.status = entry->own_status};
	struct wants wants = {0};

	secrets_show(entry, &context);
	kinds_want(&context, &wants);
	nodes_adopt(entry, &context, &wants, adopts);
	return wants;
}

static struct plan *plan_entry(struct entry *entry, const struct work *work)
{
	const struct lb *lb = work->lb;
	enum mandate mandate = work->mandate;
	struct wants wants = {0};
	struct plan_input input = {
		.mandate = mandate,
		.census = nodes_census(entry) && proof_of_past(entry),
		.born_here = entry->born_here && !lb->spec.resource_names.count && !work->adopts,
		.ready = entry->ready,
		.now = loop_now(entry->controller->loop),
	};
	struct plan *plan;
	bool edited = entry->planned_generation != entry->generation;

	if (edited)
		forgive(entry);
	nodes_parse(entry);
	if (work->good && !work->idle)
		wants = wants_of(entry, lb, work->adopts);
	images_roll(entry, lb, &wants, edited);
	if (!(mandate == MANDATE_ALL || (mandate == MANDATE_NONE && !is_being_deleted(lb))))
		wants = (struct wants){0};
	nodes_sync(entry, &wants);
	rollouts_watch(entry, edited, mandate != MANDATE_ALL);
	input.nodes = entry->nodes;
	plan = plan_make(&input);
	if (plan->wants_census || (!input.census && !entry->born_here))
		project_want(entry->project, 0);
	project_keep(entry->project);
	settle_nodes(entry, plan);
	if (plan->programmed && !work->idle && (mandate == MANDATE_ALL || only_reports(lb)))
		note_programmed(entry);
	return plan;
}

static bool is_being_read(const struct plan *plan, const struct node *node, enum view_id view)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (action->type == ACTION_VIEW && action->node == node && action->view == view)
			return true;
	}
	return node->views[view].busy;
}

/* Is something read for the first time that tells of wanted machines? What nobody asks for (a drained group may be behind no backend
 * service) is not waited for. */
static bool machines_were_never_read(const struct status_input *input)
{
	for (size_t i = 0; i < input->entry->nodes.count; i++) {
		const struct node *node = input->entry->nodes.items[i];

		for (int id = 0; node->wanted && id < VIEWS; id++) {
			const struct view *view = &node->views[id];

			if (!view->present && !view->read_at && is_being_read(input->plan, node, (enum view_id)id))
				return true;
		}
	}
	return false;
}

/* Right after a start the cloud is not read yet: what the status said before still stands. */
static bool too_early(const struct status_input *input)
{
	const struct entry *entry = input->entry;

	if (!input->plan || input->problem || entry->born_here || !strstr(entry->own_status, "\"conditions\""))
		return false;
	return nodes_census(entry) && !input->pending ? input->plan->programmed && machines_were_never_read(input)
	                                              : !input->project->own_error && !input->project->old;
}

/* A call that was refused may not be needed any more: another process made it, or it was carried out and its answer lost. Then its
 * time has come, and nobody makes it again. */
static void forget_refusals(struct entry *entry)
{
	if (!entry->finalizer_call && !entry->live_call && entry_may_call(entry, &entry->object_patience))
		entry->object_patience = (struct patience){0};
	if (!entry->status_call && !entry->status_waits && entry_may_call(entry, &entry->status_patience))
		entry->status_patience = (struct patience){0};
}

/* true: it wakes then, and nothing is owed to its status. */
static bool finish(struct entry *entry, struct status_input *input, int64_t wake_at)
{
	int64_t now = loop_now(entry->controller->loop);
	const cJSON *condition;
	int64_t write_at;
	bool changing;
	cJSON *status;

	entry->failing = something_failed(input);
	if (too_early(input)) {
		entry_wake_at(entry, wake_at);
		return false;
	}
	input->rest_ms = now - entry->changing_at;
	status = status_make(input, &changing);
	entry->judged = true;
	measure_status(entry, json_member(status, "conditions"));
	if (changing)
		entry->changing_at = now;

	cJSON_ArrayForEach(condition, json_member(status, "conditions"))
	{
		if (text_equal(json_text(condition, "type"), "Ready"))
			entry->ready = !text_equal(json_text(condition, "status"), "False");
	}
	write_at = status_write(entry, status);
	forget_refusals(entry);
	entry_wake_at(entry, write_at < wake_at ? write_at : wake_at);
	return write_at == INT64_MAX && !entry->object_patience.refusals && !entry->status_patience.refusals;
}

static void conflict(const struct entry *winner, const char *claim, bool of_port, struct error *problem)
{
	if (of_port)
		error_set(problem, ERROR_REJECTED,
			"address and port %s are claimed by the older TFLoadBalancer %s; choose another address or "
			"port, or delete one of the two",
			claim, winner->own_key);
	else
		error_set(problem, ERROR_REJECTED,
			"%s in spec.resourceNames is claimed by the older TFLoadBalancer %s; delete one of the two",
			claim, winner->own_key);
	error_reason(problem, "Conflict");
}

/* Nothing of it is looked at in a project that it may not use. */
static bool is_shut_out(const struct lb *lb, enum grant grant)
{
	return grant == GRANT_REFUSED && !lb->has_finalizer;
}

/* Nothing is its own any more. */
static bool has_given(const struct entry *entry, const struct lb *lb, const struct move *move)
{
	return move->part == MOVE_GAVE && lb->has_finalizer && !lb->spec.suspend && move_is_proven(entry);
}

/* Nothing is written before all of them are known, and nothing new while one can't be used of which nothing was made yet. */
static void judge_secrets(struct entry *entry, const struct lb *lb, struct status_input *input)
{
	const struct error *trouble;
	bool harmless;

	if (input->deleting)
		secrets_forget(entry); /* nothing is made of them any more */
	if (input->problem || input->deleting || input->pending)
		return;
	secrets_keep(entry, lb);
	trouble = secrets_trouble(entry, lb, &harmless);
	input->reading = secrets_pending(entry) || (trouble && trouble->class != ERROR_REJECTED && !harmless) ||
	                 (trouble && !harmless && !entry->born_here && !nodes_census(entry));
	input->unread = input->reading ? trouble : NULL;
	if (trouble && trouble->class == ERROR_REJECTED && harmless)
		input->secret = trouble;
	else if (trouble && !input->reading)
		input->problem = trouble;
}

/* What the cloud says against a spec before anything of it is written. */
static const struct error *unfit(const char *refusal, struct error *problem)
{
	error_set(problem, ERROR_REJECTED, "%s", refusal);
	error_reason(problem, "InvalidSpec");
	return problem;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void work_on(struct entry *entry, const struct lb *lb, struct error *problem)
{
	struct controller *controller = entry->controller;
	bool good = !problem->class; /* what is said against it below does not touch that */
	enum grant grant = grant_judge(entry, lb, problem);
	struct project *project = entry->project;
	struct status_input input = {.entry = entry,
		.lb = lb,
		.project = project,
		.pending = grant == GRANT_PENDING,
		.deleting = is_being_deleted(lb),
		.suspended = lb->spec.suspend,
		.reporting = only_reports(lb),
		.wall_us = env_wall_us(controller->env),
		.now_ms = loop_now(controller->loop)};
	const char *claim;
	bool of_port;
	const struct entry *winner = claim_winner(entry, &claim, &of_port);
	struct work work = {.lb = lb, .good = good, .adopts = grant == GRANT_GIVEN && winner == entry && may_adopt(lb)};
	enum mandate mandate;
	struct plan *plan;

	if (winner != entry && !problem->class)
		conflict(winner, claim, of_port, problem);
	input.problem = problem->class ? problem : NULL;
	if (is_shut_out(lb, grant)) {
		entry->settled = true;
		finish(entry, &input, INT64_MAX);
		return;
	}
	judge_secrets(entry, lb, &input);
	mandate = mandate_of(lb, input.problem);
	if ((input.pending || input.reading) && mandate == MANDATE_ALL)
		mandate = MANDATE_NONE;
	input.move = move_judge(entry, lb, mandate == MANDATE_ALL);
	work.idle = move_is_idle(&input.move);
	if (work.idle)
		mandate = MANDATE_NONE;
	work.mandate = mandate;
	if (!lb->has_finalizer && !input.deleting && mandate == MANDATE_ALL) {
		finalizer_add(entry);
		entry_wake_at(entry, INT64_MAX);
		return;
	}
	input.asked_done = ask_handled(entry, lb);
	plan = plan_entry(entry, &work);
	if (plan->refusal)
		input.problem = unfit(plan->refusal, problem);
	entry->settled = plan->settled && !input.deleting &&
	                 !input.pending && /* who leaves is looked at after every sweep */
	                 input.move.part != MOVE_TAKES && input.move.part != MOVE_GIVES;
	drift_tell_left(entry, plan, input.reporting && !work.idle);
	carry_out(entry, plan);
	if (has_given(entry, lb, &input.move) || (input.deleting && finalizer_may_go(entry, plan, mandate, project)))
		finalizer_remove(entry);
	input.plan = plan;
	if (finish(entry, &input, earlier(plan->wake_at, secrets_due(entry))) && !entry->own_secrets)
		looks_keep(entry, plan);
	nodes_forget_trees(entry);
}

/* What a spec that can't be kept says of its end holds all the same: machines must not go because of a typing error. */
static void keep_wishes(struct lb *lb, const cJSON *object)
{
	const char *policy = json_text(object, "spec.deletionPolicy");

	lb->spec.suspend = json_bool(object, "spec.suspend", false);
	lb->spec.deletion_policy = policy ? arena_strdup(json_arena(), policy) : NULL;
}

void work_entry(struct entry *entry)
{
	if (!may_write(entry->controller))
		return; /* whoever becomes leader looks at all of them */
	if (entry_waits(entry)) {
		if (!entry->project->sweeping)
			project_want(entry->project, 0);
		return;
	}
	JSON_WORK(work);
	if (entry->unreadable) {
		unreadable_look(entry);
		return;
	}
	struct lb lb = {0};
	struct error problem = {0};
	cJSON *object;
	bool good;

	looks_forget(entry);
	entry_unfold(entry);
	object = json_parse(entry->own_text, strlen(entry->own_text), (struct json_limits){0}, NULL);
	if (!object) {
		entry_unreadable(entry);
		entry->looked = true;
		return;
	}
	good = model_parse(object, &lb, &problem);

	if (lb.deletion_timestamp && !lb.has_finalizer)
		return; /* on its way out, nothing of ours to do */
	if (entry->finalizer_call)
		return; /* its answer brings us back */
	if (good)
		claim_take(entry, &lb);
	else
		keep_wishes(&lb, object);
	if (!good && (!lb.deletion_timestamp || !entry->project)) {
		struct status_input input = {.entry = entry,
			.lb = &lb,
			.problem = &problem,
			.wall_us = env_wall_us(entry->controller->env),
			.now_ms = loop_now(entry->controller->loop)};
		finish(entry, &input, INT64_MAX);
		return;
	}
	work_on(entry, &lb, &problem);
}

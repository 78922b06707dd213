/* The unit of work: parse the object, want, plan, carry out, write the status. Whatever happened, it starts from facts. */
#include <string.h>

#include "reconcile/internal.h"

enum { STATUS_SPACING_MS = 10000, STATUS_RETRY_MS = 5000 };

static bool is_being_deleted(const struct lb *lb)
{
	return lb->deletion_timestamp != NULL;
}

static void set_text(char **own, const char *text)
{
	if (text_equal(*own, text))
		return;
	mem_free(*own);
	*own = mem_strdup(text);
}

/* --- claims: two objects that name one address and port; the oldest wins --- */

static bool older(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->own_created, b->own_created);

	return order < 0 || (order == 0 && strcmp(a->own_uid, b->own_uid) < 0);
}

static const struct entry *claim_winner(const struct entry *entry)
{
	const struct map *entries = &entry->controller->entries;
	const struct entry *winner = entry;

	for (size_t i = 0; entry->own_claim && i < entries->count; i++) {
		const struct entry *other = entries->own_entries[i].value;

		if (text_equal(other->own_claim, entry->own_claim) && older(other, winner))
			winner = other;
	}
	return winner;
}

/* Those who lost to the claim that changes now must look again. */
static void claim_set(struct entry *entry, const char *claim)
{
	const struct map *entries = &entry->controller->entries;

	if (text_equal(entry->own_claim, claim))
		return;
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *other = entries->own_entries[i].value;

		if (other != entry && other->own_claim &&
		    (text_equal(other->own_claim, entry->own_claim) || text_equal(other->own_claim, claim)))
			entry_dirty(other);
	}
	set_text(&entry->own_claim, claim);
}

static void claim_take(struct entry *entry, const struct lb *lb)
{
	const struct lb_frontend *frontend = &lb->spec.frontend;

	if (text_equal(frontend->address.type, "Named"))
		claim_set(entry, arena_printf(json_arena(), "%s/%s/%lld", lb->spec.project, frontend->address.name,
					 (long long)frontend->port));
	else
		claim_set(entry, NULL);
}

/* --- the finalizer --- */

static void on_finalizer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;
	struct controller *controller = entry->controller;

	entry->finalizer_call = NULL;
	if (err && err->status == 404) {
		entry_remove(entry);
		return;
	}
	if (err) {
		log_line(controller->log, LOG_WARN, "finalizer not written", "object", entry->own_key, "message",
			err->message, NULL);
		entry_wake_at(entry, loop_now(controller->loop) + 2000);
		return;
	}
	entry->born_here |= entry->adding_finalizer;
	entry_take(controller, body, length);
	entry_dirty(entry);
}

static void finalizer_patch(struct entry *entry, char *patch, bool adding)
{
	struct kube_request request = {
		.method = "PATCH",
		.path = entry_path(entry, NULL),
		.query = "fieldManager=tflb-controller",
		.content_type = "application/json-patch+json",
		.body = patch,
	};

	if (!patch || entry->finalizer_call)
		return;
	entry->adding_finalizer = adding;
	entry->controller->finalizer_writes++;
	entry->finalizer_call = kube_send(entry->controller->kube, &request, on_finalizer, entry);
}

/* --- the status --- */

static void on_status(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;
	struct controller *controller = entry->controller;

	entry->status_call = NULL;
	if (err) {
		mem_free(TAKE(entry->own_sent_status));
		if (err->status != 404)
			log_line(controller->log, LOG_WARN, "status not written", "object", entry->own_key, "message",
				err->message, NULL);
		entry_wake_at(entry, loop_now(controller->loop) + STATUS_RETRY_MS);
		return;
	}
	mem_free(entry->own_status);
	entry->own_status = TAKE(entry->own_sent_status);
	entry_take(controller, body, length); /* an edit may have come between: its event is older than this answer */
	entry_dirty(entry);
}

static void status_send(struct entry *entry, cJSON *status, const char *text)
{
	cJSON *body = cJSON_CreateObject();
	cJSON *metadata;
	struct kube_request request = {
		.method = "PATCH",
		.path = entry_path(entry, "status"),
		.query = "fieldManager=tflb-controller&force=true",
		.content_type = "application/apply-patch+yaml",
	};

	json_set_text(body, "apiVersion", MODEL_GROUP "/" MODEL_VERSION);
	json_set_text(body, "kind", MODEL_KIND);
	metadata = json_set_object(body, "metadata");
	json_set_text(metadata, "name", entry->own_name);
	json_set_text(metadata, "namespace", entry->own_namespace);
	json_set_text(metadata, "uid", entry->own_uid);
	json_set(body, "status", status);
	request.body = json_print(body);
	entry->own_sent_status = mem_strdup(text);
	entry->status_written_at = loop_now(entry->controller->loop);
	entry->controller->status_writes++;
	entry->status_call = kube_send(entry->controller->kube, &request, on_status, entry);
}

/* Returns when to look again, INT64_MAX: no need. */
static int64_t status_write(struct entry *entry, cJSON *status)
{
	int64_t now = loop_now(entry->controller->loop);
	cJSON *before = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);
	char *text = json_print_canonical(status);

	if (entry->status_call || text_equal(text, entry->own_status))
		return INT64_MAX;
	if (!status_urgent(before, status) && entry->status_written_at + STATUS_SPACING_MS > now)
		return entry->status_written_at + STATUS_SPACING_MS;
	status_send(entry, status, text);
	return INT64_MAX;
}

/* --- deletion --- */

static bool nothing_left(const struct entry *entry, const struct plan *plan)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (plan->verdicts[i].state != STATE_GONE || entry->nodes.items[i]->busy || entry->nodes.items[i]->running)
			return false;
	}
	return true;
}

static uint64_t newest_final(const struct entry *entry)
{
	uint64_t newest = entry->gone_final;

	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (entry->nodes.items[i]->final > newest)
			newest = entry->nodes.items[i]->final;
	}
	return newest;
}

/* May the finalizer go? When not, asks for what is missing. */
static bool may_leave(struct entry *entry, const struct plan *plan, enum mandate mandate, struct project *project)
{
	if (mandate == MANDATE_RELEASE)
		return plan->settled && nodes_census(entry);
	if (mandate != MANDATE_DELETE || !nothing_left(entry, plan))
		return false;
	if (entry->born_here && !entry->wrote && project->own_error && project->own_error->class == ERROR_REJECTED)
		return true; /* we may not even look, and never made anything */
	if (project_proves_absence(project, entry, newest_final(entry)))
		return true;
	project_want(project, 0);
	return false;
}

/* --- the unit --- */

static enum mandate mandate_of(const struct lb *lb, const struct error *problem)
{
	if (lb->spec.suspend)
		return MANDATE_NONE;
	if (is_being_deleted(lb))
		return text_equal(lb->spec.deletion_policy, "Abandon") ? MANDATE_RELEASE : MANDATE_DELETE;
	return problem ? MANDATE_NONE : MANDATE_ALL;
}

/* What went wrong last was about another spec. */
static void forgive(struct entry *entry)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		node->attempts = 0;
		node->not_before = 0;
		node->writes = 0;
		node_error(node, NULL, CHANGE_NONE);
	}
	entry->planned_generation = entry->generation;
}

static void settle_nodes(struct entry *entry, const struct plan *plan)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		struct node *node = entry->nodes.items[i];

		if (plan->verdicts[i].state != STATE_READY || !node->verified)
			continue;
		node->attempts = 0;
		node->writes = 0;
		if (node->own_error && !node->external)
			node_error(node, NULL, CHANGE_NONE);
	}
	if (plan->settled)
		mem_free(map_remove(&entry->events, "Drifted"));
}

/* A difference found while Programmed is True for this generation is drift; otherwise it is an edit on its way. */
static void tell_drift(struct entry *entry, const struct plan *plan)
{
	if (entry->programmed_generation != entry->generation)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (action->type == ACTION_INSERT)
			tell(entry, true, "Drifted", "Create", "%s %s was deleted behind our back; it is created again",
				action->node->kind->text, action->node->own_name);
		else if (action->type == ACTION_PATCH || action->type == ACTION_VERB)
			tell(entry, true, "Drifted", "Update", "%s %s was changed behind our back: %s; it is put back",
				action->node->kind->text, action->node->own_name, action->reason);
	}
}

static struct plan *plan_entry(struct entry *entry, const struct lb *lb, enum mandate mandate, struct project *project)
{
	struct identity who = entry_identity(entry);
	struct kind_context context = {.lb = lb, .who = &who};
	struct wants wants = {0};
	struct plan_input input = {
		.project = entry->own_project,
		.mandate = mandate,
		.census = nodes_census(entry),
		.born_here = entry->born_here,
		.ready = entry->ready,
		.now = loop_now(entry->controller->loop),
	};
	struct plan *plan;

	if (entry->planned_generation != entry->generation)
		forgive(entry);
	if (mandate == MANDATE_ALL || (mandate == MANDATE_NONE && !is_being_deleted(lb)))
		kinds_want(&context, &wants);
	nodes_sync(entry, &wants);
	input.nodes = entry->nodes;
	plan = plan_make(&input);
	if (plan->wants_census || (!input.census && !entry->born_here))
		project_want(project, 0);
	project_keep(project);
	settle_nodes(entry, plan);
	tell_drift(entry, plan);
	if (plan->programmed && mandate == MANDATE_ALL)
		entry->programmed_generation = entry->generation;
	return plan;
}

/* Right after a start the cloud is not read yet: what the status said before still stands. */
static bool too_early(const struct status_input *input)
{
	const struct entry *entry = input->entry;

	return input->plan && !input->problem && !entry->born_here && !nodes_census(entry) &&
	       !input->project->own_error && strstr(entry->own_status, "\"conditions\"");
}

static void finish(struct entry *entry, struct status_input *input, int64_t wake_at)
{
	const cJSON *condition;
	int64_t write_at;
	cJSON *status;

	if (too_early(input)) {
		entry_wake_at(entry, wake_at);
		return;
	}
	status = status_make(input);

	cJSON_ArrayForEach(condition, json_member(status, "conditions"))
	{
		if (text_equal(json_text(condition, "type"), "Ready"))
			entry->ready = text_equal(json_text(condition, "status"), "True");
	}
	write_at = status_write(entry, status);
	entry_wake_at(entry, write_at < wake_at ? write_at : wake_at);
}

static void conflict(const struct entry *entry, const struct entry *winner, struct error *problem)
{
	error_set(problem, ERROR_REJECTED,
		"address and port %s are claimed by the older TFLoadBalancer %s; choose another address or port, or delete one of the two",
		entry->own_claim, winner->own_key);
	error_reason(problem, "Conflict");
}

static void work_on(struct entry *entry, const struct lb *lb, struct error *problem)
{
	struct controller *controller = entry->controller;
	struct project *project = project_get(controller, entry->own_project);
	struct status_input input = {.entry = entry, .lb = lb, .project = project, .deleting = is_being_deleted(lb),
		.suspended = lb->spec.suspend, .wall_us = env_wall_us(controller->env), .now = loop_now(controller->loop)};
	const struct entry *winner = claim_winner(entry);
	struct plan *plan;

	if (winner != entry && !problem->class)
		conflict(entry, winner, problem);
	input.problem = problem->class ? problem : NULL;
	input.mandate = mandate_of(lb, input.problem);
	if (!lb->has_finalizer && !input.deleting && input.mandate == MANDATE_ALL) {
		cJSON *object = json_parse_text(entry->own_text);
		finalizer_patch(entry, kube_patch_add_finalizer(object, MODEL_FINALIZER), true);
		return;
	}
	plan = plan_entry(entry, lb, input.mandate, project);
	entry->settled = plan->settled && !input.deleting; /* who leaves is looked at after every sweep */
	carry_out(entry, plan);
	if (input.deleting && may_leave(entry, plan, input.mandate, project)) {
		cJSON *object = json_parse_text(entry->own_text);
		finalizer_patch(entry, kube_patch_remove_finalizer(object, MODEL_FINALIZER), false);
	}
	input.plan = plan;
	finish(entry, &input, plan->wake_at);
	nodes_forget_trees(entry);
}

void work_entry(struct entry *entry)
{
	JSON_WORK(work);
	struct lb lb = {0};
	struct error problem = {0};
	cJSON *object = json_parse_text(entry->own_text);
	bool good = model_parse(object, &lb, &problem);

	if (lb.deletion_timestamp && !lb.has_finalizer)
		return; /* on its way out, nothing of ours to do */
	if (entry->finalizer_call)
		return; /* its answer brings us back */
	if (good) {
		set_text(&entry->own_project, lb.spec.project);
		claim_take(entry, &lb);
	} else if (!entry->own_project) {
		set_text(&entry->own_project, json_text(object, "spec.project"));
	}
	if (!good && (!lb.deletion_timestamp || !entry->own_project)) {
		struct status_input input = {.entry = entry, .lb = &lb, .problem = &problem, .mandate = MANDATE_NONE,
			.wall_us = env_wall_us(entry->controller->env), .now = loop_now(entry->controller->loop)};
		finish(entry, &input, INT64_MAX);
		return;
	}
	work_on(entry, &lb, &problem);
}

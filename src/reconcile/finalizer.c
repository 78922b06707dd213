/* The finalizer: there before the first write to the cloud, gone when nothing of ours is left there (design rule 10). */
#include "reconcile/internal.h"

static void on_finalizer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;

	entry->finalizer_call = NULL;
	if (!entry_answered(entry, &entry->object_patience, "finalizer not written", err))
		return;
	entry->born_here |= entry->adding_finalizer;
	if (entry->adding_finalizer) /* nobody wrote anything for it before */
		entry->unfollowed = 0;
	entry_take(entry->controller, body, length, 0);
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

	if (!patch || entry->finalizer_call || !may_act(entry->controller) ||
		!entry_may_call(entry, &entry->object_patience))
		return;
	entry->adding_finalizer = adding;
	entry->controller->finalizer_writes++;
	entry->finalizer_call = kube_send(entry->controller->kube, &request, on_finalizer, entry);
}

void finalizer_add(struct entry *entry)
{
	finalizer_patch(entry, kube_patch_add_finalizer(json_parse_text(entry->own_text), MODEL_FINALIZER), true);
}

void finalizer_remove(struct entry *entry)
{
	finalizer_patch(entry, kube_patch_remove_finalizer(json_parse_text(entry->own_text), MODEL_FINALIZER), false);
}

static bool nothing_left(const struct entry *entry, const struct plan *plan)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (plan->verdicts[i].state != STATE_GONE || entry->nodes.items[i]->busy ||
			entry->nodes.items[i]->running)
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
bool finalizer_may_go(struct entry *entry, const struct plan *plan, enum mandate mandate, struct project *project)
{
	int64_t wait;

	if (mandate == MANDATE_RELEASE)
		return plan->settled && nodes_census(entry);
	if (mandate != MANDATE_DELETE || !nothing_left(entry, plan))
		return false;
	if (entry->born_here && !entry->wrote && project->own_error && project->own_error->class == ERROR_REJECTED)
		return true; /* we may not even look, and never made anything */
	if (proof_of_absence(entry, newest_final(entry)))
		return true;
	wait = entry->unshown_until - loop_now(entry->controller->loop);
	project_want(project, wait > 0 ? wait : 0);
	return false;
}

/* Reading the object itself: what we are about to destroy or inherit must still be its wish (design rule 9). */
#include "reconcile/internal.h"

static void on_live(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;
	JSON_WORK(work);
	cJSON *object = err ? NULL : json_parse(body, length, (struct json_limits){0}, NULL);

	entry->live_call = NULL;
	if (!entry_answered(entry, &entry->object_patience, "object not read", err))
		return;
	if (text_equal(json_text(object, "metadata.uid"), entry->own_uid))
		entry->live_generation = json_int(object, "metadata.generation", -1);
	entry_take(entry->controller, body, length, 0);
	entry_dirty(entry);
}

bool live_looked(struct entry *entry)
{
	struct kube_request request = {.method = "GET", .path = entry_path(entry, NULL)};

	if (entry->live_generation == entry->generation)
		return true;
	if (!entry->live_call && entry_may_call(entry, &entry->object_patience)) {
		entry->controller->live_reads++;
		entry->live_call = kube_send(entry->controller->kube, &request, on_live, entry);
	}
	return false;
}

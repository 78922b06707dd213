/* Writing the status: only when it differs, at once when a person must see it, else at a slower pace. */
#include <string.h>

#include "reconcile/internal.h"

enum { SPACING_MS = 30000 };

static void on_status(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;

	entry->status_call = NULL;
	if (!entry_answered(entry, &entry->status_patience, "status not written", err))
		return;
	entry_take_written(entry, body, length);
	entry_dirty(entry);
}

static void status_send(struct entry *entry, cJSON *status)
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
	json_set_text(metadata, "name", entry->name);
	json_set_text(metadata, "namespace", entry->namespace);
	json_set_text(metadata, "uid", entry->own_uid);
	json_set(body, "status", status);
	request.body = json_print(body);
	entry->status_written_at = loop_now(entry->controller->loop);
	entry->controller->status_writes++;
	entry->status_call = kube_send(entry->controller->kube, &request, on_status, entry);
}

/* Somebody else writes it, too: two that answer each other at once would never end. */
static bool is_contested(const struct entry *entry)
{
	return entry->written_digest && entry->written_digest != entry->status_digest;
}

int64_t status_write(struct entry *entry, cJSON *status)
{
	int64_t now = loop_now(entry->controller->loop);
	cJSON *before = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);

	if (entry->status_call || !entry_may_call(entry, &entry->status_patience) || json_equal(status, before) ||
		!may_write(entry->controller))
		return INT64_MAX;
	if (!entry->controller->stopping && (is_contested(entry) || !status_urgent(before, status)) &&
		entry->status_written_at + SPACING_MS > now)
		return entry->status_written_at + SPACING_MS;
	status_send(entry, status);
	return INT64_MAX;
}

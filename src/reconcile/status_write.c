/* Writing the status: only when it differs, at once when a person must see it, else at a slower pace. After an upgrade that tells something
 * new thousands differ at once, and each is some KB: so few are on their way, and the others are made again when their turn comes. */
#include <string.h>

#include "reconcile/status.h"

enum { SPACING_MS = 30000, AT_ONCE = 32, LOOK_MS = 50 };
enum { HASTE_MOST = 8, HASTE_MS = 2000 }; /* so many in haste one after the other, and one more each so long */

void status_over(struct entry *entry)
{
	entry->controller->status_calls -= entry->status_call != NULL;
	entry->status_call = NULL;
}

void status_leave(struct entry *entry)
{
	if (entry->status_waits)
		TAILQ_REMOVE(&entry->controller->statuses, entry, in_statuses);
	entry->status_waits = false;
}

/* Who is looked at may turn out to have nothing to write, so it is the clock that calls the next ones. */
static void on_turn(void *arg)
{
	struct controller *controller = arg;
	struct entry *next;

	for (size_t i = controller->status_calls; i < AT_ONCE && (next = TAILQ_FIRST(&controller->statuses)); i++) {
		status_leave(next);
		entry_dirty(next);
	}
	if (!TAILQ_EMPTY(&controller->statuses))
		timer_start(controller->loop, &controller->status_timer, LOOK_MS, on_turn, controller);
}

static void status_wait(struct entry *entry)
{
	struct controller *controller = entry->controller;

	entry->status_waits = true;
	TAILQ_INSERT_TAIL(&controller->statuses, entry, in_statuses);
	if (!timer_armed(&controller->status_timer))
		timer_start(controller->loop, &controller->status_timer, LOOK_MS, on_turn, controller);
}

static void on_status(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;

	status_over(entry);
	if (!entry_answered(entry, &entry->status_patience, "status not written", err))
		return;
	entry_take_written(entry, body, length);
	entry_dirty(entry);
}

static void note_haste(struct entry *entry, int64_t now)
{
	int64_t over = (now - entry->status_written_at) / HASTE_MS;

	entry->status_haste = (unsigned char)(over < entry->status_haste ? entry->status_haste - over + 1 : 1);
	entry->status_written_at = now;
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
	note_haste(entry, loop_now(entry->controller->loop));
	entry->controller->status_writes++;
	entry->controller->status_calls++;
	entry->status_call = kube_send(entry->controller->kube, &request, on_status, entry);
}

/* Somebody else writes it, too: two that answer each other at once would never end. */
static bool is_contested(const struct entry *entry)
{
	return entry->written_digest && entry->written_digest != entry->status_digest;
}

/* How long after the last one. An object that is edited all the time would have its status written as often. */
static int64_t spacing(const struct entry *entry, const cJSON *before, const cJSON *status)
{
	if (entry->controller->stopping)
		return 0;
	if (is_contested(entry) || !status_urgent(before, status))
		return SPACING_MS;
	return entry->status_haste < HASTE_MOST ? 0 : HASTE_MS;
}

int64_t status_write(struct entry *entry, cJSON *status)
{
	int64_t due;
	cJSON *before = json_parse(entry->own_status, strlen(entry->own_status), (struct json_limits){0}, NULL);

	status_leave(entry);
	if (entry->status_call || !entry_may_call(entry, &entry->status_patience) || json_equal(status, before) ||
		!may_write(entry->controller))
		return INT64_MAX;
	due = entry->status_written_at + spacing(entry, before, status);
	if (due > loop_now(entry->controller->loop))
		return due;
	if (entry->controller->status_calls < AT_ONCE)
		status_send(entry, status);
	else
		status_wait(entry);
	return INT64_MAX;
}

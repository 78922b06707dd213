/* A load balancer that we know of and whose object cannot be read as it is now. It stays in the table, and nothing is done with
 * it, until it can be read again, or is seen to be gone: then its successor begins anew. */
#include "reconcile/internal.h"

void entry_unreadable(struct entry *entry)
{
	entry->looked = false;
	if (!entry->unreadable)
		log_line(entry->controller->log, LOG_WARN,
			"an object cannot be read; nothing is done with it until it can",
			LOG_OBJECT(entry->namespace, entry->name), NULL);
	entry->unreadable = true;
	entry_dirty(entry);
}

void entry_readable(struct entry *entry)
{
	if (!entry->unreadable)
		return;
	entry->unreadable = false;
	log_line(entry->controller->log, LOG_INFO, "an object can be read again",
		LOG_OBJECT(entry->namespace, entry->name), NULL);
	entry_dirty(entry);
}

/* A list that left it out, or an event of it, came before: so a 404 does not mean that nobody knows its type. */
static void on_looked(void *arg, const char *body, size_t length, const struct error *err)
{
	struct entry *entry = arg;

	entry->live_call = NULL;
	if (err && err->status == 404) {
		log_line(entry->controller->log, LOG_INFO, "an object that could not be read is gone",
			LOG_OBJECT(entry->namespace, entry->name), NULL);
		entry_remove(entry);
		return;
	}
	if (err && !text_equal(err->code, "TooLarge")) {
		entry_answered(entry, &entry->object_patience, "object not read", err);
		return;
	}
	entry_answered(entry, &entry->object_patience, "object not read", NULL);
	entry->looked = true;
	if (body && length <= OBJECT_MAX)
		entry_take(entry->controller, body, length, 0);
}

void unreadable_look(struct entry *entry)
{
	struct kube_request request = {.method = "GET", .path = entry_path(entry, NULL)};

	if (entry->looked || entry->live_call)
		return;
	if (!entry_may_call(entry, &entry->object_patience)) {
		entry_wake_at(entry, INT64_MAX);
		return;
	}
	entry->controller->live_reads++;
	entry->live_call = kube_send(entry->controller->kube, &request, on_looked, entry);
}

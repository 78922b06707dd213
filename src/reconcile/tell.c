/* What people are told beside the status: one event and one log line for each thing, once. */
#include <stdarg.h>
#include <stdio.h>

#include "reconcile/internal.h"

/* false: it is the last one for that reason. */
static bool keep_note(struct entry *entry, const char *reason, const char *note)
{
	if (!entry->own_events)
		entry->own_events = mem_alloc(sizeof(*entry->own_events));
	if (text_equal(map_find(entry->own_events, reason), note))
		return false;
	mem_free(map_put(entry->own_events, reason, mem_strdup(note)));
	return true;
}

bool tell(struct entry *entry, bool warning, const char *reason, const char *action, const char *format, ...)
{
	struct controller *controller = entry->controller;
	struct kube_event event = {
		.api_version = MODEL_GROUP "/" MODEL_VERSION,
		.kind = MODEL_KIND,
		.namespace = entry->namespace,
		.name = entry->name,
		.uid = entry->own_uid,
		.warning = warning,
		.reason = reason,
		.action = action,
	};
	char note[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(note, sizeof(note), format, arguments);
	va_end(arguments);
	/* The same warning again says nothing new; a thing done twice was done twice. */
	if (warning && !keep_note(entry, reason, note))
		return false;
	event.note = note;
	if (may_write(controller))
		kube_event(controller->kube, &event);
	log_line(controller->log, warning ? LOG_WARN : LOG_INFO, "event", LOG_OBJECT(entry->namespace, entry->name),
		"reason", reason, "note", note, NULL);
	return true;
}

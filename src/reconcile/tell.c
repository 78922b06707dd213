/* What people are told beside the status: one event and one log line for each thing, once. */
#include <stdarg.h>
#include <stdio.h>

#include "reconcile/internal.h"

bool tell(struct entry *entry, bool warning, const char *reason, const char *action, const char *format, ...)
{
	struct controller *controller = entry->controller;
	struct kube_event event = {
		.api_version = MODEL_GROUP "/" MODEL_VERSION,
		.kind = MODEL_KIND,
		.namespace = entry->own_namespace,
		.name = entry->own_name,
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
	if (warning && text_equal(map_find(&entry->events, reason), note))
		return false;
	if (warning)
		mem_free(map_put(&entry->events, reason, mem_strdup(note)));
	event.note = note;
	if (may_write(controller))
		kube_event(controller->kube, &event);
	log_line(controller->log, warning ? LOG_WARN : LOG_INFO, "event",
		LOG_OBJECT(entry->own_namespace, entry->own_name), "reason", reason, "note", note, NULL);
	return true;
}

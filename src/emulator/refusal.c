#include "emulator/refusal.h"

#include <stdarg.h>
#include <stdio.h>

static char *format_text(const char *format, va_list list)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, list);
	return arena_strdup(json_arena(), text);
}

bool emu_refuse(struct emu_refusal *refusal, int status, const char *reason, const char *format, ...)
{
	va_list list;

	if (refusal->status)
		return false;
	va_start(list, format);
	*refusal = (struct emu_refusal){.status = status, .reason = reason, .message = format_text(format, list)};
	va_end(list);
	return false;
}

bool emu_refuse_field(struct emu_refusal *refusal, const char *field, const char *value, const char *format, ...)
{
	va_list list;
	char *why;

	va_start(list, format);
	why = format_text(format, list);
	va_end(list);
	return emu_refuse(
		refusal, 400, "invalid", "Invalid value for field 'resource.%s': '%s'. %s", field, value, why);
}

bool emu_refuse_required(struct emu_refusal *refusal, const char *field)
{
	return emu_refuse(
		refusal, 400, "required", "Required field 'resource%s%s' not specified", *field ? "." : "", field);
}

bool emu_refuse_not_found(struct emu_refusal *refusal, const char *path)
{
	return emu_refuse(refusal, 404, "notFound", "The resource '%s' was not found", path);
}

bool emu_refuse_exists(struct emu_refusal *refusal, const char *path)
{
	return emu_refuse(refusal, 409, "alreadyExists", "The resource '%s' already exists", path);
}

bool emu_refuse_not_ready(struct emu_refusal *refusal, const char *path)
{
	return emu_refuse(refusal, 400, "resourceNotReady", "The resource '%s' is not ready", path);
}

bool emu_refuse_condition(struct emu_refusal *refusal, const char *message)
{
	emu_refuse(refusal, 412, "conditionNotMet", "%s", message);
	if (refusal->status == 412)
		refusal->header = "If-Match";
	return false;
}

bool emu_refuse_fingerprint(struct emu_refusal *refusal)
{
	return emu_refuse_condition(refusal, "Invalid fingerprint.");
}

bool emu_refuse_label_fingerprint(struct emu_refusal *refusal)
{
	return emu_refuse_condition(refusal, "Labels fingerprint either invalid or resource labels have changed");
}

char *emu_in_use_message(const char *noun, const char *what, const char *by)
{
	return arena_printf(json_arena(), "The %s resource '%s' is already being used by '%s'", noun, what, by);
}

bool emu_refuse_in_use(struct emu_refusal *refusal, const char *noun, const char *what, const char *by)
{
	return emu_refuse(refusal, 400, "resourceInUseByAnotherResource", "%s", emu_in_use_message(noun, what, by));
}

cJSON *emu_refusal_body(const struct emu_refusal *refusal)
{
	cJSON *body = cJSON_CreateObject();
	cJSON *error = json_set_object(body, "error");
	cJSON *item;

	json_set_int(error, "code", refusal->status);
	json_set_text(error, "message", refusal->message);
	item = json_add_object(json_set_array(error, "errors"));
	json_set_text(item, "message", refusal->message);
	json_set_text(item, "domain", refusal->domain ? refusal->domain : "global");
	json_set_text(item, "reason", refusal->reason);
	json_set_text(item, "location", refusal->header);
	json_set_text(item, "locationType", refusal->header ? "header" : NULL);
	json_set_text(error, "status", refusal->word);
	json_set(error, "details", refusal->details);
	return body;
}

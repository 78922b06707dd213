/* The one error of the project. Invariant: its texts are always terminated; what does not fit is cut. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool error_set(struct error *err, enum error_class class, const char *format, ...)
{
	assert(class != ERROR_NONE);
	if (err == NULL)
		return false;
	/* Formatted apart: an argument may be the message of the same error. */
	struct error next = {.class = class};
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(next.message, sizeof(next.message), format, arguments);
	va_end(arguments);
	*err = next;
	return false;
}

bool error_context(struct error *err, const char *format, ...)
{
	if (err == NULL)
		return false;
	char message[sizeof(err->message)];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	size_t used = strlen(message);
	if (text_copy(message + used, sizeof(message) - used, ": "))
		text_copy(message + used + 2, sizeof(message) - used - 2, err->message);
	memcpy(err->message, message, sizeof(message));
	return false;
}

void error_reason(struct error *err, const char *reason)
{
	if (err != NULL)
		text_copy(err->reason, sizeof(err->reason), reason);
}

void error_code(struct error *err, const char *code)
{
	if (err != NULL)
		text_copy(err->code, sizeof(err->code), code);
}

const char *error_class_name(enum error_class class)
{
	switch (class) {
	case ERROR_NONE:
		return "none";
	case ERROR_STALE:
		return "stale";
	case ERROR_WAIT:
		return "wait";
	case ERROR_TRANSIENT:
		return "transient";
	case ERROR_THROTTLED:
		return "throttled";
	case ERROR_REJECTED:
		return "rejected";
	}
	assert(!"a class of error");
	return "";
}

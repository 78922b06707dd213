#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool error_set(struct error *err, enum error_class class, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return false;
	*err = (struct error){.class = class};
	va_start(arguments, format);
	vsnprintf(err->message, sizeof(err->message), format, arguments);
	va_end(arguments);
	return false;
}

bool error_context(struct error *err, const char *format, ...)
{
	char message[sizeof(err->message)];
	size_t length;
	va_list arguments;

	if (!err)
		return false;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	length = strlen(message);
	snprintf(message + length, sizeof(message) - length, ": %s", err->message);
	memcpy(err->message, message, sizeof(message));
	return false;
}

void error_reason(struct error *err, const char *reason)
{
	if (err)
		text_copy(err->reason, sizeof(err->reason), reason);
}

void error_code(struct error *err, const char *code)
{
	if (err)
		text_copy(err->code, sizeof(err->code), code);
}

const char *error_class_name(enum error_class class)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",
		[ERROR_STALE] = "stale",
		[ERROR_WAIT] = "wait",
		[ERROR_TRANSIENT] = "transient",
		[ERROR_THROTTLED] = "throttled",
		[ERROR_REJECTED] = "rejected",
	};

	return names[class];
}

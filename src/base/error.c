/* The one error of the project. Invariant: its texts are always terminated; what does not fit is cut; and whatever others said,
 * they are one line of UTF-8, since they stand in conditions, events and lines of log. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static void tidy(char *text, size_t size)
{
	size_t length = strlen(text);
	for (size_t at = text_utf8(text, length); at < length; at += 1 + text_utf8(text + at + 1, length - at - 1)) {
		/* A character that was cut ends the text. */
		bool is_end = length + 1 == size && length - at < 4 && (unsigned char)text[at] >= 0xc0;
		text[at] = is_end ? '\0' : '?';
		if (is_end)
			break;
	}
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

static void set_word(char *to, size_t size, const char *from)
{
	text_copy(to, size, from);
	tidy(to, size);
}

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
	tidy(next.message, sizeof(next.message));
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
	tidy(message, sizeof(message));
	memcpy(err->message, message, sizeof(message));
	return false;
}

void error_reason(struct error *err, const char *reason)
{
	if (err != NULL)
		set_word(err->reason, sizeof(err->reason), reason);
}

void error_code(struct error *err, const char *code)
{
	if (err != NULL)
		set_word(err->code, sizeof(err->code), code);
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

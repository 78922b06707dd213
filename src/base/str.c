/* Growing byte strings with a maximum. Invariant: own_text is NULL or holds length bytes and a NUL within capacity. */
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static size_t maximum_of(const struct str *str)
{
	return str->maximum > 0 ? str->maximum : STR_DEFAULT_MAX;
}

/* Makes room for `more` bytes and the NUL; false when the maximum would be passed. */
static bool reserve(struct str *str, size_t more)
{
	size_t maximum = maximum_of(str);
	if (str->length > maximum || more > maximum - str->length)
		return false;
	size_t needed = str->length + more + 1;
	if (needed <= str->capacity)
		return true;
	size_t capacity = str->capacity > 0 ? str->capacity * 2 : 64;
	if (capacity > maximum + 1)
		capacity = maximum + 1;
	if (capacity < needed)
		capacity = needed;
	str->own_text = mem_resize(str->own_text, capacity);
	str->capacity = capacity;
	return true;
}

bool str_add(struct str *str, const char *bytes, size_t length)
{
	if (!reserve(str, length))
		return false;
	if (length > 0)
		memcpy(str->own_text + str->length, bytes, length);
	str->length += length;
	str->own_text[str->length] = '\0';
	return true;
}

bool str_adds(struct str *str, const char *text)
{
	return str_add(str, text, strlen(text));
}

bool str_addf(struct str *str, const char *format, ...)
{
	size_t room = str->capacity - str->length;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(room > 0 ? str->own_text + str->length : NULL, room, format, arguments);
	va_end(arguments);
	assert(length >= 0);
	if ((size_t)length >= room) { /* once more, with room */
		if (room > 0)
			str->own_text[str->length] = '\0';
		if (!reserve(str, (size_t)length))
			return false;
		va_start(arguments, format);
		vsnprintf(str->own_text + str->length, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	str->length += (size_t)length;
	return true;
}

void str_clear(struct str *str)
{
	str_cut(str, 0);
}

void str_cut(struct str *str, size_t length)
{
	if (length >= str->length)
		return;
	str->length = length;
	str->own_text[length] = '\0';
}

void str_done(struct str *str)
{
	mem_free(str->own_text);
	*str = STR_INIT(str->maximum);
}

char *str_take(struct str *str)
{
	char *text = str->own_text != NULL ? str->own_text : mem_strdup("");
	*str = STR_INIT(str->maximum);
	return text;
}

const char *str_text(const struct str *str)
{
	return str->own_text != NULL ? str->own_text : "";
}

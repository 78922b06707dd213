/* Small helpers for texts, and the ways a text is written into another: percent-encoded, quoted. */
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

bool text_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
	return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t length = text != NULL ? strlen(text) : 0, tail = strlen(suffix);
	return text != NULL && length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_is_label(const char *text, size_t max)
{
	size_t length = text != NULL ? strlen(text) : 0;
	if (length == 0 || length > max || !is_lower(text[0]) || text[length - 1] == '-')
		return false;
	for (size_t i = 1; i < length; i++)
		if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '-')
			return false;
	return true;
}

int text_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void text_set(char **own, const char *text)
{
	if (*own && text && strlen(*own) == strlen(text)) {
		memmove(*own, text, strlen(text));
		return;
	}
	char *copy = mem_strdup(text);
	mem_free(*own);
	*own = copy;
}

bool text_copy(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size);
	bool fits = length < size;
	if (!fits)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
	return fits;
}

/* With one row of the table. */
size_t text_distance(const char *a, const char *b)
{
	enum { MOST = 63 };
	size_t row[MOST + 1], height = strnlen(a, MOST), width = strnlen(b, MOST);
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; i <= height; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
			size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = replaced < shorter ? replaced : shorter;
		}
	}
	return row[width];
}

/* Length of the character at `at`, 0 when there is none that is valid: neither overlong forms nor surrogates are. */
static size_t character_length(const unsigned char *at, size_t left)
{
	unsigned lead = at[0];
	size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
	unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (at[i] < least || at[i] > most)
			return 0;
		least = 0x80;
		most = 0xbf;
	}
	return length;
}

/* How many bytes of ASCII come first, at least; eight are looked at together. */
static size_t ascii_run(const char *text, size_t length)
{
	uint64_t word;
	size_t at = 0;
	for (; length - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (word & 0x8080808080808080)
			break;
	}
	return at;
}

size_t text_utf8(const char *text, size_t length)
{
	size_t at = 0;
	while (at < length) {
		at += ascii_run(text + at, length - at);
		if (at == length)
			break;
		size_t step = character_length((const unsigned char *)text + at, length - at);
		if (step == 0)
			break;
		at += step;
	}
	return at;
}

static bool is_unreserved(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || (c != '\0' && strchr("-._~", c) != NULL);
}

bool str_add_escaped(struct str *str, const char *text)
{
	size_t before = str->length;
	for (; *text != '\0'; text++) {
		bool added =
			is_unreserved(*text) ? str_add(str, text, 1) : str_addf(str, "%%%02X", (unsigned char)*text);
		if (!added) {
			str_cut(str, before);
			return false;
		}
	}
	return true;
}

/* The escape of a byte that can't stand in a JSON string as it is; 'u' for the long form. */
static char json_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	}
	return 'u';
}

static bool add_json_escape(struct str *str, unsigned char c)
{
	char escape = json_escape(c);
	if (escape == 'u')
		return str_addf(str, "\\u%04x", c);
	return str_add(str, (char[2]){'\\', escape}, 2);
}

static bool is_plain(unsigned char c)
{
	return c > 0x1f && c != '"' && c != '\\' && c != 0x7f;
}

/* Runs that need no escape are added at once. */
static bool add_json_escaped(struct str *str, const char *text)
{
	const char *run = text;
	for (; *text != '\0'; text++) {
		if (is_plain((unsigned char)*text))
			continue;
		if (!str_add(str, run, (size_t)(text - run)) || !add_json_escape(str, (unsigned char)*text))
			return false;
		run = text + 1;
	}
	return str_add(str, run, (size_t)(text - run));
}

bool str_add_quoted(struct str *str, const char *text)
{
	size_t before = str->length;
	if (str_add(str, "\"", 1) && add_json_escaped(str, text) && str_add(str, "\"", 1))
		return true;
	str_cut(str, before);
	return false;
}

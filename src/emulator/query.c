#include "emulator/query.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *emu_percent_decode(const char *text, size_t length, bool plus)
{
	char *decoded = arena_alloc(json_arena(), length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		int high = text[i] == '%' && i + 2 < length ? hex_value(text[i + 1]) : -1;
		int low = high >= 0 ? hex_value(text[i + 2]) : -1;

		if (low >= 0) {
			decoded[used++] = (char)(high * 16 + low);
			i += 2;
		} else {
			decoded[used++] = plus && text[i] == '+' ? ' ' : text[i];
		}
	}
	return decoded;
}

void emu_query_parse(struct emu_query *query, const char *text)
{
	query->count = 0;
	while (text && *text && query->count < EMU_QUERY_MAX) {
		size_t length = strcspn(text, "&");
		size_t name = strcspn(text, "=&");

		if (length) {
			bool has_value = name < length;

			query->items[query->count].name = emu_percent_decode(text, name, true);
			query->items[query->count++].value =
				has_value ? emu_percent_decode(text + name + 1, length - name - 1, true) : "";
		}
		text += length + (text[length] == '&');
	}
}

const char *emu_query_get(const struct emu_query *query, const char *name)
{
	for (size_t i = 0; i < query->count; i++)
		if (!strcmp(query->items[i].name, name))
			return query->items[i].value;
	return NULL;
}

bool emu_query_true(const struct emu_query *query, const char *name, bool otherwise)
{
	const char *value = emu_query_get(query, name);

	return value ? !strcasecmp(value, "true") || !strcmp(value, "1") : otherwise;
}

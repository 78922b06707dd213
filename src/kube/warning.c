/* As RFC 7234 has them: `299 - "text"`, where a backslash stands before quotes and backslashes. Other codes are not of the
 * API server. */
#include "kube/warning.h"

#include <string.h>

#include "base/str.h"

enum { TEXT_SIZE = 512 };

/* false: it is none of the API server. */
static bool text_of(const char *line, size_t length, char text[TEXT_SIZE])
{
	const char *end = line + length, *at = memchr(line, '"', length);
	size_t count = 0;

	if (!text_starts(line, "299 ") || !at)
		return false;
	for (at++; at < end && *at != '"' && count < TEXT_SIZE - 1; at++) {
		at += *at == '\\' && at + 1 < end;
		text[count++] = *at;
	}
	text[count] = '\0';
	return count > 0;
}

static bool is_told(const struct warnings *warnings, uint64_t digest)
{
	for (size_t i = 0; i < warnings->count; i++) {
		if (warnings->told[i] == digest)
			return true;
	}
	return false;
}

void warnings_take(struct warnings *warnings, const char *lines)
{
	char text[TEXT_SIZE];

	for (const char *line = lines; *line && warnings->fn; line += strcspn(line, "\n"), line += *line == '\n') {
		if (!text_of(line, strcspn(line, "\n"), text) || warnings->count == WARNINGS_MAX ||
			is_told(warnings, hash_text(text)))
			continue;
		warnings->told[warnings->count++] = hash_text(text);
		warnings->fn(warnings->arg, text);
	}
}

/* Recorded exchanges with Compute Engine: tests/data/recorded. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

struct exchange {
	const char *method, *path;
	const cJSON *request, *answer;
};

static inline char *recording(const char *file)
{
	struct str text = {0};
	FILE *stream = fopen(file, "rb");
	char block[8192], *read;
	size_t got;

	assert_non_null(stream);
	while ((got = fread(block, 1, sizeof(block), stream)) > 0)
		str_add(&text, block, got);
	fclose(stream);
	read = arena_strdup(json_arena(), str_text(&text));
	str_done(&text);
	return read;
}

/* The JSON after the next empty line, NULL when there is none before stop. */
static inline const cJSON *body_after(const char *at, const char *stop)
{
	const char *begin = strstr(at, "\n\n{"), *end;

	if (!begin || begin >= stop)
		return NULL;
	end = strstr(begin, "\n}\n");
	return json_parse(begin, (size_t)(end + 2 - begin), (struct json_limits){0}, NULL);
}

/* "METHOD https://host/compute/v1/PATH?...", headers, body, "200 OK", headers, body. */
static inline struct exchange parse_exchange(const char *text, const char *end)
{
	const char *space = strchr(text, ' '), *line = strchr(text, '\n');
	const char *path = strstr(text, "/projects/"), *ok = strstr(text, "\n200 OK\n");
	struct exchange exchange = {.method = arena_strndup(json_arena(), text, (size_t)(space - text))};

	exchange.path = path && path < line ? arena_strndup(json_arena(), path + 1, strcspn(path + 1, "?\n")) : "";
	if (ok && ok < end) {
		exchange.request = body_after(text, ok);
		exchange.answer = body_after(ok, end);
	}
	return exchange;
}

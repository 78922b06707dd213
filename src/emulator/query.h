/* The query of a request, decoded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { EMU_QUERY_MAX = 32 };

struct emu_query {
	struct {
		const char *name, *value; /* in json_arena() */
	} items[EMU_QUERY_MAX];
	size_t count;
};

void emu_query_parse(struct emu_query *query, const char *text); /* what goes beyond EMU_QUERY_MAX is left out */
const char *emu_query_get(const struct emu_query *query, const char *name);           /* NULL: absent */
bool emu_query_true(const struct emu_query *query, const char *name, bool otherwise); /* true, True, 1 */
/* Decodes %XX (and + when plus is set) into json_arena(). */
char *emu_percent_decode(const char *text, size_t length, bool plus);

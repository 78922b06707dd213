/* Members in order of their names: what canonical printing, comparing and the search for duplicates stand on. */
#include "base/json_internal.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

const cJSON **json_sorted_members(const cJSON *object, size_t *count)
{
	*count = (size_t)cJSON_GetArraySize(object);
	const cJSON **members = arena_alloc(json_arena(), *count * sizeof(const cJSON *));
	size_t i = 0;
	for (const cJSON *each = object->child; each != NULL; each = each->next)
		members[i++] = each;
	qsort(members, *count, sizeof(const cJSON *), by_name);
	return members;
}

/* Machines by their links: sorted, so that each of thousands is found at once. */
#include <stdlib.h>
#include <string.h>

#include "kinds/internal.h"

struct machines machines_pick(const cJSON *list, const char *member, bool (*meant)(const cJSON *item))
{
	struct machines machines = {0};
	const cJSON *item;

	machines.places = arena_alloc(json_arena(), (size_t)(cJSON_GetArraySize(list) + 1) * sizeof(*machines.places));
	cJSON_ArrayForEach(item, list)
	{
		if (meant(item))
			machines.places[machines.count++] = link_place(json_text_or(item, member, ""));
	}
	qsort(machines.places, machines.count, sizeof(*machines.places), text_order);
	return machines;
}

bool machines_have(const struct machines *machines, const char *link)
{
	const char *place = link_place(link);

	return bsearch(&place, machines->places, machines->count, sizeof(*machines->places), text_order) != NULL;
}

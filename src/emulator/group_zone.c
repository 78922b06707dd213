/* Which zone an instance goes to. Stock is learned as the cloud learns it: by a creation that fails. */
#include "emulator/group_internal.h"

static size_t count_in(const struct group *group, const char *zone)
{
	size_t count = 0;

	for (size_t i = 0; i < group->instance_count; i++)
		count += group->own_instances[i]->zone == zone && !group_instance_leaves(group->own_instances[i]);
	return count;
}

/* The zone with the fewest instances, so that a regional group is spread evenly. */
static const char *emptiest(const struct group *group, const char *but)
{
	const char *best = NULL;

	for (size_t i = 0; i < group->zone_count; i++) {
		const char *zone = group->own_zones[i];

		if (zone != but && (!best || count_in(group, zone) < count_in(group, best)))
			best = zone;
	}
	return best;
}

/* The zone that has a machine already; NULL: none has one. */
static const char *zone_of_machines(const struct group *group)
{
	for (size_t i = 0; i < group->instance_count; i++)
		if (group->own_instances[i]->id)
			return group->own_instances[i]->zone;
	return NULL;
}

/* All go on together: the next in the list. */
static const char *following(const struct group *group, const char *failed)
{
	for (size_t i = 0; failed && i < group->zone_count; i++)
		if (group->own_zones[i] == failed)
			return group->own_zones[(i + 1) % group->zone_count];
	return group->own_zones[0];
}

static const char *single(const struct group *group, const struct group_instance *failed)
{
	const char *zone = zone_of_machines(group);

	return zone ? zone : following(group, failed ? failed->zone : NULL);
}

const char *group_next_zone(const struct group *group, const struct group_instance *failed)
{
	if (group->shape == GROUP_SINGLE_ZONE)
		return single(group, failed);
	if (!failed)
		return emptiest(group, NULL);
	return group->shape == GROUP_EVEN || group->zone_count == 1 ? failed->zone : emptiest(group, failed->zone);
}

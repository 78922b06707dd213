/* The survey: which instances stay at which version, which are too many, what is still to come.
 * Of the instances of a version the best stay, so what is given up is always the worst. By construction
 * live - target size = excess - lacking. */
#include <stdlib.h>

#include "emulator/group_internal.h"

/* How much an instance is worth: available, running, with a machine, or only a plan. */
static int rank(const struct group *group, const struct group_instance *instance)
{
	if (group_instance_available(group, instance))
		return 3;
	if (instance->status == GROUP_MACHINE_RUNNING)
		return 2;
	return instance->status != GROUP_ABSENT;
}

static size_t version_of(const struct group *group, const struct group_instance *instance)
{
	for (size_t i = 0; i < group->version_count; i++)
		if (text_equal(group->own_versions[i].template_name, instance->own_template) &&
			text_equal(group->own_versions[i].name, instance->own_version))
			return i;
	return SIZE_MAX;
}

struct candidate {
	struct group_instance *instance;
	size_t version; /* SIZE_MAX: none of the group's */
	int rank;
};

/* Best first. */
static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	const bool x_current = x->version != SIZE_MAX, y_current = y->version != SIZE_MAX;

	if (x->rank != y->rank)
		return y->rank - x->rank;
	if (x_current != y_current)
		return y_current - x_current;
	return (x->instance->draw > y->instance->draw) - (x->instance->draw < y->instance->draw);
}

static struct candidate *collect(const struct group *group, struct group_survey *survey, bool configured)
{
	struct candidate *candidates = mem_alloc((group->instance_count + 1) * sizeof(*candidates));
	size_t count = 0;

	for (size_t i = 0; i < group->instance_count; i++) {
		struct group_instance *instance = group->own_instances[i];
		if (group_instance_leaves(instance) || instance->duty != GROUP_SERVES)
			continue;
		candidates[count++] = (struct candidate){instance, version_of(group, instance), rank(group, instance)};
		if (configured && !group_instance_is_configured(group, instance))
			candidates[count - 1].version = SIZE_MAX;
		survey->available += candidates[count - 1].rank == 3;
	}
	survey->live = (int)count;
	qsort(candidates, count, sizeof(*candidates), compare);
	return candidates;
}

static struct group_survey make(const struct group *group, bool configured)
{
	struct group_survey survey = {.own_lacking = mem_alloc((group->version_count + 1) * sizeof(int))};
	AUTO_FREE struct candidate *candidates = collect(group, &survey, configured);

	survey.own_excess = mem_alloc(((size_t)survey.live + 1) * sizeof(*survey.own_excess));
	for (size_t i = 0; i < group->version_count; i++)
		survey.own_lacking[i] = group_version_target(group, i);
	for (size_t i = 0; i < (size_t)survey.live; i++) {
		const struct candidate *candidate = &candidates[i];
		if (candidate->version != SIZE_MAX && survey.own_lacking[candidate->version] > 0) {
			survey.own_lacking[candidate->version]--;
			survey.pending += candidate->rank < 3;
		} else {
			survey.own_excess[survey.excess_count++] = candidate->instance;
		}
	}
	for (size_t i = 0; i < group->version_count; i++)
		survey.lacking += survey.own_lacking[i];
	return survey;
}

struct group_survey group_survey_make(const struct group *group)
{
	return make(group, true);
}

struct group_survey group_survey_versions(const struct group *group)
{
	return make(group, false);
}

void group_survey_done(struct group_survey *survey)
{
	mem_free(survey->own_excess);
	mem_free(survey->own_lacking);
}

size_t group_main_version(const struct group *group)
{
	for (size_t i = 0; i < group->version_count; i++)
		if (group->own_versions[i].size.form == GROUP_AMOUNT_ABSENT)
			return i;
	return 0;
}

size_t group_survey_version(const struct group *group, const struct group_survey *survey)
{
	for (size_t i = 0; i < group->version_count; i++)
		if (survey->own_lacking[i] > 0)
			return i;
	return group_main_version(group);
}

size_t group_survey_version_for(
	const struct group *group, const struct group_survey *survey, const struct group_instance *instance)
{
	const size_t version = version_of(group, instance);

	return version != SIZE_MAX && survey->own_lacking[version] > 0 ? version : group_survey_version(group, survey);
}

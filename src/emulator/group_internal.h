/* What the files of the group share: steps of one instance, the survey that the plan is made from, and the loop that
 * brings a group to rest after a change. */
#pragma once

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/group.h"

#define GROUP_NEVER INT64_MAX

/* group.c */
/* Lets everything happen that is due or allowed now; ends at rest. */
void group_settle(struct group *group);
/* Changes between hold and release take effect together: nothing is started on half of them. */
void group_hold(struct group *group, int64_t now);
void group_release(struct group *group);
/* Appends an instance without a machine, action CREATING; its creation starts at once. name NULL: a random free one. */
struct group_instance *group_add_instance(struct group *group, const char *name, size_t version);
int64_t group_pick(const struct group *group, struct group_range range);
void group_text_replace(char **own_text, const char *text);
void group_add_error(struct group *group, const struct group_instance *instance, const struct group_fault *fault);

/* Where the next instance goes; not to the zone of `failed` (NULL: any), where its shape lets it go elsewhere. */
const char *group_next_zone(const struct group *group, const struct group_instance *failed);

/* One instance fewer is wanted of those that do what this one does. */
void group_lower_size(struct group *group, const struct group_instance *instance);

/* group_machine.c: one instance. */
/* On its way out: counts for nothing any more. */
bool group_instance_leaves(const struct group_instance *instance);
void group_instance_free(struct group_instance *instance);
void group_instance_assign(struct group *group, struct group_instance *instance, size_t version);
/* The group's configuration is intended for it. */
void group_instance_configure(struct group *group, struct group_instance *instance);
/* It has, or is getting, another one; without a machine it will get the group's. */
bool group_instance_is_configured(const struct group *group, const struct group_instance *instance);
void group_instance_start_create(struct group *group, struct group_instance *instance, enum group_action action);
void group_instance_start_delete(struct group *group, struct group_instance *instance);
void group_instance_start_abandon(struct group *group, struct group_instance *instance);
void group_instance_start_recreate(struct group *group, struct group_instance *instance);
void group_instance_start_restart(struct group *group, struct group_instance *instance);
void group_instance_start_refresh(struct group *group, struct group_instance *instance);
void group_instance_start_stop(struct group *group, struct group_instance *instance, bool lost);
/* Takes the step that is due. true: the instance left the group and is to be freed. */
bool group_instance_step(struct group *group, struct group_instance *instance);
int64_t group_instance_next(const struct group *group, const struct group_instance *instance);

/* group_standby.c: machines that stand by. */
/* A machine that began to run is on its way to stand by. */
void group_standby_begin(struct group *group, struct group_instance *instance);
bool group_standby_rests(const struct group_instance *instance);
/* One of the wanted version serves from now on; false: there is none, or it is not the mode. */
bool group_standby_call(struct group *group, size_t version);
bool group_standby_step(struct group *group); /* one step of the plan */
bool group_standby_settled(const struct group *group);

/* group_health.c */
void group_instance_forget_health(struct group_instance *instance);
void group_instance_watch(struct group *group, struct group_instance *instance);
/* When auto-healing will repair it if nothing changes; GROUP_NEVER: not. */
int64_t group_instance_heal_at(const struct group *group, const struct group_instance *instance);

/* group_survey.c: who stays, who is too many, which versions lack instances. Valid until the group changes. */
struct group_survey {
	struct group_instance **own_excess; /* best first: instances that no version has room for */
	size_t excess_count;
	int *own_lacking; /* per version: instances still to come */
	int lacking;      /* their sum */
	int pending;      /* instances that stay but are not available yet */
	int live;         /* instances that are not leaving */
	int available;
};
struct group_survey group_survey_make(const struct group *group);
/* The same by versions alone: whoever has another configuration stays. */
struct group_survey group_survey_versions(const struct group *group);
void group_survey_done(struct group_survey *survey);
#define AUTO_SURVEY __attribute__((cleanup(group_survey_done))) struct group_survey
/* The version that the next new instance gets; that an instance gets which is changed, where possible its own. */
size_t group_survey_version(const struct group *group, const struct group_survey *survey);
/* The version that takes the rest. */
size_t group_main_version(const struct group *group);
size_t group_survey_version_for(
	const struct group *group, const struct group_survey *survey, const struct group_instance *instance);

/* group_update.c: what an update does to one instance. */
enum group_update {
	GROUP_UPDATE_NOT,        /* it may not be touched, or not yet */
	GROUP_UPDATE_SUBSTITUTE, /* it goes, another one comes */
	GROUP_UPDATE_RECREATE,
	GROUP_UPDATE_RESTART,
	GROUP_UPDATE_REFRESH,
};
enum group_update group_update_of(const struct group *group, const struct group_policy *policy,
	const struct group_instance *instance, size_t version);
/* version: SIZE_MAX leaves the instance at its own. */
void group_update_start(struct group *group, struct group_instance *instance, enum group_update update, size_t version);

/* group_plan.c */
/* Takes one step that the rules allow; false when there is none. */
bool group_plan_step(struct group *group);
/* Instances that a proactive update has still to change; 0 for an opportunistic group. */
size_t group_plan_outstanding(const struct group *group);

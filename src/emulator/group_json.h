/* Groups and their instances as the Compute API prints them. All trees live in the current JSON arena. */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "emulator/group.h"

/* Where a group stands; loans for the call. */
struct group_place {
	const char *base; /* link prefix: https://www.googleapis.com/compute/v1 */
	const char *project;
	const char *project_number;
	const char *region;    /* bare name of a regional group, NULL for a zonal one */
	const char *name;      /* of the manager */
	int64_t wall_start_us; /* wall time at emulated time 0 */
};

/* Reads a whole instanceGroupManager body (checked, defaults filled in or not) into the group: versions (or
 * instanceTemplate), updatePolicy, autoHealingPolicies, instanceLifecyclePolicy, allInstancesConfig, targetSize. Members that are absent
 * take the API's defaults; an absent targetSize keeps the size. Links are cut to "projects/...". */
void group_read_body(struct group *group, const cJSON *body, int64_t now);

/* Does the body of a manager keep anything of machines that are made anew? */
bool group_is_stateful(const cJSON *body);

/* Adds to a body what only the group knows, and replaces it where present: targetSize, currentActions, status, and
 * `calculated` in versions[].targetSize, updatePolicy.maxSurge and .maxUnavailable (made where absent). */
void group_write_manager(const struct group *group, const struct group_place *place, cJSON *body);

/* Items, added to an array: managedInstances of listManagedInstances, items of listErrors (newest first), items of the
 * instance group's listInstances (state "ALL" or "RUNNING"; named_ports: array of the group or NULL). */
void group_write_managed(const struct group *group, const struct group_place *place, cJSON *items);
void group_write_errors(const struct group *group, const struct group_place *place, cJSON *items);
void group_write_members(const struct group *group, const struct group_place *place, const char *state,
	const cJSON *named_ports, cJSON *items);
/* instanceGroup.size: instances that have a machine. */
int group_member_count(const struct group *group);

/* GET of one instance: compute#instance. of_template: properties of the template the machine was made of (NULL when it is
 * gone). The instance must have a machine. */
cJSON *group_instance_json(
	const struct group_place *place, const struct group_instance *instance, const cJSON *of_template);

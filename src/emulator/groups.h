/* Managed instance groups in the emulator: each instanceGroupManager in the store owns a group (group.h), which this
 * module creates, feeds with what the API says, and lets live in the world. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/group.h"
#include "emulator/group_json.h"
#include "emulator/store.h"

struct emulator;

/* What a manager owns beside its body. */
struct emu_group {
	struct emulator *emulator;
	struct emu_resource *manager; /* loan: owns this */
	struct group_world world;
	struct group *own_group;
	char *own_ports;         /* the named ports as text, to see when they change */
	unsigned ports_revision; /* of the named ports: fingerprint of the instance group */
	int64_t ports_changed;
	char project_number[16];
	int64_t planned; /* when the agenda looks at it next; INT64_MAX: never */
};

struct emu_group *emu_group_of(const struct emu_resource *manager); /* never NULL for a visible manager */
/* Makes the group of a manager whose insert is done. */
void emu_group_create(struct emulator *emulator, struct emu_resource *manager);
void emu_group_forget(struct emu_resource *manager);
/* Something was changed: notes when the group has to be looked at next. */
void emu_group_plan(struct emu_group *group);
/* For group_json.h; loans in json_arena(). */
struct group_place emu_group_place(const struct emu_group *group);
/* The manager behind an instance group's path. NULL: none, or not visible yet. */
struct emu_resource *emu_group_manager_of(struct emulator *emulator, const char *instance_group_path);
char *emu_group_instance_group_path(const struct emu_resource *manager);

/* Calls fn for every group of the project (NULL: of all). */
void emu_groups_each(
	struct emulator *emulator, const char *project, void (*fn)(void *arg, struct emu_group *group), void *arg);
/* The time of a group's event has come. */
void emu_groups_due(struct emulator *emulator, const char *manager_path);
/* Firewalls of the project changed, or one of its health checks (NULL: firewalls). */
void emu_groups_touch(struct emulator *emulator, const char *project, const char *health_check_path);
void emu_groups_set_app_start(struct emulator *emulator);

/* Refuses named ports (of a body with the member namedPorts) that the cloud would refuse. */
struct emu_call;
bool emu_group_check_named_ports(struct emu_call *call, const cJSON *body);

enum emu_machine_event { MACHINE_BREAKS, MACHINE_MENDS, MACHINE_STOPS, MACHINE_VANISHES };
/* False: no such running machine. */
bool emu_groups_machine_event(struct emulator *emulator, const char *instance_path, enum emu_machine_event event);
/* The group and instance behind "projects/P/zones/Z/instances/N"; false: no such instance. */
bool emu_groups_find_instance(
	struct emulator *emulator, const char *path, struct emu_group **group, struct group_instance **instance);
/* Every managed instance of the world, for GET state. */
cJSON *emu_groups_instances_json(struct emulator *emulator);

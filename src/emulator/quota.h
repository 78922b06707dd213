/* Count quotas: how much of a resource a project may have. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/accelerator.h"

struct emulator;
struct emu_call;

/* region NULL: a global metric. */
double emu_quota_limit(const struct emulator *emulator, const char *project, const char *region, const char *metric);
/* Refuses (403 quotaExceeded) an insert at path that would pass the limit of its kind. */
bool emu_quota_check(struct emu_call *call, const char *path, const cJSON *body);
/* The quotas member of a project or region, in json_arena(). */
cJSON *emu_quotas_json(struct emulator *emulator, const char *project, const char *region);
/* What a machine counts against: quotas of its region, and those of the whole project. */
struct emu_quota_need {
	int cpus;
	struct emu_cards cards;
};
/* Does one more machine fit into INSTANCES, CPUS and the GPUs of the region, CPUS_ALL_REGIONS and GPUS_ALL_REGIONS? When not,
 * *metric, *limit and *global say which one is full. */
bool emu_quota_machine_fits(struct emulator *emulator, const char *project, const char *region,
	struct emu_quota_need need, const char **metric, double *limit, bool *global);

/* Autoscalers: each sets the size of one managed group by what the world says of its load. */
#pragma once

#include "base/json.h"
#include "emulator/store.h"

struct emulator;

/* The autoscaler of a managed group, visible; NULL: the group has none. */
struct emu_resource *emu_autoscaler_of(struct emulator *emulator, const char *manager_path);
/* Does it keep others from setting the size of its group? */
bool emu_autoscaler_holds(const struct emu_resource *autoscaler);
/* Something that it looks at has changed: it will look again in a while. */
void emu_autoscaler_plan(struct emulator *emulator, const struct emu_resource *autoscaler);
/* The time of its look has come. */
void emu_autoscaler_due(struct emulator *emulator, const char *path);
/* Adds status, statusDetails and recommendedSize. */
void emu_autoscaler_render(struct emulator *emulator, const struct emu_resource *autoscaler, cJSON *body);
void emu_autoscaler_begin(struct emu_resource *autoscaler);
void emu_autoscaler_forget(struct emu_resource *autoscaler);

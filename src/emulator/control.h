/* The control surface: /emulator/v1/... */
#pragma once

#include "base/json.h"

struct emulator;
struct emu_call;

bool emu_control(struct emu_call *call);
/* The whole world: time, resources by path as they are read, operations, managed instances, faults, settings. */
cJSON *emu_state_json(struct emulator *emulator);

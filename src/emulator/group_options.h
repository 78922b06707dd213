/* What a group manager's body may say beside its versions, sizes and updates. */
#pragma once

#include "emulator/call.h"

/* Refuses what the cloud would refuse. before: the body as it stands, NULL at insert. */
bool emu_group_check_options(struct emu_call *call, const cJSON *body, const cJSON *before);

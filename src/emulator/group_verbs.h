/* The custom verbs of instanceGroupManagers. */
#pragma once

#include "emulator/kind.h"

extern const struct emu_verb emu_group_verbs[]; /* ends with name NULL */

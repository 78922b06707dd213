/* Security policies of Cloud Armor, as far as what refers to them goes: policies themselves are not kept. */
#pragma once

#include <stdbool.h>

#include "emulator/call.h"
#include "emulator/store.h"

/* POST .../setSecurityPolicy and setEdgeSecurityPolicy: {"securityPolicy": link}, or none. A link of the right form is a policy. */
bool emu_set_policy(struct emu_call *call, struct emu_resource *resource, const char *member, const char *type);

/* Networks and their subnetworks. Every project is born with an auto-mode network named default. */
#pragma once

#include "base/json.h"

struct emulator;

void emu_network_add_default(struct emulator *emulator, const char *project);
/* Address of machine number in a subnetwork of region: "10.128.0.2", in json_arena(). */
char *emu_network_address(const char *region, unsigned number);

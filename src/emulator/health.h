/* Health of backends as the load balancer's probers see it. */
#pragma once

#include <stdbool.h>

#include "emulator/call.h"
#include "emulator/store.h"

/* POST backendServices/B/getHealth. */
bool emu_get_health(struct emu_call *call, struct emu_resource *resource);
void emu_health_forget(struct emu_resource *resource); /* own_extra of a backend service */

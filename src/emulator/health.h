/* Health of backends as the load balancer's probers see it. */
#pragma once

#include <stdbool.h>

#include "emulator/call.h"
#include "emulator/store.h"

struct emu_group;
struct group_instance;

/* POST backendServices/B/getHealth. */
bool emu_get_health(struct emu_call *call, struct emu_resource *resource);
void emu_health_forget(struct emu_resource *resource); /* own_extra of a backend service */

/* Do the firewalls of the project let the probers reach this machine on that port? *since receives the time of the change
 * that opened the way, at the latest. */
bool emu_firewall_admits(struct emulator *emulator, const struct emu_group *group,
	const struct group_instance *instance, int port, int64_t *since);

/* What the firewalls of a network let through to a machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emulator/store.h"

struct emulator;
struct emu_template;

/* Reads the body of a firewall into its own_extra, where it is looked up fast; to be called after each change. */
void emu_firewall_read(struct emu_resource *resource);
void emu_firewall_close(struct emu_resource *resource); /* it is about to go: no longer counts */
void emu_firewall_forget(struct emu_resource *resource);

/* Do the firewalls of the project let the load balancer's probers reach a machine of that template on that port? *since
 * receives the time of the change that opened the way, at the latest. */
bool emu_firewall_admits(const struct emulator *emulator, const char *project, const struct emu_template *machine,
	int port, int64_t *since);

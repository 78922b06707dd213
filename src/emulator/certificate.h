/* What certificates need of the rest: time goes by for those that Google manages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct emulator;

/* The agenda's time has come for the managed certificate at path. */
void emu_certificate_due(struct emulator *emulator, const char *path);

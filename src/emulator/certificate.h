/* What certificates need of the rest: time goes by for those that Google manages, and their keys are shown to nobody. */
#pragma once

#include <stddef.h>

struct emulator;

/* The agenda's time has come for the managed certificate at path. */
void emu_certificate_due(struct emulator *emulator, const char *path);
/* The body of a request without private keys, as logs and files may keep it; it says the same when it is played again. In
 * json_arena(). */
const char *emu_certificate_shown(const char *path, const char *body, size_t length);

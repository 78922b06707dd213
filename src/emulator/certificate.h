/* What certificates need of the rest: time goes by for those that Google manages, and their keys are shown to nobody. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct emulator;

/* The agenda's time has come for the managed certificate at path. */
void emu_certificate_due(struct emulator *emulator, const char *path);

/* Stands for a key that belongs to its certificate, and is believed when a line of the journal is played again. */
#define EMU_KEY_HIDDEN "[hidden]"

/* May the body of a request to path hold private keys? */
bool emu_certificate_is_meant(const char *path);
/* Such a body without them, as logs and files may keep it: played again it is taken, or refused, as it was. What is no JSON is not shown
 * at all. Any other body is copied. In json_arena(). */
const char *emu_certificate_shown(const char *path, const char *body, size_t length);

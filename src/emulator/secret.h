/* What is shown of requests that hold secrets: keys of certificates and of signed URLs, and the secret of an OAuth client. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emulator/call.h"

/* Stands for a key that was good, and is believed when a line of the journal is played again. */
#define EMU_KEY_HIDDEN "[hidden]"
/* Is it that, and is a line being played? */
bool emu_key_is_hidden(const struct emu_call *call, const char *key);

/* An OAuth secret is shown as this and its SHA-256, which is read back all the same. */
#define EMU_DIGEST_SHOWN "sha256:"
/* The SHA-256 of such a secret, of one that a journal shows, too; in json_arena(). */
char *emu_secret_digest(const struct emu_call *call, const char *secret);

/* May the body of a request to path hold secrets? */
bool emu_secret_is_meant(const char *path);
/* Such a body without them, as logs and files may keep it: played again it is taken, or refused, as it was. What is no JSON is not shown
 * at all. Any other body is copied. In json_arena(). */
const char *emu_secret_shown(const char *path, const char *body, size_t length);

/* One fetch of a token, by a credential that the first part of an input describes: the JSON of a credentials file, or a word:
 * metadata, token-file. The other parts are what is answered. */
#pragma once

#include "session.h"

void credential_session(struct input input);

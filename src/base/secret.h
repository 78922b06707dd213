/* Texts that nobody may see: what is freed is wiped first, and what others say about them is cleaned. */
#pragma once

#include "base/str.h"

void secret_free(char *own_text);     /* NULL is fine */
void secret_done(struct str *secret); /* as str_done */
#define AUTO_SECRET __attribute__((cleanup(secret_free_scope)))
void secret_free_scope(void *pointer_to_pointer);
#define AUTO_SECRET_STR __attribute__((cleanup(secret_done))) struct str

/* Printable ASCII without spaces, at least one character: what a token is, and what may stand in a header. */
bool secret_is_token(const char *text);

/* A copy of somebody else's sentence for our messages, owned by the caller: each of the secrets (up to NULL; what is shorter
 * than four characters is passed over) and every run of more than 40 characters that could be a token becomes "[...]", control
 * characters become spaces, and what is longer than 300 bytes is cut. */
char *secret_clean(const char *sentence, const char *const *secrets);

/* Each time the secret stands in the sentence, or begins where that was cut, it becomes "[...]", in place. NULL, and what has
 * fewer than six characters, is passed over. */
void secret_hide(char *sentence, const char *secret);

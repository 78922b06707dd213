/* Where an external account gets the token that says who it is elsewhere: a file, a URL, or a program. */
#pragma once

#include "gce/oauth.h"

struct subject;

/* Exactly one of token and err is not NULL. */
typedef void (*subject_fn)(void *arg, const char *token, const struct error *err);

/* What the program is told, beside what its command says. Loans for subject_new. */
struct subject_facts {
	const char *audience, *token_type;
	const char *email; /* of the account that will be impersonated; NULL: none */
};

/* From credential_source of a credentials file. NULL and err (REJECTED) when it can't work. */
struct subject *subject_new(
	const struct credential_io *io, const cJSON *source, const struct subject_facts *facts, struct error *err);
void subject_free(struct subject *subject); /* NULL is fine */

/* Anew each time, since others renew it. One at a time; fn may be called from within. */
void subject_fetch(struct subject *subject, subject_fn fn, void *arg);
void subject_cancel(struct subject *subject);

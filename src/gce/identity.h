/* Service accounts that we act as on behalf of some objects: each has a token of its own, made of our own credentials. */
#pragma once

#include "gce/token.h"
#include "gce/url.h"

struct gce;

/* The token that calls in the name of email (NULL: our own) are sent with; it stays until gce_free. */
struct token *identity_token(struct gce *gce, const char *email);
void identities_close(struct gce *gce);
void identities_done(struct gce *gce);

/* What our own credentials are, found as at the start. False and err: there are none, or they can't work. *own_found NULL: none are
 * needed. */
bool identity_find_own(const struct gce *gce, struct credential **own_found, struct error *err);

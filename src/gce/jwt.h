/* JSON Web Tokens, signed with RS256. */
#pragma once

#include "base/json.h"
#include "base/rsa.h"

/* header.claims.signature, for whoever frees it with secret_free. key_id NULL: the header names none. NULL when the key does not
 * sign. */
char *jwt_sign(const struct rsa_key *key, const char *key_id, const cJSON *claims);

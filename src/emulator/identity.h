/* Who may call: the access tokens that were given out, the accounts that they are of, and the services that give them out. Any
 * account exists and may do everything, unless POST world said otherwise: what is judged here is how tokens are asked for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/map.h"
#include "emulator/dice.h"
#include "emulator/refusal.h"

#define EMU_SCOPE_ALL "https://www.googleapis.com/auth/cloud-platform"

enum { EMU_TOKEN_LIFE_S = 3599 };

struct emulator;
struct emu_call;

struct emu_identity {
	struct map tokens;    /* token -> own struct emu_token */
	struct map accounts;  /* email -> own struct emu_account; those that POST world named */
	struct emu_dice dice; /* of tokens: they must not change what else happens */
	int64_t token_life_s; /* of new ones */
	char *own_metadata;   /* the metadata server's own token, given out again while it is good; NULL: none yet */
};

struct emu_token {
	char *own_email, *own_scope;
	int64_t ends; /* emulated time */
};

/* POST world: {"serviceAccount": {"email", "publicKey", "enabled"}}, {"tokenLifeS": N}, {"expireTokens": true}. */
bool emu_identity_change_account(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal);
bool emu_identity_change_life(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal);
bool emu_identity_expire(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal);
void emu_identity_init(struct emu_identity *identity, uint64_t seed);
void emu_identity_done(struct emu_identity *identity);

/* Gives out a token; text in json_arena(). */
char *emu_token_issue(struct emulator *emulator, const char *email, const char *scope, int64_t life_s);
/* The token, if it was given out and is good now. */
const struct emu_token *emu_token_find(const struct emulator *emulator, const char *token);
/* The bearer token of a call; NULL: it has none. */
const char *emu_bearer(const struct emu_call *call);
/* False: refused, 401. By the emulator's options: every call may pass, those with any token, those with a token of ours or one that
 * an account signed itself. */
bool emu_identity_check(struct emu_call *call);
/* Milliseconds of the emulator that are so many seconds to its clients. */
int64_t emu_client_seconds(const struct emulator *emulator, int64_t s);
/* What a client's clock says, in seconds since 1970. */
int64_t emu_client_now_s(const struct emulator *emulator);

/* A JWT of a service account, judged: signature (where its key is known) and times. claims in json_arena(), NULL when it is no good:
 * why is the token service's sentence. */
cJSON *emu_jwt_read(const struct emulator *emulator, const char *jwt, const char **why);
/* NULL: the account is not known by name, so nothing is known against it. */
struct rsa_key;
const struct rsa_key *emu_account_key(const struct emulator *emulator, const char *email);
bool emu_account_enabled(const struct emulator *emulator, const char *email);

/* The services by path; false: the path is none of theirs. */
bool emu_identity_serves(const char *path);
bool emu_identity_serve(struct emu_call *call);
bool emu_oauth_token(struct emu_call *call);     /* POST /token, of oauth2.googleapis.com */
bool emu_sts_token(struct emu_call *call);       /* POST /v1/token, of sts.googleapis.com */
bool emu_iam_impersonate(struct emu_call *call); /* POST /v1/projects/-/serviceAccounts/E:generateAccessToken */
/* Everything that comes to the metadata server's door. */
bool emu_metadata(struct emu_call *call);

/* The body of a request as logs may show it: a form's secrets are hidden. In json_arena(). */
const char *emu_identity_shown(const char *path, const char *body, size_t length);

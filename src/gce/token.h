/* The access token, from a file that somebody else keeps fresh. It is never part of a message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/env.h"

struct token {
	struct env *env;     /* loan */
	char *own_path;      /* NULL: no token is used */
	char *own_header;    /* "Bearer ..."; NULL before the first good read */
	int64_t read_ms;     /* monotonic time of the last attempt to read */
	unsigned generation; /* counts successful reads */
};

/* Reads the file for the first time. false: it cannot be read or holds no token (REJECTED). path NULL: no token. */
bool token_init(struct token *token, struct env *env, const char *path, int64_t now_ms, struct error *err);
void token_done(struct token *token);

/* The value of the Authorization header, a loan until the next call; NULL when no token is used. Reads the file again when
 * the last look is 30 s old; a file that cannot be read just then leaves the old token in use. */
const char *token_header(struct token *token, int64_t now_ms);

/* The token of that generation was refused: reads the file at once, unless a newer one is here already. false: err says why
 * the file is of no use. */
bool token_refused(struct token *token, unsigned generation, int64_t now_ms, struct error *err);

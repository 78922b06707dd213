/* A client on virtual time whose requests are answered by the parts of an input, one after the other. A part's first line is the
 * status ("200", "429 3" with Retry-After, "drop", "cut" after the body, "silent"), what follows it is the body. */
#pragma once

#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "fuzz.h"

struct session {
	struct fake_loop loop;
	struct fake_env env;
	struct fake_http http;
	struct input answers;
	unsigned asked, answered;
	/* Sees each request before it is answered; NULL: nobody does. */
	void (*see)(void *arg, const struct fake_call *call);
	void *arg;
	bool programs; /* programs are played too: the next part is the output of one, its status the exit code */
};

/* piece: most bytes of an answer at once, 0: whole. */
void session_open(struct session *session, struct input answers, size_t piece);
/* Lets time pass until nothing is armed or asked any more, an hour at most. */
void session_run(struct session *session);
void session_close(struct session *session);

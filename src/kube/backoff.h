/* How long to wait after a failure: longer each time, up to half a minute, forgotten after two quiet minutes. */
#pragma once

#include "net/env.h"
#include "net/loop.h"

struct backoff {
	int failures;
	int64_t last; /* loop time of the last failure */
};

/* Milliseconds: d to 2 d, where d is 0.8 s, doubled with each call, and 15 s at most. */
int64_t backoff_next(struct backoff *backoff, struct loop *loop, struct env *env);

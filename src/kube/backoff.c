#include "kube/backoff.h"

enum { FIRST_MS = 800, LAST_MS = 15 * 1000, QUIET_MS = 120 * 1000 };

int64_t backoff_next(struct backoff *backoff, struct loop *loop, struct env *env)
{
	int64_t now = loop_now(loop), wait = FIRST_MS;
	if (now - backoff->last > QUIET_MS)
		backoff->failures = 0;
	for (int i = 0; i < backoff->failures && wait < LAST_MS; i++)
		wait *= 2;
	if (wait > LAST_MS)
		wait = LAST_MS;
	backoff->failures++;
	backoff->last = now;
	return wait + (int64_t)env_random_below(env, (uint64_t)wait);
}

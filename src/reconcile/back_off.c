/* How long to rest after a failure: by its class, slower and slower, never all at the same moment. */
#include "reconcile/internal.h"

enum {
	WAIT_FIRST_MS = 2000,
	WAIT_LAST_MS = 30000,
	TRANSIENT_FIRST_MS = 1000,
	TRANSIENT_LAST_MS = 60000,
	THROTTLED_MS = 30000,
	REJECTED_FIRST_MS = 30000,
	REJECTED_LAST_MS = 300000,
	QUOTA_MS = 375000, /* five minutes at least, after the spread */
	STOCK_OUT_FIRST_MS = 60000,
	STOCK_OUT_LAST_MS = 300000,
	INTERNAL_TRIES = 6, /* then it is taken for lasting */
	STALE_AT_ONCE = 3,  /* what was only read too early is done again at once, so often */
	API_FIRST_MS = 2000,
	API_LAST_MS = 300000,
	SPREAD_PERCENT = 20,
};

static int64_t doubled(int64_t first, int64_t last, int attempts)
{
	int64_t delay = first;

	while (--attempts > 0 && delay < last)
		delay *= 2;
	return delay < last ? delay : last;
}

bool back_off_lasts(const struct error *err, int attempts)
{
	bool internal = text_equal(err->code, "INTERNAL_ERROR") || text_equal(err->code, "internalError");

	return internal && attempts > INTERNAL_TRIES;
}

/* An internal error may be the request's fault for all that is known, and machines don't grow within seconds. */
static int64_t transient_delay(const struct error *err, int attempts)
{
	if (text_equal(err->reason, "StockOut"))
		return doubled(STOCK_OUT_FIRST_MS, STOCK_OUT_LAST_MS, attempts);
	if (back_off_lasts(err, attempts))
		return REJECTED_LAST_MS;
	return doubled(TRANSIENT_FIRST_MS, TRANSIENT_LAST_MS, attempts);
}

/* A quota is not raised within a minute. */
static int64_t rejected_delay(const struct error *err, int attempts)
{
	if (text_equal(err->reason, "QuotaExceeded"))
		return QUOTA_MS;
	return doubled(REJECTED_FIRST_MS, REJECTED_LAST_MS, attempts);
}

static int64_t delay_of(const struct error *err, int attempts)
{
	switch (err->class) {
	case ERROR_NONE:
	case ERROR_STALE:
		return attempts > STALE_AT_ONCE ? doubled(WAIT_FIRST_MS, WAIT_LAST_MS, attempts - STALE_AT_ONCE) : 0;
	case ERROR_WAIT:
		return doubled(WAIT_FIRST_MS, WAIT_LAST_MS, attempts);
	case ERROR_TRANSIENT:
		return transient_delay(err, attempts);
	case ERROR_THROTTLED:
		return THROTTLED_MS;
	case ERROR_REJECTED:
		return rejected_delay(err, attempts);
	}
	return 0;
}

/* Earlier than the server asked for is too early. */
static int64_t spread(struct env *env, int64_t delay, const struct error *err)
{
	int64_t asked = err->retry_after_ms;

	if (delay >= asked)
		return env_jitter(env, delay, SPREAD_PERCENT);
	return asked + env_jitter(env, asked * SPREAD_PERCENT / 200, 100);
}

int64_t back_off_cloud(struct env *env, const struct error *err, int attempts)
{
	return spread(env, delay_of(err, attempts), err);
}

int64_t back_off_api(struct env *env, const struct error *err, int attempts)
{
	return spread(env, doubled(API_FIRST_MS, API_LAST_MS, attempts), err);
}

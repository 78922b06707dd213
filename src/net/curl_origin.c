/* Invariant: `opening` is the call that was started last, as long as its connection does not stand, unless the place is known to
 * speak HTTP/1.1. An origin lives as long as it has calls. */
#include "net/curl_origin.h"

#include "base/alloc.h"

/* On HTTP/2: two connections of as many streams as servers commonly allow, and curl too. */
enum { CONNECTIONS = 2, STREAMS = 100 };

enum carries { CARRIES_UNKNOWN, CARRIES_ONE, CARRIES_MANY };

struct origin {
	LIST_ENTRY(origin) link;
	struct loop *loop;
	uint64_t key;
	enum carries carries; /* calls at once, a connection */
	long connections;     /* that curl opens at most, on HTTP/1.1; 0: any number */
	const struct curl_call *opening;
	bool connects; /* opening opens a connection, rather than use one that stands */
	int started;   /* in flight */
	TAILQ_HEAD(, curl_call) waiting;
	struct timer timer;
};

static bool may_start(const struct origin *origin)
{
	if (origin->carries == CARRIES_ONE)
		return !origin->connections || origin->started < origin->connections;
	return !origin->opening && (!origin->connections || origin->started < CONNECTIONS * STREAMS);
}

static void admit(void *arg)
{
	struct origin *origin = arg;
	struct curl_call *call;
	while ((call = TAILQ_FIRST(&origin->waiting)) && may_start(origin)) {
		TAILQ_REMOVE(&origin->waiting, call, waiting_link);
		call->started = true;
		origin->started++;
		if (origin->carries != CARRIES_ONE) { /* else nobody waits for its connection */
			origin->opening = call;
			origin->connects = false;
		}
		curl_call_start(call);
	}
}

static void admit_soon(struct origin *origin)
{
	if (!TAILQ_EMPTY(&origin->waiting))
		timer_start(origin->loop, &origin->timer, 0, admit, origin);
}

static struct origin *origin_new(const struct curl_call *call)
{
	struct origin *origin = mem_alloc(sizeof(*origin));
	*origin = (struct origin){.loop = call->loop,
		.key = call->origin_key,
		.carries = call->secure ? CARRIES_UNKNOWN : CARRIES_ONE,
		.connections = call->connections};
	TAILQ_INIT(&origin->waiting);
	return origin;
}

static struct origin *origin_at(struct origin_list *list, uint64_t key)
{
	struct origin *origin;
	LIST_FOREACH(origin, list, link)
	{
		if (origin->key == key)
			return origin;
	}
	return NULL;
}

void origin_enter(struct origin_list *list, struct curl_call *call)
{
	struct origin *origin = origin_at(list, call->origin_key);
	if (!origin) {
		origin = origin_new(call);
		LIST_INSERT_HEAD(list, origin, link);
	}
	call->origin = origin;
	TAILQ_INSERT_TAIL(&origin->waiting, call, waiting_link);
	if (origin->opening && origin->connects)
		curl_call_connects(call);
	admit_soon(origin);
}

void origin_leave(struct curl_call *call)
{
	struct origin *origin = TAKE(call->origin);
	if (!origin)
		return;
	if (call->started)
		origin->started--;
	else
		TAILQ_REMOVE(&origin->waiting, call, waiting_link);
	call->started = false;
	if (origin->opening == call)
		origin->opening = NULL;
	if (origin->started > 0 || !TAILQ_EMPTY(&origin->waiting)) {
		admit_soon(origin);
		return;
	}
	timer_stop(origin->loop, &origin->timer);
	LIST_REMOVE(origin, link);
	mem_free(origin);
}

void origin_connects(struct curl_call *call)
{
	struct origin *origin = call->origin;
	struct curl_call *waiting;
	if (origin->opening != call || origin->connects)
		return;
	origin->connects = true;
	TAILQ_FOREACH(waiting, &origin->waiting, waiting_link)
	{
		curl_call_connects(waiting);
	}
}

void origin_connected(struct curl_call *call, bool multiplexed)
{
	struct origin *origin = call->origin;
	struct curl_call *waiting;
	origin->carries = multiplexed ? CARRIES_MANY : CARRIES_ONE;
	if (origin->opening != call)
		return;
	origin->opening = NULL;
	TAILQ_FOREACH(waiting, &origin->waiting, waiting_link)
	{
		if (!origin->connects)
			break;
		timer_stop(origin->loop, &waiting->connect);
	}
	admit_soon(origin);
}

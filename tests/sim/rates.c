/* The judge of how much is asked of the cloud: budgets, and rests that it asked for. */
#include <stdio.h>

#include "sim/invariants.h"

enum { MINUTE_MS = 60000 };

/* The budgets that src/gce/budget.h states: calls a minute, with those that may leave at once. */
static const struct {
	const char *sort;
	unsigned most;
} budgets[] = {{" write", 620}, {" operation", 950}, {" read", 930}, {" list", 320}, {" aggregated", 130}};
enum { OTHERS_MOST = 320 };

struct window {
	int64_t from;
	unsigned calls;
};

static unsigned most_of(const char *quota)
{
	for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
		if (text_ends(quota, budgets[i].sort))
			return budgets[i].most;
	}
	return OTHERS_MOST;
}

static void check_budget(struct judge *judge, const struct replica *replica, const char *quota)
{
	JSON_WORK(work);
	char *key = arena_printf(json_arena(), "%s %s", replica->identity, quota);
	struct window *window = map_find(&judge->windows, key);

	if (!window) {
		window = mem_alloc(sizeof(*window));
		window->from = judge_now(judge);
		map_put(&judge->windows, key, window);
	}
	if (judge_now(judge) - window->from >= MINUTE_MS)
		*window = (struct window){.from = judge_now(judge)};
	if (++window->calls == most_of(quota) + 1)
		world_complain(judge->world, "I12 rate: %s asked more than %u times within a minute: %s",
			replica->identity, most_of(quota), quota);
}

static void check_rest(
	struct judge *judge, const struct replica *replica, const struct fake_call *call, const char *quota)
{
	int64_t sent = judge_now(judge) - WORLD_LATENCY_MS;

	for (size_t i = 0; i < RESTS_MAX; i++) {
		const struct rest *rest = &judge->world->rests[i];

		if (rest->http == call->http && rest->start == replica->starts && text_equal(rest->quota, quota) &&
			sent > rest->from && sent < rest->until && replica->rate == 1)
			world_complain(judge->world, "I12 rate: %s %s left %lld ms before the cloud may be asked again",
				call->method, call->path, (long long)(rest->until - sent));
	}
}

/* "I12 Rate": never over the budget; after 403 or 429 the process rests with that sort of calls. What left before the refusal was known
 * may still arrive. */
void i12_rate(struct judge *judge, const struct replica *replica, const struct fake_call *call)
{
	char quota[WORLD_QUOTA_SIZE];

	world_quota(call, quota);
	check_budget(judge, replica, quota);
	check_rest(judge, replica, call, quota);
}

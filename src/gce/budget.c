/* Invariants: a bucket's timer is armed exactly while the head of its line waits for time, or for fewer operations (not for
 * another call's answer); tokens never exceed what may go at once at the present rate. */
#include "gce/budget.h"

#include <assert.h>

#include "base/alloc.h"

enum {
	FREEZE_LEAST_MS = 20000,
	FREEZE_SPREAD_MS = 40000,
	FREEZE_MOST_MS = 600000,
	RUNS_NO_LIMIT = 500,
	RUNS_LOOK_MS = 5000,
	LIMIT_MS = 900000,
};

static const double limit_share = 0.9;   /* of what the cloud says that it allows */
static const double least_share = 0.05;  /* of the full rate */
static const double runs_regrow = 0.2;   /* per second */
static const double regrow_share = 0.01; /* of the full rate, per second */

static const struct {
	double rate;        /* calls a second */
	double burst;       /* calls at once after a pause, at the full rate */
	unsigned under_way; /* most calls between request and answer; 0: any number */
} full[GCE_BUDGETS] = {
	[GCE_READ] = {15, 30, 16},
	[GCE_LIST] = {5, 20, 16},
	[GCE_HEAVY] = {2, 10, 8},
	[GCE_WRITE] = {10, 20, 8},
	[GCE_OPERATION] = {15, 50, 0},
	[GCE_HEALTH] = {5, 20, 16},
};

struct bucket {
	struct budgets *budgets;
	enum gce_budget budget;
	bool used;
	double rate, tokens;
	double limit;       /* calls a second that the cloud said it allows, our share; 0: it did not */
	int64_t limited_ms; /* until then */
	int64_t counted_ms; /* up to when tokens and rate are counted */
	int64_t frozen_ms;  /* nothing goes before */
	unsigned under_way;
	unsigned refusals; /* in a row */
	unsigned running;  /* operations */
	double most_runs;  /* 0: any number */
	struct line line;
	struct timer timer;
};

/* What the cloud counts for one project in one place. */
struct spot {
	char *own_project, *own_location;
	struct bucket buckets[GCE_BUDGETS];
};

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* What the rate grows back to. */
static double full_rate_of(const struct bucket *bucket)
{
	bool limited = bucket->limit > 0 && bucket->counted_ms < bucket->limited_ms;
	return limited ? smaller(bucket->limit, full[bucket->budget].rate) : full[bucket->budget].rate;
}

static double burst_of(const struct bucket *bucket)
{
	return larger(1, full[bucket->budget].burst * bucket->rate / full[bucket->budget].rate);
}

/* Lets the time since the last count have its effect. */
static void count(struct bucket *bucket)
{
	int64_t now = loop_now(bucket->budgets->loop);
	int64_t since = now > bucket->counted_ms ? now - bucket->counted_ms : 0;
	double full_rate = full[bucket->budget].rate;
	double seconds = (double)since / 1000;
	double before = bucket->rate;
	bucket->counted_ms += since;
	bucket->rate = smaller(full_rate_of(bucket), before + seconds * regrow_share * full_rate);
	bucket->most_runs += bucket->most_runs > 0 ? seconds * runs_regrow : 0;
	if (bucket->most_runs > RUNS_NO_LIMIT)
		bucket->most_runs = 0;
	bucket->tokens = smaller(burst_of(bucket), bucket->tokens + seconds * (before + bucket->rate) / 2);
}

static int64_t ms_until_token(const struct bucket *bucket)
{
	int64_t now = loop_now(bucket->budgets->loop);
	if (now < bucket->frozen_ms)
		return bucket->frozen_ms - now;
	return bucket->tokens >= 1 ? 0 : 1 + (int64_t)((1 - bucket->tokens) / bucket->rate * 1000);
}

/* Whoever is under way may start an operation. */
static bool is_crowded(const struct bucket *bucket)
{
	return bucket->most_runs > 0 && bucket->running + bucket->under_way >= (unsigned)bucket->most_runs;
}

static bool is_full(const struct bucket *bucket)
{
	unsigned most = full[bucket->budget].under_way;
	return (most > 0 && bucket->under_way >= most) || is_crowded(bucket);
}

static void admit(void *arg)
{
	struct bucket *bucket = arg;
	timer_stop(bucket->budgets->loop, &bucket->timer);
	count(bucket);
	while (bucket->line.count > 0 && !is_full(bucket) && !bucket->budgets->closed) {
		int64_t wait = ms_until_token(bucket);
		if (wait > 0) {
			timer_start(bucket->budgets->loop, &bucket->timer, wait, admit, bucket);
			return;
		}
		struct budget_place *place =
			(struct budget_place *)line_take(&bucket->line, loop_now(bucket->budgets->loop));
		bucket->tokens -= 1;
		bucket->under_way++;
		place->granted = true;
		place->fn(place->arg);
	}
	if (bucket->line.count > 0 && is_crowded(bucket) && !bucket->budgets->closed)
		timer_start(bucket->budgets->loop, &bucket->timer, RUNS_LOOK_MS, admit, bucket);
}

static struct spot *new_spot(struct budgets *budgets, const struct budget_claim *claim)
{
	struct spot *spot = mem_alloc(sizeof(*spot));
	spot->own_project = mem_strdup(claim->project);
	spot->own_location = mem_strdup(claim->location);
	for (int i = 0; i < GCE_BUDGETS; i++) {
		struct bucket *bucket = &spot->buckets[i];
		*bucket = (struct bucket){.budgets = budgets,
			.budget = i,
			.rate = full[i].rate,
			.tokens = full[i].burst,
			.counted_ms = loop_now(budgets->loop)};
		line_init(&bucket->line);
	}
	return spot;
}

static struct bucket *bucket_of(struct budgets *budgets, const struct budget_claim *claim)
{
	AUTO_FREE char *key = mem_printf("%s/%s", claim->project, claim->location);
	struct spot *spot = map_find(&budgets->spots, key);
	if (!spot) {
		spot = new_spot(budgets, claim);
		map_put(&budgets->spots, key, spot);
	}
	spot->buckets[claim->budget].used = true;
	return &spot->buckets[claim->budget];
}

void budgets_init(struct budgets *budgets, struct loop *loop, struct env *env)
{
	*budgets = (struct budgets){.loop = loop, .env = env};
}

static void free_spot(void *value)
{
	struct spot *spot = value;
	for (int i = 0; i < GCE_BUDGETS; i++) {
		struct bucket *bucket = &spot->buckets[i];
		line_done(&bucket->line);
		assert(bucket->under_way == 0 && bucket->running == 0);
		timer_stop(bucket->budgets->loop, &bucket->timer);
	}
	mem_free(spot->own_project);
	mem_free(spot->own_location);
	mem_free(spot);
}

void budgets_close(struct budgets *budgets)
{
	budgets->closed = true;
}

void budgets_done(struct budgets *budgets)
{
	map_done(&budgets->spots, free_spot);
}

void budget_enter(
	struct budgets *budgets, const struct budget_claim *claim, struct budget_place *place, loop_fn fn, void *arg)
{
	assert(!place->bucket);
	struct bucket *bucket = bucket_of(budgets, claim);
	*place = (struct budget_place){.bucket = bucket, .fn = fn, .arg = arg};
	line_add(&bucket->line, &place->line, claim->whose, claim->passes, loop_now(budgets->loop));
	if (bucket->line.count == 1)
		admit(bucket);
}

void budget_leave(struct budget_place *place)
{
	struct bucket *bucket = place->bucket;
	if (!bucket)
		return;
	if (place->granted)
		bucket->under_way--;
	else
		line_leave(&bucket->line, &place->line);
	*place = (struct budget_place){0};
	admit(bucket);
}

int64_t budget_refused(struct budget_place *place, int64_t retry_after_ms)
{
	struct bucket *bucket = place->bucket;
	struct budgets *budgets = bucket->budgets;
	int64_t now = loop_now(budgets->loop);
	int64_t freeze = FREEZE_LEAST_MS + (int64_t)env_random_below(budgets->env, FREEZE_SPREAD_MS + 1);
	bool first_refusal = now >= bucket->frozen_ms; /* calls that left together are refused together */
	count(bucket);
	if (retry_after_ms > 0)
		freeze = retry_after_ms < FREEZE_MOST_MS ? retry_after_ms : FREEZE_MOST_MS;
	bucket->refusals += first_refusal;
	if (first_refusal)
		bucket->rate = larger(bucket->rate / 2, full[bucket->budget].rate * least_share);
	if (first_refusal || (retry_after_ms > 0 && now + freeze > bucket->frozen_ms))
		bucket->frozen_ms = now + freeze;
	/* Frozen time earns neither rate nor calls; one call then finds out how things are. */
	bucket->tokens = 1;
	bucket->counted_ms = bucket->frozen_ms;
	return bucket->frozen_ms - now;
}

unsigned budget_refusals(const struct budget_place *place)
{
	return place->bucket->refusals;
}

void budget_accepted(struct budget_place *place)
{
	place->bucket->refusals = 0;
}

void budget_limited(struct budget_place *place, double per_minute)
{
	struct bucket *bucket = place->bucket;
	if (per_minute <= 0)
		return;
	bucket->limit = larger(per_minute, 1) / 60 * limit_share;
	bucket->limited_ms = loop_now(bucket->budgets->loop) + LIMIT_MS;
}

void budget_crowded(struct budget_place *place)
{
	struct bucket *bucket = place->bucket;
	double most = bucket->running * 0.75;
	if (bucket->most_runs == 0 || most < bucket->most_runs)
		bucket->most_runs = larger(1, most);
}

void budget_began(struct budgets *budgets, const struct budget_claim *claim, struct budget_run *run)
{
	assert(!run->bucket);
	run->bucket = bucket_of(budgets, claim);
	run->bucket->running++;
}

void budget_ended(struct budget_run *run)
{
	struct bucket *bucket = run->bucket;
	if (!bucket)
		return;
	*run = (struct budget_run){0};
	bucket->running--;
	admit(bucket);
}

static void look(const struct bucket *bucket, struct budget_state *state)
{
	struct bucket now = *bucket; /* looking changes nothing */
	count(&now);
	state->budget = now.budget;
	state->rate = now.rate;
	state->left = now.frozen_ms > loop_now(now.budgets->loop) || is_full(&now) ? 0 : now.tokens;
	state->waiting = bucket->line.count;
}

void budgets_each(const struct budgets *budgets, budget_fn fn, void *arg)
{
	for (size_t i = 0; i < budgets->spots.count; i++) {
		const struct spot *spot = budgets->spots.own_entries[i].value;
		for (int budget = 0; budget < GCE_BUDGETS; budget++) {
			struct budget_state state = {.project = spot->own_project, .location = spot->own_location};
			look(&spot->buckets[budget], &state);
			if (spot->buckets[budget].used)
				fn(arg, &state);
		}
	}
}

double budget_full_rate(enum gce_budget budget)
{
	return full[budget].rate;
}

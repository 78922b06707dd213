/* Campaigns. Calls are numbered by a first life without faults; a fault strikes at one of them. */
#include "sim/campaign.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILURES_TOLD = 12, PER_STAGE = 25, SEEDS_STEP = 1000 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	interrupted = 1;
}

bool campaign_takes(const struct campaign *campaign, uint64_t number)
{
	return number % campaign->every == 0 && number / campaign->every % campaign->shards == campaign->shard;
}

static void note_failure(struct campaign *campaign, const struct trial *trial, const struct ending *outcome)
{
	struct trial least = *trial;
	char line[LINE_SIZE], *text;

	campaign->failed++;
	if (campaign->failed > FAILURES_TOLD)
		return;
	if (least.per_mille && outcome->count) { /* what struck at random, written down */
		least.per_mille = 0;
		least.count = outcome->count;
		memcpy(least.faults, outcome->faults, sizeof(least.faults));
	}
	text = mem_strdup(outcome->text);
	if (least.count > 1)
		trial_shrink(&least, text);
	trial_line(&least, line);
	printf("%s  replay: build/tests/tflb-faults --replay '%s'\n", text, line);
	fflush(stdout);
	mem_free(text);
}

/* Is there time for another one? */
static bool goes_on(const struct campaign *campaign)
{
	return !interrupted && (!campaign->ends || time(NULL) < campaign->ends);
}

static bool note(void *arg, struct stage *stage, const struct trial *trial, const struct ending *outcome)
{
	struct campaign *campaign = arg;

	campaign->played++;
	campaign->struck += outcome->struck;
	campaign->simulated_ms += outcome->simulated_ms;
	if (outcome->complaints)
		note_failure(campaign, trial, outcome);
	return goes_on(campaign);
}

static void play_all(struct campaign *campaign, struct stage *stage, struct trial *trials, size_t count)
{
	if (trials_play(stage, trials, count, note, campaign))
		return;
	campaign->failed++;
	printf("  %s: the life without faults crashed\n", stage->life->name);
}

/* Memory that processes share. */
static void *shared_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

struct campaign *campaign_new(void)
{
	struct campaign *campaign = shared_memory(sizeof(*campaign));

	*campaign = (struct campaign){.seed = 1, .shards = 1, .every = 1, .workers = 1};
	return campaign;
}

/* --- single faults --- */

/* What is to be known of a call when faults are chosen for it. */
struct place {
	const struct life *life;
	uint64_t at, calls;
	bool writes;
	bool fresh; /* no call of its shape was met before, in any life */
	bool read_again;
};

/* One of `moments` that cut the life into equal parts. */
static bool is_moment(const struct place *place, uint64_t moments)
{
	for (uint64_t i = 0; i < moments; i++) {
		if (place->at == (2 * i + 1) * place->calls / (2 * moments) + 1)
			return true;
	}
	return false;
}

static bool is_main(const struct life *life)
{
	return life->begins_empty || life->deletes || !strcmp(life->name, "roll");
}

/* Is a fault of this family at this call worth a case? */
static bool applies(enum fault_family family, const struct place *place)
{
	const struct life *life = place->life;

	if (life->all_active || life->objects)
		return family == FAULT_KILL && place->writes;
	if (life->aim != AIM_ALL)
		return fault_can_be_aimed(family) &&
		       (family == FAULT_QUOTA || family == FAULT_MEDDLER ? is_moment(place, 1) : place->writes);
	if (life->election)
		return family == FAULT_LEADER && is_moment(place, 3);
	switch (family) {
	case FAULT_KILL:
		return !place->read_again;
	case FAULT_REFUSAL:
	case FAULT_TRANSPORT:
		return !place->read_again && (is_main(life) || place->writes || place->fresh);
	case FAULT_BODY:
		return place->fresh;
	case FAULT_RUN:
		return place->writes;
	case FAULT_USER:
		return place->writes;
	case FAULT_MEDDLER:
		return is_main(life) && is_moment(place, 3);
	case FAULT_WATCH:
		return is_main(life) && is_moment(place, 2);
	case FAULT_QUOTA:
	case FAULT_STALE:
	case FAULT_CREDENTIAL:
		return is_main(life) && is_moment(place, 1);
	default:
		return false;
	}
}

static struct place place_of(
	struct campaign *campaign, const struct life *life, const struct ending *plain, uint64_t at)
{
	const struct called *called = &plain->called[at - 1];
	struct place place = {.life = life, .at = at, .calls = plain->calls, .writes = called->writes};

	place.fresh = !map_put(&campaign->shapes, called->shape, (void *)"");
	place.read_again = !place.fresh && called->cloud && !called->writes && !strstr(called->shape, "/operations/");
	return place;
}

/* Cases that are to be played on one stage. */
struct batch {
	struct trial *own_trials;
	size_t count;
};

static void add(struct batch *batch, const struct trial *trial)
{
	enum { STEP = 256 };

	if (batch->count % STEP == 0)
		batch->own_trials = mem_resize(batch->own_trials, (batch->count + STEP) * sizeof(*trial));
	batch->own_trials[batch->count++] = *trial;
}

static void add_variants(struct campaign *campaign, struct batch *batch, const struct place *place,
	enum fault_family family, uint64_t *number)
{
	struct trial trial = {.life = place->life, .seed = campaign->seed, .count = 1};

	if (campaign->family && strcmp(campaign->family, fault_name(family)) != 0)
		return;
	for (int variant = 0; variant < fault_variants(family); variant++) {
		trial.faults[0] = (struct fault){.family = family, .variant = variant, .at = place->at};
		campaign->by_family[family]++;
		if (campaign->kind == CAMPAIGN_SINGLE && campaign_takes(campaign, (*number)++))
			add(batch, &trial);
	}
}

static void play_singles(struct campaign *campaign, const struct life *life, uint64_t *number)
{
	struct stage *stage = mem_alloc(sizeof(*stage));
	struct trial trial = {.life = life, .seed = campaign->seed};
	struct batch batch = {0};
	struct ending plain;

	stage_set(stage, life, campaign->seed);
	plain = *trial_play(stage, &trial);
	if (plain.complaints)
		note_failure(campaign, &trial, &plain);
	for (uint64_t at = 1; at <= plain.calls; at++) {
		struct place place = place_of(campaign, life, &plain, at);

		for (int family = 0; family < FAULT_FAMILIES; family++) {
			if (applies(family, &place))
				add_variants(campaign, &batch, &place, family, number);
		}
	}
	play_all(campaign, stage, batch.own_trials, batch.count);
	mem_free(batch.own_trials);
	stage_done(stage);
	mem_free(stage);
}

static void count_singles(const struct campaign *campaign)
{
	uint64_t sum = 0;

	for (int family = 0; family < FAULT_FAMILIES; family++) {
		printf("%-4s %llu\n", fault_name(family), (unsigned long long)campaign->by_family[family]);
		sum += campaign->by_family[family];
	}
	printf("all  %llu\n", (unsigned long long)sum);
}

/* --- samples --- */

static uint64_t roll(uint64_t *dice, uint64_t limit)
{
	uint64_t x = *dice += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (x ^ (x >> 31)) % limit;
}

/* A pair mostly; sometimes a few more; sometimes one call in a hundred. */
static struct trial sample(const struct life *life, uint64_t seed, uint64_t calls, uint64_t *dice)
{
	struct trial trial = {.life = life, .seed = seed, .count = 2};
	uint64_t kind = roll(dice, 10);

	if (kind == 0) {
		trial.count = 0;
		trial.per_mille = 5 + (unsigned)roll(dice, 30);
	} else if (kind == 1) {
		trial.count = 3 + roll(dice, 3);
	}
	for (size_t i = 0; i < trial.count; i++) {
		struct fault *fault = &trial.faults[i];

		fault->family = (enum fault_family)roll(dice, FAULT_FAMILIES);
		if ((fault->family == FAULT_LEADER && !life->election) ||
			(fault->family == FAULT_STALE && (life->objects || life->moves)) ||
			(fault->family == FAULT_USER && life->moves))
			fault->family = FAULT_KILL;
		if (life->aim != AIM_ALL && !fault_can_be_aimed(fault->family))
			fault->family = FAULT_REFUSAL;
		fault->variant = (int)roll(dice, (uint64_t)fault_variants(fault->family));
		fault->at = 1 + roll(dice, calls + calls / 4);
	}
	return trial;
}

static void report(const struct campaign *campaign, bool last)
{
	bool terminal = isatty(STDOUT_FILENO);

	printf("%s%llu cases, %.1f h simulated, %llu faults, %llu findings%s", terminal ? "\r" : "",
		(unsigned long long)campaign->played, (double)campaign->simulated_ms / 3600000,
		(unsigned long long)campaign->struck, (unsigned long long)campaign->failed,
		terminal && !last ? " " : "\n");
	fflush(stdout);
}

/* What strikes at random is not known before. */
static void play_some(struct campaign *campaign, struct stage *stage, uint64_t count, uint64_t *dice)
{
	struct trial plain = {.life = stage->life, .seed = stage->world.seed}, trials[PER_STAGE];
	uint64_t calls = trial_play(stage, &plain)->calls;
	size_t fixed = 0;

	for (uint64_t i = 0; i < count && goes_on(campaign); i++) {
		struct trial trial = sample(stage->life, plain.seed, calls ? calls : 1, dice);

		if (trial.count)
			trials[fixed++] = trial;
		else
			note(campaign, stage, &trial, trial_play(stage, &trial));
	}
	if (goes_on(campaign))
		play_all(campaign, stage, trials, fixed);
}

static void play_samples(struct campaign *campaign)
{
	uint64_t dice = campaign->seed * SEEDS_STEP + campaign->shard;
	size_t lives = 0;

	while (life_at(lives))
		lives++;
	while (goes_on(campaign) && campaign->played < campaign->trials) {
		struct stage *stage = mem_alloc(sizeof(*stage));
		const struct life *any = life_at(roll(&dice, lives));
		const struct life *life = campaign->life ? life_find(campaign->life) : any;
		uint64_t left = campaign->trials - campaign->played;

		stage_set(stage, life, 1 + roll(&dice, 1000000));
		play_some(campaign, stage, left < PER_STAGE ? left : PER_STAGE, &dice);
		stage_done(stage);
		mem_free(stage);
	}
}

/* --- soak: several at work side by side --- */

static void sum_up(struct campaign *sum, const struct campaign *parts)
{
	sum->played = sum->struck = sum->failed = 0;
	sum->simulated_ms = 0;
	for (unsigned i = 0; i < sum->workers; i++) {
		sum->played += parts[i].played;
		sum->struck += parts[i].struck;
		sum->failed += parts[i].failed;
		sum->simulated_ms += parts[i].simulated_ms;
	}
}

static void soak(struct campaign *campaign)
{
	int pause = isatty(STDOUT_FILENO) ? 1 : 30;
	struct campaign *parts = shared_memory(campaign->workers * sizeof(*parts));
	unsigned left = campaign->workers;
	time_t told = time(NULL);

	campaign->ends = told + (time_t)(campaign->minutes * 60);
	campaign->trials = UINT64_MAX;
	for (unsigned i = 0; i < campaign->workers; i++) {
		parts[i] = *campaign;
		parts[i].shard = i;
		if (fork() == 0) {
			play_samples(&parts[i]);
			_exit(0);
		}
	}
	while (left > 0) {
		while (left > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			left--;
		usleep(100000);
		if (left > 0 && time(NULL) - told < pause)
			continue;
		told = time(NULL);
		sum_up(campaign, parts);
		if (left > 0)
			report(campaign, false);
	}
	munmap(parts, campaign->workers * sizeof(*parts));
}

int campaign_run(struct campaign *campaign)
{
	uint64_t number = 0;

	signal(SIGINT, on_interrupt);
	switch (campaign->kind) {
	case CAMPAIGN_LEAVES:
		return campaign_leaves(campaign);
	case CAMPAIGN_SOAK:
		soak(campaign);
		break;
	case CAMPAIGN_RANDOM:
		play_samples(campaign);
		break;
	default:
		for (size_t i = 0; !campaign->life && life_at(i) && !interrupted; i++) {
			if (life_at(i)->aim == AIM_ALL)
				play_singles(campaign, life_at(i), &number);
		}
		if (campaign->life)
			play_singles(campaign, life_find(campaign->life), &number);
	}
	if (campaign->kind == CAMPAIGN_COUNT)
		count_singles(campaign);
	else
		report(campaign, true);
	map_done(&campaign->shapes, NULL);
	return campaign->failed > 0;
}

/* Many cases: the grid of single faults, and samples of more. */
#pragma once

#include <time.h>

#include "sim/case.h"

enum campaign_kind { CAMPAIGN_NONE, CAMPAIGN_SINGLE, CAMPAIGN_COUNT, CAMPAIGN_RANDOM, CAMPAIGN_SOAK, CAMPAIGN_LEAVES };

struct campaign {
	enum campaign_kind kind;
	const char *family; /* NULL: all */
	const char *life;   /* only this one; NULL: all that don't stand apart; for single faults without neighbours */
	uint64_t seed, trials;
	double minutes;
	unsigned shard, shards, workers;
	unsigned every;   /* Nth single fault or value of a leaf */
	const char *leaf; /* "PATH=VALUE": only that one; NULL: all */

	struct map shapes; /* of calls, as they were met */
	time_t ends;       /* 0: when all is played */

	/* What came of it so far. */
	uint64_t played, struck, failed;
	int64_t simulated_ms;
	uint64_t by_family[FAULT_FAMILIES];
};

struct campaign *campaign_new(void);                                   /* in memory that processes share; it stays */
bool campaign_takes(const struct campaign *campaign, uint64_t number); /* the case of this number, from 0 */
/* Returns 1 when anything failed; prints a line that replays each. */
int campaign_run(struct campaign *campaign);
int campaign_leaves(struct campaign *campaign); /* leaf_campaign.c */

/* tflb-faults --single [FAMILY] [--shard I/N]    every single fault (F1 to F12), or those of one family
 * tflb-faults --random COUNT [--seed N] [--shard I/N]   pairs and more of them, sampled
 * tflb-faults --soak MINUTES [--seed N] [--workers N]    the same for as long as you like; see tests/sim/soak
 * tflb-faults --leaves [--shard I/N] | --leaf PATH=VALUE  every leaf of the spec to every value, and back
 *             [--every N]   with --single and --leaves: each Nth of them; see tests/sim/campaign for all
 *             [--life NAME] with --single, --random and --soak: only that one
 * tflb-faults --replay 'LINE'                            one case, as a failing one prints it
 * tflb-faults --count                                    how many single faults there are, by family
 * TFLB_SIM_LOG=1 prints the controller's log lines, TFLB_SIM_STATUS=1 every status written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/campaign.h"

static int replay(const char *line)
{
	struct trial trial;
	const struct ending *outcome;

	if (!trial_parse(line, &trial)) {
		fprintf(stderr, "tflb-faults: no case: %s\n", line);
		return 2;
	}
	outcome = trial_replay(&trial);
	printf("%s%s: %s\n", outcome->text, line, outcome->complaints ? "failed" : "ok");
	return outcome->complaints != 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: tflb-faults --single [FAMILY] | --random COUNT | --soak MINUTES | --count | --replay 'LINE' "
		"[--life NAME] [--seed N] [--shard I/N] [--every N]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct campaign *campaign = campaign_new();

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--single")) {
			campaign->kind = CAMPAIGN_SINGLE;
			campaign->family = value && value[0] == 'F' ? argv[++i] : NULL;
		} else if (!strcmp(argv[i], "--count")) {
			campaign->kind = CAMPAIGN_COUNT;
		} else if (!strcmp(argv[i], "--leaves")) {
			campaign->kind = CAMPAIGN_LEAVES;
		} else if (!value) {
			return usage();
		} else if (!strcmp(argv[i], "--leaf")) {
			campaign->kind = CAMPAIGN_LEAVES;
			campaign->leaf = argv[++i];
		} else if (!strcmp(argv[i], "--life")) {
			campaign->life = argv[++i];
			if (!life_find(campaign->life))
				return usage();
		} else if (!strcmp(argv[i], "--workers")) {
			campaign->workers = (unsigned)strtoul(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--replay")) {
			return replay(value);
		} else if (!strcmp(argv[i], "--random")) {
			campaign->kind = CAMPAIGN_RANDOM;
			campaign->trials = strtoull(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--soak")) {
			campaign->kind = CAMPAIGN_SOAK;
			campaign->minutes = strtod(argv[++i], NULL);
		} else if (!strcmp(argv[i], "--seed")) {
			campaign->seed = strtoull(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--every")) {
			campaign->every = (unsigned)strtoul(argv[++i], NULL, 10);
			if (!campaign->every)
				return usage();
		} else if (!strcmp(argv[i], "--shard")) {
			if (sscanf(argv[++i], "%u/%u", &campaign->shard, &campaign->shards) != 2 || !campaign->shards)
				return usage();
		} else {
			return usage();
		}
	}
	return campaign->kind == CAMPAIGN_NONE ? usage() : campaign_run(campaign);
}

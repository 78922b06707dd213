/* Each leaf of the spec of an object that serves, set to each value, and back. What the API server refuses is put there all the same
 * when it is invalid, as by an older schema: the controller has to say so, and to harm nothing. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "sim/campaign.h"
#include "sim/leaves.h"
#include "sim/script.h"

enum { PATIENCE = 8 * MINUTE, BACK = 15 * MINUTE };

struct leaf_case {
	struct stage *stage;
	size_t leaf;
	enum leaf_value value;
};

static cJSON *object_with(const cJSON *spec)
{
	cJSON *object = json_parse_text(SEED_OBJECT);

	json_set(object, "spec", json_copy(spec));
	return object;
}

static void settle(struct world *world, int64_t limit)
{
	for (int64_t passed = 0; passed < limit; passed += 1000) {
		if (world_until_settled(world, 1000))
			return;
	}
}

static void edit(struct world *world, const cJSON *spec, bool invalid)
{
	if (invalid)
		apiserver_edit(&world->api, KEY, json_print(spec));
	else
		apiserver_apply(&world->api, json_print(object_with(spec)));
}

static void play_leaf(void *arg)
{
	struct leaf_case *leaf = arg;
	struct stage *stage = leaf->stage;
	struct world *world = &stage->world;
	JSON_WORK(work);
	cJSON *before = json_copy(apiserver_get(&world->api, KEY));

	stage->judge.gap_allowed = true;
	edit(world, leaf_edit(json_member(before, "spec"), leaf->leaf, leaf->value), leaf->value == LEAF_INVALID);
	settle(world, PATIENCE);
	if (!map_find(&world->api.objects, KEY))
		world_complain(world, "the object is gone");
	edit(world, json_member(before, "spec"), false);
	i3_convergence(&stage->judge, BACK, true);
	i4_stability(&stage->judge);
	apiserver_delete(&world->api, KEY);
	i6_deletion_ends(&stage->judge, KEY, BACK);
	if (!world->complaints.count)
		i1_no_leak(&stage->judge);
	outcome_tell(world);
}

/* What the API server takes, and of the rest what can only be there by an older schema. */
static bool is_possible(const struct stage *stage, size_t leaf, enum leaf_value value)
{
	JSON_WORK(work);
	const cJSON *before = apiserver_get(&stage->world.api, KEY);
	const cJSON *spec = leaf_edit(json_member(before, "spec"), leaf, value);
	struct error err = {0};
	cJSON *after;

	if (!spec || json_equal(spec, json_member(before, "spec")))
		return false;
	if (value == LEAF_INVALID)
		return true;
	after = json_copy(before);
	json_set(after, "spec", json_copy(spec));
	return model_check_update(before, after, &err);
}

static void run_leaf(struct campaign *campaign, struct stage *stage, size_t leaf, enum leaf_value value)
{
	struct leaf_case one = {.stage = stage, .leaf = leaf, .value = value};
	const struct ending *outcome = outcome_in_child(play_leaf, &one);
	JSON_WORK(work);

	campaign->played++;
	if (!outcome->complaints)
		return;
	campaign->failed++;
	printf("%s  replay: build/tests/tflb-faults --leaf '%s=%s'\n", outcome->text, leaf_path(leaf),
		leaf_value_name(value));
	fflush(stdout);
}

static bool is_asked_for(const struct campaign *campaign, size_t leaf, enum leaf_value value, uint64_t number)
{
	JSON_WORK(work);

	if (!campaign->leaf)
		return campaign_takes(campaign, number);
	return text_equal(campaign->leaf, arena_printf(json_arena(), "%s=%s", leaf_path(leaf), leaf_value_name(value)));
}

static bool is_leaf(size_t index)
{
	JSON_WORK(work);

	return leaf_path(index) != NULL;
}

int campaign_leaves(struct campaign *campaign)
{
	struct stage *stage = mem_alloc(sizeof(*stage));
	uint64_t number = 0;

	stage_set(stage, life_find("roll"), campaign->seed);
	for (size_t leaf = 0; is_leaf(leaf); leaf++) {
		for (int value = 0; value < LEAF_VALUES; value++) {
			if (is_possible(stage, leaf, value) && is_asked_for(campaign, leaf, value, number++))
				run_leaf(campaign, stage, leaf, value);
		}
	}
	printf("%llu values of leaves, %llu findings\n", (unsigned long long)campaign->played,
		(unsigned long long)campaign->failed);
	stage_done(stage);
	mem_free(stage);
	return campaign->failed > 0 || campaign->played == 0;
}

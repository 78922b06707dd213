/* What the world waits for: objects that are ready, gone, or all that they are to be. */
#include "sim/world.h"

enum { STEP_MS = 500 };

static bool is_ready(const struct world *world, const char *key)
{
	JSON_WORK(work);
	const cJSON *object = apiserver_get(&world->api, key);
	const cJSON *condition;
	int64_t generation = json_int(object, "metadata.generation", 0);

	cJSON_ArrayForEach(condition, json_at(object, "status.conditions"))
	{
		if (text_equal(json_text(condition, "type"), "Ready"))
			return text_equal(json_text(condition, "status"), "True") &&
			       json_int(condition, "observedGeneration", -1) == generation;
	}
	return false;
}

static bool somebody_works(const struct world *world)
{
	for (int i = 0; i < world->replica_count; i++) {
		if (replica_leads(&world->replicas[i]))
			return true;
	}
	return false;
}

bool world_until_ready(struct world *world, const char *key, int64_t limit_ms)
{
	uint64_t looked = UINT64_MAX; /* changes of objects by then */

	for (int64_t passed = 0; passed < limit_ms; passed += STEP_MS) {
		if (looked != world->api.changes && somebody_works(world)) {
			looked = world->api.changes;
			if (is_ready(world, key))
				return true;
		}
		world_run(world, STEP_MS);
	}
	return false;
}

bool world_until_gone(struct world *world, const char *key, int64_t limit_ms)
{
	for (int64_t passed = 0; passed < limit_ms; passed += STEP_MS) {
		if (!map_find(&world->api.objects, key))
			return true;
		world_run(world, STEP_MS);
	}
	return false;
}

/* Every wanted machine exists and is healthy, as the status tells it. */
static bool is_complete(const struct world *world, const char *key)
{
	JSON_WORK(work);
	const cJSON *status = json_member(apiserver_get(&world->api, key), "status");
	const cJSON *pool;
	int64_t target = 0;

	cJSON_ArrayForEach(pool, json_member(status, "pools"))
	{
		if (!json_bool(pool, "stable", false))
			return false;
		target += json_int(pool, "targetReplicas", 0);
	}
	return json_int(status, "replicas", -1) == target && json_int(status, "readyReplicas", -1) == target;
}

/* Everybody who works has nothing left to do. */
static bool all_settled(const struct world *world)
{
	for (int i = 0; i < world->replica_count; i++) {
		struct controller_counts counts;

		if (!replica_leads(&world->replicas[i]))
			continue;
		counts = controller_counted(world->replicas[i].controller);
		if (counts.objects != world->api.objects.count || counts.unsettled > 0)
			return false;
	}
	return somebody_works(world);
}

static bool look_at_all(const struct world *world)
{
	for (size_t i = 0; i < world->api.objects.count; i++) {
		const char *key = world->api.objects.own_entries[i].own_key;

		if (!is_ready(world, key) || !is_complete(world, key))
			return false;
	}
	return true;
}

/* Objects are looked at far more often than they change. */
static bool all_complete(struct world *world)
{
	if (world->looked_at != world->api.changes) {
		world->complete = look_at_all(world);
		world->looked_at = world->api.changes;
	}
	return world->complete;
}

bool world_until_settled(struct world *world, int64_t limit_ms)
{
	for (int64_t passed = 0; passed < limit_ms; passed += STEP_MS) {
		if (!timer_armed(&world->restart) && all_settled(world) && all_complete(world))
			return true;
		world_run(world, STEP_MS);
	}
	return false;
}

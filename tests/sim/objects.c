/* The judge of what stands at the API server: that what statuses say can be acted on, and that finalizers hold. */
#include "sim/invariants.h"

#include <string.h>

#include "base/time.h"
#include "sim/judge.h"

const cJSON *judge_condition(const cJSON *object, const char *type)
{
	const cJSON *found;

	cJSON_ArrayForEach(found, json_at(object, "status.conditions"))
	{
		if (text_equal(json_text(found, "type"), type))
			return found;
	}
	return NULL;
}

/* Who starts anew says nothing before the cloud was read once, or could not be for three sweeps. */
static bool is_overdue(const struct judge *judge, const char *time)
{
	enum { LATE_US = 90000000, YOUNG_MS = 4 * 60000 }; /* the attempt takes a while, and the status follows it */
	int64_t at;

	if (!time_parse(time, &at))
		return true;
	for (int i = 0; i < judge->world->replica_count; i++) {
		const struct replica *replica = &judge->world->replicas[i];

		if (!replica->controller)
			continue;
		if (env_wall_us((struct env *)&replica->env.env) - at < LATE_US ||
			judge->world->loop.now_ms - replica->started_ms < YOUNG_MS)
			return false;
	}
	return true;
}

static bool is_true(const cJSON *object, const char *type)
{
	return text_equal(json_text(judge_condition(object, type), "status"), "True");
}

/* Is it said when what failed is tried again, where a call for a resource failed, and is that kept? */
static bool tells_next_attempt(const struct judge *judge, const cJSON *object)
{
	static const char *const failed[] = {"QuotaExceeded", "PermissionDenied", "RateLimited", "CloudUnavailable",
		"Waiting", "OrgPolicyViolated", "APIDisabled", "BillingDisabled"};
	const cJSON *ready = judge_condition(object, "Ready");
	const char *next = json_text(object, "status.nextAttemptTime");
	const char *message = json_text_or(ready, "message", "");

	if (next)
		return !is_overdue(judge, next);
	for (size_t i = 0; i < sizeof(failed) / sizeof(failed[0]); i++) {
		if (text_equal(json_text(ready, "reason"), failed[i]))
			return text_starts(message, "project ") || text_starts(message, "health of ") ||
			       strstr(message, "tried again");
	}
	return true;
}

/* Nobody can say anything of the object: no controller runs, the API server takes nothing from them, or it came, or became what it
 * is, behind a watch that is silent. */
static bool is_unspeakable(const struct world *world, const struct object_sight *sight)
{
	bool runs = false;

	for (int i = 0; i < world->replica_count; i++)
		runs |= world->replicas[i].controller != NULL;
	return !runs || world->loop.now_ms < world->mute_until ||
	       (sight->generation_at >= world->api.silent_since && apiserver_is_unheard(&world->api));
}

/* "I16 Progress is observable": every object that is not Ready has a reason and, where a call failed, the time of the next attempt,
 * and says whether something is on its way or somebody must act; no silent state. */
static void i16_progress_is_observable(
	struct judge *judge, const char *key, const cJSON *object, struct object_sight *sight)
{
	const cJSON *ready = judge_condition(object, "Ready");
	const char *reason = json_text_or(ready, "reason", "");
	bool told = is_true(object, "Ready") || text_equal(reason, "Suspended") || text_equal(reason, "Unhealthy");

	told |= reason[0] && json_text_or(ready, "message", "")[0] &&
	        (is_true(object, "Reconciling") || is_true(object, "Stalled")) && tells_next_attempt(judge, object);
	if (told || is_unspeakable(judge->world, sight))
		sight->dark_since = 0;
	else if (!sight->dark_since)
		sight->dark_since = judge_now(judge);
	else if (judge_now(judge) - sight->dark_since > 2 * JUDGE_SWEEP_MS && judge_now(judge) > judge->wild_until) {
		world_complain(judge->world,
			"I16 silent: %s is not Ready for two minutes, and says \"%s\", next attempt %s", key, reason,
			json_text_or(object, "status.nextAttemptTime", "untold"));
		sight->dark_since = judge_now(judge);
	}
}

/* "I6": the finalizer is never removed before the last owned resource is proved absent. */
static void i6_nothing_left(struct judge *judge, const char *key, const struct object_sight *sight)
{
	const char *left = judge_find_ours(judge, key);

	if (sight->finalizer && left && !sight->abandoned && !judge->stripped)
		world_complain(judge->world, "I6 too early: %s lost its finalizer, and %s stands", key, left);
}

static bool has_finalizer(const cJSON *object)
{
	return cJSON_GetArraySize(json_at(object, "metadata.finalizers")) > 0;
}

void judge_object_free(void *value)
{
	struct object_sight *sight = value;

	if (sight)
		arena_free(sight->own_arena);
	mem_free(sight);
}

/* The object as a tree. It is looked at far more often than it changes. */
static const cJSON *tree_of(struct object_sight *sight, const char *text)
{
	struct arena *before;

	if (text_equal(sight->text, text))
		return sight->tree;
	arena_free(sight->own_arena);
	sight->own_arena = arena_new();
	before = json_use(sight->own_arena);
	sight->text = arena_strdup(sight->own_arena, text);
	sight->tree = json_parse_text(text);
	json_use(before);
	return sight->tree;
}

static struct object_sight *sight_of(struct judge *judge, const char *key)
{
	struct object_sight *sight = map_find(&judge->objects, key);

	if (!sight) {
		sight = mem_alloc(sizeof(*sight));
		map_put(&judge->objects, key, sight);
	}
	return sight;
}

static void look_at_object(struct judge *judge, const char *key, const char *text)
{
	JSON_WORK(work);
	struct object_sight *sight = sight_of(judge, key);
	const cJSON *object = tree_of(sight, text);
	int64_t generation = json_int(object, "metadata.generation", 0);
	bool finalizer = has_finalizer(object);

	if (!text_equal(sight->uid, json_text(object, "metadata.uid"))) {
		i6_nothing_left(judge, key, sight);
		*sight = (struct object_sight){.own_arena = sight->own_arena, .text = sight->text, .tree = sight->tree};
		text_copy(sight->uid, sizeof(sight->uid), json_text_or(object, "metadata.uid", ""));
	}
	if (sight->finalizer && !finalizer)
		i6_nothing_left(judge, key, sight);
	sight->seen = true;
	if (sight->generation != generation)
		sight->generation_at = judge_now(judge);
	sight->generation = generation;
	sight->finalizer = finalizer;
	sight->leaving = json_text(object, "metadata.deletionTimestamp") != NULL;
	sight->abandoned = text_equal(json_text(object, "spec.deletionPolicy"), "Abandon");
	if (is_true(object, "Ready") && !sight->leaving) {
		sight->was_ready = judge_has_front(json_member(object, "spec"));
		i7_status_never_lies(judge, key, object);
	}
	i11_told(judge, key, object);
	i16_progress_is_observable(judge, key, object, sight);
}

void judge_look_at_objects(struct judge *judge)
{
	const struct map *all = &judge->world->api.objects;

	for (size_t i = 0; i < judge->objects.count; i++)
		((struct object_sight *)judge->objects.own_entries[i].value)->seen = false;
	for (size_t i = 0; i < all->count; i++)
		look_at_object(judge, all->own_entries[i].own_key, all->own_entries[i].value);
	for (size_t i = judge->objects.count; i-- > 0;) {
		struct object_sight *sight = judge->objects.own_entries[i].value;
		const char *key = judge->objects.own_entries[i].own_key;

		if (sight->seen)
			continue;
		i6_nothing_left(judge, key, sight);
		judge_object_free(map_remove(&judge->objects, key));
	}
}

/* I11: objects beside the one that faults are aimed at. */
#include <assert.h>
#include <string.h>

#include "emulator/core.h"
#include "sim/invariants.h"

static bool is_pending(const struct neighbour *neighbour)
{
	return neighbour->edited_at != 0;
}

/* A project that was asked to rest does so with all its objects. */
static bool is_excused(const struct judge *judge, const struct neighbour *neighbour)
{
	return !neighbour->other_project && judge->world->rested > judge->rested;
}

/* The reference's tenth; and a long poll that ends a moment before its operation does is sent once more. */
static int64_t most_of(const struct neighbour *neighbour)
{
	return neighbour->most_ms + neighbour->most_ms / 10 + 2 * WORLD_LATENCY_MS;
}

static void judge_time(struct judge *judge, struct neighbour *neighbour, int64_t took_ms)
{
	if (!judge->struck) {
		if (took_ms > neighbour->most_ms)
			neighbour->most_ms = took_ms;
	} else if (took_ms > most_of(neighbour) && !is_excused(judge, neighbour)) {
		world_complain(judge->world, "I11 isolation: an edit of %s took us %lld ms, and %lld before",
			neighbour->key, (long long)took_ms, (long long)neighbour->most_ms);
	}
}

/* So long we have had the edit in our hands by now. */
static int64_t taken_so_far(const struct judge *judge, const struct neighbour *neighbour)
{
	int64_t now = judge_now(judge);

	if (!neighbour->written_at)
		return now - neighbour->edited_at;
	return neighbour->written_at - neighbour->edited_at + (now > neighbour->ends_at ? now - neighbour->ends_at : 0);
}

static void check_ready(struct judge *judge, const struct neighbour *neighbour)
{
	JSON_WORK(work);
	const cJSON *ready = judge_condition(apiserver_get(&judge->world->api, neighbour->key), "Ready");

	if (judge->struck && !is_excused(judge, neighbour) && !text_equal(json_text(ready, "status"), "True"))
		world_complain(judge->world, "I11 isolation: nobody touched %s, which is not Ready: %s: %s",
			neighbour->key, json_text_or(ready, "reason", "no status"), json_text_or(ready, "message", ""));
}

static void edit(struct judge *judge, struct neighbour *neighbour)
{
	AUTO_FREE char *patch = mem_printf("{\"serving\":{\"timeoutSec\":%u}}", 40 + neighbour->edits % 2);

	neighbour->edits++;
	neighbour->edited_at = judge_now(judge);
	neighbour->written_at = neighbour->ends_at = 0;
	apiserver_edit(&judge->world->api, neighbour->key, patch);
}

void i11_edit(struct judge *judge)
{
	for (size_t i = 0; i < judge->neighbour_count; i++) {
		struct neighbour *neighbour = &judge->neighbours[i];

		if (is_pending(neighbour))
			continue;
		check_ready(judge, neighbour);
		edit(judge, neighbour);
	}
}

void i11_watch(struct judge *judge, const char *key, const char *part, bool other_project)
{
	assert(judge->neighbour_count < NEIGHBOURS_MAX);
	judge->neighbours[judge->neighbour_count++] =
		(struct neighbour){.key = key, .part = part, .other_project = other_project};
	judge->two_projects |= other_project;
}

void i11_begin(struct judge *judge)
{
	judge->struck = true;
	judge->rested = judge->world->rested;
}

void i11_end(struct judge *judge)
{
	for (size_t i = 0; i < judge->neighbour_count; i++) {
		struct neighbour *neighbour = &judge->neighbours[i];

		if (is_pending(neighbour))
			judge_time(judge, neighbour, taken_so_far(judge, neighbour));
		if (neighbour->calls != neighbour->edits && !is_excused(judge, neighbour))
			world_complain(judge->world, "I11 isolation: %u calls changed %s for %u edits",
				neighbour->calls, neighbour->key, neighbour->edits);
	}
	judge->neighbour_count = 0;
}

/* A call that the cloud has had. */
void i11_call(struct judge *judge, const struct fake_call *call)
{
	for (size_t i = 0; i < judge->neighbour_count; i++) {
		struct neighbour *neighbour = &judge->neighbours[i];
		const char *path = call->path + strlen("/compute/v1/");
		const struct emu_resource *resource = emu_store_find(&judge->world->emulator->store, path);
		const struct emu_operation *operation;

		if (!strstr(path, neighbour->part))
			continue;
		neighbour->calls++;
		operation = resource && resource->own_operation
		                    ? emu_operation_find(judge->world->emulator, resource->own_operation)
		                    : NULL;
		neighbour->written_at = judge_now(judge);
		neighbour->ends_at = operation ? judge->world->born_ms + operation->due : judge_now(judge);
	}
}

/* "I11 Isolation": what is wrong with one object, or one project, does not delay the others by more than a tenth: from an edit
 * to the call, and from the end of the cloud's operation to the word in the status. */
void i11_told(struct judge *judge, const char *key, const cJSON *object)
{
	const cJSON *programmed = judge_condition(object, "Programmed");

	for (size_t i = 0; i < judge->neighbour_count; i++) {
		struct neighbour *neighbour = &judge->neighbours[i];

		if (!text_equal(neighbour->key, key) || !is_pending(neighbour) || !neighbour->written_at ||
			!text_equal(json_text(programmed, "status"), "True") ||
			json_int(programmed, "observedGeneration", -1) != json_int(object, "metadata.generation", 0))
			continue;
		judge_time(judge, neighbour, taken_so_far(judge, neighbour));
		neighbour->edited_at = 0;
	}
}

/* Repetitions become a series, as client-go's recorder makes it: the first one is told at once, more are only counted and
 * told now and then, and once more when nothing came for a while. Unlike there the note counts: one that says something
 * new is an event of its own, or nobody would read it. The bucket lets a whole chain of resources be made and told, and
 * from then on a handful of events per minute. */
#include "kube/event.h"

#include "base/alloc.h"

enum {
	REFRESH_MS = 30 * 60 * 1000, /* well within the hour that the server keeps an event */
	QUIET_MS = 6 * 60 * 1000,
	BURST = 25,
	COST_MS = 12 * 1000,
};

struct series *series_find(struct event_memory *memory, uint64_t digest)
{
	for (size_t i = 0; i < SERIES_MAX; i++)
		if (memory->series[i].own_path && memory->series[i].digest == digest)
			return &memory->series[i];
	return NULL;
}

void series_forget(struct series *series)
{
	if (!series)
		return;
	mem_free(series->own_path);
	mem_free(series->own_body);
	*series = (struct series){0};
}

struct series *series_new(struct event_memory *memory)
{
	struct series *chosen = &memory->series[0];
	for (size_t i = 0; i < SERIES_MAX && chosen->own_path; i++) {
		struct series *series = &memory->series[i];
		if (!series->own_path || series->last_at < chosen->last_at)
			chosen = series;
	}
	series_forget(chosen);
	return chosen;
}

bool series_over(const struct series *series, int64_t now)
{
	return series->own_path && now - series->last_at >= QUIET_MS;
}

bool series_due(const struct series *series, int64_t now)
{
	return series->count > series->told && (series->told == 1 || now - series->told_at >= REFRESH_MS);
}

static struct bucket *bucket_of(struct event_memory *memory, uint64_t object, int64_t now)
{
	struct bucket *chosen = &memory->buckets[0];
	for (size_t i = 0; i < BUCKETS_MAX; i++) {
		struct bucket *bucket = &memory->buckets[i];
		if (bucket->object == object)
			return bucket;
		if (bucket->at < chosen->at)
			chosen = bucket;
	}
	*chosen = (struct bucket){.object = object, .balance_ms = (int64_t)BURST * COST_MS, .at = now};
	return chosen;
}

bool bucket_take(struct event_memory *memory, uint64_t object, int64_t now)
{
	struct bucket *bucket = bucket_of(memory, object, now);
	bucket->balance_ms += now - bucket->at;
	bucket->at = now;
	if (bucket->balance_ms > (int64_t)BURST * COST_MS)
		bucket->balance_ms = (int64_t)BURST * COST_MS;
	if (bucket->balance_ms < COST_MS)
		return false;
	bucket->balance_ms -= COST_MS;
	return true;
}

void event_memory_done(struct event_memory *memory)
{
	for (size_t i = 0; i < SERIES_MAX; i++)
		series_forget(&memory->series[i]);
}

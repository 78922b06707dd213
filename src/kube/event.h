/* Events, as their files see them: event.c writes and sends them, event_series.c remembers what was said. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event that was said lately, and its repetitions. Zeroed memory is a free place. */
struct series {
	uint64_t digest; /* of all that a person reads of it */
	char *own_path;  /* "/apis/events.k8s.io/v1/namespaces/NS/events/NAME" */
	char *own_body;  /* as it was created */
	int64_t last_at; /* loop time of the last repetition */
	int64_t last_us; /* the same by the wall clock */
	int64_t told_at; /* when the server was told last */
	int count, told; /* how often it was said, and how often the server knows of */
};

/* What an object may still say; zeroed memory is a free place. */
struct bucket {
	uint64_t object;
	int64_t balance_ms; /* as of at */
	int64_t at;
};

enum { SERIES_MAX = 256, BUCKETS_MAX = 256 };

struct event_memory {
	struct series series[SERIES_MAX];
	struct bucket buckets[BUCKETS_MAX];
};

struct series *series_find(struct event_memory *memory, uint64_t digest); /* NULL: not said lately */
/* A place for a new one; the longest unheard is forgotten when there is none. The caller fills it. */
struct series *series_new(struct event_memory *memory);
void series_forget(struct series *series); /* NULL is fine */
/* The series is over: nothing was heard of it for a while. */
bool series_over(const struct series *series, int64_t now);
/* The server must be told of a repetition now; others are only counted. */
bool series_due(const struct series *series, int64_t now);
/* Whether the object may say one more thing; if so, it has. */
bool bucket_take(struct event_memory *memory, uint64_t object, int64_t now);
void event_memory_done(struct event_memory *memory);

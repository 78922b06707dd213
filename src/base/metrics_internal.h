/* The registry as its two files see it: metrics.c counts, metrics_write.c writes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/metrics.h"

/* One set of label values. */
struct series {
	char *own_labels; /* as they are written, without braces: kind="x",code="200"; "" when there are none */
	bool set;         /* since it was written last */
	double value;     /* of a histogram the sum */
	uint64_t count;
	uint64_t buckets[]; /* of a histogram: how many fell into each bound, and not into a smaller one */
};

struct metric {
	struct metric_row row;
	size_t labels, bounds;
	struct map series; /* label values, each followed by SEPARATOR -> struct series */
};

struct metrics {
	struct vec list; /* struct metric, in the order in which they were added */
	struct map by_name;
};

void series_free(void *series);

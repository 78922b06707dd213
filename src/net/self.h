/* What the operating system says of this process, as every Prometheus client tells it: process_*. */
#pragma once

#include "base/metrics.h"

struct self;
struct self *self_new(struct metrics *metrics);
void self_collect(struct self *self); /* before metrics_write */
void self_free(struct self *self);    /* NULL is fine */

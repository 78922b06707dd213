/* Where log lines go: to a descriptor, usually that of the standard error output, without ever waiting for whoever reads it. What
 * the reader does not take is kept, up to a maximum; lines beyond that are lost and counted, and when the reader is back a line of
 * the log says how many. */
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "net/loop.h"

enum { LOG_WRITER_MAX = 256 * 1024 }; /* bytes that wait for the reader */

struct log_writer;
/* From now on log's lines go there; log is a loan for the writer's life. metrics: NULL: nothing is counted. */
struct log_writer *log_writer_new(struct loop *loop, struct log *log, int descriptor, struct metrics *metrics);
/* Gives what waits a moment, a fifth of a second, to be read. log is silent afterwards. NULL is fine. */
void log_writer_free(struct log_writer *writer);

/* Another program, run to its end: what it wrote, and how it ended. Never by way of a shell; bounded in time and output;
 * its input is empty. It is the head of a process group of its own, and a program that is stopped takes its group along. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "net/loop.h"

struct process_request {
	const char *file;             /* looked for along PATH when it has no slash */
	const char *const *arguments; /* without the name; ends with NULL; NULL: none */
	const char *const *variables; /* "NAME=value", beside our own, which they hide; ends with NULL; NULL: none */
	size_t output_max;            /* bytes; a program that writes more is stopped */
	int timeout_ms;
};

/* It ended by itself. */
struct process_result {
	int exit_code;      /* 0: well; of one that a signal ended: 128 + the signal */
	const char *output; /* NUL-terminated loan for the callback */
	size_t length;
	/* What it wrote to its standard error, in one line; of much only the beginning and the end; "" when it wrote nothing. */
	const char *complaint;
};

/* Exactly one of result and err is not NULL. err: it could not be started (code "NotFound": there is no such program),
 * took too long (code "Timeout") or wrote too much (code "TooLarge"). */
typedef void (*process_fn)(void *arg, const struct process_result *result, const struct error *err);

struct process;
/* Copies what it needs. Never NULL: failures come by fn, which runs from the loop, never from within here. */
struct process *process_start(struct loop *loop, const struct process_request *request, process_fn fn, void *arg);
void process_cancel(struct process *process); /* ends it; no callback comes; NULL is fine; gone afterwards */

/* What a process gets from its surroundings, so that tests can give something else: wall clock, randomness, files,
 * variables, and other programs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "net/process.h"

struct env;
struct env_ops {
	int64_t (*wall_us)(struct env *env);
	void (*random)(struct env *env, void *bytes, size_t length);
	bool (*read_file)(
		struct env *env, const char *path, struct str *out, struct error *err); /* bounded by out->maximum */
	const char *(*variable)(struct env *env, const char *name);
	struct process *(*run)(
		struct env *env, struct loop *loop, const struct process_request *request, process_fn fn, void *arg);
	void (*stop)(struct env *env, struct process *process);
};
struct env {
	const struct env_ops *ops;
};

/* The real surroundings; static content, nothing to free. */
struct env *env_system(void);

int64_t env_wall_us(struct env *env);
void env_random(struct env *env, void *bytes, size_t length);
uint64_t env_random_below(struct env *env, uint64_t limit);   /* 0 <= x < limit; limit 0 gives 0 */
int64_t env_jitter(struct env *env, int64_t ms, int percent); /* ms +- percent */
void env_uuid(struct env *env, char text[37]);                /* random UUID, version 4 */
/* err has code "NotFound" when there is no such file. */
bool env_read_file(struct env *env, const char *path, struct str *out, struct error *err);
const char *env_variable(struct env *env, const char *name); /* loan; NULL when not set, or empty */
/* Another program, by the rules of net/process.h. */
struct process *env_run(
	struct env *env, struct loop *loop, const struct process_request *request, process_fn fn, void *arg);
void env_stop(struct env *env, struct process *process); /* NULL is fine */

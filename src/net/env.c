#include "net/env.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t system_wall_us(struct env *env)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void system_random(struct env *env, void *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t got = getrandom((char *)bytes + done, length - done, 0);
		if (got < 0 && errno != EINTR)
			abort(); /* no names, no jitter, no request ids: nothing works without it */
		done += got > 0 ? (size_t)got : 0;
	}
}

static bool read_all(int fd, const char *path, struct str *out, struct error *err)
{
	char bytes[16 * 1024];
	for (;;) {
		ssize_t got = read(fd, bytes, sizeof(bytes));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, ERROR_REJECTED, "cannot read %s: %s", path, strerror(errno));
		if (got == 0)
			return true;
		if (!str_add(out, bytes, (size_t)got))
			return error_set(err, ERROR_REJECTED, "cannot read %s: it is too large", path);
	}
}

static bool system_read_file(struct env *env, const char *path, struct str *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int failed = errno;
	if (fd < 0) {
		error_set(err, ERROR_REJECTED, "cannot read %s: %s", path, strerror(failed));
		error_code(err, failed == ENOENT ? "NotFound" : "");
		return false;
	}
	bool good = read_all(fd, path, out, err);
	close(fd);
	return good;
}

static const char *system_variable(struct env *env, const char *name)
{
	return getenv(name);
}

static struct process *system_run(
	struct env *env, struct loop *loop, const struct process_request *request, process_fn fn, void *arg)
{
	return process_start(loop, request, fn, arg);
}

static void system_stop(struct env *env, struct process *process)
{
	process_cancel(process);
}

static const struct env_ops system_ops = {.wall_us = system_wall_us,
	.random = system_random,
	.read_file = system_read_file,
	.variable = system_variable,
	.run = system_run,
	.stop = system_stop};

struct env *env_system(void)
{
	static const struct env system = {.ops = &system_ops};
	return (struct env *)&system;
}

int64_t env_wall_us(struct env *env)
{
	return env->ops->wall_us(env);
}

void env_random(struct env *env, void *bytes, size_t length)
{
	env->ops->random(env, bytes, length);
}

/* Draws again what lies beyond the last whole multiple of limit, so that every result is equally likely. */
uint64_t env_random_below(struct env *env, uint64_t limit)
{
	uint64_t drawn;
	if (limit == 0)
		return 0;
	uint64_t rest = (UINT64_MAX % limit + 1) % limit;
	do
		env_random(env, &drawn, sizeof(drawn));
	while (drawn > UINT64_MAX - rest);
	return drawn % limit;
}

int64_t env_jitter(struct env *env, int64_t ms, int percent)
{
	assert(ms >= 0 && percent >= 0 && percent <= 100);
	int64_t span = ms / 100 * percent + ms % 100 * percent / 100;
	return ms - span + (int64_t)env_random_below(env, 2 * (uint64_t)span + 1);
}

void env_uuid(struct env *env, char text[37])
{
	unsigned char b[16];
	env_random(env, b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	char *to = text;
	for (size_t i = 0; i < sizeof(b); i++)
		to += sprintf(to, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
}

bool env_read_file(struct env *env, const char *path, struct str *out, struct error *err)
{
	return env->ops->read_file(env, path, out, err);
}

const char *env_variable(struct env *env, const char *name)
{
	const char *value = env->ops->variable(env, name);
	return value && *value ? value : NULL;
}

struct process *env_run(
	struct env *env, struct loop *loop, const struct process_request *request, process_fn fn, void *arg)
{
	return env->ops->run(env, loop, request, fn, arg);
}

void env_stop(struct env *env, struct process *process)
{
	if (process)
		env->ops->stop(env, process);
}

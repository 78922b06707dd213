#include "fake/fake_env.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

static const int64_t start_wall_us = 1767323045000000;

static int64_t since_start_us(const struct fake_env *fake)
{
	return fake->loop ? fake->loop->now_ms * 1000 : 0;
}

static int64_t fake_wall_us(struct env *env)
{
	struct fake_env *fake = (struct fake_env *)env;
	return fake->wall_us + (since_start_us(fake) - fake->since_us) * fake->rate;
}

/* splitmix64: every seed, 0 too, gives a good sequence. */
static uint64_t next_random(struct fake_env *fake)
{
	uint64_t x = fake->seed += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static void fake_random(struct env *env, void *bytes, size_t length)
{
	unsigned char *to = bytes;
	for (size_t done = 0; done < length; done += 8) {
		uint64_t x = next_random((struct fake_env *)env);
		memcpy(to + done, &x, length - done < 8 ? length - done : 8);
	}
}

static bool fake_read_file(struct env *env, const char *path, struct str *out, struct error *err)
{
	struct fake_env *fake = (struct fake_env *)env;
	const char *text = map_find(&fake->files, path);
	fake->reads++;
	if (!text) {
		error_set(err, ERROR_REJECTED, "cannot read %s: No such file or directory", path);
		error_code(err, "NotFound");
		return false;
	}
	if (!str_adds(out, text))
		return error_set(err, ERROR_REJECTED, "cannot read %s: it is too large", path);
	return true;
}

static const char *fake_variable(struct env *env, const char *name)
{
	return map_find(&((struct fake_env *)env)->variables, name);
}

/* A program that the test plays. Its end comes from the loop, as a real one's. */
struct process {
	struct fake_env *fake;
	struct loop *loop;
	process_fn fn;
	void *arg;
	struct timer end;
	int exit_code;
	char *own_output, *own_complaint;
};

static void process_free(void *item)
{
	struct process *process = item;
	timer_stop(process->loop, &process->end);
	mem_free(process->own_output);
	mem_free(process->own_complaint);
	mem_free(process);
}

static void fake_stop(struct env *env, struct process *process)
{
	struct vec *alive = &((struct fake_env *)env)->alive;
	size_t i = 0;
	while (alive->own_items[i] != process)
		assert(++i < alive->count);
	vec_remove_at(alive, i);
	process_free(process);
}

static void on_end(void *arg)
{
	struct process *process = arg;
	process_fn fn = process->fn;
	void *fn_arg = process->arg;
	struct process_result result = {.exit_code = process->exit_code,
		.output = process->own_output,
		.length = strlen(process->own_output),
		.complaint = process->own_complaint};
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "%s", process->own_complaint);
	error_code(&err, "NotFound");
	if (process->exit_code < 0)
		fn(fn_arg, NULL, &err);
	else
		fn(fn_arg, &result, NULL);
	fake_stop(&process->fake->env, process);
}

void fake_env_end(struct process *process, int exit_code, const char *output, const char *complaint)
{
	process->exit_code = exit_code;
	process->own_output = mem_strdup(output);
	process->own_complaint = mem_strdup(complaint);
	timer_start(process->loop, &process->end, 0, on_end, process);
}

static struct process *fake_run(
	struct env *env, struct loop *loop, const struct process_request *request, process_fn fn, void *arg)
{
	struct fake_env *fake = (struct fake_env *)env;
	struct process *process = mem_alloc(sizeof(*process));
	*process = (struct process){.fake = fake, .loop = loop, .fn = fn, .arg = arg};
	vec_add(&fake->alive, process);
	fake->runs++;
	if (fake->run)
		fake->run(fake->run_arg, request, process);
	else
		fake_env_end(process, -1, "", "no such program");
	return process;
}

static const struct env_ops fake_ops = {.wall_us = fake_wall_us,
	.random = fake_random,
	.read_file = fake_read_file,
	.variable = fake_variable,
	.run = fake_run,
	.stop = fake_stop};

void fake_env_init(struct fake_env *fake, struct fake_loop *loop, uint64_t seed)
{
	*fake = (struct fake_env){.env = {.ops = &fake_ops}, .loop = loop, .seed = seed};
	fake->rate = 1;
	fake_env_set_wall(fake, start_wall_us);
}

void fake_env_done(struct fake_env *fake)
{
	map_done(&fake->files, mem_free);
	map_done(&fake->variables, mem_free);
	vec_done(&fake->alive, process_free);
}

void fake_env_set_wall(struct fake_env *fake, int64_t now_us)
{
	fake->since_us = since_start_us(fake);
	fake->wall_us = now_us;
}

void fake_env_set_rate(struct fake_env *fake, int rate)
{
	fake_env_set_wall(fake, env_wall_us(&fake->env));
	fake->rate = rate;
}

void fake_env_file(struct fake_env *fake, const char *path, const char *text)
{
	mem_free(text ? map_put(&fake->files, path, mem_strdup(text)) : map_remove(&fake->files, path));
}

void fake_env_variable(struct fake_env *fake, const char *name, const char *text)
{
	mem_free(text ? map_put(&fake->variables, name, mem_strdup(text)) : map_remove(&fake->variables, name));
}

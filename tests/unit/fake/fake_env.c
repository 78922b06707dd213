#include "fake/fake_env.h"

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
	return fake->wall_us + since_start_us(fake);
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
	if (!text)
		return error_set(err, ERROR_REJECTED, "cannot read %s: No such file or directory", path);
	if (!str_adds(out, text))
		return error_set(err, ERROR_REJECTED, "cannot read %s: it is too large", path);
	return true;
}

static const struct env_ops fake_ops = {.wall_us = fake_wall_us, .random = fake_random, .read_file = fake_read_file};

void fake_env_init(struct fake_env *fake, struct fake_loop *loop, uint64_t seed)
{
	*fake = (struct fake_env){.env = {.ops = &fake_ops}, .loop = loop, .seed = seed};
	fake_env_set_wall(fake, start_wall_us);
}

void fake_env_done(struct fake_env *fake)
{
	map_done(&fake->files, mem_free);
}

void fake_env_set_wall(struct fake_env *fake, int64_t now_us)
{
	fake->wall_us = now_us - since_start_us(fake);
}

void fake_env_file(struct fake_env *fake, const char *path, const char *text)
{
	mem_free(text ? map_put(&fake->files, path, mem_strdup(text)) : map_remove(&fake->files, path));
}

/* The file of --config. Read twice it says the same; a refusal names the file; a time that was taken is within its bounds. */
#include "fuzz.h"

#include "base/str.h"
#include "config_file.h"
#include "fake/fake_env.h"
#include "flag.h"

static bool read(struct flags *flags, struct env *env, struct error *err)
{
	char *arguments[] = {"tflb-controller", "--config=/c.yaml"};
	bool good = flags_parse(flags, 2, arguments, err);
	assert(good);
	return config_file_read(flags, env, err);
}

static void within_bounds(struct flags *flags, const struct flags *again)
{
	const struct flag *flag;
	for (size_t i = 0; (flag = flags_at(i)); i++) {
		const char *member = (const char *)flags + flag->offset, *other = (const char *)again + flag->offset;
		assert(*flags_source(flags, flag) != SOURCE_FILE || flag->key);
		if (flag->kind == FLAG_TIME)
			assert(*(const int64_t *)member == *(const int64_t *)other &&
				(!flag->most || (*(const int64_t *)member >= flag->least &&
							*(const int64_t *)member <= flag->most)));
		if (flag->kind == FLAG_TEXT)
			assert(text_equal(*(const char *const *)member, *(const char *const *)other));
		if (flag->kind == FLAG_TEXTS)
			assert(((const struct flag_texts *)member)->count <= FLAG_TEXTS_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct fake_env env;
	struct flags flags = {0}, again = {0};
	struct error err = {0};
	fake_env_init(&env, NULL, 1);
	fake_env_file(&env, "/c.yaml", part_text((struct part){(const char *)bytes, length}));
	bool good = read(&flags, &env.env, &err);
	assert(good || (is_error(&err) && strstr(err.message, "/c.yaml")));
	assert(read(&again, &env.env, &err) == good);
	if (good)
		within_bounds(&flags, &again);
	flags_done(&flags);
	flags_done(&again);
	fake_env_done(&env);
	return 0;
}

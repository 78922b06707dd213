/* Members of bodies out of the spec's. */
#include "kinds/body.h"

static bool is_absent(const cJSON *value)
{
	return !value || cJSON_IsNull(value);
}

cJSON *body_object(const cJSON *tree, const char *name)
{
	cJSON *value = json_member(tree, name);

	return cJSON_IsObject(value) ? value : NULL;
}

void body_take(cJSON *to, const cJSON *from, const char *name)
{
	const cJSON *value = json_member(from, name);

	json_set(to, name, value ? json_copy(value) : cJSON_CreateNull());
}

void body_take_all(cJSON *to, const cJSON *from, const char *const *names)
{
	for (; *names; names++)
		body_take(to, from, *names);
}

static cJSON *duration(int64_t seconds)
{
	cJSON *value = cJSON_CreateObject();

	json_setf(value, "seconds", "%lld", (long long)seconds);
	return value;
}

void body_take_seconds(cJSON *to, const char *as, const cJSON *from, const char *name)
{
	const cJSON *value = json_member(from, name);

	json_set(to, as, is_absent(value) ? cJSON_CreateNull() : duration((int64_t)value->valuedouble));
}

void body_take_milliseconds(cJSON *to, const char *as, const cJSON *from, const char *name)
{
	const cJSON *value = json_member(from, name);
	int64_t milliseconds = is_absent(value) ? 0 : (int64_t)value->valuedouble;

	if (is_absent(value))
		json_set(to, as, cJSON_CreateNull());
	else /* whole seconds are said to be whole: what is not named is nobody's */
		json_set_int(json_set(to, as, duration(milliseconds / 1000)), "nanos", milliseconds % 1000 * 1000000);
}

void body_take_percent(cJSON *to, const char *as, const cJSON *from, const char *name)
{
	const cJSON *value = json_member(from, name);

	json_set(to, as, is_absent(value) ? cJSON_CreateNull() : cJSON_CreateNumber(value->valuedouble / 100));
}

void body_take_int64(cJSON *to, const cJSON *from, const char *name)
{
	const cJSON *value = json_member(from, name);

	if (is_absent(value))
		json_set(to, name, cJSON_CreateNull());
	else
		json_setf(to, name, "%lld", (long long)value->valuedouble);
}

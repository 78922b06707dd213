#include "config_file.h"

#include <string.h>

#include "base/json.h"
#include "flag.h"
#include "kube/yaml.h"

#define API_VERSION "config.tflb.dev/v1alpha1"
#define KIND "ControllerConfiguration"

enum { FILE_MAX_BYTES = 64 * 1024, DEPTH_MAX = 4, NODES_MAX = 1000 };

struct reading {
	struct flags *flags;
	struct error *err;
};

static bool refuse(const struct reading *reading, const cJSON *at, const char *key, const char *why)
{
	return error_set(reading->err, ERROR_REJECTED, "line %zu: %s %s", yaml_line(at), key, why);
}

/* --- the keys that there are --- */

static const struct flag *find(const char *key)
{
	const struct flag *flag;

	for (size_t i = 0; (flag = flags_at(i)); i++)
		if (text_equal(flag->key, key))
			return flag;
	return NULL;
}

/* Is it the name of a mapping, such as "logging"? */
static bool is_group(const char *key)
{
	const struct flag *flag;
	size_t length = strlen(key);

	for (size_t i = 0; (flag = flags_at(i)); i++)
		if (text_starts(flag->key, key) && flag->key[length] == '.')
			return true;
	return false;
}

static const char *last_name(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

struct guess {
	const char *word; /* what somebody wrote */
	const char *best;
	size_t distance;
};

static void guess_against(struct guess *guess, const char *spelling, const char *key)
{
	size_t distance = text_distance(guess->word, spelling);

	if (distance < guess->distance)
		*guess = (struct guess){guess->word, key, distance};
}

/* A whole key may be meant, a key of another mapping, the mapping itself, or somebody wrote the flag. */
static const char *nearest(const char *word)
{
	struct guess guess = {word, NULL, SIZE_MAX};
	const struct flag *flag;

	guess_against(&guess, "apiVersion", "apiVersion");
	guess_against(&guess, "kind", "kind");
	for (size_t i = 0; (flag = flags_at(i)); i++) {
		if (!flag->key)
			continue;
		guess_against(&guess, flag->key, flag->key);
		guess_against(&guess, flag->name, flag->key);
		guess_against(&guess, last_name(flag->key), flag->key);
		char *group = arena_strndup(json_arena(), flag->key, strcspn(flag->key, "."));
		guess_against(&guess, group, group);
	}
	return guess.best;
}

static bool refuse_unknown(const struct reading *reading, const cJSON *value, const char *key)
{
	return error_set(reading->err, ERROR_REJECTED, "line %zu: unknown key %s; the nearest known key is %s",
		yaml_line(value), key, nearest(last_name(key)));
}

/* --- values --- */

static bool take_text(struct reading *reading, const struct flag *flag, const cJSON *value)
{
	if (!cJSON_IsString(value))
		return refuse(reading, value, flag->key,
			flag->kind == FLAG_TEXTS ? "must be a list of texts"
						 : "must be one value, not a list or a mapping");
	const char *text = arena_strdup(reading->flags->own_arena, value->valuestring);
	return flag_set(reading->flags, flag, text, SOURCE_FILE, reading->err) ||
	       error_context(reading->err, "line %zu: %s %s", yaml_line(value), flag->key, text);
}

static bool take_texts(struct reading *reading, const struct flag *flag, const cJSON *list)
{
	if (!cJSON_IsArray(list))
		return refuse(reading, list, flag->key, "must be a list of texts");
	for (const cJSON *item = list->child; item; item = item->next)
		if (!take_text(reading, flag, item))
			return false;
	return true;
}

static bool take_members(struct reading *reading, const cJSON *mapping, const char *prefix);

static bool take_group(struct reading *reading, const cJSON *value, const char *key)
{
	if (!cJSON_IsObject(value))
		return refuse(reading, value, key, "must be a mapping");
	return take_members(reading, value, arena_printf(json_arena(), "%s.", key));
}

static bool take_member(struct reading *reading, const cJSON *value, const char *key)
{
	const struct flag *flag = find(key);
	bool group = !flag && is_group(key);

	if (!flag && !group)
		return refuse_unknown(reading, value, key);
	if (cJSON_IsNull(value))
		return true; /* as if it were not there, as everywhere in Kubernetes */
	if (group)
		return take_group(reading, value, key);
	return flag->kind == FLAG_TEXTS ? take_texts(reading, flag, value) : take_text(reading, flag, value);
}

static bool take_members(struct reading *reading, const cJSON *mapping, const char *prefix)
{
	for (const cJSON *member = mapping->child; member; member = member->next) {
		const char *key = arena_printf(json_arena(), "%s%s", prefix, member->string);
		if (text_equal(key, "apiVersion") || text_equal(key, "kind"))
			continue;
		if (!take_member(reading, member, key))
			return false;
	}
	return true;
}

/* --- the file --- */

static bool says(const struct reading *reading, const cJSON *tree, const char *key, const char *must)
{
	const cJSON *value = json_member(tree, key);

	if (value && text_equal(json_text(tree, key), must))
		return true;
	if (value)
		return error_set(reading->err, ERROR_REJECTED, "line %zu: %s must be %s", yaml_line(value), key, must);
	return error_set(reading->err, ERROR_REJECTED, "%s is missing; it must be %s", key, must);
}

static bool read_tree(struct reading *reading, const struct str *content)
{
	struct yaml_limits limits = {.depth = DEPTH_MAX, .nodes = NODES_MAX, .single = true};
	const cJSON *tree = yaml_read(str_text(content), content->length, limits, reading->err);

	if (!tree)
		return false;
	if (!cJSON_IsObject(tree))
		return error_set(reading->err, ERROR_REJECTED,
			"must be a mapping with apiVersion: " API_VERSION " and kind: " KIND);
	return says(reading, tree, "apiVersion", API_VERSION) && says(reading, tree, "kind", KIND) &&
	       take_members(reading, tree, "");
}

bool config_file_read(struct flags *flags, struct env *env, struct error *err)
{
	JSON_WORK(work);
	AUTO_STR struct str content = STR_INIT(FILE_MAX_BYTES);
	struct reading reading = {flags, err};

	if (!flags->own_arena)
		flags->own_arena = arena_new();
	if (!env_read_file(env, flags->config, &content, err))
		return error_context(err, "--config");
	return read_tree(&reading, &content) || error_context(err, "configuration file %s", flags->config);
}

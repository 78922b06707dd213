/* The parser. Order as the API server's: types and bounds while reading, defaults where nothing stands. */
#include "model/parse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/walk.h"

static const char *const kind_words[] = {"an object", "a list", "an object of texts", "text", "a whole number",
	"true or false", "a whole number, or a decimal in quotes"};

static bool refuse_kind(const struct type *type, const struct place *place, struct error *err)
{
	return rules_refuse(err, place, "", "must be %s", kind_words[type->kind]);
}

static bool is_absent(const cJSON *node)
{
	return !node || cJSON_IsNull(node);
}

/* Characters as the API server counts them: code points. */
static int64_t characters_of(const char *text)
{
	int64_t count = 0;
	for (; *text; text++)
		count += (*text & 0xC0) != 0x80;
	return count;
}

static bool is_word(const char *const *words, const char *text)
{
	for (; *words; words++) {
		if (text_equal(*words, text))
			return true;
	}
	return false;
}

static bool refuse_word(const struct type *type, const struct place *place, struct error *err)
{
	char list[400] = "";
	for (const char *const *word = type->words; *word; word++) {
		strncat(list, list[0] ? ", " : "", sizeof list - strlen(list) - 1);
		strncat(list, *word, sizeof list - strlen(list) - 1);
	}
	return rules_refuse(err, place, "", "must be one of %s", list);
}

static bool check_text(const struct type *type, const struct place *place, const char *text, struct error *err)
{
	if (type->words)
		return is_word(type->words, text) || refuse_word(type, place, err);
	int64_t length = characters_of(text);
	if (length > type->most)
		return rules_refuse(err, place, "", "must have at most %lld characters", (long long)type->most);
	if (length < type->least)
		return rules_refuse(err, place, "", "must not be empty");
	const struct pattern *pattern = type->pattern;
	if (!pattern || pattern->matches(text))
		return true;
	if (pattern->message)
		return rules_refuse(err, place, "", "%s", pattern->message);
	return rules_refuse(err, place, "", "must match %s", pattern->text);
}

static bool parse_text(
	const struct type *type, const struct place *place, const cJSON *node, char **target, struct error *err)
{
	if (!cJSON_IsString(node))
		return refuse_kind(type, place, err);
	if (!check_text(type, place, node->valuestring, err))
		return false;
	*target = arena_strdup(json_arena(), node->valuestring);
	return true;
}

static bool parse_integer(
	const struct type *type, const struct place *place, const cJSON *node, int64_t *target, struct error *err)
{
	if (!cJSON_IsNumber(node))
		return refuse_kind(type, place, err);
	if (node->valuedouble < (double)type->least)
		return rules_refuse(err, place, "", "must be at least %lld", (long long)type->least);
	if (node->valuedouble > (double)type->most)
		return rules_refuse(err, place, "", "must be at most %lld", (long long)type->most);
	int64_t number = (int64_t)node->valuedouble;
	if ((double)number != node->valuedouble)
		return refuse_kind(type, place, err);
	*target = number;
	return true;
}

/* An integer is kept as its text: what a decimal in quotes is already. */
static bool parse_number(
	const struct type *type, const struct place *place, const cJSON *node, char **target, struct error *err)
{
	if (cJSON_IsNumber(node)) {
		int64_t number = 0;
		if (!parse_integer(type, place, node, &number, err))
			return false;
		*target = arena_printf(json_arena(), "%lld", (long long)number);
		return true;
	}
	if (!cJSON_IsString(node))
		return refuse_kind(type, place, err);
	if (!type->pattern->matches(node->valuestring))
		return rules_refuse(err, place, "", "must match %s", type->pattern->text);
	*target = arena_strdup(json_arena(), node->valuestring);
	return true;
}

static bool parse_flag(
	const struct type *type, const struct place *place, const cJSON *node, bool *target, struct error *err)
{
	if (!cJSON_IsBool(node))
		return refuse_kind(type, place, err);
	*target = cJSON_IsTrue(node);
	return true;
}

static bool check_count(const struct type *type, const struct place *place, int64_t count, struct error *err)
{
	if (count > type->most)
		return rules_refuse(err, place, "", "must have at most %lld entries", (long long)type->most);
	if (count < type->least)
		return rules_refuse(err, place, "", "must have at least %lld entries", (long long)type->least);
	return true;
}

static bool parse_map(
	const struct type *type, const struct place *place, const cJSON *node, struct lb_map *target, struct error *err)
{
	if (!cJSON_IsObject(node))
		return refuse_kind(type, place, err);
	int64_t count = 0;
	for (const cJSON *member = node->child; member; member = member->next)
		count += !is_absent(member);
	if (!check_count(type, place, count, err))
		return false;
	struct lb_map map = {.items = arena_alloc(json_arena(), (size_t)count * sizeof *map.items)};
	for (const cJSON *member = node->child; member; member = member->next) {
		if (is_absent(member))
			continue;
		struct lb_pair *pair = &map.items[map.count++];
		struct place at = {place, member->string, 0};
		if (!parse_text(type->item, &at, member, &pair->value, err))
			return false;
		pair->key = arena_strdup(json_arena(), member->string);
	}
	*target = map;
	return true;
}

static const char *unique_text(const struct type *type, const struct walk_list *list, size_t index)
{
	if (type->form == LIST_KEYED)
		return walk_key(type, walk_item(type, list, index));
	return walk_text(type, list, index);
}

/* The last item of the list differs from all before it. Lists are short: most is at most a few hundred. */
static bool check_unique(
	const struct type *type, const struct place *place, const struct walk_list *list, struct error *err)
{
	if (type->form == LIST_ATOMIC)
		return true;
	const char *last = unique_text(type, list, list->count - 1);
	for (size_t i = 0; i + 1 < list->count; i++) {
		if (text_equal(unique_text(type, list, i), last))
			return rules_refuse(err, place, "", "duplicates entry %zu", i);
	}
	return true;
}

static bool parse_list(
	const struct type *type, const struct place *place, const cJSON *node, void *target, struct error *err)
{
	if (!cJSON_IsArray(node))
		return refuse_kind(type, place, err);
	int64_t count = 0;
	for (const cJSON *item = node->child; item; item = item->next)
		count++;
	if (!check_count(type, place, count, err))
		return false;
	size_t size = walk_size(type->item);
	struct walk_list list = {.items = arena_alloc(json_arena(), (size_t)count * size)};
	for (const cJSON *item = node->child; item; item = item->next) {
		struct place at = {place, NULL, list.count};
		if (!parse_value(type->item, false, &at, item, list.items + list.count * size, err))
			return false;
		list.count++;
		if (type->form != LIST_ATOMIC && !check_unique(type, &at, &list, err))
			return false;
	}
	memcpy(target, &list, sizeof list);
	return true;
}

static void set_absent(const struct type *type, char *target)
{
	if (type->kind == TYPE_INTEGER)
		*(int64_t *)(void *)target = LB_ABSENT;
	for (size_t i = 0; type->kind == TYPE_OBJECT && i < type->field_count; i++)
		set_absent(type->fields[i].type, target + type->fields[i].offset);
}

static bool parse_object(const struct type *type, bool override, const struct place *place, const cJSON *node,
	void *target, struct error *err);

static bool set_fallback(const struct field *field, const struct place *place, char *target, struct error *err)
{
	switch (field->type->kind) {
	case TYPE_OBJECT:
		assert(text_equal(field->fallback, "{}"));
		return parse_object(field->type, false, place, NULL, target, err);
	case TYPE_STRING:
		*(char **)(void *)target = arena_strdup(json_arena(), field->fallback);
		return true;
	case TYPE_INTEGER:
		*(int64_t *)(void *)target = strtoll(field->fallback, NULL, 10);
		return true;
	case TYPE_BOOLEAN:
		*(bool *)target = text_equal(field->fallback, "true");
		return true;
	default:
		assert(!"a kind that can have a default");
		return false;
	}
}

static bool parse_field(const struct field *field, bool override, const struct place *place, const cJSON *node,
	char *target, struct error *err)
{
	if (!is_absent(node))
		return parse_value(field->type, override || field->over, place, node, target, err);
	if (!override && field->fallback)
		return set_fallback(field, place, target, err);
	if (!override && field->required)
		return rules_refuse(err, place, "", "is required");
	set_absent(field->type, target);
	return true;
}

/* node NULL: nothing but defaults. */
static bool parse_object(const struct type *type, bool override, const struct place *place, const cJSON *node,
	void *target, struct error *err)
{
	if (node && !cJSON_IsObject(node))
		return refuse_kind(type, place, err);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		const cJSON *member = json_member(node, field->name);
		struct place at = {place, field->name, 0};
		if (!is_absent(member))
			walk_set_present(type, field, target);
		char *value = (char *)target + field->offset;
		if (!parse_field(field, override, &at, member, value, err))
			return false;
	}
	return true;
}

bool parse_value(const struct type *type, bool override, const struct place *place, const cJSON *node, void *target,
	struct error *err)
{
	switch (type->kind) {
	case TYPE_OBJECT:
		return parse_object(type, override, place, node, target, err);
	case TYPE_LIST:
		return parse_list(type, place, node, target, err);
	case TYPE_MAP:
		return parse_map(type, place, node, target, err);
	case TYPE_STRING:
		return parse_text(type, place, node, target, err);
	case TYPE_INTEGER:
		return parse_integer(type, place, node, target, err);
	case TYPE_BOOLEAN:
		return parse_flag(type, place, node, target, err);
	case TYPE_NUMBER:
		return parse_number(type, place, node, target, err);
	}
	assert(!"a kind of the enum");
	return false;
}

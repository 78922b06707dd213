/* Leaves. */
#include "sim/leaves.h"

#include <string.h>

#include "model/types.h"

struct leaf {
	const struct field *field;
	char *path; /* arena */
};

enum { OVERS = 16 };

struct search {
	size_t left;
	struct leaf found;
	const char *overs[OVERS]; /* what was laid over so far */
};

static bool find_in(const struct type *type, const char *prefix, struct search *search);

/* What a canary lays over is what a pool does. */
static bool is_laid_over_again(const struct field *field, struct search *search)
{
	size_t i = 0;

	while (field->over && i < OVERS && search->overs[i]) {
		if (text_equal(search->overs[i++], field->over))
			return true;
	}
	if (field->over && i < OVERS)
		search->overs[i] = field->over;
	return false;
}

static bool find_at(const struct field *field, const struct type *type, char *path, struct search *search)
{
	if (is_laid_over_again(field, search))
		return false;
	if (type->kind == TYPE_OBJECT)
		return find_in(type, arena_printf(json_arena(), "%s.", path), search);
	if (type->kind == TYPE_LIST && type->item->kind == TYPE_OBJECT)
		return find_in(type->item, arena_printf(json_arena(), "%s[0].", path), search);
	if (search->left-- > 0)
		return false;
	search->found = (struct leaf){.field = field, .path = path};
	return true;
}

static bool find_in(const struct type *type, const char *prefix, struct search *search)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];

		if (find_at(field, field->type, arena_printf(json_arena(), "%s%s", prefix, field->name), search))
			return true;
	}
	return false;
}

static bool find_leaf(size_t index, struct leaf *leaf)
{
	struct search search = {.left = index};

	if (!find_in(&spec_type, "", &search))
		return false;
	*leaf = search.found;
	return true;
}

char *leaf_path(size_t index)
{
	struct leaf leaf;

	return find_leaf(index, &leaf) ? leaf.path : NULL;
}

/* The object that has the leaf, made when it is missing; *name is the leaf's own. NULL: it stands in a list without items. */
static cJSON *parent_of(cJSON *spec, const char *path, const char **name)
{
	char *at = arena_strdup(json_arena(), path);
	cJSON *parent = spec;

	for (char *next; (next = strchr(at, '.')); at = next + 1) {
		size_t length = (size_t)(next - at);
		bool list = length > 3 && !strncmp(next - 3, "[0]", 3);
		char *member = arena_strndup(json_arena(), at, list ? length - 3 : length);
		cJSON *child = json_member(parent, member);

		if (!child && list)
			return NULL;
		if (!child)
			child = json_set_object(parent, member);
		parent = list ? cJSON_GetArrayItem(child, 0) : child;
		if (!parent)
			return NULL;
	}
	*name = at;
	return parent;
}

static char *long_text(int64_t length)
{
	char *text = arena_alloc(json_arena(), (size_t)length + 1);

	memset(text, 'a', (size_t)length);
	return text;
}

static cJSON *of_default(const struct field *field)
{
	if (!field->fallback)
		return NULL;
	if (field->type->kind == TYPE_STRING)
		return cJSON_CreateString(field->fallback);
	return json_parse_text(field->fallback);
}

static cJSON *text_value(const struct type *type, enum leaf_value value)
{
	size_t words = 0;

	if (value == LEAF_EMPTY)
		return cJSON_CreateString("");
	if (value == LEAF_INVALID)
		return cJSON_CreateString("No such thing! \xc3\xa9");
	if (!type->words)
		return cJSON_CreateString(long_text(value == LEAF_LEAST ? (type->least ? type->least : 1)
						    : type->most < 63   ? type->most
									: 63));
	while (type->words[words])
		words++;
	return cJSON_CreateString(type->words[value == LEAF_LEAST ? 0 : words - 1]);
}

/* Most values of a machine are a machine each; what is told by numbers alone need not be that many. */
static cJSON *number_value(const struct type *type, enum leaf_value value)
{
	enum { MANY = 40 };

	if (value == LEAF_EMPTY)
		return cJSON_CreateNumber(0);
	if (value == LEAF_INVALID)
		return cJSON_CreateNumber((double)type->most + 1);
	if (value == LEAF_MOST && type->least == 0 && type->most == 1000)
		return cJSON_CreateNumber(MANY);
	return cJSON_CreateNumber((double)(value == LEAF_LEAST ? type->least : type->most));
}

/* The least is told as the other form of a number, a decimal in quotes. */
static cJSON *decimal_value(const struct type *type, enum leaf_value value)
{
	return value == LEAF_LEAST ? cJSON_CreateString("0.000001") : number_value(type, value);
}

static cJSON *flag_value(enum leaf_value value)
{
	if (value == LEAF_EMPTY)
		return NULL;
	return value == LEAF_INVALID ? cJSON_CreateString("yes") : cJSON_CreateBool(value == LEAF_MOST);
}

static cJSON *list_value(const struct type *type, enum leaf_value value);

static cJSON *map_value(const struct type *type, enum leaf_value value)
{
	cJSON *members = cJSON_CreateObject();

	if (value != LEAF_EMPTY)
		json_set(members, value == LEAF_INVALID ? "No Key!" : "key", text_value(type->item, LEAF_LEAST));
	return members;
}

static cJSON *type_value(const struct type *type, enum leaf_value value)
{
	switch (type->kind) {
	case TYPE_STRING:
		return text_value(type, value);
	case TYPE_INTEGER:
		return number_value(type, value);
	case TYPE_NUMBER:
		return decimal_value(type, value);
	case TYPE_BOOLEAN:
		return flag_value(value);
	case TYPE_LIST:
		return list_value(type, value);
	case TYPE_MAP:
		return map_value(type, value);
	case TYPE_OBJECT:
		break; /* its members are the leaves */
	}
	return NULL;
}

static cJSON *list_value(const struct type *type, enum leaf_value value)
{
	cJSON *items = cJSON_CreateArray();

	if (value != LEAF_EMPTY)
		json_add(items, type_value(type->item, value));
	return items;
}

static cJSON *value_of(const struct field *field, enum leaf_value value)
{
	return value == LEAF_DEFAULT ? of_default(field) : type_value(field->type, value);
}

cJSON *leaf_edit(const cJSON *spec, size_t index, enum leaf_value value)
{
	cJSON *copy = json_copy(spec), *parent, *set = NULL;
	const char *name;
	struct leaf leaf;

	if (!find_leaf(index, &leaf))
		return NULL;
	parent = parent_of(copy, leaf.path, &name);
	if (!parent)
		return NULL;
	if (value == LEAF_REMOVED) {
		json_remove(parent, name);
		return copy;
	}
	set = value_of(leaf.field, value);
	if (!set)
		return NULL;
	json_set(parent, name, set);
	return copy;
}

const char *leaf_value_name(enum leaf_value value)
{
	static const char *const names[] = {"least", "most", "empty", "default", "invalid", "removed"};

	return names[value];
}

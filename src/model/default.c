/* Defaults in a tree, as the API server stores it: unknown members and nulls go first, then defaults come in. */
#include "model/parse.h"

#include <assert.h>
#include <stdlib.h>

#include "base/str.h"

static const struct field *find_field(const struct type *type, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (text_equal(type->fields[i].name, name))
			return &type->fields[i];
	}
	return NULL;
}

static cJSON *fallback_tree(const struct field *field)
{
	switch (field->type->kind) {
	case TYPE_OBJECT:
		return json_parse_text(field->fallback);
	case TYPE_STRING:
		return cJSON_CreateString(field->fallback);
	case TYPE_INTEGER:
		return cJSON_CreateNumber((double)strtoll(field->fallback, NULL, 10));
	case TYPE_BOOLEAN:
		return cJSON_CreateBool(text_equal(field->fallback, "true"));
	default:
		assert(!"a kind that can have a default");
		return NULL;
	}
}

static void drop_nulls(cJSON *map)
{
	for (cJSON *member = map->child, *next; member; member = next) {
		next = member->next;
		if (cJSON_IsNull(member))
			json_remove(map, member->string);
	}
}

static void drop_unknown(const struct type *type, bool common, cJSON *object)
{
	for (cJSON *member = object->child, *next; member; member = next) {
		next = member->next;
		const struct field *field = find_field(type, member->string);
		if (!field || (common && field->rare))
			json_remove(object, member->string);
	}
}

static void default_object(const struct type *type, bool override, cJSON *object)
{
	drop_nulls(object);
	drop_unknown(type, false, object);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		cJSON *member = json_member(object, field->name);
		if (!member && field->fallback && !override)
			member = json_set(object, field->name, fallback_tree(field));
		if (member && field->common)
			drop_unknown(field->type, true, member);
		if (member)
			parse_default(field->type, override || field->over, member);
	}
}

void parse_default(const struct type *type, bool override, cJSON *node)
{
	if (type->kind == TYPE_OBJECT && cJSON_IsObject(node))
		default_object(type, override, node);
	if (type->kind == TYPE_MAP && cJSON_IsObject(node))
		drop_nulls(node);
	if (type->kind == TYPE_LIST && cJSON_IsArray(node)) {
		for (cJSON *item = node->child; item; item = item->next)
			parse_default(type->item, false, item);
	}
}

/* From the C form back to JSON, for members that Compute Engine takes as the user writes them. */
#include <assert.h>
#include <stdlib.h>

#include "model/model.h"
#include "model/types_internal.h"
#include "model/walk.h"

/* complete: a null for each absent member, so that a merge unsets what the user does not say. */
static cJSON *tree_of(const struct type *type, const void *value, bool complete);

static cJSON *object_tree(const struct type *type, const void *object, bool complete)
{
	cJSON *tree = cJSON_CreateObject();
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		const void *value = walk_value(type, field, object);
		cJSON *member = value ? tree_of(field->type, value, complete) : NULL;
		if (member || complete)
			json_set(tree, field->name, member ? member : cJSON_CreateNull());
	}
	return tree->child ? tree : NULL;
}

static cJSON *list_tree(const struct type *type, const void *value, bool complete)
{
	struct walk_list list = walk_list(value);
	cJSON *tree = cJSON_CreateArray();
	for (size_t i = 0; i < list.count; i++) {
		cJSON *item = tree_of(type->item, walk_item(type, &list, i), complete);
		json_add(tree, item ? item : cJSON_CreateObject());
	}
	return tree;
}

static cJSON *map_tree(const struct lb_map *map)
{
	cJSON *tree = cJSON_CreateObject();
	for (size_t i = 0; i < map->count; i++)
		json_set_text(tree, map->items[i].key, map->items[i].value);
	return tree;
}

static cJSON *tree_of(const struct type *type, const void *value, bool complete)
{
	switch (type->kind) {
	case TYPE_OBJECT:
		return object_tree(type, value, complete);
	case TYPE_LIST:
		return list_tree(type, value, complete);
	case TYPE_MAP:
		return map_tree(value);
	case TYPE_STRING:
		return cJSON_CreateString(*(char *const *)value);
	case TYPE_INTEGER:
		return cJSON_CreateNumber((double)*(const int64_t *)value);
	case TYPE_BOOLEAN:
		return cJSON_CreateBool(*(const bool *)value);
	case TYPE_NUMBER:
		return cJSON_CreateNumber(strtod(*(char *const *)value, NULL));
	}
	assert(!"a kind of the enum");
	return NULL;
}

cJSON *walk_tree(const struct type *type, const void *value)
{
	return tree_of(type, value, false);
}

cJSON *model_serving_tree(const struct lb_serving *serving)
{
	return tree_of(&type_serving, serving, true);
}

cJSON *model_bucket_tree(const struct lb_bucket *bucket)
{
	return tree_of(&type_bucket, bucket, true);
}

cJSON *model_health_check_tree(const struct lb_health_check *check)
{
	return tree_of(&type_health_check, check, true);
}

cJSON *model_routes_tree(const struct lb_routes *routes)
{
	return tree_of(&type_routes, routes, true);
}

cJSON *model_route_tests_tree(const struct lb_route_tests *tests)
{
	return tree_of(&type_route_tests, tests, true);
}

cJSON *model_config_tree(const struct lb_spec *spec, const struct lb_pool *pool)
{
	const struct lb_config *parts[] = {&spec->all_instances_config, &pool->all_instances_config};
	cJSON *tree = cJSON_CreateObject();
	json_set_object(tree, "metadata");
	json_set_object(tree, "labels");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const cJSON *part = walk_tree(&type_config, parts[i]);
		if (part)
			json_merge(tree, part);
	}
	return tree;
}

cJSON *model_template_tree(const struct lb_template *template)
{
	return walk_tree(&template_type, template);
}

/* What a template's hash covers: what the user set. Members equal to their default are left out and sets are sorted, so that
 * a new default-less member of a later version, a default written out, or another order of tags rolls no machine. Golden
 * texts in the tests freeze the form. */
#include "model/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/types_internal.h"
#include "model/walk.h"

static cJSON *set_inputs(const struct lb_texts *set)
{
	if (set->count == 0)
		return NULL;
	char **sorted = arena_alloc(json_arena(), set->count * sizeof *sorted);
	memcpy(sorted, set->items, set->count * sizeof *sorted);
	qsort(sorted, set->count, sizeof *sorted, text_order);
	cJSON *array = cJSON_CreateArray();
	for (size_t i = 0; i < set->count; i++)
		json_add_text(array, sorted[i]);
	return array;
}

static cJSON *map_inputs(const struct lb_map *map)
{
	if (map->count == 0)
		return NULL;
	cJSON *object = cJSON_CreateObject();
	for (size_t i = 0; i < map->count; i++)
		json_set_text(object, map->items[i].key, map->items[i].value);
	return object;
}

static cJSON *text_inputs(const struct field *field, const char *text)
{
	return text_equal(text, field->fallback) ? NULL : cJSON_CreateString(text);
}

static cJSON *integer_inputs(const struct field *field, int64_t number)
{
	if (field->fallback && number == strtoll(field->fallback, NULL, 10))
		return NULL;
	return cJSON_CreateNumber((double)number);
}

static cJSON *flag_inputs(const struct field *field, bool set)
{
	return field->fallback && set == text_equal(field->fallback, "true") ? NULL : cJSON_CreateBool(set);
}

static cJSON *object_inputs(const struct type *type, const void *object);

/* In its order, which may mean something. */
static cJSON *list_inputs(const struct type *type, const void *value)
{
	struct walk_list list = walk_list(value);
	if (list.count == 0)
		return NULL;
	cJSON *array = cJSON_CreateArray();
	for (size_t i = 0; i < list.count; i++) {
		if (type->item->kind == TYPE_STRING) {
			json_add_text(array, walk_text(type, &list, i));
			continue;
		}
		cJSON *inputs = object_inputs(type->item, walk_item(type, &list, i));
		json_add(array, inputs ? inputs : cJSON_CreateObject());
	}
	return array;
}

static cJSON *field_inputs(const struct field *field, const void *value)
{
	switch (field->type->kind) {
	case TYPE_OBJECT:
		return object_inputs(field->type, value);
	case TYPE_LIST:
		return field->type->form == LIST_SET ? set_inputs(value) : list_inputs(field->type, value);
	case TYPE_MAP:
		return map_inputs(value);
	case TYPE_STRING:
	case TYPE_NUMBER:
		return text_inputs(field, *(char *const *)value);
	case TYPE_INTEGER:
		return integer_inputs(field, *(const int64_t *)value);
	case TYPE_BOOLEAN:
		return flag_inputs(field, *(const bool *)value);
	}
	assert(!"a kind of the enum");
	return NULL;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; names && *names; names++) {
		if (text_equal(name, *names))
			return true;
	}
	return false;
}

/* Without these members; up to NULL. */
static cJSON *inputs_without(const struct type *type, const void *object, const char *const *left_out)
{
	cJSON *inputs = cJSON_CreateObject();
	for (size_t i = 0; i < type->field_count; i++) {
		const void *value = walk_value(type, &type->fields[i], object);
		if (value && !is_one_of(type->fields[i].name, left_out))
			json_set(inputs, type->fields[i].name, field_inputs(&type->fields[i], value));
	}
	return inputs;
}

/* NULL when nothing differs from the defaults. */
static cJSON *object_inputs(const struct type *type, const void *object)
{
	cJSON *inputs = inputs_without(type, object, NULL);
	return inputs->child ? inputs : NULL;
}

static bool is_bare(const char *name)
{
	return name && !strchr(name, '/');
}

static bool depends_on_region(const struct lb_template *template)
{
	for (size_t i = 0; i < template->additional_network_interfaces.count; i++) {
		if (is_bare(template->additional_network_interfaces.items[i].subnetwork))
			return true;
	}
	return is_bare(template->subnetwork);
}

static bool depends_on_zone(const struct lb_template *template)
{
	for (size_t i = 0; i < template->additional_disks.count; i++) {
		if (template->additional_disks.items[i].storage_pool)
			return true;
	}
	return template->disk.storage_pool;
}

/* A bare subnetwork is another one in each region, a storage pool in each zone. */
static void add_location(const struct lb_template *template, const struct lb_pool *pool, cJSON *inputs)
{
	const char *dash = pool->zone ? strrchr(pool->zone, '-') : NULL;
	if (depends_on_region(template))
		json_set_text(inputs, "region",
			dash ? arena_strndup(json_arena(), pool->zone, (size_t)(dash - pool->zone)) : pool->region);
	if (depends_on_zone(template))
		json_set_text(inputs, "zone", pool->zone);
}

/* Machines forward the serving port only where the container listens on another one. */
static void add_forwarded(const struct lb *lb, const struct lb_pool *pool, cJSON *inputs)
{
	int64_t port = lb_forwarded_port(&lb->spec, pool);
	if (port != LB_ABSENT)
		json_set_int(inputs, "servingPort", port);
}

char *model_template_inputs(const struct lb *lb, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(&lb->spec, pool);
	cJSON *inputs = cJSON_CreateObject();
	json_set(inputs, "template", object_inputs(&template_type, template));
	add_location(template, pool, inputs);
	add_forwarded(lb, pool, inputs);
	if (pool->role)
		json_set_bool(inputs, "training", true); /* what machines run gets TF_CONFIG */
	return json_print_canonical(inputs);
}

char *model_rollout_inputs(const struct lb *lb, const struct lb_pool *pool)
{
	static const char *const of_spec[] = {"project", "replicas", "template", "pools", "deletionPolicy",
		"adoptionPolicy", "resourceNames", "driftPolicy", "suspend", "moveFrom", "moveTo", NULL};
	static const char *const of_pool[] = {"replicas", "autoscaling", "template", "canary", NULL};
	cJSON *inputs = cJSON_CreateObject();
	json_set_text(inputs, "template", model_template_inputs(lb, pool));
	if (pool->trial)
		json_set_text(inputs, "canary", model_template_inputs(lb, pool->trial));
	json_set(inputs, "pool", inputs_without(pools_type.item, pool, of_pool));
	json_set(inputs, "spec", inputs_without(&spec_type, &lb->spec, of_spec));
	return json_print_canonical(inputs);
}

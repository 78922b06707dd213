#include "sim/example.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "kube/yaml.h"
#include "model/crd.h"
#include "tools/file_text.h"

static cJSON *read_yaml(const char *file)
{
	const struct yaml_limits limits = {.depth = 32, .nodes = 10000, .single = true};
	size_t length = 0;
	AUTO_FREE char *text = file_text(file, &length);
	struct error err = {0};
	cJSON *tree = text ? yaml_read(text, length, limits, &err) : NULL;

	if (text && !tree)
		printf("  %s: %s\n", file, err.message);
	return tree;
}

static cJSON *typed(const cJSON *value, const cJSON *schema)
{
	const char *type = json_text_or(schema, "type", "");
	const cJSON *member;
	cJSON *copy;

	if (text_equal(type, "boolean"))
		return cJSON_CreateBool(text_equal(value->valuestring, "true"));
	if (text_equal(type, "integer"))
		return cJSON_CreateNumber((double)strtoll(value->valuestring, NULL, 10));
	if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
		return json_copy(value);
	copy = cJSON_IsObject(value) ? cJSON_CreateObject() : cJSON_CreateArray();
	cJSON_ArrayForEach(member, value)
	{
		if (cJSON_IsArray(value))
			json_add(copy, typed(member, json_member(schema, "items")));
		else
			json_set(copy, member->string,
				typed(member, json_member(json_member(schema, "properties"), member->string)));
	}
	return copy;
}

cJSON *example_read(const char *file)
{
	const cJSON *tree = read_yaml(file);
	cJSON *object = tree ? typed(tree, json_at(crd_build(), "spec.versions[0].schema.openAPIV3Schema")) : NULL;

	if (object)
		json_set_text(json_member(object, "metadata"), "namespace", "default");
	return object;
}

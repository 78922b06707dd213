/* Helpers of the model's tests: data files, and objects made from specs. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"
#include "model/model.h"

/* A file of the source tree as text; the caller frees. */
static inline char *cases_text(const char *path)
{
	char full[1024];
	snprintf(full, sizeof full, "%s/%s", TFLB_SOURCE_DIR, path);
	FILE *file = fopen(full, "re");
	assert_non_null(file);
	struct str text = STR_INIT(16 * 1024 * 1024);
	char part[4096];
	size_t length;
	while ((length = fread(part, 1, sizeof part, file)) > 0)
		assert_true(str_add(&text, part, length));
	fclose(file);
	return str_take(&text);
}

static inline cJSON *cases_load(const char *path)
{
	AUTO_FREE char *text = cases_text(path);
	cJSON *tree = json_parse_text(text);
	assert_true(cJSON_GetArraySize(json_member(tree, "cases")) > 0);
	return tree;
}

/* name NULL: tf */
static inline cJSON *cases_object(const char *name, cJSON *spec)
{
	cJSON *object = cJSON_CreateObject();
	json_set_text(object, "apiVersion", MODEL_GROUP "/" MODEL_VERSION);
	json_set_text(object, "kind", MODEL_KIND);
	cJSON *metadata = json_set_object(object, "metadata");
	json_set_text(metadata, "name", name ? name : "tf");
	json_set_text(metadata, "namespace", "ml");
	json_set(object, "spec", spec);
	return object;
}

#define CASES_IMAGE "global/images/family/tf"
#define CASES_SPEC                                                                                                     \
	"{\"project\":\"my-project\",\"template\":{\"image\":\"" CASES_IMAGE "\"},"                                    \
	"\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\"}]}"

/* The smallest spec with a merge patch (JSON text) applied; NULL: none. */
static inline cJSON *cases_spec(const char *patch)
{
	cJSON *spec = json_parse_text(CASES_SPEC);
	return patch ? json_merge(spec, json_parse_text(patch)) : spec;
}

/* The object, as a tenant may write it, and the one before. What the model lets pass keeps its meaning when the API server fills
 * in defaults, and makes bodies that the Compute schema knows, with names that are names. */
#include "fuzz.h"

#include <stdio.h>

#include "base/str.h"
#include "kinds/kind.h"
#include "kube/kube.h"
#include "plan/diff.h"
#include "schema_check.h"

#define FINALIZER MODEL_FINALIZER

enum { JUDGED_ONE_IN = 8 }; /* the schema takes ten times as long as all else */

static struct schema *schema;

int LLVMFuzzerInitialize(int *count, char ***arguments);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	schema = schema_load(TFLB_SOURCE_DIR "/src/emulator/compute-v1-schema.json");
	assert(schema);
	return 0;
}

static void names_are_names(const struct wants *wants)
{
	for (size_t i = 0; i < wants->count; i++)
		if (wants->items[i].body)
			assert(text_is_label(wants->items[i].name, MODEL_NAME_SIZE - 1));
}

/* What an insert sends: some members are set by calls of their own only. NULL: one of its secrets is not at hand. */
static cJSON *sent(const struct want *want)
{
	return diff_disclose(want->kind, diff_insert_call(want->kind, want->body), want->secrets);
}

static void bodies_are_bodies(const struct wants *wants)
{
	for (size_t i = 0; i < wants->count; i++) {
		struct error err = {0};
		const struct want *want = &wants->items[i];
		if (want->body)
			assert(!diff_make(want->kind, want->project, want->body, diff_insert_body(want->body)).path);
		const cJSON *body = want->body ? sent(want) : NULL;
		if (!body || schema_check_body(schema, want->kind->name, SCHEMA_PATCH, body, &err))
			continue;
		fprintf(stderr, "%s\n%s\n", err.message, json_print(want->body));
		assert(!"the body is one that the schema knows");
	}
}

static char *wanted(const struct lb *lb, bool judged)
{
	struct identity who = {.cluster = "cluster", .namespace = lb->namespace, .name = lb->name, .uid = lb->uid};
	struct wants wants = {0};
	AUTO_STR struct str all = {0};
	model_id(who.cluster, lb->namespace, lb->stem, who.id);
	kinds_want(&(struct kind_context){.lb = lb, .who = &who}, &wants);
	names_are_names(&wants);
	if (judged)
		bodies_are_bodies(&wants);
	for (size_t i = 0; i < wants.count; i++)
		str_addf(&all, "%s %s\n", wants.items[i].name,
			wants.items[i].body ? json_print_canonical(wants.items[i].body) : "");
	return arena_strdup(json_arena(), str_text(&all));
}

static bool has_identity(const struct lb *lb)
{
	return lb->name && lb->namespace && lb->uid && model_is_identity(lb->name) &&
	       model_is_identity(lb->namespace) && model_is_identity(lb->uid);
}

/* What it means is what it means as stored. */
static void keeps_its_meaning(const cJSON *object, const struct lb *lb, bool judged)
{
	struct lb stored_lb = {0};
	struct error err = {0};
	cJSON *stored = model_default(object);
	assert(json_equal(model_default(stored), stored));
	assert(model_parse(stored, &stored_lb, &err));
	if (has_identity(lb))
		assert(text_equal(wanted(lb, judged), wanted(&stored_lb, false)));
}

/* A finalizer that was added is the one that is removed. */
static void finalizers(const cJSON *object)
{
	const char *add = kube_patch_add_finalizer(object, FINALIZER),
		   *removed = kube_patch_remove_finalizer(object, FINALIZER);
	assert(!add != !removed);
	assert(cJSON_IsArray(json_parse_text(add ? add : removed)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part now, before;
	struct lb lb = {0};
	struct error err = {0};
	input_part(&input, &now);
	input_part(&input, &before);
	const cJSON *object = part_json(now), *old = part_json(before);
	if (!cJSON_IsObject(object))
		return 0;
	finalizers(object);
	if (!model_parse(object, &lb, &err)) {
		assert(is_error(&err) && err.class == ERROR_REJECTED);
		return 0;
	}
	assert(model_check_update(object, object, &err));
	keeps_its_meaning(object, &lb, part_number(now) % JUDGED_ONE_IN == 0);
	if (cJSON_IsObject(old) && !model_check_update(old, object, &err))
		assert(is_error(&err));
	return 0;
}

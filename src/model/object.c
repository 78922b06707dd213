/* The custom resource as a whole: its metadata, which the table of types does not describe, and its spec, which it does. */
#include "model/model.h"

#include <string.h>

#include "base/str.h"
#include "model/parse.h"

static const struct place spec_place = {NULL, "spec", 0};

static char *metadata_text(const cJSON *object, const char *name)
{
	const char *text = json_text(json_member(object, "metadata"), name);
	return text ? arena_strdup(json_arena(), text) : NULL;
}

static bool has_finalizer(const cJSON *object)
{
	const cJSON *finalizer;
	cJSON_ArrayForEach(finalizer, json_member(json_member(object, "metadata"), "finalizers"))
	{
		if (cJSON_IsString(finalizer) && text_equal(finalizer->valuestring, MODEL_FINALIZER))
			return true;
	}
	return false;
}

void model_ask(const cJSON *annotations, char value[MODEL_ASK_SIZE])
{
	const cJSON *member = json_member(annotations, MODEL_ASK);
	const char *text = cJSON_IsString(member) ? member->valuestring : "";
	size_t length = strlen(text);

	length = text_utf8(text, length < MODEL_ASK_SIZE ? length : MODEL_ASK_SIZE - 1);
	memcpy(value, text, length);
	value[length] = '\0';
}

static void parse_metadata(const cJSON *object, struct lb *lb)
{
	lb->namespace = metadata_text(object, "namespace");
	lb->name = lb->stem = metadata_text(object, "name");
	lb->uid = metadata_text(object, "uid");
	lb->resource_version = metadata_text(object, "resourceVersion");
	lb->creation_timestamp = metadata_text(object, "creationTimestamp");
	lb->deletion_timestamp = metadata_text(object, "deletionTimestamp");
	lb->generation = json_int(json_member(object, "metadata"), "generation", 0);
	lb->has_finalizer = has_finalizer(object);
	lb->asked = arena_alloc(json_arena(), MODEL_ASK_SIZE);
	model_ask(json_member(json_member(object, "metadata"), "annotations"), lb->asked);
}

static bool is_set(const cJSON *node)
{
	return node && !cJSON_IsNull(node);
}

/* A merge patch that removes nothing: its nulls count as absent, as they do for the API server. What comes of it is read as
 * if it had been written so. */
static bool combine(
	const cJSON *base, const cJSON *over, const struct place *place, struct lb_pool *pool, struct error *err)
{
	cJSON *whole = is_set(base) ? json_copy(base) : cJSON_CreateObject(), *patch = json_copy(over);
	parse_default(&template_type, true, patch);
	pool->combined = arena_alloc(json_arena(), sizeof *pool->combined);
	return parse_value(&template_type, false, place, json_merge(whole, patch), pool->combined, err);
}

static bool combine_pools(const cJSON *spec, struct lb_spec *read, struct error *err)
{
	const struct place pools = {&spec_place, "pools", 0};
	const cJSON *base = json_member(spec, "template"), *node;
	size_t index = 0;
	cJSON_ArrayForEach(node, json_member(spec, "pools"))
	{
		const cJSON *over = json_member(node, "template");
		struct place pool = {&pools, NULL, index}, at = {&pool, "template", 0};
		if (is_set(over) && !combine(base, over, &at, &read->pools.items[index], err))
			return false;
		index++;
	}
	return true;
}

/* Everything but the rules, and what follows from pools and template together. */
static bool parse_all(const cJSON *object, struct lb *lb, struct error *err)
{
	*lb = (struct lb){0};
	parse_metadata(object, lb);
	const cJSON *spec = json_member(object, "spec");
	if (!spec || cJSON_IsNull(spec))
		return rules_refuse(err, &spec_place, "", "is required");
	if (!parse_value(&spec_type, false, &spec_place, spec, &lb->spec, err))
		return false;
	if (lb->spec.move_from.name)
		lb->stem = lb->spec.move_from.name;
	return true;
}

/* What holds of two members together is asked where both are known. */
static bool check_combined(const struct lb_spec *spec, struct error *err)
{
	const struct place pools = {&spec_place, "pools", 0};
	for (size_t i = 0; i < spec->pools.count; i++) {
		struct place pool = {&pools, NULL, i}, at = {&pool, "template", 0};
		const struct lb_template *combined = spec->pools.items[i].combined;
		struct place policy_at = {&pool, "updatePolicy", 0};
		struct lb_update_policy policy = lb_pool_update_policy(spec, &spec->pools.items[i]);
		if (combined && !rules_check(&template_type, false, &at, combined, NULL, err))
			return false;
		if (!rules_hold(update_policy_rules, false, &policy_at, &policy, NULL, err))
			return false;
	}
	return true;
}

static bool check_all(const struct lb *lb, const struct lb *before, struct error *err)
{
	return rules_hold(object_rules, false, NULL, lb, before, err) &&
	       rules_check(&spec_type, false, &spec_place, &lb->spec, before ? &before->spec : NULL, err);
}

static bool combine_all(const cJSON *object, struct lb *lb, struct error *err)
{
	return combine_pools(json_member(object, "spec"), &lb->spec, err) && check_combined(&lb->spec, err);
}

bool model_parse(const cJSON *object, struct lb *lb, struct error *err)
{
	return parse_all(object, lb, err) && check_all(lb, NULL, err) && combine_all(object, lb, err);
}

bool model_check_update(const cJSON *before, const cJSON *after, struct error *err)
{
	struct lb old, new;
	return parse_all(before, &old, err) && parse_all(after, &new, err) && check_all(&new, &old, err) &&
	       combine_all(after, &new, err);
}

cJSON *model_default(const cJSON *object)
{
	cJSON *stored = json_copy(object);
	cJSON *spec = json_member(stored, "spec");
	if (spec)
		parse_default(&spec_type, false, spec);
	return stored;
}

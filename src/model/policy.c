/* A policy, from the custom resource to its struct, and which namespaces it selects. */
#include "model/policy.h"

#include "base/str.h"
#include "model/parse.h"
#include "model/policy_types.h"

static const struct place spec_place = {NULL, "spec", 0};
static const struct place selector_place = {&spec_place, "namespaceSelector", 0};

/* --- rules --- */

static bool values_fit_operator(const void *self, const void *old)
{
	const struct policy_expression *expression = self;
	bool takes = text_equal(expression->operator, "In") || text_equal(expression->operator, "NotIn");

	return takes == (expression->values.count > 0);
}

const struct rule expression_rules[] = {
	{
		.cel = "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
		.message = "values go with operators In and NotIn, which need them",
		.field_path = ".values",
		.holds = values_fit_operator,
	},
	{.cel = NULL},
};

/* --- reading --- */

static bool read_part(
	const struct type *type, const struct place *place, const cJSON *node, void *target, struct error *err)
{
	if (!node || cJSON_IsNull(node))
		return rules_refuse(err, place, "", "is required");
	return parse_value(type, false, place, node, target, err) && rules_check(type, false, place, target, NULL, err);
}

static bool read_selector(const cJSON *spec, struct policy *policy)
{
	const struct type *type = policy_spec_type.fields[0].type;
	struct error err;

	return read_part(type, &selector_place, json_member(spec, "namespaceSelector"), &policy->spec.selector, &err);
}

bool policy_parse(const cJSON *object, struct policy *policy)
{
	const cJSON *spec = json_member(object, "spec");
	const char *name = json_text(object, "metadata.name");
	struct error err = {0};

	*policy = (struct policy){0};
	if (!name)
		return false;
	policy->name = arena_strdup(json_arena(), name);
	policy->selector_known = true;
	if (read_part(&policy_spec_type, &spec_place, spec, &policy->spec, &err))
		return true;
	policy->spec = (struct policy_spec){0};
	policy->selector_known = read_selector(spec, policy);
	policy->trouble = arena_strdup(json_arena(), err.message);
	return true;
}

/* --- selecting --- */

static const char *label_find(const struct lb_map *labels, const char *key)
{
	for (size_t i = 0; i < labels->count; i++) {
		if (text_equal(labels->items[i].key, key))
			return labels->items[i].value;
	}
	return NULL;
}

static bool is_one_of(const struct lb_texts *values, const char *value)
{
	for (size_t i = 0; i < values->count; i++) {
		if (text_equal(values->items[i], value))
			return true;
	}
	return false;
}

/* A label that is not there is none of the values, as everywhere in Kubernetes. */
static bool expression_holds(const struct policy_expression *expression, const struct lb_map *labels)
{
	const char *value = label_find(labels, expression->key);

	if (text_equal(expression->operator, "In"))
		return value && is_one_of(&expression->values, value);
	if (text_equal(expression->operator, "NotIn"))
		return !value || !is_one_of(&expression->values, value);
	return text_equal(expression->operator, "Exists") == (value != NULL);
}

bool policy_selects(const struct policy *policy, const struct lb_map *labels)
{
	const struct policy_selector *selector = &policy->spec.selector;

	if (!policy->selector_known)
		return true;
	for (size_t i = 0; i < selector->match_labels.count; i++) {
		const struct lb_pair *pair = &selector->match_labels.items[i];

		if (!text_equal(label_find(labels, pair->key), pair->value))
			return false;
	}
	for (size_t i = 0; i < selector->match_expressions.count; i++) {
		if (!expression_holds(&selector->match_expressions.items[i], labels))
			return false;
	}
	return true;
}

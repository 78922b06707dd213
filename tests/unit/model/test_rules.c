/* Every rule refuses and lets pass the same cases in C as in CEL (tests/e2e/crd.sh runs the same file). */
#include <string.h>

#include "cases.h"
#include "model/rules.h"
#include "model/types.h"

static cJSON *object_of(const cJSON *data, const cJSON *each, const char *patch)
{
	cJSON *spec = json_copy(json_member(data, "base"));
	return cases_object(json_text(each, "objectName"), json_merge(spec, json_member(each, patch)));
}

static bool run(const cJSON *data, const cJSON *each, struct error *err)
{
	struct lb lb;
	cJSON *after = object_of(data, each, "spec");
	if (!json_member(each, "before"))
		return model_parse(after, &lb, err);
	cJSON *before = object_of(data, each, "before");
	if (!model_parse(before, &lb, err))
		fail_msg("%s: the object before: %s", json_text(each, "name"), err->message);
	return model_check_update(before, after, err);
}

static void check_refusal(const cJSON *each, const struct error *err)
{
	const char *name = json_text(each, "name"), *path = json_text(each, "refused"), *rule = json_text(each, "rule");
	size_t length = strlen(path);
	if (strncmp(err->message, path, length) != 0 || strncmp(err->message + length, ": ", 2) != 0)
		fail_msg("%s: does not begin with %s: %s", name, path, err->message);
	if (rule && !text_equal(err->message + length + 2, rule))
		fail_msg("%s: without its sentence: %s", name, err->message);
	assert_int_equal(err->class, ERROR_REJECTED);
	assert_string_equal(err->reason, "InvalidSpec");
}

static void cases_are_judged_alike(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/rule-cases.json");
	const cJSON *each;
	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		struct error err = {0};
		bool passes = run(data, each, &err);
		if (passes != json_bool(each, "accepted", false))
			fail_msg("%s: %s", json_text(each, "name"), passes ? "passes" : err.message);
		if (!passes)
			check_refusal(each, &err);
	}
}

/* How many cases about the rule are accepted (or refused). */
static int count_cases(const cJSON *data, const char *message, bool accepted)
{
	int count = 0;
	const cJSON *each;
	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		if (text_equal(json_text(each, "rule"), message) && json_bool(each, "accepted", false) == accepted)
			count++;
	}
	return count;
}

static void check_covered(const cJSON *data, const char *message)
{
	if (!count_cases(data, message, true) || !count_cases(data, message, false))
		fail_msg("needs a case that passes and one that is refused: %s", message);
}

static void check_rules_covered(const cJSON *data, const struct rule *rules)
{
	for (const struct rule *rule = rules; rule && rule->cel; rule++)
		check_covered(data, rule->message);
}

static void check_type_covered(const cJSON *data, const struct type *type)
{
	check_rules_covered(data, type->rules);
	if (type->pattern && type->pattern->message)
		check_covered(data, type->pattern->message);
	if (type->item)
		check_type_covered(data, type->item);
	for (size_t i = 0; i < type->field_count; i++)
		check_type_covered(data, type->fields[i].type);
}

static void every_rule_has_cases(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/rule-cases.json");
	check_rules_covered(data, object_rules);
	check_type_covered(data, &spec_type);
}

/* A transition is one exactly if its CEL says so, else the API server and we would run it at different times. */
static void check_transitions(const struct type *type)
{
	for (const struct rule *rule = type->rules; rule && rule->cel; rule++)
		assert_int_equal(rule->transition, strstr(rule->cel, "oldSelf") != NULL);
	if (type->item)
		check_transitions(type->item);
	for (size_t i = 0; i < type->field_count; i++)
		check_transitions(type->fields[i].type);
}

static void transitions_are_marked(void **state)
{
	check_transitions(&spec_type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_are_judged_alike),
		cmocka_unit_test(every_rule_has_cases),
		cmocka_unit_test(transitions_are_marked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Policies: what the schema refuses the parser refuses too, one that can't be read stays one, and labels select. */
#include <string.h>

#include "cases.h"
#include "model/crd.h"
#include "model/policy_types.h"
#include "model/walk.h"

static cJSON *policy_of(cJSON *spec)
{
	cJSON *object = cJSON_CreateObject();

	json_set_text(json_set_object(object, "metadata"), "name", "p");
	json_set(object, "spec", spec);
	return object;
}

static void check_trouble(const cJSON *each, const char *trouble)
{
	const char *name = json_text(each, "name"), *path = json_text(each, "refused"), *rule = json_text(each, "rule");
	size_t length = strlen(path);

	if (strncmp(trouble, path, length) != 0 || strncmp(trouble + length, ": ", 2) != 0)
		fail_msg("%s: does not begin with %s: %s", name, path, trouble);
	if (rule && !text_equal(trouble + length + 2, rule))
		fail_msg("%s: without its sentence: %s", name, trouble);
}

static void cases_are_judged_as_the_schema_does(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/policy-cases.json");
	const cJSON *each;

	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		cJSON *spec = json_merge(json_copy(json_member(data, "base")), json_member(each, "spec"));
		struct policy policy;

		assert_true(policy_parse(policy_of(spec), &policy));
		assert_string_equal(policy.name, "p");
		if (json_bool(each, "accepted", false) != (policy.trouble == NULL))
			fail_msg("%s: %s", json_text(each, "name"), policy.trouble ? policy.trouble : "passes");
		if (policy.trouble)
			check_trouble(each, policy.trouble);
	}
}

static void check_covered(const cJSON *data, const char *message)
{
	int passing = 0, refused = 0;
	const cJSON *each;

	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		if (text_equal(json_text(each, "rule"), message))
			*(json_bool(each, "accepted", false) ? &passing : &refused) += 1;
	}
	if (!passing || !refused)
		fail_msg("needs a case that passes and one that is refused: %s", message);
}

static void check_type_covered(const cJSON *data, const struct type *type)
{
	for (const struct rule *rule = type->rules; rule && rule->cel; rule++)
		check_covered(data, rule->message);
	if (type->pattern && type->pattern->message)
		check_covered(data, type->pattern->message);
	if (type->item)
		check_type_covered(data, type->item);
	assert_in_range(type->field_count, 0, 64);
	for (size_t i = 0; i < type->field_count; i++)
		check_type_covered(data, type->fields[i].type);
}

static void every_rule_has_cases(void **state)
{
	JSON_WORK(work);

	check_type_covered(cases_load("tests/data/policy-cases.json"), &policy_spec_type);
}

static struct policy read_policy(const char *spec)
{
	struct policy policy;

	assert_true(policy_parse(policy_of(json_parse_text(spec)), &policy));
	return policy;
}

static void an_empty_list_is_not_an_unset_one(void **state)
{
	JSON_WORK(work);
	struct policy policy = read_policy("{\"namespaceSelector\":{},\"allow\":{\"projects\":[],\"images\":[]}}");

	for (size_t i = 0; i < policy_allow_type.field_count; i++) {
		const struct field *field = &policy_allow_type.fields[i];
		bool given = text_equal(field->name, "projects") || text_equal(field->name, "images");

		assert_int_equal(walk_present(&policy_allow_type, field, &policy.spec.allow), given);
	}
	assert_int_equal(policy.spec.machines_per_object, LB_ABSENT);
	assert_string_equal(policy.spec.allow.startup_scripts, "Deny");
	assert_string_equal(policy.spec.allow.external_ips, "Allow");
}

static void an_object_without_a_name_is_none(void **state)
{
	JSON_WORK(work);
	struct policy policy;

	assert_false(policy_parse(json_parse_text("{\"metadata\":{}}"), &policy));
	assert_false(policy_parse(NULL, &policy));
}

#define SELECTOR(text) "{\"namespaceSelector\":" text ",\"allow\":{\"projects\":[]}}"
#define EXPRESSION(text) SELECTOR("{\"matchExpressions\":[" text "]}")

static void labels_select(void **state)
{
	static const struct {
		const char *spec;
		bool selects;
	} cases[] = {
		{SELECTOR("{}"), true},
		{SELECTOR("{\"matchLabels\":{\"team\":\"ml\"}}"), true},
		{SELECTOR("{\"matchLabels\":{\"team\":\"ml\",\"stage\":\"prod\"}}"), true},
		{SELECTOR("{\"matchLabels\":{\"team\":\"ML\"}}"), false},
		{SELECTOR("{\"matchLabels\":{\"team\":\"ml\",\"other\":\"x\"}}"), false},
		{SELECTOR("{\"matchLabels\":{\"other\":\"\"}}"), false},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"In\",\"values\":[\"test\",\"prod\"]}"), true},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"In\",\"values\":[\"test\"]}"), false},
		{EXPRESSION("{\"key\":\"other\",\"operator\":\"In\",\"values\":[\"test\"]}"), false},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"NotIn\",\"values\":[\"test\"]}"), true},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"NotIn\",\"values\":[\"prod\"]}"), false},
		{EXPRESSION("{\"key\":\"other\",\"operator\":\"NotIn\",\"values\":[\"test\"]}"), true},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"Exists\"}"), true},
		{EXPRESSION("{\"key\":\"other\",\"operator\":\"Exists\"}"), false},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"DoesNotExist\"}"), false},
		{EXPRESSION("{\"key\":\"other\",\"operator\":\"DoesNotExist\"}"), true},
		{EXPRESSION("{\"key\":\"stage\",\"operator\":\"Exists\"},{\"key\":\"other\",\"operator\":\"Exists\"}"),
			false},
	};
	struct lb_pair pairs[] = {{"team", "ml"}, {"stage", "prod"}};
	struct lb_map labels = {pairs, 2};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		JSON_WORK(work);
		struct policy policy = read_policy(cases[i].spec);

		assert_null(policy.trouble);
		if (policy_selects(&policy, &labels) != cases[i].selects)
			fail_msg("%s", cases[i].spec);
	}
}

/* Else a policy that nobody understands would open what it was made to close. */
static void one_that_cant_be_read_selects_all_the_same(void **state)
{
	JSON_WORK(work);
	struct lb_map none = {0};
	struct policy known = read_policy("{\"namespaceSelector\":{\"matchLabels\":{\"a\":\"b\"}},\"allow\":3}");
	struct policy unknown = read_policy("{\"namespaceSelector\":[],\"allow\":{\"projects\":[]}}");

	assert_string_equal(known.trouble, "spec.allow: must be an object");
	assert_false(policy_selects(&known, &none));
	assert_string_equal(unknown.trouble, "spec.namespaceSelector: must be an object");
	assert_true(policy_selects(&unknown, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_are_judged_as_the_schema_does),
		cmocka_unit_test(every_rule_has_cases),
		cmocka_unit_test(an_empty_list_is_not_an_unset_one),
		cmocka_unit_test(an_object_without_a_name_is_none),
		cmocka_unit_test(labels_select),
		cmocka_unit_test(one_that_cant_be_read_selects_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

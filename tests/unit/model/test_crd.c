/* The CRD: the file in the tree is what the table says, and it keeps what schema authors must keep. */
#include <string.h>

#include "cases.h"
#include "model/crd.h"
#include "model/policy.h"
#include "model/types.h"
#include "model/yaml_write.h"

static void the_file_is_current(void **state)
{
	JSON_WORK(work);
	AUTO_FREE char *file = cases_text("crds/tflb.dev_tfloadbalancers.yaml");
	AUTO_FREE char *policy = cases_text("crds/tflb.dev_tfloadbalancerpolicies.yaml");
	if (!text_equal(file, model_crd_yaml()) || !text_equal(policy, policy_crd_yaml()))
		fail_msg("crds/ is old: ninja crd writes it again");
}

/* Client-side apply keeps the whole object in an annotation of at most 262,144 bytes. */
static void it_fits_client_side_apply(void **state)
{
	JSON_WORK(work);
	size_t length = strlen(json_print(crd_build()));
	assert_in_range(length, 1, 249999);
	assert_in_range(strlen(json_print(crd_build_policy())), 1, 249999);
}

static void check_string(const cJSON *schema, const char *path)
{
	if (!json_member(schema, "enum") && !json_member(schema, "maxLength") && !json_member(schema, "format"))
		fail_msg("%s: a text without end", path);
}

static void check_integer(const cJSON *schema, const char *path)
{
	bool wide = text_equal(json_text(schema, "format"), "int64");
	if (!json_member(schema, "minimum") || (!wide && !json_member(schema, "maximum")))
		fail_msg("%s: a number without bounds", path);
}

static void check_bounds(const cJSON *schema, const char *path)
{
	const char *type = json_text(schema, "type");
	if (json_bool(schema, "x-kubernetes-int-or-string", false)) {
		check_integer(schema, path);
		check_string(schema, path);
		return;
	}
	if (!type)
		fail_msg("%s: no type", path);
	if (text_equal(type, "string"))
		check_string(schema, path);
	if (text_equal(type, "integer"))
		check_integer(schema, path);
	if (text_equal(type, "array") && !json_member(schema, "maxItems"))
		fail_msg("%s: a list without end", path);
	if (json_member(schema, "additionalProperties") && !json_member(schema, "maxProperties"))
		fail_msg("%s: a map without end", path);
}

/* "spec.template.disk" out of "... See spec.template.disk."; NULL: it refers to no other place. */
static char *place_meant(const char *description)
{
	const char *see = description ? strstr(description, "See spec.") : NULL;
	return see ? arena_strndup(json_arena(), see + strlen("See "), strlen(see) - strlen("See .")) : NULL;
}

static cJSON *schema_of(const cJSON *crd)
{
	return json_at(crd, "spec.versions[0].schema.openAPIV3Schema.properties");
}

/* What is described elsewhere has to be, in words of its own. */
static void check_place(const char *path, const char *place)
{
	const cJSON *at = schema_of(crd_build());
	for (const char *step = place; *step; step += strcspn(step, "."), step += *step == '.') {
		size_t length = strcspn(step, ".");
		bool list = length > 2 && !strncmp(step + length - 2, "[]", 2);
		at = json_member(at, arena_strndup(json_arena(), step, list ? length - 2 : length));
		at = step[length] ? json_member(list ? json_member(at, "items") : at, "properties") : at;
	}
	if (!at || place_meant(json_text(at, "description")))
		fail_msg("%s: nothing is described at %s", path, place);
}

/* in_list: no default may stand here, or client-side apply never comes to rest. meant: where all of it is described. */
static void check_schema(const cJSON *schema, const char *path, bool in_list, const char *meant)
{
	check_bounds(schema, path);
	const char *description = json_text(schema, "description");
	if (description ? !text_ends(description, ".") : !meant)
		fail_msg("%s: no description that ends like a sentence", path);
	if (in_list && json_member(schema, "default"))
		fail_msg("%s: a default inside a list item", path);
	if (place_meant(description))
		check_place(path, meant = place_meant(description));
	const cJSON *each;
	cJSON_ArrayForEach(each, json_member(schema, "properties"))
		check_schema(each, arena_printf(json_arena(), "%s.%s", path, each->string), in_list, meant);
	if (json_member(schema, "items"))
		check_schema(json_member(schema, "items"), arena_printf(json_arena(), "%s[]", path), true, meant);
	if (json_member(schema, "additionalProperties"))
		check_schema(json_member(schema, "additionalProperties"), arena_printf(json_arena(), "%s{}", path),
			true, meant);
}

static cJSON *root_schema(void)
{
	return schema_of(crd_build());
}

static void everything_is_bounded_and_described(void **state)
{
	JSON_WORK(work);
	check_schema(json_member(root_schema(), "spec"), "spec", false, NULL);
	check_schema(json_member(root_schema(), "status"), "status", false, NULL);
	check_schema(json_member(schema_of(crd_build_policy()), "spec"), "spec", false, NULL);
}

/* Nobody may take an object that was not looked at yet for a healthy one. */
static void an_unseen_object_says_so(void **state)
{
	JSON_WORK(work);
	assert_string_equal(json_print(json_at(root_schema(), "status.default")), "{\"observedGeneration\":-1}");
}

static void required_is_what_has_no_default(void **state)
{
	JSON_WORK(work);
	assert_string_equal(json_print(json_at(root_schema(), "spec.required")), "[\"project\",\"pools\"]");
	assert_string_equal(json_print(json_at(root_schema(), "spec.properties.pools.items.required")), "[\"name\"]");
}

static void descriptions_are_a_manual(void **state)
{
	JSON_WORK(work);
	cJSON *spec = json_at(root_schema(), "spec.properties");
	assert_string_equal(json_text(spec, "template.properties.machineType.description"),
		"Machine type, a bare name such as n1-standard-4 or n2-custom-8-16384. Its zone is the pool's. "
		"Default: n1-standard-4. A change updates the machines as updatePolicy says.");
	assert_string_equal(json_text(spec, "serving.properties.timeoutSec.description"),
		"Time in which the answer to a request must be complete; else the client gets a 502 or 504. "
		"1 to 2147483647 seconds. Default: 30. A change restarts no machine.");
	assert_string_equal(json_text(spec, "project.description"),
		"Google Cloud project that everything is made in, by its ID. Required. It cannot be changed.");
}

/* Every leaf says its default, or what holds when it is not there, or that it has to be. */
static void check_leaf_default(const cJSON *schema, const char *path, bool required)
{
	const char *text = json_text_or(schema, "description", "");
	const cJSON *fallback = json_member(schema, "default");

	if (!text[0] || text_starts(text, "See "))
		return; /* the manual stands elsewhere */
	if (fallback) {
		char *words = cJSON_IsString(fallback) ? fallback->valuestring : json_print(fallback);

		if (!strstr(text, arena_printf(json_arena(), "Default: %s.", words)))
			fail_msg("%s does not say its default", path);
	} else if (!strstr(text, required ? "equired" : "nset") && !strstr(text, "eeded")) {
		fail_msg("%s does not say what holds without it: \"Unset: ...\"", path);
	}
}

static bool is_required(const cJSON *object, const char *name)
{
	const cJSON *each;

	cJSON_ArrayForEach(each, json_member(object, "required"))
	{
		if (text_equal(each->valuestring, name))
			return true;
	}
	return false;
}

static void check_defaults(const cJSON *object, const char *path)
{
	const cJSON *each;

	cJSON_ArrayForEach(each, json_member(object, "properties"))
	{
		char *below = arena_printf(json_arena(), "%s.%s", path, each->string);

		if (json_member(each, "properties"))
			check_defaults(each, below);
		else if (json_member(json_member(each, "items"), "properties"))
			check_defaults(json_member(each, "items"), arena_printf(json_arena(), "%s[]", below));
		else
			check_leaf_default(each, below, is_required(object, each->string));
	}
}

static void every_leaf_says_what_holds_without_it(void **state)
{
	JSON_WORK(work);
	check_defaults(json_member(root_schema(), "spec"), "spec");
}

/* Every leaf of the spec says what changing it costs. */
static void check_change(const struct type *type, const char *path)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		char *below = arena_printf(json_arena(), "%s.%s", path, field->name);
		const struct type *item = field->type->item ? field->type->item : field->type;
		if (item->kind == TYPE_OBJECT)
			check_change(item, below);
		else if (field->change == CHANGE_UNSAID)
			fail_msg("%s does not say what changing it costs", below);
	}
}

static void every_leaf_says_what_a_change_costs(void **state)
{
	JSON_WORK(work);
	check_change(&spec_type, "spec");
}

/* The API server refuses a CRD whose rules might cost too much, and takes a rule on a text for as dear as the text is long. A
 * pattern costs nothing: long texts have one without a sentence of its own. */
static void check_texts(const struct type *type, const char *path)
{
	if (type->pattern && type->pattern->message && type->most > 1024)
		fail_msg("%s: a rule on a text of %lld characters", path, (long long)type->most);
	if (type->item)
		check_texts(type->item, arena_printf(json_arena(), "%s[]", path));
	for (size_t i = 0; i < type->field_count; i++)
		check_texts(type->fields[i].type, arena_printf(json_arena(), "%s.%s", path, type->fields[i].name));
}

static void no_rule_is_on_a_long_text(void **state)
{
	JSON_WORK(work);
	check_texts(&spec_type, "spec");
}

/* One bit per field of each object. */
static void check_field_count(const struct type *type)
{
	assert_in_range(type->field_count, 0, 64);
	if (type->item)
		check_field_count(type->item);
	for (size_t i = 0; i < type->field_count; i++)
		check_field_count(type->fields[i].type);
}

static void presence_has_a_bit_for_each_field(void **state)
{
	check_field_count(&spec_type);
}

static void columns_are_those_of_the_design(void **state)
{
	JSON_WORK(work);
	cJSON *version = json_at(crd_build(), "spec.versions[0]");
	AUTO_STR struct str names = STR_INIT(1000);
	const cJSON *each;
	cJSON_ArrayForEach(each, json_member(version, "additionalPrinterColumns"))
		str_addf(&names, "%s%s ", json_text(each, "name"), json_int(each, "priority", 0) ? "*" : "");
	assert_string_equal(str_text(&names),
		"Ready Address Healthy Replicas Status Age Pools* Template* Project* Changed* Message* ");
}

/* It is the whole cluster's, and has no status that anybody could write. */
static void a_policy_is_of_the_cluster(void **state)
{
	JSON_WORK(work);
	cJSON *crd = crd_build_policy();
	assert_string_equal(json_text(crd, "spec.scope"), "Cluster");
	assert_string_equal(json_text(crd, "spec.names.shortNames[0]"), "tflbpolicy");
	assert_null(json_at(crd, "spec.versions[0].subresources"));
	assert_null(json_member(schema_of(crd), "status"));
	assert_string_equal(json_print(json_at(schema_of(crd), "spec.required")), "[\"namespaceSelector\",\"allow\"]");
	assert_string_equal(json_print(json_at(schema_of(crd), "spec.properties.allow.required")), "[\"projects\"]");
}

static void yaml_quotes_what_would_be_something_else(void **state)
{
	JSON_WORK(work);
	cJSON *tree = json_parse_text("{\"plain\":\"a b\",\"words\":[\"True\",\"no\",\"3\",\"\",\"a: b\",\"a "
				      "#b\",\"a:\",\"-\",\"it's\",\".inf\",\".a\"],"
				      "\"numbers\":[3,-1],\"flag\":true,\"none\":{},\"empty\":[],\"deep\":[{\"a\":{"
				      "\"b\":[\"c\"]},\"d\":1}]}");
	assert_string_equal(yaml_write(tree),
		"plain: a b\n"
		"words:\n- 'True'\n- 'no'\n- '3'\n- ''\n- 'a: b'\n- 'a #b'\n- 'a:'\n- '-'\n"
		"- it's\n- '.inf'\n- .a\n"
		"numbers:\n- 3\n- -1\n"
		"flag: true\nnone: {}\nempty: []\n"
		"deep:\n- a:\n    b:\n    - c\n  d: 1\n");
}

static void yaml_folds_long_sentences_only(void **state)
{
	JSON_WORK(work);
	cJSON *tree = cJSON_CreateObject();
	const char *sentence =
		"This sentence is much longer than one line of a file should be, and so it goes on over the "
		"next line, which begins under the first word.";
	json_set_text(tree, "long", sentence);
	json_set_text(tree, "two blanks",
		"This sentence is as long as the other one, but it has two  blanks in a row, which folding "
		"would lose, so it does not.");
	assert_string_equal(yaml_write(tree), "long: >-\n"
					      "  This sentence is much longer than one line of a file should be, and "
					      "so it goes on over the next line, which\n"
					      "  begins under the first word.\n"
					      "two blanks: This sentence is as long as the other one, but it has two  "
					      "blanks in a row, which folding would "
					      "lose, so it does not.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_current),
		cmocka_unit_test(it_fits_client_side_apply),
		cmocka_unit_test(everything_is_bounded_and_described),
		cmocka_unit_test(an_unseen_object_says_so),
		cmocka_unit_test(required_is_what_has_no_default),
		cmocka_unit_test(descriptions_are_a_manual),
		cmocka_unit_test(every_leaf_says_what_holds_without_it),
		cmocka_unit_test(every_leaf_says_what_a_change_costs),
		cmocka_unit_test(no_rule_is_on_a_long_text),
		cmocka_unit_test(presence_has_a_bit_for_each_field),
		cmocka_unit_test(columns_are_those_of_the_design),
		cmocka_unit_test(a_policy_is_of_the_cluster),
		cmocka_unit_test(yaml_quotes_what_would_be_something_else),
		cmocka_unit_test(yaml_folds_long_sentences_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

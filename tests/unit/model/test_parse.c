/* The parser: what it reads, and that nothing hostile gets through or makes it fall. */
#include <string.h>

#include "cases.h"
#include "model/types.h"

static void metadata_is_read(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	cJSON *object = cases_object("tf", cases_spec(NULL));
	cJSON *metadata = json_member(object, "metadata");
	json_set_text(metadata, "uid", "u-1");
	json_set_text(metadata, "resourceVersion", "42");
	json_set_int(metadata, "generation", 7);
	json_set_text(metadata, "creationTimestamp", "2026-01-02T03:04:05Z");
	json_add_text(json_set_array(metadata, "finalizers"), "example.com/other");
	assert_true(model_parse(object, &lb, &err));
	assert_string_equal(lb.namespace, "ml");
	assert_string_equal(lb.name, "tf");
	assert_string_equal(lb.uid, "u-1");
	assert_string_equal(lb.resource_version, "42");
	assert_int_equal(lb.generation, 7);
	assert_string_equal(lb.creation_timestamp, "2026-01-02T03:04:05Z");
	assert_null(lb.deletion_timestamp);
	assert_false(lb.has_finalizer);

	json_add_text(json_member(metadata, "finalizers"), MODEL_FINALIZER);
	json_set_text(metadata, "deletionTimestamp", "2026-01-02T04:00:00Z");
	assert_true(model_parse(object, &lb, &err));
	assert_true(lb.has_finalizer);
	assert_string_equal(lb.deletion_timestamp, "2026-01-02T04:00:00Z");
}

static void metadata_is_there_even_when_the_spec_is_refused(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	assert_false(model_parse(cases_object("tf", cases_spec("{\"pools\":null}")), &lb, &err));
	assert_string_equal(lb.name, "tf");
	assert_string_equal(lb.namespace, "ml");
	assert_string_equal(err.message, "spec.pools: is required");

	assert_false(model_parse(cases_object("tf", NULL), &lb, &err));
	assert_string_equal(err.message, "spec: is required");
}

static void values_are_read(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	const char *patch = "{\"replicas\":0,\"suspend\":true,"
			    "\"template\":{\"externalIP\":true,\"tags\":[\"b\",\"a\"],\"labels\":{\"team\":\"ml\"},"
			    "\"startupScript\":\"\",\"disk\":{\"diskSizeGb\":20,\"autoDelete\":false}},"
			    "\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\"},"
			    "{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":2}]}";
	assert_true(model_parse(cases_object("tf", cases_spec(patch)), &lb, &err));
	assert_int_equal(lb.spec.replicas, 0);
	assert_true(lb.spec.suspend);
	assert_true(lb.spec.template.external_ip);
	assert_int_equal(lb.spec.template.tags.count, 2);
	assert_string_equal(lb.spec.template.tags.items[0], "b");
	assert_string_equal(lb.spec.template.labels.items[0].key, "team");
	assert_string_equal(lb.spec.template.labels.items[0].value, "ml");
	assert_string_equal(lb.spec.template.startup_script, "");
	assert_int_equal(lb.spec.template.disk.disk_size_gb, 20);
	assert_false(lb.spec.template.disk.auto_delete);
	assert_int_equal(lb.spec.pools.count, 2);
	assert_int_equal(lb_pool_replicas(&lb, &lb.spec.pools.items[0]), 0);
	assert_int_equal(lb_pool_replicas(&lb, &lb.spec.pools.items[1]), 2);
}

static uint64_t bit_of(const struct type *type, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (text_equal(type->fields[i].name, name))
			return UINT64_C(1) << i;
	}
	fail_msg("no field %s", name);
	return 0;
}

static void presence_is_what_the_user_wrote(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	assert_true(model_parse(
		cases_object("tf", cases_spec("{\"template\":{\"machineType\":\"n1-standard-4\"}}")), &lb, &err));
	assert_true(lb.spec.present ==
		    (bit_of(&spec_type, "project") | bit_of(&spec_type, "template") | bit_of(&spec_type, "pools")));
	assert_true(
		lb.spec.template.present == (bit_of(&template_type, "machineType") | bit_of(&template_type, "image")));
}

static void characters_are_counted_not_bytes(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	cJSON *spec = cases_spec(NULL);
	char script[2 * 262144 + 3];
	for (size_t i = 0; i + 1 < sizeof script; i += 2)
		memcpy(script + i, "\xC3\xA4", 2);
	script[2 * 262144] = '\0';
	json_set_text(json_member(spec, "template"), "startupScript", script);
	assert_true(model_parse(cases_object("tf", spec), &lb, &err));
	assert_int_equal(strlen(lb.spec.template.startup_script), 2 * 262144);

	script[2 * 262144] = '!';
	script[2 * 262144 + 1] = '\0';
	json_set_text(json_member(spec, "template"), "startupScript", script);
	assert_false(model_parse(cases_object("tf", spec), &lb, &err));
	assert_string_equal(err.message, "spec.template.startupScript: must have at most 262144 characters");
}

/* Memory of the arena only: the tree may change afterwards. */
static void nothing_points_into_the_tree(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	cJSON *object = cases_object("tf", cases_spec("{\"template\":{\"tags\":[\"web\"]}}"));
	assert_true(model_parse(object, &lb, &err));
	memset(json_at(object, "spec.template.tags[0]")->valuestring, 'x', 3);
	memset(json_at(object, "spec.pools[0].zone")->valuestring, 'x', 5);
	memset(json_at(object, "metadata.name")->valuestring, 'x', 2);
	assert_string_equal(lb.spec.template.tags.items[0], "web");
	assert_string_equal(lb.spec.pools.items[0].zone, "us-central1-a");
	assert_string_equal(lb.name, "tf");
}

/* Every place of the spec in turn gets every kind of JSON value that it cannot take. */

static const char *const hostile[] = {"null", "true", "7", "-1e300", "2.5", "\"\\u0001\"", "\"x\"", "[]", "[[[]]]",
	"[null]", "{}", "{\"a\":{\"a\":{}}}", "{\"\":null}"};

static bool fits_kind(const struct type *type, const cJSON *value)
{
	switch (type->kind) {
	case TYPE_OBJECT:
	case TYPE_MAP:
		return cJSON_IsObject(value);
	case TYPE_LIST:
		return cJSON_IsArray(value);
	case TYPE_STRING:
		return cJSON_IsString(value);
	case TYPE_INTEGER:
	case TYPE_NUMBER:
		return cJSON_IsNumber(value);
	default:
		return cJSON_IsBool(value);
	}
}

static void expect_refusal(cJSON *object, const char *path)
{
	struct error err = {0};
	struct lb lb;
	if (model_parse(object, &lb, &err))
		fail_msg("passes: %s", json_print(object));
	if (strncmp(err.message, path, strlen(path)) != 0)
		fail_msg("%s does not begin with %s", err.message, path);
	model_default(object); /* whatever it is, it must stand it */
}

static void check_place(const struct type *type, cJSON *object, cJSON *above, const char *name, const char *path)
{
	cJSON *before = json_copy(json_member(above, name));
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		cJSON *value = json_parse_text(hostile[i]);
		if (cJSON_IsNull(value) || fits_kind(type, value))
			continue;
		json_set(above, name, value);
		expect_refusal(object, path);
	}
	json_set(above, name, before);
}

static cJSON *example(const struct type *type, const char *name);

static void check_object(const struct type *type, cJSON *object, cJSON *above, const char *path)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		char *below = arena_printf(json_arena(), "%s.%s", path, field->name);
		if (!json_member(above, field->name))
			json_set(above, field->name, example(field->type, field->name));
		check_place(field->type, object, above, field->name, below);
		cJSON *member = json_member(above, field->name);
		if (field->type->kind == TYPE_OBJECT)
			check_object(field->type, object, member, below);
		if (field->type->kind == TYPE_MAP)
			check_place(field->type->item, object, member, "k", arena_printf(json_arena(), "%s.k", below));
		if (field->type->kind == TYPE_LIST && field->type->item->kind == TYPE_OBJECT)
			check_object(
				field->type->item, object, member->child, arena_printf(json_arena(), "%s[0]", below));
	}
}

/* What a place holds while the places below it are tried: anything of the right kind will do, as the first fault found is
 * the one looked for only if what stands before it is good. */
static cJSON *example(const struct type *type, const char *name)
{
	static const struct {
		const char *name, *json;
	} values[] = {
		{"image", "\"" CASES_IMAGE "\""},
		{"diskType", "\"pd-ssd\""},
		{"machineType", "\"n1-standard-4\""},
		{"machineTypes", "[\"n1-standard-4\"]"},
		{"serviceAccount", "\"default\""},
		{"requestPath", "\"/\""},
		{"zone", "\"us-central1-a\""},
		{"region", "\"us-central1\""},
		{"zones", "[\"us-central1-a\"]"},
		{"kmsKeyName", "\"projects/p/locations/l/keyRings/r/cryptoKeys/k\""},
		{"kmsKeyServiceAccount", "\"a@b\""},
		{"sourceImage", "\"" CASES_IMAGE "\""},
		{"sourceSnapshot", "\"global/snapshots/s\""},
		{"ipCidrRange", "\"/24\""},
		{"hostPath", "\"/a\""},
		{"mountPath", "\"/a\""},
		{"networkAttachment", "\"regions/r/networkAttachments/n\""},
		{"sessionAffinity", "\"GENERATED_COOKIE\""},
		{"secretRef", "{\"name\":\"s\"}"},
		{"domains", "[\"ml.example.com\"]"},
		{"customFeatures", "[\"TLS\"]"},
		{"serverTlsPolicy", "\"projects/my-project/locations/global/serverTlsPolicies/p\""},
		{"path", "\"/a\""},
		{"matchResponseCodes", "[\"404\"]"},
		{"paths", "[\"/\"]"},
		{"pathRedirect", "\"/\""},
		{"prefixRedirect", "\"/\""},
		{"pathPrefixRewrite", "\"/\""},
		{"pathTemplateRewrite", "\"/\""},
		{"prefixMatch", "\"/\""},
		{"fullPathMatch", "\"/\""},
		{"pathTemplateMatch", "\"/\""},
		{"retryConditions", "[\"5xx\"]"},
		{"hosts", "[\"a\"]"},
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		if (text_equal(values[i].name, name))
			return json_parse_text(values[i].json);
	}
	if (type->kind == TYPE_STRING)
		return cJSON_CreateString(type->words ? type->words[0] : "text");
	if (type->kind == TYPE_INTEGER)
		return cJSON_CreateNumber((double)type->least);
	if (type->kind == TYPE_NUMBER)
		return cJSON_CreateString("0.5");
	if (type->kind == TYPE_BOOLEAN)
		return cJSON_CreateBool(true);
	if (type->kind == TYPE_LIST)
		return json_parse_text(type->item->kind == TYPE_OBJECT ? "[{}]" : "[]");
	return json_parse_text(type->kind == TYPE_MAP ? "{\"k\":\"v\"}" : "{}");
}

static void hostile_values_are_refused_with_their_path(void **state)
{
	JSON_WORK(work);
	cJSON *spec = cases_spec(NULL);
	cJSON *object = cases_object("tf", spec);
	check_place(&spec_type, object, object, "spec", "spec");
	check_object(&spec_type, object, json_member(object, "spec"), "spec");
}

static void hostile_objects_are_refused(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		assert_false(model_parse(json_parse_text(hostile[i]), &lb, &err));
		model_default(json_parse_text(hostile[i]));
		cJSON *object = cases_object("tf", cases_spec(NULL));
		json_set(object, "metadata", json_parse_text(hostile[i]));
		assert_false(model_parse(object, &lb, &err));
		assert_string_equal(err.reason, "InvalidSpec");
	}
}

static void long_keys_do_not_overflow_the_path(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	char key[5000];
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	cJSON *spec = cases_spec("{\"template\":{\"labels\":{}}}");
	json_set_int(json_at(spec, "template.labels"), key, 1);
	assert_false(model_parse(cases_object("tf", spec), &lb, &err));
	assert_true(text_starts(err.message, "spec.template.labels.kkk"));
	assert_true(text_ends(err.message, ": must be text"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_is_read),
		cmocka_unit_test(metadata_is_there_even_when_the_spec_is_refused),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(presence_is_what_the_user_wrote),
		cmocka_unit_test(characters_are_counted_not_bytes),
		cmocka_unit_test(nothing_points_into_the_tree),
		cmocka_unit_test(hostile_values_are_refused_with_their_path),
		cmocka_unit_test(hostile_objects_are_refused),
		cmocka_unit_test(long_keys_do_not_overflow_the_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

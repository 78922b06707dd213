/* Defaults: the tree that the API server would store, and a struct that is the same whether it is read from what the user
 * wrote or from what the server stored. */
#include <string.h>

#include "cases.h"

static void trees_are_stored_as_by_the_server(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/default-cases.json");
	const cJSON *each;
	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		cJSON *stored = model_default(cases_object(NULL, json_copy(json_member(each, "spec"))));
		if (!json_equal(json_member(stored, "spec"), json_member(each, "want")))
			fail_msg("%s: %s", json_text(each, "name"), json_print(json_member(stored, "spec")));
		assert_string_equal(json_text(stored, "metadata.name"), "tf");
	}
}

static void defaulting_twice_changes_nothing(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/default-cases.json");
	const cJSON *each;
	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		cJSON *once = model_default(cases_object(NULL, json_copy(json_member(each, "spec"))));
		assert_true(json_equal(model_default(once), once));
	}
}

static void the_copy_leaves_the_object_alone(void **state)
{
	JSON_WORK(work);
	cJSON *object = cases_object(NULL, cases_spec("{\"serving\":{\"nope\":1}}"));
	char *before = json_print(object);
	model_default(object);
	assert_string_equal(json_print(object), before);
}

static void check_defaults(const struct lb_spec *spec)
{
	assert_int_equal(spec->replicas, 3);
	assert_string_equal(spec->template.machine_type, "n1-standard-4");
	assert_true(spec->template.disk.auto_delete);
	assert_true(spec->template.disk.disk_size_gb == LB_ABSENT);
	assert_null(spec->template.disk.disk_type);
	assert_null(spec->template.network);
	assert_false(spec->template.external_ip);
	assert_int_equal(spec->template.tags.count, 0);
	assert_true(spec->pools.items[0].replicas == LB_ABSENT);
	assert_null(spec->pools.items[0].base_instance_name);
	assert_int_equal(spec->serving.port, 80);
	assert_string_equal(spec->serving.port_name, "http");
	assert_string_equal(spec->serving.session_affinity, "NONE");
	assert_true(spec->serving.affinity_cookie_ttl_sec == LB_ABSENT);
	assert_true(spec->health_check.port == LB_ABSENT);
	assert_null(spec->health_check.request_path);
	assert_int_equal(spec->health_check.check_interval_sec, 5);
	assert_string_equal(spec->frontend.load_balancing_scheme, "EXTERNAL_MANAGED");
	assert_string_equal(spec->frontend.address.type, "Reserved");
	assert_null(spec->frontend.address.name);
	assert_true(spec->firewall.managed);
	assert_int_equal(spec->firewall.priority, 1000);
	assert_string_equal(spec->deletion_policy, "Delete");
	assert_false(spec->suspend);
}

static void structs_hold_the_defaults(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb written, stored;
	cJSON *object = cases_object(NULL, cases_spec(NULL));
	assert_true(model_parse(object, &written, &err));
	check_defaults(&written.spec);
	assert_true(model_parse(model_default(object), &stored, &err));
	check_defaults(&stored.spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_are_stored_as_by_the_server),
		cmocka_unit_test(defaulting_twice_changes_nothing),
		cmocka_unit_test(the_copy_leaves_the_object_alone),
		cmocka_unit_test(structs_hold_the_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

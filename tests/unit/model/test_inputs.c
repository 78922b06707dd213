/* The inputs of a template's hash. The texts below are frozen: a change of one would replace every machine of every user at
 * the next upgrade of the controller. New cases may be added, none may change. */
#include "cases.h"

static char *inputs_of(const char *patch, size_t pool)
{
	struct error err = {0};
	struct lb lb;
	if (!model_parse(cases_object("tf", cases_spec(patch)), &lb, &err))
		fail_msg("%s", err.message);
	return model_template_inputs(&lb, &lb.spec.pools.items[pool]);
}

#define IMAGE "\"image\":\"global/images/family/tf\""
#define MINIMAL "{\"template\":{" IMAGE "}}"

static void check(const char *patch, const char *want)
{
	JSON_WORK(work);
	assert_string_equal(inputs_of(patch, 0), want);
}

static void what_the_user_set(void **state)
{
	check(NULL, MINIMAL);
	check("{\"template\":{\"machineType\":\"n2-standard-8\"}}",
		"{\"template\":{" IMAGE ",\"machineType\":\"n2-standard-8\"}}");
	check("{\"template\":{\"disk\":{\"autoDelete\":false,\"diskSizeGb\":50,\"diskType\":\"pd-ssd\"}}}",
		"{\"template\":{\"disk\":{\"autoDelete\":false,\"diskSizeGb\":50,\"diskType\":\"pd-ssd\"}," IMAGE "}}");
	check("{\"template\":{\"externalIP\":true,\"network\":\"ml\",\"serviceAccount\":\"default\",\"scopes\":[\"b\","
	      "\"a\"],"
	      "\"startupScript\":\"#!/bin/sh\\n\",\"metadata\":{\"z\":\"1\",\"a\":\"2\"},\"labels\":{\"team\":\"ml\"},"
	      "\"tags\":[\"web\",\"api\"]}}",
		"{\"template\":{\"externalIP\":true," IMAGE ",\"labels\":{\"team\":\"ml\"},"
		"\"metadata\":{\"a\":\"2\",\"z\":\"1\"},\"network\":\"ml\",\"scopes\":[\"a\",\"b\"],"
		"\"serviceAccount\":\"default\",\"startupScript\":\"#!/bin/sh\\n\",\"tags\":[\"api\",\"web\"]}}");
}

static void defaults_written_out_change_nothing(void **state)
{
	check("{\"template\":{\"machineType\":\"n1-standard-4\",\"externalIP\":false,\"disk\":{\"autoDelete\":true}}}",
		MINIMAL);
	check("{\"template\":{\"disk\":{},\"tags\":[],\"labels\":{},\"metadata\":{},\"scopes\":[],\"network\":null}}",
		MINIMAL);
}

static void what_the_server_stored_gives_the_same(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	assert_true(model_parse(model_default(cases_object("tf", cases_spec(NULL))), &lb, &err));
	assert_string_equal(model_template_inputs(&lb, &lb.spec.pools.items[0]), MINIMAL);
}

static void what_is_not_the_template_changes_nothing(void **state)
{
	check("{\"replicas\":9,\"serving\":{\"port\":8080},\"healthCheck\":{\"requestPath\":\"/"
	      "x\"},\"deletionPolicy\":\"Abandon\"}",
		MINIMAL);
}

#define TWO_POOLS "\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\"},{\"name\":\"b\",\"zone\":\"europe-west4-b\"}]"

static void a_bare_subnetwork_is_another_one_in_each_region(void **state)
{
	JSON_WORK(work);
	const char *bare = "{" TWO_POOLS ",\"template\":{\"subnetwork\":\"ml\"}}";
	assert_string_equal(
		inputs_of(bare, 0), "{\"region\":\"us-central1\",\"template\":{" IMAGE ",\"subnetwork\":\"ml\"}}");
	assert_string_equal(
		inputs_of(bare, 1), "{\"region\":\"europe-west4\",\"template\":{" IMAGE ",\"subnetwork\":\"ml\"}}");
	const char *full = "{" TWO_POOLS ",\"template\":{\"subnetwork\":\"regions/us-central1/subnetworks/ml\"}}";
	assert_string_equal(
		inputs_of(full, 1), "{\"template\":{" IMAGE ",\"subnetwork\":\"regions/us-central1/subnetworks/ml\"}}");
	assert_string_equal(inputs_of("{" TWO_POOLS "}", 1), MINIMAL);
}

static void the_hash_is_frozen_too(void **state)
{
	char hash[MODEL_HASH_CHARACTERS + 1] = "";
	digest_base32(MINIMAL, sizeof MINIMAL - 1, hash, MODEL_HASH_CHARACTERS);
	hash[MODEL_HASH_CHARACTERS] = '\0';
	assert_string_equal(hash, "mbani3ya");
}

static char *rollout_of(const char *patch)
{
	struct error err = {0};
	struct lb lb;
	if (!model_parse(cases_object("tf", cases_spec(patch)), &lb, &err))
		fail_msg("%s", err.message);
	return model_rollout_inputs(&lb, &lb.spec.pools.items[0]);
}

/* An update that failed is tried again when what it depends on changes: a size, a policy or a move is nothing of that kind. */
static void what_makes_no_new_try(void **state)
{
	JSON_WORK(work);
	static const char *const nothing[] = {
		"{\"replicas\":9}",
		"{\"deletionPolicy\":\"Abandon\"}",
		"{\"driftPolicy\":\"Report\"}",
		"{\"suspend\":true}",
		"{\"moveTo\":{\"namespace\":\"other\",\"name\":\"tf\"}}",
		"{\"moveFrom\":{\"namespace\":\"other\",\"name\":\"tf\"}}",
	};
	static const char *const another[] = {
		"{\"template\":{\"machineType\":\"n2-standard-8\"}}",
		"{\"healthCheck\":{\"requestPath\":\"/x\"}}",
		"{\"rollout\":{\"progressDeadlineSec\":900}}",
		"{\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-b\"}]}",
	};
	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		assert_string_equal(rollout_of(nothing[i]), rollout_of(NULL));
	for (size_t i = 0; i < sizeof another / sizeof another[0]; i++)
		assert_string_not_equal(rollout_of(another[i]), rollout_of(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_user_set),
		cmocka_unit_test(defaults_written_out_change_nothing),
		cmocka_unit_test(what_the_server_stored_gives_the_same),
		cmocka_unit_test(what_is_not_the_template_changes_nothing),
		cmocka_unit_test(a_bare_subnetwork_is_another_one_in_each_region),
		cmocka_unit_test(the_hash_is_frozen_too),
		cmocka_unit_test(what_makes_no_new_try),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

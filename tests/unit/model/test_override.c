/* What a pool's machines are made of: spec.template with the pool's own members over it; and backends, over spec.serving. */
#include <string.h>

#include "cases.h"

#define POOL(over) "{\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\",\"template\":" over "}]}"

static const struct lb_template *combined(const char *patch, struct lb *lb)
{
	struct error err = {0};
	if (!model_parse(cases_object("tf", cases_spec(patch)), lb, &err))
		fail_msg("%s", err.message);
	return lb_pool_template(&lb->spec, &lb->spec.pools.items[0]);
}

static const struct lb_template *over(const char *template, const char *pool, struct lb *lb)
{
	return combined(
		arena_printf(json_arena(),
			"{\"template\":%s,\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\",\"template\":%s}]}",
			template, pool),
		lb);
}

static void without_one_it_is_the_template_itself(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	assert_ptr_equal(combined(NULL, &lb), &lb.spec.template);
	assert_ptr_equal(combined("{\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\",\"template\":null}]}", &lb),
		&lb.spec.template);
}

static void plain_values_replace(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const struct lb_template *found = over(
		"{\"machineType\":\"n2-standard-8\",\"externalIP\":true}", "{\"machineType\":\"n2-standard-4\"}", &lb);
	assert_string_equal(found->machine_type, "n2-standard-4");
	assert_true(found->external_ip);
	assert_string_equal(found->image, CASES_IMAGE);
	assert_string_equal(lb.spec.template.machine_type, "n2-standard-8");
}

/* A default of the schema is no value that the user gave: what the template says stays. */
static void defaults_beat_nothing(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const struct lb_template *found = over("{\"machineType\":\"n2-standard-8\",\"disk\":{\"autoDelete\":false}}",
		"{\"disk\":{\"diskSizeGb\":50}}", &lb);
	assert_string_equal(found->machine_type, "n2-standard-8");
	assert_false(found->disk.auto_delete);
	assert_int_equal(found->disk.disk_size_gb, 50);
	assert_true(lb.spec.template.disk.disk_size_gb == LB_ABSENT);
}

static const char *value_of(const struct lb_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (text_equal(map->items[i].key, key))
			return map->items[i].value;
	}
	return NULL;
}

static void maps_merge_and_lists_replace(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const struct lb_template *found = over("{\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"tags\":[\"x\",\"y\"]}",
		"{\"labels\":{\"b\":\"3\",\"c\":\"4\"},\"tags\":[\"z\"]}", &lb);
	assert_int_equal(found->labels.count, 3);
	assert_string_equal(value_of(&found->labels, "a"), "1");
	assert_string_equal(value_of(&found->labels, "b"), "3");
	assert_string_equal(value_of(&found->labels, "c"), "4");
	assert_int_equal(found->tags.count, 1);
	assert_string_equal(found->tags.items[0], "z");
}

/* The API server drops nulls before it stores: they can't remove what the template says. */
static void nulls_remove_nothing(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const struct lb_template *found = over("{\"network\":\"ml\",\"labels\":{\"a\":\"1\"}}",
		"{\"network\":null,\"labels\":{\"a\":null},\"nope\":1}", &lb);
	assert_string_equal(found->network, "ml");
	assert_string_equal(value_of(&found->labels, "a"), "1");
}

static void refused(const char *template, const char *pool, const char *message)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	cJSON *spec = cases_spec(arena_printf(json_arena(),
		"{\"template\":%s,\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\",\"template\":%s}]}", template,
		pool));
	assert_false(model_parse(cases_object("tf", spec), &lb, &err));
	assert_string_equal(err.message, message);
	assert_string_equal(err.reason, "InvalidSpec");
}

static const char *labels(char first)
{
	AUTO_STR struct str text = STR_INIT(65536);
	for (int i = 0; i < 40; i++)
		str_addf(&text, "%s\"%c%d\":\"\"", i ? "," : "{\"labels\":{", first, i);
	str_adds(&text, "}}");
	return arena_strdup(json_arena(), str_text(&text));
}

/* Each half fits, and the API server lets it pass. */
static void what_comes_of_it_has_bounds(void **state)
{
	JSON_WORK(work);
	refused(labels('a'), labels('b'), "spec.pools[0].template.labels: must have at most 56 entries");
}

/* The law: no upgrade and no other way to write the same rolls a machine. */
static void the_hash_covers_what_comes_of_it(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	over("{\"disk\":{\"diskSizeGb\":50}}", "{\"machineType\":\"n2-standard-4\",\"disk\":{\"autoDelete\":true}}",
		&lb);
	const char *text = model_template_inputs(&lb, &lb.spec.pools.items[0]);
	assert_string_equal(text, "{\"template\":{\"disk\":{\"diskSizeGb\":50},\"image\":\"" CASES_IMAGE
				  "\",\"machineType\":\"n2-standard-4\"}}");
	over("{\"disk\":{\"diskSizeGb\":50},\"machineType\":\"n2-standard-4\"}", "{}", &lb);
	assert_string_equal(model_template_inputs(&lb, &lb.spec.pools.items[0]), text);
}

/* As the API server stores it: the template with its defaults, the pool's as written. */
static void what_the_server_stored_gives_the_same(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	cJSON *object = model_default(cases_object("tf", cases_spec(POOL("{\"machineType\":\"n2-standard-4\"}"))));
	assert_true(model_parse(object, &lb, &err));
	assert_string_equal(model_template_inputs(&lb, &lb.spec.pools.items[0]),
		"{\"template\":{\"image\":\"" CASES_IMAGE "\",\"machineType\":\"n2-standard-4\"}}");
}

static struct lb_update_policy policy_of(const char *spec, const char *pool)
{
	struct lb lb;
	struct error err = {0};
	const char *patch = arena_printf(json_arena(),
		"{\"updatePolicy\":%s,\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\",\"updatePolicy\":%s}]}",
		spec, pool);
	if (!model_parse(cases_object("tf", cases_spec(patch)), &lb, &err))
		fail_msg("%s", err.message);
	return lb_pool_update_policy(&lb.spec, &lb.spec.pools.items[0]);
}

/* Half a pair of the one and half of the other would be neither's intention. */
static void amounts_of_updates_are_taken_as_a_pair(void **state)
{
	JSON_WORK(work);
	struct lb_update_policy policy =
		policy_of("{\"maxSurge\":{\"fixed\":0},\"maxUnavailable\":{\"fixed\":2}}", "{}");
	assert_int_equal(policy.surge.fixed, 0);
	assert_int_equal(policy.unavailable.fixed, 2);
	policy = policy_of(
		"{\"maxSurge\":{\"fixed\":0},\"maxUnavailable\":{\"fixed\":2}}", "{\"maxSurge\":{\"percent\":20}}");
	assert_int_equal(policy.surge.percent, 20);
	assert_true(policy.surge.fixed == LB_ABSENT);
	assert_int_equal(policy.unavailable.fixed, 0);
}

static void updates_go_one_by_one(void **state)
{
	JSON_WORK(work);
	struct lb_update_policy policy = policy_of("{}", "{\"type\":\"OPPORTUNISTIC\"}");
	assert_string_equal(policy.type, "OPPORTUNISTIC");
	assert_string_equal(policy.most_disruptive_allowed_action, "REPLACE");
	assert_null(policy.minimal_action);
	assert_int_equal(policy.surge.fixed, 1);
	assert_int_equal(policy.unavailable.fixed, 0);
	policy = policy_of("{}", "{\"replacementMethod\":\"RECREATE\"}");
	assert_int_equal(policy.surge.fixed, 0);
	assert_int_equal(policy.unavailable.fixed, 1);
}

/* Each half is good by itself. */
static void what_comes_of_both_is_checked(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	struct error err = {0};
	assert_false(model_parse(
		cases_object("tf", cases_spec("{\"updatePolicy\":{\"replacementMethod\":\"RECREATE\"},\"pools\":[{"
					      "\"name\":\"a\",\"zone\":\"us-central1-a\",\"updatePolicy\":{"
					      "\"maxSurge\":{\"fixed\":1}}}]}")),
		&lb, &err));
	assert_string_equal(err.message, "spec.pools[0].updatePolicy: replacementMethod RECREATE needs maxSurge 0: "
					 "names cannot be used twice at once");
}

static const struct lb_service *service(const char *patch, size_t index, struct lb *lb)
{
	combined(patch, lb);
	assert_in_range(index, 0, lb->spec.services.count - 1);
	return &lb->spec.services.items[index];
}

/* Backends go over serving and healthCheck in the same way; default always is, and first. */
static void backends_go_over_serving(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const char *patch = "{\"serving\":{\"port\":8501,\"timeoutSec\":60},\"healthCheck\":{\"requestPath\":\"/m\"},"
			    "\"backends\":[{\"name\":\"v2\",\"serving\":{\"timeoutSec\":90}},"
			    "{\"name\":\"default\",\"healthCheck\":{\"port\":9000}},"
			    "{\"name\":\"grpc\",\"serving\":{\"port\":8500}}]}";
	const struct lb_service *first = service(patch, 0, &lb), *v2 = first + 1, *grpc = first + 2;
	assert_int_equal(lb.spec.services.count, 3);
	assert_string_equal(first->name, "default");
	assert_int_equal(first->serving.timeout_sec, 60);
	assert_int_equal(first->health_check.port, 9000);
	assert_string_equal(first->health_check.request_path, "/m");
	assert_string_equal(v2->name, "v2");
	assert_int_equal(v2->serving.port, 8501);
	assert_int_equal(v2->serving.timeout_sec, 90);
	assert_string_equal(v2->serving.port_name, "http");
	assert_int_equal(v2->health_check.port, LB_ABSENT);
	assert_string_equal(grpc->serving.port_name, "grpc"); /* a port of its own has a name of its own */
	assert_int_equal(service(NULL, 0, &lb)->serving.port, 80);
}

/* As the API server takes it. */
static void null_is_absent_in_a_backend(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const char *patch = "{\"healthCheck\":{\"portName\":\"http\"},\"backends\":[{\"name\":\"v2\","
			    "\"serving\":{\"port\":null},\"healthCheck\":{\"port\":null}}]}";
	const struct lb_service *v2 = service(patch, 1, &lb);
	assert_string_equal(v2->serving.port_name, "http");
	assert_string_equal(v2->health_check.port_name, "http");
	assert_int_equal(v2->health_check.port, LB_ABSENT);
}

/* What the API server can't see: the names that come of merging. */
static void one_name_is_one_port(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	cJSON *spec = cases_spec("{\"backends\":[{\"name\":\"v2\",\"serving\":{\"port\":81,\"portName\":\"http\"}}]}");
	assert_false(model_parse(cases_object("tf", spec), &lb, &err));
	assert_string_equal(
		err.message, "spec.backends: two backends give one portName two ports; use one portName per port");
}

static const char *refusal(const char *patch)
{
	struct error *err = arena_alloc(json_arena(), sizeof *err);
	struct lb lb;
	assert_false(model_parse(cases_object("tf", cases_spec(patch)), &lb, err));
	return err->message;
}

/* Told where it is written, and of whom. */
static void a_probe_of_no_port(void **state)
{
	JSON_WORK(work);
	assert_string_equal(refusal("{\"healthCheck\":{\"portName\":\"x\"}}"),
		"spec.healthCheck.portName: the probe of backend default names port x, which is portName of no "
		"backend");
	assert_string_equal(
		refusal("{\"backends\":[{\"name\":\"a\"},{\"name\":\"b\",\"healthCheck\":{\"portName\":\"x\"}}]}"),
		"spec.backends[1].healthCheck.portName: the probe of backend b names port x, which is portName of no "
		"backend");
	assert_string_equal(
		refusal("{\"healthCheck\":{\"portName\":\"x\"},\"backends\":[{\"name\":\"default\",\"healthCheck\":"
			"{\"portName\":\"http\"}},{\"name\":\"b\"}]}"),
		"spec.healthCheck.portName: the probe of backend b names port x, which is portName of no backend");
}

static void pools_choose_their_backends(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	combined("{\"backends\":[{\"name\":\"v2\"}],\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\"},"
		 "{\"name\":\"b\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":\"v2\"},{\"name\":\"default\"}]},"
		 "{\"name\":\"c\",\"zone\":\"us-central1-a\",\"backends\":[]}]}",
		&lb);
	const struct lb_pool *pools = lb.spec.pools.items;
	assert_true(lb_pool_serves(&pools[0], "default"));
	assert_false(lb_pool_serves(&pools[0], "v2"));
	assert_string_equal(lb_pool_service(&lb.spec, &pools[0])->name, "default");
	assert_true(lb_pool_serves(&pools[1], "default"));
	assert_string_equal(lb_pool_service(&lb.spec, &pools[1])->name, "v2");
	assert_false(lb_pool_serves(&pools[2], "default"));
	assert_null(lb_pool_service(&lb.spec, &pools[2]));
}

/* Else no backend could go without what all others have. */
static void what_goes_with_another_choice_is_dropped(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const char *patch = "{\"serving\":{\"sessionAffinity\":\"GENERATED_COOKIE\",\"affinityCookieTtlSec\":60,"
			    "\"localityLbPolicy\":"
			    "\"RING_HASH\",\"consistentHash\":{\"minimumRingSize\":9},\"enableCDN\":true,\"cdnPolicy\":"
			    "{\"clientTtl\":1}},"
			    "\"backends\":[{\"name\":\"a\",\"serving\":{\"sessionAffinity\":\"NONE\","
			    "\"localityLbPolicy\":\"ROUND_ROBIN\","
			    "\"enableCDN\":false}},{\"name\":\"b\",\"serving\":{\"localityLbPolicy\":\"MAGLEV\"}}]}";
	const struct lb_service *all = service(patch, 0, &lb), *a = all + 1, *b = all + 2;
	assert_int_equal(all->serving.affinity_cookie_ttl_sec, 60);
	assert_int_equal(a->serving.affinity_cookie_ttl_sec, LB_ABSENT);
	assert_false(json_has(model_serving_tree(&a->serving), "consistentHash.minimumRingSize"));
	assert_false(json_has(model_serving_tree(&a->serving), "cdnPolicy.clientTtl"));
	assert_int_equal(b->serving.affinity_cookie_ttl_sec, 60);
	assert_int_equal(json_int(model_serving_tree(&b->serving), "consistentHash.minimumRingSize", 0), 9);
	assert_int_equal(json_int(model_serving_tree(&b->serving), "cdnPolicy.clientTtl", 0), 1);
}

/* A policy needs a cache, be it that of all backends. */
static void a_backend_s_cache_policy_needs_a_cache(void **state)
{
	static const char with[] = "{\"serving\":{\"enableCDN\":%s},\"backends\":[{\"name\":\"v2\",\"serving\":"
				   "{\"cdnPolicy\":{\"maxTtl\":7}}}]}";
	JSON_WORK(work);
	struct lb lb;
	struct error err = {0};

	combined(arena_printf(json_arena(), with, "true"), &lb);
	assert_int_equal(lb.spec.services.items[1].serving.cdn_policy.max_ttl, 7);
	assert_true(lb.spec.services.items[0].serving.cdn_policy.max_ttl == LB_ABSENT);
	assert_false(model_parse(cases_object("tf", cases_spec(arena_printf(json_arena(), with, "false"))), &lb, &err));
	assert_string_equal(
		err.message, "spec.backends: cdnPolicy needs enableCDN: true in the backend, or in spec.serving");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_one_it_is_the_template_itself),
		cmocka_unit_test(plain_values_replace),
		cmocka_unit_test(defaults_beat_nothing),
		cmocka_unit_test(maps_merge_and_lists_replace),
		cmocka_unit_test(nulls_remove_nothing),
		cmocka_unit_test(what_comes_of_it_has_bounds),
		cmocka_unit_test(the_hash_covers_what_comes_of_it),
		cmocka_unit_test(what_the_server_stored_gives_the_same),
		cmocka_unit_test(amounts_of_updates_are_taken_as_a_pair),
		cmocka_unit_test(updates_go_one_by_one),
		cmocka_unit_test(what_comes_of_both_is_checked),
		cmocka_unit_test(backends_go_over_serving),
		cmocka_unit_test(null_is_absent_in_a_backend),
		cmocka_unit_test(one_name_is_one_port),
		cmocka_unit_test(a_probe_of_no_port),
		cmocka_unit_test(pools_choose_their_backends),
		cmocka_unit_test(what_goes_with_another_choice_is_dropped),
		cmocka_unit_test(a_backend_s_cache_policy_needs_a_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

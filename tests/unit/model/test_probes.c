/* By what machines are kept: the health check of the first backend, what autoHealing says over it, and what pools say over that; and
 * what stateful machines can keep. */
#include <string.h>

#include "cases.h"

static const struct lb_health_check *probe(const char *patch, struct lb *lb)
{
	struct error err = {0};
	if (!model_parse(cases_object("tf", cases_spec(patch)), lb, &err))
		fail_msg("%s", err.message);
	assert_true(lb_pool_heals(&lb->spec, &lb->spec.pools.items[0]));
	return lb_pool_probe(&lb->spec, &lb->spec.pools.items[0]);
}

static int64_t port(const struct lb *lb)
{
	return lb_pool_probe_port(&lb->spec, &lb->spec.pools.items[0]);
}

static void refused(const char *patch, const char *message)
{
	struct error err = {0};
	struct lb lb;
	if (model_parse(cases_object("tf", cases_spec(patch)), &lb, &err))
		fail_msg("passes: %s", patch);
	assert_string_equal(err.message, message);
}

#define POOL(members) "\"pools\":[{\"name\":\"a\",\"zone\":\"us-central1-a\"," members "}]"
#define OWN(check) POOL("\"autoHealing\":{\"healthCheck\":{" check "}}")

static void it_asks_what_the_load_balancer_asks(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const struct lb_health_check *found =
		probe("{\"healthCheck\":{\"requestPath\":\"/"
		      "ready\",\"checkIntervalSec\":7,\"unhealthyThreshold\":3},\"serving\":{"
		      "\"port\":8501}}",
			&lb);
	assert_string_equal(found->type, "HTTP");
	assert_string_equal(found->request_path, "/ready");
	assert_int_equal(port(&lb), 8501);
	assert_int_equal(found->check_interval_sec, 30);
	assert_int_equal(found->timeout_sec, 10);
	assert_int_equal(found->unhealthy_threshold, 5);
	assert_int_equal(lb.spec.services.items[0].health_check.check_interval_sec, 7);
}

static void what_is_said_for_it_counts(void **state)
{
	JSON_WORK(work);
	struct lb lb;
	const struct lb_health_check *found =
		probe("{\"healthCheck\":{\"requestPath\":\"/ready\",\"port\":9000},\"autoHealing\":{\"healthCheck\":{"
		      "\"requestPath\":\"/live\",\"portName\":\"http\"}}," OWN("\"unhealthyThreshold\":9") "}",
			&lb);
	assert_string_equal(found->request_path, "/live");
	assert_int_equal(found->unhealthy_threshold, 9);
	assert_int_equal(found->healthy_threshold, 2);
	assert_int_equal(port(&lb), 80);
	found = probe("{\"healthCheck\":{\"requestPath\":\"/ready\"}," OWN("\"type\":\"TCP\",\"port\":8500") "}", &lb);
	assert_null(found->request_path);
	assert_int_equal(port(&lb), 8500);
}

static void a_pool_without_backend_needs_a_port(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	assert_true(model_parse(cases_object("tf", cases_spec("{" POOL("\"backends\":[]") "}")), &lb, &err));
	assert_false(lb_pool_heals(&lb.spec, &lb.spec.pools.items[0]));
	assert_string_equal(
		probe("{" POOL(
			      "\"backends\":[],\"autoHealing\":{\"healthCheck\":{\"port\":2222,\"type\":\"TCP\"}}") "}",
			&lb)
			->type,
		"TCP");
	assert_int_equal(port(&lb), 2222);
	probe("{" POOL("\"backends\":[]") ",\"autoHealing\":{\"healthCheck\":{\"port\":2223}}}", &lb);
	assert_int_equal(port(&lb), 2223);
}

static void what_does_not_fit_together_is_refused(void **state)
{
	JSON_WORK(work);
	refused("{\"healthCheck\":{\"type\":\"TCP\"},\"autoHealing\":{\"healthCheck\":{\"requestPath\":\"/live\"}}}",
		"spec.autoHealing.healthCheck.type: requestPath and host belong to types HTTP, HTTPS and HTTP2");
	refused("{" OWN("\"checkIntervalSec\":5") "}",
		"spec.pools[0].autoHealing.healthCheck.timeoutSec: timeoutSec must not exceed checkIntervalSec");
	refused("{" OWN("\"portName\":\"rest\"") "}",
		"spec.pools[0].autoHealing.healthCheck.portName: rest is portName of no backend");
}

static void machines_keep_what_they_have(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct lb lb;
	refused("{" POOL("\"statefulPolicy\":{\"disks\":[{\"deviceName\":\"models\"}]}") "}",
		"spec.pools[0].statefulPolicy.disks: there is no disk models in template.disk and additionalDisks");
	refused("{" POOL("\"statefulPolicy\":{\"externalIPs\":[{\"interfaceName\":\"nic0\"}]}") "}",
		"spec.pools[0].statefulPolicy.externalIPs: nic0 has no such address; see template.externalIP and "
		"additionalNetworkInterfaces");
	refused("{" POOL("\"statefulPolicy\":{\"internalIPs\":[{\"interfaceName\":\"nic1\"}]}") "}",
		"spec.pools[0].statefulPolicy.internalIPs: nic1 has no such address; see template.externalIP and "
		"additionalNetworkInterfaces");
	assert_true(model_parse(
		cases_object("tf",
			cases_spec("{\"template\":{\"externalIP\":true,\"additionalDisks\":[{\"deviceName\":\"models\","
				   "\"diskSizeGb\":10}],\"additionalNetworkInterfaces\":[{\"network\":\"ml\"}]}," POOL(
					   "\"statefulPolicy\":{\"disks\":[{\"deviceName\":\"models\"},{\"deviceName\":"
					   "\"persistent-disk-0\"}],\"internalIPs\":[{\"interfaceName\":\"nic1\"}],"
					   "\"externalIPs\":[{\"interfaceName\":\"nic0\"}]}") "}")),
		&lb, &err));
	assert_string_equal(lb_pool_update_policy(&lb.spec, &lb.spec.pools.items[0]).replacement_method, "RECREATE");
	assert_int_equal(lb_pool_update_policy(&lb.spec, &lb.spec.pools.items[0]).surge.fixed, 0);
	assert_int_equal(lb_pool_update_policy(&lb.spec, &lb.spec.pools.items[0]).unavailable.fixed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_asks_what_the_load_balancer_asks),
		cmocka_unit_test(what_is_said_for_it_counts),
		cmocka_unit_test(a_pool_without_backend_needs_a_port),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(machines_keep_what_they_have),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

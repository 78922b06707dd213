/* Autoscalers: what they take, what they fill in, and how they move the size of their group. */
#include "chain.h"

#define SCALERS ZONE "autoscalers"
#define TARGET ZONE_LINK "instanceGroupManagers/mig"
#define SCALER(policy) "{\"name\":\"a\",\"target\":\"" TARGET "\",\"autoscalingPolicy\":{" policy "}}"

static const char world[] = "/emulator/v1/world";

static void make(struct client *client, const char *body)
{
	chain_make_group(client);
	client_make(client, "POST", SCALERS, body);
	client_settle(client);
}

static cJSON *scaler(struct client *client)
{
	return client_call(client, 200, "GET", SCALERS "/a", NULL);
}

static int size(struct client *client)
{
	return (int)json_int(chain_manager(client), "targetSize", -1);
}

static void load(struct client *client, const char *signal, const char *sum)
{
	char body[200];

	snprintf(body, sizeof(body), "{\"load\":{\"group\":\"mig\",\"signal\":\"%s\",\"sum\":%s}}", signal, sum);
	client_call(client, 200, "POST", world, body);
}

static void reads_back_with_defaults(void **state)
{
	struct client *client = *state;
	const cJSON *body, *policy;

	make(client, SCALER("\"maxNumReplicas\":5"));
	body = scaler(client);
	policy = json_member(body, "autoscalingPolicy");
	assert_string_equal(json_text(body, "kind"), "compute#autoscaler");
	assert_string_equal(json_text(body, "target"), TARGET);
	assert_string_equal(json_text(body, "status"), "ACTIVE");
	assert_string_equal(json_text(body, "zone"), LINK "zones/us-central1-a");
	assert_int_equal(json_int(policy, "minNumReplicas", 0), 2);
	assert_int_equal(json_int(policy, "coolDownPeriodSec", 0), 60);
	assert_string_equal(json_text(policy, "mode"), "ON");
	assert_true(json_at(policy, "cpuUtilization.utilizationTarget")->valuedouble == 0.6);
	assert_string_equal(json_text(policy, "cpuUtilization.predictiveMethod"), "NONE");
	assert_string_equal(json_text(chain_manager(client), "status.autoscaler"), ZONE_LINK "autoscalers/a");
	assert_int_equal(size(client), 3);
}

static void another_signal_needs_no_cpu(void **state)
{
	make(*state, SCALER("\"maxNumReplicas\":5,\"loadBalancingUtilization\":{\"utilizationTarget\":0.8}"));
	assert_false(json_has(scaler(*state), "autoscalingPolicy.cpuUtilization"));
	assert_string_equal(json_text(scaler(*state), "statusDetails[0].type"), "BACKEND_SERVICE_DOES_NOT_EXIST");
	assert_string_equal(json_text(scaler(*state), "status"), "ERROR");
}

static void keeps_the_size_within_its_bounds(void **state)
{
	struct client *client = *state;

	make(client, SCALER("\"minNumReplicas\":4,\"maxNumReplicas\":5"));
	assert_int_equal(size(client), 4);
	load(client, "cpu", "2.5"); /* 2.5 / 0.6: five are asked for */
	client_settle(client);
	assert_int_equal(size(client), 5);
	load(client, "cpu", "60");
	client_settle(client);
	assert_int_equal(size(client), 5);
	assert_string_equal(json_text(scaler(client), "statusDetails[0].type"), "CAPPED_AT_MAX_NUM_REPLICAS");
	load(client, "cpu", "0.1");
	client_settle(client);
	assert_int_equal(size(client), 4);
	assert_int_equal(json_int(scaler(client), "recommendedSize", 0), 4);
	load(client, "cpu", "null");
	client_make(client, "PATCH", SCALERS "?autoscaler=a", "{\"autoscalingPolicy\":{\"minNumReplicas\":1}}");
	client_settle(client);
	assert_int_equal(size(client), 4);
}

static void the_most_demanding_signal_decides(void **state)
{
	struct client *client = *state;

	make(client, SCALER("\"minNumReplicas\":1,\"maxNumReplicas\":9,\"cpuUtilization\":{\"utilizationTarget\":0.5},"
			    "\"customMetricUtilizations\":[{\"metric\":\"queue\",\"singleInstanceAssignment\":10}]"));
	load(client, "cpu", "1");
	load(client, "queue", "61");
	client_settle(client);
	assert_int_equal(size(client), 7);
	load(client, "queue", "1");
	client_settle(client);
	assert_int_equal(size(client), 2);
}

/* However large a load is; and there is none below nothing. */
static void loads_have_bounds(void **state)
{
	struct client *client = *state;

	make(client, SCALER("\"maxNumReplicas\":5,\"cpuUtilization\":{\"utilizationTarget\":0.5}"));
	load(client, "cpu", "1e300");
	client_settle(client);
	client_pass(client, 120000);
	assert_int_equal(size(client), 5);
	client_call(client, 400, "POST", world, "{\"load\":{\"group\":\"mig\",\"signal\":\"cpu\",\"sum\":-1}}");
	client_pass(client, 120000);
	assert_int_equal(size(client), 5);
}

static void modes_hold_it_back(void **state)
{
	struct client *client = *state;

	make(client, SCALER("\"minNumReplicas\":1,\"maxNumReplicas\":9,\"mode\":\"ONLY_SCALE_OUT\""));
	load(client, "cpu", "0.1");
	client_settle(client);
	assert_int_equal(size(client), 3);
	load(client, "cpu", "2.9");
	client_settle(client);
	assert_int_equal(size(client), 5);
	client_make(client, "PATCH", SCALERS "?autoscaler=a", "{\"autoscalingPolicy\":{\"mode\":\"OFF\"}}");
	load(client, "cpu", "5");
	client_settle(client);
	assert_int_equal(size(client), 5);
	assert_int_equal(json_int(scaler(client), "recommendedSize", 0), 9);
	client_make(client, "POST", ZONE "instanceGroupManagers/mig/resize?size=2", NULL);
	assert_int_equal(size(client), 2);
}

static void scales_in_as_slowly_as_it_is_told(void **state)
{
	struct client *client = *state;
	int64_t began = client->now;

	make(client, SCALER("\"minNumReplicas\":1,\"maxNumReplicas\":9,\"scaleInControl\":{\"maxScaledInReplicas\":"
			    "{\"fixed\":1},\"timeWindowSec\":600}"));
	load(client, "cpu", "0.1");
	client_pass(client, 61000);
	assert_int_equal(size(client), 2);
	client_settle(client);
	assert_int_equal(size(client), 1);
	assert_true(client->now - began > 600000);
}

static void only_it_sets_the_size(void **state)
{
	struct client *client = *state;
	static const char text[] =
		"Resizing of autoscaled managed instance groups is not allowed. If you want to manually "
		"adjust target size remove the autoscaler or set autoscaling policy mode to OFF.";

	make(client, SCALER("\"maxNumReplicas\":5"));
	client_call(client, 412, "POST", ZONE "instanceGroupManagers/mig/resize?size=4", NULL);
	assert_string_equal(client_message(client), text);
	assert_string_equal(client_reason(client), "conditionNotMet");
	client_call(client, 412, "PATCH", ZONE "instanceGroupManagers/mig", "{\"targetSize\":4}");
	client_make(client, "PATCH", ZONE "instanceGroupManagers/mig", "{\"targetSize\":3,\"description\":\"d\"}");
	client_make(client, "DELETE", SCALERS "/a", NULL);
	assert_false(json_has(chain_manager(client), "status.autoscaler"));
	client_make(client, "POST", ZONE "instanceGroupManagers/mig/resize?size=4", NULL);
}

/* A group may go before its autoscaler, which then has nothing to do. */
static void outlives_its_group(void **state)
{
	struct client *client = *state;

	make(client, SCALER("\"maxNumReplicas\":5"));
	client_make(client, "DELETE", ZONE "instanceGroupManagers/mig", NULL);
	assert_string_equal(json_text(scaler(client), "status"), "ERROR");
	assert_string_equal(json_text(scaler(client), "statusDetails[0].type"), "SCALING_TARGET_DOES_NOT_EXIST");
	client_make(client, "DELETE", SCALERS "/a", NULL);
	client_call(client, 404, "GET", SCALERS "/a", NULL);
}

static void refuses_what_the_cloud_refuses(void **state)
{
	static const struct {
		int status;
		const char *body, *message;
	} cases[] = {
		{404,
			"{\"name\":\"b\",\"target\":\"" ZONE_LINK
			"instanceGroupManagers/x\",\"autoscalingPolicy\":{\"maxNumReplicas\":2}}",
			"instanceGroupManagers/x' was not found"},
		{400,
			"{\"name\":\"b\",\"target\":\"" LINK
			"zones/us-central1-b/instanceGroupManagers/mig\",\"autoscalingPolicy\":{\"maxNumReplicas\":2}}",
			"'resource.target'"},
		{400, "{\"name\":\"b\",\"target\":\"" TARGET "\"}", "'resource.autoscalingPolicy'"},
		{400, "{\"name\":\"b\",\"autoscalingPolicy\":{\"maxNumReplicas\":2}}", "'resource.target'"},
		{400, SCALER("\"minNumReplicas\":1"), "maxNumReplicas"},
		{400, SCALER("\"minNumReplicas\":3,\"maxNumReplicas\":2"), "Must not exceed maxNumReplicas."},
		{400, SCALER("\"maxNumReplicas\":2,\"cpuUtilization\":{\"utilizationTarget\":1.5}"), "at most 1"},
		{400, SCALER("\"maxNumReplicas\":2,\"customMetricUtilizations\":[{\"metric\":\"m\"}]"),
			"Exactly one of"},
		{400, SCALER("\"maxNumReplicas\":2,\"scaleInControl\":{\"maxScaledInReplicas\":{}}"), "Exactly one of"},
		{400,
			SCALER("\"maxNumReplicas\":2,\"scalingSchedules\":{\"s\":{\"schedule\":\"0 8 * * "
			       "*\",\"minRequiredReplicas\":1,\"durationSec\":60}}"),
			"at least 300"},
	};
	struct client *client = *state;

	chain_make_group(client);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_call(client, cases[i].status, "POST", SCALERS, cases[i].body);
		if (!strstr(client_message(client), cases[i].message))
			fail_msg("case %zu: %s", i, client_message(client));
	}
	client_make(client, "POST", SCALERS, SCALER("\"maxNumReplicas\":2"));
	client_call(client, 400, "POST", SCALERS,
		"{\"name\":\"b\",\"target\":\"" TARGET "\",\"autoscalingPolicy\":{\"maxNumReplicas\":2}}");
	assert_non_null(strstr(client_message(client), "autoscaled already"));
	client_call(client, 400, "PATCH", SCALERS, "{}");
	client_call(client, 404, "PATCH", SCALERS "?autoscaler=b", "{}");
	client_call(client, 400, "POST", world, "{\"load\":{\"group\":\"mig\"}}");
}

/* gcloud changes a whole one by PUT. */
static void is_replaced_as_a_whole(void **state)
{
	struct client *client = *state;

	make(client, SCALER("\"maxNumReplicas\":5,\"scalingSchedules\":{\"s\":{\"schedule\":\"0 8 * * "
			    "*\",\"minRequiredReplicas\":1,\"durationSec\":600}}"));
	assert_string_equal(json_text(scaler(client), "autoscalingPolicy.scalingSchedules.s.timeZone"), "UTC");
	client_make(client, "PUT", SCALERS "?autoscaler=a", SCALER("\"maxNumReplicas\":6"));
	assert_int_equal(json_int(scaler(client), "autoscalingPolicy.maxNumReplicas", 0), 6);
	assert_false(json_has(scaler(client), "autoscalingPolicy.scalingSchedules"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(reads_back_with_defaults),
		EMULATOR_TEST(another_signal_needs_no_cpu),
		EMULATOR_TEST(keeps_the_size_within_its_bounds),
		EMULATOR_TEST(the_most_demanding_signal_decides),
		EMULATOR_TEST(loads_have_bounds),
		EMULATOR_TEST(modes_hold_it_back),
		EMULATOR_TEST(scales_in_as_slowly_as_it_is_told),
		EMULATOR_TEST(only_it_sets_the_size),
		EMULATOR_TEST(outlives_its_group),
		EMULATOR_TEST(refuses_what_the_cloud_refuses),
		EMULATOR_TEST(is_replaced_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

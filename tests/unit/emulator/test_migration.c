/* The order in which a classic load balancer becomes a managed one, and goes back (gce-compute-v1.md 13.2). */
#include "chain.h"

#define BE P "global/backendServices/be"
#define FR P "global/forwardingRules/rule"
#define STATE(state) "{\"externalManagedMigrationState\":" state "}"
#define SHARE(percent)                                                                                                 \
	"{\"externalManagedMigrationState\":\"TEST_BY_PERCENTAGE\","                                                   \
	"\"externalManagedMigrationTestingPercentage\":" percent "}"
#define SCHEME(scheme) "{\"loadBalancingScheme\":\"" scheme "\"}"
#define BACK "{\"loadBalancingScheme\":\"EXTERNAL\",\"externalManagedMigrationState\":\"TEST_ALL_TRAFFIC\"}"
#define ADVANCED "{\"outlierDetection\":{\"consecutiveErrors\":3}}"

enum { DAY = 86400000 };

static void refused(struct client *client, const char *path, const char *body, const char *words)
{
	client_call(client, 400, "PATCH", path, body);
	if (!strstr(client_message(client), words))
		fail_msg("%s: %s", body, client_message(client));
}

static const char *text_of(struct client *client, const char *path, const char *member)
{
	const char *text = json_text(client_call(client, 200, "GET", path, NULL), member);

	return text ? text : "none";
}

static void go_forward(struct client *client)
{
	client_make(client, "PATCH", BE, STATE("\"PREPARE\""));
	client_make(client, "PATCH", BE, STATE("\"TEST_ALL_TRAFFIC\""));
	client_make(client, "PATCH", BE, SCHEME("EXTERNAL_MANAGED"));
}

static void each_state_after_the_other(void **state)
{
	struct client *client = *state;

	chain_make(client);
	refused(client, BE, STATE("\"TEST_ALL_TRAFFIC\""), "cannot be changed from none");
	refused(client, BE, SHARE("10"), "cannot be changed from none");
	refused(client, BE, SCHEME("EXTERNAL_MANAGED"), "until the migration state is set to TEST_ALL_TRAFFIC");
	client_make(client, "PATCH", BE, STATE("\"PREPARE\""));
	assert_string_equal(text_of(client, BE, "externalManagedMigrationState"), "PREPARE");
	refused(client, BE, SCHEME("EXTERNAL_MANAGED"), "until the migration state is set to TEST_ALL_TRAFFIC");
	refused(client, BE, "{\"externalManagedMigrationTestingPercentage\":10}", "TEST_BY_PERCENTAGE");
	refused(client, BE, SHARE("101"), "between 0 and 100");
	client_make(client, "PATCH", BE, SHARE("10"));
	assert_int_equal(
		json_int(client_call(client, 200, "GET", BE, NULL), "externalManagedMigrationTestingPercentage", 0),
		10);
	refused(client, BE, STATE("\"TEST_ALL_TRAFFIC\""), "externalManagedMigrationTestingPercentage");
	refused(client, BE, STATE("null"), "externalManagedMigrationTestingPercentage");
	client_make(client, "PATCH", BE,
		"{\"externalManagedMigrationState\":\"TEST_ALL_TRAFFIC\",\"externalManagedMigrationTestingPercentage\":"
		"null}");
	refused(client, BE, STATE("null"), "cannot be changed from TEST_ALL_TRAFFIC");
	refused(client, BE, ADVANCED, "Not supported for load balancing scheme EXTERNAL");
	client_make(client, "PATCH", BE, SCHEME("EXTERNAL_MANAGED"));
	assert_string_equal(text_of(client, BE, "loadBalancingScheme"), "EXTERNAL_MANAGED");
	client_make(client, "PATCH", BE, ADVANCED);
	client_make(client, "PATCH", BE, STATE("null")); /* of what has arrived it may be cleared */
	refused(client, BE, STATE("\"PREPARE\""), "cannot be changed from none");
}

static void given_up_half_way(void **state)
{
	struct client *client = *state;

	chain_make(client);
	client_make(client, "PATCH", BE, STATE("\"PREPARE\""));
	client_make(client, "PATCH", BE, SHARE("50"));
	client_make(client, "PATCH", BE,
		"{\"externalManagedMigrationState\":\"PREPARE\",\"externalManagedMigrationTestingPercentage\":null}");
	client_make(client, "PATCH", BE, STATE("null"));
	assert_string_equal(text_of(client, BE, "externalManagedMigrationState"), "none");
}

/* A rule goes last, and comes back first. */
static void rules_and_what_is_behind_them(void **state)
{
	struct client *client = *state;

	chain_make(client);
	refused(client, FR, SCHEME("EXTERNAL_MANAGED"),
		"The backend service 'be' has the load balancing scheme EXTERNAL.");
	go_forward(client);
	client_make(client, "PATCH", FR, SCHEME("EXTERNAL_MANAGED"));
	refused(client, BE, BACK, "must be rolled back first");
	client_make(client, "PATCH", BE, ADVANCED);
	refused(client, FR, SCHEME("EXTERNAL"), "'be' uses features");
	client_make(client, "PATCH", BE, "{\"outlierDetection\":null}");
	client_make(client, "PATCH", FR, SCHEME("EXTERNAL"));
	client_make(client, "PATCH", BE, STATE("null"));
	refused(client, BE, SCHEME("EXTERNAL"), "Must be set to TEST_ALL_TRAFFIC");
	client_make(client, "PATCH", BE, BACK);
	client_make(client, "PATCH", BE, STATE("\"PREPARE\""));
	client_make(client, "PATCH", BE, STATE("null"));
	assert_string_equal(text_of(client, BE, "loadBalancingScheme"), "EXTERNAL");
}

static void the_map_of_a_classic_rule_has_no_advanced_rules(void **state)
{
	struct client *client = *state;

	chain_make(client);
	go_forward(client);
	refused(client, P "global/urlMaps/map", "{\"headerAction\":{\"requestHeadersToRemove\":[\"x\"]}}",
		"Advanced routing rules are not supported");
	client_make(client, "PATCH", FR, SCHEME("EXTERNAL_MANAGED"));
	client_make(client, "PATCH", P "global/urlMaps/map", "{\"headerAction\":{\"requestHeadersToRemove\":[\"x\"]}}");
	refused(client, FR, SCHEME("EXTERNAL"), "'map' uses features");
	client_make(client, "POST", P "global/backendServices",
		"{\"name\":\"classic\",\"loadBalancingScheme\":\"EXTERNAL\",\"healthChecks\":[\"global/healthChecks/"
		"hc\"]}");
	refused(client, P "global/urlMaps/map",
		"{\"headerAction\":null,\"defaultService\":\"global/backendServices/classic\"}",
		"EXTERNAL_MANAGED leads here");
}

/* Within 90 days, and only what came that way. */
static void the_way_back_closes(void **state)
{
	struct client *client = *state;

	chain_make(client);
	go_forward(client);
	client_pass(client, (int64_t)91 * DAY);
	refused(client, BE, BACK, "within the last 90 days");
	client_make(client, "POST", P "global/backendServices",
		"{\"name\":\"born\",\"loadBalancingScheme\":\"EXTERNAL_MANAGED\"}");
	refused(client, P "global/backendServices/born", BACK, "within the last 90 days");
}

/* What the state of a rule says is said of the buckets behind it. */
static void buckets_go_with_the_rule(void **state)
{
#define BUCKETS(state) "{\"externalManagedBackendBucketMigrationState\":" state "}"
	struct client *client = *state;

	chain_make(client);
	client_make(client, "POST", P "global/backendBuckets", "{\"name\":\"site\",\"bucketName\":\"my-site\"}");
	client_make(client, "PATCH", P "global/urlMaps/map",
		"{\"hostRules\":[{\"hosts\":[\"*\"],\"pathMatcher\":\"m\"}],\"pathMatchers\":[{\"name\":\"m\","
		"\"defaultService\":"
		"\"global/backendBuckets/site\"}]}");
	go_forward(client);
	refused(client, FR, SCHEME("EXTERNAL_MANAGED"), "until the migration state is set to TEST_ALL_TRAFFIC");
	client_make(client, "PATCH", FR, BUCKETS("\"PREPARE\""));
	client_make(client, "PATCH", FR, BUCKETS("\"TEST_ALL_TRAFFIC\""));
	client_make(client, "PATCH", FR, SCHEME("EXTERNAL_MANAGED"));
	client_make(client, "PATCH", FR, BUCKETS("null"));
	refused(client, FR, SCHEME("EXTERNAL"), "Must be set to TEST_ALL_TRAFFIC");
	client_make(client, "PATCH", FR,
		"{\"loadBalancingScheme\":\"EXTERNAL\",\"externalManagedBackendBucketMigrationState\":\"TEST_ALL_"
		"TRAFFIC\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(each_state_after_the_other),
		EMULATOR_TEST(given_up_half_way),
		EMULATOR_TEST(rules_and_what_is_behind_them),
		EMULATOR_TEST(the_map_of_a_classic_rule_has_no_advanced_rules),
		EMULATOR_TEST(the_way_back_closes),
		EMULATOR_TEST(buckets_go_with_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

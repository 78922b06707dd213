/* From the classic load balancer to the global one, and back: step by step, each for its time, and never without a front. */
#include <string.h>

#include "sim/script.h"

enum { STEP_S = 300, PATCH_S = 45, SECOND = 1000 }; /* a patch takes so long at most, which is part of the step */

#define SCHEME(scheme, more)                                                                                           \
	"\"frontend\":{\"loadBalancingScheme\":\"" scheme                                                              \
	"\",\"migration\":{\"stepSec\":300,\"testingPercentage\":25" more "}}"
#define CLASSIC SCHEME("EXTERNAL", "")
#define MANAGED SCHEME("EXTERNAL_MANAGED", "")

static void stands(struct world *world, const char *object)
{
	world->at_rest = true;
	start_with(world, object);
	check_ready(world, KEY);
	check_settled(world);
	world->at_rest = false;
}

/* "EXTERNAL", "EXTERNAL PREPARE", "EXTERNAL_MANAGED" of a backend service, in the arena. What the cloud still shows of a state of one that
 * has arrived means nothing. */
static char *step_of(const cJSON *service)
{
	const char *scheme = json_text_or(service, "loadBalancingScheme", "?");
	const char *state = json_text_or(service, "externalManagedMigrationState", "");

	if (!state[0] || text_equal(scheme, "EXTERNAL_MANAGED"))
		return arena_strdup(json_arena(), scheme);
	return arena_printf(json_arena(), "%s %s", scheme, state);
}

static const char *rule_scheme(struct world *world)
{
	return json_text_or(world_list(world, "global/forwardingRules")->child, "loadBalancingScheme", "none");
}

/* Are all services in that step? Meanwhile there is a rule at every moment. */
static bool all_are(struct world *world, const char *step)
{
	JSON_WORK(work);
	const cJSON *service;

	if (text_equal(rule_scheme(world), "none"))
		world_complain(world, "no rule at all before %s", step);
	cJSON_ArrayForEach(service, world_list(world, "global/backendServices"))
	{
		if (!text_equal(step_of(service), step))
			return false;
	}
	return true;
}

/* Waits for it, second by second, and complains when it comes sooner than after the time of a step. */
static void check_step(struct world *world, const char *step, bool timed)
{
	int64_t passed = 0;

	for (; passed < LONG && !all_are(world, step); passed += SECOND)
		world_run(world, SECOND);
	if (passed >= LONG)
		world_complain(world, "the services never come to %s", step);
	if (timed && passed < (STEP_S - PATCH_S) * SECOND)
		world_complain(world, "%s comes after %d s", step, (int)(passed / SECOND));
}

static void check_rule(struct world *world, const char *scheme, bool timed)
{
	int64_t passed = 0;

	for (; passed < LONG; passed += SECOND) {
		JSON_WORK(work);

		if (text_equal(rule_scheme(world), scheme))
			break;
		world_run(world, SECOND);
	}
	if (passed >= LONG)
		world_complain(world, "the rule never gets %s", scheme);
	if (timed && passed < (STEP_S - PATCH_S) * SECOND)
		world_complain(world, "the rule gets %s after %d s", scheme, (int)(passed / SECOND));
}

static void check_no_trace(struct world *world)
{
	JSON_WORK(work);
	const cJSON *service;

	cJSON_ArrayForEach(service, world_list(world, "global/backendServices"))
	{
		if (strstr(json_text_or(service, "description", ""), "since"))
			world_complain(world, "a note is left: %s", json_text(service, "description"));
	}
}

static void go_forward(struct world *world)
{
	check_step(world, "EXTERNAL PREPARE", false);
	check_step(world, "EXTERNAL TEST_BY_PERCENTAGE", true);
	check_step(world, "EXTERNAL TEST_ALL_TRAFFIC", true);
	check_step(world, "EXTERNAL_MANAGED", true);
	check_rule(world, "EXTERNAL_MANAGED", true);
	check_ready(world, KEY);
	check_settled(world);
	check_no_trace(world);
}

static void go_back(struct world *world)
{
	check_rule(world, "EXTERNAL", false);
	check_step(world, "EXTERNAL TEST_ALL_TRAFFIC", true);
	check_step(world, "EXTERNAL TEST_BY_PERCENTAGE", true);
	check_step(world, "EXTERNAL PREPARE", true);
	check_step(world, "EXTERNAL", true);
	check_ready(world, KEY);
	check_settled(world);
	check_no_trace(world);
}

/* There, told at each step; with a controller that is gone in between; and back. */
void migrate(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," CLASSIC));
	apiserver_edit(&world->api, KEY, "{" MANAGED "}");
	check_reason(world, KEY, "Migrating", "to EXTERNAL_MANAGED, step PREPARE: all requests are served by EXTERNAL");
	check_reason(world, KEY, "Migrating", "25% of the requests are served by EXTERNAL_MANAGED; next step at ");
	if (!world->kill_at && !world->silent_at) {
		check_event(world, "Migrating", "step TEST_BY_PERCENTAGE: 25% of the requests");
		world_kill(world);
		world_run(world, 20 * SECOND);
		world_start(world);
	}
	check_reason(world, KEY, "Migrating", "step TEST_ALL_TRAFFIC");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_no_trace(world);
	apiserver_edit(&world->api, KEY, "{" CLASSIC "}");
	check_reason(world, KEY, "Migrating", "to EXTERNAL, ");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_no_trace(world);
}

/* Each step takes its time, in both directions. */
void migrate_steps(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," CLASSIC));
	apiserver_edit(&world->api, KEY, "{" MANAGED "}");
	go_forward(world);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{" CLASSIC "}");
	go_back(world);
	check_rest(world, 1, 1);
}

#define TWO                                                                                                            \
	"\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":\"default\"},{\"name\":"      \
	"\"v2\"}]}],"                                                                                                  \
	"\"backends\":[{\"name\":\"v2\"}],\"routes\":[{\"name\":\"all\",\"pathRules\":[{\"name\":\"v2\",\"paths\":["   \
	"\"/v2/*\"],"                                                                                                  \
	"\"backend\":\"v2\"}]}]"

static void check_share(struct world *world, int percent)
{
	JSON_WORK(work);
	const cJSON *service;

	cJSON_ArrayForEach(service, world_list(world, "global/backendServices"))
	{
		if (json_int(service, "externalManagedMigrationTestingPercentage", -1) != percent)
			world_complain(world, "not %d%%: %s", percent, json_print(service));
	}
}

/* Two services, held in a step for as long as the spec says; then given up. */
void migrate_held(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," TWO "," CLASSIC));
	apiserver_edit(&world->api, KEY, "{" SCHEME("EXTERNAL_MANAGED", ",\"holdAt\":\"TEST_BY_PERCENTAGE\"") "}");
	check_reason(world, KEY, "Migrating", "held there by spec.frontend.migration.holdAt");
	check_step(world, "EXTERNAL TEST_BY_PERCENTAGE", false);
	check_share(world, 25);
	world_run(world, 30 * MINUTE);
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"migration\":{\"testingPercentage\":75}}}");
	world_run(world, 2 * MINUTE);
	check_share(world, 75);
	check_step(world, "EXTERNAL TEST_BY_PERCENTAGE", false);
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"loadBalancingScheme\":\"EXTERNAL\",\"migration\":null}}");
	check_step(world, "EXTERNAL PREPARE", false);
	check_ready(world, KEY);
	check_step(world, "EXTERNAL", false);
	check_settled(world);
	check_no_trace(world);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{" MANAGED "}");
	go_forward(world);
	check_rest(world, 1, 1);
}

#define FEATURES                                                                                                       \
	",\"serving\":{\"sessionAffinity\":\"HEADER_FIELD\",\"localityLbPolicy\":\"RING_HASH\",\"consistentHash\":"    \
	"{\"httpHeaderName\":\"x-user\"}},\"routes\":[{\"name\":\"all\",\"routeRules\":[{\"priority\":1,"              \
	"\"matchRules\":[{"                                                                                            \
	"\"prefixMatch\":\"/v1/"                                                                                       \
	"\",\"headerMatches\":[{\"headerName\":\"x-canary\",\"exactMatch\":\"1\"}]}],\"backend\":"                     \
	"\"default\"}]}]"
#define NO_FEATURES                                                                                                    \
	",\"serving\":{\"sessionAffinity\":\"NONE\",\"localityLbPolicy\":null,\"consistentHash\":null},\"routes\":"    \
	"null"

/* What only the new scheme has is asked for in the same edit: it comes when it may, and goes in time. */
void migrate_features(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," CLASSIC));
	apiserver_edit(&world->api, KEY, "{" MANAGED FEATURES "}");
	go_forward(world);
	{
		JSON_WORK(work);
		const cJSON *map = world_list(world, "global/urlMaps")->child;

		if (!json_has(map, "pathMatchers[0].routeRules") ||
			!json_has(world_list(world, "global/backendServices")->child, "consistentHash"))
			world_complain(world, "what the new scheme has did not come");
	}
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{" CLASSIC NO_FEATURES "}");
	go_back(world);
	check_rest(world, 1, 1);
}

#define SITE                                                                                                           \
	",\"backends\":[{\"name\":\"site\",\"bucket\":{\"bucketName\":\"my-site\"}}],\"routes\":[{\"name\":\"web\","   \
	"\"backend\":\"site\",\"pathRules\":[{\"name\":\"model\",\"paths\":[\"/v1/*\"],\"backend\":\"default\"}]"
#define PAGES                                                                                                          \
	",\"customErrorResponsePolicy\":{\"errorBackend\":\"site\",\"errorResponseRules\":[{\"matchResponseCodes\":["  \
	"\"5xx\"],\"path\":\"/busy.html\"}]}"

/* The state of the buckets behind the rule; what is shown of one that has arrived means nothing. */
static bool buckets_are(struct world *world, const char *state)
{
	JSON_WORK(work);
	const cJSON *rule = world_list(world, "global/forwardingRules")->child;

	return text_equal(json_text(rule, "loadBalancingScheme"), "EXTERNAL") &&
	       text_equal(json_text_or(rule, "externalManagedBackendBucketMigrationState", ""), state);
}

static void check_buckets(struct world *world, const char *state)
{
	int64_t passed = 0;

	for (; passed < LONG && !buckets_are(world, state); passed += SECOND)
		world_run(world, SECOND);
	if (passed >= LONG)
		world_complain(world, "the buckets never come to \"%s\"", state);
}

/* Buckets have no scheme: their rule walks for them, before it changes its own, and after it is back. */
void migrate_buckets(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," CLASSIC SITE "}]"));
	apiserver_edit(&world->api, KEY, "{" MANAGED SITE PAGES "}]}");
	check_buckets(world, "PREPARE");
	check_buckets(world, "TEST_BY_PERCENTAGE");
	check_buckets(world, "TEST_ALL_TRAFFIC");
	check_rule(world, "EXTERNAL_MANAGED", true);
	check_ready(world, KEY);
	check_settled(world);
	check_no_trace(world);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{" CLASSIC SITE "}]}");
	check_buckets(world, "TEST_ALL_TRAFFIC");
	check_buckets(world, "TEST_BY_PERCENTAGE");
	check_buckets(world, "PREPARE");
	check_buckets(world, "");
	check_ready(world, KEY);
	check_settled(world);
	check_no_trace(world);
	check_rest(world, 1, 1);
}

/* What was born so can't become classic: the cloud says no, and a person must. */
void migrate_born(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	apiserver_edit(&world->api, KEY, "{" CLASSIC "}");
	check_reason(world, KEY, "InvalidSpec", "within the last 90 days");
	check_message(world, KEY, "spec.frontend.loadBalancingScheme");
	check_stalled(world, KEY);
	world_run(world, 30 * MINUTE);
	if (!all_are(world, "EXTERNAL_MANAGED"))
		world_complain(world, "something changed all the same");
	apiserver_edit(&world->api, KEY, "{" MANAGED "}");
	check_ready(world, KEY);
	check_settled(world);
	check_no_trace(world);
}

/* A front is added while another one migrates, and a backend, too. */
void migrate_grows(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," CLASSIC));
	make_certificate(world, "web");
	apiserver_edit(&world->api, KEY, "{" MANAGED "}");
	check_step(world, "EXTERNAL TEST_BY_PERCENTAGE", false);
	apiserver_edit(&world->api, KEY,
		"{\"frontend\":{\"tls\":{\"httpPolicy\":\"Serve\",\"certificates\":[{\"name\":\"web\","
		"\"sslCertificate\":\"web\"}]}}," TWO "}");
	check_ready(world, KEY);
	check_settled(world);
	{
		JSON_WORK(work);
		const cJSON *rule;

		cJSON_ArrayForEach(rule, world_list(world, "global/forwardingRules"))
		{
			if (!text_equal(json_text(rule, "loadBalancingScheme"), "EXTERNAL_MANAGED"))
				world_complain(world, "a rule stays behind");
		}
		if (!all_are(world, "EXTERNAL_MANAGED"))
			world_complain(world, "a service stays behind");
	}
	world->more = (struct more){.https_proxies = 1, .rules = 1};
	check_rest(world, 1, 1);
}

#define OTHER                                                                                                          \
	"\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":\"default\"},{\"name\":"      \
	"\"v1\"}]}],\"backends\":[{\"name\":\"v1\",\"serving\":{\"localityLbPolicy\":\"LEAST_REQUEST\"}}],\"routes\":" \
	"["                                                                                                            \
	"{\"name\":\"all\",\"routeRules\":[{\"priority\":1,\"matchRules\":[{\"prefixMatch\":\"/v1/\"}],\"backend\":"   \
	"\"v1\"}]}]"

/* Backends come and go in the edit that asks for another scheme, and with them what only one scheme has. */
void migrate_exchanges(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," TWO "," CLASSIC));
	apiserver_edit(&world->api, KEY, "{" OTHER "," MANAGED "}");
	check_rule(world, "EXTERNAL_MANAGED", false);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_no_trace(world);
	apiserver_edit(&world->api, KEY, "{" TWO "," CLASSIC "}");
	check_rule(world, "EXTERNAL", false);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_step(world, "EXTERNAL", false);
	check_no_trace(world);
}

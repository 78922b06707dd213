/* tflb-sim-calls NAME: what becomes of calls and operations, in the whole controller. NAME is refusals (every row of the table of
 * errors), refusals.ROW, or one of the scripts below. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/refusals.h"
#include "sim/script.h"

#define GOOD "projects/good-project"
#define BAD "projects/bad-project"
#define FAULTS "/emulator/v1/faults"
#define WORLD "/emulator/v1/world"
#define IN_PROJECT(project, name)                                                                                      \
	"{\"apiVersion\":\"tflb.dev/"                                                                                  \
	"v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"namespace\":\"default\",\"name\":"                     \
	"\"" name "\"},\"spec\":{\"project\":\"" project "\"," TEMPLATE "," POOL "}}"

static void fault(struct world *world, const char *text)
{
	world_do(world, "POST", FAULTS, text);
	if (world->direct_status != 200)
		world_complain(world, "the fault is not taken: %s", world->own_direct);
}

static void faults_end(struct world *world)
{
	world_do(world, "DELETE", FAULTS, NULL);
}

static int64_t emulated(const struct world *world)
{
	return world->loop.now_ms - world->born_ms;
}

cJSON *requests(struct world *world, const char *method, const char *path)
{
	cJSON *found = cJSON_CreateArray();
	const cJSON *item;

	cJSON_ArrayForEach(item,
		json_member(json_parse_text(world_cloud(world, "GET", "/emulator/v1/requests", NULL)), "requests"))
	{
		if (text_equal(json_text(item, "method"), method) && fnmatch(path, json_text(item, "path"), 0) == 0)
			json_add(found, json_copy(item));
	}
	return found;
}

/* --- operations --- */

/* Long polls are told that there is no such operation: everything is read again, and made once. */
static void vanished(struct world *world)
{
	world->meddled = true;
	fault(world, "{\"path\":\"*/operations/*/"
		     "wait\",\"count\":12,\"answer\":{\"status\":404,\"reason\":\"notFound\",\"message\":"
		     "\"The resource 'projects/my-project/global/operations/operation-1' was not found\"}}");
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_delete(&world->api, KEY);
	check_gone(world, KEY);
	judge_nothing(world);
}

/* An operation that does not end holds up what depends on it, and nobody else; it is told, and when it ends all goes on. */
static void endless(struct world *world)
{
	world->meddled = true;
	fault(world, "{\"method\":\"POST\",\"path\":\"*/global/urlMaps\",\"count\":1,\"operation\":{\"never\":true}}");
	start_with(world, SEED_OBJECT);
	world_run(world, 5 * MINUTE);
	check_reason(world, KEY, "Creating", "of 10 resources are there");
	apiserver_apply(&world->api, OBJECT("default", "other", TEMPLATE "," POOL));
	check_ready(world, "default/other");
	check_reason(world, KEY, "Waiting", "URL map");
	check_message(world, KEY, "an operation on it may still be running");
	faults_end(world);
	check_ready(world, KEY);
	check_rest(world, 2, 2);
}

/* The same for a change and for a deletion. */
static void endless_change(struct world *world)
{
	world->meddled = true;
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	fault(world, "{\"method\":\"PATCH\",\"path\":\"*/global/healthChecks/"
		     "*\",\"count\":1,\"operation\":{\"never\":true}}");
	apiserver_edit(&world->api, KEY, "{\"healthCheck\":{\"requestPath\":\"/healthz\"}}");
	world_run(world, 35 * MINUTE);
	check_reason(world, KEY, "Waiting", "health check");
	faults_end(world);
	check_ready(world, KEY);
	fault(world,
		"{\"method\":\"DELETE\",\"path\":\"*/global/urlMaps/*\",\"count\":1,\"operation\":{\"never\":true}}");
	apiserver_delete(&world->api, KEY);
	world_run(world, 35 * MINUTE);
	check_reason(world, KEY, "Waiting", "URL map");
	faults_end(world);
	check_gone(world, KEY);
	judge_nothing(world);
}

static bool same_id(const cJSON *a, const cJSON *b)
{
	const char *one = strstr(json_text_or(a, "query", ""), "requestId="),
		   *other = strstr(json_text_or(b, "query", ""), "requestId=");

	return one && other && strncmp(one, other, strlen("requestId=") + 36) == 0;
}

/* The cloud takes the insert, its answer is lost: asked again by the same requestId, it tells of the operation that it began. */
static void answer_lost(struct world *world)
{
	fault(world, "{\"method\":\"POST\",\"path\":\"*/global/backendServices\",\"count\":2,\"dropAfter\":true}");
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	{
		JSON_WORK(work);
		const cJSON *sent = requests(world, "POST", "*/global/backendServices");

		if (cJSON_GetArraySize(sent) != 3)
			world_complain(world, "%d inserts were sent", cJSON_GetArraySize(sent));
		for (int i = 1; i < cJSON_GetArraySize(sent); i++) {
			if (!same_id(cJSON_GetArrayItem(sent, 0), cJSON_GetArrayItem(sent, i)))
				world_complain(world, "insert %d has another requestId", i);
		}
	}
}

/* So long that we give up asking: then the resource itself is looked for, and found. */
static void answers_lost(struct world *world)
{
	world->meddled = true;
	fault(world, "{\"method\":\"POST\",\"path\":\"*/global/backendServices\",\"count\":4,\"dropAfter\":true}");
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_delete(&world->api, KEY);
	fault(world, "{\"method\":\"DELETE\",\"path\":\"*/global/backendServices/*\",\"count\":4,\"dropAfter\":true}");
	check_gone(world, KEY);
	judge_nothing(world);
}

/* The operation that was found again fails. */
static void lost_and_failed(struct world *world)
{
	world->meddled = true;
	world_do(world, "POST", WORLD,
		"{\"quota\":{\"project\":\"my-project\",\"metric\":\"BACKEND_SERVICES\",\"limit\":0}}");
	fault(world, "{\"method\":\"POST\",\"path\":\"*/global/backendServices\",\"count\":1,\"dropAfter\":true}");
	start_with(world, SEED_OBJECT);
	check_reason(world, KEY, "QuotaExceeded", "BACKEND_SERVICES");
	world_do(world, "POST", WORLD,
		"{\"quota\":{\"project\":\"my-project\",\"metric\":\"BACKEND_SERVICES\",\"limit\":null}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* More operations than there are long polls: the rest is found in filtered lists, each once. */
static void crowd(struct world *world)
{
	enum { OBJECTS = 40 };

	world_start(world);
	for (int i = 0; i < OBJECTS; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "%s,\"replicas\":1,%s"), i, TEMPLATE, POOL);

		apiserver_apply(&world->api, object);
	}
	check_rest(world, OBJECTS, OBJECTS);
	{
		JSON_WORK(work);
		const cJSON *lists = requests(world, "GET", "*/global/operations"), *item;

		if (cJSON_GetArraySize(lists) == 0)
			world_complain(world, "no operation was looked for in a list");
		cJSON_ArrayForEach(item, lists)
		{
			if (!strstr(json_text_or(item, "query", ""), "filter=name") &&
				!strstr(json_text_or(item, "query", ""), "orderBy="))
				world_complain(world, "a list that is not filtered: %s", json_text(item, "query"));
		}
	}
}

/* Health that may not be read is told, and asked for slowly. */
static void health_denied(struct world *world)
{
	int before;

	world->meddled = true;
	start_with(world, SEED_OBJECT);
	fault(world, "{\"method\":\"POST\",\"path\":\"*/getHealth\",\"count\":-1,\"answer\":{\"status\":403,\"reason\":"
		     "\"forbidden\",\"message\":\"Required 'compute.backendServices.get' permission for "
		     "'projects/my-project/global/backendServices/b'\"}}");
	check_reason(world, KEY, "PermissionDenied", "can't be read");
	check_message(world, KEY, "Grant compute.backendServices.get");
	check_stalled(world, KEY);
	world_run(world, 5 * MINUTE);
	{
		JSON_WORK(work);
		before = cJSON_GetArraySize(requests(world, "POST", "*/getHealth"));
	}
	world_run(world, 10 * MINUTE);
	{
		JSON_WORK(work);
		int asked = cJSON_GetArraySize(requests(world, "POST", "*/getHealth")) - before;

		if (asked < 5 || asked > 15)
			world_complain(world, "asked %d times in ten minutes", asked);
	}
	faults_end(world);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

#define ROUTED(test)                                                                                                   \
	"{\"routes\":[{\"name\":\"all\",\"pathRules\":[{\"name\":\"old\",\"paths\":[\"/old/*\"],\"urlRedirect\":{"     \
	"\"pathRedirect\":\"/new\"}}]}],\"routeTests\":[{\"name\":\"moved\",\"host\":\"a.example.com\",\"path\":"      \
	"\"/old/x\"," test "}]}"
#define TRIED(answer) "{\"method\":\"POST\",\"path\":\"*/validate\",\"count\":-1,\"answer\":{" answer "}}"

/* Routes that may not be tried are judged when they are written. */
static void trial_denied(struct world *world)
{
	world->meddled = true;
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	fault(world, TRIED("\"status\":403,\"reason\":\"forbidden\",\"message\":\"Required 'compute.urlMaps.validate' "
			   "permission for 'projects/my-project/global/urlMaps/m'\""));
	apiserver_edit(&world->api, KEY, ROUTED("\"backend\":\"default\""));
	check_reason(world, KEY, "InvalidSpec", "spec.routeTests");
	apiserver_edit(&world->api, KEY, ROUTED("\"expectedRedirectResponseCode\":301"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* As long as it is not known what the cloud thinks of them, nothing is written. */
static void trial_late(struct world *world)
{
	uint64_t writes;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	fault(world, TRIED("\"status\":503,\"reason\":\"backendError\",\"message\":\"Backend Error\""));
	writes = world->cloud_writes;
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"timeoutSec\":99}}");
	apiserver_edit(&world->api, KEY, ROUTED("\"expectedRedirectResponseCode\":301"));
	world_run(world, 3 * MINUTE);
	check_no_writes(world, writes);
	faults_end(world);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* Machines that the cloud can't make: the group keeps trying, and says why. */
static void machines_refused(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	world_do(world, "POST", WORLD,
		"{\"quota\":{\"project\":\"my-project\",\"region\":\"us-central1\",\"metric\":\"CPUS\",\"limit\":12}}");
	apiserver_edit(&world->api, KEY, "{\"replicas\":5}");
	check_reason(world, KEY, "MachinesFailing", "CPUS");
	check_message(world, KEY, "https://console.cloud.google.com/iam-admin/quotas?project=my-project");
	check_message(world, KEY, "pool tf: machine ");
	world_do(world, "POST", WORLD,
		"{\"quota\":{\"project\":\"my-project\",\"region\":\"us-central1\",\"metric\":\"CPUS\",\"limit\":null}"
		"}");
	check_ready(world, KEY);
	world_do(world, "POST", WORLD, "{\"stockout\":{\"zone\":\"us-central1-a\",\"on\":true}}");
	apiserver_edit(&world->api, KEY, "{\"replicas\":12}");
	check_reason(world, KEY, "StockOut", "us-central1-a");
	check_message(world, KEY, "spec.pools[].zone");
	world_do(world, "POST", WORLD, "{\"stockout\":{\"zone\":\"us-central1-a\",\"on\":false}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* What was refused is tried at once when the object is edited. */
static void edited(struct world *world)
{
	JSON_WORK(work);
	int64_t at, after;
	const cJSON *sent;

	world->meddled = true;
	fault(world,
		"{\"method\":\"POST\",\"path\":\"*/global/backendServices\",\"count\":1,\"answer\":{\"status\":403,"
		"\"reason\":\"quotaExceeded\",\"message\":\"Quota 'BACKEND_SERVICES' exceeded.  Limit: 5.0 "
		"globally.\"}}");
	start_with(world, SEED_OBJECT);
	check_reason(world, KEY, "QuotaExceeded", "BACKEND_SERVICES");
	world_run(world, MINUTE);
	at = emulated(world);
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"timeoutSec\":60}}");
	world_run(world, 5000);
	sent = cJSON_GetArrayItem(requests(world, "POST", "*/global/backendServices"), 1);
	after = json_int(sent, "time", INT64_MAX / 2) - at;
	if (after > 500)
		world_complain(world, "tried %lld ms after the edit", (long long)after);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* --- one project, and another --- */

/* Machines answer when they will; what is asked is when all resources are there. */
static int64_t time_to_programmed(uint64_t seed, const char *trouble)
{
	struct world world;
	int64_t took;

	world_init(&world, seed);
	if (trouble) {
		fault(&world, trouble);
		for (int i = 0; i < 5; i++) {
			AUTO_FREE char *bad = mem_printf(IN_PROJECT("bad-project", "bad%d"), i);

			apiserver_apply(&world.api, bad);
		}
	}
	world_start(&world);
	world_run(&world, 30000);
	took = emulated(&world);
	apiserver_apply(&world.api, IN_PROJECT("good-project", "good"));
	while (!is_true(&world, "default/good", "Programmed") && emulated(&world) < LONG)
		world_run(&world, 10);
	took = emulated(&world) - took;
	world_done(&world);
	return took;
}

/* A project in trouble delays another one by nothing: the time from an object to its resources is the same without it. */
static void check_isolated(struct world *world, const char *trouble)
{
	enum { SEEDS = 3 };
	int64_t alone = 0, beside = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		alone += time_to_programmed(seed, NULL);
		beside += time_to_programmed(seed, trouble);
	}
	printf("Programmed after %.2f s alone, after %.2f s beside a project in trouble\n",
		(double)alone / SEEDS / 1000, (double)beside / SEEDS / 1000);
	if (llabs(beside - alone) > SEEDS * 100 || alone > SEEDS * 5 * MINUTE)
		world_complain(world, "%lld ms alone, %lld ms beside the other", (long long)alone, (long long)beside);
}

static void beside_refused(struct world *world)
{
	check_isolated(world, "{\"path\":\"*/projects/bad-project/"
			      "*\",\"count\":-1,\"answer\":{\"status\":403,\"reason\":\"rateLimitExceeded\","
			      "\"message\":\"Rate Limit Exceeded\"}}");
}

static void beside_refused_for_good(struct world *world)
{
	check_isolated(world, "{\"path\":\"*/projects/bad-project/"
			      "*\",\"count\":-1,\"answer\":{\"status\":403,\"reason\":\"forbidden\","
			      "\"message\":\"Required 'compute.x.y' permission for 'projects/bad-project'\"}}");
}

static void beside_broken(struct world *world)
{
	check_isolated(world, "{\"path\":\"*/projects/bad-project/"
			      "*\",\"count\":-1,\"answer\":{\"status\":503,\"reason\":\"backendError\","
			      "\"message\":\"Backend Error\"}}");
}

/* Each of its answers takes longer than we wait for it. */
static void beside_slow(struct world *world)
{
	int64_t asked;

	fault(world, "{\"path\":\"*/projects/bad-project/*\",\"count\":-1,\"delayMs\":150000}");
	for (int i = 0; i < 30; i++) {
		AUTO_FREE char *bad = mem_printf(IN_PROJECT("bad-project", "bad%d"), i);

		apiserver_apply(&world->api, bad);
	}
	world_start(world);
	world_run(world, MINUTE);
	asked = emulated(world);
	apiserver_apply(&world->api, IN_PROJECT("good-project", "good"));
	check_ready(world, "default/good");
	{
		JSON_WORK(work);
		const cJSON *first = cJSON_GetArrayItem(requests(world, "POST", "*/good-project/global/addresses"), 0);

		if (json_int(first, "time", INT64_MAX) - asked > 200)
			world_complain(world, "the first insert was sent after %lld ms",
				(long long)(json_int(first, "time", 0) - asked));
	}
}

/* Far more operations of one project run, and do not end, than there are long polls: those of another have theirs all the same. */
static void beside_endless(struct world *world)
{
	fault(world, "{\"method\":\"POST\",\"path\":\"*/projects/bad-project/global/"
		     "*\",\"count\":-1,\"operation\":{\"never\":true}}");
	for (int i = 0; i < 30; i++) {
		AUTO_FREE char *bad = mem_printf(IN_PROJECT("bad-project", "bad%d"), i);

		apiserver_apply(&world->api, bad);
	}
	world_start(world);
	world_run(world, MINUTE);
	apiserver_apply(&world->api, IN_PROJECT("good-project", "good"));
	check_ready(world, "default/good");
	{
		JSON_WORK(work);

		if (cJSON_GetArraySize(requests(world, "GET", "*/bad-project/global/operations")) == 0)
			world_complain(world, "the long polls were not all taken");
		if (cJSON_GetArraySize(requests(world, "GET", "*/good-project/*/operations")) > 0)
			world_complain(world, "an operation of the other project had no long poll");
	}
}

static void apply_large(struct world *world, int number, int pools)
{
	AUTO_STR struct str text = {0};

	for (int i = 0; i < pools; i++)
		str_addf(&text, "%s{\"name\":\"p%d\",\"zone\":\"us-central1-a\",\"replicas\":1}", i ? "," : "", i);
	AUTO_FREE char *large =
		mem_printf(OBJECT("default", "large%d", "%s,\"pools\":[%s]"), number, TEMPLATE, str_text(&text));
	apiserver_apply(&world->api, large);
}

/* Objects of many pools and a small one, in one project: the small one's calls do not stand behind the many. */
static void beside_large(struct world *world)
{
	enum { LARGE = 2, POOLS = 32 };

	world_start(world);
	for (int i = 0; i < LARGE; i++)
		apply_large(world, i, POOLS);
	world_run(world, 500); /* their inserts stand in line, for seconds */
	apiserver_apply(&world->api, OBJECT("default", "small", TEMPLATE "," POOL));
	world_run(world, 20000);
	{
		JSON_WORK(work);
		const cJSON *address = cJSON_GetArrayItem(requests(world, "POST", "*/global/addresses"), LARGE);
		const cJSON *templates = requests(world, "POST", "*/instanceTemplates"), *item;
		int later = 0;

		cJSON_ArrayForEach(item, templates) later +=
			json_int(item, "number", 0) > json_int(address, "number", INT64_MAX);
		if (later < LARGE * POOLS / 2)
			world_complain(world, "only %d of %d templates came after the small one's address", later,
				LARGE * POOLS);
	}
}

/* Every list of the project takes half a minute; an edit is sent as soon as it is seen. */
static void edit_during_sweep(struct world *world)
{
	int64_t edited;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	fault(world, "{\"method\":\"GET\",\"path\":\"*/global/*s\",\"count\":-1,\"delayMs\":30000}");
	fault(world, "{\"method\":\"GET\",\"path\":\"*/aggregated/*\",\"count\":-1,\"delayMs\":30000}");
	world_run(world, 70000);
	edited = emulated(world);
	apiserver_edit(&world->api, KEY, "{\"healthCheck\":{\"requestPath\":\"/healthz\"}}");
	world_run(world, 5000);
	{
		JSON_WORK(work);
		const cJSON *sent = cJSON_GetArrayItem(requests(world, "PATCH", "*/healthChecks/*"), 0);
		int64_t after = json_int(sent, "time", INT64_MAX / 2) - edited;

		if (after > 300)
			world_complain(world, "the edit was sent %lld ms after it was made", (long long)after);
	}
	faults_end(world);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

bool run_alone(const char *name, void (*script)(struct world *world, const void *arg), const void *arg)
{
	struct world world;
	size_t complaints;

	world_init(&world, 1);
	script(&world, arg);
	complaints = world.complaints.count;
	for (size_t i = 0; i < complaints; i++)
		printf("  %s: %s\n", name, (char *)world.complaints.own_items[i]);
	world_done(&world);
	return complaints == 0;
}

static void run_scenario_script(struct world *world, const void *arg)
{
	((const struct scenario *)arg)->script(world);
}

static const struct scenario scripts[] = {
	{"vanished", vanished},
	{"endless", endless},
	{"endless-change", endless_change},
	{"answer-lost", answer_lost},
	{"answers-lost", answers_lost},
	{"lost-and-failed", lost_and_failed},
	{"crowd", crowd},
	{"health-denied", health_denied},
	{"trial-denied", trial_denied},
	{"trial-late", trial_late},
	{"machines-refused", machines_refused},
	{"edited", edited},
	{"beside-refused", beside_refused},
	{"beside-refused-for-good", beside_refused_for_good},
	{"beside-broken", beside_broken},
	{"beside-slow", beside_slow},
	{"beside-endless", beside_endless},
	{"beside-large", beside_large},
	{"edit-during-sweep", edit_during_sweep},
	{"seldom", seldom},
};

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (text_equal(name, "refusals"))
		return !refusals_run(NULL);
	if (text_starts(name, "refusals."))
		return !refusals_run(name + strlen("refusals."));
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (text_equal(name, scripts[i].name))
			return !run_alone(name, run_scenario_script, &scripts[i]);
	}
	fprintf(stderr, "tflb-sim-calls: no script %s\n", name);
	return 2;
}

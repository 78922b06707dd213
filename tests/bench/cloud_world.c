/* bench-cloud [--short|--largest]: what tests/bench/cloud prints of calls and time, one row a line: NAME, a tab, FIGURE. All of it is in
 * virtual time: the whole controller against the emulator's core, whose operations take as long as the reference says. The same
 * seeds give the same figures, however busy the machine is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "gce/budget.h"
#include "sim/example.h"
#include "sim/script.h"

enum {
	ROUND_TRIP_MS = 2 * WORLD_LATENCY_MS,
	STEP_MS = 10,
	SEEDS = 20, /* a sweep may fall into any part of a creation, and then less has to be read */
	CHAINS = 250,
	SHORT_CHAINS = 40,
	REST_MINUTES = 10,
	LARGE_LONG = 180 * MINUTE,
	DRIFTS = 40, /* each on a health check of its own */
	HAND_OVERS = 12,
	QUOTA = 1500, /* calls a minute */
	BURST = 20,   /* writes that may leave at once, as budget.h has it */
	OPERATIONS_MAX = 16384,
};

/* The seven-resource example of deploy/examples/tflb.yaml. */
static const char example[] = OBJECT("default", "tf",
	"\"replicas\":3,\"template\":{\"machineType\":\"n1-standard-4\",\"image\":\"" IMAGE
	"\"},\"pools\":[{\"name\":\"tf\",\"zone\":\"us-central1-a\",\"baseInstanceName\":\"tf-instance\"}],"
	"\"healthCheck\":{\"type\":\"HTTP\",\"port\":80,\"requestPath\":\"/\"},"
	"\"frontend\":{\"loadBalancingScheme\":\"EXTERNAL\",\"port\":80}");

/* What the controller asked the cloud for. */
struct counts {
	unsigned own, health, groups, lists, refused;
};

static struct counts counts;
static const char *awaited; /* part of a path; NULL: none */
static bool came;           /* a write to it */

static bool ends_with_one_of(const char *path, const char *const *ends)
{
	for (; *ends; ends++)
		if (text_ends(path, *ends))
			return true;
	return false;
}

/* A list has the name of a collection at its end, a read of one resource that of the resource. */
static bool is_list(const struct fake_call *call)
{
	static const char *const collections[] = {"/urlMaps", "/backendServices", "/backendBuckets", "/healthChecks",
		"/instanceTemplates", "/instanceGroupManagers", "/instanceGroups", "/autoscalers", "/targetHttpProxies",
		"/targetHttpsProxies", "/sslPolicies", "/forwardingRules", "/addresses", "/firewalls",
		"/sslCertificates", "/aggregated/operations", NULL}; /* the last is one of a census */
	return text_equal(call->method, "GET") && ends_with_one_of(call->path, collections);
}

static bool on_call(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	static const char *const views[] = {"/listManagedInstances", "/listErrors", NULL};
	counts.refused += answer->status == 403;
	if (text_ends(call->path, "/getHealth"))
		counts.health++;
	else if (is_list(call))
		counts.lists++;
	else if (ends_with_one_of(call->path, views) ||
		 (text_equal(call->method, "GET") && strstr(call->path, "/instanceGroupManagers/")))
		counts.groups++;
	else
		counts.own++;
	if (awaited && !text_equal(call->method, "GET") && strstr(call->path, awaited))
		came = true;
	return false;
}

/* The smallest quota known of each sort of calls (gce-compute-v1.md section 14.1). */
static void set_quotas(struct world *world)
{
	static const char *const metrics[] = {"read_requests", "list_requests", "operation_read_requests",
		"heavy_weight_read_requests", "global_writes", "read_requests_per_region", "list_requests_per_region",
		"operation_read_requests_per_region", "heavy_weight_read_requests_per_region", "writes_per_region",
		"default_per_region"};
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
		AUTO_FREE char *change =
			mem_printf("{\"rate\":{\"project\":\"my-project\",\"metric\":\"%s\",\"perMinute\":%d}}",
				metrics[i], QUOTA);
		world_do(world, "POST", "/emulator/v1/world", change);
	}
}

static void open(struct world *world, uint64_t seed)
{
	world_init(world, seed);
	set_quotas(world);
	world->spoil = on_call;
	world->spoil_left = INT32_MAX;
	counts = (struct counts){0};
	world_start(world);
	world_run(world, 5000);
}

static void row(const char *name, double figure)
{
	printf("%s\t%.3f\n", name, figure);
	fflush(stdout);
}

static void progress(const char *text, size_t number, size_t of)
{
	printf("... %s: %zu of %zu\n", text, number, of);
	fflush(stdout);
}

/* Objects of which a plan found everything as wanted, as read after the last write. Their status says so at the pace of statuses. */
static size_t as_wanted(const struct world *world)
{
	return controller_counted(world->replicas[0].controller).programmed;
}

/* --- operations, and how long they have to take --- */

struct operation {
	char target[256]; /* path of the resource */
	int64_t began, ended;
	int64_t after; /* the longest path of operations that end with its end */
	int64_t tail;  /* the longest path of those that can only follow it, itself included */
};

struct operations {
	struct operation items[OPERATIONS_MAX];
	size_t count;
};

static int64_t ms_of(const char *text)
{
	int64_t us = 0;
	bool good = text && time_parse(text, &us);
	if (!good)
		abort();
	return us / 1000;
}

static int by_beginning(const void *a, const void *b)
{
	const struct operation *one = a, *other = b;
	return (one->began > other->began) - (one->began < other->began);
}

/* Those that are done, in the order in which they began. */
static void operations_read(struct world *world, struct operations *operations)
{
	JSON_WORK(work);
	AUTO_FREE char *state = emulator_state(world->emulator);
	const cJSON *item;
	operations->count = 0;
	cJSON_ArrayForEach(item, json_member(json_parse_text(state), "operations"))
	{
		const char *target = json_text_or(item, "targetLink", "");
		const char *path = strstr(target, "/projects/");
		if (!text_equal(json_text(item, "status"), "DONE") || !path || operations->count == OPERATIONS_MAX)
			continue;
		struct operation *operation = &operations->items[operations->count++];
		*operation = (struct operation){
			.began = ms_of(json_text(item, "insertTime")), .ended = ms_of(json_text(item, "endTime"))};
		text_copy(operation->target, sizeof(operation->target), path);
	}
	qsort(operations->items, operations->count, sizeof(*operations->items), by_beginning);
}

/* What a resource of one collection refers to. */
static bool refers(const char *from, const char *to)
{
	static const char *const pairs[][2] = {{"/instanceGroupManagers/", "/instanceTemplates/"},
		{"/instanceGroupManagers/", "/healthChecks/"}, {"/instanceGroups/", "/instanceGroupManagers/"},
		{"/backendServices/", "/healthChecks/"}, {"/backendServices/", "/instanceGroupManagers/"},
		{"/urlMaps/", "/backendServices/"}, {"/targetHttpProxies/", "/urlMaps/"},
		{"/forwardingRules/", "/targetHttpProxies/"}, {"/forwardingRules/", "/addresses/"}};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (strstr(from, pairs[i][0]) && strstr(to, pairs[i][1]))
			return true;
	return false;
}

/* "tflb-IDIDIDID" of a path; NULL: none. */
static const char *chain_of(const char *path)
{
	return strstr(path, "/tflb-");
}

static bool same_chain(const char *a, const char *b)
{
	const char *one = chain_of(a), *other = chain_of(b);
	return one && other && strncmp(one, other, strlen("/tflb-12345678")) == 0;
}

/* Could `later` only begin when `earlier` had ended? What was over by then, and is of the same resource or referred to. */
static bool follows(const struct operation *later, const struct operation *earlier)
{
	return earlier->ended <= later->began && same_chain(later->target, earlier->target) &&
	       (text_equal(later->target, earlier->target) || refers(later->target, earlier->target));
}

/* Fills the paths; returns the longest. */
static int64_t longest_path(struct operations *operations)
{
	int64_t longest = 0;
	for (size_t i = 0; i < operations->count; i++) {
		struct operation *operation = &operations->items[i];
		operation->after = 0;
		for (size_t j = 0; j < i; j++)
			if (operations->items[j].after > operation->after && follows(operation, &operations->items[j]))
				operation->after = operations->items[j].after;
		operation->after += operation->ended - operation->began;
		if (operation->after > longest)
			longest = operation->after;
	}
	for (size_t i = operations->count; i-- > 0;) {
		struct operation *operation = &operations->items[i];
		operation->tail = 0;
		for (size_t j = i + 1; j < operations->count; j++)
			if (operations->items[j].tail > operation->tail && follows(&operations->items[j], operation))
				operation->tail = operations->items[j].tail;
		operation->tail += operation->ended - operation->began;
	}
	return longest;
}

static int by_tail(const void *a, const void *b)
{
	const struct operation *one = a, *other = b;
	return (other->tail > one->tail) - (other->tail < one->tail);
}

/* No schedule is faster: writes leave at the budget's rate, each is followed by its tail, and those with long tails go first. */
static int64_t bound(struct operations *operations)
{
	int64_t longest = longest_path(operations);
	double rate = budget_full_rate(GCE_WRITE);
	size_t global = 0;
	qsort(operations->items, operations->count, sizeof(*operations->items), by_tail);
	for (size_t i = 0; i < operations->count; i++) {
		if (!strstr(operations->items[i].target, "/global/") || ++global <= BURST)
			continue;
		int64_t least = (int64_t)((double)(global - BURST) / rate * 1000) + operations->items[i].tail;
		if (least > longest)
			longest = least;
	}
	return longest;
}

/* --- one chain --- */

struct chain {
	double create, remove; /* calls, on average */
	double dead_ms, ratio; /* of the worst */
};

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* Looked at every step_ms; false after an hour. */
static bool until_as_wanted(struct world *world, int64_t step_ms)
{
	size_t count = world->api.objects.count;
	for (int64_t until = world->loop.now_ms + 60 * MINUTE; world->loop.now_ms < until; world_run(world, step_ms)) {
		if (as_wanted(world) == count)
			return true;
		if (count > 1 && world->loop.now_ms % (30 * 1000) < step_ms)
			progress("chains as wanted", as_wanted(world), count);
	}
	return false;
}

static bool one_chain(uint64_t seed, struct operations *operations, struct chain *chains)
{
	struct world world;
	open(&world, seed);
	unsigned before = counts.own;
	int64_t began = world.loop.now_ms;
	apiserver_apply(&world.api, example);
	bool good = until_as_wanted(&world, STEP_MS);
	double wall = (double)(world.loop.now_ms - began);
	unsigned create = counts.own - before;
	operations_read(&world, operations);
	double path = (double)longest_path(operations);
	good = good && world_until_settled(&world, LONG);
	before = counts.own;
	apiserver_delete(&world.api, KEY);
	good = good && world_until_gone(&world, KEY, LONG);
	chains->create += (double)create / SEEDS;
	chains->remove += (double)(counts.own - before) / SEEDS;
	chains->dead_ms = larger(chains->dead_ms, wall - path);
	chains->ratio = larger(chains->ratio, wall / path);
	world_done(&world);
	return good;
}

static bool chain_rows(struct operations *operations)
{
	struct chain chains = {0};
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		if (!one_chain(seed, operations, &chains))
			return false;
		if (seed % 5 == 0)
			progress("chains created and deleted", seed, SEEDS);
	}
	row("create", chains.create);
	row("delete", chains.remove);
	row("dead-time", chains.dead_ms);
	row("dead-time-goal", 300 + 6 * ROUND_TRIP_MS);
	row("path-ratio", chains.ratio);
	return true;
}

/* --- many --- */

static void apply_many(struct world *world, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *object = mem_printf(
			OBJECT("default", "tf-%zu",
				TEMPLATE ",\"replicas\":1,\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-%c\"}]"),
			i, "abcf"[i % 4]);
		apiserver_apply(&world->api, object);
	}
}

static bool many_rows(size_t chains, struct operations *operations)
{
	struct world world;
	open(&world, 1);
	int64_t began = world.loop.now_ms;
	apply_many(&world, chains);
	bool good = until_as_wanted(&world, 100);
	double wall = (double)(world.loop.now_ms - began);
	operations_read(&world, operations);
	double least = (double)bound(operations);
	row("many", (double)chains);
	row("many-s", wall / 1000);
	row("many-bound-s", least / 1000);
	row("many-ratio", wall / least);
	row("many-refused", counts.refused);
	good = good && world_until_settled(&world, LONG);
	world_run(&world, 2 * MINUTE);
	struct counts before = counts;
	for (int minute = 1; minute <= REST_MINUTES; minute++) {
		world_run(&world, MINUTE);
		progress("minutes of rest", (size_t)minute, REST_MINUTES);
	}
	row("lists-a-minute", (double)(counts.lists - before.lists) / REST_MINUTES);
	row("own-at-rest", (double)(counts.own - before.own) / REST_MINUTES);
	row("groups-at-rest", (double)(counts.groups - before.groups) / REST_MINUTES);
	row("health-a-minute", (double)(counts.health - before.health) / REST_MINUTES);
	world_done(&world);
	return good;
}

/* --- the largest example --- */

/* What it costs to make, change and delete it, and what it would have to: of each resource that comes, changes or goes one write and one
 * look at its operation, of each image that templates are made of one look-up, and of routes one trial. */
enum { LARGE_LOOKUPS = 1, LARGE_TRIALS = 1 }; /* every machine of it runs Container-Optimized OS */

static const char *const large_collections[] = {"global/addresses", "global/firewalls", "global/healthChecks",
	"global/instanceTemplates", "aggregated/instanceGroupManagers", "aggregated/autoscalers",
	"global/backendServices", "global/backendBuckets", "global/urlMaps", "global/targetHttpProxies",
	"global/targetHttpsProxies", "global/sslPolicies", "global/sslCertificates", "global/forwardingRules"};

static size_t count_of(struct world *world, const char *collection)
{
	JSON_WORK(work);
	size_t count = 0;
	const cJSON *item;
	cJSON_ArrayForEach(item, world_list(world, collection))
	{
		bool is_place = cJSON_IsArray(item->child); /* of an aggregated list */
		count += is_place ? (size_t)cJSON_GetArraySize(item->child) : json_has(item, "name");
	}
	return count;
}

static size_t resources(struct world *world)
{
	size_t count = 0;
	for (size_t i = 0; i < sizeof(large_collections) / sizeof(*large_collections); i++)
		count += count_of(world, large_collections[i]);
	return count;
}

static void large_act(const char *name, unsigned calls, size_t bound)
{
	AUTO_FREE char *measured = mem_printf("large-%s", name);
	AUTO_FREE char *least = mem_printf("large-%s-bound", name);
	row(measured, calls);
	row(least, (double)bound);
}

static bool settles(struct world *world, const char *key)
{
	world_run(world, MINUTE);
	return world_until_ready(world, key, LARGE_LONG) && world_until_settled(world, LONG);
}

/* Edits of its front and its routes. Each write has a look at its operation; what is written alone is read once more. */
static bool traffic_rows(struct world *world, const char *key)
{
	static const struct {
		const char *name, *edit;
		size_t bound;
	} acts[] = {
		/* a trial, the map, a look at it */
		{"weights",
			"{\"routes\":[{\"name\":\"api\",\"hosts\":[\"vision.example.com\"],\"backend\":\"site\","
			"\"routeRules\":["
			"{\"priority\":20,\"matchRules\":[{\"prefixMatch\":\"/v1/"
			"\"}],\"weightedBackends\":[{\"backend\":"
			"\"default\",\"weight\":50},{\"backend\":\"v2\",\"weight\":50}]}]}]}",
			4},
		/* two rules come, two go */
		{"port", "{\"frontend\":{\"port\":8080}}", 8},
		/* one comes, the proxy shows both, its new fingerprint is read, it shows the new one, a look at it, the old one goes */
		{"certificate",
			"{\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"managed\",\"domains\":[\"vision.example."
			"com\","
			"\"api.example.com\"]}]}}}",
			10},
	};
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		unsigned before = counts.own;
		apiserver_edit(&world->api, key, acts[i].edit);
		if (!settles(world, key))
			return false;
		large_act(acts[i].name, counts.own - before, acts[i].bound);
	}
	return true;
}

static bool large_rows(void)
{
	JSON_WORK(work);
	static const char key[] = "default/vision";
	struct world world;
	open(&world, 1);
	apiserver_policy(&world.api, "all", ALL_ALLOWED);
	world_run(&world, 5000);
	unsigned before = counts.own;
	apiserver_apply(&world.api, json_print(example_read(TFLB_SOURCE_DIR "/deploy/examples/vision.yaml")));
	bool good = until_as_wanted(&world, STEP_MS);
	size_t made = resources(&world);
	large_act("create", counts.own - before, 2 * made + LARGE_LOOKUPS + LARGE_TRIALS);
	good = good && settles(&world, key) && traffic_rows(&world, key);
	before = counts.own;
	apiserver_edit(&world.api, key, "{\"template\":{\"disk\":{\"diskSizeGb\":200}}}");
	good = good && settles(&world, key);
	size_t rolled = resources(&world) - made + count_of(&world, "aggregated/instanceGroupManagers");
	large_act("rollout", counts.own - before, 2 * rolled);
	size_t left = resources(&world);
	before = counts.own;
	apiserver_delete(&world.api, key);
	good = good && world_until_gone(&world, key, LONG) && resources(&world) == 0;
	large_act("delete", counts.own - before, 2 * left);
	world_done(&world);
	return good;
}

/* --- drift --- */

/* Somebody changes a health check; how long until the controller writes to it. -1: it did not. */
static int64_t drift(struct world *world, const char *name, unsigned port)
{
	AUTO_FREE char *path = mem_printf("global/healthChecks/%s", name);
	AUTO_FREE char *body = mem_printf("{\"httpHealthCheck\":{\"port\":%u}}", port);
	awaited = path; /* a sweep may see it before whoever made it knows that it is done */
	came = false;
	world_cloud(world, "PATCH", path, body);
	int64_t began = world->loop.now_ms;
	while (!came && world->loop.now_ms < began + 10 * MINUTE)
		world_run(world, STEP_MS);
	awaited = NULL;
	return came ? world->loop.now_ms - began : -1;
}

static bool drift_rows(void)
{
	struct world world;
	double most = 0, sum = 0;
	open(&world, 1);
	apply_many(&world, DRIFTS);
	bool good = until_as_wanted(&world, 1000) && world_until_settled(&world, LONG);
	for (unsigned i = 0; good && i < DRIFTS; i++) {
		JSON_WORK(work);
		const cJSON *checks = world_list(&world, "global/healthChecks");
		const cJSON *check = cJSON_GetArrayItem(checks, (int)(i));
		/* Every phase between two sweeps is met. */
		world_run(&world, 90 * 1000 + (int64_t)i * 1300);
		int64_t took = drift(&world, json_text_or(check, "name", ""), 9000 + i);
		good = took >= 0;
		most = larger(most, (double)took);
		sum += (double)took;
		if (i % 10 == 9)
			progress("changes by hand that were seen", i + 1, DRIFTS);
	}
	row("drift-most-s", most / 1000);
	row("drift-mean-s", sum / DRIFTS / 1000);
	world_done(&world);
	return good;
}

/* --- another replica takes over --- */

static bool ends_within(struct world *world, const struct replica *leader, int64_t limit_ms)
{
	for (int64_t until = world->loop.now_ms + limit_ms; leader->controller && world->loop.now_ms < until;)
		world_run(world, STEP_MS);
	return !leader->controller;
}

static bool another_leads(struct world *world, const struct replica *leader)
{
	for (int64_t until = world->loop.now_ms + MINUTE; world->loop.now_ms < until; world_run(world, STEP_MS)) {
		const struct replica *now = replica_leader(world);
		if (now && now != leader)
			return true;
	}
	return false;
}

/* The leader ends in the middle of an update, each time at another moment, by SIGTERM or by SIGKILL. */
static bool hand_overs(void (*end)(struct replica *replica), double *stop_ms, double *most_ms)
{
	struct world world;
	*stop_ms = *most_ms = 0;
	world_init(&world, 1);
	world.replica_count = 2;
	world.election = true;
	world_start(&world);
	apiserver_apply(&world.api, example);
	bool good = world_until_ready(&world, KEY, LONG);
	for (int round = 0; good && round < HAND_OVERS; round++) {
		JSON_WORK(work);
		apiserver_edit(&world.api, KEY,
			arena_printf(json_arena(), "{\"template\":{\"machineType\":\"n1-standard-%d\"}}",
				round % 2 ? 4 : 8));
		world_run(&world, round * 311);
		struct replica *leader = replica_leader(&world);
		int64_t began = world.loop.now_ms;
		end(leader);
		good = ends_within(&world, leader, MINUTE);
		int64_t ended = world.loop.now_ms;
		good = good && another_leads(&world, leader);
		*stop_ms = larger(*stop_ms, (double)(ended - began));
		*most_ms = larger(*most_ms, (double)(world.led_since - ended));
		world_start(&world);
		good = good && world_until_ready(&world, KEY, LONG);
	}
	world_done(&world);
	return good;
}

static bool hand_over_rows(void)
{
	double stop, clean, killed, crash;
	if (!hand_overs(replica_stop, &stop, &clean) || !hand_overs(replica_kill, &killed, &crash))
		return false;
	row("stop-s", stop / 1000);
	row("clean-taken-over-s", clean / 1000);
	row("crash-taken-over-s", crash / 1000);
	return true;
}

int main(int count, char **arguments)
{
	bool is_short = count > 1 && text_equal(arguments[1], "--short");
	if (count > 1 && text_equal(arguments[1], "--largest"))
		return large_rows() ? EXIT_SUCCESS : EXIT_FAILURE;
	struct operations *operations = mem_alloc(sizeof(*operations));
	bool good = chain_rows(operations) && large_rows() && drift_rows() && hand_over_rows() &&
	            many_rows(is_short ? SHORT_CHAINS : CHAINS, operations);
	if (!good)
		fputs("bench-cloud: the chains did not get as far as they had to\n", stderr);
	mem_free(operations);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

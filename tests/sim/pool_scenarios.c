/* Scripts about pools: their sizes, and who says them. */
#include <string.h>

#include "sim/script.h"

#define CPU "{\"name\":\"cpu\",\"zone\":\"us-central1-a\""
#define SCALED(bounds) "{\"pools\":[" CPU ",\"autoscaling\":{" bounds "}}]}"

static char *group_name(struct world *world, const char *zone)
{
	return first_name(world, arena_printf(json_arena(), "zones/%s/instanceGroupManagers", zone));
}

static int64_t status_number(const struct world *world, const char *path)
{
	return json_int(apiserver_get(&world->api, KEY), path, -1);
}

static void check_size(struct world *world, const char *zone, int size)
{
	JSON_WORK(work);

	judge_machines(world, zone, size);
	if (status_number(world, "status.pools[0].targetReplicas") != size)
		world_complain(world, "status tells of %d machines instead of %d",
			(int)status_number(world, "status.pools[0].targetReplicas"), size);
}

/* As much CPU as so many tenths of a machine have. */
static void load(struct world *world, const char *zone, int tenths)
{
	JSON_WORK(work);

	world_do(world, "POST", "/emulator/v1/world",
		arena_printf(json_arena(), "{\"load\":{\"group\":\"%s\",\"signal\":\"cpu\",\"sum\":%d.%d}}",
			group_name(world, zone), tenths / 10, tenths % 10));
	world_run(world, 10 * MINUTE);
	check_ready(world, KEY);
}

/* A pool that is given to an autoscaler keeps its size; the autoscaler changes it and nobody else, also where the pool moves; then it
 * is given a size again. */
void autoscale(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, SCALED("\"minReplicas\":2,\"maxReplicas\":6"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 3);
	apiserver_edit(&world->api, KEY, "{\"updatePolicy\":{\"maxSurge\":{\"percent\":50}}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	load(world, "us-central1-a", 28); /* of 0.6 each */
	check_size(world, "us-central1-a", 5);
	apiserver_edit(&world->api, KEY,
		SCALED("\"minReplicas\":1,\"maxReplicas\":4,\"cpuUtilization\":{\"predictiveMethod\":\"OPTIMIZE_"
		       "AVAILABILITY\"},\"scalingSchedules\":[{\"name\":\"night\",\"schedule\":\"0 "
		       "22 * "
		       "* *\",\"durationSec\":600,\"minRequiredReplicas\":2}]"));
	check_ready(world, KEY);
	world_run(world, 10 * MINUTE);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 4);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-f\",\"autoscaling\":{\"minReplicas\":1,"
		"\"maxReplicas\":4}}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 0);
	check_size(world, "us-central1-f", 4);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-f\"}],\"replicas\":2}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-f", 2);
	check_nothing_refused(world);
}

/* Born with an autoscaler, which somebody changes and then deletes; gone with everything else. */
void autoscaler_drift(struct world *world)
{
	JSON_WORK(work);
	const cJSON *policy;
	char *path;

	start_with(
		world, OBJECT("default", "tf",
			       TEMPLATE ",\"pools\":[" CPU ",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":6}}]"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 2);
	path = first_name(world, "zones/us-central1-a/autoscalers");
	world_do(world, "PATCH", arena_printf(json_arena(), "zones/us-central1-a/autoscalers?autoscaler=%s", path),
		"{\"autoscalingPolicy\":{\"maxNumReplicas\":9,\"scalingSchedules\":{\"x\":{\"schedule\":\"0 1 * * "
		"*\",\"durationSec\":600,\"minRequiredReplicas\":1}}}}");
	world_run(world, 3 * MINUTE);
	check_rest(world, 1, 1);
	path = arena_printf(json_arena(), "zones/us-central1-a/autoscalers/%s", path);
	policy = json_member(json_parse_text(world_cloud(world, "GET", path, NULL)), "autoscalingPolicy");
	if (json_int(policy, "maxNumReplicas", 0) != 6 || json_has(policy, "scalingSchedules"))
		world_complain(world, "a changed autoscaler was not put back");
	world_do(world, "DELETE", path, NULL);
	world_run(world, 3 * MINUTE);
	check_rest(world, 1, 1);
	check_ready(world, KEY);
	check_deleted(world, KEY);
}

#define REGIONAL(more) "{\"pools\":[{\"name\":\"cpu\",\"region\":\"us-central1\"" more "}]}"

static void stock(struct world *world, const char *zone, bool empty)
{
	JSON_WORK(work);

	world_do(world, "POST", "/emulator/v1/world",
		arena_printf(
			json_arena(), "{\"stockout\":{\"zone\":\"%s\",\"on\":%s}}", zone, empty ? "true" : "false"));
}

static int count_in_region(struct world *world)
{
	static const char *const letters[] = {"a", "b", "c", "f"};
	int count = 0;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		char *path = arena_printf(json_arena(), "zones/us-central1-%s/instances", letters[i]);

		count += cJSON_GetArraySize(world_list(world, path));
	}
	return count;
}

static void check_in_region(struct world *world, int count)
{
	JSON_WORK(work);
	int found = count_in_region(world);

	if (found != count)
		world_complain(world, "%d machines in the region instead of %d", found, count);
}

/* From a zone to its region, grown, rolled, put elsewhere when a zone has no stock, given to an autoscaler, and back to a zone. */
void regional(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, REGIONAL(""));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_in_region(world, 3);
	judge_machines(world, "us-central1-b", 1);
	apiserver_edit(&world->api, KEY, "{\"replicas\":5,\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_in_region(world, 5);
	stock(world, "us-central1-a", true);
	apiserver_edit(
		&world->api, KEY, REGIONAL(",\"zones\":[\"us-central1-a\",\"us-central1-b\"],\"targetShape\":\"ANY\""));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-b", 5);
	stock(world, "us-central1-a", false);
	apiserver_edit(&world->api, KEY,
		REGIONAL(",\"zones\":[\"us-central1-a\",\"us-central1-b\"],\"autoscaling\":{\"minReplicas\":2,"
			 "\"maxReplicas\":9}"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_in_region(world, 5);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"}],\"replicas\":2}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 2);
	check_in_region(world, 2);
	check_nothing_refused(world);
}

/* One zone of three has nothing: that is said, with the zone, and the others serve. */
void regional_stock_out(struct world *world)
{
	JSON_WORK(work);

	stock(world, "us-central1-c", true);
	start_with(
		world, OBJECT("default", "tf", TEMPLATE ",\"pools\":[{\"name\":\"cpu\",\"region\":\"us-central1\"}]"));
	if (!world_until_ready(world, KEY, LONG))
		world_complain(world, "two of three zones don't serve");
	world_run(world, 2 * MINUTE);
	if (!text_equal(json_text(apiserver_get(&world->api, KEY), "status.pools[0].errors[0].zone"), "us-central1-c"))
		world_complain(world, "the zone without stock is not told of");
	stock(world, "us-central1-c", false);
	check_ready(world, KEY);
	world_run(world, 10 * MINUTE);
	check_rest(world, 1, 1);
	check_in_region(world, 3);
}

/* The first of the pool's errors has these, and the message for people has the words, until the machines are there. */
static void check_trouble(
	struct world *world, const char *reason, const char *code, const char *words, const char *way_out)
{
	JSON_WORK(work);
	const cJSON *error;
	const char *machine;

	check_reason(world, KEY, reason, words);
	check_message(world, KEY, way_out);
	error = json_at(apiserver_get(&world->api, KEY), "status.pools[0].errors[0]");
	machine = json_text_or(error, "machine", "");
	if (!text_equal(json_text(error, "zone"), "us-central1-a") || !text_equal(json_text(error, "code"), code) ||
		!text_starts(machine, "tf-cpu-"))
		world_complain(world, "told of the machine: %s", json_print(error));
	check_message(world, KEY, machine);
	check_message(world, KEY, "us-central1-a");
}

/* Machines that can't be made for a while: where, which, why, and what to do about it; meanwhile the group goes on trying. */
void machine_troubles(struct world *world)
{
	stock(world, "us-central1-a", true);
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_trouble(world, "StockOut", "ZONE_RESOURCE_POOL_EXHAUSTED", "does not have enough resources",
		"spec.pools[].region");
	world_do(world, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"region\":\"us-central1\",\"metric\":\"CPUS\",\"limit\":0}}");
	stock(world, "us-central1-a", false);
	check_trouble(world, "MachinesFailing", "QUOTA_EXCEEDED", "Quota 'CPUS' exceeded",
		"https://console.cloud.google.com/iam-admin/quotas?project=my-project");
	world_do(world, "POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"region\":\"us-central1\",\"metric\":\"CPUS\",\"limit\":null}"
		"}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 3);
	check_nothing_refused(world);
}

static int count_of_type(struct world *world, const char *type)
{
	const cJSON *machine;
	int count = 0;

	cJSON_ArrayForEach(machine, world_list(world, "zones/us-central1-a/instances")) count +=
		text_ends(json_text_or(machine, "machineType", ""), type);
	return count;
}

#define CHOICE(selections)                                                                                             \
	REGIONAL(",\"zones\":[\"us-central1-a\"],\"targetShape\":\"ANY\",\"instanceFlexibilityPolicy\":{"              \
		 "\"instanceSelections\":[" selections "]}")

/* Of several types the best that there is; another choice is for machines to come; then a workload policy, which takes other groups. */
void flexible(struct world *world)
{
	JSON_WORK(work);

	world_cloud(world, "POST", "/emulator/v1/world",
		"{\"stockout\":{\"zone\":\"us-central1-a\",\"machineType\":\"n2-standard-8\"}}");
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY,
		CHOICE("{\"name\":\"best\",\"machineTypes\":[\"n2-standard-8\"],\"rank\":1},{\"name\":\"rest\","
		       "\"machineTypes\":[\"n1-standard-8\"],\"rank\":2}"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (count_of_type(world, "/n1-standard-8") != 3)
		world_complain(world, "machines are not of the type that there is");
	world_cloud(world, "POST", "/emulator/v1/world",
		"{\"stockout\":{\"zone\":\"us-central1-a\",\"machineType\":\"n2-standard-8\",\"on\":false}}");
	apiserver_edit(&world->api, KEY, CHOICE("{\"name\":\"best\",\"machineTypes\":[\"n2-standard-8\"]}"));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"replicas\":5}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (count_of_type(world, "/n1-standard-8") != 3 || count_of_type(world, "/n2-standard-8") != 2)
		world_complain(world, "another choice is not for machines to come");
	apiserver_edit(&world->api, KEY, REGIONAL(",\"zones\":[\"us-central1-a\"],\"workloadPolicy\":\"w\""));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (count_of_type(world, "/n1-standard-4") != 5)
		world_complain(world, "without a choice the template's type counts");
	check_nothing_refused(world);
}

static int count_with_status(struct world *world, const char *status)
{
	const cJSON *machine;
	int count = 0;

	cJSON_ArrayForEach(machine, world_list(world, "zones/us-central1-a/instances")) count +=
		text_equal(json_text(machine, "status"), status);
	return count;
}

static void check_standing_by(struct world *world, int suspended, int stopped)
{
	JSON_WORK(work);
	int found = count_with_status(world, "SUSPENDED"), still = count_with_status(world, "TERMINATED");

	if (found != suspended || still != stopped)
		world_complain(world, "%d machines are suspended and %d stopped, instead of %d and %d", found, still,
			suspended, stopped);
}

/* Machines that stand by count as none of the pool's; one is called when the pool grows, all are renewed with it, and then they go. */
void standby(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf",
				  TEMPLATE ",\"pools\":[" CPU
					   ",\"standbyPolicy\":{\"mode\":\"SCALE_OUT_POOL\",\"initialDelaySec\":60,"
					   "\"targetSuspendedSize\":1,\"targetStoppedSize\":2}}]"));
	check_ready(world, KEY);
	world_run(world, 10 * MINUTE);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 3);
	check_standing_by(world, 1, 2);
	if (status_number(world, "status.replicas") != 3)
		world_complain(world, "machines that stand by are told as the pool's");
	apiserver_edit(&world->api, KEY, "{\"replicas\":4,\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	world_run(world, 20 * MINUTE);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 4);
	check_standing_by(world, 1, 2);
	apiserver_edit(&world->api, KEY, "{\"pools\":[" CPU "}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_standing_by(world, 0, 0);
	check_nothing_refused(world);
}

static char *address_of_first(struct world *world)
{
	const cJSON *first = world_list(world, "zones/us-central1-a/instances")->child;

	return arena_printf(json_arena(), "%s %s", json_text_or(first, "name", ""),
		json_text_or(first, "networkInterfaces[0].networkIP", ""));
}

/* From an autoscaled pool to one whose machines keep names and addresses through an update, and back. */
void stateful(struct world *world)
{
	JSON_WORK(work);
	char *before;

	start_with(
		world, OBJECT("default", "tf",
			       TEMPLATE ",\"pools\":[" CPU ",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":3}}]"));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[" CPU
		",\"replicas\":2,\"statefulPolicy\":{\"disks\":[{\"deviceName\":\"persistent-disk-0\"}],"
		"\"internalIPs\":[{\"interfaceName\":\"nic0\"}]}}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	before = address_of_first(world);
	apiserver_edit(&world->api, KEY,
		"{\"template\":{\"image\":\"projects/debian-cloud/global/images/family/debian-12\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (!text_equal(before, address_of_first(world)))
		world_complain(world, "a machine became %s instead of %s", address_of_first(world), before);
	apiserver_edit(
		&world->api, KEY, "{\"pools\":[" CPU ",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":3}}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_nothing_refused(world);
}

#define TWO(first)                                                                                                     \
	"{\"pools\":[" CPU first "},{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":2,\"capacity\":{"          \
	"\"maxRatePerInstance\":\"2.5\"}}]}"

static double scaler_of(struct world *world, const char *zone)
{
	const char *path =
		arena_printf(json_arena(), "global/backendServices/%s", first_name(world, "global/backendServices"));
	const cJSON *service = json_parse_text(world_cloud(world, "GET", path, NULL)), *backend;

	cJSON_ArrayForEach(backend, json_member(service, "backends"))
	{
		if (strstr(json_text_or(backend, "group", ""), zone))
			return json_member(backend, "capacityScaler")->valuedouble;
	}
	return -1;
}

/* A pool is drained beside another, and takes traffic again; no machine of it is touched. */
void drain(struct world *world)
{
	JSON_WORK(work);
	char *machine;

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, TWO(""));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	apiserver_edit(&world->api, KEY, TWO(",\"capacity\":{\"capacityScalerPercent\":0}"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines(world, "us-central1-a", 3);
	if (scaler_of(world, "us-central1-a") != 0 || scaler_of(world, "us-central1-b") != 1)
		world_complain(world, "the pool is not drained");
	machine = arena_strdup(json_arena(),
		json_text_or(world_list(world, "zones/us-central1-a/instances")->child, "name", "no machine"));
	apiserver_edit(
		&world->api, KEY, TWO(",\"capacity\":{\"capacityScalerPercent\":50,\"preference\":\"PREFERRED\"}"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	if (scaler_of(world, "us-central1-a") != 0.5)
		world_complain(world, "the pool takes no half of its traffic");
	if (!strstr(world_cloud(world, "GET", "zones/us-central1-a/instances", NULL), machine))
		world_complain(world, "%s is gone", machine);
	check_nothing_refused(world);
}

static bool is_behind(struct world *world, const char *zone)
{
	const char *path =
		arena_printf(json_arena(), "global/backendServices/%s", first_name(world, "global/backendServices"));

	return strstr(
		json_print(json_member(json_parse_text(world_cloud(world, "GET", path, NULL)), "backends")), zone);
}

/* The group of the zone leaves the load balancer; its machines are there for almost as long as requests may take, and then go. */
static void check_drained(struct world *world, const char *zone, int machines)
{
	JSON_WORK(work);
	int64_t until = world->loop.now_ms + LONG;

	while (is_behind(world, zone) && world->loop.now_ms < until)
		world_run(world, MINUTE / 12);
	world_run(world, 3 * MINUTE);
	judge_machines(world, zone, machines);
	if (!strstr(json_print(json_at(apiserver_get(&world->api, KEY), "status.resources")), "have 240 s to end"))
		world_complain(world, "nobody says why machines in %s are still there", zone);
	check_ready(world, KEY);
	world_run(world, 4 * MINUTE);
	judge_machines(world, zone, 0);
	check_rest(world, 1, 1);
}

/* Of a pool that goes, and of one that moves. */
void drained_first(struct world *world)
{
	start_with(world,
		OBJECT("default", "tf",
			TEMPLATE ",\"serving\":{\"drainingTimeoutSec\":240},\"pools\":[" CPU
				 ",\"replicas\":1},{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":2}]"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	apiserver_edit(&world->api, KEY, "{\"pools\":[" CPU ",\"replicas\":1}]}");
	check_drained(world, "us-central1-b", 2);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-c\",\"replicas\":1}]}");
	check_drained(world, "us-central1-a", 1);
	check_nothing_refused(world);
}

/* Machines that the load balancer has and finds healthy. */
static int healthy_behind(struct world *world)
{
	const char *path =
		arena_printf(json_arena(), "global/backendServices/%s", first_name(world, "global/backendServices"));
	const cJSON *service = json_parse_text(world_cloud(world, "GET", path, NULL)), *backend, *item;
	int healthy = 0;

	cJSON_ArrayForEach(backend, json_member(service, "backends"))
	{
		const char *answer = world_cloud(world, "POST", arena_printf(json_arena(), "%s/getHealth", path),
			arena_printf(json_arena(), "{\"group\":\"%s\"}", json_text_or(backend, "group", "")));

		cJSON_ArrayForEach(item, json_member(json_parse_text(answer), "healthStatus")) healthy +=
			text_equal(json_text(item, "healthState"), "HEALTHY");
	}
	return healthy;
}

/* So many at least serve at each moment after the edit. */
static void check_served(struct world *world, const char *pools, int least)
{
	int64_t until = world->loop.now_ms + 15 * MINUTE;
	int fewest = INT32_MAX;

	apiserver_edit(&world->api, KEY, pools);
	do {
		JSON_WORK(work);
		int healthy = healthy_behind(world);

		fewest = healthy < fewest ? healthy : fewest;
		world_run(world, MINUTE / 12);
	} while (world->loop.now_ms < until);
	if (fewest < least)
		world_complain(world, "only %d machines served at a time, not %d: %s", fewest, least, pools);
}

#define OTHER(name, zone) "{\"name\":\"" name "\",\"zone\":\"" zone "\",\"replicas\":3}"

#define NO_MACHINES                                                                                                    \
	"{\"name\":\"x\",\"zone\":\"us-central1-c\",\"replicas\":3,\"template\":{\"machineType\":\"n1-standard-5\"}}"

/* Another name is another pool: its machines serve before those of the old one leave, also beside a pool that stays, and so do those of
 * a pool that moves. One whose machines never come is waited for as long as an update is. */
void renamed(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE ",\"pools\":[" OTHER("a", "us-central1-a") "]"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_served(world, "{\"pools\":[" OTHER("b", "us-central1-a") "]}", 3);
	check_rest(world, 1, 1);
	apiserver_edit(
		&world->api, KEY, "{\"pools\":[" OTHER("b", "us-central1-a") "," OTHER("c", "us-central1-b") "]}");
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	check_served(world, "{\"pools\":[" OTHER("b", "us-central1-a") "," OTHER("d", "us-central1-b") "]}", 6);
	check_rest(world, 1, 2);
	check_served(world, "{\"pools\":[" OTHER("b", "us-central1-a") "," OTHER("d", "us-central1-f") "]}", 6);
	check_rest(world, 1, 2);
	judge_machines(world, "us-central1-f", 3);
	check_nothing_refused(world);
	apiserver_edit(&world->api, KEY, "{\"pools\":[" OTHER("b", "us-central1-a") "," NO_MACHINES "]}");
	world_run(world, 20 * MINUTE);
	judge_machines(world, "us-central1-f", 3);
	world_run(world, world->kill_at ? 50 * MINUTE : 20 * MINUTE); /* a restart gives the time anew */
	judge_machines(world, "us-central1-f", 0);
	apiserver_edit(&world->api, KEY, "{\"pools\":[" OTHER("b", "us-central1-a") "]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static bool heals(struct world *world)
{
	char *name = group_name(world, "us-central1-a");
	const char *path = arena_printf(json_arena(), "zones/us-central1-a/instanceGroupManagers/%s", name);

	return strstr(world_cloud(world, "GET", path, NULL), "autoHealingPolicies") != NULL;
}

/* Kept by a probe of its own, of another kind, in one pool and then in all; the firewall lets it through before machines are asked. */
void probes(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[" CPU
		"},{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":1,\"autoHealing\":{\"healthCheck\":{"
		"\"port\":8500}}},{\"name\":\"c\",\"zone\":\"us-central1-c\",\"replicas\":1,\"backends\":[],"
		"\"autoHealing\":{"
		"\"healthCheck\":{\"type\":\"TCP\",\"port\":2222}}}]}");
	check_ready(world, KEY);
	world_run(world, 20 * MINUTE);
	check_rest(world, 1, 3);
	judge_machines(world, "us-central1-b", 1);
	judge_machines(world, "us-central1-c", 1);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[" CPU "}],\"autoHealing\":{\"healthCheck\":{\"type\":\"TCP\",\"port\":8500}}}");
	check_ready(world, KEY);
	world_run(world, 20 * MINUTE);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 3);
	check_nothing_refused(world);
}

/* Not made anew when they don't answer, in one pool and in all; with all machines asked for, one that does not answer is told of. */
void healing(struct world *world)
{
	JSON_WORK(work);
	const char *machine;

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[" CPU ",\"autoHealing\":{\"enabled\":false}}],\"minHealthyPercent\":100}");
	check_ready(world, KEY);
	world_run(world, 5 * MINUTE);
	if (heals(world))
		world_complain(world, "machines of the pool are still made anew");
	machine = arena_strdup(json_arena(),
		json_text_or(world_list(world, "zones/us-central1-a/instances")->child, "name", "no machine"));
	world_do(world, "POST", "/emulator/v1/world",
		arena_printf(json_arena(),
			"{\"breakInstance\":\"projects/my-project/zones/us-central1-a/instances/%s\"}", machine));
	check_reason(world, KEY, "Unhealthy", "2 of 3 machines are healthy");
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[" CPU
		"}],\"autoHealing\":{\"initialDelaySec\":200,\"healthCheck\":{\"checkIntervalSec\":20}}}");
	check_ready(world, KEY);
	world_run(world, 10 * MINUTE);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (!heals(world))
		world_complain(world, "machines are not made anew");
	check_nothing_refused(world);
}

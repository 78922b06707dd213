/* Scripts about training clusters: machines by their names, and what each is told of the others. */
#include <stdlib.h>
#include <string.h>

#include "sim/script.h"

#define ZONE_A "us-central1-a"
#define ZONE_B "us-central1-b"
#define CHIEF "{\"name\":\"chief\",\"zone\":\"" ZONE_A "\",\"role\":\"CHIEF\",\"replicas\":1}"
#define WORKERS(zone, size) "{\"name\":\"workers\",\"zone\":\"" zone "\",\"role\":\"WORKER\",\"replicas\":" size "}"
#define PS "{\"name\":\"ps\",\"zone\":\"" ZONE_B "\",\"role\":\"PS\",\"replicas\":1}"
#define EVALUATOR "{\"name\":\"eval\",\"zone\":\"" ZONE_B "\",\"role\":\"EVALUATOR\",\"replicas\":1}"
#define WEB "{\"name\":\"web\",\"zone\":\"" ZONE_A "\",\"replicas\":1}"
#define CLUSTER(pools) OBJECT("default", "tf", TEMPLATE ",\"training\":{},\"pools\":[" pools "]")

static const cJSON *cluster_of(const struct world *world)
{
	return json_at(apiserver_get(&world->api, KEY), "status.training.cluster");
}

/* "NAME.ZONE.c.my-project.internal:2222": the machine of that address; NULL: it is not there. */
static const cJSON *machine_at(struct world *world, const char *address)
{
	size_t name = strcspn(address, "."), zone = strcspn(address + name + 1, ".");
	const char *path = arena_printf(
		json_arena(), "zones/%.*s/instances/%.*s", (int)zone, address + name + 1, (int)name, address);
	const cJSON *machine = json_parse_text(world_cloud(world, "GET", path, NULL));

	if (!text_equal(address + name + 1 + zone, ".c.my-project.internal:2222"))
		world_complain(world, "%s is no name of the project's internal DNS", address);
	return world->direct_status == 200 ? machine : NULL;
}

static const cJSON *config_of(const cJSON *machine)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(machine, "metadata.items"))
	{
		if (text_equal(json_text(item, "key"), "tf-config"))
			return json_parse_text(json_text(item, "value"));
	}
	return NULL;
}

/* The machine runs, knows the cluster, and finds its index by what its group begins with and its own name. */
static void check_task(struct world *world, const char *type, int index, const char *address)
{
	const cJSON *machine = machine_at(world, address), *config = config_of(machine);
	const char *name = json_text_or(machine, "name", "");
	int own = atoi(*name ? strrchr(name, '-') + 1 : "0");

	if (!text_equal(json_text(machine, "status"), "RUNNING"))
		world_complain(world, "%s %d (%s) does not run", type, index, address);
	else if (!json_equal(json_member(config, "cluster"), cluster_of(world)))
		world_complain(
			world, "%s %d knows another cluster: %s", type, index, config ? json_print(config) : "none");
	else if (!text_equal(json_text(config, "task.type"), type) || json_int(config, "task.index", -1) + own != index)
		world_complain(world, "%s %d (%s) takes itself for %s", type, index, name, json_print(config));
}

static void check_cluster(struct world *world, int chiefs, int workers, int servers)
{
	JSON_WORK(work);
	const cJSON *cluster = cluster_of(world), *tasks, *address;
	const int sizes[] = {chiefs, workers, servers};
	const char *const types[] = {"chief", "worker", "ps"};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int index = 0;

		tasks = json_member(cluster, types[i]);
		if (cJSON_GetArraySize(tasks) != sizes[i])
			world_complain(
				world, "%d of type %s instead of %d", cJSON_GetArraySize(tasks), types[i], sizes[i]);
		cJSON_ArrayForEach(address, tasks) check_task(world, types[i], index++, address->valuestring);
	}
}

static void edit(struct world *world, const char *pools, int count)
{
	JSON_WORK(work);

	apiserver_edit(&world->api, KEY, arena_printf(json_arena(), "{\"pools\":[%s]}", pools));
	check_ready(world, KEY);
	check_rest(world, 1, count);
}

static void check_running(struct world *world)
{
	JSON_WORK(work);

	if (!text_equal(condition_text(world, KEY, "Ready", "reason"), "Running"))
		world_complain(world, "the reason is %s", condition_text(world, KEY, "Ready", "reason"));
}

/* A machine that somebody deletes, and one that the cloud stops, come back under their names. */
static void lose_machines(struct world *world)
{
	JSON_WORK(work);
	const char *address = json_text(cluster_of(world), "worker[0]");
	int name = (int)strcspn(address, ".");

	world->meddled = true;
	world_do(world, "DELETE", arena_printf(json_arena(), "zones/" ZONE_A "/instances/%.*s", name, address), NULL);
	address = json_text(cluster_of(world), "chief[0]");
	name = (int)strcspn(address, ".");
	world_do(
		world, "POST", arena_printf(json_arena(), "zones/" ZONE_A "/instances/%.*s/stop", name, address), NULL);
	check_ready(world, KEY);
	check_rest(world, 1, 4);
	world->meddled = false;
}

/* A cluster of every role: more workers, fewer, another set, lost machines, and its end. */
void training(struct world *world)
{
	start_with(world, CLUSTER(CHIEF "," WORKERS(ZONE_A, "2") "," PS "," EVALUATOR));
	check_ready(world, KEY);
	check_rest(world, 1, 4);
	check_running(world);
	check_cluster(world, 1, 2, 1);
	judge_machines(world, ZONE_A, 3);
	judge_machines(world, ZONE_B, 2);
	edit(world, CHIEF "," WORKERS(ZONE_A, "4") "," PS "," EVALUATOR, 4);
	check_cluster(world, 1, 4, 1);
	judge_machines(world, ZONE_A, 5);
	edit(world, CHIEF "," WORKERS(ZONE_A, "1") "," PS "," EVALUATOR, 4);
	check_cluster(world, 1, 1, 1);
	judge_machines(world, ZONE_A, 2);
	lose_machines(world);
	check_cluster(world, 1, 1, 1);
	edit(world, CHIEF "," WORKERS(ZONE_A, "1"), 2);
	check_cluster(world, 1, 1, 0);
	judge_machines(world, ZONE_B, 0);
	check_nothing_refused(world);
	check_deleted(world, KEY);
}

/* Half of that, for those who die in it. */
void training_short(struct world *world)
{
	start_with(world, CLUSTER(CHIEF "," WORKERS(ZONE_A, "2")));
	check_ready(world, KEY);
	check_settled(world);
	check_cluster(world, 1, 2, 0);
	edit(world, CHIEF "," WORKERS(ZONE_A, "3"), 2);
	check_cluster(world, 1, 3, 0);
	edit(world, CHIEF "," WORKERS(ZONE_A, "1") "," PS, 3);
	check_cluster(world, 1, 1, 1);
	judge_machines(world, ZONE_A, 2);
	check_nothing_refused(world);
	check_deleted(world, KEY);
}

/* The template changes, and every machine with it, under its name; then the pool is elsewhere, beside one that serves. */
void training_changes(struct world *world)
{
	start_with(world, CLUSTER(WEB "," WORKERS(ZONE_A, "2")));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	check_cluster(world, 0, 2, 0);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	check_cluster(world, 0, 2, 0);
	judge_machines_have(world, ZONE_A, "machineType", "/n1-standard-8", 3);
	edit(world, WEB "," WORKERS(ZONE_B, "2"), 2);
	check_cluster(world, 0, 2, 0);
	judge_machines(world, ZONE_A, 1);
	judge_machines(world, ZONE_B, 2);
	check_nothing_refused(world);
	check_deleted(world, KEY);
}

static void stock(struct world *world, bool empty)
{
	JSON_WORK(work);

	world_do(world, "POST", "/emulator/v1/world",
		arena_printf(
			json_arena(), "{\"stockout\":{\"zone\":\"" ZONE_A "\",\"on\":%s}}", empty ? "true" : "false"));
}

/* The cloud tries once to make a machine of a name: it is told what fails, and asked again until there is room. */
void training_stock_out(struct world *world)
{
	JSON_WORK(work);
	uint64_t writes;

	start_with(world, CLUSTER(WORKERS(ZONE_A, "1")));
	check_ready(world, KEY);
	stock(world, true);
	apiserver_edit(&world->api, KEY, "{\"pools\":[" WORKERS(ZONE_A, "2") "]}");
	check_reason(world, KEY, "StockOut", "-1 in zone " ZONE_A);
	writes = world->cloud_writes;
	world_run(world, 10 * MINUTE);
	if (!text_equal(condition_text(world, KEY, "Ready", "reason"), "StockOut"))
		world_complain(world, "the reason is %s", condition_text(world, KEY, "Ready", "reason"));
	if (world->cloud_writes - writes > 15)
		world_complain(world, "asked %d times in 10 minutes", (int)(world->cloud_writes - writes));
	stock(world, false);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_cluster(world, 0, 2, 0);
	judge_machines(world, ZONE_A, 2);
	check_nothing_refused(world);
}

/* Somebody sizes the group, and deletes one of its machines for good. */
void training_meddled(struct world *world)
{
	JSON_WORK(work);
	const char *group, *address;

	start_with(world, CLUSTER(WORKERS(ZONE_A, "2")));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	world->meddled = true;
	group = arena_printf(json_arena(), "zones/" ZONE_A "/instanceGroupManagers/%s",
		first_name(world, "zones/" ZONE_A "/instanceGroupManagers"));
	world_do(world, "POST", arena_printf(json_arena(), "%s/resize?size=4", group), NULL);
	world_run(world, 3 * MINUTE);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_cluster(world, 0, 2, 0);
	judge_machines(world, ZONE_A, 2);
	address = json_text(cluster_of(world), "worker[0]");
	world_do(world, "POST", arena_printf(json_arena(), "%s/deleteInstances", group),
		arena_printf(json_arena(), "{\"instances\":[\"zones/" ZONE_A "/instances/%.*s\"]}",
			(int)strcspn(address, "."), address));
	world_do(world, "POST", arena_printf(json_arena(), "%s/resize?size=2", group), NULL);
	world_run(world, 12 * MINUTE); /* the number is right, the name is not */
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_cluster(world, 0, 2, 0);
	judge_machines(world, ZONE_A, 2);
}

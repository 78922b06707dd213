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

	world_cloud(world, "POST", "/emulator/v1/world",
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
	char *path;

	start_with(
		world, OBJECT("default", "tf",
			       TEMPLATE ",\"pools\":[" CPU ",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":6}}]"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_size(world, "us-central1-a", 2);
	path = first_name(world, "zones/us-central1-a/autoscalers");
	world_cloud(world, "PATCH", arena_printf(json_arena(), "zones/us-central1-a/autoscalers?autoscaler=%s", path),
		"{\"autoscalingPolicy\":{\"maxNumReplicas\":9,\"scalingSchedules\":{\"x\":{\"schedule\":\"0 1 * * "
		"*\",\"durationSec\":600,\"minRequiredReplicas\":1}}}}");
	world_run(world, 3 * MINUTE);
	check_rest(world, 1, 1);
	path = arena_printf(json_arena(), "zones/us-central1-a/autoscalers/%s", path);
	if (strstr(world_cloud(world, "GET", path, NULL), "\"maxNumReplicas\": 9") ||
		strstr(world_cloud(world, "GET", path, NULL), "scalingSchedules"))
		world_complain(world, "a changed autoscaler was not put back");
	world_cloud(world, "DELETE", path, NULL);
	world_run(world, 3 * MINUTE);
	check_rest(world, 1, 1);
	check_ready(world, KEY);
	apiserver_delete(&world->api, KEY);
	check_gone(world, KEY);
}

/* Scripts about what machines are made of. */
#include "sim/script.h"

#define TWO "{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"replicas\":2},"

static void pools_are(struct world *world, const char *second)
{
	JSON_WORK(work);

	apiserver_edit(&world->api, KEY,
		arena_printf(json_arena(),
			"{\"pools\":[" TWO "{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":2%s}]}", second));
}

/* A pool's own members over the template, changed, and taken away: only its machines are replaced. */
void override(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	pools_are(world, ",\"template\":{\"machineType\":\"n2-standard-4\",\"labels\":{\"tier\":\"b\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 2);
	judge_machines_have(world, "us-central1-b", "machineType", "/n2-standard-4", 2);
	pools_are(world, ",\"template\":{\"labels\":{\"tier\":\"b\"},\"network\":\"default\"}");
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines_have(world, "us-central1-b", "machineType", "/n1-standard-4", 2);
	pools_are(world, "");
	check_ready(world, KEY);
	check_rest(world, 1, 2);
}

#define BESIDE(template)                                                                                               \
	"{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"replicas\":1},{\"name\":\"gpu\",\"zone\":"         \
	"\"us-central1-b\",\"replicas\":2,\"template\":" template "}]}"

/* A pool that gets GPUs, other GPUs, and is bought as Spot; some of its machines are taken away. */
void gpus(struct world *world)
{
	world->at_rest = true;
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	world->at_rest = false;
	apiserver_edit(&world->api, KEY,
		BESIDE("{\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":1}]}"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines_have(world, "us-central1-b", "scheduling.onHostMaintenance", "TERMINATE", 2);
	judge_machines_have(world, "us-central1-b", "guestAccelerators[0].acceleratorType", "nvidia-tesla-t4", 2);
	apiserver_edit(&world->api, KEY, BESIDE("{\"machineType\":\"g2-standard-8\",\"provisioningModel\":\"SPOT\"}"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines_have(world, "us-central1-a", "scheduling.provisioningModel", "STANDARD", 1);
	judge_machines_have(world, "us-central1-b", "scheduling.provisioningModel", "SPOT", 2);
	judge_machines_have(world, "us-central1-b", "machineType", "/g2-standard-8", 2);
}

/* The zone has no such cards, or not so many for one machine: that is said, and no machine is touched for it. */
void gpus_elsewhere(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY,
		BESIDE("{\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-a100-80gb\",\"acceleratorCount\":1}]}"));
	check_reason(world, KEY, "ReferenceNotFound", "nvidia-a100-80gb is not offered in zone us-central1-b");
	apiserver_edit(&world->api, KEY,
		BESIDE("{\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":8}]}"));
	check_reason(world, KEY, "InvalidSpec", "at most 4 cards of accelerator type nvidia-tesla-t4, not 8");
	check_stalled(world, KEY);
	judge_machines(world, "us-central1-a", 3);
	apiserver_edit(&world->api, KEY,
		BESIDE("{\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":4}]}"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines_have(world, "us-central1-b", "guestAccelerators[0].acceleratorType", "/nvidia-tesla-t4", 2);
	apiserver_edit(&world->api, KEY, BESIDE("{}"));
	check_ready(world, KEY);
	check_rest(world, 1, 2);
}

/* Disks of an image's family and blank ones, local SSDs, a second interface: each change is a new template, and rolls. */
void disks(struct world *world)
{
	start_with(world, OBJECT("default", "tf",
				  "\"template\":{\"image\":\"" IMAGE
				  "\",\"additionalDisks\":[{\"deviceName\":\"models\",\"sourceImage\":"
				  "\"projects/debian-cloud/global/images/family/"
				  "debian-12\"}],\"localSsd\":{\"count\":2}}," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines_have(world, "us-central1-a", "disks[1].deviceName", "models", 3);
	judge_machines_have(world, "us-central1-a", "disks[3].type", "SCRATCH", 3);
	world_do(world, "POST", "global/networks", "{\"name\":\"storage\",\"autoCreateSubnetworks\":true}");
	apiserver_edit(&world->api, KEY,
		"{\"template\":{\"localSsd\":null,\"additionalDisks\":[{\"deviceName\":\"scratch\",\"diskSizeGb\":50}],"
		"\"additionalNetworkInterfaces\":[{\"network\":\"storage\"}]}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines_have(world, "us-central1-a", "disks[1].deviceName", "scratch", 3);
	judge_machines_have(world, "us-central1-a", "networkInterfaces[1].network", "/storage", 3);
}

#define CONTAINER(words) "{\"template\":{\"container\":{" words "}}}"

/* A container on the machines' own system, changed, and on GPUs in one pool. A port that is not forwarded rolls nothing. */
void container(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf",
				  "\"template\":{\"container\":{\"image\":\"us-docker.pkg.dev/p/r/"
				  "serving:1\",\"args\":[\"--a\"]}}," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines_have(world, "us-central1-a", "metadata.items[0].key", "user-data", 3);
	apiserver_edit(&world->api, KEY, CONTAINER("\"args\":[\"--b\"]"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	char *template = first_name(world, "global/instanceTemplates");
	world->cloud_writes = 0;
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"port\":8501}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (!text_equal(first_name(world, "global/instanceTemplates"), template))
		world_complain(world, "a port that is not forwarded has made a new template");
	if (!world->replicas[1].controller && world->cloud_writes > 8) /* two do some of it twice */
		world_complain(world, "%d writes for a port", (int)world->cloud_writes);
}

/* A zone that does not exist: said at once, with what to do. Another one mends it, and it may be deleted as it is. */
void no_such_zone(struct world *world)
{
	world->meddled = true; /* 400 */
	start_with(
		world, OBJECT("default", "tf", TEMPLATE ",\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-x\"}]"));
	check_reason(world, KEY, "InvalidSpec", "Unknown zone. Name one that exists in spec.pools[].zone");
	check_stalled(world, KEY);
	apiserver_edit(&world->api, KEY, "{" POOL "}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"r\",\"region\":\"us-center1\"}]}");
	check_reason(world, KEY, "InvalidSpec", "Unknown region. Name one that exists in spec.pools[].region");
	check_deleted(world, KEY);
	judge_nothing(world);
}

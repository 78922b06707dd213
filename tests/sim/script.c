/* Words of the scripts. */
#include "sim/script.h"

const char SEED_OBJECT[] = OBJECT("default", "tf",
	"\"replicas\":3,\"template\":{\"machineType\":\"n1-standard-4\",\"image\":\"" IMAGE
	"\",\"disk\":{\"autoDelete\":true},\"network\":\"global/networks/default\"},"
	"\"pools\":[{\"name\":\"tf\",\"zone\":\"us-central1-a\",\"baseInstanceName\":\"tf-instance\"}],"
	"\"serving\":{\"protocol\":\"HTTP\",\"portName\":\"http\",\"port\":80},"
	"\"healthCheck\":{\"type\":\"HTTP\",\"port\":80,\"requestPath\":\"/\"},"
	"\"frontend\":{\"loadBalancingScheme\":\"EXTERNAL\",\"port\":80}");

void check_ready(struct world *world, const char *key)
{
	if (world_until_ready(world, key, LONG))
		return;
	{
		JSON_WORK(work);
		const cJSON *object = apiserver_get(&world->api, key);
		const cJSON *ready = json_at(object, "status.conditions[0]");

		world_complain(world, "%s did not become Ready: %s: %s", key,
			json_text_or(ready, "reason", "no status"), json_text_or(ready, "message", ""));
	}
}

void check_settled(struct world *world)
{
	if (!world_until_settled(world, LONG))
		world_complain(world, "not settled after %d minutes", LONG / MINUTE);
}

void check_gone(struct world *world, const char *key)
{
	if (!world_until_gone(world, key, LONG))
		world_complain(world, "%s is not gone", key);
}

void start_with(struct world *world, const char *object)
{
	world_start(world);
	apiserver_apply(&world->api, object);
}

void check_nothing_refused(struct world *world)
{
	if (!world->kill_at && world->replica_count == 1)
		judge_nothing_refused(world);
}

void check_rest(struct world *world, int objects, int pools)
{
	check_settled(world);
	judge_chain(world, objects, pools);
	if (!world->meddled)
		check_nothing_refused(world);
	world_run(world, 40000); /* the status may lag by half a minute */
	judge_quiet(world);
}

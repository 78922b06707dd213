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

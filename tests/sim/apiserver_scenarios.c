/* The API server begins again with an older copy of its storage: what was written since never was, what was deleted stands again,
 * and versions are given out a second time. Nothing of the cloud went back. */
#include "sim/script.h"

enum { ROUNDS = 6 };

#define SMALL(name, replicas) OBJECT("default", name, "\"replicas\":" replicas "," TEMPLATE "," POOL)

static const char *const KEYS[] = {"default/kept", "default/edited", "default/deleted"};

/* A restored server may know an object in an older shape, under an older version, for which nobody was told so. */
static void check_table(struct world *world)
{
	size_t known = controller_counted(world->replicas[0].controller).objects;

	if (known != world->api.objects.count)
		world_complain(world, "%d objects known, %d there", (int)known, (int)world->api.objects.count);
}

static int64_t replicas_wanted(const struct world *world, const char *key)
{
	JSON_WORK(work);

	return json_int(apiserver_get(&world->api, key), "spec.replicas", -1);
}

/* What happens after the copy was made, for so long. */
static void go_on(struct world *world, int64_t ms)
{
	apiserver_edit(
		&world->api, "default/edited", "{\"replicas\":2,\"template\":{\"machineType\":\"n1-standard-8\"}}");
	apiserver_delete(&world->api, "default/deleted");
	apiserver_apply(&world->api, SMALL("new", "1"));
	world_run(world, ms);
}

static void check_rewound(struct world *world)
{
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		check_ready(world, KEYS[i]);
	check_settled(world);
	check_table(world);
	if (replicas_wanted(world, "default/edited") != 1)
		world_complain(world, "the copy has another spec");
	if (map_find(&world->api.objects, "default/new"))
		world_complain(world, "the copy has no such object");
}

/* At another moment of its work in each round. The object that was lost is applied again: what stands of it is taken on. */
void rewound(struct world *world)
{
	world->meddled = true; /* calls that were on their way for what never was */
	start_with(world, SMALL("kept", "1"));
	apiserver_apply(&world->api, SMALL("edited", "1"));
	for (int round = 0; round < ROUNDS; round++) {
		apiserver_apply(&world->api, SMALL("deleted", "1"));
		for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
			check_ready(world, KEYS[i]);
		check_settled(world);
		apiserver_save(&world->api);
		go_on(world, (int64_t)round * round * 9700);
		apiserver_rewind(&world->api);
		check_rewound(world);
		apiserver_apply(&world->api, SMALL("new", "1"));
		check_ready(world, "default/new");
		check_rest(world, 4, 4);
		check_deleted(world, "default/new");
	}
	check_rest(world, 3, 3);
	judge_machines(world, "us-central1-a", 3);
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		apiserver_delete(&world->api, KEYS[i]);
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		check_gone(world, KEYS[i]);
	judge_nothing(world);
}

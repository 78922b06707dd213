/* F14 in small: many objects at once. */
#include "sim/script.h"

enum { MANY = 40 };

static char *key_of(int number)
{
	return arena_printf(json_arena(), "default/tf%d", number);
}

static void apply_many(struct world *world)
{
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "%s,\"replicas\":1,%s"), i, TEMPLATE, POOL);

		apiserver_apply(&world->api, object);
	}
}

/* A start among many that are as they should be writes nothing; an edit of all of them costs one write each. */
void load_many(struct world *world)
{
	JSON_WORK(work);
	uint64_t writes;

	world_start(world);
	apply_many(world);
	check_rest(world, MANY, MANY);
	writes = world->cloud_writes;
	world_kill(world);
	world_start(world);
	check_rest(world, MANY, MANY);
	check_no_writes(world, writes);

	for (int i = 0; i < MANY; i++)
		apiserver_edit(&world->api, key_of(i), "{\"serving\":{\"timeoutSec\":55}}");
	check_rest(world, MANY, MANY);
	if (world->cloud_writes != writes + MANY)
		world_complain(world, "%d writes for %d edits", (int)(world->cloud_writes - writes), MANY);
	check_nothing_refused(world);
}

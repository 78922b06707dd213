/* Two replicas and one Lease: the leader dies, stands still, loses its way, or is stopped, each time at another moment of its
 * work. The world complains of every write that left without the Lease. */
#include "sim/script.h"

enum { ROUNDS = 12, CRASH_MS = 17000, CLEAN_MS = 3000, STOP_MS = 10000, STEP_MS = 10 };

static void start_two(struct world *world)
{
	world->replica_count = 2;
	world->election = true;
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
}

static void check_handed_over(struct world *world, const struct replica *from, int64_t since, int64_t limit)
{
	const struct replica *to = NULL;

	for (int64_t passed = 0; passed <= 2 * limit; passed += STEP_MS) {
		to = replica_leader(world);
		if (to && to != from)
			break;
		world_run(world, STEP_MS);
	}
	if (!to || to == from)
		world_complain(world, "nobody leads after %lld ms", (long long)(2 * limit));
	else if (world->led_since - since > limit)
		world_complain(world, "handed over after %lld ms", (long long)(world->led_since - since));
}

/* The same pool with another machine, so that there is much to do, at a moment of its own in each round. */
static struct replica *busy_leader(struct world *world, int round)
{
	AUTO_FREE char *edit = mem_printf("{\"template\":{\"machineType\":\"n1-standard-%d\"}}", round % 2 ? 4 : 8);

	apiserver_edit(&world->api, KEY, edit);
	world_run(world, round * 311);
	return replica_leader(world);
}

static void check_end(struct world *world)
{
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 3);
	check_deleted(world, KEY);
	judge_nothing(world);
}

void replicas_killed(struct world *world)
{
	start_two(world);
	for (int round = 0; round < ROUNDS; round++) {
		struct replica *leader = busy_leader(world, round);
		int64_t since = world->loop.now_ms;

		replica_kill(leader);
		check_handed_over(world, leader, since, CRASH_MS);
		world_restart(world);
		check_ready(world, KEY);
	}
	check_end(world);
}

static bool spoil_down(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	*answer = (struct emulator_answer){.id = answer->id, .status = 503, .content_type = "text/html", .body = ""};
	return false;
}

/* The cloud fails while it stands still: calls wait for their next try, and when it goes on they are due before its deadline
 * is. */
void replicas_frozen_in_trouble(struct world *world)
{
	start_two(world);
	world->spoil = spoil_down;
	for (int round = 0; round < ROUNDS; round++) {
		struct replica *leader;
		int64_t since;

		world->spoil_left = 1;
		leader = busy_leader(world, round);
		since = world->loop.now_ms;
		replica_freeze(leader);
		check_handed_over(world, leader, since, CRASH_MS);
		world->spoil_left = 0;
		world_run(world, MINUTE);
		replica_thaw(leader);
		check_ready(world, KEY);
		world_run(world, 2000);
	}
	check_end(world);
}

/* For a minute; what it had sent arrives when it goes on, and then it ends. */
void replicas_frozen(struct world *world)
{
	start_two(world);
	for (int round = 0; round < ROUNDS; round++) {
		struct replica *leader = busy_leader(world, round);
		int64_t since = world->loop.now_ms;
		unsigned lost = leader->lost;

		replica_freeze(leader);
		check_handed_over(world, leader, since, CRASH_MS);
		world_run(world, since + MINUTE - world->loop.now_ms);
		replica_thaw(leader);
		world_run(world, 1000);
		if (leader->lost != lost + 1)
			world_complain(world, "round %d: it went on after a minute of standing still", round);
		check_ready(world, KEY);
	}
	check_end(world);
}

void replicas_cut(struct world *world)
{
	start_two(world);
	for (int round = 0; round < ROUNDS; round++) {
		struct replica *leader = busy_leader(world, round);
		int64_t since = world->loop.now_ms;
		unsigned lost = leader->lost;

		replica_cut(leader, true);
		world_run(world, WORLD_DEADLINE_MS);
		if (leader->lost != lost + 1)
			world_complain(world, "round %d: it goes on without the API server", round);
		check_handed_over(world, leader, since, CRASH_MS);
		replica_cut(leader, false);
		check_ready(world, KEY);
		world_run(world, 2 * MINUTE); /* what it asked for meanwhile runs out of time, and it follows again */
	}
	check_end(world);
}

void replicas_stopped(struct world *world)
{
	start_two(world);
	for (int round = 0; round < ROUNDS; round++) {
		struct replica *leader = busy_leader(world, round);
		int64_t since = world->loop.now_ms;

		replica_stop(leader);
		while (leader->controller && world->loop.now_ms < since + 2 * STOP_MS)
			world_run(world, STEP_MS);
		if (leader->controller || leader->stopped_at - since > STOP_MS)
			world_complain(world, "round %d: it does not stop within ten seconds", round);
		check_handed_over(world, leader, leader->stopped_at, CLEAN_MS);
		world_start(world);
		check_ready(world, KEY);
	}
	check_end(world);
}

/* The watch of the one that follows has fallen silent: it knows of an object that its leader has deleted and cleaned up. */
void replicas_stale(struct world *world)
{
	struct replica *leader, *follower;

	start_two(world);
	check_settled(world);
	leader = replica_leader(world);
	follower = &world->replicas[leader == world->replicas];
	replica_cut(follower, true);
	check_deleted(world, KEY);
	replica_kill(leader);
	world->cloud_writes = 0;
	replica_cut(follower, false);
	world_run(world, 2 * MINUTE);
	if (!replica_leads(follower))
		world_complain(world, "it does not lead");
	if (world->cloud_writes)
		world_complain(world, "%d writes for an object that is gone", (int)world->cloud_writes);
	judge_nothing(world);
}

/* A cloud that allows fewer calls a minute than usual, and counts them as Google does: in windows of a minute, by project, place and sort;
 * what is more is refused, and has no effect. */
#include <stdio.h>
#include <string.h>

#include "sim/script.h"

enum { OBJECTS = 20, WINDOW_MS = MINUTE };

struct limit {
	const char *sort; /* end of what world_quota says */
	int per_minute;
};

struct window {
	int64_t number;
	int calls;
};

struct gate {
	struct world *world;
	const struct limit *limits; /* up to one without sort */
	bool tells;                 /* how many are allowed */
	struct map windows;         /* quota -> struct window */
	int passed, refused, sweeps;
};

static int limit_of(const struct gate *gate, const char *quota)
{
	for (const struct limit *limit = gate->limits; limit->sort; limit++) {
		if (text_ends(quota, limit->sort))
			return limit->per_minute;
	}
	return INT32_MAX;
}

static void refuse(const struct gate *gate, struct fake_call *call, int limit)
{
	JSON_WORK(work);
	const char *detail = gate->tells ? arena_printf(json_arena(),
						   ",\"metadata\":{\"quota_limit\":\"RequestsPerMinutePerProject\","
						   "\"quota_limit_value\":\"%d\"}",
						   limit)
	                                 : "";

	fake_answer(call, 403, "application/json",
		arena_printf(json_arena(),
			"{\"error\":{\"code\":403,\"message\":\"Rate Limit Exceeded\",\"errors\":[{\"message\":\"Rate "
			"Limit "
			"Exceeded\",\"domain\":\"usageLimits\",\"reason\":\"rateLimitExceeded\"}],\"details\":[{\"@"
			"type\":"
			"\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"RATE_LIMIT_EXCEEDED\"%s}]}}",
			detail));
}

static bool on_call(void *arg, struct replica *replica, struct fake_call *call)
{
	struct gate *gate = arg;
	char quota[WORLD_QUOTA_SIZE];
	struct window *window;
	int64_t number = gate->world->loop.now_ms / WINDOW_MS;

	if (!world_is_for_cloud(call))
		return false;
	world_quota(call, quota);
	window = map_find(&gate->windows, quota);
	if (!window)
		map_put(&gate->windows, quota, window = mem_alloc(sizeof(*window)));
	if (window->number != number)
		*window = (struct window){.number = number};
	if (++window->calls > limit_of(gate, quota)) {
		gate->refused++;
		refuse(gate, call, limit_of(gate, quota));
		return true;
	}
	gate->passed++;
	gate->sweeps += text_equal(call->method, "GET") && text_ends(call->path, "/global/forwardingRules");
	return false;
}

static void gate_close(struct gate *gate)
{
	gate->world->faults = (struct world_hooks){0};
	map_done(&gate->windows, mem_free);
}

static void gate_open(struct gate *gate, struct world *world, const struct limit *limits, bool tells)
{
	*gate = (struct gate){.world = world, .limits = limits, .tells = tells};
	world->meddled = true; /* 403 */
	world->faults = (struct world_hooks){.call = on_call, .arg = gate};
}

static void apply_all(struct world *world)
{
	for (int i = 0; i < OBJECTS; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "%s,\"replicas\":1,%s"), i, TEMPLATE, POOL);

		apiserver_apply(&world->api, object);
	}
}

static void make_change(struct world *world)
{
	JSON_WORK(work);
	const char *path =
		arena_printf(json_arena(), "global/healthChecks/%s", first_name(world, "global/healthChecks"));

	world_do(world, "PATCH", path, "{\"checkIntervalSec\":77}");
}

static bool is_changed(struct world *world)
{
	JSON_WORK(work);
	const cJSON *item;
	bool changed = false;

	cJSON_ArrayForEach(item, world_list(world, "global/healthChecks")) changed |=
		json_int(item, "checkIntervalSec", 0) == 77;
	return changed;
}

/* A tenth of what is usual: the chains are made at the pace that it allows, few calls are refused on the way, and none at rest. */
static void make_all(struct world *world, bool tells)
{
	enum { READY_S = 400, REFUSED_MOST = 15, REST_MINUTES = 30 };
	static const struct limit limits[] = {{" write", 60}, {" list", 60}, {" aggregated", 30}, {" read", 60}, {0}};
	struct gate gate;
	int64_t began;

	gate_open(&gate, world, limits, tells);
	world_start(world);
	world_run(world, MINUTE);
	began = world->loop.now_ms;
	apply_all(world);
	for (int i = 0; i < OBJECTS; i++) {
		AUTO_FREE char *key = mem_printf("default/tf%d", i);

		check_ready(world, key);
	}
	if (world->loop.now_ms - began > READY_S * 1000 || gate.refused == 0 || gate.refused > REFUSED_MOST)
		world_complain(world, "Ready after %d s, with %d calls refused",
			(int)((world->loop.now_ms - began) / 1000), gate.refused);
	check_settled(world);
	gate.refused = gate.sweeps = 0;
	world_run(world, REST_MINUTES * MINUTE);
	if (gate.refused || gate.sweeps < REST_MINUTES)
		world_complain(world, "at rest %d sweeps, and %d calls refused", gate.sweeps, gate.refused);
	gate_close(&gate);
	check_rest(world, OBJECTS, OBJECTS);
}

void quota_told(struct world *world)
{
	make_all(world, true);
}

void quota_found_out(struct world *world)
{
	make_all(world, false);
}

/* Less than one sweep a minute: there is one now and then, nearly all of its calls pass, nothing else is asked more often, and what
 * somebody changed is put back. */
void quota_short(struct world *world)
{
	enum { MINUTES = 60, SWEEPS_LEAST = 5, REFUSED_MOST = 30, PASSED_MOST = MINUTES * (OBJECTS + 4) * 11 / 10 };
	static const struct limit limits[] = {{" list", 4}, {" aggregated", 1}, {0}};
	struct gate gate;

	world_start(world);
	apply_all(world);
	check_rest(world, OBJECTS, OBJECTS);
	gate_open(&gate, world, limits, true);
	world_run(world, MINUTES * MINUTE);
	if (gate.sweeps < SWEEPS_LEAST || gate.refused > REFUSED_MOST || gate.passed > PASSED_MOST)
		world_complain(world, "%d sweeps; %d calls, and %d refused", gate.sweeps, gate.passed, gate.refused);
	make_change(world);
	for (int i = 0; i < MINUTES / 2 && is_changed(world); i++)
		world_run(world, MINUTE);
	if (is_changed(world))
		world_complain(world, "what was changed is not put back");
	gate_close(&gate);
	check_rest(world, OBJECTS, OBJECTS);
}

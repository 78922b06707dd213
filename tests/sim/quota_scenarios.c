/* A cloud that allows fewer calls a minute than usual. */
#include <string.h>

#include "sim/script.h"

enum { OBJECTS = 20 };

struct limit {
	const char *metric, *per_minute;
};

/* What comes of calls. */
struct gate {
	struct world *world;
	const struct limit *limits;
	bool hides; /* how many are allowed */
	int passed, refused, sweeps;
};

static const char refusal[] =
	"{\"error\":{\"code\":403,\"message\":\"Rate Limit Exceeded\",\"errors\":[{\"message\":\"Rate Limit Exceeded\","
	"\"domain\":\"usageLimits\",\"reason\":\"rateLimitExceeded\"}]}}";

static bool on_answer(void *arg, struct fake_call *call, struct emulator_answer *answer)
{
	struct gate *gate = arg;

	if (answer->status != 403) {
		gate->passed++;
		gate->sweeps += text_equal(call->method, "GET") && text_ends(call->path, "/global/forwardingRules");
		return false;
	}
	gate->refused++;
	if (gate->hides) {
		answer->body = refusal;
		answer->length = strlen(refusal);
	}
	return false;
}

static void set_limit(struct world *world, const char *metric, const char *per_minute)
{
	AUTO_FREE char *change = mem_printf(
		"{\"rate\":{\"project\":\"my-project\",\"metric\":\"%s\",\"perMinute\":%s}}", metric, per_minute);

	world_do(world, "POST", "/emulator/v1/world", change);
}

/* limits: up to one without metric. */
static void gate_open(struct gate *gate, struct world *world, const struct limit *limits)
{
	*gate = (struct gate){.world = world, .limits = limits};
	world->meddled = true; /* 403 */
	world->faults = (struct world_hooks){.answer = on_answer, .arg = gate};
	for (; limits->metric; limits++)
		set_limit(world, limits->metric, limits->per_minute);
}

static void gate_close(struct gate *gate)
{
	gate->world->faults = (struct world_hooks){0};
	for (const struct limit *limit = gate->limits; limit->metric; limit++)
		set_limit(gate->world, limit->metric, "null");
}

static void apply_all(struct world *world)
{
	for (int i = 0; i < OBJECTS; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "%s,\"replicas\":1,%s"), i, TEMPLATE, POOL);

		apiserver_apply(&world->api, object);
	}
}

static bool is_changed(struct world *world, const char *path)
{
	JSON_WORK(work);

	return json_int(json_parse_text(world_cloud(world, "GET", path, NULL)), "checkIntervalSec", 0) == 77;
}

/* A tenth of what is usual: the chains are made at the pace that it allows, few calls are refused on the way, and none at rest. */
static void make_all(struct world *world, bool tells)
{
	enum { READY_S = 400, REFUSED_MOST = 15, REST_MINUTES = 30 };
	static const struct limit limits[] = {{"global_writes", "60"}, {"writes_per_region", "60"},
		{"list_requests", "60"}, {"heavy_weight_read_requests", "30"}, {"read_requests", "60"},
		{"read_requests_per_region", "60"}, {0}};
	struct gate gate;
	int64_t began;

	gate_open(&gate, world, limits);
	gate.hides = !tells;
	world_start(world);
	world_run(world, MINUTE);
	began = world->loop.now_ms;
	apply_all(world);
	for (int i = 0; i < OBJECTS; i++) {
		AUTO_FREE char *key = mem_printf("default/tf%d", i);

		check_ready(world, key);
	}
	if (world->loop.now_ms - began > for_each(world, READY_S) * 1000 || gate.refused == 0 ||
		gate.refused > for_each(world, REFUSED_MOST))
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
	static const struct limit limits[] = {{"list_requests", "4"}, {"heavy_weight_read_requests", "1"}, {0}};
	struct gate gate;
	JSON_WORK(work);
	char *check;

	world_start(world);
	apply_all(world);
	check_rest(world, OBJECTS, OBJECTS);
	check = arena_printf(json_arena(), "global/healthChecks/%s", first_name(world, "global/healthChecks"));
	gate_open(&gate, world, limits);
	world_run(world, MINUTES * MINUTE);
	if (gate.sweeps < SWEEPS_LEAST || gate.refused > for_each(world, REFUSED_MOST) ||
		gate.passed > for_each(world, PASSED_MOST))
		world_complain(world, "%d sweeps; %d calls, and %d refused", gate.sweeps, gate.passed, gate.refused);
	world_do(world, "PATCH", check, "{\"checkIntervalSec\":77}");
	if (!is_changed(world, check))
		world_complain(world, "nothing was changed");
	for (int i = 0; i < MINUTES / 2 && is_changed(world, check); i++)
		world_run(world, MINUTE);
	if (is_changed(world, check))
		world_complain(world, "what was changed is not put back");
	gate_close(&gate);
	check_rest(world, OBJECTS, OBJECTS);
}

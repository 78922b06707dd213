/* What others do to our resources: put back, or only told. */
#include <string.h>

#include "sim/script.h"

/* From the front backwards, so that the cloud lets each go while the rest stands. */
void drift_delete(struct world *world)
{
	static const char *const victims[] = {"global/forwardingRules", "global/firewalls"};

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++) {
		JSON_WORK(work);
		char *path = arena_printf(json_arena(), "%s/%s", victims[i], first_name(world, victims[i]));

		world_do(world, "DELETE", path, NULL);
		world_run(world, MINUTE + OPERATION); /* seen within a minute, and made anew */
		world_cloud(world, "GET", path, NULL);
		if (world->direct_status != 200)
			world_complain(world, "%s did not return within a minute", path);
	}
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	/* The whole front, one after the other, then what the rule needs. */
	world->meddled = true;
	{
		static const char *const front[] = {"global/forwardingRules", "global/targetHttpProxies",
			"global/urlMaps", "global/backendServices"};

		for (size_t i = 0; i < 4; i++) {
			JSON_WORK(work);
			world_do(world, "DELETE",
				arena_printf(json_arena(), "%s/%s", front[i], first_name(world, front[i])), NULL);
		}
	}
	check_rest(world, 1, 1);
	{
		JSON_WORK(work);
		char *rule = first_name(world, "global/forwardingRules");
		char *address = first_name(world, "global/addresses");

		world_do(world, "DELETE", arena_printf(json_arena(), "global/forwardingRules/%s", rule), NULL);
		world_do(world, "DELETE", arena_printf(json_arena(), "global/addresses/%s", address), NULL);
	}
	check_rest(world, 1, 1);
}

void drift_change(struct world *world)
{
	JSON_WORK(work);
	char *check, *map, *group;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check = arena_printf(json_arena(), "global/healthChecks/%s", first_name(world, "global/healthChecks"));
	map = arena_printf(json_arena(), "global/urlMaps/%s", first_name(world, "global/urlMaps"));
	group = arena_printf(json_arena(), "zones/us-central1-a/instanceGroupManagers/%s/resize?size=7",
		first_name(world, "zones/us-central1-a/instanceGroupManagers"));
	world_do(world, "PATCH", check, "{\"checkIntervalSec\":77}");
	world_do(world, "POST", group, NULL);
	world_do(world, "PATCH", map,
		"{\"hostRules\":[{\"hosts\":[\"a.example.com\"],\"pathMatcher\":\"m\"}],\"pathMatchers\":[{\"name\":"
		"\"m\","
		"\"defaultUrlRedirect\":{\"httpsRedirect\":true,\"stripQuery\":false}}]}");
	world_run(world, MINUTE);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 3);
	if (json_has(json_parse_text(world_cloud(world, "GET", map, NULL)), "hostRules"))
		world_complain(world, "the URL map kept a rule made by hand");
	if (json_int(json_parse_text(world_cloud(world, "GET", check, NULL)), "checkIntervalSec", 0) == 77)
		world_complain(world, "the health check kept an interval set by hand");
}

/* Is there a difference of that member in the status? path "": a resource as a whole. */
static bool is_shown(const struct world *world, const char *kind, const char *path, const char *seen)
{
	JSON_WORK(work);
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(apiserver_get(&world->api, KEY), "status.differences"))
	{
		if (text_equal(json_text(item, "kind"), kind) && text_equal(json_text(item, "path"), path) &&
			text_equal(json_text(item, "seen"), seen))
			return true;
	}
	return false;
}

static void check_shown(struct world *world, const char *kind, const char *path, const char *seen)
{
	if (!is_shown(world, kind, path, seen))
		world_complain(world, "no difference shows %s %s as %s", kind, path, seen);
}

/* Shown, and left so, until the spec says otherwise; and it can be deleted. */
void drift_report(struct world *world)
{
	JSON_WORK(work);
	char *service, *wall;
	uint64_t writes;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	apiserver_edit(&world->api, KEY, "{\"driftPolicy\":\"Report\"}");
	check_ready(world, KEY);
	service = arena_printf(json_arena(), "global/backendServices/%s", first_name(world, "global/backendServices"));
	wall = arena_printf(json_arena(), "global/firewalls/%s", first_name(world, "global/firewalls"));
	writes = world->cloud_writes;
	world_do(world, "PATCH", service, "{\"timeoutSec\":7}");
	world_do(world, "DELETE", wall, NULL);
	world_run(world, MINUTE);
	check_reason(world, KEY, "Drifted", "driftPolicy is Report");
	check_stalled(world, KEY);
	check_shown(world, "BackendService", "timeoutSec", "7");
	check_shown(world, "Firewall", "", "absent");
	check_event(world, "Drifted", "timeoutSec");
	apiserver_edit(&world->api, KEY, "{\"replicas\":5}");
	world_run(world, 5 * MINUTE);
	check_shown(world, "InstanceGroupManager", "targetSize", "3");
	check_no_writes(world, writes);
	apiserver_edit(&world->api, KEY, "{\"driftPolicy\":\"Correct\"}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 5);
	if (json_has(apiserver_get(&world->api, KEY), "status.differences"))
		world_complain(world, "differences are shown that are none any more");
	apiserver_edit(&world->api, KEY, "{\"driftPolicy\":\"Report\"}");
	world_do(world, "PATCH", service, "{\"timeoutSec\":8}");
	world_run(world, MINUTE);
	check_deleted(world, KEY);
	judge_nothing(world);
}

/* An object that only reports from the start makes nothing, and needs nothing undone. */
void drift_report_first(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL ",\"driftPolicy\":\"Report\""));
	check_reason(world, KEY, "Drifted", "driftPolicy is Report");
	check_shown(world, "ForwardingRule", "", "absent");
	world_run(world, 5 * MINUTE);
	judge_nothing(world);
	if (world->cloud_writes)
		world_complain(world, "driftPolicy Report wrote to the cloud");
	check_deleted(world, KEY);
}

/* The cloud shows another timeout than the one that it was given. */
static bool another_timeout(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	static const char member[] = "\"timeoutSec\":30";
	AUTO_FREE char *text = mem_strndup(answer->body ? answer->body : "", answer->length);
	char *at = strstr(text, member);

	if (!text_equal(call->method, "GET") || !strstr(call->path, "/backendServices") || !at)
		return false;
	memcpy(at + sizeof(member) - 3, "77", 2);
	fake_answer_bytes(call, answer->status, answer->content_type, text, answer->length);
	return true;
}

/* Design rule 11. */
void drift_stuck(struct world *world)
{
	struct writes writes;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	writes = writes_now(world);
	world->spoil = another_timeout;
	world->spoil_left = 1;
	check_reason(world, KEY, "Drifted", "timeoutSec was written twice");
	check_stalled(world, KEY);
	check_event(world, "NotCorrected", "timeoutSec");
	check_shown(world, "BackendService", "timeoutSec", "77");
	world_run(world, 10 * MINUTE);
	check_writes(world, &writes, 2);
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"portName\":\"web\"}}"); /* an edit gives it its tries again */
	world_run(world, 10 * MINUTE);
	check_reason(world, KEY, "Drifted", "timeoutSec was written twice");
	world->spoil_left = 0; /* as wanted, once seen */
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

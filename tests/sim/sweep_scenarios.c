/* What sweeps see and don't see: what is not shown is only absent when everything was shown; and a look on request. */
#include <string.h>

#include "sim/script.h"

/* A zone that can't be reached: its group is not shown, and the list says so. */
static bool unreachable_zone(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	static const char body[] =
		"{\"kind\":\"compute#instanceGroupManagerAggregatedList\",\"items\":{\"zones/"
		"us-central1-a\":{\"warning\":"
		"{\"code\":\"UNREACHABLE\",\"message\":\"not reached\"}}},\"unreachables\":[\"zones/us-central1-a\"]}";

	if (!strstr(call->path, "/aggregated/instanceGroupManagers"))
		return false;
	fake_answer_bytes(call, 200, answer->content_type, body, strlen(body));
	return true;
}

/* Nothing on the first page, and the second one fails. */
static bool lost_page(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	static const char first[] = "{\"kind\":\"compute#urlMapList\",\"items\":[],\"nextPageToken\":\"two\"}";
	static const char second[] =
		"{\"error\":{\"code\":503,\"message\":\"try again\",\"errors\":[{\"reason\":\"backendError\"}]}}";

	if (!text_ends(call->path, "/global/urlMaps") || !text_equal(call->method, "GET"))
		return false;
	if (strstr(call->query, "pageToken=two"))
		fake_answer_bytes(call, 503, answer->content_type, second, strlen(second));
	else
		fake_answer_bytes(call, 200, answer->content_type, first, strlen(first));
	return true;
}

/* The body ends in the middle. */
static bool cut_page(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	if (!text_ends(call->path, "/global/backendServices") || !text_equal(call->method, "GET"))
		return false;
	fake_answer_bytes(call, 200, answer->content_type, answer->body, answer->length * 2 / 3);
	return true;
}

typedef bool (*spoil_fn)(struct world *world, struct fake_call *call, struct emulator_answer *answer);
static const spoil_fn SPOILS[] = {unreachable_zone, lost_page, cut_page};

/* Nothing is made anew, and what is said is that the cloud can't be read. */
void sweep_not_shown(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	for (size_t i = 0; i < sizeof(SPOILS) / sizeof(SPOILS[0]); i++) {
		uint64_t writes = world->cloud_writes;

		world->spoil = SPOILS[i];
		world->spoil_left = 1;
		check_reason(world, KEY, "CloudUnavailable", "");
		world_run(world, 10 * MINUTE);
		if (world->cloud_writes != writes)
			world_complain(
				world, "%d writes because of what was not shown", (int)(world->cloud_writes - writes));
		world->spoil_left = 0;
		check_ready(world, KEY);
	}
	check_rest(world, 1, 1);
}

/* The finalizer stays as long as something may be left. */
void sweep_no_proof(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	world->spoil = unreachable_zone;
	world->spoil_left = 1;
	apiserver_delete(&world->api, KEY);
	world_run(world, 30 * MINUTE);
	if (!map_find(&world->api.objects, KEY))
		world_complain(world, "the object is gone although a zone was never seen");
	world->spoil_left = 0;
	check_gone(world, KEY);
	judge_nothing(world);
}

static void reach_zone(struct world *world, bool reached)
{
	AUTO_FREE char *body = mem_printf(
		"{\"unreachable\":{\"scope\":\"zones/us-central1-a\",\"on\":%s}}", reached ? "false" : "true");

	world_do(world, "POST", "/emulator/v1/world", body);
}

/* A zone that can't be reached is the trouble of whoever has something there, and of nobody else. */
void sweep_zone_lost(struct world *world)
{
	uint64_t writes;

	start_with(world, SEED_OBJECT);
	apiserver_apply(&world->api,
		OBJECT("default", "other", TEMPLATE ",\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-b\"}]"));
	check_rest(world, 2, 2);
	reach_zone(world, false);
	writes = world->cloud_writes;
	for (int i = 0; i < 20; i++) {
		world_run(world, MINUTE);
		if (!is_true(world, "default/other", "Ready"))
			world_complain(world, "after %d minutes the other one is not Ready", i + 1);
	}
	check_reason(world, KEY, "CloudUnavailable", "zones/us-central1-a");
	if (is_true(world, KEY, "Ready"))
		world_complain(world, "Ready, although nobody can see its machines");
	check_no_writes(world, writes);
	apiserver_edit(&world->api, "default/other", "{\"serving\":{\"timeoutSec\":55}}");
	check_ready(world, "default/other");
	reach_zone(world, true);
	check_ready(world, KEY);
	check_rest(world, 2, 2);
}

static bool is_handled(const struct world *world, const char *value)
{
	JSON_WORK(work);

	return text_equal(json_text(apiserver_get(&world->api, KEY), "status.handledReconcile"), value);
}

/* Seen and put back at once, and told as handled; the same value again asks for nothing. */
void sweep_asked(struct world *world)
{
	JSON_WORK(work);
	char *check;
	uint64_t writes;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	judge_quiet(world);
	check = arena_printf(json_arena(), "global/healthChecks/%s", first_name(world, "global/healthChecks"));
	for (int i = 0; i < 5; i++) { /* wherever in the interval of sweeps it comes */
		AUTO_FREE char *value = mem_printf("look-%d", i);

		world_run(world, 7 * MINUTE + i * 10000);
		world_do(world, "PATCH", check, "{\"checkIntervalSec\":77}");
		apiserver_annotate(&world->api, KEY, "tflb.dev/reconcile", value);
		world_run(world, 8000);
		if (!is_handled(world, value))
			world_complain(world, "%s is not handled", value);
		world_run(world, 15000);
		if (json_int(json_parse_text(world_cloud(world, "GET", check, NULL)), "checkIntervalSec", 0) == 77)
			world_complain(world, "%s did not bring a fresh look", value);
	}
	check_settled(world);
	world_run(world, 7 * MINUTE);
	apiserver_annotate(&world->api, KEY, "tflb.dev/reconcile", "look-5"); /* there is nothing new to see */
	world_run(world, 8000);
	if (!is_handled(world, "look-5"))
		world_complain(world, "look-5 is not handled");
	writes = world->api.status_writes;
	apiserver_annotate(&world->api, KEY, "tflb.dev/reconcile", "look-5");
	apiserver_annotate(&world->api, KEY, "example.com/other", "x");
	judge_quiet(world);
	if (world->api.status_writes != writes || !is_handled(world, "look-5"))
		world_complain(world, "the status was written although nothing new was asked");
	check_rest(world, 1, 1);
}

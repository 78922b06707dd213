/* Scripts about updates of machines. */
#include "sim/script.h"

#include <string.h>

#include "kinds/mark.h"

#define WORLD "/emulator/v1/world"
#define ONE_POOL(more) "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"" more "}]}"

static char *machine_names(struct world *world)
{
	char *names = arena_strdup(json_arena(), "");
	const cJSON *machine;

	cJSON_ArrayForEach(machine, world_list(world, "zones/us-central1-a/instances")) names =
		arena_printf(json_arena(), "%s %s", names, json_text_or(machine, "name", ""));
	return names;
}

static int count_machines(struct world *world, const char *path, const char *text)
{
	const cJSON *machine;
	int count = 0;

	cJSON_ArrayForEach(machine, world_list(world, "zones/us-central1-a/instances"))
	{
		const char *is = json_text_or(machine, path, "");
		count += text_ends(is, text);
	}
	return count;
}

/* Labels reach machines that run, another type restarts them, another image is other machines. Each is told beforehand. */
void least_disruption(struct world *world)
{
	JSON_WORK(work);
	char *names;

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	names = machine_names(world);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"labels\":{\"tier\":\"b\"}}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_event(world, "RollingOut", "no machine restarts (REFRESH)");
	judge_machines_have(world, "us-central1-a", "labels.tier", "b", 3);
	apiserver_edit(&world->api, KEY,
		"{\"updatePolicy\":{\"maxUnavailable\":{\"fixed\":1}},\"template\":{\"machineType\":\"n1-standard-8\"}"
		"}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_event(world, "RollingOut", "each machine restarts (RESTART)");
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-8", 3);
	if (!text_equal(names, machine_names(world)))
		world_complain(world, "machines were replaced for labels or a type");
	apiserver_edit(&world->api, KEY,
		"{\"updatePolicy\":{\"replacementMethod\":\"RECREATE\"},\"template\":{\"image\":\"projects/"
		"debian-cloud/"
		"global/images/family/debian-12\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_event(world, "RollingOut", "each machine is replaced under its name (REPLACE)");
	if (!text_equal(names, machine_names(world)))
		world_complain(world, "RECREATE did not keep the machines' names");
	apiserver_edit(&world->api, KEY,
		"{\"updatePolicy\":{\"replacementMethod\":null,\"minimalAction\":\"REPLACE\"},\"template\":{\"labels\":"
		"null}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_event(world, "RollingOut", "each machine is replaced by another one (REPLACE)");
	if (text_equal(names, machine_names(world)))
		world_complain(world, "minimalAction REPLACE replaced nothing");
}

static const char *metadata_of(const cJSON *machine, const char *key)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(machine, "metadata.items"))
	{
		if (text_equal(json_text(item, "key"), key))
			return json_text(item, "value");
	}
	return NULL;
}

/* value NULL: none has the key. */
static void check_metadata(struct world *world, const char *key, const char *value)
{
	const cJSON *machine;

	cJSON_ArrayForEach(machine, world_list(world, "zones/us-central1-a/instances"))
	{
		const char *is = metadata_of(machine, key);

		if (!text_equal(is, value))
			world_complain(world, "machine %s has %s = %s", json_text_or(machine, "name", ""), key,
				is ? is : "nothing");
	}
}

#define CONFIG(properties) "{\"allInstancesConfig\":" properties "}"

/* Properties of all machines reach those that run, by the same template: changed, of one pool, left to others, and taken away. */
void all_instances(struct world *world)
{
	JSON_WORK(work);
	char *names;

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	names = machine_names(world);
	apiserver_edit(&world->api, KEY, CONFIG("{\"metadata\":{\"model\":\"v1\"},\"labels\":{\"tier\":\"gpu\"}}"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_event(world, "RollingOut", "other properties of all machines: no machine restarts (REFRESH)");
	judge_machines_have(world, "us-central1-a", "labels.tier", "gpu", 3);
	check_metadata(world, "model", "v1");
	apiserver_edit(&world->api, KEY,
		ONE_POOL(",\"allInstancesConfig\":{\"metadata\":{\"model\":\"v2\",\"size\":\"big\"}}"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_metadata(world, "model", "v2");
	check_metadata(world, "size", "big");
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"}],\"updatePolicy\":{\"type\":"
		"\"OPPORTUNISTIC\"}}");
	check_ready(world, KEY);
	check_settled(world);
	check_message(world, KEY, "machines keep earlier metadata and labels");
	check_metadata(world, "model", "v2");
	judge_quiet(world);
	apiserver_edit(&world->api, KEY, "{\"allInstancesConfig\":null,\"updatePolicy\":{\"type\":\"PROACTIVE\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_metadata(world, "model", NULL);
	if (!text_equal(names, machine_names(world)))
		world_complain(world, "machines were replaced for metadata or labels");
	check_nothing_refused(world);
}

/* What may not be touched keeps its template, which stays as long; that is no trouble, and is said. */
void updates_left_to_others(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf",
				  TEMPLATE ",\"rollout\":{\"progressDeadlineSec\":600},\"updatePolicy\":{\"type\":"
					   "\"OPPORTUNISTIC\"}," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_settled(world);
	check_message(world, KEY, "3 of 3 machines keep an earlier template");
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 3);
	world_run(world, 40000); /* as in check_rest: the other of two leaders may lag */
	judge_quiet(world);
	world_run(world, 60 * MINUTE); /* no deadline is for what nobody does */
	check_message(world, KEY, "3 of 3 machines keep an earlier template");
	apiserver_edit(&world->api, KEY, "{\"replicas\":4}");
	check_ready(world, KEY);
	check_settled(world);
	check_message(world, KEY, "3 of 4 machines keep an earlier template");
	if (count_machines(world, "machineType", "/n1-standard-8") != 1)
		world_complain(world, "the machine that came is not of the new template");
	apiserver_edit(&world->api, KEY, "{\"updatePolicy\":{\"type\":\"PROACTIVE\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-8", 4);
	apiserver_edit(&world->api, KEY,
		"{\"updatePolicy\":{\"maxUnavailable\":{\"percent\":50},\"mostDisruptiveAllowedAction\":\"REFRESH\"},"
		"\"template\":{\"machineType\":\"n1-standard-4\"}}");
	check_ready(world, KEY);
	check_settled(world);
	check_message(world, KEY, "4 of 4 machines keep an earlier template");
	apiserver_edit(&world->api, KEY, ONE_POOL(",\"updatePolicy\":{\"mostDisruptiveAllowedAction\":\"RESTART\"}"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 4);
}

#define TWO_MORE "\"updatePolicy\":{\"maxSurge\":{\"fixed\":2,\"percent\":null},\"maxUnavailable\":null}"

/* Percent for many, numbers for few, and sizes that cross the line: no call is refused. */
void update_amounts(struct world *world)
{
	static const char *const sizes[] = {"{\"replicas\":12}", "{\"replicas\":9}", "{\"replicas\":0}",
		"{\"replicas\":10}", "{\"replicas\":2," TWO_MORE "}",
		"{\"replicas\":11,\"updatePolicy\":{\"maxSurge\":{\"percent\":100,\"fixed\":null}}}"};

	start_with(world,
		OBJECT("default", "tf",
			TEMPLATE
			",\"updatePolicy\":{\"maxSurge\":{\"percent\":20},\"maxUnavailable\":{\"percent\":10}}," POOL));
	check_ready(world, KEY);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		apiserver_edit(&world->api, KEY, sizes[i]);
		check_ready(world, KEY);
		check_rest(world, 1, 1);
	}
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_nothing_refused(world);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-8", 11);
}

/* --- updates that fail --- */

#define DEBIAN "projects/debian-cloud/global/images/family/debian-12"
#define BAD "{\"template\":{\"image\":\"" DEBIAN "\"}}"
#define BAD_IMAGE                                                                                                      \
	"{\"image\":{\"project\":\"debian-cloud\",\"name\":\"debian-12-bookworm-v20260609\",\"serves\":false}}"

static const cJSON *pool_of(const struct world *world)
{
	return json_at(apiserver_get(&world->api, KEY), "status.pools[0]");
}

static void check_back(struct world *world, const char *healthy)
{
	JSON_WORK(work);
	const cJSON *pool = pool_of(world);

	if (!text_equal(json_text(pool, "healthyTemplate"), healthy))
		world_complain(world, "healthyTemplate is %s, not %s", json_text_or(pool, "healthyTemplate", "nothing"),
			healthy);
	if (!json_text(pool, "rolledBack.template") || !json_text(pool, "rolledBack.inputs"))
		world_complain(world, "rolledBack: %s", json_print(json_member(pool, "rolledBack")));
	if (json_has(pool, "progressTime"))
		world_complain(world, "progressTime stays");
}

static const cJSON *group_now(struct world *world)
{
	return world_list(world, "zones/us-central1-a/instanceGroupManagers")->child;
}

/* Somebody writes over the note that says why the pool went back: it is written again, and no machine changes. */
static void break_note(struct world *world)
{
	JSON_WORK(work);
	const cJSON *group = group_now(world);
	const char *before = json_text_or(group, "description", ""), *template = json_text(group, "instanceTemplate");
	cJSON *body = cJSON_CreateObject();

	json_set_text(body, "fingerprint", json_text(group, "fingerprint"));
	json_set_text(body, "description", mark_with_note(before, json_parse_text("{\"by\":\"hand\"}")));
	world_do(world, "PATCH",
		arena_printf(
			json_arena(), "zones/us-central1-a/instanceGroupManagers/%s", json_text_or(group, "name", "")),
		json_print(body));
	world_run(world, 10 * MINUTE);
	group = group_now(world);
	if (!text_equal(json_text(group, "description"), before))
		world_complain(world, "the note is %s, not %s", json_text_or(group, "description", ""), before);
	if (!text_equal(json_text(group, "instanceTemplate"), template))
		world_complain(world, "a broken note moved the group to %s", json_text(group, "instanceTemplate"));
	check_reason(world, KEY, "RolledBack", "is back at");
}

/* An image whose machines never answer: the pool goes back by itself, serves all the time, and stays there, also after a restart
 * and another size; a spec that is good again is rolled out. */
void rolls_back(struct world *world)
{
	JSON_WORK(work);
	char *good;

	world_do(world, "POST", WORLD, BAD_IMAGE);
	start_with(world, OBJECT("default", "tf", TEMPLATE ",\"rollout\":{\"progressDeadlineSec\":900}," POOL));
	check_ready(world, KEY);
	check_settled(world);
	good = arena_strdup(json_arena(), json_text_or(pool_of(world), "template", ""));
	apiserver_edit(&world->api, KEY, BAD);
	check_reason(world, KEY, "RollingOut", "0 of 3");
	check_reason(world, KEY, "RolledBack", "is not tried again before the spec changes");
	check_message(world, KEY, "no progress for 900 s");
	check_event(world, "RolledBack", "Waiting for HEALTHY state timed out");
	check_stalled(world, KEY);
	world_run(world, 10 * MINUTE); /* what failed is drained */
	check_back(world, good);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 3);
	world_run(world, 60 * MINUTE);
	check_reason(world, KEY, "RolledBack", "is back at");
	break_note(world);
	apiserver_edit(&world->api, KEY, "{\"replicas\":4}");
	world_run(world, 10 * MINUTE);
	check_reason(world, KEY, "RolledBack", "is back at");
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 4);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"image\":\"" IMAGE "\",\"labels\":{\"tier\":\"b\"}}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (json_has(pool_of(world), "rolledBack"))
		world_complain(world, "rolledBack stays when it is over");
}

/* Two that write in turn forget that the pool served, and name what troubles its machines alone. */
static const char *failing_reason(const struct world *world)
{
	return world->replica_count > 1 ? "MachinesFailing" : "RollingOut";
}

/* Back to what it was, and the same once more: somebody wants it tried again. */
void rolls_back_again(struct world *world)
{
	world_do(world, "POST", WORLD, BAD_IMAGE);
	start_with(world, OBJECT("default", "tf", TEMPLATE ",\"rollout\":{\"progressDeadlineSec\":600}," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, BAD);
	check_reason(world, KEY, "RolledBack", "");
	apiserver_edit(&world->api, KEY, "{\"template\":{\"image\":\"" IMAGE "\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, BAD);
	if (world->replica_count < 2)
		check_reason(world, KEY, "RollingOut", "");
	check_reason(world, KEY, "RolledBack", "");
	world_do(world, "POST", WORLD,
		"{\"image\":{\"project\":\"debian-cloud\",\"name\":\"debian-12-bookworm-v20260609\",\"serves\":true}}");
	apiserver_edit(&world->api, KEY, "{\"rollout\":{\"progressDeadlineSec\":900}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* A machine type that is not there: told with the cloud's words while it is tried, and given up. With Hold it goes on. */
void rollout_held(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf",
				  TEMPLATE ",\"rollout\":{\"progressDeadlineSec\":600,\"failurePolicy\":\"Hold\","
					   "\"revisionHistoryLimit\":0}," POOL));
	check_ready(world, KEY);
	check_settled(world);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-5\"}}");
	check_reason(world, KEY, failing_reason(world), "can't be created");
	world_run(world, 20 * MINUTE);
	check_reason(world, KEY, failing_reason(world), "the update has failed: no progress for 600 s");
	if (json_has(pool_of(world), "rolledBack"))
		world_complain(world, "Hold went back");
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* More of them ill than allowed: given up long before the deadline, which is later than any script waits. */
void rollout_makes_ill(struct world *world)
{
	world_do(world, "POST", WORLD, BAD_IMAGE);
	start_with(world, OBJECT("default", "tf",
				  TEMPLATE ",\"replicas\":4,\"updatePolicy\":{\"maxSurge\":{\"fixed\":4}},\"rollout\":{"
					   "\"progressDeadlineSec\":86400}," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, BAD);
	check_reason(world, KEY, "RolledBack", "more than 25% of the machines are unhealthy");
	check_nothing_refused(world);
}

/* The lines of `kubectl get tflb -w` from here to the last one: what STATUS says, and of how many machines at the new template. */
static void check_lines(struct world *world, const char *reasons, const char *updated)
{
	JSON_WORK(work);
	char *said = arena_strdup(json_arena(), ""), *counts = said, *reason = said;
	const char *last = strrchr(reasons, ' ') + 1;
	int64_t count = -1;

	for (int64_t passed = 0; passed < LONG && !(strchr(said + 1, ' ') && text_equal(reason, last));
		passed += 1000) {
		char *now = condition_text(world, KEY, "Ready", "reason");
		int64_t at = json_int(apiserver_get(&world->api, KEY), "status.updatedReplicas", 0);

		if (!text_equal(now, reason))
			said = arena_printf(json_arena(), "%s %s", said, reason = now);
		if (at != count && text_equal(now, "RollingOut"))
			counts = arena_printf(json_arena(), "%s %d", counts, (int)(count = at));
		world_run(world, 1000);
	}
	if (!text_equal(said, reasons))
		world_complain(world, "the lines say%s, not%s", said, reasons);
	if (!text_equal(counts, updated))
		world_complain(world, "machines at the new template:%s, not%s", counts, updated);
}

/* Whoever watches reads a story in which nothing is said twice. The machines that it goes back to were there all the time. */
void rollout_lines(struct world *world)
{
	world_do(world, "POST", WORLD, BAD_IMAGE);
	start_with(world, OBJECT("default", "tf", TEMPLATE ",\"rollout\":{\"progressDeadlineSec\":600}," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_lines(world, " Serving RollingOut Serving", " 0 1 2 3");
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, BAD);
	check_lines(world, " Serving RollingOut RolledBack", " 0 1");
	check_nothing_refused(world);
}

/* Many edits in a row: always towards the newest, and in the end no more templates are left than are kept. */
void quick_edits(struct world *world)
{
	static const char *const types[] = {
		"n1-standard-8", "n1-standard-16", "n2-standard-4", "n2-standard-8", "n1-standard-2"};

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		JSON_WORK(work);
		apiserver_edit(&world->api, KEY,
			arena_printf(json_arena(), "{\"template\":{\"machineType\":\"%s\"}}", types[i]));
		world_run(world, 40000);
	}
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_nothing_refused(world);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-2", 3);
}

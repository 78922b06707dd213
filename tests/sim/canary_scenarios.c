/* Scripts about canaries: some machines of a pool that try another template. */
#include <string.h>

#include "sim/script.h"

#define WORLD "/emulator/v1/world"
#define DEBIAN "projects/debian-cloud/global/images/family/debian-12"
#define SERVES(yes)                                                                                                    \
	"{\"image\":{\"project\":\"debian-cloud\",\"name\":\"debian-12-bookworm-v20260609\",\"serves\":" yes "}}"
#define CPU "{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"replicas\":4"
#define CANARY(template, size) ",\"canary\":{\"template\":{" template "}," size "}"
#define BIG "\"machineType\":\"n1-standard-8\""
#define POOLS(more) "{\"pools\":[" CPU more "}]}"

static const cJSON *pool_of(const struct world *world)
{
	return json_at(apiserver_get(&world->api, KEY), "status.pools[0]");
}

static const cJSON *group_of(struct world *world)
{
	return world_list(world, "zones/us-central1-a/instanceGroupManagers")->child;
}

/* Names of the zone's machines whose member ends so, one after the other. */
static char *names_with(struct world *world, const char *member, const char *end)
{
	char *names = arena_strdup(json_arena(), "");
	const cJSON *machine;

	cJSON_ArrayForEach(machine, world_list(world, "zones/us-central1-a/instances"))
	{
		if (text_ends(json_text_or(machine, member, ""), end))
			names = arena_printf(json_arena(), "%s %s", names, json_text_or(machine, "name", ""));
	}
	return names;
}

static void check_types(struct world *world, int small, int big)
{
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", small);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-8", big);
}

static void check_canary(struct world *world, int count)
{
	const cJSON *canary = json_member(pool_of(world), "canary");

	if (json_int(canary, "replicas", -1) != count || json_int(canary, "readyReplicas", -1) != count)
		world_complain(world, "status tells %s of %d canaries", canary ? json_print(canary) : "nothing", count);
	if (!json_text(canary, "template") ||
		text_equal(json_text(canary, "template"), json_text(pool_of(world), "template")))
		world_complain(world, "the canaries' template is told as %s", json_text_or(canary, "template", ""));
}

static void check_no_canary(struct world *world)
{
	if (json_has(pool_of(world), "canary"))
		world_complain(world, "status tells of canaries that are not wanted");
}

static void edit(struct world *world, const char *spec)
{
	apiserver_edit(&world->api, KEY, spec);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static void start(struct world *world, const char *rollout)
{
	JSON_WORK(work);

	start_with(world,
		arena_printf(json_arena(), OBJECT("default", "tf", TEMPLATE ",%s\"pools\":[%s}]"), rollout, CPU));
	check_ready(world, KEY);
	check_settled(world);
}

/* One machine, more of them, a share; then it is promoted: those that have it are left alone, whether canary is still written or not. */
void canary(struct world *world)
{
	JSON_WORK(work);
	char *tried;

	start(world, "");
	edit(world, POOLS(CANARY(BIG, "\"replicas\":1")));
	check_types(world, 3, 1);
	check_canary(world, 1);
	check_message(world, KEY, "pool cpu: 1 of 1 canary machines are healthy");
	check_event(world, "RollingOut", "on 1 canary machine: each machine is replaced by another one (REPLACE)");
	tried = names_with(world, "machineType", "/n1-standard-8");
	edit(world, POOLS(CANARY(BIG, "\"percent\":30")));
	check_types(world, 2, 2);
	check_canary(world, 2);
	if (!strstr(names_with(world, "machineType", "/n1-standard-8"), tried))
		world_complain(world, "more canaries replaced the first one");
	edit(world, "{\"template\":{" BIG "}}");
	check_types(world, 0, 4);
	check_no_canary(world);
	if (!strstr(names_with(world, "machineType", "/n1-standard-8"), tried))
		world_complain(world, "what was promoted replaced the canaries");
	tried = names_with(world, "machineType", "/n1-standard-8");
	edit(world, POOLS(""));
	if (!text_equal(tried, names_with(world, "machineType", "/n1-standard-8")))
		world_complain(world, "a canary that is no longer written changed machines");
	edit(world, POOLS(CANARY("\"labels\":{\"tier\":\"b\"}", "\"replicas\":2")));
	judge_machines_have(world, "us-central1-a", "labels.tier", "b", 2);
	check_event(world, "RollingOut", "on 2 canary machines: no machine restarts (REFRESH)");
	edit(world, POOLS(""));
	judge_machines_have(world, "us-central1-a", "labels.tier", "b", 0);
	check_nothing_refused(world);
}

/* Its machines never answer: they go, the others never change, and it is not tried again before the spec changes. */
void canary_fails(struct world *world)
{
	JSON_WORK(work);
	char *others, *template;

	world_cloud(world, "POST", WORLD, SERVES("false"));
	start(world, "\"rollout\":{\"progressDeadlineSec\":600},");
	others = names_with(world, "status", "RUNNING");
	template = arena_strdup(json_arena(), json_text_or(pool_of(world), "template", ""));
	apiserver_edit(&world->api, KEY,
		POOLS(",\"updatePolicy\":{\"maxSurge\":{\"fixed\":1}}" CANARY(
			"\"image\":\"" DEBIAN "\"", "\"replicas\":1")));
	check_reason(world, KEY, "RollingOut", "");
	check_reason(world, KEY, "RolledBack", "pool cpu: the canary of instance template");
	check_message(world, KEY, "is not tried again before the spec changes");
	check_stalled(world, KEY);
	check_event(world, "RolledBack", "the canary of instance template");
	world_run(world, 10 * MINUTE);
	check_no_canary(world);
	if (!text_equal(json_text(pool_of(world), "healthyTemplate"), template) ||
		text_equal(json_text_or(pool_of(world), "rolledBack.template", template), template))
		world_complain(world, "what failed and what it is back at: %s", json_print(pool_of(world)));
	if (!text_equal(others, names_with(world, "status", "RUNNING")) && world->replica_count == 1 && !world->kill_at)
		world_complain(world, "a canary that failed changed other machines");
	judge_machines(world, "us-central1-a", 4);
	world_run(world, 60 * MINUTE);
	check_reason(world, KEY, "RolledBack", "it is back at");
	apiserver_edit(&world->api, KEY, "{\"replicas\":5}");
	world_run(world, 10 * MINUTE);
	check_reason(world, KEY, "RolledBack", "it is back at");
	edit(world, POOLS(CANARY(BIG, "\"replicas\":1")));
	check_types(world, 3, 1);
	if (json_has(pool_of(world), "rolledBack"))
		world_complain(world, "rolledBack stays when it is over");
	check_nothing_refused(world);
}

static void break_machine(struct world *world, const char *name)
{
	JSON_WORK(work);

	world_cloud(world, "POST", WORLD,
		arena_printf(json_arena(),
			"{\"breakInstance\":\"projects/my-project/zones/us-central1-a/instances/%s\"}", name + 1));
}

/* One that was healthy, and is made anew in vain long after it arrived. With Hold that is only told. */
void canary_falls_ill(struct world *world)
{
	JSON_WORK(work);

	start(world, "\"rollout\":{\"progressDeadlineSec\":900,\"failurePolicy\":\"Hold\"},");
	edit(world, POOLS(CANARY("\"image\":\"" DEBIAN "\",\"labels\":{\"is\":\"canary\"}", "\"percent\":25")));
	check_canary(world, 1);
	world_run(world, 120 * MINUTE);
	world_cloud(world, "POST", WORLD, SERVES("false"));
	break_machine(world, names_with(world, "labels.is", "canary"));
	check_reason(world, KEY, "Unhealthy", "pool cpu: the update has failed: no progress for 900 s");
	judge_machines(world, "us-central1-a", 4);
	apiserver_edit(&world->api, KEY, "{\"rollout\":{\"failurePolicy\":\"Rollback\"}}");
	check_reason(world, KEY, "RolledBack", "the canary of instance template");
	world_run(world, 10 * MINUTE);
	check_no_canary(world);
	judge_machines_have(world, "us-central1-a", "labels.is", "canary", 0);
	judge_machines(world, "us-central1-a", 4);
	edit(world, POOLS(""));
	check_nothing_refused(world);
}

/* More of them ill than allowed, which goes by the canaries alone. */
void canary_makes_ill(struct world *world)
{
	world_cloud(world, "POST", WORLD, SERVES("false"));
	start(world, "\"updatePolicy\":{\"maxSurge\":{\"fixed\":4}},\"rollout\":{\"progressDeadlineSec\":86400},");
	apiserver_edit(&world->api, KEY, POOLS(CANARY("\"image\":\"" DEBIAN "\"", "\"replicas\":2")));
	check_reason(world, KEY, "RolledBack", "more than 25% of the machines are unhealthy");
	world_run(world, 10 * MINUTE);
	judge_machines(world, "us-central1-a", 4);
	check_nothing_refused(world);
}

static void patch_versions(struct world *world, const char *versions)
{
	JSON_WORK(work);

	world_cloud(world, "PATCH",
		arena_printf(json_arena(), "zones/us-central1-a/instanceGroupManagers/%s",
			json_text_or(group_of(world), "name", "")),
		arena_printf(json_arena(), "{\"versions\":%s}", versions));
	world->meddled = true;
	world_run(world, 3 * MINUTE);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static const char *version_template(struct world *world, int index)
{
	return json_text_or(group_of(world), arena_printf(json_arena(), "versions[%d].instanceTemplate", index), "");
}

#define VERSION(size) "{\"instanceTemplate\":\"%s\",\"targetSize\":" size "}"

/* Versions that somebody made are put back: other sizes, the same two the other way round, and one of his own. */
void canary_drift(struct world *world)
{
	JSON_WORK(work);
	const char *own, *tried;

	start(world, "");
	edit(world, POOLS(CANARY(BIG, "\"replicas\":1")));
	own = arena_strdup(json_arena(), version_template(world, 0));
	tried = arena_strdup(json_arena(), version_template(world, 1));
	patch_versions(
		world, arena_printf(json_arena(), "[" VERSION("{}") "," VERSION("{\"fixed\":3}") "]", own, tried));
	check_types(world, 3, 1);
	patch_versions(
		world, arena_printf(json_arena(), "[" VERSION("{\"percent\":50}") "," VERSION("{}") "]", own, tried));
	check_types(world, 3, 1);
	patch_versions(world, arena_printf(json_arena(), "[" VERSION("{}") "]", tried));
	check_types(world, 3, 1);
	edit(world, POOLS(""));
	world_cloud(world, "POST", "global/instanceTemplates",
		"{\"name\":\"by-hand\",\"properties\":{\"machineType\":\"n1-standard-16\",\"disks\":[{\"boot\":true,"
		"\"initializeParams\":{\"sourceImage\":\"" DEBIAN "\"}}],\"networkInterfaces\":[{\"network\":\"global/"
		"networks/default\"}]}}");
	patch_versions(world, arena_printf(json_arena(), "[" VERSION("{}") "," VERSION("{\"fixed\":1}") "]", own,
				      "projects/my-project/global/instanceTemplates/by-hand"));
	check_types(world, 4, 0);
}

/* Over several zones, and where an autoscaler says how many machines there are. */
void canary_sizes(struct world *world)
{
	JSON_WORK(work);

	start_with(world,
		OBJECT("default", "tf",
			TEMPLATE ",\"pools\":[{\"name\":\"cpu\",\"region\":\"us-central1\",\"replicas\":6" CANARY(
				BIG, "\"percent\":40") "}]"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_canary(world, 3);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[{\"name\":\"cpu\",\"region\":\"us-central1\",\"autoscaling\":{\"minReplicas\":3,"
		"\"maxReplicas\":9}" CANARY(BIG, "\"percent\":40") "}]}");
	check_ready(world, KEY);
	world_run(world, 20 * MINUTE);
	check_rest(world, 1, 1);
	check_canary(world, 3);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[{\"name\":\"cpu\",\"region\":\"us-central1\",\"autoscaling\":{\"minReplicas\":3,"
		"\"maxReplicas\":4}" CANARY(BIG, "\"percent\":40") "}]}");
	check_ready(world, KEY);
	world_run(world, 20 * MINUTE);
	check_rest(world, 1, 1);
	check_canary(world, 2);
	edit(world, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"replicas\":0" CANARY(
			    BIG, "\"percent\":40") "}]}");
	check_canary(world, 0);
	check_nothing_refused(world);
}

/* One canary after another before the first is there, and another template below: always towards the newest. */
void canary_quick_edits(struct world *world)
{
	static const char *const types[] = {"n1-standard-16", "n2-standard-4", "n2-standard-8", "n1-standard-8"};

	start(world, "");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		JSON_WORK(work);
		apiserver_edit(&world->api, KEY,
			arena_printf(
				json_arena(), POOLS(CANARY("\"machineType\":\"%s\"", "\"replicas\":1")), types[i]));
		world_run(world, 40000);
	}
	JSON_WORK(work);
	edit(world, "{\"template\":{\"labels\":{\"tier\":\"b\"}}}");
	check_types(world, 3, 1);
	check_canary(world, 1);
	judge_machines_have(world, "us-central1-a", "labels.tier", "b", 4);
	check_nothing_refused(world);
}

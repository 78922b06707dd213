/* Scripts about updates of machines. */
#include "sim/script.h"

#include <string.h>

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

/* What may not be touched keeps its template, which stays as long; that is no trouble, and is said. */
void updates_left_to_others(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf", TEMPLATE ",\"updatePolicy\":{\"type\":\"OPPORTUNISTIC\"}," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_settled(world);
	check_message(world, KEY, "3 of 3 machines keep an earlier template");
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 3);
	judge_quiet(world);
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

/* Percent for many, numbers for few, and sizes that cross the line: no call is refused. */
void update_amounts(struct world *world)
{
	static const char *const sizes[] = {"{\"replicas\":12}", "{\"replicas\":9}", "{\"replicas\":0}",
		"{\"replicas\":10}",
		"{\"replicas\":2,\"updatePolicy\":{\"maxSurge\":{\"fixed\":2,\"percent\":null},\"maxUnavailable\":null}"
		"}",
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

/* Words of the scripts. */
#include "sim/script.h"

#include <string.h>

const char ALL_ALLOWED[] =
	"{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"*\"],\"networks\":[\"**\"],\"subnetworks\":[\"**\"],"
	"\"kmsKeys\":"
	"[\"**\"],\"reservations\":[\"**\"],\"buckets\":[\"*\"],\"resourceManagerTags\":[\"**\"],\"serviceAccounts\":["
	"\"*\"],"
	"\"startupScripts\":\"Allow\","
	"\"privilegedContainers\":\"Allow\",\"adoption\":\"Allow\"}}";

const char SEED_OBJECT[] = OBJECT("default", "tf",
	"\"replicas\":3,\"template\":{\"machineType\":\"n1-standard-4\",\"image\":\"" IMAGE
	"\",\"disk\":{\"autoDelete\":true},\"network\":\"global/networks/default\"},"
	"\"pools\":[{\"name\":\"tf\",\"zone\":\"us-central1-a\",\"baseInstanceName\":\"tf-instance\"}],"
	"\"serving\":{\"protocol\":\"HTTP\",\"portName\":\"http\",\"port\":80},"
	"\"healthCheck\":{\"type\":\"HTTP\",\"port\":80,\"requestPath\":\"/\"},"
	"\"frontend\":{\"loadBalancingScheme\":\"EXTERNAL\",\"port\":80}");

void check_ready(struct world *world, const char *key)
{
	if (world_until_ready(world, key, LONG))
		return;
	{
		JSON_WORK(work);
		const cJSON *object = apiserver_get(&world->api, key);
		const cJSON *ready = json_at(object, "status.conditions[0]");

		world_complain(world, "%s did not become Ready: %s: %s", key,
			json_text_or(ready, "reason", "no status"), json_text_or(ready, "message", ""));
	}
}

void check_settled(struct world *world)
{
	if (!world_until_settled(world, LONG))
		world_complain(world, "not settled after %d minutes", LONG / MINUTE);
}

void check_gone(struct world *world, const char *key)
{
	if (!world_until_gone(world, key, LONG))
		world_complain(world, "%s is not gone", key);
}

void start_with(struct world *world, const char *object)
{
	world_start(world);
	apiserver_apply(&world->api, object);
}

void check_deleted(struct world *world, const char *key)
{
	apiserver_delete(&world->api, key);
	check_gone(world, key);
}

void check_no_writes(struct world *world, uint64_t before)
{
	if (world->cloud_writes != before)
		world_complain(world, "%d writes to the cloud", (int)(world->cloud_writes - before));
}

int for_each(const struct world *world, int count)
{
	return count * world->replica_count;
}

struct writes writes_now(const struct world *world)
{
	return (struct writes){.asked = world->cloud_writes, .begun = world->cloud_begun};
}

void check_writes(struct world *world, const struct writes *since, int count)
{
	int asked = (int)(world->cloud_writes - since->asked), begun = (int)(world->cloud_begun - since->begun);
	bool alone = world->replica_count == 1;

	if (begun < count || begun > for_each(world, count) || (alone && asked != count))
		world_complain(world, "%d writes, %d carried out, %d expected", asked, begun, count);
}

void check_nothing_refused(struct world *world)
{
	if (!world->kill_at && !world->silent_at && world->replica_count == 1)
		judge_nothing_refused(world);
}

void check_rest(struct world *world, int objects, int pools)
{
	check_settled(world);
	judge_chain(world, objects, pools);
	if (!world->meddled)
		check_nothing_refused(world);
	/* The status may lag by half a minute, and once more where a write of it was met with silence. */
	world_run(world, world->silent_at ? 3 * MINUTE : 40000);
	judge_quiet(world);
}

char *condition_text(const struct world *world, const char *key, const char *type, const char *member)
{
	const cJSON *condition;

	cJSON_ArrayForEach(condition, json_at(apiserver_get(&world->api, key), "status.conditions"))
	{
		if (text_equal(json_text(condition, "type"), type))
			return arena_strdup(json_arena(), json_text_or(condition, member, ""));
	}
	return arena_strdup(json_arena(), "");
}

static bool says(const struct world *world, const char *key, const char *word)
{
	return strstr(condition_text(world, key, "Ready", "message"), word) != NULL;
}

void check_reason(struct world *world, const char *key, const char *reason, const char *word)
{
	for (int64_t passed = 0; passed < LONG; passed += 1000) {
		JSON_WORK(work);

		if (text_equal(condition_text(world, key, "Ready", "reason"), reason) && says(world, key, word))
			return;
		world_run(world, 1000);
	}
	{
		JSON_WORK(work);
		world_complain(world, "%s: reason %s with \"%s\" expected, found %s: %s", key, reason, word,
			condition_text(world, key, "Ready", "reason"), condition_text(world, key, "Ready", "message"));
	}
}

void check_message(struct world *world, const char *key, const char *word)
{
	JSON_WORK(work);

	if (!says(world, key, word))
		world_complain(
			world, "%s: \"%s\" expected in: %s", key, word, condition_text(world, key, "Ready", "message"));
}

bool is_true(const struct world *world, const char *key, const char *condition)
{
	JSON_WORK(work);

	return text_equal(condition_text(world, key, condition, "status"), "True");
}

bool is_stalled(const struct world *world, const char *key)
{
	return is_true(world, key, "Stalled");
}

void check_stalled(struct world *world, const char *key)
{
	if (!is_stalled(world, key))
		world_complain(world, "%s is not Stalled", key);
}

char *first_name(struct world *world, const char *path)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, world_list(world, path))
	{
		if (text_starts(json_text(item, "name"), "tflb-"))
			return arena_strdup(json_arena(), json_text(item, "name"));
	}
	world_complain(world, "nothing of ours in %s", path);
	return arena_strdup(json_arena(), "none");
}

bool has_event(const struct world *world, const char *reason, const char *words)
{
	for (size_t i = 0; i < world->api.event_notes.count; i++) {
		const char *note = world->api.event_notes.own_items[i];

		if (text_starts(note, reason) && strstr(note, words))
			return true;
	}
	return false;
}

void check_event(struct world *world, const char *reason, const char *words)
{
	if (!has_event(world, reason, words))
		world_complain(world, "no event %s says \"%s\"", reason, words);
}

static bool has_metric(const struct replica *replica, const char *line)
{
	AUTO_STR struct str text = {0};
	AUTO_FREE char *whole = mem_printf("\n%s", line);

	controller_collect(replica->controller);
	metrics_write(replica->metrics, METRICS_PROMETHEUS, &text);
	return strstr(str_text(&text), whole) != NULL;
}

void check_metric(struct world *world, const char *line)
{
	for (int i = 0; i < world->replica_count; i++) {
		if (has_metric(&world->replicas[i], line))
			return;
	}
	world_complain(world, "the metrics don't have %s", line);
}

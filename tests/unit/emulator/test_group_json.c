/* Groups as the API prints them: against recorded bodies of real groups, and against the schema of Compute v1. */
#include "group_fixture.h"

#include <stdio.h>

#include "base/json.h"
#include "emulator/group_json.h"
#include "emulator/schema.h"

static const struct group_place place = {
	.base = "https://www.googleapis.com/compute/v1",
	.project = "p",
	.project_number = "123456789012",
	.name = "tf-mig",
	.wall_start_us = 1780000000000000, /* 2026-05-28T20:26:40Z */
};

static cJSON *read_recordings(void)
{
	const char *path = TFLB_SOURCE_DIR "/tests/data/recorded/instancegroupmanager-get.json";
	FILE *file = fopen(path, "r");
	char *text = arena_alloc(json_arena(), 1 << 20);

	assert_non_null(file);
	size_t length = fread(text, 1, 1 << 20, file);
	fclose(file);
	return json_parse(text, length, (struct json_limits){0}, NULL);
}

/* Takes out of a recorded body what the group is to find by itself. */
static cJSON *without_output(const cJSON *recorded)
{
	cJSON *body = json_copy(recorded);

	json_remove(body, "currentActions");
	json_remove(body, "status");
	json_remove(json_at(body, "updatePolicy.maxSurge"), "calculated");
	json_remove(json_at(body, "updatePolicy.maxUnavailable"), "calculated");
	json_remove(json_at(body, "versions[0]"), "targetSize");
	return body;
}

/* A recorded group at rest, told only what its user said, prints itself exactly as it was recorded. The one difference:
 * the recordings come from the beta surface, which prints isStateful. */
static void check_recording(cJSON *recorded)
{
	struct fixture *f = fixture_seeded(1);
	cJSON *body = without_output(recorded);

	json_remove(json_at(recorded, "status.stateful"), "isStateful");
	group_read_body(f->group, body, f->now);
	run_for(f, HOUR);
	group_write_manager(f->group, &place, body);
	assert_string_equal(json_print_canonical(body), json_print_canonical(recorded));
	fixture_free(f);
}

static void at_rest_as_recorded(void **state)
{
	JSON_WORK(work);
	const cJSON *exchange, *recordings = read_recordings();

	assert_int_equal(cJSON_GetArraySize(recordings), 5);
	cJSON_ArrayForEach(exchange, recordings) check_recording(json_member(exchange, "response"));
}

static cJSON *parse(const char *text)
{
	return json_parse_text(text);
}

static void body_in_progress(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	cJSON *body = parse("{\"targetSize\":3,\"instanceTemplate\":\"https://x/compute/v1/" TEMPLATE_A "\"}");

	group_read_body(f->group, body, 0);
	group_write_manager(f->group, &place, body);
	assert_int_equal(json_int(body, "currentActions.creating", -1), 3);
	assert_int_equal(json_int(body, "currentActions.none", -1), 0);
	assert_false(json_bool(body, "status.isStable", true));
	assert_true(json_bool(body, "status.versionTarget.isReached", false));
	assert_string_equal(json_print(json_member(body, "versions")),
		"[{\"instanceTemplate\":\"https://www.googleapis.com/compute/v1/" TEMPLATE_A
		"\",\"targetSize\":{\"calculated\":3}}]");
	assert_string_equal(json_print(json_member(body, "updatePolicy")),
		"{\"maxSurge\":{\"fixed\":1,\"calculated\":1},\"maxUnavailable\":{\"fixed\":1,\"calculated\":1}}");
}

static void reads_all_it_obeys(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	const cJSON *body = parse(
		"{\"targetSize\":20,\"versions\":[{\"name\":\"s\",\"instanceTemplate\":\"" TEMPLATE_A
		"\",\"targetSize\":{\"calculated\":15}},{\"name\":\"c\",\"instanceTemplate\":\"" TEMPLATE_B
		"\",\"targetSize\":{\"percent\":25}}],"
		"\"updatePolicy\":{\"type\":\"PROACTIVE\",\"minimalAction\":\"RESTART\","
		"\"mostDisruptiveAllowedAction\":\"RESTART\","
		"\"replacementMethod\":\"RECREATE\",\"maxSurge\":{\"fixed\":0},\"maxUnavailable\":{\"percent\":10}},"
		"\"autoHealingPolicies\":[{\"healthCheck\":\"https://x/compute/beta/" HEALTH_CHECK
		"\",\"initialDelaySec\":300}],"
		"\"instanceLifecyclePolicy\":{\"defaultActionOnFailure\":\"DO_NOTHING\",\"onFailedHealthCheck\":"
		"\"REPAIR\","
		"\"forceUpdateOnRepair\":\"YES\"}}");

	group_read_body(f->group, body, 0);
	assert_int_equal(f->group->version_count, 2);
	assert_int_equal(group_version_target(f->group, 0), 15);
	assert_int_equal(group_version_target(f->group, 1), 5);
	assert_string_equal(f->group->own_versions[1].template_name, TEMPLATE_B);
	assert_int_equal(f->group->policy.type, GROUP_PROACTIVE);
	assert_int_equal(f->group->policy.minimal, GROUP_DISRUPT_RESTART);
	assert_int_equal(f->group->policy.most_disruptive, GROUP_DISRUPT_RESTART);
	assert_int_equal(f->group->policy.replacement, GROUP_RECREATE);
	assert_int_equal(group_surge(f->group), 0);
	assert_int_equal(group_unavailable(f->group), 2);
	assert_string_equal(f->group->own_health_check, HEALTH_CHECK);
	assert_int_equal(f->group->initial_delay_ms, 300000);
	assert_false(f->group->lifecycle.repair);
	assert_true(f->group->lifecycle.heal);
	assert_true(f->group->lifecycle.update_on_repair);
}

/* gcloud clears auto-healing with [{}], Terraform with []. */
static void both_ways_to_clear_auto_healing(void **state)
{
	static const char *const texts[] = {"{\"autoHealingPolicies\":[{}]}", "{\"autoHealingPolicies\":[]}"};
	struct fixture *f = *state;
	JSON_WORK(work);

	for (size_t i = 0; i < 2; i++) {
		set_healing(f, 1000);
		group_read_body(f->group, parse(texts[i]), f->now);
		assert_null(f->group->own_health_check);
	}
}

/* A PATCH of template and policy together: nothing is started towards the old template under the new policy. */
static void one_body_is_one_change(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);

	three_up(f);
	const struct group_policy lazy = group_policy_default(1);
	group_set_policy(f->group, &lazy, f->now);
	set_template(f, TEMPLATE_B);
	const cJSON *body = parse("{\"versions\":[{\"instanceTemplate\":\"" TEMPLATE_C "\"}],"
				  "\"updatePolicy\":{\"type\":\"PROACTIVE\"}}");
	group_read_body(f->group, body, f->now);
	assert_int_equal(count_template(f, TEMPLATE_B), 0);
	assert_int_equal(f->group->target_size, 3);
	for (size_t i = 0; i < f->group->instance_count; i++)
		assert_string_not_equal(f->group->own_instances[i]->own_template, TEMPLATE_B);
}

static void check_schema(const char *message, const cJSON *items)
{
	struct emu_schema *schema = emu_schema_new(NULL, 0, NULL);
	struct emu_refusal refusal;
	const cJSON *item;

	assert_non_null(schema);
	assert_true(cJSON_GetArraySize(items) > 0);
	cJSON_ArrayForEach(item, items) assert_true(emu_schema_check_answer(schema, message, item, &refusal));
	emu_schema_free(schema);
}

static void managed_instances(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	cJSON *items = cJSON_CreateArray();

	three_up(f);
	f->no_capacity = true;
	group_resize(f->group, 4, f->now);
	run_for(f, 10000);
	f->drain_ms = 60000;
	const char *names[] = {f->group->own_instances[1]->name};
	group_delete_instances(f->group, (struct group_names){names, 1}, false, f->now, NULL);
	group_break_instance(f->group, f->group->own_instances[2]->name, f->now);
	run_for(f, 9999);
	group_write_managed(f->group, &place, items);
	check_schema("ManagedInstance", items);
	const struct group_instance *first = f->group->own_instances[0];
	AUTO_FREE char *text = mem_printf(
		"{\"instance\":\"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/"
		"%s\",\"name\":\"%s\","
		"\"id\":\"%d\",\"instanceStatus\":\"RUNNING\",\"currentAction\":\"NONE\",\"version\":{"
		"\"instanceTemplate\":"
		"\"https://www.googleapis.com/compute/v1/" TEMPLATE_A "\"},\"instanceHealth\":[{\"healthCheck\":"
		"\"https://www.googleapis.com/compute/v1/" HEALTH_CHECK "\",\"detailedHealthState\":\"HEALTHY\"}]}",
		first->name, first->name, (int)first->id);
	assert_string_equal(json_print(cJSON_GetArrayItem(items, 0)), text);
	assert_string_equal(json_text(items->child->next, "currentAction"), "DELETING");
	assert_string_equal(json_text(items->child->next, "instanceHealth[0].detailedHealthState"), "DRAINING");
	assert_null(json_text(items->child->next, "version.instanceTemplate"));
	const cJSON *failing = cJSON_GetArrayItem(items, 3);
	assert_string_equal(json_text(failing, "lastAttempt.errors.errors[0].code"), "ZONE_RESOURCE_POOL_EXHAUSTED");
	assert_false(json_has(failing, "id"));
	assert_false(json_has(failing, "instanceStatus"));
	assert_false(json_has(failing, "instanceHealth"));
}

static void errors_newest_first(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	cJSON *items = cJSON_CreateArray();

	f->no_capacity = true;
	set_template(f, TEMPLATE_A);
	group_resize(f->group, 1, 0);
	run_for(f, 60000);
	group_write_errors(f->group, &place, items);
	check_schema("InstanceManagedByIgmError", items);
	assert_in_range(cJSON_GetArraySize(items), 2, 4);
	assert_string_equal(json_text(items->child, "error.code"), "ZONE_RESOURCE_POOL_EXHAUSTED");
	assert_string_equal(json_text(items->child, "instanceActionDetails.action"), "CREATING");
	assert_true(text_starts(json_text(items->child, "timestamp"), "2026-05-28T13:"));
	assert_true(text_ends(json_text(items->child, "timestamp"), "-07:00"));
	assert_true(strcmp(json_text(items->child, "timestamp"), json_text(items->child->next, "timestamp")) > 0);
}

static void members_of_the_instance_group(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	cJSON *all = cJSON_CreateArray(), *running = cJSON_CreateArray();
	const cJSON *ports = parse("[{\"name\":\"http\",\"port\":80}]");

	three_up(f);
	group_resize(f->group, 5, f->now);
	assert_int_equal(group_member_count(f->group), 3);
	run_for(f, 8000); /* the new machines exist, but do not run yet */
	assert_int_equal(group_member_count(f->group), 5);
	group_write_members(f->group, &place, "ALL", ports, all);
	group_write_members(f->group, &place, "RUNNING", NULL, running);
	check_schema("InstanceWithNamedPorts", all);
	assert_int_equal(cJSON_GetArraySize(all), 5);
	assert_int_equal(cJSON_GetArraySize(running), 3);
	assert_int_equal(json_int(all->child, "namedPorts[0].port", 0), 80);
	assert_false(json_has(running->child, "namedPorts"));
}

static const char properties_text[] =
	"{\"machineType\":\"n1-standard-4\",\"description\":\"\",\"labels\":{\"tier\":\"serving\"},\"tags\":{\"items\":"
	"[\"tflb\"]},"
	"\"metadata\":{\"items\":[{\"key\":\"startup-script\",\"value\":\"true\"}]},\"scheduling\":{\"preemptible\":"
	"false},"
	"\"disks\":[{\"boot\":true,\"autoDelete\":true,\"initializeParams\":{\"sourceImage\":\"projects/d/global/"
	"images/i\","
	"\"diskSizeGb\":\"50\"}},{\"deviceName\":\"data\"}],"
	"\"networkInterfaces\":[{\"network\":\"projects/p/global/networks/default\",\"accessConfigs\":[{}]}],"
	"\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":1}]}";

static void one_instance(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	cJSON *items = cJSON_CreateArray();

	three_up(f);
	struct group_instance *instance = f->group->own_instances[0];
	const cJSON *body = json_add(items, group_instance_json(&place, instance, parse(properties_text)));
	check_schema("Instance", items);
	assert_string_equal(json_text(body, "name"), instance->name);
	assert_string_equal(json_text(body, "status"), "RUNNING");
	assert_string_equal(json_text(body, "networkInterfaces[0].networkIP"), instance->ip);
	assert_string_equal(json_text(body, "networkInterfaces[0].subnetwork"),
		"https://www.googleapis.com/compute/v1/projects/p/regions/us-central1/subnetworks/default");
	assert_string_equal(json_text(body, "machineType"),
		"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/machineTypes/n1-standard-4");
	assert_string_equal(
		json_text(body, "metadata.items[1].value"), "projects/123456789012/global/instanceTemplates/a");
	assert_string_equal(json_text(body, "metadata.items[2].key"), "created-by");
	assert_string_equal(json_text(body, "metadata.items[2].value"),
		"projects/123456789012/zones/us-central1-a/instanceGroupManagers/tf-mig");
	assert_string_equal(json_text(body, "labels.tier"), "serving");
	assert_string_equal(json_text(body, "tags.items[0]"), "tflb");
	assert_true(text_ends(json_text(body, "disks[0].source"), instance->name));
	assert_string_equal(json_text(body, "disks[0].diskSizeGb"), "50");
	assert_string_equal(json_text(body, "disks[1].deviceName"), "data");
}

/* The template may be gone; the machine still answers. */
static void one_instance_without_template(void **state)
{
	struct fixture *f = *state;
	JSON_WORK(work);
	cJSON *items = cJSON_CreateArray();

	three_up(f);
	const cJSON *body = json_add(items, group_instance_json(&place, f->group->own_instances[0], NULL));
	check_schema("Instance", items);
	assert_int_equal(cJSON_GetArraySize(json_at(body, "metadata.items")), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUP_TEST(at_rest_as_recorded),
		GROUP_TEST(body_in_progress),
		GROUP_TEST(reads_all_it_obeys),
		GROUP_TEST(both_ways_to_clear_auto_healing),
		GROUP_TEST(one_body_is_one_change),
		GROUP_TEST(managed_instances),
		GROUP_TEST(errors_newest_first),
		GROUP_TEST(members_of_the_instance_group),
		GROUP_TEST(one_instance),
		GROUP_TEST(one_instance_without_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

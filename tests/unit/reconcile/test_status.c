/* The status object: conditions that keep their times, nothing that changes by itself, nothing that the schema of the status
 * would not take, and when it is urgent. */
#include <ctype.h>

#include "../plan/random_graph.h"
#include "kinds/internal.h"
#include "scene.h"

enum { RANDOM_SCENES = 3000, HOUR_US = 1000000LL * 3600 };

/* --- times --- */

static void times_move_with_the_status_of_a_condition_only(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	graph_absent(scene_node(&scene, "http-rule"));
	scene_status(&scene);
	assert_string_equal(scene_text(&scene, "Ready", "lastTransitionTime"), "2026-06-13T10:00:00Z");
	scene_stored(&scene);
	scene.input.wall_us += HOUR_US;
	graph_absent(scene_node(&scene, "url-map")); /* another message, the same status */
	scene_status(&scene);
	assert_string_equal(scene_text(&scene, "Ready", "lastTransitionTime"), "2026-06-13T10:00:00Z");
	scene_stored(&scene);
	scene.input.wall_us += HOUR_US;
	graph_make(&scene.graph, "");
	scene_status(&scene);
	assert_string_equal(scene_text(&scene, "Ready", "status"), "True");
	assert_string_equal(scene_text(&scene, "Ready", "lastTransitionTime"), "2026-06-13T12:00:00Z");
}

/* An object at rest is never written. */
static void nothing_changes_by_itself(void **state)
{
	for (uint64_t seed = 1; seed <= RANDOM_SCENES / 10; seed++) {
		JSON_WORK(work);
		struct scene scene;
		char *before;

		scene_make(&scene, "");
		random_graph(&scene.graph, seed);
		scene.mandate = scene.graph.input.mandate;
		scene_status(&scene);
		scene_stored(&scene);
		scene_status(&scene); /* settles what "as before" refers to */
		scene_stored(&scene);
		before = json_print_canonical(scene.status);
		scene.input.wall_us += 24 * HOUR_US;
		scene.input.now_ms += 24 * HOUR_US / 1000;
		scene_status(&scene);
		assert_string_equal(json_print_canonical(scene.status), before);
	}
}

/* The time of day of the next try stands still between tries, however the clocks are read. */
static void the_next_attempt_is_told(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = {0};
	const char *told;

	scene_make(&scene, "");
	scene_status(&scene);
	assert_null(json_text(scene.status, "nextAttemptTime"));
	error_set(&err, ERROR_REJECTED, "quota");
	scene_node(&scene, "backend-default")->presence = NODE_ABSENT;
	scene_node(&scene, "backend-default")->own_error = &err;
	scene_node(&scene, "backend-default")->not_before = GRAPH_NOW + 300000;
	scene.input.now_ms = GRAPH_NOW;
	scene.input.wall_us = INT64_C(1800000000) * 1000000;
	scene_status(&scene);
	told = json_text(scene.status, "nextAttemptTime");
	assert_string_equal(told, "2027-01-15T08:05:00Z");
	scene_stored(&scene);
	scene.input.now_ms += 60000;
	scene.input.wall_us += INT64_C(60000000) + 999999;
	scene_status(&scene);
	assert_string_equal(json_text(scene.status, "nextAttemptTime"), "2027-01-15T08:05:00Z");
	scene_node(&scene, "backend-default")->not_before += 300000;
	scene_status(&scene);
	assert_string_equal(json_text(scene.status, "nextAttemptTime"), "2027-01-15T08:10:00Z");
}

static void generations(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	const cJSON *condition;

	scene_make(&scene, "");
	scene.entry.generation = 12;
	scene_status(&scene);
	assert_int_equal(json_int(scene.status, "observedGeneration", 0), 12);
	cJSON_ArrayForEach(condition, json_member(scene.status, "conditions"))
		assert_int_equal(json_int(condition, "observedGeneration", 0), 12);
}

/* --- what stands beside the conditions --- */

/* The update of that pool's machines has failed, as the mark of its group remembers. back: they are what they were before. */
static void gave_up(struct scene *scene, const char *role, bool back)
{
	struct node *group = scene_node(scene, role);
	cJSON *note = cJSON_CreateObject(), *rejected, *inputs = cJSON_CreateObject();
	char hash[HASH_SIZE];

	json_set_text(inputs, "inputs", model_rollout_inputs(group->terms->lb, group->terms->pool));
	hash_inputs(inputs, hash);
	json_set_text(note, "healthy", "old");
	rejected = json_set_object(note, "rejected");
	json_set_text(rejected, "template", link_name(json_text(group->want, "versions[0].instanceTemplate")));
	json_set_text(rejected, "inputs", hash);
	json_set_text(rejected, "message", "too many are ill");
	json_set_text(group->seen, "description", mark_with_note(json_text(group->want, "description"), note));
	if (back)
		json_set_text(json_at(group->seen, "versions[0]"), "instanceTemplate",
			"projects/my-project/global/instanceTemplates/old");
}

/* Of two pools whose update was given up the one is back, the other on its way: that is told, whichever stands first. */
static void a_pool_that_still_goes_back_is_told(void **state)
{
	static const char *const roles[] = {"group-w", "group-x"};

	for (int late = 0; late < 2; late++) {
		JSON_WORK(work);
		struct scene scene;

		scene_make(&scene, "{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},{\"name\":\"x\",\"zone\":"
				   "\"us-central1-b\"}]}");
		gave_up(&scene, roles[late], false);
		gave_up(&scene, roles[!late], true);
		scene_status(&scene);
		assert_says(&scene, "Ready", "False", "RollingBack", late ? "pool x: " : "pool w: ");
		assert_says(&scene, "Ready", "False", "RollingBack", "it goes back to old");
	}
}

static void sizes_and_address(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "{\"frontend\":{\"port\":8080},\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"},"
			   "{\"name\":\"x\",\"zone\":\"us-central1-b\",\"replicas\":1}]}");
	scene_node(&scene, "group-x")->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	json_merge(scene_node(&scene, "group-x")->seen, json_parse_text("{\"currentActions\":{\"none\":1}}"));
	scene_status(&scene);
	assert_string_equal(json_text(scene.status, "address"), "34.1.2.3");
	assert_string_equal(json_text(scene.status, "url"), "http://34.1.2.3:8080/");
	assert_int_equal(json_int(scene.status, "replicas", 0), 4);
	assert_int_equal(json_int(scene.status, "readyReplicas", 0), 3);
	assert_int_equal(json_int(scene.status, "updatedReplicas", 0), 4);
	assert_int_equal(json_int(scene.status, "replicasPerPool", 0), 3); /* of the pools that follow spec.replicas */
	assert_string_equal(json_text(scene.status, "selector"), "tflb.dev/name=tf");
	assert_string_equal(json_text(scene.status, "resourcePrefix"), "tflb-n62loxsh-");
	assert_string_equal(json_text(scene.status, "display.pools"), "w 3/3, x 0/1");
	assert_true(text_starts(json_text(scene.status, "display.templates"), "w "));
	assert_string_equal(json_text(scene.status, "pools[1].name"), "x");
	assert_string_equal(json_text(scene.status, "pools[1].location"), "us-central1-b");
	assert_int_equal(json_int(scene.status, "pools[1].targetReplicas", 0), 1);
	assert_true(json_bool(scene.status, "pools[1].stable", false));
	assert_false(json_has(scene.status, "pools[1].errors"));
}

/* Who has just been started has counted nothing, and nobody may take that for none. */
static void what_is_not_read_yet_stays_as_it_was_told(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	scene_status(&scene);
	scene_stored(&scene);
	graph_unknown(scene_node(&scene, "group-w"), false);
	graph_unknown(scene_node(&scene, "address"), false);
	graph_unknown(scene_node(&scene, "http-rule"), false);
	scene_status(&scene);
	assert_int_equal(json_int(scene.status, "replicas", 0), 3);
	assert_int_equal(json_int(scene.status, "readyReplicas", 0), 3);
	assert_int_equal(json_int(scene.status, "replicasPerPool", 0), 3);
	assert_string_equal(json_text(scene.status, "display.pools"), "w 3/3");
	assert_string_equal(json_text(scene.status, "address"), "34.1.2.3");
	assert_string_not_equal(scene_text(&scene, "Ready", "status"), "True");
	graph_absent(scene_node(&scene, "group-w"));
	graph_absent(scene_node(&scene, "address"));
	graph_absent(scene_node(&scene, "http-rule"));
	scene_status(&scene);
	assert_int_equal(json_int(scene.status, "replicas", -1), 0);
	assert_false(json_has(scene.status, "address"));
}

static void resources_say_what_each_waits_for(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	const cJSON *item;
	size_t found = 0;

	scene_make(&scene, "");
	graph_absent(scene_node(&scene, "url-map"));
	graph_absent(scene_node(&scene, "http-proxy"));
	scene_status(&scene);
	cJSON_ArrayForEach(item, json_member(scene.status, "resources"))
	{
		assert_string_not_equal(json_text(item, "kind"), "Image"); /* not ours */
		if (strcmp(json_text(item, "role"), "http-proxy") == 0) {
			assert_string_equal(json_text(item, "state"), "Waiting");
			assert_non_null(strstr(json_text(item, "message"), "URL map tflb-"));
			found++;
		}
		if (strcmp(json_text(item, "role"), "group-w") == 0) {
			assert_string_equal(json_text(item, "state"), "Ready");
			assert_string_equal(json_text(item, "location"), "us-central1-a");
			assert_false(json_has(item, "message"));
			found++;
		}
	}
	assert_int_equal(found, 2);
}

static void one_resource_of_a_kind_and_name(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *copy;

	scene_make(&scene, "");
	copy = graph_add(&scene.graph, *scene_node(&scene, "group-w"));
	copy->own_location = arena_strdup(json_arena(), "europe-west1-b"); /* somebody copied group and mark */
	graph_unwant(copy);
	scene_status(&scene);
	assert_int_equal(cJSON_GetArraySize(json_member(scene.status, "resources")), 10);
}

/* --- errors of machines --- */

static cJSON *attempt(const char *code, const char *message)
{
	cJSON *machine = json_parse_text("{\"instance\":\"zones/us-central1-a/instances/tf-w-x1\"}");
	cJSON *error = json_add_object(
		json_set_array(json_set_object(json_set_object(machine, "lastAttempt"), "errors"), "errors"));

	json_set_text(error, "code", code);
	json_set_text(error, "message", message);
	return machine;
}

static void see_machines(struct scene *scene, cJSON *first, cJSON *second)
{
	struct node *group = scene_node(scene, "group-w");
	cJSON *view = cJSON_CreateObject();
	cJSON *machines = json_set_array(view, "managedInstances");

	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false},\"currentActions\":{\"none\":0,"
						"\"creating\":3}}"));
	group->views[VIEW_HEALTH] = (struct view){.read_at = GRAPH_NOW};
	json_add(machines, first);
	json_add(machines, second);
	group->views[VIEW_MACHINES] = (struct view){.present = true, .read_at = GRAPH_NOW, .tree = view};
}

static void one_error_for_each_zone(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	see_machines(&scene, attempt("QUOTA_EXCEEDED", "first"), attempt("QUOTA_EXCEEDED", "second"));
	scene_status(&scene);
	assert_int_equal(cJSON_GetArraySize(json_at(scene.status, "pools[0].errors")), 1);
	assert_string_equal(json_text(scene.status, "pools[0].errors[0].message"),
		"first. Delete what is not needed, or ask for more of it in project my-project: "
		"https://console.cloud.google.com/iam-admin/quotas?project=my-project.");
	assert_string_equal(json_text(scene.status, "pools[0].errors[0].machine"), "tf-w-x1");
	assert_string_equal(json_text(scene.status, "pools[0].errors[0].zone"), "us-central1-a");
}

static char *many(const char *letter, size_t count)
{
	struct str text = {0};
	char *copy;

	for (size_t i = 0; i < count; i++)
		str_adds(&text, letter);
	copy = arena_strdup(json_arena(), str_text(&text));
	str_done(&text);
	return copy;
}

/* The API server refuses a status whose texts are too long: for ever, for it would be sent again. */
static void long_words_of_the_cloud_are_cut(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	const char *message;

	scene_make(&scene, "");
	see_machines(&scene, attempt(many("X", 300), many("\xc3\xa4", 4000)), attempt("a", "b"));
	scene_status(&scene);
	assert_int_equal(strlen(json_text(scene.status, "pools[0].errors[0].code")), 253);
	message = json_text(scene.status, "pools[0].errors[0].message");
	assert_int_equal(strlen(message), 4096);
	assert_int_equal(text_utf8(message, strlen(message)), strlen(message)); /* between two characters */
}

static void errors_of_the_list_when_no_machine_tells(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *group;

	scene_make(&scene, "");
	see_machines(&scene, attempt("a", "b"), attempt("a", "b"));
	group = scene_node(&scene, "group-w");
	group->views[VIEW_MACHINES] = (struct view){.read_at = GRAPH_NOW};
	group->views[VIEW_ERRORS] = (struct view){.present = true,
		.read_at = GRAPH_NOW,
		.tree = json_parse_text("{\"items\":[{\"error\":{\"code\":\"LIMIT\",\"message\":\"none left\"},"
					"\"instanceActionDetails\":{\"instance\":\"x/instances/tf-w-9\"}}]}")};
	scene_status(&scene);
	assert_string_equal(json_text(scene.status, "pools[0].errors[0].code"), "LIMIT");
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":true}}")); /* at rest: old errors are past */
	scene_status(&scene);
	assert_false(json_has(scene.status, "pools[0].errors"));
}

/* That one never got healthy is told in the list alone, and as long as the machine is there. */
static void a_machine_that_never_gets_healthy_is_told(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *group;

	scene_make(&scene, "");
	see_machines(&scene, json_parse_text("{\"instance\":\"zones/us-central1-a/instances/tf-w-x1\"}"),
		json_parse_text("{\"instance\":\"zones/us-central1-a/instances/tf-w-x2\"}"));
	group = scene_node(&scene, "group-w");
	group->views[VIEW_ERRORS] = (struct view){.present = true,
		.read_at = GRAPH_NOW,
		.tree = json_parse_text(
			"{\"items\":[{\"error\":{\"code\":\"WAITING_FOR_HEALTHY_TIMEOUT_EXCEEDED\",\"message\":\"gone."
			"\"},"
			"\"instanceActionDetails\":{\"instance\":\"zones/us-central1-a/instances/tf-w-9\"}},"
			"{\"error\":{\"code\":\"WAITING_FOR_HEALTHY_TIMEOUT_EXCEEDED\",\"message\":\"ill.\"},"
			"\"instanceActionDetails\":{\"instance\":\"zones/us-central1-a/instances/tf-w-x2\"}}]}")};
	scene_status(&scene);
	assert_string_equal(json_text(scene.status, "pools[0].errors[0].machine"), "tf-w-x2");
	assert_true(text_starts(json_text(scene.status, "pools[0].errors[0].message"), "ill. See on the machine's"));
	assert_string_equal(scene_text(&scene, "Ready", "reason"), "MachinesFailing");
}

/* --- urgent --- */

static void urgent_is_what_a_person_waits_for(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	cJSON *before;

	scene_make(&scene, "");
	before = scene_status(&scene);
	assert_false(status_urgent(before, scene_status(&scene)));
	assert_true(status_urgent(cJSON_CreateObject(), before));
	scene_node(&scene, "group-w")->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"}]}");
	assert_false(status_urgent(before, scene_status(&scene))); /* a number */
	graph_absent(scene_node(&scene, "http-rule"));
	assert_true(status_urgent(before, scene_status(&scene))); /* a reason */
	before = scene.status;
	scene.entry.generation++;
	assert_true(status_urgent(before, scene_status(&scene))); /* seen at all */
}

/* Tools that judge by kstatus wait for the end of Reconciling. That something begins to move by itself can wait. */
static void the_end_of_work_is_urgent(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	cJSON *moving, *still;

	scene_make(&scene, "");
	still = scene_status(&scene);
	json_merge(scene_node(&scene, "group-w")->seen, json_parse_text("{\"status\":{\"isStable\":false}}"));
	moving = scene_status(&scene);
	assert_says(&scene, "Reconciling", "True", "Serving", "");
	assert_true(status_urgent(moving, still));
	assert_false(status_urgent(still, moving));
}

static void what_only_an_expert_reads_can_wait(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *group;
	cJSON *before;

	scene_make(&scene, "");
	group = scene_node(&scene, "group-w");
	group->views[VIEW_HEALTH] = (struct view){.read_at = GRAPH_NOW};
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false}}"));
	scene_node(&scene, "url-map")->verified = false;
	before = scene_status(&scene);
	assert_string_equal(scene_text(&scene, "Programmed", "status"), "False");
	scene_node(&scene, "url-map")->verified = true;
	scene_status(&scene);
	assert_string_equal(scene_text(&scene, "Programmed", "status"), "True");
	assert_string_equal(scene_text(&scene, "Ready", "reason"), "Creating");
	assert_false(status_urgent(before, scene.status));
}

/* --- what always holds --- */

static const char *const closed_list[] = {"Serving", "Running", "Programmed", "Healthy", "Pending", "Creating",
	"Updating", "Scaling", "RollingOut", "RollingBack", "RolledBack", "Moving", "Deleting", "Waiting", "StockOut",
	"MachinesFailing", "Unhealthy", "RateLimited", "CloudUnavailable", "Suspended", "Drifted", "InvalidSpec",
	"ImageNotFound", "ReferenceNotFound", "SecretInvalid", "Conflict", "PolicyDenied", "Migrating",
	"CertificatePending", "CertificateFailed", "PermissionDenied", "QuotaExceeded", "OrgPolicyViolated",
	"APIDisabled", "BillingDisabled"};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(word, words[i]))
			return true;
	}
	return false;
}

static void assert_in_closed_list(const char *word)
{
	if (!is_one_of(word, closed_list, sizeof(closed_list) / sizeof(closed_list[0])))
		fail_msg("%s is not in the closed list", word);
}

/* Who is neither as wanted nor on its way says why. */
static void check_resources(const struct scene *scene)
{
	static const char *const plain[] = {"Ready", "Creating", "Updating", "Deleting"};
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(scene->status, "resources"))
	{
		if (!is_one_of(json_text(item, "state"), plain, 4) && !json_text_or(item, "message", "")[0])
			fail_msg("%s is %s and nothing says why", json_text(item, "name"), json_text(item, "state"));
	}
}

static void check_conditions(const struct scene *scene)
{
	static const char *const as_before[] = {"Suspended", "RateLimited", "CloudUnavailable"};
	const char *ready = scene_text(scene, "Ready", "reason");
	const cJSON *condition;

	cJSON_ArrayForEach(condition, json_member(scene->status, "conditions"))
	{
		assert_in_closed_list(json_text(condition, "reason"));
		assert_true(json_text(condition, "message")[0]);
	}
	assert_false(scene_condition(scene, "Reconciling") && scene_condition(scene, "Stalled"));
	if (text_equal(scene_text(scene, "Ready", "status"), "True") && !is_one_of(ready, as_before, 3)) {
		assert_string_equal(ready, "Serving");
		assert_string_equal(scene_text(scene, "Programmed", "status"), "True");
		assert_string_equal(scene_text(scene, "Healthy", "status"), "True");
	}
}

static void every_status(void **state)
{
	size_t said[sizeof(closed_list) / sizeof(closed_list[0])] = {0}, kinds_of_story = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		text_copy(errors[i].message, sizeof(errors[i].message), "the cloud's words");
	for (uint64_t seed = 1; seed <= RANDOM_SCENES; seed++) {
		JSON_WORK(work);
		struct scene scene;

		scene_make(&scene, "");
		random_graph(&scene.graph, seed);
		scene.mandate = scene.graph.input.mandate;
		scene.input.deleting = scene.mandate == MANDATE_DELETE || scene.mandate == MANDATE_RELEASE;
		scene.input.suspended = scene.mandate == MANDATE_NONE;
		scene.entry.own_status =
			chance(50) ? "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"reason\":"
				     "\"Serving\"}]}"
				   : "{}";
		scene_status(&scene);
		check_conditions(&scene);
		check_resources(&scene);
		for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
			said[i] += text_equal(scene_text(&scene, "Ready", "reason"), closed_list[i]);
	}
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		kinds_of_story += said[i] > 0;
	assert_true(kinds_of_story >= 12); /* the scenes are rich enough to mean something */
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Words that the source gives as reasons, found by what stands before them. */
static void check_source(const char *file, const char *before)
{
	AUTO_FREE char *path = mem_printf("%s/%s", TFLB_SOURCE_DIR, file);
	FILE *stream = fopen(path, "r");
	char line[1024];
	size_t found = 0;

	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		const char *at = strstr(line, before);
		const char *word = at ? at + strlen(before) : "";
		size_t length = strspn(word, LETTERS);

		if (isupper((unsigned char)word[0]) && word[length] == '"') {
			AUTO_FREE char *copy = mem_strndup(word, length);

			assert_in_closed_list(copy);
			found++;
		}
	}
	fclose(stream);
	assert_true(found > 0);
}

static void every_reason_is_of_the_closed_list(void **state)
{
	check_source("src/reconcile/story.c", "(telling, \"");
	check_source("src/reconcile/story.c", "? \"");
	check_source("src/reconcile/story.c", " : \"");
	check_source("src/reconcile/pools.c", "? \"");
	check_source("src/reconcile/secret_content.c", "error_reason(err, \"");
	check_source("src/reconcile/work.c", "error_reason(problem, \"");
	check_source("src/gce/error.c", "[] = \"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_move_with_the_status_of_a_condition_only),
		cmocka_unit_test(nothing_changes_by_itself),
		cmocka_unit_test(the_next_attempt_is_told),
		cmocka_unit_test(generations),
		cmocka_unit_test(a_pool_that_still_goes_back_is_told),
		cmocka_unit_test(sizes_and_address),
		cmocka_unit_test(what_is_not_read_yet_stays_as_it_was_told),
		cmocka_unit_test(resources_say_what_each_waits_for),
		cmocka_unit_test(one_resource_of_a_kind_and_name),
		cmocka_unit_test(one_error_for_each_zone),
		cmocka_unit_test(long_words_of_the_cloud_are_cut),
		cmocka_unit_test(errors_of_the_list_when_no_machine_tells),
		cmocka_unit_test(a_machine_that_never_gets_healthy_is_told),
		cmocka_unit_test(urgent_is_what_a_person_waits_for),
		cmocka_unit_test(the_end_of_work_is_urgent),
		cmocka_unit_test(what_only_an_expert_reads_can_wait),
		cmocka_unit_test(every_status),
		cmocka_unit_test(every_reason_is_of_the_closed_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

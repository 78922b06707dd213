/* The whole controller in the cases that scenarios do not reach: refusals of the API server, answers that come at the wrong
 * time, and what must come before what. */
#include "tower.h"

/* --- the finalizer --- */

static void the_finalizer_is_first(void **state)
{
	struct tower *tower = *state;
	int finalizer, write = -1;

	tower_start(tower, "");
	finalizer = tower_find(tower, 0, "PATCH", "/tfloadbalancers/tf?");
	for (size_t i = 0; i < tower->calls.count && write < 0; i++)
		write = is_cloud_write(tower->calls.own_items[i]) ? (int)i : -1;
	assert_true(finalizer >= 0);
	assert_true(write > finalizer);
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).finalizer_writes, 1);
}

static bool refuse_finalizer(struct tower *tower, struct fake_call *call)
{
	if (!is_finalizer_patch(call) || tower->left-- <= 0)
		return false;
	answer_status(call, 422, "Invalid", "the server rejected our request due to an error in our request");
	return true;
}

static void a_conflict_over_the_finalizer_is_tried_again(void **state)
{
	struct tower *tower = *state;

	tower->hook = refuse_finalizer;
	tower->left = 3;
	tower_start(tower, "");
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).finalizer_writes, 4);
}

static void no_write_without_the_finalizer(void **state)
{
	struct tower *tower = *state;

	tower->hook = refuse_finalizer;
	tower->left = 1000000;
	world_start(&tower->world);
	tower_apply(tower, "tf", "");
	world_run(&tower->world, 10 * 60000);
	assert_int_equal(tower->world.cloud_writes, 0);
	assert_true(
		controller_counted(tower->world.replicas[0].controller).finalizer_writes < 60); /* slower and slower */
}

/* --- 404s of the API server: only the watch says that an object is gone --- */

static bool refuse_status(struct tower *tower, struct fake_call *call)
{
	if (!is_status_patch(call) || tower->left-- <= 0)
		return false;
	answer_status(call, 404, "NotFound", "not found");
	return true;
}

static void a_404_on_the_status_loses_nothing(void **state)
{
	struct tower *tower = *state;

	tower->hook = refuse_status;
	tower->left = 2;
	tower_start(tower, "");
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).objects, 1);
}

static void a_status_that_is_refused_is_sent_slower_and_slower(void **state)
{
	struct tower *tower = *state;

	tower->hook = refuse_status;
	tower->left = 1000000;
	world_start(&tower->world);
	tower_apply(tower, "tf", "");
	world_run(&tower->world, 60 * 60000);
	assert_true(controller_counted(tower->world.replicas[0].controller).status_writes < 60);
	tower->left = 0;
	tower_ready(tower);
}

static bool refuse_live(struct tower *tower, struct fake_call *call)
{
	if (!text_equal(call->method, "GET") || !text_ends(call->path, "/tfloadbalancers/tf") || tower->left-- <= 0)
		return false;
	answer_status(call, 404, "NotFound", "not found");
	return true;
}

static void nothing_is_deleted_without_a_live_look(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	tower->hook = refuse_live;
	tower->left = 1000000;
	tower_forget(tower);
	apiserver_delete(&tower->world.api, TOWER_KEY);
	world_run(&tower->world, 5 * 60000);
	assert_int_equal(tower_count(tower, "DELETE", ""), 0);
	assert_true(tower_count(tower, "GET", "/tfloadbalancers/tf?") < 30);
	tower->left = 0;
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
}

/* --- deletion --- */

static void one_live_look_for_each_generation(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).live_reads, 0);
	apiserver_edit(&tower->world.api, TOWER_KEY,
		"{\"template\":{\"machineType\":\"n1-standard-8\"},\"rollout\":{\"failurePolicy\":\"Hold\","
		"\"revisionHistoryLimit\":0}}");
	tower_ready(tower);
	tower_settled(tower);
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).live_reads, 1);
	assert_true(tower_find(tower, 0, "GET", "/tfloadbalancers/tf?") <
		    tower_find(tower, 0, "DELETE", "instanceTemplates"));
	apiserver_delete(&tower->world.api, TOWER_KEY);
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).live_reads, 2);
}

/* A list of operations begun after the last deletion was done, and then one of each kind. */
static void the_finalizer_goes_after_a_fresh_look_at_everything(void **state)
{
	static const char *const lists[] = {"/global/addresses?", "/global/firewalls?", "/global/healthChecks?",
		"/global/instanceTemplates?", "/aggregated/instanceGroupManagers?", "/aggregated/autoscalers?",
		"/global/backendServices?", "/global/backendBuckets?", "/global/urlMaps?", "/global/sslCertificates?",
		"/global/sslPolicies?", "/global/targetHttpProxies?", "/global/targetHttpsProxies?",
		"/global/forwardingRules?"};
	struct tower *tower = *state;
	int last = -1, operations, finalizer;

	tower_start(tower, "");
	tower_forget(tower);
	apiserver_delete(&tower->world.api, TOWER_KEY);
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
	for (size_t i = 0; i < tower->calls.count; i++) {
		if (is_cloud_write(tower->calls.own_items[i]) || strstr(tower->calls.own_items[i], "/operations/"))
			last = (int)i;
	}
	finalizer = tower_find(tower, 0, "PATCH", "/tfloadbalancers/tf?");
	operations = tower_find(tower, last + 1, "GET", "/aggregated/operations?");
	assert_true(last >= 0 && operations > last && finalizer > operations);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		int at = tower_find(tower, operations + 1, "GET", lists[i]);

		if (at < 0 || at > finalizer)
			fail_msg("%s was not read between the operations and the end", lists[i]);
	}
}

static bool unfinished_operation(struct tower *tower, struct fake_call *call)
{
	JSON_WORK(work);
	const cJSON *object = apiserver_get(&tower->world.api, TOWER_KEY);

	if (!strstr(call->path, "/aggregated/operations") || tower->left == 0)
		return false;
	fake_answer(call, 200, "application/json",
		arena_printf(json_arena(),
			"{\"kind\":\"compute#operationAggregatedList\",\"items\":{\"global\":{\"operations\":[{"
			"\"name\":\"op-1\","
			"\"status\":\"RUNNING\",\"targetLink\":\"https://x/compute/v1/projects/my-project/global/"
			"urlMaps/%stf\"}]}}}",
			json_text(object, "status.resourcePrefix")));
	return true;
}

static void an_unfinished_operation_keeps_the_finalizer(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	tower->hook = unfinished_operation;
	tower->left = 1;
	apiserver_delete(&tower->world.api, TOWER_KEY);
	assert_false(world_until_gone(&tower->world, TOWER_KEY, 20 * 60000));
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Deleting");
	}
	tower->left = 0;
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 5 * 60000));
}

/* --- a spec that was valid once, or for somebody else --- */

static void what_the_user_said_of_deletion_holds_for_a_broken_spec_too(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "\"deletionPolicy\":\"Abandon\"");
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"healthCheck\":{\"checkIntervalSec\":-5}}");
	world_run(&tower->world, 5000);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "InvalidSpec");
	}
	tower_forget(tower);
	apiserver_delete(&tower->world.api, TOWER_KEY);
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
	assert_int_equal(tower_count(tower, "DELETE", ""), 0);
}

/* --- another object under the same name --- */

static void a_new_uid_inherits_after_a_live_look(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	tower->world.meddled = true;
	tower_forget(tower);
	mem_free(map_remove(
		&tower->world.api.objects, TOWER_KEY)); /* the finalizer was taken off by hand, and nobody told us */
	apiserver_compact(&tower->world.api);
	tower_apply(tower, "tf", "");
	tower_ready(tower);
	tower_settled(tower);
	assert_int_equal(tower_count(tower, "DELETE", ""), 0);
	assert_true(controller_counted(tower->world.replicas[0].controller).live_reads >= 1);
	assert_int_equal(controller_counted(tower->world.replicas[0].controller).objects, 1);
}

/* --- claims --- */

static void who_lost_a_claim_looks_again_at_once(void **state)
{
	static const char named[] = "\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"shared\"}}";
	struct tower *tower = *state;

	world_cloud(&tower->world, "POST", "global/addresses", "{\"name\":\"shared\"}");
	tower_start(tower, named);
	world_run(&tower->world, 2000);
	tower_apply(tower, "late", named);
	world_run(&tower->world, 5000);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, "ml/late", "Ready", "reason"), "Conflict");
		assert_non_null(strstr(tower_condition(tower, "ml/late", "Ready", "message"), "ml/tf"));
		assert_string_equal(tower_condition(tower, "ml/late", "Stalled", "status"), "True");
	}
	assert_int_equal(tower_count(tower, "PATCH", "/tfloadbalancers/late?"), 0); /* no finalizer: it owns nothing */
	apiserver_delete(&tower->world.api, TOWER_KEY);
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
	world_run(&tower->world, 2000);
	assert_int_equal(tower_count(tower, "PATCH", "/tfloadbalancers/late?"), 1); /* its finalizer */
	assert_true(world_until_ready(&tower->world, "ml/late", 40 * 60000));
}

/* --- sweeps --- */

static bool no_rules(struct tower *tower, struct fake_call *call)
{
	if (!text_ends(call->path, "/global/forwardingRules") || !text_equal(call->method, "GET") || tower->left-- <= 0)
		return false;
	fake_answer(call, 200, "application/json", "{\"kind\":\"compute#forwardingRuleList\",\"items\":[]}");
	return true;
}

/* What a complete list does not show is absent; what a broken one does not show is not. */
static void absence_is_what_a_complete_list_says(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	tower->world.meddled = true;
	tower_forget(tower);
	tower->hook = no_rules;
	tower->left = 1;
	world_run(&tower->world, 60000);
	assert_int_equal(
		tower_count(tower, "POST", "/global/forwardingRules"), 1); /* 409: it is there, as a look then shows */
	tower_settled(tower);
}

static bool broken_rules(struct tower *tower, struct fake_call *call)
{
	if (!text_ends(call->path, "/global/forwardingRules") || !text_equal(call->method, "GET"))
		return false;
	fake_answer(call, 200, "application/json", "{\"kind\":\"compute#forwardingRuleList\",\"items\":[");
	return true;
}

static void absence_is_not_what_a_broken_list_says(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	tower->hook = broken_rules;
	tower_forget(tower);
	world_run(&tower->world, 2 * 60000);
	assert_int_equal(tower_count(tower, "POST", "/global/forwardingRules"), 0);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "CloudUnavailable");
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "status"), "True");
	}
	world_run(&tower->world, 2 * 60000); /* three sweeps are missed */
	assert_int_equal(tower_count(tower, "POST", "/global/forwardingRules"), 0);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "CloudUnavailable");
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "status"), "Unknown");
	}
	tower->hook = NULL;
	world_run(&tower->world, 15000);
	{
		JSON_WORK(work);
		assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), "Serving");
	}
}

/* At rest: one sweep in 45 to 55 seconds, one look at health a minute. */
static void what_rest_costs(void **state)
{
	struct tower *tower = *state;
	int sweeps;

	tower_start(tower, "");
	world_run(&tower->world, 60000);
	tower_forget(tower);
	world_run(&tower->world, 60 * 60000);
	sweeps = tower_count(tower, "GET", "/global/urlMaps?");
	assert_in_range(sweeps, 65, 80);
	assert_in_range(tower_count(tower, "POST", "getHealth"), 55, 61);
	assert_int_equal(tower_count(tower, "GET", "/aggregated/operations"), 0); /* nobody leaves */
}

/* --- what a chain costs the API server --- */

/* The finalizer, Creating, progress twice a minute, Serving. */
static void writes_until_it_serves(void **state)
{
	struct tower *tower = *state;
	int64_t began = tower->world.loop.now_ms;
	int writes;

	world_start(&tower->world);
	tower_apply(tower, "tf", "");
	tower_ready(tower);
	writes = tower_count(tower, "PATCH", "/tfloadbalancers/tf");
	assert_in_range(writes, 3, 3 + (tower->world.loop.now_ms - began) / 30000);
}

/* --- edits --- */

/* After a restart, too, an edit goes to the cloud at once: what the lists did not show is not there. */
static void an_edit_needs_no_look_around(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	world_kill(&tower->world);
	world_start(&tower->world);
	world_run(&tower->world, 20000);
	tower_forget(tower);
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	world_run(&tower->world, 500);
	assert_int_equal(tower_count(tower, "POST", "/global/instanceTemplates"), 1);
	assert_int_equal(tower_count(tower, "GET", "/global/urlMaps?"), 0);
	tower_ready(tower);
	tower_settled(tower);
}

/* --- events --- */

static int events_with(const struct tower *tower, const char *words)
{
	int count = 0;

	for (size_t i = 0; i < tower->world.api.event_notes.count; i++)
		count += strstr(tower->world.api.event_notes.own_items[i], words) != NULL;
	return count;
}

static void change_by_hand(struct tower *tower, const char *patch)
{
	JSON_WORK(work);
	const cJSON *check = cJSON_GetArrayItem(world_list(&tower->world, "global/healthChecks"), 0);
	AUTO_FREE char *path = mem_printf("global/healthChecks/%s", json_text(check, "name"));

	world_cloud(&tower->world, "PATCH", path, patch);
	world_run(&tower->world, 2 * 60000);
	tower_settled(tower);
}

static void each_drift_is_told_once(void **state)
{
	struct tower *tower = *state;

	tower_start(tower, "");
	assert_int_equal(events_with(tower, "Drifted"), 0); /* what an object needs at first is none */
	change_by_hand(tower, "{\"checkIntervalSec\":77,\"timeoutSec\":9}");
	assert_int_equal(events_with(tower, "Drifted: health check tflb-"), 1);
	assert_int_equal(events_with(tower, "behind our back: checkIntervalSec, timeoutSec"), 1);
	change_by_hand(tower, "{\"healthyThreshold\":9}");
	assert_int_equal(events_with(tower, "Drifted"), 2);
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"replicas\":2,\"healthCheck\":{\"requestPath\":\"/x\"}}");
	tower_ready(tower);
	tower_settled(tower);
	assert_int_equal(events_with(tower, "Drifted"), 2); /* nor is an edit */
	assert_int_equal(events_with(tower, "Updated: instance group manager"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(the_finalizer_is_first),
		WITH_TOWER(a_conflict_over_the_finalizer_is_tried_again),
		WITH_TOWER(no_write_without_the_finalizer),
		WITH_TOWER(a_404_on_the_status_loses_nothing),
		WITH_TOWER(a_status_that_is_refused_is_sent_slower_and_slower),
		WITH_TOWER(nothing_is_deleted_without_a_live_look),
		WITH_TOWER(one_live_look_for_each_generation),
		WITH_TOWER(the_finalizer_goes_after_a_fresh_look_at_everything),
		WITH_TOWER(an_unfinished_operation_keeps_the_finalizer),
		WITH_TOWER(what_the_user_said_of_deletion_holds_for_a_broken_spec_too),
		WITH_TOWER(a_new_uid_inherits_after_a_live_look),
		WITH_TOWER(who_lost_a_claim_looks_again_at_once),
		WITH_TOWER(absence_is_what_a_complete_list_says),
		WITH_TOWER(absence_is_not_what_a_broken_list_says),
		WITH_TOWER(what_rest_costs),
		WITH_TOWER(writes_until_it_serves),
		WITH_TOWER(an_edit_needs_no_look_around),
		WITH_TOWER(each_drift_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

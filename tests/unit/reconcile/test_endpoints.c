/* What is answered to probes, to Prometheus, and to whoever changes the level of the log; and that asking costs nothing. */
#include "reconcile/endpoints.h"
#include "tower.h"

#include <stdlib.h>

struct desk {
	struct tower *tower;
	struct log log;
	struct endpoints *endpoints;
	struct endpoint_answer answer;
};

static void open_desk(struct desk *desk, void **state)
{
	struct tower *tower = *state;
	struct replica *replica = &tower->world.replicas[0];

	*desk = (struct desk){.tower = tower, .log = {.level = LOG_INFO}};
	desk->endpoints = endpoints_new(&replica->loop, replica->controller, replica->metrics, &desk->log);
}

static void close_desk(struct desk *desk)
{
	endpoints_free(desk->endpoints);
	str_done(&desk->answer.body);
}

static const char *ask_as(struct desk *desk, struct endpoint_question question, int status)
{
	question.at = question.at ? question.at : ENDPOINT_PROBES | ENDPOINT_METRICS;
	question.method = question.method ? question.method : "GET";
	question.query = question.query ? question.query : "";
	str_done(&desk->answer.body);
	desk->answer = (struct endpoint_answer){0};
	endpoints_answer(desk->endpoints, &question, &desk->answer);
	assert_int_equal(desk->answer.status, status);
	return str_text(&desk->answer.body);
}

static const char *ask(struct desk *desk, const char *path, const char *query, int status)
{
	return ask_as(desk, (struct endpoint_question){.path = path, .query = query}, status);
}

static double value_of(struct desk *desk, const char *sample)
{
	const char *text = ask(desk, "/metrics", "", 200);
	AUTO_FREE char *line = mem_printf("\n%s ", sample);
	const char *found = strstr(text, line);

	if (!found)
		fail_msg("there is no %s", sample);
	return strtod(found + strlen(line), NULL);
}

/* --- probes --- */

static void it_is_ready_when_all_is_listed(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	world_start(&tower->world);
	open_desk(&desk, state);
	assert_string_equal(ask(&desk, "/livez", "", 200), "ok");
	assert_string_equal(ask(&desk, "/readyz", "", 500),
		"[+]ping ok\n[+]loop ok\n[-]cluster failed: the API server was not heard of yet\n"
		"[-]synced failed: nothing is listed yet\n[+]shutdown ok\nreadyz check failed\n");
	assert_string_equal(ask(&desk, "/readyz/ping", "", 200), "ok");
	ask(&desk, "/readyz/synced", "", 500);
	world_run(&tower->world, 5000);
	assert_string_equal(ask(&desk, "/readyz", "", 200), "ok");
	assert_string_equal(ask(&desk, "/readyz", "verbose", 200),
		"[+]ping ok\n[+]loop ok\n[+]cluster ok\n[+]synced ok\n[+]shutdown ok\nreadyz check passed\n");
	close_desk(&desk);
}

static void checks_can_be_left_out(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	world_start(&tower->world);
	open_desk(&desk, state);
	assert_string_equal(ask(&desk, "/readyz", "exclude=cluster&exclude=synced", 200), "ok");
	ask(&desk, "/readyz", "exclude=cluster", 500);
	ask(&desk, "/readyz", "exclude=clusters&exclude=sync", 500);
	assert_string_equal(ask(&desk, "/livez", "verbose&exclude=loop", 200),
		"[+]ping ok\n[+]loop excluded: ok\nlivez check passed\n");
	close_desk(&desk);
}

/* The loop of a frozen process turns no more; its clock goes on. */
static void it_is_dead_when_the_loop_stands_still(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	world_start(&tower->world);
	open_desk(&desk, state);
	world_run(&tower->world, 60000);
	assert_string_equal(ask(&desk, "/livez", "", 200), "ok");
	replica_freeze(&tower->world.replicas[0]);
	world_run(&tower->world, 60000);
	assert_string_equal(ask(&desk, "/healthz", "", 500),
		"[+]ping ok\n[-]loop failed: it has not turned for a while\nhealthz check failed\n");
	replica_thaw(&tower->world.replicas[0]);
	world_run(&tower->world, 1000);
	assert_string_equal(ask(&desk, "/livez", "", 200), "ok");
	assert_true(value_of(&desk, "tflb_loop_delay_seconds_sum") > 50);
	close_desk(&desk);
}

static void what_is_not_there(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	world_start(&tower->world);
	open_desk(&desk, state);
	ask(&desk, "/", "", 404);
	ask(&desk, "/livezz", "", 404);
	ask(&desk, "/readyz/nothing", "", 404);
	ask_as(&desk, (struct endpoint_question){.path = "/metrics", .at = ENDPOINT_PROBES}, 404);
	ask_as(&desk, (struct endpoint_question){.path = "/readyz", .at = ENDPOINT_METRICS}, 404);
	ask_as(&desk, (struct endpoint_question){.path = "/metrics", .method = "POST"}, 405);
	ask_as(&desk, (struct endpoint_question){.path = "/metrics", .method = "HEAD"}, 200);
	close_desk(&desk);
}

/* --- the level of the log --- */

static void the_level_changes_from_this_machine_only(void **state)
{
	static const char path[] = "/debug/flags/log-level";
	struct tower *tower = *state;
	struct desk desk;

	world_start(&tower->world);
	open_desk(&desk, state);
	ask_as(&desk, (struct endpoint_question){.path = path, .method = "PUT", .body = "debug"}, 403);
	assert_int_equal(desk.log.level, LOG_INFO);
	ask_as(&desk, (struct endpoint_question){.path = path, .method = "PUT", .body = "loud", .loopback = true}, 400);
	ask_as(&desk, (struct endpoint_question){.path = path, .method = "PUT", .body = "debug", .loopback = true},
		200);
	assert_int_equal(desk.log.level, LOG_DEBUG);
	assert_string_equal(ask_as(&desk, (struct endpoint_question){.path = path, .loopback = true}, 200), "debug\n");
	close_desk(&desk);
}

/* --- metrics --- */

static void a_chain_is_counted(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	tower_start(tower, "");
	open_desk(&desk, state);
	assert_true(value_of(&desk, "tflb_objects{reason=\"Serving\"}") == 1);
	assert_true(value_of(&desk, "tflb_objects{reason=\"Pending\"}") == 0);
	assert_true(value_of(&desk, "tflb_object_conditions{condition=\"Ready\",status=\"True\"}") == 1);
	assert_true(value_of(&desk, "tflb_object_conditions{condition=\"Stalled\",status=\"True\"}") == 0);
	assert_true(value_of(&desk, "tflb_programmed_duration_seconds_count") == 1);
	assert_true(value_of(&desk, "tflb_drift_found_total{kind=\"ForwardingRule\"}") == 0);
	assert_true(value_of(&desk, "tflb_cloud_operations_running") == 0);
	assert_true(value_of(&desk, "tflb_cloud_operations_total{kind=\"urlMaps\",outcome=\"done\"}") == 1);
	assert_true(value_of(&desk, "tflb_cloud_requests_total{method=\"insert\",kind=\"urlMaps\",code=\"200\"}") == 1);
	assert_true(value_of(&desk, "tflb_cloud_budget_full_rate{budget=\"write\"}") == 10);
	assert_true(value_of(&desk, "tflb_cloud_budget_rate{project=\"my-project\",location=\"us-central1\",budget="
				    "\"write\"}") == 10);
	assert_true(value_of(&desk, "tflb_cloud_budget_waiting{project=\"my-project\",location=\"global\",budget="
				    "\"heavy_list\"}") == 0);
	assert_true(value_of(&desk, "tflb_cloud_throttled_total{project=\"my-project\",location=\"global\",budget="
				    "\"operation\"}") == 0);
	assert_true(value_of(&desk, "tflb_sweep_age_seconds{project=\"my-project\"}") < 60);
	assert_true(value_of(&desk, "tflb_object_writes_total{what=\"finalizer\"}") == 1);
	assert_true(value_of(&desk, "tflb_reconcile_errors_total{controller=\"tfloadbalancer\"}") == 0);
	close_desk(&desk);
}

static void a_deletion_is_no_drift(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	tower_start(tower, "");
	open_desk(&desk, state);
	apiserver_delete(&tower->world.api, TOWER_KEY);
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
	assert_true(value_of(&desk, "tflb_drift_found_total{kind=\"ForwardingRule\"}") == 0);
	assert_true(value_of(&desk, "tflb_objects{reason=\"Deleting\"}") == 0);
	assert_true(value_of(&desk, "tflb_objects_known") == 0);
	close_desk(&desk);
}

/* What is missing is a failure of the kind that needs a person. */
static void a_stalled_object_is_counted(void **state)
{
	struct tower *tower = *state;
	struct desk desk;

	world_start(&tower->world);
	tower_apply(tower, "tf", "\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"none-such\"}}");
	world_run(&tower->world, 5 * 60000);
	open_desk(&desk, state);
	assert_true(value_of(&desk, "tflb_object_conditions{condition=\"Stalled\",status=\"True\"}") == 1);
	assert_true(value_of(&desk, "tflb_terminal_reconcile_errors_total{controller=\"tfloadbalancer\"}") > 0);
	assert_true(value_of(&desk, "tflb_reconcile_total{controller=\"tfloadbalancer\",result=\"error\"}") > 0);
	close_desk(&desk);
}

static void reading_metrics_costs_nothing(void **state)
{
	struct tower *tower = *state;
	struct desk desk;
	size_t calls;

	tower_start(tower, "");
	open_desk(&desk, state);
	assert_true(value_of(&desk, "tflb_objects_unfolded") == 0);
	double unfolds = value_of(&desk, "tflb_unfolds_total");
	calls = tower->calls.count;
	struct mem_count before = mem_counted();
	for (int i = 0; i < 100; i++)
		ask(&desk, "/metrics", "", 200);
	assert_int_equal(mem_counted().allocations, before.allocations);
	assert_true(mem_counted().bytes - before.bytes < 100 * 1024 * 1024 / 4);
	assert_int_equal(tower->calls.count, calls);
	assert_true(value_of(&desk, "tflb_unfolds_total") == unfolds);
	assert_true(value_of(&desk, "tflb_objects_unfolded") == 0);
	close_desk(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(it_is_ready_when_all_is_listed),
		WITH_TOWER(checks_can_be_left_out),
		WITH_TOWER(it_is_dead_when_the_loop_stands_still),
		WITH_TOWER(what_is_not_there),
		WITH_TOWER(the_level_changes_from_this_machine_only),
		WITH_TOWER(a_chain_is_counted),
		WITH_TOWER(a_deletion_is_no_drift),
		WITH_TOWER(a_stalled_object_is_counted),
		WITH_TOWER(reading_metrics_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

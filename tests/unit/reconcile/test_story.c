/* What is said of a load balancer: every reason of the closed list that this version can give, from the state that leads to it,
 * with the words that a person needs. */
#include "scene.h"

/* --- well --- */

static void serving(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "traffic is served");
	assert_says(&scene, "Programmed", "True", "Programmed", "as last read");
	assert_says(&scene, "Healthy", "True", "Healthy", "healthy");
	assert_null(scene_condition(&scene, "Reconciling"));
	assert_null(scene_condition(&scene, "Stalled"));
}

/* A repair is no reason to say that nothing is served. */
static void serving_while_machines_change(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	json_merge(scene_node(&scene, "group-w")->seen,
		json_parse_text("{\"status\":{\"isStable\":false},"
				"\"currentActions\":{\"none\":2,\"recreating\":1}}"));
	scene_node(&scene, "group-w")->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"HEALTHY\"}]}");
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "machines are changing");
	assert_says(&scene, "Reconciling", "True", "Serving", "");
}

/* --- on its way --- */

static void pending(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	scene_census(&scene, 1); /* lists from before we met it say nothing */
	graph_unknown(scene_node(&scene, "url-map"), false);
	scene_status(&scene);
	assert_says(&scene, "Ready", "Unknown", "Pending", "is being read");
	assert_says(&scene, "Programmed", "Unknown", "Pending", "");
	assert_says(&scene, "Reconciling", "True", "Pending", "");
}

/* What keeps it from being read is said, not only that it is. */
static void pending_for_a_secret(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = refusal("", "Secret web-tls can't be read: GET /api/v1/namespaces/ml/secrets/web-tls: 500");

	scene_make(&scene, "");
	scene.input.reading = true;
	scene_status(&scene);
	assert_says(&scene, "Ready", "Unknown", "Pending", "a Secret is being read");
	scene.input.unread = &err;
	scene_status(&scene);
	assert_says(&scene, "Ready", "Unknown", "Pending", "Secret web-tls can't be read: GET");
	scene.input.pending = true;
	scene_status(&scene);
	assert_says(&scene, "Ready", "Unknown", "Pending", "what the policies say");
}

static void creating(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	graph_absent(scene_node(&scene, "http-rule"));
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Creating", "9 of 10 resources");
	assert_says(&scene, "Programmed", "False", "Creating", "");
	assert_says(&scene, "Reconciling", "True", "Creating", "");
}

static void creating_until_machines_exist(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *group;

	scene_make(&scene, "");
	group = scene_node(&scene, "group-w");
	group->views[VIEW_HEALTH] = (struct view){.read_at = GRAPH_NOW};
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false},\"currentActions\":{\"none\":1,"
						"\"creating\":2}}"));
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Creating", "1 of 3 exist");
	assert_says(&scene, "Programmed", "True", "Programmed", "");
	assert_says(&scene, "Healthy", "Unknown", "Creating", "");
}

static void updating(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	json_set_text(scene_node(&scene, "url-map")->seen, "description", "x");
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Updating", "what the spec wants");
	assert_says(&scene, "Reconciling", "True", "Updating", "");
	assert_says(&scene, "Healthy", "True", "Healthy", "");
}

static void migrating(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	json_merge(scene_node(&scene, "backend-default")->seen,
		json_parse_text(
			"{\"loadBalancingScheme\":\"EXTERNAL\",\"externalManagedMigrationState\":\"PREPARE\"}"));
	json_set_text(scene_node(&scene, "http-rule")->seen, "loadBalancingScheme", "EXTERNAL");
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Migrating", "to EXTERNAL_MANAGED, step PREPARE");
	assert_says(&scene, "Reconciling", "True", "Migrating", "");
	assert_says(&scene, "Programmed", "False", "Migrating", "");
}

static void scaling(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *group;

	scene_serving(&scene, "{\"replicas\":5}");
	group = scene_node(&scene, "group-w");
	group->running = true;
	group->change = CHANGE_VERB;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Scaling", "pool w: to 5 machines");
	group->running = false;
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false},\"currentActions\":{\"none\":2,"
						"\"creating\":3}}"));
	group->views[VIEW_HEALTH].tree = json_parse_text("{\"healthStatus\":[{\"healthState\":\"HEALTHY\"}]}");
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Scaling", "2 of 5 exist");
}

static void rolling_out(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	json_merge(scene_node(&scene, "group-w")->seen,
		json_parse_text("{\"status\":{\"isStable\":false,\"versionTarget\":{\"isReached\":false}}}"));
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "RollingOut", "0 of 3 machines");
	assert_says(&scene, "Reconciling", "True", "RollingOut", "");
	scene_stored(&scene);
	/* All are made anew, none answers yet: still the same story. */
	json_merge(scene_node(&scene, "group-w")->seen,
		json_parse_text(
			"{\"status\":{\"versionTarget\":{\"isReached\":true}},\"currentActions\":{\"none\":3}}"));
	scene_node(&scene, "group-w")->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "RollingOut", "machines are starting: 3 of 3 exist, 0 healthy");
	/* The group has done its part; the machines have theirs to do. */
	json_merge(scene_node(&scene, "group-w")->seen, json_parse_text("{\"status\":{\"isStable\":true}}"));
	scene.input.rest_ms = SETTLE_MS - 1;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "RollingOut", "machines are starting: 3 of 3 exist, 0 healthy");
	assert_says(&scene, "Reconciling", "True", "RollingOut", "");
	assert_false(scene.changing);
	scene.input.rest_ms = SETTLE_MS;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Unhealthy", "0 of 3");
	assert_null(scene_condition(&scene, "Reconciling"));
}

/* A new load balancer is not called unhealthy before its machines could answer. */
static void creating_until_machines_answer(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "");
	scene_node(&scene, "group-w")->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	scene.input.rest_ms = 0;
	for (int look = 0; look < 2; look++) {
		scene_status(&scene);
		assert_says(&scene, "Ready", "False", "Creating", "3 of 3 exist, 0 healthy");
		assert_says(&scene, "Healthy", "False", "Creating", "");
		assert_says(&scene, "Programmed", "True", "Programmed", "");
		assert_says(&scene, "Reconciling", "True", "Creating", "");
		scene_stored(&scene);
	}
	scene.input.rest_ms = SETTLE_MS;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Unhealthy", "0 of 3");
	assert_null(scene_condition(&scene, "Reconciling"));
}

/* Who served and stops to answer is told at once, whatever was changed a moment ago. */
static void unhealthy_after_serving(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	scene_node(&scene, "group-w")->views[VIEW_HEALTH].tree =
		json_parse_text("{\"healthStatus\":[{\"healthState\":\"UNHEALTHY\"}]}");
	scene.input.rest_ms = 0;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Unhealthy", "0 of 3");
	assert_null(scene_condition(&scene, "Reconciling"));
}

static void deleting(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	graph_unwant_all(&scene.graph);
	scene.mandate = MANDATE_DELETE;
	scene.input.deleting = true;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Deleting", "10 resources are left");
	assert_says(&scene, "Programmed", "False", "Deleting", "");
	for (size_t i = 0; i < scene.graph.input.nodes.count; i++)
		graph_absent(scene.graph.items[i]);
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Deleting", "making sure that nothing is left");
}

/* A spec that can't be kept is no news to somebody who deletes it. */
static void deleting_in_spite_of_a_problem(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error problem = refusal("Conflict", "claimed by another");

	scene_serving(&scene, "");
	graph_unwant_all(&scene.graph);
	scene.mandate = MANDATE_DELETE;
	scene.input.deleting = true;
	scene.input.problem = &problem;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Deleting", "resources are left");
	assert_null(scene_condition(&scene, "Stalled"));
}

static void waiting_and_then_stalled(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = {.class = ERROR_WAIT, .message = "is already being used by 'their-map'"};
	struct node *service;

	scene_serving(&scene, "");
	service = scene_node(&scene, "backend-default");
	service->own_error = &err;
	service->not_before = GRAPH_NOW + 1000;
	json_set_text(service->seen, "description", "x");
	service->attempts = 2;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Waiting", "backend service tflb-");
	assert_says(&scene, "Ready", "False", "Waiting", "their-map");
	assert_says(&scene, "Reconciling", "True", "Waiting", "");
	assert_null(scene_condition(&scene, "Stalled"));
	service->attempts = 12; /* about five minutes of back-off */
	scene_status(&scene);
	assert_says(&scene, "Stalled", "True", "Waiting", "their-map");
	assert_null(scene_condition(&scene, "Reconciling"));
}

/* --- machines --- */

static void failing(struct scene *scene, const char *code)
{
	struct node *group;

	scene_make(scene, "");
	group = scene_node(scene, "group-w");
	group->views[VIEW_HEALTH] = (struct view){.read_at = GRAPH_NOW};
	json_merge(group->seen, json_parse_text("{\"status\":{\"isStable\":false},\"currentActions\":{\"none\":0,"
						"\"creating\":3}}"));
	group->views[VIEW_MACHINES] = (struct view){.present = true, .read_at = GRAPH_NOW};
	group->views[VIEW_MACHINES].tree = json_parse_text(arena_printf(json_arena(),
		"{\"managedInstances\":[{\"instance\":\"zones/us-central1-a/instances/"
		"tf-w-x1\",\"lastAttempt\":{\"errors\":"
		"{\"errors\":[{\"code\":\"%s\",\"message\":\"no room in the zone\"}]}}}]}",
		code));
	scene_status(scene);
}

static void stock_out(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	failing(&scene, "ZONE_RESOURCE_POOL_EXHAUSTED");
	assert_says(&scene, "Ready", "False", "StockOut", "no room in the zone");
	assert_says(&scene, "Ready", "False", "StockOut", "tf-w-x1");
	assert_says(&scene, "Ready", "False", "StockOut", "us-central1-a");
	assert_says(&scene, "Reconciling", "True", "StockOut", "");
	assert_string_equal(json_text_or(scene.status, "pools[0].errors[0].code", ""), "ZONE_RESOURCE_POOL_EXHAUSTED");
}

static void machines_failing(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	failing(&scene, "INVALID_FIELD_VALUE");
	assert_says(&scene, "Ready", "False", "MachinesFailing", "no room in the zone (INVALID_FIELD_VALUE)");
}

static void unhealthy(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "{\"serving\":{\"port\":8501},\"healthCheck\":{\"requestPath\":\"/v1\"}}");
	scene_node(&scene, "group-w")->views[VIEW_HEALTH].tree = json_parse_text(
		"{\"healthStatus\":[{\"healthState\":\"HEALTHY\"},{\"healthState\":\"UNHEALTHY\"},{\"healthState\":"
		"\"UNHEALTHY\"}]}");
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Unhealthy", "1 of 3 machines");
	assert_says(&scene, "Ready", "False", "Unhealthy", "/v1 on port 8501");
	assert_says(&scene, "Healthy", "False", "Unhealthy", "");
	assert_says(&scene, "Programmed", "True", "Programmed", "");
	assert_null(scene_condition(&scene, "Reconciling"));
	assert_null(scene_condition(&scene, "Stalled"));
}

static void not_probed_yet(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	scene_node(&scene, "group-w")->views[VIEW_HEALTH] = (struct view){.read_at = GRAPH_NOW};
	scene_status(&scene);
	assert_says(&scene, "Healthy", "Unknown", "Unhealthy", "not probed");
	assert_says(&scene, "Reconciling", "True", "Unhealthy", "");
}

/* That we may not ask must not look like machines that don't answer. */
static void health_may_not_be_read(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = refusal("PermissionDenied", "Required 'compute.backendServices.get' permission");

	scene_serving(&scene, "");
	scene_node(&scene, "group-w")->views[VIEW_HEALTH] = (struct view){.read_at = GRAPH_NOW, .own_error = &err};
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "PermissionDenied", "compute.backendServices.get");
	assert_says(&scene, "Stalled", "True", "PermissionDenied", "health of instance group manager tflb-");
}

/* --- the cloud --- */

static void rate_limited_and_unavailable(void **state)
{
	static const struct {
		enum error_class class;
		const char *reason;
	} rows[] = {{ERROR_THROTTLED, "RateLimited"}, {ERROR_TRANSIENT, "CloudUnavailable"}};

	for (size_t i = 0; i < 2; i++) {
		JSON_WORK(work);
		struct scene scene;
		struct error err = {.class = rows[i].class, .message = "HTTP 503"};

		scene_serving(&scene, "");
		scene.project.own_error = &err;
		scene.project.failed_sweeps = 1;
		scene_status(&scene);
		assert_says(&scene, "Ready", "True", "Serving", ""); /* once is nothing */
		scene.project.failed_sweeps = 2;
		scene_status(&scene);
		assert_says(&scene, "Ready", "True", rows[i].reason, "HTTP 503"); /* as before */
		assert_says(&scene, "Reconciling", "True", rows[i].reason, "tried again");
		scene_make(&scene, "");
		scene_node(&scene, "url-map")->own_error = &err;
		scene_node(&scene, "url-map")->attempts = 3;
		graph_absent(scene_node(&scene, "url-map"));
		scene_status(&scene);
		assert_says(&scene, "Ready", "Unknown", rows[i].reason, "HTTP 503");
	}
}

static void suspended(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	scene.input.suspended = true;
	scene.mandate = MANDATE_NONE;
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Suspended", "nothing is written"); /* as last seen */
	assert_null(scene_condition(&scene, "Reconciling"));
	scene.input.deleting = true;
	graph_unwant_all(&scene.graph);
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Suspended", "deletion waits");
}

/* Machines of an earlier template are no reason to say nothing of a move that waits. */
static void moving_while_machines_are_left_alone(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "{\"updatePolicy\":{\"type\":\"OPPORTUNISTIC\"}}");
	json_merge(scene_node(&scene, "group-w")->seen,
		json_parse_text("{\"status\":{\"versionTarget\":{\"isReached\":false}}}"));
	scene.input.move = (struct move){.part = MOVE_HAS, .message = arena_strdup(json_arena(), "spec.moveTo waits")};
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "leaves them alone; spec.moveTo waits");
}

/* Resources go from one object to another: who takes, who gives, who gave, and who only wants to give. */
static void moving(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_serving(&scene, "");
	scene.input.move = (struct move){.part = MOVE_HAS, .message = arena_strdup(json_arena(), "spec.moveTo waits")};
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "traffic is served; spec.moveTo waits");
	scene.input.move = (struct move){.part = MOVE_TAKES,
		.reason = "Moving",
		.message = arena_strdup(json_arena(), "takes over from ml/old")};
	scene_node(&scene, "url-map")->inherited = true;
	scene_node(&scene, "address")->inherited = true; /* its mark can't be rewritten */
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Moving", "takes over from ml/old: 1 left");
	assert_non_null(scene_condition(&scene, "Reconciling"));
	scene.input.move = (struct move){
		.part = MOVE_GIVES, .reason = "Moving", .message = arena_strdup(json_arena(), "ml/new takes over")};
	scene.mandate = MANDATE_NONE;
	graph_unwant_all(&scene.graph);
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Moving", "ml/new takes over");
	assert_says(&scene, "Programmed", "False", "Moving", "ml/new takes over");
	assert_null(scene_condition(&scene, "Stalled"));
	scene.input.move.part = MOVE_GAVE;
	scene.input.move.stalled = true;
	scene_status(&scene);
	assert_says(&scene, "Stalled", "True", "Moving", "ml/new takes over");
	assert_null(scene_condition(&scene, "Reconciling"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serving),
		cmocka_unit_test(serving_while_machines_change),
		cmocka_unit_test(pending),
		cmocka_unit_test(pending_for_a_secret),
		cmocka_unit_test(creating),
		cmocka_unit_test(creating_until_machines_exist),
		cmocka_unit_test(creating_until_machines_answer),
		cmocka_unit_test(updating),
		cmocka_unit_test(migrating),
		cmocka_unit_test(scaling),
		cmocka_unit_test(rolling_out),
		cmocka_unit_test(deleting),
		cmocka_unit_test(deleting_in_spite_of_a_problem),
		cmocka_unit_test(waiting_and_then_stalled),
		cmocka_unit_test(stock_out),
		cmocka_unit_test(machines_failing),
		cmocka_unit_test(unhealthy),
		cmocka_unit_test(unhealthy_after_serving),
		cmocka_unit_test(not_probed_yet),
		cmocka_unit_test(health_may_not_be_read),
		cmocka_unit_test(rate_limited_and_unavailable),
		cmocka_unit_test(suspended),
		cmocka_unit_test(moving_while_machines_are_left_alone),
		cmocka_unit_test(moving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

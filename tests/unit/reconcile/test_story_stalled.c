/* What needs a person: what is wrong, with whom, and what to do about it. */
#include "scene.h"

/* --- what needs a person --- */

static void drifted(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *service;

	scene_serving(&scene, "");
	service = scene_node(&scene, "backend-default");
	json_set_int(service->seen, "timeoutSec", 77);
	for (int i = 0; i < 2; i++) {
		const struct action *action;

		graph_plan(&scene.graph);
		action = graph_action(&scene.graph, service);
		assert_non_null(action);
		fight_written(service, &action->fights);
	}
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Drifted", "timeoutSec was written twice");
	assert_says(&scene, "Ready", "False", "Drifted", service->own_name);
	assert_says(&scene, "Stalled", "True", "Drifted", "");
	assert_int_equal(cJSON_GetArraySize(json_member(scene.status, "differences")), 1);
	assert_string_equal(json_text(scene.status, "differences[0].path"), "timeoutSec");
	assert_string_equal(json_text(scene.status, "differences[0].want"), "30");
	assert_string_equal(json_text(scene.status, "differences[0].seen"), "77");
}

static void reported(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *service;

	scene_serving(&scene, "");
	scene.mandate = MANDATE_NONE;
	scene.input.reporting = true;
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "");
	assert_null(json_member(scene.status, "differences"));
	service = scene_node(&scene, "backend-default");
	json_set_text(service->seen, "portName", "other");
	json_set_int(json_member(service->seen, "connectionDraining"), "drainingTimeoutSec", 7);
	graph_absent(scene_node(&scene, "firewall"));
	graph_add_old(&scene.graph, "http-rule");
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Drifted", "status.differences");
	assert_says(&scene, "Stalled", "True", "Drifted", "");
	assert_string_equal(json_print(json_member(scene.status, "differences")),
		arena_printf(json_arena(),
			"[{\"kind\":\"Firewall\",\"name\":\"%s\",\"path\":\"\",\"want\":\"present\",\"seen\":"
			"\"absent\"},"
			"{\"kind\":\"BackendService\",\"name\":\"%s\",\"path\":\"portName\",\"want\":\"http\",\"seen\":"
			"\"other\"},"
			"{\"kind\":\"BackendService\",\"name\":\"%s\",\"path\":\"connectionDraining."
			"drainingTimeoutSec\","
			"\"want\":\"300\",\"seen\":\"7\"},"
			"{\"kind\":\"ForwardingRule\",\"name\":\"%s-old\",\"path\":\"\",\"want\":\"absent\",\"seen\":"
			"\"present\"}]",
			scene_node(&scene, "firewall")->own_name, service->own_name, service->own_name,
			scene_node(&scene, "http-rule")->own_name));
}

/* No more than the schema takes, each value cut. */
static void many_differences(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *service;
	char *words = arena_alloc(json_arena(), 3001);

	scene_serving(&scene, "");
	scene.mandate = MANDATE_NONE;
	scene.input.reporting = true;
	service = scene_node(&scene, "backend-default");
	for (int i = 0; i < 80; i++)
		json_set_int(service->want, arena_printf(json_arena(), "member%d", i), i);
	memset(words, 'w', 3000);
	json_set_text(service->seen, "portName", words);
	scene_status(&scene);
	assert_int_equal(cJSON_GetArraySize(json_member(scene.status, "differences")), 64);
	assert_int_equal(strlen(json_text(scene.status, "differences[0].seen")), 1024);
}

static void invalid_spec(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error problem = refusal("InvalidSpec", "spec.pools[0].zone: is required");

	scene_make(&scene, "");
	scene.input.plan = NULL;
	scene.input.problem = &problem;
	scene.status = status_make(&scene.input, &scene.changing);
	assert_says(&scene, "Ready", "False", "InvalidSpec", "spec.pools[0].zone");
	assert_says(&scene, "Stalled", "True", "InvalidSpec", "");
	assert_null(scene_condition(&scene, "Reconciling"));
}

static void missing(struct scene *scene, const char *spec, const char *role)
{
	scene_make(scene, spec);
	graph_absent(scene_node(scene, role));
	graph_absent(scene_node(scene, "template-w"));
	scene_status(scene);
}

static void image_not_found(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	missing(&scene, "", "image");
	assert_says(&scene, "Ready", "False", "ImageNotFound", "projects/images/global/images/family/tf");
	assert_says(&scene, "Ready", "False", "ImageNotFound", "spec.template.image");
	assert_says(&scene, "Ready", "False", "ImageNotFound", "common-cu129"); /* a current one */
	assert_says(&scene, "Stalled", "True", "ImageNotFound", "");
}

static void reference_not_found(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	missing(&scene, "{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"web-ip\"}}}", "address");
	assert_says(
		&scene, "Ready", "False", "ReferenceNotFound", "address web-ip does not exist in project my-project");
	assert_says(&scene, "Stalled", "True", "ReferenceNotFound", "Reserved");
}

static void ipv6_address_not_found(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	missing(&scene, "{\"frontend\":{\"ipv6\":{\"address\":{\"type\":\"Named\",\"name\":\"web-6\"}}}}",
		"ipv6-address");
	assert_says(
		&scene, "Ready", "False", "ReferenceNotFound", "address web-6 does not exist in project my-project");
	assert_says(&scene, "Stalled", "True", "ReferenceNotFound", "spec.frontend.ipv6.address.type");
}

/* What is missing is named, and what to do about it. */
static void subnetwork_not_found(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, "{\"template\":{\"subnetwork\":\"ml\"}}");
	graph_absent(scene_node(&scene, "subnetwork"));
	graph_absent(scene_node(&scene, "firewall"));
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "ReferenceNotFound", "subnetwork ml does not exist");
	assert_says(&scene, "Ready", "False", "ReferenceNotFound", "spec.template.subnetwork");
	assert_null(strstr(scene_text(&scene, "Ready", "message"), "address"));
}

static void conflict_with_somebody_elses(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct node *map;

	scene_make(&scene, "");
	map = scene_node(&scene, "url-map");
	graph_absent(map);
	map->presence = NODE_FOREIGN;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Conflict", map->own_name);
	assert_says(&scene, "Stalled", "True", "Conflict", "does not carry our mark");
	assert_says(&scene, "Stalled", "True", "Conflict", "spec.adoptionPolicy");
	map->why_foreign = "its portRange is another one";
	scene_status(&scene);
	assert_says(&scene, "Stalled", "True", "Conflict", "can't be taken over: its portRange is another one");
}

static void conflict_with_an_older_claim(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error problem = refusal("Conflict", "claimed by the older TFLoadBalancer ml/first");

	scene_serving(&scene, "");
	scene.input.problem = &problem;
	scene.mandate = MANDATE_NONE;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "Conflict", "ml/first");
	assert_says(&scene, "Stalled", "True", "Conflict", "");
}

static void refused_by_the_cloud(void **state)
{
	static const char *const reasons[] = {"PermissionDenied", "QuotaExceeded", "OrgPolicyViolated", "APIDisabled",
		"BillingDisabled", "InvalidSpec"};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		JSON_WORK(work);
		struct scene scene;
		struct error err = refusal(reasons[i], "the cloud's words");
		struct node *group;

		scene_make(&scene, "");
		group = scene_node(&scene, "group-w");
		graph_absent(group);
		group->own_error = &err;
		group->not_before = GRAPH_NOW + 30000;
		scene_status(&scene);
		assert_says(&scene, "Ready", "False", reasons[i], "instance group manager tflb-");
		assert_says(&scene, "Stalled", "True", reasons[i], "the cloud's words");
		assert_null(scene_condition(&scene, "Reconciling"));
	}
}

/* An unknown refusal is still a refusal. */
static void refused_without_a_word(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = refusal("", "no");

	scene_make(&scene, "");
	graph_absent(scene_node(&scene, "group-w"));
	scene_node(&scene, "group-w")->own_error = &err;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "InvalidSpec", "no");
}

static void the_project_cannot_be_read(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = refusal("PermissionDenied", "Required 'compute.urlMaps.list' permission");

	scene_make(&scene, "");
	scene.project.own_error = &err;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "PermissionDenied", "project my-project can't be read");
	assert_says(&scene, "Stalled", "True", "PermissionDenied", "compute.urlMaps.list");
	scene.input.deleting = true; /* whoever waits for the end must know what it waits for */
	scene.mandate = MANDATE_DELETE;
	graph_unwant_all(&scene.graph);
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "PermissionDenied", "finalizer tflb.dev/cloud-resources");
}

/* What no longer matters is not told: refused once, as wanted now. */
static void a_refusal_that_was_overcome(void **state)
{
	JSON_WORK(work);
	struct scene scene;
	struct error err = refusal("QuotaExceeded", "no");

	scene_make(&scene, "");
	scene_node(&scene, "group-w")->own_error = &err;
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drifted),
		cmocka_unit_test(reported),
		cmocka_unit_test(many_differences),
		cmocka_unit_test(invalid_spec),
		cmocka_unit_test(image_not_found),
		cmocka_unit_test(reference_not_found),
		cmocka_unit_test(ipv6_address_not_found),
		cmocka_unit_test(subnetwork_not_found),
		cmocka_unit_test(conflict_with_somebody_elses),
		cmocka_unit_test(conflict_with_an_older_claim),
		cmocka_unit_test(refused_by_the_cloud),
		cmocka_unit_test(refused_without_a_word),
		cmocka_unit_test(the_project_cannot_be_read),
		cmocka_unit_test(a_refusal_that_was_overcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

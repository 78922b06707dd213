/* The scripts. Each begins with an empty world, starts the controller, acts as users and colleagues do, and ends with the
 * judge. Time limits are virtual. */
#include <stdio.h>
#include <string.h>

#include "sim/script.h"

/* A chain that stands. Deaths while it is made are the create campaign's. */
static void set_up(struct world *world, const char *object)
{
	world->at_rest = true;
	start_with(world, object);
	check_ready(world, KEY);
	world->at_rest = false;
}

/* --- create --- */

static void create(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 3);
	{
		JSON_WORK(work);
		const cJSON *object = apiserver_get(&world->api, KEY);

		if (!json_text(object, "status.address"))
			world_complain(world, "no address in status");
		if (json_int(object, "status.readyReplicas", 0) != 3)
			world_complain(world, "readyReplicas is not 3");
	}
}

static void minimal(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* --- edits --- */

static void scale(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"replicas\":5}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 5);
	apiserver_edit(&world->api, KEY, "{\"replicas\":2}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 2);
}

static void machine_type(struct world *world)
{
	set_up(world, SEED_OBJECT);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 3);
}

static void health_path(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"healthCheck\":{\"requestPath\":\"/healthz\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	{
		JSON_WORK(work);
		const cJSON *item;

		cJSON_ArrayForEach(item, world_list(world, "global/healthChecks"))
		{
			if (!text_equal(json_text(item, "httpHealthCheck.requestPath"), "/healthz"))
				world_complain(world, "the path of a health check did not change");
		}
	}
}

static void pools(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY,
		"{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"},{\"name\":\"b\",\"zone\":\"us-central1-b\","
		"\"replicas\":2}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 2);
	judge_machines(world, "us-central1-b", 2);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":2}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 0);
}

static void zone_move(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-f\"}]}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 0);
	judge_machines(world, "us-central1-f", 3);
}

static void port_change(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"port\":8080}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"port\":8501}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static void firewall_off(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"firewall\":{\"managed\":false}}");
	check_reason(world, KEY, "Unhealthy", "machines are healthy");
	apiserver_edit(&world->api, KEY, "{\"firewall\":{\"managed\":true}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static bool is_observed(const struct world *world, const char *key)
{
	JSON_WORK(work);
	const cJSON *object = apiserver_get(&world->api, key);

	return json_int(object, "metadata.generation", 0) == json_int(object, "status.observedGeneration", -1);
}

/* Pairs of edits, the second of which crosses with our write of the status at another moment each time. */
static void edit_storm(struct world *world)
{
	world->api.watch_lag_ms = 70;
	start_with(world, SEED_OBJECT);
	for (int i = 0; i < 120; i++) {
		AUTO_FREE char *first = mem_printf("{\"replicas\":%d}", 1 + i % 6);
		AUTO_FREE char *second = mem_printf("{\"replicas\":%d}", 2 + i % 6);

		apiserver_edit(&world->api, KEY, first);
		world_run(world, i);
		apiserver_edit(&world->api, KEY, second);
		world_run(world, 30000);
		if (!is_observed(world, KEY))
			world_complain(world, "an edit was lost: %d ms after the one before", i);
	}
	apiserver_edit(&world->api, KEY, "{\"replicas\":4}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 4);
}

/* --- deletion --- */

static void delete (struct world *world)
{
	set_up(world, SEED_OBJECT);
	check_deleted(world, KEY);
	judge_nothing(world);
	check_nothing_refused(world);
	judge_quiet(world);
}

/* Its finalizer was stripped by hand, and it is made again: the new one inherits what stands. */
static void recreate(struct world *world)
{
	JSON_WORK(work);
	char *address;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	address = first_name(world, "global/addresses");
	world_kill(world);
	world->meddled = true; /* what stands is found by a refused insert, or by the lists */
	mem_free(map_remove(&world->api.objects, KEY));
	apiserver_compact(&world->api);
	world_start(world);
	apiserver_apply(&world->api, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (!text_equal(address, first_name(world, "global/addresses")))
		world_complain(world, "the address was not inherited");
	check_deleted(world, KEY);
	judge_nothing(world);
}

static void suspend(struct world *world)
{
	uint64_t writes;

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	apiserver_edit(&world->api, KEY, "{\"suspend\":true,\"replicas\":6}");
	writes = world->cloud_writes;
	check_reason(world, KEY, "Suspended", "nothing is written");
	apiserver_delete(&world->api, KEY);
	check_reason(world, KEY, "Suspended", "deletion waits");
	world_run(world, 5 * MINUTE);
	check_no_writes(world, writes);
	apiserver_edit(&world->api, KEY, "{\"suspend\":false}");
	check_gone(world, KEY);
	judge_nothing(world);
}

static void abandon(struct world *world)
{
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"deletionPolicy\":\"Abandon\"}");
	check_ready(world, KEY);
	check_deleted(world, KEY);
	judge_chain(world, 1, 1);
	judge_machines(world, "us-central1-a", 3);
	check_nothing_refused(world);
	{
		JSON_WORK(work);
		const cJSON *service = cJSON_GetArrayItem(world_list(world, "global/backendServices"), 0);

		if (json_text_or(service, "description", "")[0])
			world_complain(world, "the backend service still bears our mark");
	}
}

/* --- others --- */

/* A resource of somebody else's stands under the name of our URL map. */
static void foreign(struct world *world)
{
	JSON_WORK(work);
	char *map, *front[2];

	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	world_kill(world);
	map = first_name(world, "global/urlMaps");
	front[0] = arena_printf(json_arena(), "global/forwardingRules/%s", first_name(world, "global/forwardingRules"));
	front[1] = arena_printf(
		json_arena(), "global/targetHttpProxies/%s", first_name(world, "global/targetHttpProxies"));
	world_do(world, "DELETE", front[0], NULL);
	world_do(world, "DELETE", front[1], NULL);
	world_do(world, "PATCH", arena_printf(json_arena(), "global/urlMaps/%s", map),
		"{\"description\":\"somebody else's\"}");
	world_start(world);
	check_reason(world, KEY, "Conflict", map);
	check_stalled(world, KEY);
	apiserver_delete(&world->api, KEY);
	world_run(world, 30 * MINUTE);
	if (!text_equal(json_text(json_parse_text(world_cloud(
					  world, "GET", arena_printf(json_arena(), "global/urlMaps/%s", map), NULL)),
				"description"),
		    "somebody else's"))
		world_complain(world, "a foreign URL map was touched");
}

static void claims(struct world *world)
{
	static const char NAMED[] = "\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"shared-ip\"}}";
	AUTO_FREE char *first = mem_printf(OBJECT("default", "tf", "%s,%s,%s"), TEMPLATE, POOL, NAMED);
	AUTO_FREE char *second = mem_printf(OBJECT("default", "late", "%s,%s,%s"), TEMPLATE, POOL, NAMED);

	world_do(world, "POST", "global/addresses", "{\"name\":\"shared-ip\"}");
	start_with(world, first);
	world_run(world, 3000);
	apiserver_apply(&world->api, second);
	check_ready(world, KEY);
	check_reason(world, "default/late", "Conflict", KEY);
	check_stalled(world, "default/late");
	check_deleted(world, KEY);
	check_ready(world, "default/late");
	check_nothing_refused(world);
}

static void withdrawn(struct world *world)
{
	start_with(
		world, OBJECT("default", "tf",
			       "\"template\":{\"image\":\"projects/deeplearning-platform-release/global/images/family/"
			       "tf-latest-cpu\"}," POOL));
	check_reason(world, KEY, "ImageNotFound", "tf-latest-cpu");
	check_reason(world, KEY, "ImageNotFound", "common-cu129-ubuntu-2204-nvidia-580");
	check_stalled(world, KEY);
	world_do(world, "POST", "/emulator/v1/world",
		"{\"imageFamily\":{\"project\":\"deeplearning-platform-release\",\"family\":\"tf-latest-cpu\","
		"\"state\":\"ACTIVE\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static void no_such_machine(struct world *world)
{
	start_with(world, OBJECT("default", "tf",
				  "\"template\":{\"machineType\":\"n1-standard-5\",\"image\":\"" IMAGE "\"}," POOL));
	check_reason(world, KEY, "MachinesFailing", "n1-standard-5");
	check_reason(world, KEY, "MachinesFailing", "us-central1-a");
	check_message(world, KEY, "Invalid value for spec.template.machineType: ");
	judge_chain(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-4\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static void namespaces(struct world *world)
{
	start_with(world, OBJECT("one", "tf", TEMPLATE "," POOL));
	apiserver_apply(&world->api, OBJECT("two", "tf", TEMPLATE "," POOL));
	check_ready(world, "one/tf");
	check_ready(world, "two/tf");
	check_rest(world, 2, 2);
	check_deleted(world, "one/tf");
	check_rest(world, 1, 1);
}

static void thirty(struct world *world)
{
	world_start(world);
	for (int i = 0; i < 30; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "%s,\"replicas\":1,%s"), i, TEMPLATE, POOL);
		apiserver_apply(&world->api, object);
	}
	check_rest(world, 30, 30);
	for (int i = 0; i < 30; i++) {
		AUTO_FREE char *key = mem_printf("default/tf%d", i);
		apiserver_delete(&world->api, key);
	}
	for (int i = 0; i < 30; i++) {
		AUTO_FREE char *key = mem_printf("default/tf%d", i);
		check_gone(world, key);
	}
	judge_nothing(world);
	check_nothing_refused(world);
}

/* The watch's history is gone again and again while things change. */
static void compaction(struct world *world)
{
	start_with(world, SEED_OBJECT);
	for (int i = 0; i < 60; i++) {
		world_run(world, 5000);
		apiserver_compact(&world->api);
	}
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"replicas\":4}");
	apiserver_compact(&world->api);
	check_ready(world, KEY);
	apiserver_delete(&world->api, KEY);
	apiserver_compact(&world->api);
	check_gone(world, KEY);
	judge_nothing(world);
}

/* A project that is not there: said so, and the object can go again. */
static void wrong_project(struct world *world)
{
	start_with(world, "{\"apiVersion\":\"tflb.dev/"
			  "v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"namespace\":\"default\","
			  "\"name\":\"tf\"},\"spec\":{\"project\":\"no-such-project\"," TEMPLATE "," POOL "}}");
	check_reason(world, KEY, "PermissionDenied", "no-such-project");
	check_stalled(world, KEY);
	check_deleted(world, KEY);
}

static void crd_missing(struct world *world)
{
	world->api.installed = false;
	world_start(world);
	world_run(world, 3 * MINUTE);
	world->api.installed = true;
	apiserver_apply(&world->api, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* Names of the greatest length, and two that differ only where they are cut. */
static void long_names(struct world *world)
{
#define LONG_NAME "a23456789-123456789-123456789-123456789-123456789-123456789-12"
#define LONG_POOL "\"pools\":[{\"name\":\"p23456789-123456789-1234567890\",\"zone\":\"us-central1-a\",\"replicas\":1}]"
	start_with(world, OBJECT("default", LONG_NAME "a", TEMPLATE "," LONG_POOL));
	apiserver_apply(&world->api, OBJECT("default", LONG_NAME "b", TEMPLATE "," LONG_POOL));
	check_ready(world, "default/" LONG_NAME "a");
	check_ready(world, "default/" LONG_NAME "b");
	check_rest(world, 2, 2);
	check_deleted(world, "default/" LONG_NAME "a");
	check_rest(world, 1, 1);
}

static const struct scenario scenarios[] = {
	{"create", create},
	{"minimal", minimal},
	{"scale", scale},
	{"https", https},
	{"https-named", https_named},
	{"ipv6", ipv6},
	{"front-moves", front_moves},
	{"front-shared", front_shared},
	{"secret-rotated", secret_rotated},
	{"secret-late", secret_late},
	{"secret-again", secret_again},
	{"iap", iap},
	{"iap-drift", iap_drift},
	{"url-keys", url_keys},
	{"url-keys-drift", url_keys_drift},
	{"certificates-mixed", certificates_mixed},
	{"certificates", certificates},
	{"certificate-later", certificate_later},
	{"certificate-fails", certificate_fails},
	{"machine-type", machine_type},
	{"health-path", health_path},
	{"pools", pools},
	{"zone-move", zone_move},
	{"port-change", port_change},
	{"edit-storm", edit_storm},
	{"drift-delete", drift_delete},
	{"sweep-not-shown", sweep_not_shown},
	{"sweep-no-proof", sweep_no_proof},
	{"sweep-zone-lost", sweep_zone_lost},
	{"sweep-asked", sweep_asked},
	{"adopt", adopt},
	{"adopt-pool", adopt_pool},
	{"adopt-nothing", adopt_nothing},
	{"adopt-edited", adopt_edited},
	{"adopt-never", adopt_never},
	{"adopt-replaced", adopt_replaced},
	{"adopt-impossible", adopt_impossible},
	{"adopt-claimed", adopt_claimed},
	{"adopt-abandoned", adopt_abandoned},
	{"adopt-abandoned-never", adopt_abandoned_never},
	{"adopt-others", adopt_others},
	{"restored", restored},
	{"restored-elsewhere", restored_elsewhere},
	{"cloned", cloned},
	{"orphans-reported", orphans_reported},
	{"orphans-deleted", orphans_deleted},
	{"orphans-used", orphans_used},
	{"orphans-abandoned", orphans_abandoned},
	{"orphans-found", orphans_found},
	{"orphans-not-sure", orphans_not_sure},
	{"orphans-unwatched", orphans_unwatched},
	{"orphans-moved", orphans_moved},
	{"drift-change", drift_change},
	{"drift-members", drift_members},
	{"drift-report", drift_report},
	{"drift-report-first", drift_report_first},
	{"drift-stuck", drift_stuck},
	{"firewall-off", firewall_off},
	{"delete", delete},
	{"recreate", recreate},
	{"suspend", suspend},
	{"abandon", abandon},
	{"foreign", foreign},
	{"claims", claims},
	{"withdrawn", withdrawn},
	{"no-such-machine", no_such_machine},
	{"namespaces", namespaces},
	{"thirty", thirty},
	{"compaction", compaction},
	{"wrong-project", wrong_project},
	{"unclear", spoilt_unclear},
	{"throttled", spoilt_throttled},
	{"token-refused", spoilt_token_refused},
	{"endpoint-down", spoilt_endpoint_down},
	{"empty", spoilt_empty},
	{"truncated", spoilt_truncated},
	{"not-json", spoilt_not_json},
	{"wrong-shape", spoilt_wrong_shape},
	{"too-large", spoilt_too_large},
	{"crd-missing", crd_missing},
	{"long-names", long_names},
	{"migrate", migrate},
	{"migrate-steps", migrate_steps},
	{"migrate-held", migrate_held},
	{"migrate-features", migrate_features},
	{"migrate-buckets", migrate_buckets},
	{"migrate-born", migrate_born},
	{"migrate-grows", migrate_grows},
	{"migrate-exchanges", migrate_exchanges},
	{"living-abandon", living_abandon},
	{"living-suspend", living_suspend},
	{"living-report", living_report},
	{"living-move", living_move},
	{"move", move},
	{"move-one-sided", move_one_sided},
	{"move-deleted-first", move_deleted_first},
	{"move-taken-back", move_taken_back},
	{"move-taker-deleted", move_taker_deleted},
	{"move-suspended", move_suspended},
	{"move-recreated", move_recreated},
	{"move-twice", move_twice},
	{"move-drift", move_drift},
	{"move-within", move_within},
	{"move-policy", move_policy},
	{"override", override},
	{"least-disruption", least_disruption},
	{"all-instances", all_instances},
	{"left-to-others", updates_left_to_others},
	{"amounts", update_amounts},
	{"rolls-back", rolls_back},
	{"rolls-back-again", rolls_back_again},
	{"held", rollout_held},
	{"makes-ill", rollout_makes_ill},
	{"rollout-lines", rollout_lines},
	{"quick-edits", quick_edits},
	{"image-pinned", image_pinned},
	{"image-deleted", image_deleted},
	{"image-latest", image_latest},
	{"image-policies", image_policies},
	{"image-shared", image_shared},
	{"image-deprecated", image_deprecated},
	{"canary", canary},
	{"canary-fails", canary_fails},
	{"canary-falls-ill", canary_falls_ill},
	{"canary-makes-ill", canary_makes_ill},
	{"canary-drift", canary_drift},
	{"canary-sizes", canary_sizes},
	{"canary-quick-edits", canary_quick_edits},
	{"gpus", gpus},
	{"gpus-elsewhere", gpus_elsewhere},
	{"disks", disks},
	{"container", container},
	{"no-such-zone", no_such_zone},
	{"autoscale", autoscale},
	{"autoscaler-drift", autoscaler_drift},
	{"backends", backends},
	{"regional", regional},
	{"regional-stock-out", regional_stock_out},
	{"machine-troubles", machine_troubles},
	{"flexible", flexible},
	{"renamed", renamed},
	{"drained-first", drained_first},
	{"probes", probes},
	{"standby", standby},
	{"stateful", stateful},
	{"training", training},
	{"training-short", training_short},
	{"training-changes", training_changes},
	{"training-stock-out", training_stock_out},
	{"training-meddled", training_meddled},
	{"drain", drain},
	{"load-many", load_many},
	{"load-flapping", load_flapping},
	{"load-servers-flap", load_servers_flap},
	{"load-large", load_large},
	{"load-foreign", load_foreign},
	{"load-refused-project", load_refused_project},
	{"quota-told", quota_told},
	{"quota-found-out", quota_found_out},
	{"quota-short", quota_short},
	{"token-life", token_life},
	{"healing", healing},
	{"routes", routes},
	{"static-site", static_site},
	{"rewound", rewound},
	{"replicas-killed", replicas_killed},
	{"replicas-frozen", replicas_frozen},
	{"replicas-frozen-in-trouble", replicas_frozen_in_trouble},
	{"replicas-cut", replicas_cut},
	{"replicas-stopped", replicas_stopped},
	{"replicas-stale", replicas_stale},
	{"policy-denied", policies_denied},
	{"policy-tightened", policies_tightened},
	{"policy-labels", policies_labels},
	{"policy-namespace-unreadable", policies_namespace_unreadable},
	{"policy-built-in", policies_built_in},
	{"policy-identity", policies_identity},
	{"policy-moved", policies_moved},
	{"policy-machines", policies_machines},
	{"policy-unreadable", policies_unreadable},
	{"policy-restart", policies_restart},
};

const struct scenario *scenario_at(size_t index)
{
	return index < sizeof(scenarios) / sizeof(scenarios[0]) ? &scenarios[index] : NULL;
}

const struct scenario *scenario_find(const char *name)
{
	for (size_t i = 0; scenario_at(i); i++) {
		if (strcmp(scenario_at(i)->name, name) == 0)
			return scenario_at(i);
	}
	return NULL;
}

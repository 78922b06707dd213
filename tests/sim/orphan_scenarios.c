/* Resources whose object is gone: told, and deleted when that is asked for and sure. */
#include <string.h>

#include "sim/script.h"

#define OTHER "default/other"

static const char OBJECT_TF[] = OBJECT("default", "tf", TEMPLATE "," POOL);
static const char OBJECT_OTHER[] = OBJECT("default", "other", TEMPLATE "," POOL);

static void start_two(struct world *world)
{
	start_with(world, OBJECT_TF);
	apiserver_apply(&world->api, OBJECT_OTHER);
	check_ready(world, KEY);
	check_ready(world, OTHER);
	check_settled(world);
}

/* Two chains, and of one of them the object is gone. */
static void start_orphaned(struct world *world)
{
	world->at_rest = true;
	start_two(world);
	world->at_rest = false;
	apiserver_strip(&world->api, KEY);
}

/* Nobody is told twice, nothing is deleted, and whoever comes under the same name inherits it. */
void orphans_reported(struct world *world)
{
	start_with(world, OBJECT_TF);
	check_ready(world, KEY);
	check_settled(world);
	apiserver_strip(&world->api, KEY);
	world_run(world, 3 * MINUTE);
	check_event(world, "Orphaned", "10 resources in project my-project");
	check_metric(world, "tflb_orphans{project=\"my-project\"} 10\n");
	world_run(world, 60 * MINUTE);
	if (world->api.events > 14)
		world_complain(world, "%d events", (int)world->api.events);
	judge_chain(world, 1, 1);
	world->meddled = true; /* the new one finds what stands by refused inserts */
	apiserver_apply(&world->api, OBJECT_TF);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_deleted(world, KEY);
	judge_nothing(world);
	world_run(world, 10 * MINUTE); /* nobody names the project: it is looked into until that is sure */
	judge_quiet(world);
}

void orphans_deleted(struct world *world)
{
	world->delete_orphans = true;
	start_orphaned(world);
	world_run(world, 2 * MINUTE);
	if (!world->killed)
		judge_chain(world, 2, 2); /* not before it is seen three times */
	world_run(world, 30 * MINUTE);
	check_rest(world, 1, 1);
	if (!world->killed && world->replica_count == 1) {
		check_metric(world, "tflb_orphans{project=\"my-project\"} 0\n");
		check_metric(world, "tflb_orphans_deleted_total{kind=\"HealthCheck\"} 2\n");
	}
	check_ready(world, OTHER);
	judge_machines(world, "us-central1-a", 3);
	check_nothing_refused(world);
}

/* Somebody's URL map sends requests to what is left: that, and what it needs, stays; the front goes. */
void orphans_used(struct world *world)
{
	JSON_WORK(work);
	char *body;

	world->delete_orphans = true;
	world->at_rest = true;
	start_with(world, OBJECT_TF);
	check_ready(world, KEY);
	check_settled(world);
	body = arena_printf(json_arena(),
		"{\"name\":\"mine\",\"defaultService\":\"projects/my-project/global/backendServices/%s\"}",
		first_name(world, "global/backendServices"));
	world_do(world, "POST", "global/urlMaps", body);
	apiserver_strip(&world->api, KEY);
	world_run(world, 30 * MINUTE);
	if (cJSON_GetArraySize(world_list(world, "global/forwardingRules")) ||
		cJSON_GetArraySize(world_list(world, "global/targetHttpProxies")) ||
		cJSON_GetArraySize(world_list(world, "global/urlMaps")) != 1)
		world_complain(world, "the front is still there, or somebody else's is not");
	first_name(world, "global/backendServices");
	first_name(world, "global/instanceTemplates");
	judge_machines(world, "us-central1-a", 3);
	check_nothing_refused(world);
	world_do(world, "DELETE", "global/urlMaps/mine", NULL);
	world_run(world, 30 * MINUTE);
	judge_nothing(world);
	judge_machines(world, "us-central1-a", 0);
}

/* What Abandon let go is nobody's, and never an orphan. */
void orphans_abandoned(struct world *world)
{
	world->delete_orphans = true;
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL ",\"deletionPolicy\":\"Abandon\""));
	apiserver_apply(&world->api, OBJECT_OTHER);
	check_ready(world, KEY);
	check_ready(world, OTHER);
	check_settled(world);
	check_deleted(world, KEY);
	world_run(world, 60 * MINUTE);
	judge_chain(world, 2, 2);
	if (has_event(world, "Orphaned", ""))
		world_complain(world, "what was abandoned is told as orphans");
}

/* No object at all after a restart: the project must be named. */
void orphans_found(struct world *world)
{
	start_with(world, OBJECT_TF);
	check_ready(world, KEY);
	check_settled(world);
	world_kill(world);
	world->delete_orphans = true;
	apiserver_strip(&world->api, KEY);
	world_start(world);
	world_run(world, 30 * MINUTE);
	judge_chain(world, 1, 1);
	world_kill(world);
	world->orphan_project = "my-project";
	world_start(world);
	world_run(world, 30 * MINUTE);
	judge_nothing(world);
	check_nothing_refused(world);
}

static bool cut_lists(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	if (!text_ends(call->path, "/urlMaps"))
		return false;
	fake_answer_bytes(call, answer->status, answer->content_type, answer->body, answer->length / 2);
	return true;
}

/* While some list is never complete, nothing is known to be an orphan. */
void orphans_not_sure(struct world *world)
{
	world->delete_orphans = true;
	start_two(world);
	world->spoil = cut_lists;
	world->spoil_left = 1;
	apiserver_strip(&world->api, KEY);
	world_run(world, 30 * MINUTE);
	judge_chain(world, 2, 2);
	if (has_event(world, "Orphaned", ""))
		world_complain(world, "orphans are told although not everything was seen");
	world->spoil_left = 0;
	world_run(world, 30 * MINUTE);
	check_rest(world, 1, 1);
}

/* Of namespaces that we do not watch we do not know what is there. */
void orphans_unwatched(struct world *world)
{
	start_with(world, OBJECT_TF);
	apiserver_apply(&world->api, OBJECT("elsewhere", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_ready(world, "elsewhere/tf");
	check_settled(world);
	world_kill(world);
	world->namespace = "default";
	world->delete_orphans = true;
	world_start(world);
	world_run(world, 30 * MINUTE);
	judge_chain(world, 2, 2);
	if (has_event(world, "Orphaned", ""))
		world_complain(world, "what another controller may look after is told as orphans");
}

/* An object of that name exists, in another project now: whose it is a person must say. */
void orphans_moved(struct world *world)
{
	world->delete_orphans = true;
	start_two(world);
	apiserver_strip(&world->api, KEY);
	apiserver_apply(&world->api,
		"{\"apiVersion\":\"tflb.dev/"
		"v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"namespace\":\"default\","
		"\"name\":\"tf\"},\"spec\":{\"project\":\"other-project\"," TEMPLATE "," POOL "}}");
	world_run(world, 60 * MINUTE);
	judge_chain(world, 2, 2);
	check_event(world, "Orphaned", "10 resources in project my-project");
}

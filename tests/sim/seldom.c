/* What nobody in a project has is listed now and then. */
#include <string.h>

#include "sim/refusals.h"
#include "sim/script.h"

static int lists_of(struct world *world, const char *path)
{
	JSON_WORK(work);

	return cJSON_GetArraySize(requests(world, "GET", path));
}

/* Lists of SSL policies, which the object has none of, in so many minutes; checks that they are `share` of those of URL maps. */
static void check_share(struct world *world, int minutes, int share)
{
	int policies = lists_of(world, "*/global/sslPolicies"), maps = lists_of(world, "*/global/urlMaps");

	world_run(world, minutes * MINUTE);
	policies = lists_of(world, "*/global/sslPolicies") - policies;
	maps = lists_of(world, "*/global/urlMaps") - maps;
	if (maps < minutes || policies < maps / share - 1 || policies > maps / share + 1)
		world_complain(world, "%d lists of what nobody has, %d of what there is", policies, maps);
}

/* Somebody makes an SSL policy that bears the object's mark, or, with another name in it, that of one that is gone. */
static void make_marked_policy(struct world *world, const char *object)
{
	JSON_WORK(work);
	const cJSON *check = cJSON_GetArrayItem(world_list(world, "global/healthChecks"), 0);
	cJSON *mark = json_parse_text(json_text(check, "description")), *body = cJSON_CreateObject();

	cJSON_ReplaceItemInObject(mark, "role", cJSON_CreateString("ssl-policy"));
	if (object)
		cJSON_ReplaceItemInObject(mark, "name", cJSON_CreateString(object));
	json_set_text(body, "name",
		object ? object
		       : arena_printf(json_arena(), "%.*sssl-policy", (int)strlen("tflb-12345678-tf-"),
				 json_text(check, "name")));
	json_set_text(body, "description", json_print(mark));
	world_cloud(world, "POST", "global/sslPolicies", json_print(body));
	world_run(world, MINUTE / 2);
	if (cJSON_GetArraySize(world_list(world, "global/sslPolicies")) != 1)
		world_complain(world, "no SSL policy was made");
}

/* Kinds that nobody has are listed at every fourth sweep: that finds what is left of the object, which goes, and what is left of another
 * one, which is told. */
void seldom(struct world *world)
{
	world->at_rest = true;
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	check_share(world, 30, 4);
	make_marked_policy(world, NULL);
	world_run(world, 6 * MINUTE);
	{
		JSON_WORK(work);

		if (cJSON_GetArraySize(world_list(world, "global/sslPolicies")))
			world_complain(world, "what is left of the object stays");
	}
	check_share(world, 30, 4);
	make_marked_policy(world, "left");
	world_run(world, 6 * MINUTE);
	check_event(world, "Orphaned", "SSL policy left");
	check_share(world, 30, 1);
}

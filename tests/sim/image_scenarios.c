/* Scripts about image families that get newer images. */
#include <string.h>

#include "sim/script.h"

#define WORLD "/emulator/v1/world"
#define FAMILY "common-cu129-ubuntu-2204-nvidia-580"
#define FIRST FAMILY "-v20260601"
#define IMAGE_OF(name, more)                                                                                           \
	"{\"image\":{\"project\":\"deeplearning-platform-release\",\"name\":\"" name "\"," more "}}"
#define PUBLISH(name) IMAGE_OF(name, "\"family\":\"" FAMILY "\"")
#define SECOND FAMILY "-v20260701"
#define THIRD FAMILY "-v20260801"
#define FOURTH FAMILY "-v20260901"
#define LATEST "\"template\":{\"image\":\"" IMAGE "\",\"imagePolicy\":\"Latest\"}"

/* The image that a template of the pool's group has; index: of the version. */
static char *image_of_version(struct world *world, int index)
{
	const cJSON *group = world_list(world, "zones/us-central1-a/instanceGroupManagers")->child, *item;
	const char *link =
		json_text_or(group, arena_printf(json_arena(), "versions[%d].instanceTemplate", index), "no template");
	const char *name = strrchr(link, '/') ? strrchr(link, '/') + 1 : link, *image = "no image";

	cJSON_ArrayForEach(item, world_list(world, "global/instanceTemplates"))
	{
		if (text_equal(json_text(item, "name"), name))
			image = json_text_or(item, "properties.disks[0].initializeParams.sourceImage", "");
	}
	return arena_strdup(json_arena(), strrchr(image, '/') ? strrchr(image, '/') + 1 : image);
}

static void check_image(struct world *world, int version, const char *image)
{
	JSON_WORK(work);

	if (!text_equal(image_of_version(world, version), image))
		world_complain(
			world, "version %d has image %s, not %s", version, image_of_version(world, version), image);
}

/* newer NULL: none is told. */
static void check_told(struct world *world, const char *revision, const char *image, const char *newer)
{
	JSON_WORK(work);
	const cJSON *images = json_at(apiserver_get(&world->api, KEY), "status.images"), *item;

	cJSON_ArrayForEach(item, images)
	{
		const char *told = json_text(item, "newerImage");

		if (!text_equal(json_text(item, "revision"), revision))
			continue;
		if (!text_ends(json_text_or(item, "image", ""), image) || !newer != !told ||
			(told && !text_ends(told, newer)))
			world_complain(world, "%s is told, not %s and %s", json_print(item), image,
				newer ? newer : "no newer");
		return;
	}
	world_complain(world, "nothing is told of revision '%s': %s", revision, images ? json_print(images) : "");
}

static void edit(struct world *world, const char *spec)
{
	apiserver_edit(&world->api, KEY, spec);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* One alone knows what it did itself. */
static void check_no_drift(struct world *world)
{
	if (!world->kill_at && world->replica_count == 1 && has_event(world, "Drifted", ""))
		world_complain(world, "drift is told where a family stood for another image");
}

/* A newer image is told and changes no machine, whatever else does; another revision looks the family up again, be it of canaries. */
void image_pinned(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_told(world, "", FIRST, NULL);
	world_cloud(world, "POST", WORLD, PUBLISH(SECOND));
	world_run(world, 150 * MINUTE);
	check_told(world, "", FIRST, SECOND);
	check_image(world, 0, FIRST);
	edit(world, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_image(world, 0, FIRST);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-8", 3);
	edit(world, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"canary\":{\"replicas\":1,\"template\":{"
		    "\"revision\":\"july\"}}}]}");
	check_image(world, 0, FIRST);
	check_image(world, 1, SECOND);
	check_told(world, "july", SECOND, NULL);
	world_cloud(world, "POST", WORLD, PUBLISH(THIRD));
	edit(world, "{\"template\":{\"revision\":\"july\"},\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"}]}");
	check_image(world, 0, SECOND); /* what the canary tried */
	edit(world, "{\"template\":{\"revision\":\"august\"}}");
	check_image(world, 0, THIRD); /* published a moment ago */
	check_told(world, "august", THIRD, NULL);
	check_no_drift(world);
	check_nothing_refused(world);
}

/* The image that is pinned was deleted: machines that run are not touched; what needs it says so, and how to have another one. */
void image_deleted(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_settled(world);
	world_cloud(world, "POST", WORLD, PUBLISH(SECOND));
	world_cloud(world, "POST", WORLD, IMAGE_OF(FIRST, "\"exists\":false"));
	world_run(world, 150 * MINUTE);
	check_ready(world, KEY);
	check_told(world, "", FIRST, SECOND);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_reason(world, KEY, "ImageNotFound", "another spec.template.revision");
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-4", 3);
	apiserver_edit(&world->api, KEY, "{\"template\":{\"revision\":\"2\"}}");
	check_ready(world, KEY);
	check_image(world, 0, SECOND);
	judge_machines_have(world, "us-central1-a", "machineType", "/n1-standard-8", 3);
}

/* Newer ones are rolled out; one that does not serve is given up, and the next one after it tried. */
void image_latest(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf", LATEST ",\"rollout\":{\"progressDeadlineSec\":600}," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_image(world, 0, FIRST);
	check_told(world, "", FIRST, NULL);
	world_cloud(world, "POST", WORLD, PUBLISH(SECOND));
	world_run(world, 180 * MINUTE);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_image(world, 0, SECOND);
	check_told(world, "", SECOND, NULL);
	check_event(world, "RollingOut", FAMILY " stands for " SECOND " now, which is rolled out");
	world_cloud(world, "POST", WORLD, IMAGE_OF(THIRD, "\"family\":\"" FAMILY "\",\"serves\":false"));
	world_run(world, 180 * MINUTE);
	check_reason(world, KEY, "RolledBack", "is not tried again before");
	world_run(world, 30 * MINUTE);
	check_image(world, 0, SECOND);
	world_cloud(world, "POST", WORLD, PUBLISH(FOURTH));
	world_run(world, 180 * MINUTE);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_image(world, 0, FOURTH);
	check_no_drift(world);
	check_nothing_refused(world);
}

/* From one policy to the other no machine is made anew, as long as the image is the same. */
void image_policies(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_settled(world);
	edit(world, "{\"template\":{\"imagePolicy\":\"Latest\"}}");
	check_event(world, "RollingOut", "no machine restarts (REFRESH)");
	check_image(world, 0, FIRST);
	world_cloud(world, "POST", WORLD, PUBLISH(SECOND));
	edit(world, "{\"template\":{\"imagePolicy\":\"Pinned\"}}");
	check_image(world, 0, FIRST);
	edit(world, "{\"template\":{\"imagePolicy\":\"Latest\",\"revision\":\"now\"}}");
	check_image(world, 0, SECOND);
	check_nothing_refused(world);
}

static int64_t last_request(struct world *world)
{
	return json_int(
		json_parse_text(world_cloud(world, "GET", "/emulator/v1/requests?after=99999999", NULL)), "last", 0);
}

static int count_lookups(struct world *world, int64_t after)
{
	char *path = arena_printf(json_arena(), "/emulator/v1/requests?after=%lld", (long long)after);
	const cJSON *requests = json_parse_text(world_cloud(world, "GET", path, NULL)), *item;
	int count = 0;

	cJSON_ArrayForEach(item, json_member(requests, "requests")) count +=
		strstr(json_text_or(item, "path", ""), "/images/family/") != NULL;
	return count;
}

/* Six objects of one project: what one of them looks up the others know, each within the hour. Who asks for a fresh look has one. */
void image_shared(struct world *world)
{
	enum { OBJECTS = 6, HOURS = 3 };
	JSON_WORK(work);
	int64_t after;
	int lookups;

	world_start(world);
	for (int i = 0; i < OBJECTS; i++)
		apiserver_apply(&world->api,
			arena_printf(json_arena(), OBJECT("default", "tf%d", TEMPLATE ",\"replicas\":1," POOL), i));
	check_rest(world, OBJECTS, OBJECTS);
	after = last_request(world);
	world_run(world, HOURS * 60 * MINUTE);
	lookups = count_lookups(world, after);
	if (lookups < HOURS || lookups > for_each(world, HOURS * OBJECTS / 2))
		world_complain(world, "%d look-ups of one family for %d objects in %d hours", lookups, OBJECTS, HOURS);
	world_cloud(world, "POST", WORLD, PUBLISH(SECOND));
	apiserver_annotate(&world->api, "default/tf0", "tflb.dev/reconcile", "now");
	world_run(world, 2 * MINUTE);
	if (!text_ends(
		    json_text_or(apiserver_get(&world->api, "default/tf0"), "status.images[0].newerImage", ""), SECOND))
		world_complain(world, "a fresh look did not show the image that was published just now");
}

/* A deprecated image that is named works, and somebody is told that it is going to be withdrawn. */
void image_deprecated(struct world *world)
{
	start_with(world, OBJECT("default", "tf",
				  "\"template\":{\"image\":\"projects/deeplearning-platform-release/global/images/"
				  "common-cpu-v20250901\"}," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_event(world, "Deprecated", "common-cpu-v20250901' is deprecated");
}

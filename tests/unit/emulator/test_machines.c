/* What a zone can make of a template: cards, CPUs, quotas. Found when a machine is made, not when its template is. */
#include "chain.h"

static void make_template(struct client *client, const char *name, const char *machine, const char *more)
{
	client_make(client, "POST", P "global/instanceTemplates",
		arena_printf(json_arena(),
			"{\"name\":\"%s\",\"properties\":{\"machineType\":\"%s\",\"disks\":[{\"boot\":true,"
			"\"initializeParams\":"
			"{\"sourceImage\":\"" FAMILY "\"}}],\"networkInterfaces\":[{}],\"scheduling\":{%s}}}",
			name, machine, more));
}

/* A group of one machine of such a template; its last error's message, or "". */
static const char *made(struct client *client, const char *zone, const char *machine, const char *more)
{
	static int count;
	char *name = arena_printf(json_arena(), "t%d", ++count);
	char *path = arena_printf(json_arena(), P "zones/%s/instanceGroupManagers", zone);

	make_template(client, name, machine, more);
	client_make(client, "POST", path,
		arena_printf(json_arena(),
			"{\"name\":\"%s\",\"instanceTemplate\":\"global/instanceTemplates/%s\",\"targetSize\":1}", name,
			name));
	client_pass(client, 300000);
	client_call(client, 200, "GET", arena_printf(json_arena(), "%s/%s/listErrors", path, name), NULL);
	return arena_strdup(json_arena(), json_text_or(client->body, "items[0].error.message", ""));
}

#define ENDS "\"onHostMaintenance\":\"TERMINATE\""
#define CARDS(type, count)                                                                                             \
	ENDS "},\"guestAccelerators\":[{\"acceleratorType\":\"" type "\",\"acceleratorCount\":" count "}],\"labels\":" \
	     "{"

static void cards_are_those_of_the_zone(void **state)
{
	JSON_WORK(work);
	struct client *client = *state;

	assert_string_equal(made(client, "us-central1-a", "n1-standard-8", CARDS("nvidia-tesla-t4", "2")), "");
	assert_non_null(strstr(made(client, "europe-west3-a", "n1-standard-8", CARDS("nvidia-tesla-t4", "1")),
		"projects/my-project/zones/europe-west3-a/acceleratorTypes/nvidia-tesla-t4"));
	assert_non_null(strstr(made(client, "us-central1-a", "n1-standard-8", CARDS("nvidia-tesla-t4", "3")),
		"must be one of [1, 2, 4]."));
	assert_string_equal(made(client, "us-central1-a", "n2-standard-8", CARDS("nvidia-tesla-t4", "1")),
		"[n2-standard-8, nvidia-tesla-t4] features are not compatible for creating instance.");
	assert_string_equal(made(client, "us-central1-a", "g2-standard-8", ENDS), "");
	assert_non_null(strstr(made(client, "europe-west3-a", "g2-standard-8", ENDS), "does not exist in zone"));
}

static void built_in_cards_do_not_migrate_either(void **state)
{
	JSON_WORK(work);

	assert_string_equal(made(*state, "us-central1-a", "g2-standard-8", ""),
		"Instances with guest accelerators do not support live migration.");
}

static void cpu_platforms_are_known(void **state)
{
	JSON_WORK(work);
	struct client *client = *state;

	assert_string_equal(
		made(client, "us-central1-a", "n1-standard-8", "},\"minCpuPlatform\":\"Intel Skylake\",\"labels\":{"),
		"");
	assert_non_null(strstr(
		made(client, "us-central1-a", "n1-standard-8", "},\"minCpuPlatform\":\"Intel Foo\",\"labels\":{"),
		"CPU platform type with name 'Intel Foo' does not exist in zone 'us-central1-a'."));
}

static void limit(struct client *client, const char *metric, const char *region)
{
	client_call(client, 200, "POST", "/emulator/v1/world",
		arena_printf(json_arena(), "{\"quota\":{\"project\":\"my-project\",\"metric\":\"%s\",\"limit\":1%s}}",
			metric, region));
}

#define IN_REGION ",\"region\":\"us-central1\""

static void cards_have_quotas(void **state)
{
	JSON_WORK(work);
	struct client *client = *state;

	limit(client, "NVIDIA_L4_GPUS", IN_REGION);
	assert_string_equal(made(client, "us-central1-a", "g2-standard-8", ENDS), "");
	assert_string_equal(made(client, "us-central1-a", "g2-standard-8", ENDS),
		"Quota 'NVIDIA_L4_GPUS' exceeded.  Limit: 1.0 in region us-central1.");
	/* Spot machines have a quota of their own. */
	assert_string_equal(made(client, "us-central1-a", "g2-standard-8",
				    ENDS ",\"automaticRestart\":false,\"provisioningModel\":\"SPOT\""),
		"");
	limit(client, "GPUS_ALL_REGIONS", "");
	assert_string_equal(made(client, "us-west1-a", "n1-standard-8", CARDS("nvidia-tesla-t4", "1")),
		"Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 1.0 globally.");
}

static void the_catalogue_of_cards(void **state)
{
	struct client *client = *state;
	const cJSON *body = client_call(client, 200, "GET", ZONE "acceleratorTypes/nvidia-tesla-t4", NULL);

	assert_string_equal(json_text(body, "kind"), "compute#acceleratorType");
	assert_int_equal(json_int(body, "maximumCardsPerInstance", 0), 4);
	client_call(client, 404, "GET", P "zones/europe-west3-a/acceleratorTypes/nvidia-tesla-t4", NULL);
	client_call(client, 200, "GET", P "zones/europe-west3-b/acceleratorTypes", NULL);
	assert_string_equal(json_text(client->body, "items[0].name"), "nvidia-tesla-t4");
	client_call(client, 200, "GET", P "aggregated/acceleratorTypes", NULL);
}

static void make_empty_group(struct client *client, const char *zone, const char *name)
{
	client_make(client, "POST", arena_printf(json_arena(), P "zones/%s/instanceGroupManagers", zone),
		arena_printf(json_arena(),
			"{\"name\":\"%s\",\"instanceTemplate\":\"global/instanceTemplates/named\",\"targetSize\":0}",
			name));
}

/* How many machines the group has a few minutes after it was told to make one of that name. */
static int made_by_name(struct client *client, const char *zone, const char *name, const char *machine)
{
	char *path = arena_printf(json_arena(), P "zones/%s/instanceGroupManagers/%s", zone, name);

	client_make(client, "POST", arena_printf(json_arena(), "%s/createInstances", path),
		arena_printf(json_arena(), "{\"instances\":[{\"name\":\"%s\"}]}", machine));
	client_pass(client, 300000);
	client_call(client, 200, "GET", path, NULL);
	return (int)json_int(client->body, "targetSize", -1);
}

static void names_are_unique_in_a_zone(void **state)
{
	JSON_WORK(work);
	struct client *client = *state;

	make_template(client, "named", "n1-standard-1", "");
	make_empty_group(client, "us-central1-a", "one");
	make_empty_group(client, "us-central1-a", "two");
	make_empty_group(client, "us-central1-b", "three");
	assert_int_equal(made_by_name(client, "us-central1-a", "one", "worker-0"), 1);
	assert_int_equal(made_by_name(client, "us-central1-a", "two", "worker-0"), 0);
	client_call(client, 200, "GET", P "zones/us-central1-a/instanceGroupManagers/two/listErrors", NULL);
	assert_string_equal(json_text(client->body, "items[0].error.code"), "RESOURCE_ALREADY_EXISTS");
	assert_int_equal(made_by_name(client, "us-central1-a", "two", "worker-1"), 1);
	assert_int_equal(made_by_name(client, "us-central1-b", "three", "worker-0"), 1);
	client_make(client, "POST", P "zones/us-central1-a/instanceGroupManagers/one/deleteInstances",
		"{\"instances\":[\"zones/us-central1-a/instances/worker-0\"]}");
	client_pass(client, 300000);
	assert_int_equal(made_by_name(client, "us-central1-a", "two", "worker-0"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMULATOR_TEST(cards_are_those_of_the_zone),
		EMULATOR_TEST(names_are_unique_in_a_zone),
		EMULATOR_TEST(built_in_cards_do_not_migrate_either),
		EMULATOR_TEST(cpu_platforms_are_known),
		EMULATOR_TEST(cards_have_quotas),
		EMULATOR_TEST(the_catalogue_of_cards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

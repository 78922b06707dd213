/* tflb-examples FILE...: each file of deploy/examples, applied in a world of its own. All become Ready and come to rest;
 * those that show something else show it. */
#include <stdio.h>
#include <string.h>

#include "sim/example.h"
#include "sim/script.h"

enum { OBTAINED = 120 * MINUTE };

/* What an example says that is not there to serve. */
static const struct other {
	const char *file, *reason, *word;
} others[] = {
	{"adopt.yaml", "Drifted", "driftPolicy is Report"},
	{"own-certificate.yaml", "PermissionDenied", "--resource-name=ml-tls"},
	{"iap.yaml", "PermissionDenied", "--resource-name=web-client"},
	{"signed-urls.yaml", "PermissionDenied", "--resource-name=url-keys"},
	{"https.yaml", "CertificatePending", "A record of api.ml.example.com"},
	{"rest-and-grpc.yaml", "CertificatePending", "A record of grpc.vision.example.com"},
	{"vision.yaml", "CertificatePending", "A record of vision.example.com"},
	{"moved.yaml", "Moving", "default/tf, which does not exist"},
	{"withdrawn-image.yaml", "ImageNotFound", "tf-latest-cpu"},
	{"no-such-machine.yaml", "MachinesFailing", "n1-standard-5"},
};

/* More than the smallest front. */
static const struct {
	const char *file;
	struct more more;
} fronts[] = {
	{"dual-stack.yaml", {.addresses = 1, .rules = 1}},
	{"https.yaml", {.url_maps = 1, .https_proxies = 1, .rules = 1, .certificates = 1, .ssl_policies = 1}},
	{"vision.yaml",
		{.addresses = 1, .url_maps = 1, .https_proxies = 1, .rules = 3, .certificates = 1, .ssl_policies = 1}},
	{"rest-and-grpc.yaml", {.url_maps = 1, .https_proxies = 1, .rules = 1, .certificates = 1}},
};

static const struct other *other_of(const char *file)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (text_ends(file, others[i].file))
			return &others[i];
	}
	return NULL;
}

static void show(struct world *world, const char *file, const cJSON *object)
{
	const struct other *other = other_of(file);
	const char *name = json_text_or(object, "metadata.name", "");
	char *key = arena_printf(json_arena(), "default/%s", name);
	int pools = cJSON_GetArraySize(json_at(object, "spec.pools"));

	apiserver_policy(&world->api, "all", ALL_ALLOWED); /* service accounts are nobody's without one */
	start_with(world, json_print(object));
	if (other)
		check_reason(world, key, other->reason, other->word);
	if (other && !text_equal(other->reason, "CertificatePending"))
		return;
	if (other && !world_until_ready(world, key, OBTAINED))
		world_complain(world, "the certificate was not obtained");
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		if (text_ends(file, fronts[i].file))
			world->more = fronts[i].more;
	}
	check_ready(world, key);
	check_rest(world, 1, pools);
}

static int try_example(const char *file)
{
	JSON_WORK(work);
	const cJSON *object = example_read(file);
	struct world world;
	int complaints;

	if (!object)
		return 1;
	world_init(&world, 1);
	show(&world, file, object);
	complaints = (int)world.complaints.count;
	for (int i = 0; i < complaints; i++)
		printf("  %s: %s\n", file, (char *)world.complaints.own_items[i]);
	world_done(&world);
	return complaints;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed += try_example(argv[i]) > 0;
	printf("%d examples, %d failed\n", argc - 1, failed);
	return failed > 0 || argc < 2;
}

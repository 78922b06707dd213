/* Scripts about texts out of Secrets that the cloud never shows: the secret of an OAuth client, and keys of signed URLs. Each has the word
 * that no log, event, status or metric may hold. */
#include <string.h>

#include "sim/script.h"

#define SECRET_A "GOCSPX-sesame-a"
#define SECRET_B "GOCSPX-sesame-b"
#define VALUE_A "sesamesesamesesameseAA=="
#define VALUE_B "sesamesesamesesameseBA=="

static cJSON *service(struct world *world)
{
	return world_list(world, "global/backendServices")->child;
}

static cJSON *bucket(struct world *world)
{
	return world_list(world, "global/backendBuckets")->child;
}

static void texts(struct world *world, const char *data)
{
	apiserver_opaque(&world->api, "default", "texts", data);
}

static void stands(struct world *world, const char *object)
{
	world->at_rest = true;
	start_with(world, object);
	check_ready(world, KEY);
	world->at_rest = false;
}

/* --- Identity-Aware Proxy --- */

#define IAP(members) "\"serving\":{\"iap\":{\"enabled\":true" members "}}"
#define OWN IAP(",\"oauth2ClientId\":\"web\",\"oauth2ClientSecretRef\":{\"name\":\"texts\",\"key\":\"client\"}")

static void check_proxy(struct world *world, const char *client, const char *secret)
{
	JSON_WORK(work);
	const cJSON *proxy = json_member(service(world), "iap");
	char digest[DIGEST_HEX_SIZE];

	digest_hex(secret, strlen(secret), digest);
	if (!text_equal(json_text_or(proxy, "oauth2ClientId", ""), client) ||
		!text_equal(json_text(proxy, "oauth2ClientSecretSha256"), digest))
		world_complain(world, "the proxy is %s", json_print(proxy));
}

static void check_off(struct world *world)
{
	JSON_WORK(work);

	if (json_bool(service(world), "iap.enabled", false))
		world_complain(world, "the proxy is still on");
}

/* Born with a client of the user's own; its secret is rotated, spoilt, mended; Google's client; none. */
void iap(struct world *world)
{
	texts(world, "{\"client\":\"" SECRET_A "\\n\"}");
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL "," OWN));
	check_ready(world, KEY);
	check_proxy(world, "web", SECRET_A);
	check_rest(world, 1, 1);
	texts(world, "{\"client\":\"" SECRET_B "\"}");
	world_run(world, 7 * MINUTE);
	check_proxy(world, "web", SECRET_B);
	check_rest(world, 1, 1);
	texts(world, "{\"client\":\"two words\"}");
	check_reason(world, KEY, "SecretInvalid", "its client is no secret of an OAuth client");
	check_stalled(world, KEY);
	check_proxy(world, "web", SECRET_B);
	texts(world, "{\"client\":\"" SECRET_A "\"}");
	check_ready(world, KEY);
	check_proxy(world, "web", SECRET_A);
	check_rest(world, 1, 1);
	apiserver_edit(
		&world->api, KEY, "{\"serving\":{\"iap\":{\"oauth2ClientId\":null,\"oauth2ClientSecretRef\":null}}}");
	check_ready(world, KEY);
	check_proxy(world, "", "");
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"iap\":null}}");
	check_ready(world, KEY);
	check_off(world);
	check_rest(world, 1, 1);
}

/* Somebody gives the client another secret: the Secret is read once more. */
void iap_drift(struct world *world)
{
	texts(world, "{\"client\":\"" SECRET_A "\"}");
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," OWN));
	world->meddled = true;
	{
		JSON_WORK(work);
		cJSON *patch = json_parse_text("{\"iap\":{\"oauth2ClientSecret\":\"GOCSPX-by-hand\"}}");

		json_set_text(patch, "fingerprint", json_text(service(world), "fingerprint"));
		world_do(world, "PATCH",
			arena_printf(
				json_arena(), "global/backendServices/%s", first_name(world, "global/backendServices")),
			json_print(patch));
	}
	world_run(world, 3 * MINUTE);
	check_proxy(world, "web", SECRET_A);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* --- keys of signed URLs --- */

#define URL_KEY(name, key) "{\"name\":\"" name "\",\"secretRef\":{\"name\":\"texts\",\"key\":\"" key "\"}}"
#define KEYS(keys) "\"enableCDN\":true,\"cdnPolicy\":{\"signedUrlKeys\":[" keys "]}"
#define BOTH(keys)                                                                                                     \
	"\"serving\":{" KEYS(keys) "},\"backends\":[{\"name\":\"site\",\"bucket\":{\"bucketName\":\"my-site\"," KEYS(  \
		keys) "}}],\"routes\":[{\"name\":\"r\",\"backend\":\"site\"}]"

static bool has_keys(const cJSON *body, const char *names)
{
	const cJSON *list = json_at(body, "cdnPolicy.signedUrlKeyNames");

	return text_equal(list ? json_print(list) : "[]", names);
}

static void check_keys(struct world *world, const char *names)
{
	JSON_WORK(work);

	if (!has_keys(service(world), names) || !has_keys(bucket(world), names))
		world_complain(
			world, "the keys are not %s: %s", names, json_print(json_at(service(world), "cdnPolicy")));
	if (strstr(json_print(service(world)), "sesame") || strstr(json_print(bucket(world)), "sesame"))
		world_complain(world, "a mark holds a key");
}

/* Until both have these keys no moment is without one that is in use before and after. */
static void until_keys(struct world *world, const char *names)
{
	for (int i = 0; i < 300; i++) {
		JSON_WORK(work);

		if (has_keys(service(world), names) && has_keys(bucket(world), names))
			break;
		if (has_keys(service(world), "[]") || has_keys(bucket(world), "[]"))
			world_complain(world, "there is no key at all");
		world_run(world, 1000);
	}
	check_keys(world, names);
}

/* Rotated by name, without a gap; by value, one after the other; and taken away. */
void url_keys(struct world *world)
{
	texts(world, "{\"a\":\"" VALUE_A "\\n\",\"b\":\"" VALUE_B "\"}");
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL "," BOTH(URL_KEY("one", "a"))));
	check_ready(world, KEY);
	check_keys(world, "[\"one\"]");
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{" BOTH(URL_KEY("two", "b")) "}");
	until_keys(world, "[\"two\"]");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{" BOTH(URL_KEY("two", "b") "," URL_KEY("one", "a")) "}");
	check_ready(world, KEY);
	check_keys(world, "[\"two\",\"one\"]");
	texts(world, "{\"a\":\"" VALUE_A "\",\"b\":\"" VALUE_A "\"}");
	world_run(world, 8 * MINUTE);
	check_ready(world, KEY);
	check_keys(world, "[\"one\",\"two\"]"); /* the second came again */
	check_rest(world, 1, 1);
	texts(world, "{\"a\":\"" VALUE_A "\",\"b\":\"c2hvcnQ=\"}");
	check_reason(world, KEY, "SecretInvalid", "its b is no key of 16 bytes in base64url");
	check_keys(world, "[\"one\",\"two\"]");
	texts(world, "{\"a\":\"" VALUE_A "\",\"b\":\"" VALUE_A "\"}");
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{" BOTH("") "}");
	check_ready(world, KEY);
	check_keys(world, "[]");
	check_rest(world, 1, 1);
}

static void by_hand(struct world *world, const char *collection, const char *name, const char *verb, const char *body)
{
	world_do(world, "POST", arena_printf(json_arena(), "global/%s/%s/%s", collection, name, verb), body);
}

/* Somebody takes one away and adds others: as many as there is room for. */
void url_keys_drift(struct world *world)
{
	texts(world, "{\"a\":\"" VALUE_A "\"}");
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," BOTH(URL_KEY("one", "a"))));
	world->meddled = true;
	{
		JSON_WORK(work);
		char *name = first_name(world, "global/backendServices");

		by_hand(world, "backendServices", name, "deleteSignedUrlKey?keyName=one", NULL);
		by_hand(world, "backendServices", name, "addSignedUrlKey",
			"{\"keyName\":\"x\",\"keyValue\":\"nZtRohdNF9m3cKM24IcK4w==\"}");
		by_hand(world, "backendServices", name, "addSignedUrlKey",
			"{\"keyName\":\"y\",\"keyValue\":\"nZtRohdNF9m3cKM24IcK4w==\"}");
		by_hand(world, "backendServices", name, "addSignedUrlKey",
			"{\"keyName\":\"z\",\"keyValue\":\"nZtRohdNF9m3cKM24IcK4w==\"}");
	}
	world_run(world, 5 * MINUTE);
	check_ready(world, KEY);
	check_keys(world, "[\"one\"]");
	check_rest(world, 1, 1);
}

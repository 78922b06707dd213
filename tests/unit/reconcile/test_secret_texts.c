/* Texts out of Secrets that the cloud never shows: what is sent of them, and that they stand nowhere else. */
#include "tower.h"

#include "reconcile/secret.h"

#define SECRET "GOCSPX-sesame-one"
#define VALUE_A "sesamesesamesesameseAA=="
#define VALUE_B "sesamesesamesesameseBA=="
#define IAP                                                                                                            \
	"\"iap\":{\"enabled\":true,\"oauth2ClientId\":\"web\",\"oauth2ClientSecretRef\":{\"name\":\"texts\",\"key\":"  \
	"\"client\"}}"
#define KEYS(key) "\"enableCDN\":true,\"cdnPolicy\":{\"signedUrlKeys\":[{\"name\":\"k\",\"secretRef\":" key "}]}"
#define OF(member) "{\"name\":\"texts\",\"key\":\"" member "\"}"

static void put(struct tower *tower, const char *data)
{
	apiserver_opaque(&tower->world.api, "ml", "texts", data);
}

static int reads(struct tower *tower)
{
	return tower_count(tower, "GET", "/secrets/");
}

/* Bodies that hold the word are sent to the cloud only; left: how many of them there were. */
static bool count_bodies(struct tower *tower, struct fake_call *call)
{
	if (!strstr(call->body, "sesame"))
		return false;
	tower->left++;
	if (!strstr(call->path, "/backendServices"))
		fail_msg("%s %s: %s", call->method, call->path, call->body);
	return false;
}

static const struct secret *secret_of(struct tower *tower)
{
	const struct entry *entry = entry_find(tower->world.replicas[0].controller, "ml", "tf");

	assert_non_null(entry->own_secrets);
	assert_int_equal(entry->own_secrets->count, 1);
	return entry->own_secrets->own_items[0];
}

/* Both out of one Secret, which is read once; sent once each; forgotten then. */
static void each_is_sent_once(void **state)
{
	struct tower *tower = *state;

	put(tower, "{\"client\":\"" SECRET "\\r\\n\",\"a\":\"" VALUE_A "\\n\"}");
	tower->hook = count_bodies;
	tower_start(tower,
		"\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":\"default\"},{\"name\":"
		"\"v2\"}]}],"
		"\"serving\":{" IAP "},\"backends\":[{\"name\":\"v2\",\"serving\":{\"iap\":{\"enabled\":false}," KEYS(
			OF("a")) "}}],\"routes\":[{\"name\":\"r\",\"backend\":\"v2\"}]");
	assert_int_equal(reads(tower), 1);
	assert_int_equal(tower->left, 3); /* the secret is of both services */
	for (size_t i = 0; i < secret_of(tower)->parts.count; i++) {
		const struct secret_part *part = secret_of(tower)->parts.own_items[i];

		assert_null(part->own_text);
		assert_int_equal(strlen(part->digest), DIGEST_HEX_SIZE - 1);
	}
	tower_forget(tower);
	world_run(&tower->world, 30 * 60000);
	assert_true(reads(tower) >= 5 && reads(tower) <= 7);
	assert_int_equal(tower->left, 3);
}

static bool see_value_b(struct tower *tower, struct fake_call *call)
{
	if (text_ends(call->path, "/addSignedUrlKey"))
		tower->left += strstr(call->body, "\"keyValue\":\"" VALUE_B "\"") ? 1 : 100;
	return false;
}

/* Another member of a Secret that was read already is read at once; another value under the same name takes the old one's place. */
static void another_member_is_another_value(void **state)
{
	struct tower *tower = *state;

	put(tower, "{\"a\":\"" VALUE_A "\",\"b\":\"" VALUE_B "\"}");
	tower_start(tower, "\"serving\":{" KEYS(OF("a")) "}");
	tower_forget(tower);
	tower->hook = see_value_b;
	apiserver_edit(&tower->world.api, TOWER_KEY, "{\"serving\":{" KEYS(OF("b")) "}}");
	world_run(&tower->world, 3 * 60000);
	tower_ready(tower);
	assert_int_equal(tower_count(tower, "POST", "/deleteSignedUrlKey"), 1);
	assert_int_equal(tower->left, 1);
	assert_int_equal(reads(tower), 1);
}

/* A process that begins knows by the mark which value the cloud has, and sends nothing. */
static void a_restart_sends_nothing(void **state)
{
	struct tower *tower = *state;

	put(tower, "{\"a\":\"" VALUE_A "\"}");
	tower_start(tower, "\"serving\":{" KEYS(OF("a")) "}");
	tower_restart(tower);
	world_run(&tower->world, 10 * 60000);
	tower_ready(tower);
	assert_int_equal(tower_count(tower, "POST", "SignedUrlKey"), 0);
	assert_int_equal(tower_count(tower, "PATCH", "/backendServices/"), 0);
}

static bool quote(struct tower *tower, struct fake_call *call)
{
	AUTO_FREE char *answer = NULL;

	if (!text_ends(call->path, "/addSignedUrlKey"))
		return false;
	answer = mem_printf(
		"{\"error\":{\"code\":400,\"message\":\"Invalid value for field 'resource.keyValue': '%s'. No.\"}}",
		VALUE_A);
	fake_answer(call, 400, "application/json", answer);
	return true;
}

static void heard(void *arg, enum log_level level, const char *line, size_t length)
{
	(void)level;
	if (memmem(line, length, "sesame", strlen("sesame")))
		++*(int *)arg;
}

/* The cloud may quote what it refuses: nobody else does. */
static void what_the_cloud_quotes_is_hidden(void **state)
{
	struct tower *tower = *state;
	int lines = 0;
	JSON_WORK(work);

	tower->world.log = (struct log){.write = heard, .write_arg = &lines, .level = LOG_DEBUG};
	put(tower, "{\"a\":\"" VALUE_A "\"}");
	tower->hook = quote;
	world_start(&tower->world);
	tower_apply(tower, "tf", "\"serving\":{" KEYS(OF("a")) "}");
	world_run(&tower->world, 10 * 60000);
	if (!strstr(tower_condition(tower, TOWER_KEY, "Ready", "message"), "'[...]'. No."))
		fail_msg("%s", tower_condition(tower, TOWER_KEY, "Ready", "message"));
	assert_null(strstr(json_print(apiserver_get(&tower->world.api, TOWER_KEY)), "sesame"));
	for (size_t i = 0; i < tower->world.api.event_notes.count; i++)
		assert_null(strstr(tower->world.api.event_notes.own_items[i], "sesame"));
	assert_int_equal(lines, 0);
}

static void assert_says(struct tower *tower, const char *reason, const char *words)
{
	JSON_WORK(work);

	world_run(&tower->world, 60000);
	assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), reason);
	if (!strstr(tower_condition(tower, TOWER_KEY, "Ready", "message"), words))
		fail_msg("%s", tower_condition(tower, TOWER_KEY, "Ready", "message"));
}

/* Nothing is written before all is good. */
static void what_is_wrong_is_said(void **state)
{
	struct tower *tower = *state;

	world_start(&tower->world);
	tower_apply(tower, "tf", "\"serving\":{" KEYS(OF("a")) "}");
	assert_says(tower, "PermissionDenied", "--resource-name=texts");
	apiserver_allow(&tower->world.api, "ml", "texts");
	assert_says(tower, "ReferenceNotFound", "create it, or change cdnPolicy.signedUrlKeys");
	put(tower, "{\"b\":\"" VALUE_A "\"}");
	assert_says(tower, "SecretInvalid", "Secret texts: it has no a; correct it, nothing is made of it until then");
	put(tower, "{\"a\":\"sesamesesamesesamesesA\"}");
	assert_says(tower, "SecretInvalid", "its a is no key of 16 bytes in base64url");
	put(tower, "{\"a\":\"sesame+esamesesameseAA==\"}");
	assert_says(tower, "SecretInvalid", "its a is no key");
	assert_int_equal(tower_count(tower, "POST", "/backendServices"), 0);
	put(tower, "{\"a\":\"" VALUE_A "\"}");
	tower_ready(tower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(each_is_sent_once),
		WITH_TOWER(another_member_is_another_value),
		WITH_TOWER(a_restart_sends_nothing),
		WITH_TOWER(what_the_cloud_quotes_is_hidden),
		WITH_TOWER(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

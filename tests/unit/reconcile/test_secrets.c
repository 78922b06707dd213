/* Secrets that an object names: when they are read, what is said of those that can't be used, and how long they are kept. */
#include "tower.h"

#include "reconcile/internal.h"
#include "tools/pair.h"

#define CERTIFICATE(name) "{\"name\":\"" name "\",\"secretRef\":{\"name\":\"" name "\"}}"
#define TLS(certificates) "\"frontend\":{\"tls\":{\"certificates\":[" certificates "]}}"

static void put(struct tower *tower, const char *name, bool good)
{
	struct pair pair;

	pair_make(&pair, "ml.example.com");
	apiserver_secret(&tower->world.api, "ml", name, pair.own_chain, good ? pair.own_key : NULL);
	pair_done(&pair);
}

static int reads(struct tower *tower)
{
	return tower_count(tower, "GET", "/secrets/");
}

static void assert_ready_says(const struct tower *tower, const char *reason, const char *words)
{
	JSON_WORK(work);

	assert_string_equal(tower_condition(tower, TOWER_KEY, "Ready", "reason"), reason);
	if (!strstr(tower_condition(tower, TOWER_KEY, "Ready", "message"), words))
		fail_msg("%s", tower_condition(tower, TOWER_KEY, "Ready", "message"));
}

/* While the spec may not be carried out none is read, and the time at which one was due passes. */
static void what_is_overdue_hurries_nobody(void **state)
{
	struct tower *tower = *state;

	put(tower, "a", true);
	tower_start(tower, TLS(CERTIFICATE("a")));
	apiserver_policy(&tower->world.api, "lock", "{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"others\"]}}");
	world_run(&tower->world, 10000);
	assert_ready_says(tower, "PolicyDenied", "lock");
	tower_forget(tower);
	world_run(&tower->world, 20 * 60000);
	assert_int_equal(reads(tower), 0);
	apiserver_policy(&tower->world.api, "lock", NULL);
	world_run(&tower->world, 10000);
	assert_int_equal(reads(tower), 1);
}

/* One that went bad stops nothing; one of which nothing was made yet does, and comes first. */
static void what_keeps_others_waiting_comes_first(void **state)
{
	struct tower *tower = *state;

	put(tower, "a", true);
	tower_start(tower, TLS(CERTIFICATE("a")));
	put(tower, "a", false);
	world_run(&tower->world, 6 * 60000);
	assert_ready_says(tower, "SecretInvalid", "Secret a: it has no tls.key");
	apiserver_edit(&tower->world.api, TOWER_KEY, "{" TLS(CERTIFICATE("a") "," CERTIFICATE("b")) "}");
	apiserver_allow(&tower->world.api, "ml", "b");
	world_run(&tower->world, 60000);
	assert_ready_says(tower, "ReferenceNotFound", "Secret b does not exist");
}

static bool refuse_secrets(struct tower *tower, struct fake_call *call)
{
	if (!strstr(call->path, "/secrets/"))
		return false;
	answer_status(call, tower->left, "", "no luck");
	return true;
}

static void every_refusal_names_it(void **state)
{
	struct tower *tower = *state;

	tower->hook = refuse_secrets;
	tower->left = 400;
	world_start(&tower->world);
	tower_apply(tower, "tf", TLS(CERTIFICATE("a")));
	world_run(&tower->world, 60000);
	assert_ready_says(
		tower, "ReferenceNotFound", "Secret a can't be read: GET /api/v1/namespaces/ml/secrets/a: no luck");
	tower->left = 401;
	world_run(&tower->world, 60000);
	assert_ready_says(
		tower, "PermissionDenied", "Secret a can't be read: GET /api/v1/namespaces/ml/secrets/a: no luck");
}

struct lines {
	const char *words;
	int count; /* of lines that hold them */
};

static void count_line(void *arg, enum log_level level, const char *line, size_t length)
{
	struct lines *lines = arg;

	(void)level;
	lines->count += memmem(line, length, lines->words, strlen(lines->words)) != NULL;
}

static void listen(struct tower *tower, struct lines *lines)
{
	tower->world.log = (struct log){.write = count_line, .write_arg = lines, .level = LOG_INFO};
}

/* What passes by itself is a line for whoever runs us, once. */
static void passing_trouble_is_logged_once(void **state)
{
	struct tower *tower = *state;
	struct lines lines = {.words = "Secret a can't be read"};

	listen(tower, &lines);
	tower->hook = refuse_secrets;
	tower->left = 503;
	world_start(&tower->world);
	tower_apply(tower, "tf", TLS(CERTIFICATE("a")));
	world_run(&tower->world, 5 * 60000);
	assert_ready_says(tower, "Pending", "Secret a can't be read: ");
	assert_true(reads(tower) > 5);
	assert_int_equal(lines.count, 1);
	for (size_t i = 0; i < tower->world.api.event_notes.count; i++)
		assert_null(strstr(tower->world.api.event_notes.own_items[i], "Secret a"));
}

static void the_same_trouble_is_told_once(void **state)
{
	struct tower *tower = *state;
	struct lines lines = {.words = "reason=SecretInvalid"};

	listen(tower, &lines);
	put(tower, "a", true);
	tower_start(tower, TLS(CERTIFICATE("a")));
	put(tower, "a", false);
	world_run(&tower->world, 15 * 60000);
	assert_int_equal(lines.count, 1);
	put(tower, "a", true);
	world_run(&tower->world, 5 * 60000);
	assert_ready_says(tower, "Serving", "");
	put(tower, "a", false);
	world_run(&tower->world, 15 * 60000);
	assert_int_equal(lines.count, 2);
}

static bool hold_deletions(struct tower *tower, struct fake_call *call)
{
	(void)tower;
	if (!text_equal(call->method, "DELETE"))
		return false;
	fake_answer(call, 503, "application/json", "{\"error\":{\"code\":503,\"message\":\"later\"}}");
	return true;
}

/* Who goes makes nothing of them any more. */
static void who_goes_forgets_them(void **state)
{
	struct tower *tower = *state;

	put(tower, "a", true);
	tower_start(tower, TLS(CERTIFICATE("a")));
	tower->hook = hold_deletions;
	apiserver_delete(&tower->world.api, TOWER_KEY);
	world_run(&tower->world, 10000);
	assert_null(entry_find(tower->world.replicas[0].controller, "ml", "tf")->own_secrets);
	tower_forget(tower);
	world_run(&tower->world, 20 * 60000);
	assert_int_equal(reads(tower), 0);
	tower->hook = NULL;
	assert_true(world_until_gone(&tower->world, TOWER_KEY, 40 * 60000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOWER(what_is_overdue_hurries_nobody),
		WITH_TOWER(what_keeps_others_waiting_comes_first),
		WITH_TOWER(every_refusal_names_it),
		WITH_TOWER(passing_trouble_is_logged_once),
		WITH_TOWER(the_same_trouble_is_told_once),
		WITH_TOWER(who_goes_forgets_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

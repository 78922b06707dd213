/* What the API server says of an object: what tells nothing new costs no memory on its whole way and wakes nobody, everything
 * else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "reconcile/internal.h"

/* A controller whose watch the test feeds by hand. */
struct rig {
	struct fake_loop loop;
	struct fake_env env;
	struct fake_http http;
	struct kube_config config;
	struct log log;
	struct controller *controller;
	struct fake_call *watch;
	int version;
};

static void serve(void *arg, struct fake_call *call)
{
	struct rig *rig = arg;

	if (!strstr(call->query, "watch=1"))
		return; /* nobody answers */
	rig->watch = call;
	fake_head(call, 200, "application/json", 0);
}

/* It is on its way out, so nothing begins with it: what is counted is the way of its events alone. */
#define LEAVING ",\"deletionTimestamp\":\"2026-06-13T11:00:00Z\""
#define SPEC ",\"spec\":{\"project\":\"my-project\",\"replicas\":3}"
#define STATUS ",\"status\":{\"observedGeneration\":1}"

/* The object with the next version, owned by the caller. */
static char *object(struct rig *rig, const char *metadata, const char *rest)
{
	rig->version++;
	return mem_printf(
		"{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"name\":\"tf\","
		"\"namespace\":\"ml\",\"uid\":\"uid-1\",\"generation\":1,\"resourceVersion\":\"%d\","
		"\"managedFields\":[{\"time\":\"%d\",\"fieldsV1\":{\"f:spec\":{}}}]%s}%s}",
		rig->version, rig->version, metadata, rest);
}

static void event(struct rig *rig, const char *type, const char *metadata, const char *rest)
{
	AUTO_FREE char *own_object = object(rig, metadata, rest);
	AUTO_FREE char *text = mem_printf("{\"type\":\"%s\",\"object\":%s}\n", type, own_object);

	fake_chunk(rig->watch, text, strlen(text));
}

static int setup(void **state)
{
	static const char bookmark[] = "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"TFLoadBalancer\",\"metadata\":{"
				       "\"resourceVersion\":\"1001\","
				       "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n";
	struct rig *rig = mem_alloc(sizeof(*rig));
	struct controller_options options = {
		.compute_endpoint = "http://127.0.0.1:1/", .cluster_id = "cluster-1", .built_in_only = true};

	fake_loop_init(&rig->loop);
	fake_env_init(&rig->env, &rig->loop, 1);
	fake_http_init(&rig->http, &rig->loop, serve, rig);
	rig->config = (struct kube_config){.own_server = mem_strdup("http://127.0.0.1:2")};
	rig->version = 1000;
	options.loop = &rig->loop.loop;
	options.env = &rig->env.env;
	options.http = &rig->http.http;
	options.log = &rig->log;
	options.kube_config = &rig->config;
	rig->controller = controller_new(&options, NULL);
	fake_loop_settle(&rig->loop);
	event(rig, "ADDED", LEAVING, SPEC STATUS);
	fake_chunk(rig->watch, bookmark, strlen(bookmark));
	fake_loop_settle(&rig->loop);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	controller_free(rig->controller);
	kube_config_done(&rig->config);
	fake_http_done(&rig->http);
	fake_env_done(&rig->env);
	fake_loop_done(&rig->loop);
	mem_free(rig);
	return 0;
}

static struct entry *only_entry(const struct rig *rig)
{
	return entry_find(rig->controller, "ml", "tf");
}

/* Labels, annotations, the time of a write: most of what comes. */
static void nothing_new_takes_no_memory(void **state)
{
	struct rig *rig = *state;
	struct mem_count before;
	uint64_t learnt;

	rig->http.piece = 100; /* as the network cuts it */
	for (int i = 0; i < 10; i++)
		event(rig, "MODIFIED", LEAVING, SPEC STATUS);
	fake_loop_settle(&rig->loop);
	for (int i = 0; i < 200; i++)
		event(rig, "MODIFIED", ",\"labels\":{\"a\":\"b\"}" LEAVING, SPEC STATUS);
	learnt = only_entry(rig)->learnt;
	before = mem_counted();
	fake_loop_settle(&rig->loop);
	assert_int_equal(mem_counted().bytes, before.bytes);
	assert_string_equal(only_entry(rig)->version, "1211");
	assert_true(only_entry(rig)->learnt >= learnt);
}

/* Is somebody to look at it, after this news? */
static bool wakes(struct rig *rig, const char *metadata, const char *rest)
{
	AUTO_FREE char *text = object(rig, metadata, rest);

	fake_loop_settle(&rig->loop);
	assert_ptr_equal(entry_take(rig->controller, text, strlen(text), 0), only_entry(rig));
	return only_entry(rig)->dirty;
}

static void everything_else_wakes_it(void **state)
{
	struct rig *rig = *state;

	assert_false(wakes(rig, LEAVING, SPEC STATUS));
	assert_true(wakes(rig, LEAVING, ",\"spec\":{\"project\":\"my-project\",\"replicas\":4}" STATUS));
	assert_true(wakes(rig, LEAVING, SPEC ",\"status\":{\"observedGeneration\":2}"));
	assert_true(wakes(rig, LEAVING, SPEC));
	assert_true(wakes(rig, LEAVING ",\"finalizers\":[\"of-somebody-else\"]", SPEC));
	assert_true(wakes(rig, LEAVING, SPEC));
	assert_false(wakes(rig, LEAVING, SPEC));
	assert_true(wakes(rig, ",\"deletionTimestamp\":\"2026-06-13T11:00:01Z\"", SPEC));
	only_entry(rig)->status_patience.refusals = 1; /* it may be taken now */
	assert_true(wakes(rig, ",\"deletionTimestamp\":\"2026-06-13T11:00:01Z\"", SPEC));
}

static void what_is_no_object_of_ours(void **state)
{
	static const char *const texts[] = {"", "7", "[]", "{}", "{\"metadata\":{\"namespace\":\"ml\",\"name\":\"x\"}}",
		"{\"metadata\":{\"uid\":\"u\",\"name\":\"x\"}}",
		"{\"metadata\":{\"uid\":\"u\",\"namespace\":\"ml\",\"name\":7}}",
		"{\"metadata\":{\"uid\":\"u\",\"namespace\":\"ml\",\"name\":\"x\"}"};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(entry_take(rig->controller, texts[i], strlen(texts[i]), 0));
	assert_int_equal(rig->controller->entries.count, 1);
}

/* What only a parser sees is seen when it is worked on: that one is left alone, the others go on. */
static void one_that_is_no_good_json(void **state)
{
	struct rig *rig = *state;

	assert_true(wakes(rig, LEAVING, ",\"spec\":{\"replicas\":0x3}"));
	fake_loop_settle(&rig->loop);
	assert_true(only_entry(rig)->unreadable);
	assert_true(wakes(rig, LEAVING, SPEC STATUS));
	fake_loop_settle(&rig->loop);
	assert_false(only_entry(rig)->unreadable);
	assert_non_null(only_entry(rig)->project);
}

static char *asked_of(const struct entry *entry)
{
	struct lb lb;

	model_parse(json_parse_text(entry->own_text), &lb, NULL);
	return arena_strdup(json_arena(), lb.asked);
}

/* Of the annotations one counts, in whatever company; its value is cut to what the status takes. */
static void somebody_asks(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *words = mem_alloc(400), *annotations = NULL;
	JSON_WORK(work);

	assert_false(wakes(
		rig, LEAVING ",\"annotations\":{\"a\":\"tflb.dev/reconcile\",\"b/c\":\"{\\\"d\\\":1}\"}", SPEC STATUS));
	assert_true(wakes(
		rig, LEAVING ",\"annotations\":{\"a\":\"b\",\"tflb.dev/reconcile\":\"now \\\"1\\\"\"}", SPEC STATUS));
	assert_string_equal(asked_of(only_entry(rig)), "now \"1\"");
	assert_false(wakes(rig, LEAVING ",\"annotations\":{\"tflb.dev/reconcile\":\"now \\\"1\\\"\"}", SPEC STATUS));
	memset(words, 'w', 399);
	annotations = mem_printf(LEAVING ",\"annotations\":{\"tflb.dev/reconcile\":\"%s\"}", words);
	assert_true(wakes(rig, annotations, SPEC STATUS));
	assert_int_equal(strlen(asked_of(only_entry(rig))), MODEL_ASK_SIZE - 1);
	assert_true(wakes(rig, LEAVING ",\"annotations\":{\"tflb.dev/reconcile\":7}", SPEC STATUS));
	assert_string_equal(asked_of(only_entry(rig)), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_new_takes_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(everything_else_wakes_it, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_object_of_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_no_good_json, setup, teardown),
		cmocka_unit_test_setup_teardown(somebody_asks, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

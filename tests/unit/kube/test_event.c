#include "rig.h"

enum { SENT_MAX = 200 };

struct fixture {
	struct rig rig;
	size_t sent;
	char *own_bodies[SENT_MAX];
	char path[300];
	size_t patches;
	char patch_path[300], patch[300]; /* the last one */
	int patch_status;
	int64_t times[SENT_MAX];
	int statuses[4]; /* of the first answers; 0: dropped */
	size_t open;     /* answers that are held back */
	bool hold;
	struct fake_call *held;
};

static void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
	if (text_equal(call->method, "PATCH")) {
		assert_string_equal(fake_header(call, "Content-Type"), "application/merge-patch+json");
		text_copy(f->patch_path, sizeof(f->patch_path), call->path);
		text_copy(f->patch, sizeof(f->patch), call->body);
		f->patches++;
		fake_answer(call, f->patch_status ? f->patch_status : 200, "application/json", "{}");
		return;
	}
	assert_string_equal(call->method, "POST");
	assert_string_equal(fake_header(call, "Content-Type"), "application/json");
	assert_true(f->sent < SENT_MAX);
	text_copy(f->path, sizeof(f->path), call->path);
	f->times[f->sent] = f->rig.loop.now_ms - 1000000;
	f->own_bodies[f->sent] = mem_strdup(call->body);
	int status = f->sent < 4 ? f->statuses[f->sent] : 201;
	f->sent++;
	if (f->hold)
		f->held = call;
	else if (status)
		fake_answer(call, status, "application/json",
			status == 409 ? "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"code\":409}" : "{}");
	else
		fake_drop(call);
}

static void begin(struct fixture *f, int first, int second, int third, int fourth)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->statuses, (int[]){first, second, third, fourth}, sizeof(f->statuses));
	rig_init(&f->rig, serve, f);
}

static void finish(struct fixture *f)
{
	rig_done(&f->rig);
	for (size_t i = 0; i < f->sent; i++)
		mem_free(f->own_bodies[i]);
}

static struct kube_event event_of(const char *name, const char *note)
{
	return (struct kube_event){.api_version = "tflb.dev/v1alpha1",
		.kind = "TFLoadBalancer",
		.namespace = "ml",
		.name = name,
		.uid = "u-1",
		.reason = "Created",
		.action = "Create",
		.note = note};
}

static void emit(struct fixture *f, const char *name, const char *note)
{
	struct kube_event event = event_of(name, note);
	kube_event(f->rig.kube, &event);
}

static void test_body(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	struct kube_event event = event_of("tf", "made \"x\"");
	event.warning = true;
	kube_event(f.rig.kube, &event);
	fake_loop_settle(&f.rig.loop);
	assert_string_equal(f.path, "/apis/events.k8s.io/v1/namespaces/ml/events");
	assert_string_equal(f.own_bodies[0],
		"{\"apiVersion\":\"events.k8s.io/"
		"v1\",\"kind\":\"Event\",\"metadata\":{\"name\":\"tf.1886caf21c963200\","
		"\"namespace\":\"ml\"},\"eventTime\":\"2026-01-02T03:04:05.000000Z\","
		"\"reportingController\":\"tflb.dev/tflb-controller\",\"reportingInstance\":\"tflb-controller\","
		"\"type\":\"Warning\",\"reason\":\"Created\",\"action\":\"Create\",\"note\":\"made \\\"x\\\"\","
		"\"regarding\":{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"namespace\":\"ml\","
		"\"name\":\"tf\",\"uid\":\"u-1\"}}");
	assert_int_equal(kube_events_sent(f.rig.kube), 1);
	finish(&f);
}

static void test_names_and_notes_are_cut(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	char name[254], note[1100];
	memset(name, '.', sizeof(name));
	memset(name, 'a', 230);
	name[253] = '\0';
	memset(note, 'n', sizeof(note));
	memcpy(note + 1022, "\xe2\x82\xac", 3); /* a character across byte 1024 */
	note[1099] = '\0';
	emit(&f, name, note);
	struct kube_event event = event_of("cluster-wide", NULL);
	event.namespace = NULL;
	kube_event(f.rig.kube, &event);
	fake_loop_settle(&f.rig.loop);
	JSON_WORK(work);
	const cJSON *body = json_parse_text(f.own_bodies[0]);
	const char *made = json_text(body, "metadata.name");
	assert_int_equal(strlen(made), 230 + 17);
	assert_int_equal(strspn(made, "a"), 230);
	assert_int_equal(made[230], '.');
	assert_int_equal(strlen(json_text(body, "note")), 1022);
	assert_string_equal(f.path, "/apis/events.k8s.io/v1/namespaces/default/events");
	assert_string_not_equal(
		made + 230, json_text(json_parse_text(f.own_bodies[1]), "metadata.name") + strlen("cluster-wide"));
	finish(&f);
}

static void emit_many(struct fixture *f, int from, int count)
{
	for (int i = from; i < from + count; i++) {
		char name[16];
		snprintf(name, sizeof(name), "tf-%d", i);
		emit(f, name, "x");
		fake_loop_settle(&f->rig.loop);
	}
}

static void test_one_in_flight_and_a_full_queue(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	f.hold = true;
	emit_many(&f, 0, 150);
	assert_int_equal(f.sent, 1);
	f.hold = false;
	fake_answer(f.held, 201, "", "{}");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 100);
	assert_int_equal(kube_events_sent(f.rig.kube), 100);
	assert_non_null(strstr(f.own_bodies[99], "\"name\":\"tf-99\""));
	emit_many(&f, 120, 1); /* was dropped, never sent: may be said again */
	assert_int_equal(f.sent, 101);
	finish(&f);
}

/* --- series --- */

static void assert_patch(const struct fixture *f, const char *want)
{
	assert_string_equal(f->patch, want);
}

static void again_after(struct fixture *f, int seconds)
{
	fake_loop_run_for(&f->rig.loop, seconds * 1000);
	emit(f, "tf", "x");
	fake_loop_settle(&f->rig.loop);
}

static void test_event_series(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	again_after(&f, 0);
	assert_int_equal(f.patches, 0);
	again_after(&f, 10);
	assert_int_equal(f.patches, 1);
	assert_string_equal(f.patch_path, "/apis/events.k8s.io/v1/namespaces/ml/events/tf.1886caf21c963200");
	assert_patch(&f, "{\"series\":{\"count\":2,\"lastObservedTime\":\"2026-01-02T03:04:15.000000Z\"}}");
	again_after(&f, 10);
	again_after(&f, 350);
	assert_int_equal(f.patches, 1); /* only counted */
	assert_int_equal(f.sent, 1);
	emit(&f, "tf", "y");
	emit(&f, "other", "x");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 3); /* other words and other objects are other events */
	finish(&f);
}

static void test_finish_series(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	again_after(&f, 0);
	again_after(&f, 10);
	again_after(&f, 10);
	fake_loop_run_for(&f.rig.loop, 359000);
	assert_int_equal(f.patches, 1);
	fake_loop_run_for(&f.rig.loop, 61000);
	assert_int_equal(f.patches, 2);
	assert_patch(&f, "{\"series\":{\"count\":3,\"lastObservedTime\":\"2026-01-02T03:04:25.000000Z\"}}");
	fake_loop_run_for(&f.rig.loop, 3600000);
	assert_int_equal(f.patches, 2);
	again_after(&f, 0);
	assert_int_equal(f.sent, 2); /* from the beginning */
	finish(&f);
}

static void test_refresh_existing_event_series(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	again_after(&f, 0);
	for (int i = 0; i < 31; i++)
		again_after(&f, 60);
	assert_int_equal(f.sent, 1);
	assert_int_equal(f.patches, 2); /* at the first repetition, and half an hour later */
	assert_non_null(strstr(f.patch, "\"count\":32,"));
	finish(&f);
}

static void test_update_expired_event(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	again_after(&f, 0);
	f.patch_status = 404;
	again_after(&f, 10);
	assert_int_equal(f.patches, 1);
	assert_int_equal(f.sent, 2);
	JSON_WORK(work);
	const cJSON *first = json_parse_text(f.own_bodies[0]), *second = json_parse_text(f.own_bodies[1]);
	assert_string_not_equal(json_text(first, "metadata.name"), json_text(second, "metadata.name"));
	assert_string_equal(json_text(second, "eventTime"), "2026-01-02T03:04:15.000000Z");
	assert_string_equal(json_text(second, "note"), "x");
	f.patch_status = 200;
	again_after(&f, 10);
	assert_int_equal(f.patches, 2);
	assert_non_null(strstr(f.patch_path, json_text(second, "metadata.name")));
	assert_non_null(strstr(f.patch, "\"count\":2,"));
	finish(&f);
}

static void test_event_spam_filter(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	char note[16];
	for (int i = 0; i < 100; i++) {
		snprintf(note, sizeof(note), "%d", i);
		emit(&f, "tf", note);
	}
	fake_loop_run_for(&f.rig.loop, 11999);
	emit(&f, "tf", "too early");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 25);
	emit(&f, "other", "x"); /* others are not held responsible */
	fake_loop_run_for(&f.rig.loop, 1);
	emit(&f, "tf", "one more");
	emit(&f, "tf", "and another");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 27);
	fake_loop_run_for(&f.rig.loop, 60000);
	for (int i = 200; i < 300; i++) {
		snprintf(note, sizeof(note), "%d", i);
		emit(&f, "tf", note);
	}
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 32); /* a handful per minute */
	finish(&f);
}

static void test_outcomes(void **state)
{
	static const struct {
		int statuses[3];
		size_t sent, counted;
	} rows[] = {
		{{500, 0, 201}, 3, 1}, /* tried again, by the same name */
		{{0, 409, 0}, 2, 1},   /* the first one had arrived after all */
		{{500, 500, 500}, 3, 0},
		{{403, 0, 0}, 1, 0},
		{{404, 0, 0}, 1, 0},
		{{422, 0, 0}, 1, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		begin(&f, rows[i].statuses[0], rows[i].statuses[1], rows[i].statuses[2], 201);
		emit(&f, "tf", "x");
		fake_loop_run_for(&f.rig.loop, 60000);
		assert_int_equal(f.sent, rows[i].sent);
		assert_int_equal(kube_events_sent(f.rig.kube), rows[i].counted);
		for (size_t k = 1; k < f.sent; k++) {
			assert_string_equal(f.own_bodies[k], f.own_bodies[0]);
			assert_int_equal(f.times[k], k * 10000);
		}
		emit(&f, "tf", "the next one comes through");
		f.statuses[f.sent < 4 ? f.sent : 3] = 201;
		fake_loop_settle(&f.rig.loop);
		assert_int_equal(kube_events_sent(f.rig.kube), rows[i].counted + 1);
		finish(&f);
	}
}

static void test_free_with_events_open(void **state)
{
	struct fixture f;
	begin(&f, 500, 201, 201, 201);
	emit(&f, "tf", "waits for its next try");
	emit(&f, "tf", "waits in the queue");
	fake_loop_run_for(&f.rig.loop, 1000);
	kube_free(f.rig.kube);
	f.rig.kube = NULL;
	fake_loop_run_for(&f.rig.loop, 60000);
	assert_int_equal(f.sent, 1);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_names_and_notes_are_cut),
		cmocka_unit_test(test_one_in_flight_and_a_full_queue),
		cmocka_unit_test(test_event_series),
		cmocka_unit_test(test_finish_series),
		cmocka_unit_test(test_refresh_existing_event_series),
		cmocka_unit_test(test_update_expired_event),
		cmocka_unit_test(test_event_spam_filter),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_free_with_events_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

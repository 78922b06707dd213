#include "rig.h"

enum { SENT_MAX = 200 };

struct fixture {
	struct rig rig;
	size_t sent;
	char *own_bodies[SENT_MAX];
	char path[200];
	int64_t times[SENT_MAX];
	int statuses[4]; /* of the first answers; 0: dropped */
	size_t open;     /* answers that are held back */
	bool hold;
	struct fake_call *held;
};

static void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
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

static void test_one_in_flight_and_a_full_queue(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	f.hold = true;
	for (int i = 0; i < 150; i++) {
		char note[16];
		snprintf(note, sizeof(note), "%d", i);
		emit(&f, "tf", note);
		fake_loop_settle(&f.rig.loop);
	}
	assert_int_equal(f.sent, 1);
	f.hold = false;
	fake_answer(f.held, 201, "", "{}");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 100);
	assert_int_equal(kube_events_sent(f.rig.kube), 100);
	assert_non_null(strstr(f.own_bodies[99], "\"note\":\"99\""));
	emit(&f, "tf", "120"); /* was dropped, never sent: may be said again */
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 101);
	finish(&f);
}

static void test_repeats_are_not_sent(void **state)
{
	struct fixture f;
	begin(&f, 201, 201, 201, 201);
	emit(&f, "tf", "x");
	fake_loop_run_for(&f.rig.loop, 599000);
	emit(&f, "tf", "x");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 1);
	emit(&f, "tf", "y");
	emit(&f, "other", "x");
	fake_loop_run_for(&f.rig.loop, 2000);
	assert_int_equal(f.sent, 3);
	emit(&f, "tf", "x");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.sent, 4);
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
		cmocka_unit_test(test_repeats_are_not_sent),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_free_with_events_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A world that is made again from its journal is the same world, whatever stage it is in, and goes on as the first one does. */
#include "client.h"

#include "base/map.h"
#include "emulator/journal.h"
#include "tools/pair.h"

/* A client that writes a journal as a program does: each request that changed something, before its answer is believed. */
struct recorder {
	struct client client;
	struct emulator_options options;
	struct vec lines; /* own texts */
	char *own_head;
	const char *type; /* of requests; NULL: JSON */
};

static void record(struct recorder *recorder, const char *method, const char *path, const char *body)
{
	struct client *client = &recorder->client;
	AUTO_FREE char *copy = mem_strdup(path);
	char *query = strchr(copy, '?');
	int answers = client->answers;

	if (query)
		*query = '\0';
	struct emulator_request request = {.id = ++client->id,
		.method = method,
		.path = copy,
		.query = query ? query + 1 : "",
		.content_type = recorder->type ? recorder->type : "application/json",
		.body = body ? body : "",
		.body_length = body ? strlen(body) : 0};
	emulator_request(client->emulator, &request, client->now);
	struct emulator_answer answer = {.status = client->status, .body = client->own_text, .length = client->length};
	if (emulator_changed(client->emulator))
		vec_add(&recorder->lines,
			journal_line(&request, client->answers > answers ? &answer : NULL, client->now));
}

static void open_recorder(struct recorder *recorder)
{
	*recorder = (struct recorder){.options = {.seed = 7, .wall_start_us = INT64_C(1781346991100000), .speed = 1}};
	client_open(&recorder->client, &recorder->options);
	recorder->own_head = journal_head(&recorder->options);
}

static void close_recorder(struct recorder *recorder)
{
	vec_done(&recorder->lines, mem_free);
	mem_free(recorder->own_head);
	client_close(&recorder->client);
}

static void ignore(void *arg, const struct emulator_answer *answer)
{
}

static struct emulator *again(const struct recorder *recorder, struct error *err)
{
	struct emulator_options options = {0};
	int64_t now = 0;

	assert_true(journal_head_read(recorder->own_head, strlen(recorder->own_head), &options, err));
	struct emulator *emulator = emulator_new(&options, ignore, NULL, err);
	for (size_t i = 0; i < recorder->lines.count; i++) {
		const char *line = recorder->lines.own_items[i];
		if (journal_play(emulator, line, strlen(line), &now, err))
			continue;
		emulator_free(emulator);
		return NULL;
	}
	return emulator;
}

static void assert_same_state(struct emulator *one, struct emulator *other)
{
	AUTO_FREE char *first = emulator_state(one);
	AUTO_FREE char *second = emulator_state(other);
	if (!text_equal(first, second)) {
		size_t at = 0;
		while (first[at] == second[at])
			at++;
		fail_msg("differs at %zu:\n%.300s\n%.300s", at, first + at - (at < 100 ? at : 100),
			second + at - (at < 100 ? at : 100));
	}
}

/* Now, and a day later. */
static void assert_same(struct recorder *recorder, bool future)
{
	struct error err = {0};
	struct emulator *copy = again(recorder, &err);

	if (!copy)
		fail_msg("%s", err.message);
	emulator_advance(copy, recorder->client.now);
	assert_same_state(recorder->client.emulator, copy);
	if (future) {
		recorder->client.now += INT64_C(86400000);
		emulator_advance(recorder->client.emulator, recorder->client.now);
		emulator_advance(copy, recorder->client.now);
		assert_same_state(recorder->client.emulator, copy);
	}
	emulator_free(copy);
}

#define Z P "zones/us-central1-a/"

struct step {
	const char *method, *path, *body;
	int64_t pass_ms; /* afterwards */
};

static const struct step steps[] = {
	{"GET", P "global/networks", NULL, 0}, /* the project is born by it */
	{"POST", P "global/healthChecks", "{\"name\":\"hc\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80}}",
		1500},
	{"GET", P "global/healthChecks", NULL, 9000},
	{"POST", P "global/instanceTemplates",
		"{\"name\":\"t\",\"properties\":{\"machineType\":\"n1-standard-4\",\"disks\":[{\"boot\":true,"
		"\"initializeParams\":{\"sourceImage\":\"projects/debian-cloud/global/images/family/debian-12\"}}],"
		"\"networkInterfaces\":[{\"network\":\"global/networks/default\"}]}}",
		11000},
	{"POST", Z "instanceGroupManagers?requestId=00000000-0000-4000-8000-000000000001",
		"{\"name\":\"g\",\"baseInstanceName\":\"g\",\"targetSize\":3,\"instanceTemplate\":"
		"\"global/instanceTemplates/t\",\"autoHealingPolicies\":[{\"healthCheck\":\"global/healthChecks/hc\","
		"\"initialDelaySec\":60}]}",
		2000},
	{"POST", Z "instanceGroupManagers?requestId=00000000-0000-4000-8000-000000000001", "{\"name\":\"g\"}", 30000},
	{"POST", Z "instanceGroupManagers/g/listManagedInstances", NULL, 20000},
	{"POST", Z "instanceGroupManagers/g/resize?size=5", NULL, 4000},
	{"POST", "/emulator/v1/world",
		"{\"quota\":{\"project\":\"my-project\",\"metric\":\"HEALTH_CHECKS\",\"limit\":1}}", 0},
	{"POST", P "global/healthChecks", "{\"name\":\"hc2\",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80}}", 0},
	{"POST", "/emulator/v1/faults",
		"{\"method\":\"GET\",\"path\":\"*healthChecks*\",\"count\":2,\"probability\":0.5,\"answer\":{"
		"\"status\":503,"
		"\"reason\":\"backendError\"}}",
		0},
	{"GET", P "global/healthChecks", NULL, 0},
	{"GET", P "global/healthChecks/hc", NULL, 0},
	{"GET", P "global/healthChecks/hc", NULL, 0},
	{"PATCH", P "global/healthChecks/hc", "{\"checkIntervalSec\":7}", 100000},
	{"PATCH", Z "instanceGroupManagers/g",
		"{\"updatePolicy\":{\"type\":\"PROACTIVE\",\"minimalAction\":\"REPLACE\",\"maxSurge\":{\"fixed\":1}}}",
		5000},
	{"DELETE", P "global/healthChecks/hc", NULL, 1000},
	{"DELETE", Z "instanceGroupManagers/g", NULL, 5000},
	{"POST", P "global/nothing", "{", 0},
};

static void every_stage_comes_again(void **state)
{
	struct recorder recorder;
	size_t count = sizeof(steps) / sizeof(steps[0]);

	open_recorder(&recorder);
	for (size_t i = 0; i < count; i++) {
		record(&recorder, steps[i].method, steps[i].path, steps[i].body);
		assert_same(&recorder, false);
		client_pass(&recorder.client, steps[i].pass_ms / 3);
		assert_same(&recorder, false);
		client_pass(&recorder.client, steps[i].pass_ms - steps[i].pass_ms / 3);
		assert_same(&recorder, i + 1 == count);
	}
	assert_true(recorder.lines.count < count); /* what changes nothing is not kept */
	assert_true(recorder.lines.count >= 12);
	close_recorder(&recorder);
}

/* Their answers are put together anew each time. */
static void batches_come_again(void **state)
{
	static const char body[] = "--B\r\nContent-Type: application/http\r\nContent-ID: <1>\r\n\r\n"
				   "POST " P "global/healthChecks\r\nContent-Type: application/json\r\n\r\n"
				   "{\"name\":\"hc\",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80}}\r\n--B--\r\n";
	struct recorder recorder;

	open_recorder(&recorder);
	client_send(&recorder.client, "POST", "/batch/compute/v1", "x"); /* the next one's boundary is another one */
	recorder.type = "multipart/mixed; boundary=B";
	record(&recorder, "POST", "/batch/compute/v1", body);
	assert_int_equal(recorder.lines.count, 1);
	client_pass(&recorder.client, 20000);
	assert_same(&recorder, true);
	client_call(&recorder.client, 200, "GET", P "global/healthChecks/hc", NULL);
	close_recorder(&recorder);
}

/* A request that is no text is refused, but it may be the first in its project, which is born by it. */
static void what_is_no_text_comes_again(void **state)
{
	struct recorder recorder;

	open_recorder(&recorder);
	record(&recorder, "POST", P "global/healthChecks", "{\"name\":\"\xff\"}");
	assert_int_equal(recorder.client.status, 400);
	assert_int_equal(recorder.lines.count, 1);
	record(&recorder, "POST", P "global/healthChecks",
		"{\"name\":\"hc\",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80}}");
	assert_same(&recorder, true);
	close_recorder(&recorder);
}

static void a_reset_begins_anew(void **state)
{
	struct recorder recorder;

	open_recorder(&recorder);
	for (size_t i = 0; i < 6; i++) {
		record(&recorder, steps[i].method, steps[i].path, steps[i].body);
		client_pass(&recorder.client, steps[i].pass_ms);
	}
	record(&recorder, "POST", "/emulator/v1/reset", "{\"seed\":9}");
	/* Nothing before it matters any more. */
	while (recorder.lines.count > 1) {
		mem_free(recorder.lines.own_items[0]);
		vec_remove_at(&recorder.lines, 0);
	}
	assert_same(&recorder, false);
	for (size_t i = 1; i < 6; i++) {
		record(&recorder, steps[i].method, steps[i].path, steps[i].body);
		client_pass(&recorder.client, steps[i].pass_ms);
		assert_same(&recorder, i == 5);
	}
	close_recorder(&recorder);
}

/* Tokens are asked for with secrets: they stand nowhere, and a fault that met such a request has met it again. */
static void secrets_are_not_kept(void **state)
{
	struct recorder recorder;

	open_recorder(&recorder);
	record(&recorder, "POST", "/token",
		"grant_type=refresh_token&client_id=a&client_secret=c4n4ry&refresh_token=c4n4ry");
	assert_int_equal(recorder.lines.count, 0);
	record(&recorder, "POST", "/emulator/v1/faults",
		"{\"path\":\"/token\",\"count\":1,\"answer\":{\"status\":503,\"reason\":\"backendError\"}}");
	record(&recorder, "POST", "/token", "grant_type=refresh_token&client_secret=c4n4ry&refresh_token=c4n4ry");
	assert_int_equal(recorder.lines.count, 2);
	assert_null(strstr(recorder.lines.own_items[1], "c4n4ry"));
	assert_same(&recorder, true);
	close_recorder(&recorder);
}

static char *with_key(const char *name, const char *member, const struct pair *chain, const struct pair *key)
{
	cJSON *body = cJSON_CreateObject();

	json_set_text(body, "name", name);
	json_set_text(body, "certificate", chain->own_chain);
	json_set_text(body, "privateKey", key->own_key);
	char *text = json_print(body), *at = strstr(text, "privateKey");
	return arena_printf(json_arena(), "%.*s%s%s", (int)(at - text), text, member, at + strlen("privateKey"));
}

static char *kept(const cJSON *line)
{
	AUTO_STR struct str body = STR_INIT(0);
	const char *text = json_text_or(line, "body", "");

	if (json_bool(line, "base64", false) && str_decode_base64(&body, text, strlen(text)))
		text = str_text(&body);
	return arena_strdup(json_arena(), text);
}

/* Keys stand nowhere, however they are sent; who was refused is refused again, who was not is not. */
static void keys_are_not_kept(void **state)
{
	static const char boundary[] = "--cut\r\nContent-Type: application/http\r\n\r\nPOST " P
				       "global/sslCertificates\r\nContent-Type: application/json\r\n\r\n";
	JSON_WORK(work);
	struct recorder recorder;
	struct pair a, b;

	pair_make(&a, "ml.example.com");
	pair_make(&b, "ml.example.com");
	open_recorder(&recorder);
	record(&recorder, "POST", P "global/sslCertificates", with_key("wrong", "privateKey", &a, &b));
	assert_int_equal(recorder.client.status, 400);
	assert_int_equal(recorder.lines.count, 1); /* the first in its project */
	assert_same(&recorder, true);
	record(&recorder, "POST", P "global/sslCertificates", with_key("good", "privateKey", &a, &a));
	record(&recorder, "POST", P "global/sslCertificates", with_key("escaped", "private\\u004bey", &a, &a));
	record(&recorder, "POST", P "global/sslCertificates", with_key("no \xff text", "privateKey", &a, &a));
	recorder.type = "multipart/mixed; boundary=cut";
	record(&recorder, "POST", "/batch/compute/v1",
		arena_printf(json_arena(), "%s%s\r\n%s%s\r\n--cut--\r\n", boundary,
			with_key("part", "privateKey", &b, &b), boundary, with_key("bad-part", "privateKey", &b, &a)));
	client_pass(&recorder.client, 20000);
	assert_same(&recorder, true);
	for (size_t i = 0; i < recorder.lines.count; i++) {
		assert_null(strstr(kept(json_parse_text(recorder.lines.own_items[i])), "PRIVATE KEY"));
	}
	client_call(&recorder.client, 200, "GET", P "global/sslCertificates/good", NULL);
	client_call(&recorder.client, 200, "GET", P "global/sslCertificates/escaped", NULL);
	client_call(&recorder.client, 200, "GET", P "global/sslCertificates/part", NULL);
	client_call(&recorder.client, 404, "GET", P "global/sslCertificates/bad-part", NULL);
	close_recorder(&recorder);
	pair_done(&a);
	pair_done(&b);
}

/* Nor do secrets of OAuth clients and keys of signed URLs; what the cloud makes of them comes again. */
static void secrets_within_bodies_are_not_kept(void **state)
{
	static const char services[] = P "global/backendServices",
			  add[] = P "global/backendServices/be/addSignedUrlKey";
	JSON_WORK(work);
	struct recorder recorder;

	open_recorder(&recorder);
	record(&recorder, "POST", services,
		"{\"name\":\"be\",\"iap\":{\"enabled\":true,\"oauth2ClientId\":\"me\",\"oauth2ClientSecret\":"
		"\"sesame\"}}");
	client_pass(&recorder.client, 20000);
	record(&recorder, "PATCH", P "global/backendServices/be",
		"{\"iap\":{\"oauth2Client\\u0053ecret\":\"sesame two\"}}");
	client_pass(&recorder.client, 20000);
	record(&recorder, "POST", add, "{\"keyName\":\"a\",\"keyValue\":\"c2VzYW1lc2VzYW1lc2VzYQ==\"}");
	client_pass(&recorder.client, 20000);
	record(&recorder, "POST", add, "{\"keyName\":\"b\",\"keyValue\":\"c2VzYW1l\"}");
	assert_int_equal(recorder.client.status, 400);
	assert_same(&recorder, true);
	for (size_t i = 0; i < recorder.lines.count; i++) {
		assert_null(strstr(kept(json_parse_text(recorder.lines.own_items[i])), "sesame"));
		assert_null(strstr(kept(json_parse_text(recorder.lines.own_items[i])), "c2VzYW1l"));
	}
	close_recorder(&recorder);
}

static void what_was_damaged_is_found_out(void **state)
{
	struct recorder recorder;
	struct error err = {0};
	struct emulator_options options = {0};

	open_recorder(&recorder);
	for (size_t i = 0; i < 6; i++) {
		record(&recorder, steps[i].method, steps[i].path, steps[i].body);
		client_pass(&recorder.client, steps[i].pass_ms);
	}
	char *line = recorder.lines.own_items[1], *port = strstr(line, ":80");
	assert_non_null(port);
	port[1] = '9';
	struct emulator *other = again(&recorder, &err); /* no answer but those of reads shows the port */
	assert_non_null(other);
	emulator_free(other);
	port[1] = '8';
	strstr(line, "\"name")[3] = 'x';
	assert_null(again(&recorder, &err));
	assert_non_null(strstr(err.message, "is answered otherwise now"));
	line[0] = '[';
	assert_null(again(&recorder, &err));
	assert_string_equal(err.message, "it cannot be read");
	assert_false(journal_head_read("{}", 2, &options, &err));
	assert_string_equal(err.message, "it is no state of gce-emulator");
	char *format = strstr(recorder.own_head, "\"format\":1");
	format[strlen("\"format\":")] = '9';
	assert_false(journal_head_read(recorder.own_head, strlen(recorder.own_head), &options, &err));
	assert_string_equal(err.message, "its format is 9, and this gce-emulator reads format 1");
	close_recorder(&recorder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stage_comes_again),
		cmocka_unit_test(batches_come_again),
		cmocka_unit_test(what_is_no_text_comes_again),
		cmocka_unit_test(a_reset_begins_anew),
		cmocka_unit_test(secrets_are_not_kept),
		cmocka_unit_test(keys_are_not_kept),
		cmocka_unit_test(secrets_within_bodies_are_not_kept),
		cmocka_unit_test(what_was_damaged_is_found_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a spec wants, against what Compute Engine was recorded to print of resources like that: nothing is sent. Only what they are
 * called, and whose they are, is taken from the recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../kinds/sample.h"
#include "kinds/link.h"
#include "plan/diff.h"
#include "recording.h"

#define RECORDED TFLB_SOURCE_DIR "/tests/data/recorded/"

/* The last body that was read of the collection. */
static cJSON *recorded(const char *name, const char *collection)
{
	char *text = recording(name), *end, *segment = arena_printf(json_arena(), "/global/%s/", collection);
	cJSON *last = NULL;

	for (; text; text = end ? end + strlen("\n---\n\n") : NULL) {
		struct exchange exchange;

		end = strstr(text, "\n---\n\n");
		exchange = parse_exchange(text, end ? end : text + strlen(text));
		if (strcmp(exchange.method, "GET") == 0 && exchange.answer && strstr(exchange.path, segment))
			last = json_copy(exchange.answer);
	}
	assert_non_null(last);
	return last;
}

static bool is_link(const cJSON *value)
{
	return cJSON_IsString(value) &&
	       (text_starts(value->valuestring, "projects/") || strstr(value->valuestring, "/projects/"));
}

/* want leads where seen does, in the form in which we send it. */
static void lead_alike(cJSON *want, const cJSON *seen)
{
	cJSON *member;
	int index = 0;

	cJSON_ArrayForEach(member, want)
	{
		const cJSON *other =
			cJSON_IsArray(want) ? cJSON_GetArrayItem(seen, index++) : json_member(seen, member->string);

		if (is_link(member) && cJSON_IsString(other))
			cJSON_SetValuestring(member,
				is_link(other) ? link_path(other->valuestring, "${projectId}") : other->valuestring);
		else
			lead_alike(member, other);
	}
}

static void assert_nothing_is_sent(const char *spec, const char *role, cJSON *seen)
{
	struct sample sample;
	const struct want *want = NULL;
	struct node node;
	struct nodes nodes = {0};
	const cJSON *aim;
	struct diff diff;

	sample_make(&sample, spec);
	for (size_t i = 0; i < sample.wants.count; i++) {
		if (text_equal(sample.wants.items[i].role, role))
			want = &sample.wants.items[i];
	}
	assert_non_null(want);
	json_set_text(want->body, "name", json_text(seen, "name"));
	json_set_text(want->body, "description", json_text_or(seen, "description", ""));
	lead_alike(want->body, seen);
	node = sample_node(want);
	node.seen = seen;
	aim = want->kind->toward ? want->kind->toward(&node, &nodes) : NULL;
	diff = diff_make(want->kind, "${projectId}", aim ? aim : want->body, seen);
	if (diff.path)
		fail_msg("%s differs at %s: %s", role, diff.path, diff.patch ? json_print(diff.patch) : "a verb");
}

static const char url_map[] = RECORDED "urlmap-globalcomputeurlmap.log", rule[] = RECORDED "forwardingrule-tcp.log";

static void checks_services_addresses(void **state)
{
	JSON_WORK(work);

	assert_nothing_is_sent(
		"{\"healthCheck\":{\"checkIntervalSec\":10}}", "health-check", recorded(rule, "healthChecks"));
	assert_nothing_is_sent("{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"backends\":[]}],\"backends\":["
			       "{\"name\":\"site\",\"bucket\":{\"bucketName\":\"site\"}}],\"routes\":[{"
			       "\"name\":\"r\"}]}",
		"backend-default", recorded(url_map, "backendServices"));
	assert_nothing_is_sent("", "address", recorded(rule, "addresses"));
}

static void rules(void **state)
{
	JSON_WORK(work);

	assert_nothing_is_sent(
		"{\"frontend\":{\"port\":110,\"loadBalancingScheme\":\"EXTERNAL\",\"labels\":{\"cnrm-test\":\"true\","
		"\"label-one\":\"value-two\",\"managed-by-cnrm\":\"true\"}}}",
		"http-rule", recorded(rule, "forwardingRules"));
}

/* Its own pages for errors are another case. */
static void url_maps(void **state)
{
	JSON_WORK(work);
	static const char *const names[] = {url_map, RECORDED "urlmap-globalcomputeurlmapadditive.log"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cJSON *seen = recorded(names[i], "urlMaps");

		json_remove(seen, "defaultCustomErrorResponsePolicy");
		json_remove(json_at(seen, "pathMatchers[0]"), "defaultCustomErrorResponsePolicy");
		assert_nothing_is_sent(
			"{\"routes\":[{\"name\":\"allpaths\",\"hosts\":[\"mysite.com\"]}]}", "url-map", seen);
	}
}

static void groups(void **state)
{
	JSON_WORK(work);
	const cJSON *list = json_parse_text(recording(RECORDED "instancegroupmanager-get.json")), *item;
	int compared = 0;

	cJSON_ArrayForEach(item, list)
	{
		assert_nothing_is_sent("{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"backends\":[],"
				       "\"instanceLifecyclePolicy\":{\"forceUpdateOnRepair\":\"YES\"}}],\"replicas\":1,"
				       "\"updatePolicy\":{\"type\":\"OPPORTUNISTIC\",\"maxSurge\":{\"fixed\":1},"
				       "\"maxUnavailable\":{\"fixed\":1}}}",
			"group-w", json_copy(json_member(item, "response")));
		compared++;
	}
	assert_int_equal(compared, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_services_addresses),
		cmocka_unit_test(rules),
		cmocka_unit_test(url_maps),
		cmocka_unit_test(groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

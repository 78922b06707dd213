/* The comparison: rule by rule, against recorded bodies, and its laws over random changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../kinds/sample.h"
#include "plan/diff.h"
#include "recording.h"

#define RECORDED TFLB_SOURCE_DIR "/tests/data/recorded/"
#define URL "https://www.googleapis.com/compute/v1/"

struct rule_case {
	enum kind_id kind;
	const char *want, *seen;
	const char *patch; /* NULL: nothing differs */
};

static const struct rule_case rule_cases[] = {
	/* what is not named is not ours */
	{KIND_URL_MAP, "{\"a\":1}", "{\"a\":1,\"b\":2,\"kind\":\"x\"}", NULL},
	{KIND_URL_MAP, "{\"a\":1}", "{\"a\":2}", "{\"a\":1}"},
	{KIND_URL_MAP, "{\"a\":1}", "{}", "{\"a\":1}"},
	{KIND_URL_MAP, "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":3,\"d\":4}}", "{\"a\":{\"c\":2}}"},
	{KIND_URL_MAP, "{\"a\":{\"b\":1}}", "{}", "{\"a\":{\"b\":1}}"},
	{KIND_URL_MAP, "{\"a\":{\"b\":1,\"c\":null}}", "{}", "{\"a\":{\"b\":1}}"},
	/* absent, null, "", [] and {} are one */
	{KIND_URL_MAP, "{\"a\":null}", "{}", NULL},
	{KIND_URL_MAP, "{\"a\":null}", "{\"a\":[]}", NULL},
	{KIND_URL_MAP, "{\"a\":null}", "{\"a\":{}}", NULL},
	{KIND_URL_MAP, "{\"a\":null}", "{\"a\":\"\"}", NULL},
	{KIND_URL_MAP, "{\"a\":\"\"}", "{}", NULL},
	{KIND_URL_MAP, "{\"a\":[]}", "{}", NULL},
	{KIND_URL_MAP, "{\"a\":{}}", "{\"a\":{\"b\":1}}", NULL},
	{KIND_URL_MAP, "{\"a\":null}", "{\"a\":[1]}", "{\"a\":null}"},
	{KIND_URL_MAP, "{\"a\":{\"b\":null,\"c\":1}}", "{\"a\":{\"b\":7,\"c\":1}}", "{\"a\":{\"b\":null}}"},
	{KIND_URL_MAP, "{\"a\":0}", "{}", "{\"a\":0}"},
	{KIND_URL_MAP, "{\"a\":false}", "{}", "{\"a\":false}"},
	/* numbers by value, strings of digits included */
	{KIND_URL_MAP, "{\"a\":1}", "{\"a\":1.0000000001}", NULL},
	{KIND_URL_MAP, "{\"a\":\"50\"}", "{\"a\":50}", NULL},
	{KIND_URL_MAP, "{\"a\":50}", "{\"a\":\"50\"}", NULL},
	{KIND_URL_MAP, "{\"a\":50}", "{\"a\":\"5x\"}", "{\"a\":50}"},
	{KIND_URL_MAP, "{\"a\":true}", "{\"a\":1}", "{\"a\":true}"},
	{KIND_URL_MAP, "{\"a\":true}", "{\"a\":\"true\"}", "{\"a\":true}"},
	/* arrays in order, whole, without nulls inside */
	{KIND_URL_MAP, "{\"a\":[1,2]}", "{\"a\":[2,1]}", "{\"a\":[1,2]}"},
	{KIND_URL_MAP, "{\"a\":[1,2]}", "{\"a\":[1,2,3]}", "{\"a\":[1,2]}"},
	{KIND_URL_MAP, "{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":1,\"c\":2}]}", NULL},
	{KIND_URL_MAP, "{\"a\":[{\"b\":1,\"c\":null}]}", "{\"a\":[{\"b\":1,\"c\":2}]}", "{\"a\":[{\"b\":1}]}"},
	/* references */
	{KIND_URL_MAP, "{\"defaultService\":\"projects/p/global/backendServices/b\"}",
		"{\"defaultService\":\"" URL "projects/p/global/backendServices/b\"}", NULL},
	{KIND_URL_MAP, "{\"defaultService\":\"projects/p/global/backendServices/b\"}",
		"{\"defaultService\":\"https://compute.googleapis.com/compute/beta/projects/42/global/backendServices/"
		"b\"}",
		NULL},
	{KIND_URL_MAP, "{\"defaultService\":\"projects/p/global/backendServices/b\"}",
		"{\"defaultService\":\"" URL "projects/p/global/backendServices/c\"}",
		"{\"defaultService\":\"projects/p/global/backendServices/b\"}"},
	{KIND_BACKEND_SERVICE, "{\"healthChecks\":[\"projects/p/global/healthChecks/h\"]}",
		"{\"healthChecks\":[\"" URL "projects/p/global/healthChecks/h\"]}", NULL},
	/* sets */
	{KIND_FIREWALL, "{\"sourceRanges\":[\"a\",\"b\"]}", "{\"sourceRanges\":[\"b\",\"a\"]}", NULL},
	{KIND_FIREWALL, "{\"sourceRanges\":[\"a\",\"b\"]}", "{\"sourceRanges\":[\"b\",\"b\"]}",
		"{\"sourceRanges\":[\"a\",\"b\"]}"},
	{KIND_FIREWALL, "{\"sourceRanges\":[\"a\",\"a\"]}", "{\"sourceRanges\":[\"a\",\"b\"]}",
		"{\"sourceRanges\":[\"a\",\"a\"]}"},
	{KIND_FIREWALL, "{\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"1\",\"2\"]}]}",
		"{\"allowed\":[{\"ports\":[\"2\",\"1\"],\"IPProtocol\":\"tcp\"}]}", NULL},
	/* keyed: matched by a link, added members of elements ignored */
	{KIND_GROUP, "{\"versions\":[{\"instanceTemplate\":\"projects/p/global/instanceTemplates/t\"}]}",
		"{\"versions\":[{\"name\":\"x\",\"instanceTemplate\":\"" URL
		"projects/p/global/instanceTemplates/t\",\"targetSize\":{\"calculated\":3}}]}",
		NULL},
	{KIND_GROUP, "{\"versions\":[{\"instanceTemplate\":\"projects/p/global/instanceTemplates/t\"}]}",
		"{\"versions\":[{\"instanceTemplate\":\"" URL "projects/p/global/instanceTemplates/t\"},"
		"{\"instanceTemplate\":\"" URL "projects/p/global/instanceTemplates/u\"}]}",
		"{\"versions\":[{\"instanceTemplate\":\"projects/p/global/instanceTemplates/t\"}]}"},
	{KIND_BACKEND_SERVICE,
		"{\"backends\":[{\"group\":\"zones/z/instanceGroups/a\"},{\"group\":\"zones/z/instanceGroups/b\"}]}",
		"{\"backends\":[{\"group\":\"" URL "projects/p/zones/z/instanceGroups/b\",\"capacityScaler\":1},"
		"{\"group\":\"" URL "projects/p/zones/z/instanceGroups/a\"}]}",
		NULL},
	{KIND_BACKEND_SERVICE, "{\"backends\":[{\"group\":\"zones/z/instanceGroups/a\",\"capacityScaler\":1}]}",
		"{\"backends\":[{\"group\":\"" URL "projects/p/zones/z/instanceGroups/a\",\"capacityScaler\":0.5}]}",
		"{\"backends\":[{\"group\":\"zones/z/instanceGroups/a\",\"capacityScaler\":1}]}"},
	/* ranges */
	{KIND_FORWARDING_RULE, "{\"portRange\":\"80\"}", "{\"portRange\":\"80-80\"}", NULL},
	{KIND_FORWARDING_RULE, "{\"portRange\":\"80-80\"}", "{\"portRange\":\"80\"}", NULL},
	{KIND_FORWARDING_RULE, "{\"portRange\":\"80\"}", "{\"portRange\":\"80-81\"}", "{\"portRange\":\"80\"}"},
	{KIND_FORWARDING_RULE, "{\"portRange\":\"8\"}", "{\"portRange\":\"80-80\"}", "{\"portRange\":\"8\"}"},
	/* sent at insert only */
	{KIND_FORWARDING_RULE, "{\"IPAddress\":\"projects/p/global/addresses/a\"}", "{\"IPAddress\":\"34.1.2.3\"}",
		NULL},
	{KIND_GROUP, "{\"baseInstanceName\":\"a\"}", "{\"baseInstanceName\":\"b\"}", NULL},
	/* what absence means, in both directions */
	{KIND_BACKEND_SERVICE, "{\"sessionAffinity\":\"NONE\",\"affinityCookieTtlSec\":0,\"timeoutSec\":30}", "{}",
		NULL},
	{KIND_BACKEND_SERVICE, "{\"sessionAffinity\":null}", "{\"sessionAffinity\":\"NONE\"}", NULL},
	{KIND_BACKEND_SERVICE, "{\"timeoutSec\":31}", "{}", "{\"timeoutSec\":31}"},
	{KIND_FIREWALL, "{\"logConfig\":{\"enable\":false,\"metadata\":null}}", "{}", NULL},
	{KIND_FIREWALL, "{\"logConfig\":{\"enable\":false,\"metadata\":null}}",
		"{\"logConfig\":{\"enable\":true,\"metadata\":\"X\"}}",
		"{\"logConfig\":{\"enable\":false,\"metadata\":null}}"},
	/* a map is ours as a whole: what is not wanted is unset by null */
	{KIND_AUTOSCALER, "{\"autoscalingPolicy\":{\"scalingSchedules\":{\"a\":{\"durationSec\":300}}}}",
		"{\"autoscalingPolicy\":{\"scalingSchedules\":{\"a\":{\"durationSec\":300},\"b\":{}}}}",
		"{\"autoscalingPolicy\":{\"scalingSchedules\":{\"b\":null}}}"},
	{KIND_AUTOSCALER, "{\"autoscalingPolicy\":{\"scalingSchedules\":{\"a\":{\"durationSec\":300}}}}",
		"{\"autoscalingPolicy\":{\"scalingSchedules\":{\"b\":{\"durationSec\":300}}}}",
		"{\"autoscalingPolicy\":{\"scalingSchedules\":{\"a\":{\"durationSec\":300},\"b\":null}}}"},
	{KIND_AUTOSCALER, "{\"autoscalingPolicy\":{\"scalingSchedules\":{}}}", "{\"autoscalingPolicy\":{}}", NULL},
	/* members that the cloud fills in are not ours */
	{KIND_AUTOSCALER, "{\"autoscalingPolicy\":{\"cpuUtilization\":{\"utilizationTarget\":0.6}}}",
		"{\"autoscalingPolicy\":{\"cpuUtilization\":{\"utilizationTarget\":0.6,\"predictiveMethod\":\"NONE\"},"
		"\"mode\":\"ON\"}}",
		NULL},
	/* the other half of a pair is unset by null */
	{KIND_GROUP, "{\"updatePolicy\":{\"maxSurge\":{\"fixed\":1,\"percent\":null}}}",
		"{\"updatePolicy\":{\"maxSurge\":{\"percent\":20,\"calculated\":1}}}",
		"{\"updatePolicy\":{\"maxSurge\":{\"fixed\":1,\"percent\":null}}}"},
	{KIND_GROUP, "{\"updatePolicy\":{\"maxSurge\":{\"fixed\":1,\"percent\":null}}}",
		"{\"updatePolicy\":{\"maxSurge\":{\"fixed\":1,\"calculated\":1}}}", NULL},
};

static void rules(void **state)
{
	JSON_WORK(work);

	for (size_t i = 0; i < sizeof(rule_cases) / sizeof(rule_cases[0]); i++) {
		const struct rule_case *c = &rule_cases[i];
		struct diff diff = diff_make(kind_at(c->kind), "p", json_parse_text(c->want), json_parse_text(c->seen));

		if (diff.patch ? !c->patch || !json_equal(diff.patch, json_parse_text(c->patch)) : c->patch != NULL)
			fail_msg("want %s seen %s: patch %s", c->want, c->seen,
				diff.patch ? json_print(diff.patch) : "none");
		assert_int_equal(diff.path != NULL, c->patch != NULL);
		assert_int_equal(diff.verb_count, 0);
	}
}

static void verbs(void **state)
{
	JSON_WORK(work);
	cJSON *want = json_parse_text(
		"{\"description\":\"d\",\"targetSize\":5,\"namedPorts\":[{\"name\":\"h\",\"port\":80}]}");
	struct diff diff;

	diff = diff_make(kind_at(KIND_GROUP), "p", want,
		json_parse_text(
			"{\"description\":\"d\",\"targetSize\":3,\"namedPorts\":[{\"name\":\"h\",\"port\":80}]}"));
	assert_null(diff.patch);
	assert_int_equal(diff.verb_count, 1);
	assert_string_equal(diff.verbs[0].verb->name, "resize");
	assert_true(diff.verbs[0].value->valuedouble == 5);
	assert_string_equal(diff.path, "targetSize");
	diff = diff_make(kind_at(KIND_GROUP), "p", want, json_parse_text("{\"description\":\"e\"}"));
	assert_string_equal(json_print(diff.patch), "{\"description\":\"d\"}");
	assert_int_equal(diff.verb_count, 2);
	assert_string_equal(diff.path, "description");
}

static void the_first_difference_is_named(void **state)
{
	JSON_WORK(work);
	struct diff diff = diff_make(kind_at(KIND_HEALTH_CHECK), "p",
		json_parse_text("{\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80,\"requestPath\":\"/x\"}}"),
		json_parse_text("{\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80,\"requestPath\":\"/\"}}"));

	assert_string_equal(diff.path, "httpHealthCheck.requestPath");
}

static void insert_body(void **state)
{
	JSON_WORK(work);
	cJSON *want = json_parse_text(
		"{\"a\":null,\"b\":{\"c\":null,\"d\":1},\"e\":[{\"f\":null,\"g\":2},{\"i\":null}],\"h\":\"\"}");

	assert_string_equal(json_print(diff_insert_body(want)), "{\"b\":{\"d\":1},\"e\":[{\"g\":2},{}],\"h\":\"\"}");
	assert_true(json_has(want, "a"));
}

/* Recorded exchanges: what was sent must count as what is read. */

/* The kind of a collection or of one resource in it; verbs have no kind. */
static const struct kind *kind_of(const char *path)
{
	for (int id = KIND_ADDRESS; id < KINDS; id++) {
		char *segment = arena_printf(json_arena(), "/global/%s", kind_at(id)->collection);
		const char *at = strstr(path, segment);
		const char *rest = at ? at + strlen(segment) : "x";

		if (*rest == '\0' || (*rest == '/' && !strchr(rest + 1, '/')))
			return kind_at(id);
	}
	return NULL;
}

/* Not ours, and on purpose without a row: labels are dropped at insert, secrets are write-only, buckets are no target of ours. */
static cJSON *what_we_could_want(const cJSON *request)
{
	static const char *const others[] = {
		"labels", "iap", "defaultCustomErrorResponsePolicy", "pathMatchers", "fingerprint"};
	cJSON *want = json_copy(request);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		json_remove(want, others[i]);
	return want;
}

static int compare_recording(const char *name)
{
	const cJSON *sent[KINDS] = {0};
	char *text = recording(name), *end;
	int compared = 0;

	for (; text; text = end ? end + strlen("\n---\n\n") : NULL) {
		struct exchange exchange;
		const struct kind *kind;

		end = strstr(text, "\n---\n\n");
		exchange = parse_exchange(text, end ? end : text + strlen(text));
		kind = kind_of(exchange.path);
		if (!kind)
			continue;
		if (exchange.request && (strcmp(exchange.method, "POST") == 0 || strcmp(exchange.method, "PUT") == 0))
			sent[kind->id] = what_we_could_want(exchange.request);
		if (strcmp(exchange.method, "GET") == 0 && exchange.answer && sent[kind->id]) {
			struct diff diff = diff_make(kind, "${projectId}", sent[kind->id], exchange.answer);

			if (diff.path && strcmp(diff.path, "target") != 0) /* setTarget came between */
				fail_msg("%s: %s differs at %s", name, exchange.path, diff.path);
			compared++;
		}
	}
	return compared;
}

static void recorded_exchanges(void **state)
{
	JSON_WORK(work);

	assert_true(compare_recording(RECORDED "urlmap-globalcomputeurlmap.log") >= 8);
	assert_true(compare_recording(RECORDED "urlmap-globalcomputeurlmapadditive.log") >= 8);
	assert_true(compare_recording(RECORDED "forwardingrule-tcp.log") >= 8);
}

/* Laws. */

static uint32_t state_of_dice = 1;

static uint32_t roll(uint32_t sides)
{
	state_of_dice = state_of_dice * 1664525u + 1013904223u;
	return (state_of_dice >> 8) % sides;
}

static cJSON *random_scalar(void)
{
	switch (roll(5)) {
	case 0:
		return cJSON_CreateNumber(roll(3));
	case 1:
		return cJSON_CreateString("x");
	case 2:
		return cJSON_CreateBool(roll(2));
	case 3:
		return cJSON_CreateArray();
	default:
		return cJSON_CreateObject();
	}
}

/* Somebody changes things: members go, come, and get other values and types. */
static void mutate(cJSON *value)
{
	cJSON *member, *next;

	for (member = value->child; member; member = next) {
		next = member->next;
		if (roll(6) == 0 && cJSON_IsObject(value))
			json_remove(value, arena_strdup(json_arena(), member->string));
		else if (roll(6) == 0 && cJSON_IsObject(value))
			json_set(value, arena_strdup(json_arena(), member->string), random_scalar());
		else if (cJSON_IsObject(member) || cJSON_IsArray(member))
			mutate(member);
	}
	if (roll(4) == 0 && cJSON_IsObject(value))
		json_set(value, "added", random_scalar());
	if (roll(8) == 0 && cJSON_IsArray(value) && value->child)
		json_add(value, json_copy(value->child));
}

static cJSON *apply(const struct diff *diff, cJSON *seen)
{
	if (diff->patch)
		seen = json_merge(seen, diff->patch);
	for (int i = 0; i < diff->verb_count; i++)
		json_set(seen, diff->verbs[i].path, json_copy(diff->verbs[i].value));
	return seen;
}

static void sending_it_makes_it_as_wanted(void **state)
{
	for (int round = 0; round < 300; round++) {
		JSON_WORK(work);
		struct sample sample;

		sample_make(&sample, "");
		for (size_t i = 0; i < sample.wants.count; i++) {
			const struct want *want = &sample.wants.items[i];
			cJSON *seen;
			struct diff diff;

			if (!want->body)
				continue;
			seen = json_copy(want->body);
			mutate(seen);
			diff = diff_make(want->kind, "my-project", want->body, seen);
			assert_int_equal(diff.path != NULL, diff.patch != NULL || diff.verb_count > 0);
			seen = apply(&diff, seen);
			diff = diff_make(want->kind, "my-project", want->body, seen);
			if (diff.path)
				fail_msg("round %d, %s: still differs at %s", round, want->role, diff.path);
		}
	}
}

static void what_was_inserted_is_as_wanted(void **state)
{
	JSON_WORK(work);
	struct sample sample;

	sample_make(&sample, "");
	for (size_t i = 0; i < sample.wants.count; i++) {
		const struct want *want = &sample.wants.items[i];

		if (want->body)
			assert_null(diff_make(want->kind, "my-project", want->body, diff_insert_body(want->body)).path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(verbs),
		cmocka_unit_test(the_first_difference_is_named),
		cmocka_unit_test(insert_body),
		cmocka_unit_test(recorded_exchanges),
		cmocka_unit_test(sending_it_makes_it_as_wanted),
		cmocka_unit_test(what_was_inserted_is_as_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

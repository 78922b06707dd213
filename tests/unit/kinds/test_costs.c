/* What the manual says of a change is true of what is wanted before and after it: of every leaf of the spec, from and to every
 * value that can be made up for it, on several specs that have what it needs beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/kind.h"
#include "model/types.h"

#define KEY "\"projects/p/locations/l/keyRings/r/cryptoKeys/a\""
#define CERTIFICATES "\"certificates\":[{\"name\":\"a\",\"sslCertificate\":\"web\"}]"

/* Specs, merged over the smallest. */
static const char *const bases[] = {
	"{}",
	"{\"template\":{\"externalIP\":true,\"serviceAccount\":\"default\",\"stackType\":\"IPV4_IPV6\",\"disk\":{"
	"\"diskType\":\"hyperdisk-balanced\"},\"guestAccelerators\":[{\"acceleratorType\":\"nvidia-tesla-t4\","
	"\"acceleratorCount\":1}],\"localSsd\":{\"count\":1},\"aliasIpRanges\":[{\"ipCidrRange\":\"/24\"}],"
	"\"additionalDisks\":[{\"deviceName\":\"a\",\"diskSizeGb\":20}],\"additionalNetworkInterfaces\":[{\"network\":"
	"\"ml\",\"aliasIpRanges\":[{\"ipCidrRange\":\"/24\"}]}],\"scheduling\":{\"nodeAffinities\":[{\"key\":\"k\","
	"\"operator\":\"IN\",\"values\":[\"a\"]}]}}}",
	"{\"template\":{\"container\":{\"image\":\"a/b:1\",\"env\":[{\"name\":\"A\",\"value\":\"1\"}],\"mounts\":[{"
	"\"hostPath\":\"/a\",\"mountPath\":\"/m\"}]},\"reservationAffinity\":{\"consumeReservationType\":"
	"\"SPECIFIC_RESERVATION\",\"values\":[\"a\"]}}}",
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":9,"
	"\"cpuUtilization\":{\"utilizationTargetPercent\":50},\"customMetricUtilizations\":[{\"metric\":\"a\","
	"\"utilizationTarget\":1}],\"scaleInControl\":{\"maxScaledInReplicas\":{\"fixed\":1},\"timeWindowSec\":60},"
	"\"scalingSchedules\":[{\"name\":\"a\",\"schedule\":\"0 8 * * *\",\"durationSec\":300,\"minRequiredReplicas\":"
	"1}]}}]}",
	"{\"serving\":{\"sessionAffinity\":\"GENERATED_COOKIE\"},\"frontend\":{\"address\":{\"type\":\"Named\","
	"\"name\":"
	"\"ip\"},\"tls\":{" CERTIFICATES ",\"httpPolicy\":\"Serve\",\"sslPolicy\":{\"profile\":\"CUSTOM\","
	"\"customFeatures\":[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]}}},\"firewall\":{\"logConfig\":{\"enable\":"
	"true}}}",
	"{\"frontend\":{\"ipv6\":{\"address\":{\"type\":\"Named\",\"name\":\"ip6\"}},\"tls\":{\"certificates\":[{"
	"\"name\":"
	"\"a\",\"domains\":[\"ml.example.com\"]}],\"sslPolicy\":{\"name\":\"modern\"}}}}",
	"{\"frontend\":{\"tls\":{\"certificateMap\":\"web\"}},\"moveFrom\":{\"namespace\":\"a\",\"name\":\"b\"},"
	"\"moveTo\":{\"namespace\":\"c\",\"name\":\"d\"},\"resourceNames\":{\"url-map\":\"web\"}}",
	"{\"template\":{\"disk\":{\"diskEncryptionKey\":{\"kmsKeyName\":" KEY "},\"sourceImageEncryptionKey\":{"
	"\"kmsKeyName\":" KEY "}},\"additionalDisks\":[{\"deviceName\":\"a\",\"source\":\"aa\",\"mode\":\"READ_ONLY\","
	"\"diskEncryptionKey\":{\"kmsKeyName\":" KEY "},\"sourceImageEncryptionKey\":{\"kmsKeyName\":" KEY "},"
	"\"sourceSnapshotEncryptionKey\":{\"kmsKeyName\":" KEY "}}],\"additionalNetworkInterfaces\":[{"
	"\"networkAttachment\":\"regions/us-central1/networkAttachments/b\",\"externalIP\":true}]}}",
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":9,"
	"\"customMetricUtilizations\":[{\"metric\":\"a\",\"singleInstanceAssignment\":1}],\"scaleInControl\":{"
	"\"maxScaledInReplicas\":{\"percent\":10},\"timeWindowSec\":60}}}]}",
	"{\"pools\":[{\"name\":\"w\",\"region\":\"us-east1\",\"capacity\":{\"maxRatePerInstance\":5,\"customMetrics\":["
	"{"
	"\"name\":\"a\"}]}},{\"name\":\"x\",\"zone\":\"us-central1-a\"}]}",
	"{\"pools\":[{\"name\":\"w\",\"region\":\"us-central1\",\"zones\":[\"us-central1-a\"]}]}",
	"{\"backends\":[{\"name\":\"aa\"},{\"name\":\"bb-1\"}],\"routes\":[{\"name\":\"r\",\"weightedBac"
	"kends\":[{\"backend\":\"aa\",\"weight\":9,\"headerAction\":{\"requestHeadersToAdd\":[{\"headerN"
	"ame\":\"x-a\",\"headerValue\":\"1\",\"replace\":true}],\"requestHeadersToRemove\":[\"x-b\"],\"r"
	"esponseHeadersToAdd\":[{\"headerName\":\"x-c\",\"headerValue\":\"2\"}],\"responseHeadersToRemov"
	"e\":[\"x-d\"]}},{\"backend\":\"default\",\"weight\":1}],\"routeAction\":{\"timeoutSec\":20,\"re"
	"tryPolicy\":{\"retryConditions\":[\"5xx\"]},\"urlRewrite\":{\"hostRewrite\":\"b\"},\"requestMir"
	"rorPolicy\":{\"backend\":\"aa\"},\"faultInjectionPolicy\":{\"abort\":{\"httpStatus\":503,\"perc"
	"entage\":1},\"delay\":{\"fixedDelayMsec\":1500,\"percentage\":2}},\"corsPolicy\":{\"maxAge\":60"
	"}},\"headerAction\":{\"requestHeadersToAdd\":[{\"headerName\":\"x-a\",\"headerValue\":\"1\",\"r"
	"eplace\":true}],\"requestHeadersToRemove\":[\"x-b\"],\"responseHeadersToAdd\":[{\"headerName\":"
	"\"x-c\",\"headerValue\":\"2\"}],\"responseHeadersToRemove\":[\"x-d\"]},\"pathRules\":[{\"name\""
	":\"p\",\"paths\":[\"/a\"],\"weightedBackends\":[{\"backend\":\"aa\",\"weight\":9,\"headerAction"
	"\":{\"requestHeadersToAdd\":[{\"headerName\":\"x-a\",\"headerValue\":\"1\",\"replace\":true}],"
	"\"requestHeadersToRemove\":[\"x-b\"],\"responseHeadersToAdd\":[{\"headerName\":\"x-c\",\"header"
	"Value\":\"2\"}],\"responseHeadersToRemove\":[\"x-d\"]}},{\"backend\":\"default\",\"weight\":1}]"
	",\"routeAction\":{\"timeoutSec\":20,\"retryPolicy\":{\"retryConditions\":[\"5xx\"]},\"urlRewrit"
	"e\":{\"hostRewrite\":\"b\"},\"requestMirrorPolicy\":{\"backend\":\"aa\"},\"faultInjectionPolicy"
	"\":{\"abort\":{\"httpStatus\":503,\"percentage\":1},\"delay\":{\"fixedDelayMsec\":1500,\"percen"
	"tage\":2}},\"corsPolicy\":{\"maxAge\":60}}}]}],\"routeTests\":[{\"name\":\"t\",\"host\":\"a\","
	"\"path\":\"/\",\"headers\":[{\"name\":\"a\",\"value\":\"b\"}],\"backend\":\"aa\"}]}",
	"{\"backends\":[{\"name\":\"aa\"},{\"name\":\"bb-1\"}],\"routes\":[{\"name\":\"r\",\"urlRedirect"
	"\":{\"hostRedirect\":\"b\"},\"pathRules\":[{\"name\":\"p\",\"paths\":[\"/a\"],\"urlRedirect\":{"
	"\"hostRedirect\":\"b\"}}]}],\"routeTests\":[{\"name\":\"t\",\"host\":\"a\",\"path\":\"/\",\"exp"
	"ectedRedirectResponseCode\":301}]}",
	"{\"backends\":[{\"name\":\"aa\"},{\"name\":\"bb-1\"}],\"routes\":[{\"name\":\"r\",\"backend\":"
	"\"aa\",\"routeRules\":[{\"priority\":1,\"matchRules\":[{\"headerMatches\":[{\"headerName\":\"x"
	"\",\"exactMatch\":\"1\"}],\"queryParameterMatches\":[{\"name\":\"v\",\"exactMatch\":\"2\"}]}],"
	"\"weightedBackends\":[{\"backend\":\"aa\",\"weight\":9,\"headerAction\":{\"requestHeadersToAdd"
	"\":[{\"headerName\":\"x-a\",\"headerValue\":\"1\",\"replace\":true}],\"requestHeadersToRemove\""
	":[\"x-b\"],\"responseHeadersToAdd\":[{\"headerName\":\"x-c\",\"headerValue\":\"2\"}],\"response"
	"HeadersToRemove\":[\"x-d\"]}},{\"backend\":\"default\",\"weight\":1}],\"routeAction\":{\"timeou"
	"tSec\":20,\"retryPolicy\":{\"retryConditions\":[\"5xx\"]},\"urlRewrite\":{\"hostRewrite\":\"b\""
	"},\"requestMirrorPolicy\":{\"backend\":\"aa\"},\"faultInjectionPolicy\":{\"abort\":{\"httpStatu"
	"s\":503,\"percentage\":1},\"delay\":{\"fixedDelayMsec\":1500,\"percentage\":2}},\"corsPolicy\":"
	"{\"maxAge\":60}},\"headerAction\":{\"requestHeadersToAdd\":[{\"headerName\":\"x-a\",\"headerVal"
	"ue\":\"1\",\"replace\":true}],\"requestHeadersToRemove\":[\"x-b\"],\"responseHeadersToAdd\":[{"
	"\"headerName\":\"x-c\",\"headerValue\":\"2\"}],\"responseHeadersToRemove\":[\"x-d\"]}}]}]}",
	"{\"backends\":[{\"name\":\"aa\"},{\"name\":\"bb-1\"}],\"routes\":[{\"name\":\"r\",\"backend\":"
	"\"aa\",\"routeRules\":[{\"priority\":1,\"matchRules\":[{\"headerMatches\":[{\"headerName\":\"x"
	"\",\"rangeMatch\":{\"rangeStart\":1,\"rangeEnd\":9}}]}],\"urlRedirect\":{\"hostRedirect\":\"b\""
	"}}]}]}",
	"{\"backends\":[{\"name\":\"aa\"},{\"name\":\"bb-1\"}],\"routes\":[{\"name\":\"r\",\"pathRules\""
	":[{\"name\":\"p\",\"paths\":[\"/a\"],\"backend\":\"aa\"}]}]}",
	"{\"backends\":[{\"name\":\"aa\"},{\"name\":\"bb-1\"}],\"routes\":[{\"name\":\"r\",\"routeRules"
	"\":[{\"priority\":1,\"matchRules\":[{\"pathTemplateMatch\":\"/a\"}],\"backend\":\"aa\",\"routeA"
	"ction\":{\"urlRewrite\":{}}}]}]}",
	"{\"serving\":{\"sessionAffinity\":\"STRONG_COOKIE_AFFINITY\",\"strongSessionAffinityCookie\":{"
	"\"name\":\"a\"},\"logConfig\":{\"optionalMode\":\"CUSTOM\"},\"customMetrics\":[{\"name\":\"a\"}"
	"]},\"healthCheck\":{\"type\":\"TCP\"}}",
	"{\"serving\":{\"localityLbPolicy\":\"MAGLEV\",\"consistentHash\":{\"httpHeaderName\":\"a\"}},\""
	"healthCheck\":{\"type\":\"GRPC\"}}",
	"{\"serving\":{\"localityLbPolicy\":\"MAGLEV\",\"consistentHash\":{\"httpCookie\":{\"name\":\"a"
	"\"}}}}",
	"{\"serving\":{\"enableCDN\":true,\"cdnPolicy\":{\"negativeCaching\":true,\"negativeCachingPolicy"
	"\":[{\"code\":404,\"ttl\":7}],\"bypassCacheOnRequestHeaders\":[{\"headerName\":\"x\"}]}}}",
	"{\"backends\":[{\"name\":\"aa\",\"bucket\":{\"bucketName\":\"site\",\"enableCDN\":true,\"cdnPoli"
	"cy\":{\"negativeCaching\":true,\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":7}],\"bypassCach"
	"eOnRequestHeaders\":[{\"headerName\":\"x\"}]}}}],\"routes\":[{\"name\":\"r\",\"backend\":\"aa\","
	"\"customErrorResponsePolicy\":{\"errorBackend\":\"aa\",\"errorResponseRules\":[{\"matchResponseC"
	"odes\":[\"404\"],\"path\":\"/404.html\",\"overrideResponseCode\":404}]},\"pathRules\":[{\"name\""
	":\"p\",\"paths\":[\"/a\"],\"backend\":\"aa\",\"customErrorResponsePolicy\":{\"errorBackend\":\"a"
	"a\",\"errorResponseRules\":[{\"matchResponseCodes\":[\"404\"],\"path\":\"/404.html\",\"overrideR"
	"esponseCode\":404}]}}]}]}",
	"{\"backends\":[{\"name\":\"aa\",\"bucket\":{\"bucketName\":\"site\",\"enableCDN\":true,\"cdnPoli"
	"cy\":{\"negativeCaching\":true,\"negativeCachingPolicy\":[{\"code\":404,\"ttl\":7}],\"bypassCach"
	"eOnRequestHeaders\":[{\"headerName\":\"x\"}]}}}],\"routes\":[{\"name\":\"r\",\"backend\":\"aa\","
	"\"routeRules\":[{\"priority\":1,\"matchRules\":[{\"prefixMatch\":\"/a\"}],\"backend\":\"aa\",\"c"
	"ustomErrorResponsePolicy\":{\"errorBackend\":\"aa\",\"errorResponseRules\":[{\"matchResponseCode"
	"s\":[\"404\"],\"path\":\"/404.html\",\"overrideResponseCode\":404}]}}]}]}",
	"{\"pools\":[{\"name\":\"w\",\"region\":\"us-central1\",\"instanceFlexibilityPolicy\":{\"instance"
	"Selections\":[{\"name\":\"a\",\"machineTypes\":[\"n2-standard-4\"]}]}}]}",
	"{\"template\":{\"externalIP\":true,\"disk\":{\"deviceName\":\"boot\"}},\"pools\":[{\"name\":\"w\""
	",\"zone\":\"us-central1-a\",\"statefulPolicy\":{\"disks\":[{\"deviceName\":\"boot\"}],\"internal"
	"IPs\":[{\"interfaceName\":\"nic0\"}],\"externalIPs\":[{\"interfaceName\":\"nic0\"}]}}]}",
	"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"replicas\":40,\"canary\":{\"template\":"
	"{\"machineType\":\"n2-standard-4\"}}}]}",
};
/* The last ones are for what the others have not. */
enum { BASES = sizeof(bases) / sizeof(bases[0]), LAST = 15 };

/* What texts can be, of whatever form; those that don't fit are refused. */
static const char *const texts[] = {"aa", "bb-1", "n2-standard-8", "projects/my-project/global/images/family/tf",
	"us-central1-b", "us-central1", "tf@my-project.iam.gserviceaccount.com", "/healthz", "1.2.3", "a/b:2", "A_1",
	"projects/p/locations/l/keyRings/r/cryptoKeys/k", "global/snapshots/s", "/28", "2036-12-24T18:00:00Z",
	"regions/us-central1/networkAttachments/a", "Intel Cascade Lake", "0 9 * * *", "Europe/Berlin",
	"projects/my-project/locations/global/serverTlsPolicies/clients", "api.example.com", "TLS_AES_128_GCM_SHA256",
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "custom.googleapis.com/x", "my-project-2", "#!/bin/sh"};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]), CANDIDATES = TEXTS + 8 };

struct leaf {
	const struct field *field;
	char *path;
	int seen;   /* changes that could be looked at */
	bool shown; /* one of them cost what the manual says */
};

/* --- specs --- */

static cJSON *object_of(const char *base)
{
	cJSON *object = json_parse_text(
		"{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"name\":\"tf\","
		"\"namespace\":\"ml\",\"uid\":\"u\",\"generation\":1,\"resourceVersion\":\"1\",\"creationTimestamp\":"
		"\"2026-06-13T10:00:00Z\"},\"spec\":{\"project\":\"my-project\",\"template\":{\"image\":"
		"\"global/images/family/tf\"},\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"}]}}");

	json_merge(json_member(object, "spec"), json_parse_text(base));
	return object;
}

/* The object that has the leaf, made when it is missing; *name is the leaf's own. NULL: it stands in a list without items. */
static cJSON *parent_of(cJSON *spec, const char *path, const char **name)
{
	char *at = arena_strdup(json_arena(), path);
	cJSON *parent = spec;

	for (char *next; parent && (next = strchr(at, '.')); at = next + 1) {
		size_t length = (size_t)(next - at);
		bool list = length > 2 && strncmp(next - 2, "[]", 2) == 0;
		char *member = arena_strndup(json_arena(), at, list ? length - 2 : length);
		cJSON *child = json_member(parent, member);

		if (!child && list)
			return NULL;
		if (!child)
			child = json_set_object(parent, member);
		parent = list ? cJSON_GetArrayItem(child, 0) : child;
	}
	*name = at;
	return parent;
}

static cJSON *number(int64_t value)
{
	return cJSON_CreateNumber((double)value);
}

static size_t scalars(const struct type *type, cJSON *values[CANDIDATES])
{
	size_t count = 0;

	switch (type->kind) {
	case TYPE_INTEGER:
		values[count++] = number(type->least);
		values[count++] = number(type->least + 30);
		values[count++] = number(type->least + 1);
		values[count++] = number(type->most);
		break;
	case TYPE_BOOLEAN:
		values[count++] = cJSON_CreateBool(true);
		values[count++] = cJSON_CreateBool(false);
		break;
	case TYPE_NUMBER:
		values[count++] = number(3);
		values[count++] = cJSON_CreateString("0.5");
		break;
	default:
		for (const char *const *word = type->words; word && *word; word++)
			values[count++] = cJSON_CreateString(*word);
		for (size_t i = 0; !type->words && i < TEXTS; i++)
			values[count++] = cJSON_CreateString(texts[i]);
	}
	return count;
}

static size_t candidates(const struct type *type, cJSON *values[CANDIDATES])
{
	bool holds = type->kind == TYPE_LIST || type->kind == TYPE_MAP;
	size_t count = scalars(holds ? type->item : type, values);

	for (size_t i = 0; i < count && holds; i++) {
		cJSON *whole = type->kind == TYPE_LIST ? cJSON_CreateArray() : cJSON_CreateObject();

		if (type->kind == TYPE_LIST)
			json_add(whole, values[i]);
		else
			json_set(whole, "key", values[i]);
		values[i] = whole;
	}
	return count;
}

/* --- what is wanted --- */

static struct wants wants_of(const cJSON *object)
{
	struct lb *lb = arena_alloc(json_arena(), sizeof(*lb));
	struct identity *who = arena_alloc(json_arena(), sizeof(*who));
	struct wants wants = {0};
	struct error err;

	assert_true(model_parse(object, lb, &err));
	*who = (struct identity){.cluster = "c", .namespace = lb->namespace, .name = lb->name, .uid = lb->uid};
	model_id("c", lb->namespace, lb->stem, who->id);
	kinds_want(&(struct kind_context){.lb = lb, .who = who}, &wants);
	return wants;
}

/* Is something of that kind wanted before and not after, or the other way round, under its name? */
static bool other_names(const struct wants *a, const struct wants *b, enum kind_id kind)
{
	for (size_t i = 0; i < a->count; i++) {
		bool found = a->items[i].kind->id != kind;

		for (size_t j = 0; j < b->count && !found; j++)
			found = b->items[j].kind->id == kind && text_equal(a->items[i].name, b->items[j].name);
		if (!found)
			return true;
	}
	return false;
}

static bool renames(const struct wants *a, const struct wants *b, enum kind_id kind)
{
	return other_names(a, b, kind) || other_names(b, a, kind);
}

static char *all_of(const struct wants *wants)
{
	char *text = arena_strdup(json_arena(), "");

	for (size_t i = 0; i < wants->count; i++)
		text = arena_printf(json_arena(), "%s%s %s\n", text, wants->items[i].name,
			wants->items[i].body ? json_print_canonical(wants->items[i].body) : "");
	return text;
}

/* Machines, groups, and the way in: who stays out of what a change may cost. */
static bool costs_more(enum change change, const struct wants *a, const struct wants *b)
{
	bool machines = renames(a, b, KIND_INSTANCE_TEMPLATE), groups = renames(a, b, KIND_GROUP);
	bool front = other_names(a, b, KIND_FORWARDING_RULE) && other_names(b, a, KIND_FORWARDING_RULE);

	switch (change) {
	case CHANGE_OURS:
		return !text_equal(all_of(a), all_of(b));
	case CHANGE_ROLL:
		return groups || front;
	case CHANGE_GROUP:
		return front;
	case CHANGE_FRONT:
		return machines || groups;
	default:
		return machines || groups || front;
	}
}

static bool costs_that(enum change change, const struct wants *a, const struct wants *b)
{
	switch (change) {
	case CHANGE_OURS:
		return true;
	case CHANGE_ROLL:
		return renames(a, b, KIND_INSTANCE_TEMPLATE);
	case CHANGE_GROUP:
		return renames(a, b, KIND_GROUP);
	case CHANGE_FRONT:
		return renames(a, b, KIND_FORWARDING_RULE) || renames(a, b, KIND_ADDRESS);
	case CHANGE_CERTIFICATE:
		return renames(a, b, KIND_SSL_CERTIFICATE);
	default:
		return !text_equal(all_of(a), all_of(b));
	}
}

/* --- the walk --- */

static void judge(struct leaf *leaf, const cJSON *before, const cJSON *after)
{
	struct wants a, b;
	struct error err;
	struct lb lb;

	if (!model_parse(before, &lb, &err) || !model_parse(after, &lb, &err) ||
		json_equal(model_default(before), model_default(after)))
		return;
	leaf->seen++;
	if (!model_check_update(before, after, &err)) {
		if (leaf->field->change == CHANGE_NEVER)
			leaf->shown = true;
		else
			leaf->seen--;
		return;
	}
	if (leaf->field->change == CHANGE_NEVER)
		fail_msg("%s can be changed: %s", leaf->path, json_print(after));
	a = wants_of(before);
	b = wants_of(after);
	if (costs_more(leaf->field->change, &a, &b))
		fail_msg("%s costs more than its description says\nfrom %s\nto %s\n%s\n%s", leaf->path,
			json_print(before), json_print(after), all_of(&a), all_of(&b));
	leaf->shown |= costs_that(leaf->field->change, &a, &b);
}

static void try_base(struct leaf *leaf, const char *base)
{
	cJSON *values[CANDIDATES];
	size_t count = candidates(leaf->field->type, values);
	cJSON *before = object_of(base);

	for (size_t i = 0; i < count; i++) {
		cJSON *after = json_copy(before);
		const char *name;
		cJSON *parent = parent_of(json_member(after, "spec"), leaf->path, &name);

		if (!parent)
			return;
		json_set(parent, name, json_copy(values[i]));
		judge(leaf, before, after);
		judge(leaf, after, before);
	}
}

/* What says how later updates go changes nothing by itself. */
static bool is_for_later(const char *path)
{
	return text_starts(path, "updatePolicy.");
}

struct walk {
	int leaves, unseen;
};

static void try_leaf(const struct field *field, char *path, struct walk *walk)
{
	struct leaf leaf = {.field = field, .path = path};

	walk->leaves++;
	for (int i = 0; i < BASES && !(i >= BASES - LAST && leaf.shown); i++) {
		JSON_WORK(work);
		try_base(&leaf, bases[i]);
	}
	if (!leaf.seen) {
		print_message("no change of %s\n", path);
		walk->unseen++;
	} else if (!leaf.shown && !is_for_later(path)) {
		fail_msg("%s: none of %d changes cost what its description says", path, leaf.seen);
	}
}

static void walk(const struct type *type, const char *above, struct walk *all)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		bool objects = field->type->kind == TYPE_LIST && field->type->item->kind == TYPE_OBJECT;
		char *path = arena_printf(json_arena(), "%s%s%s", above, field->name, objects ? "[]" : "");

		if (field->over)
			continue; /* costs what it lies over */
		if (objects || field->type->kind == TYPE_OBJECT)
			walk(objects ? field->type->item : field->type, arena_printf(json_arena(), "%s.", path), all);
		else
			try_leaf(field, path, all);
	}
}

static void changes_cost_what_the_manual_says(void **state)
{
	JSON_WORK(work);
	struct walk all = {0};

	walk(&spec_type, "", &all);
	print_message("%d leaves, %d without a change that could be made up\n", all.leaves, all.unseen);
	assert_true(all.leaves > 100 && all.unseen * 10 <= all.leaves);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_cost_what_the_manual_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

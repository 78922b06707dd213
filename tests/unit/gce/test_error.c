/* The classifier, row by row: gce-compute-v1.md section 5.2 and gce-facts-2.md sections 1 and 2.1. Bodies marked "recorded"
 * are those of real answers; the others have the recorded shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "gce/error.h"

static const struct error_scene scene = {
	"my-project", "service account robot@my-project.iam.gserviceaccount.com, from /key.json"};

struct answer_case {
	int status;
	const char *reason; /* errors[0].reason; NULL: no such member */
	const char *detail; /* details[0].reason; NULL: none */
	const char *message;
	enum error_class class;
	const char *want_reason;
	const char *want_code;
};

static const struct answer_case answers[] = {
	{404, "notFound", NULL, "The resource 'projects/P/global/urlMaps/M' was not found", ERROR_WAIT, "Waiting",
		"notFound"},
	{404, "notFound", NULL, "The resource 'projects/P/zones/z/instanceGroups/g' was not found", ERROR_WAIT,
		"Waiting", "notFound"},
	{404, "notFound", NULL, "The resource 'projects/P' was not found", ERROR_REJECTED, "PermissionDenied",
		"notFound"},
	{404, "notFound", NULL,
		"The resource 'projects/deeplearning-platform-release/global/images/family/tf-latest-cpu' was not "
		"found",
		ERROR_REJECTED, "ImageNotFound", "notFound"},
	{404, "notFound", NULL, "The resource 'projects/P/global/networks/n' was not found", ERROR_REJECTED,
		"ReferenceNotFound", "notFound"},
	{409, "alreadyExists", NULL, "The resource 'projects/P/global/urlMaps/M' already exists", ERROR_STALE, "",
		"alreadyExists"},
	{409, "operationInProgress", NULL, "Another operation is running", ERROR_WAIT, "Waiting",
		"operationInProgress"},
	{400, "resourceInUseByAnotherResource", NULL,
		"The url_map resource 'projects/P/global/urlMaps/m' is already being used by "
		"'projects/P/global/targetHttpProxies/p'",
		ERROR_WAIT, "Waiting", "resourceInUseByAnotherResource"},
	{400, "resourceNotReady", NULL, "The resource 'projects/P/global/backendServices/b' is not ready", ERROR_WAIT,
		"Waiting", "resourceNotReady"},
	{400, "invalid", NULL, "Invalid value for field 'zone': 'us-east1'. Unknown zone.", ERROR_REJECTED,
		"InvalidSpec", "invalid"}, /* recorded */
	{400, "invalid", NULL, "Invalid value for field 'region': 'us-center1'. Unknown region.", ERROR_REJECTED,
		"InvalidSpec", "invalid"},
	{400, "invalid", NULL,
		"Invalid value for field 'resource.name': 'X_y'. Must be a match of regex "
		"'(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'",
		ERROR_REJECTED, "InvalidSpec", "invalid"},
	{400, "invalid", NULL,
		"Invalid value for field 'resource.networkInterfaces[0].subnetwork': 's'. The referenced subnetwork "
		"resource cannot be found.",
		ERROR_REJECTED, "ReferenceNotFound", "invalid"},
	{400, "invalid", NULL,
		"Invalid value for field 'resource.properties.disks[0].initializeParams.sourceImage': 'i'. The "
		"referenced image resource "
		"cannot be found.",
		ERROR_REJECTED, "ImageNotFound", "invalid"},
	{400, "invalid", NULL, "The referenced network resource cannot be found.", ERROR_REJECTED, "ReferenceNotFound",
		"invalid"},
	{400, "invalid", NULL, "Machine type with name 'T' does not exist in zone 'Z'.", ERROR_REJECTED, "InvalidSpec",
		"invalid"},
	{400, "invalid", NULL, "The project 'X' was not found.", ERROR_REJECTED, "ReferenceNotFound", "invalid"},
	{400, "invalid", NULL,
		"Invalid value for field 'resource.healthChecks': ''. At least one health check needs to be specified.",
		ERROR_REJECTED, "InvalidSpec", "invalid"},
	{400, "invalid", NULL,
		"Value for field 'resource.healthChecks' is too large: maximum size 1 element(s); actual size 2.",
		ERROR_REJECTED, "InvalidSpec", "invalid"},
	{400, "invalid", NULL, "Instance group must have a network to be attached to a backend service.",
		ERROR_REJECTED, "InvalidSpec", "invalid"},
	{400, "invalid", NULL, "Advanced routing rules are not supported for scheme EXTERNAL", ERROR_REJECTED,
		"InvalidSpec", "invalid"},
	{400, "invalid", NULL, "The PathMatcher 'x' is not referenced by any HostRule.", ERROR_REJECTED, "InvalidSpec",
		"invalid"},
	{400, "invalid", NULL, "Invalid target type TARGET_HTTP_PROXY for forwarding rule in scope REGION",
		ERROR_REJECTED, "InvalidSpec", "invalid"},
	{400, "invalid", NULL,
		"Invalid value for field 'resource.IPAddress': '1.2.3.4'. Specified IP address is in-use and would "
		"result in a conflict.",
		ERROR_REJECTED, "Conflict", "invalid"},
	{400, "required", NULL, "Required field 'resource.fingerprint' not specified", ERROR_STALE, "", "required"},
	{400, "required", NULL, "Required field 'resource.protocol' not specified", ERROR_REJECTED, "InvalidSpec",
		"required"},
	{400, "badRequest", NULL, "Bad Request", ERROR_REJECTED, "InvalidSpec", "badRequest"},
	{400, "parseError", NULL, "Parse Error", ERROR_REJECTED, "InvalidSpec", "parseError"},
	{400, "invalidParameter", NULL, "Invalid field selection", ERROR_REJECTED, "InvalidSpec", "invalidParameter"},
	{412, "conditionNotMet", NULL, "Invalid fingerprint.", ERROR_STALE, "", "conditionNotMet"},
	{412, "conditionNotMet", NULL, "Labels fingerprint either invalid or resource labels have changed", ERROR_STALE,
		"", "conditionNotMet"},
	{412, "conditionNotMet", NULL, "Supplied fingerprint does not match current metadata fingerprint.", ERROR_STALE,
		"", "conditionNotMet"},
	{412, "conditionNotMet", NULL, "Resizing of autoscaled regional managed instance groups is not allowed.",
		ERROR_REJECTED, "InvalidSpec", "conditionNotMet"},
	{412, "conditionNotMet", NULL, "Constraint constraints/compute.vmExternalIpAccess violated for projects/P.",
		ERROR_REJECTED, "OrgPolicyViolated", "conditionNotMet"},
	{403, "quotaExceeded", NULL, "Quota 'BACKEND_SERVICES' exceeded.  Limit: 5.0 globally.", ERROR_REJECTED,
		"QuotaExceeded", "quotaExceeded"},
	{403, "rateLimitExceeded", NULL, "Rate Limit Exceeded", ERROR_THROTTLED, "RateLimited", "rateLimitExceeded"},
	{403, "userRateLimitExceeded", NULL, "User Rate Limit Exceeded", ERROR_THROTTLED, "RateLimited",
		"userRateLimitExceeded"},
	{403, "quotaExceeded", NULL,
		"Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service "
		"'compute.googleapis.com'",
		ERROR_THROTTLED, "RateLimited", "quotaExceeded"},
	{403, "rateLimitExceeded", "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED", "Rate Limit Exceeded", ERROR_THROTTLED,
		"RateLimited", "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED"},
	{429, "rateLimitExceeded", NULL, "Too many requests", ERROR_THROTTLED, "RateLimited", "rateLimitExceeded"},
	{403, "forbidden", NULL, "Required 'compute.urlMaps.get' permission for 'projects/P/global/urlMaps/M'",
		ERROR_REJECTED, "PermissionDenied", "forbidden"},
	{403, "accessNotConfigured", NULL,
		"Compute Engine API has not been used in project 1 before or it is disabled.", ERROR_REJECTED,
		"APIDisabled", "accessNotConfigured"},
	{403, "forbidden", "SERVICE_DISABLED",
		"Compute Engine API has not been used in project 1 before or it is disabled.", ERROR_REJECTED,
		"APIDisabled", "SERVICE_DISABLED"},
	{403, "forbidden", "BILLING_DISABLED", "This API method requires billing to be enabled.", ERROR_REJECTED,
		"BillingDisabled", "BILLING_DISABLED"},
	{403, "forbidden", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Request had insufficient authentication scopes.",
		ERROR_REJECTED, "PermissionDenied", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
	{403, "forbidden", "VPC_SERVICE_CONTROLS", "Request is prohibited by organization's policy.", ERROR_REJECTED,
		"PermissionDenied", "VPC_SERVICE_CONTROLS"},
	{401, "authError", NULL, "Invalid Credentials", ERROR_REJECTED, "PermissionDenied", "authError"},
	{401, "required", NULL, "Login Required", ERROR_REJECTED, "PermissionDenied", "required"},
	{503, "backendError", NULL, "Backend Error", ERROR_TRANSIENT, "CloudUnavailable", "backendError"},
	{500, "internalError", NULL, "Internal Error", ERROR_TRANSIENT, "CloudUnavailable", "internalError"},
	{502, NULL, NULL, "Bad Gateway", ERROR_TRANSIENT, "CloudUnavailable", ""},
	{504, NULL, NULL, "Gateway Timeout", ERROR_TRANSIENT, "CloudUnavailable", ""},
};

static void from_answer(struct error *err, int status, const char *body, size_t length, int retry_after_s)
{
	gce_error_from_answer(err, &scene, &(struct error_answer){status, body, length, retry_after_s});
}

static size_t write_body(char *to, size_t size, const struct answer_case *c)
{
	char reason[128] = "", detail[300] = "";
	if (c->reason)
		snprintf(reason, sizeof(reason), ",\"reason\":\"%s\"", c->reason);
	if (c->detail)
		snprintf(detail, sizeof(detail),
			",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"%s\"}]",
			c->detail);
	return (size_t)snprintf(to, size,
		"{\"error\":{\"code\":%d,\"message\":\"%s\",\"errors\":[{\"message\":\"%s\",\"domain\":\"global\"%s}]%"
		"s}}",
		c->status, c->message, c->message, reason, detail);
}

static void classifies_each_answer(void **state)
{
	char body[4096];
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer_case *c = &answers[i];
		struct error err;
		from_answer(&err, c->status, body, write_body(body, sizeof(body), c), 0);
		if (err.class != c->class)
			print_error("row %zu: %s\n", i, c->message);
		assert_int_equal(err.class, c->class);
		assert_string_equal(err.reason, c->want_reason);
		assert_string_equal(err.code, c->want_code);
		assert_int_equal(err.status, c->status);
		assert_ptr_equal(strstr(err.message, c->message), err.message);
	}
}

struct code_case {
	int http;
	const char *code, *message;
	enum error_class class;
	const char *want_reason;
};

static const struct code_case codes[] = {
	{400, "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
		"The network resource 'projects/P/global/networks/n' is already being used by "
		"'projects/P/global/firewalls/f'",
		ERROR_WAIT, "Waiting"},
	{404, "RESOURCE_NOT_FOUND", "The resource 'projects/P/global/healthChecks/h' was not found", ERROR_WAIT,
		"Waiting"},
	{404, "RESOURCE_NOT_FOUND", "The resource 'projects/I/global/images/i' was not found", ERROR_REJECTED,
		"ImageNotFound"},
	{404, "RESOURCE_NOT_FOUND", "The resource 'projects/P/zones/z/machineTypes/t' was not found", ERROR_REJECTED,
		"InvalidSpec"},
	{409, "RESOURCE_ALREADY_EXISTS", "The resource 'projects/P/global/addresses/a' already exists", ERROR_STALE,
		""},
	{400, "RESOURCE_NOT_READY", "The resource 'projects/P/global/backendServices/b' is not ready", ERROR_WAIT,
		"Waiting"},
	{400, "INVALID_FIELD_VALUE", "Invalid value for field 'x': 'y'.", ERROR_REJECTED, "InvalidSpec"},
	{0, "INVALID_USAGE", "No.", ERROR_REJECTED, "InvalidSpec"},
	{0, "INVALID_PARAMETER", "No.", ERROR_REJECTED, "InvalidSpec"},
	{400, NULL,
		"Spot virtual machines with termination action set to DELETE cannot be used with Managed Instance "
		"Groups.",
		ERROR_REJECTED, "InvalidSpec"},
	{412, "CONDITION_NOT_MET", "Invalid fingerprint.", ERROR_STALE, ""},
	{0, "CONDITION_NOT_MET", "Constraint constraints/compute.trustedImageProjects violated for project P",
		ERROR_REJECTED, "OrgPolicyViolated"},
	{403, "QUOTA_EXCEEDED", "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally.", ERROR_REJECTED,
		"QuotaExceeded"},
	{0, "PERMISSIONS_ERROR", "Required 'compute.disks.create' permission for 'projects/P'", ERROR_REJECTED,
		"PermissionDenied"},
	{500, "INTERNAL_ERROR", "Internal error. Please try again or contact Google Support.", ERROR_TRANSIENT,
		"CloudUnavailable"},
	{503, "ZONE_RESOURCE_POOL_EXHAUSTED", "The zone 'projects/P/zones/z' does not have enough resources available.",
		ERROR_TRANSIENT, "StockOut"},
	{0, "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "Try another zone.", ERROR_TRANSIENT, "StockOut"},
	{0, "RESOURCE_POOL_EXHAUSTED", "Try another zone.", ERROR_TRANSIENT, "StockOut"},
	{0, "INSUFFICIENT_CAPACITY", "Try another zone.", ERROR_TRANSIENT, "StockOut"},
	{0, "IP_SPACE_EXHAUSTED_WITH_DETAILS", "IP space of 'subnet' is exhausted.", ERROR_REJECTED, "QuotaExceeded"},
	{0, "OPERATION_TIMEOUT", "Timed out.", ERROR_TRANSIENT, "CloudUnavailable"},
	{0, "UNSUPPORTED_OPERATION", "Not so.", ERROR_REJECTED, "InvalidSpec"},
	{0, "LIMIT_EXCEEDED", "At most 1000 instances.", ERROR_REJECTED, "QuotaExceeded"},
	{0, "SOMETHING_NEW", "Nobody knows.", ERROR_TRANSIENT, "CloudUnavailable"},
};

static void classifies_each_operation(void **state)
{
	char text[2048], code[128];
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		JSON_WORK(work);
		const struct code_case *c = &codes[i];
		struct error err = {0};
		code[0] = '\0';
		if (c->code)
			snprintf(code, sizeof(code), "\"code\":\"%s\",", c->code);
		snprintf(text, sizeof(text),
			"{\"status\":\"DONE\",\"httpErrorStatusCode\":%d,\"error\":{\"errors\":[{%s\"message\":\"%s\"}]"
			"}}",
			c->http, code, c->message);
		assert_false(gce_error_from_operation(json_parse_text(text), &scene, &err));
		if (err.class != c->class)
			print_error("row %zu: %s\n", i, c->message);
		assert_int_equal(err.class, c->class);
		assert_string_equal(err.reason, c->want_reason);
		assert_string_equal(err.code, c->code ? c->code : "");
		assert_int_equal(err.status, c->http);
		assert_non_null(strstr(err.message, c->message));
	}
}

/* As the last attempt of a machine has it. */
static void from_item(struct error *err, const char *code, const char *message)
{
	JSON_WORK(work);
	cJSON *item = cJSON_CreateObject();
	json_set_text(item, "code", code);
	json_set_text(item, "message", message);
	gce_error_from_item(err, &scene, item);
}

static void classifies_codes_of_machines(void **state)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct error err;
		if (!codes[i].code || (codes[i].http && codes[i].http != 503))
			continue;
		from_item(&err, codes[i].code, codes[i].message);
		assert_int_equal(err.class, codes[i].class);
		assert_string_equal(err.reason, codes[i].want_reason);
	}
}

static void a_code_alone_is_enough(void **state)
{
	struct error err;
	from_item(&err, "ZONE_RESOURCE_POOL_EXHAUSTED", NULL);
	assert_true(text_starts(err.message, "ZONE_RESOURCE_POOL_EXHAUSTED. "));
	from_item(&err, NULL, NULL);
	assert_int_equal(err.class, ERROR_TRANSIENT);
	assert_string_not_equal(err.message, "");
}

static void a_good_operation_is_no_error(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	assert_true(gce_error_from_operation(
		json_parse_text("{\"status\":\"DONE\",\"progress\":100,\"warnings\":[{\"code\":\"X\"}]}"), &scene,
		&err));
	assert_int_equal(err.class, ERROR_NONE);
}

static void an_operation_that_failed_without_words(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	assert_false(gce_error_from_operation(json_parse_text("{\"status\":\"DONE\",\"error\":{}}"), &scene, &err));
	assert_int_equal(err.class, ERROR_TRANSIENT);
	assert_false(gce_error_from_operation(
		json_parse_text(
			"{\"status\":\"DONE\",\"httpErrorStatusCode\":400,\"httpErrorMessage\":\"BAD REQUEST\"}"),
		&scene, &err));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_string_equal(err.message, "BAD REQUEST");
}

/* recorded: v1, deleting a health check in use (2026), numbers and names replaced. */
static const char recorded_in_use[] =
	"{\n  \"error\": {\n    \"code\": 400,\n    \"errors\": [\n      {\n        \"domain\": \"global\",\n        "
	"\"message\": \"The "
	"health_check resource 'GLOBAL:global/PROJECT:12/HEALTH_CHECK:tf-hc' is already being used by "
	"'GLOBAL:global/PROJECT:12/BACKEND_SERVICE:tf-be'\",\n        \"reason\": \"resourceInUseByAnotherResource\"\n "
	"     }\n    ],\n"
	"    \"message\": \"The health_check resource 'GLOBAL:global/PROJECT:12/HEALTH_CHECK:tf-hc' is already being "
	"used by "
	"'GLOBAL:global/PROJECT:12/BACKEND_SERVICE:tf-be'\"\n  }\n}";

static void names_the_user_of_a_resource(void **state)
{
	struct error err;
	from_answer(&err, 400, recorded_in_use, strlen(recorded_in_use), 0);
	assert_int_equal(err.class, ERROR_WAIT);
	assert_non_null(strstr(err.message, "GLOBAL:global/PROJECT:12/BACKEND_SERVICE:tf-be"));
	assert_non_null(
		strstr(err.message, "It is free when backend service tf-be is gone or refers to something else."));
	assert_true(gce_error_in_use(&err));
}

static const char not_found[] = "{\"error\":{\"code\":404,\"errors\":[{\"domain\":\"global\",\"reason\":\"notFound\","
				"\"message\":\"The resource "
				"'projects/p/global/healthChecks/tf-hc' was not found\"}],\"message\":\"The resource "
				"'projects/p/global/healthChecks/tf-hc' was not "
				"found\"}}";

static void absent_is_only_what_the_message_names(void **state)
{
	struct error err;
	from_answer(&err, 404, not_found, strlen(not_found), 0);
	assert_true(gce_error_absent(&err, "projects/p/global/healthChecks/tf-hc"));
	assert_true(gce_error_absent(&err, "projects/123456/global/healthChecks/tf-hc"));
	assert_false(gce_error_absent(&err, "projects/p/global/healthChecks/tf-h"));
	assert_false(gce_error_absent(&err, "projects/p/global/healthChecks/tf-hc-2"));
	assert_false(gce_error_absent(&err, "projects/p/global/backendServices/tf-be"));
	error_context(&err, "%s", "healthChecks/tf-hc");
	assert_true(gce_error_absent(&err, "projects/p/global/healthChecks/tf-hc"));
}

static void a_missing_project_proves_nothing(void **state)
{
	static const char body[] = "{\"error\":{\"code\":404,\"errors\":[{\"reason\":\"notFound\"}],\"message\":\"The "
				   "resource 'projects/p' was "
				   "not found\"}}";
	struct error err;
	from_answer(&err, 404, body, strlen(body), 0);
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_false(gce_error_absent(&err, "projects/p/global/healthChecks/tf-hc"));
}

static void a_foreign_404_proves_nothing(void **state)
{
	static const char *const bodies[] = {
		"<html><title>Error 404 (Not Found)!!1</title></html>", "", "not here", "[]", "{}"};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct error err;
		from_answer(&err, 404, bodies[i], strlen(bodies[i]), 0);
		assert_int_equal(err.class, ERROR_TRANSIENT);
		assert_int_equal(err.status, 0);
		assert_non_null(strstr(err.message, "HTTP 404"));
		assert_false(gce_error_absent(&err, "projects/p/global/healthChecks/tf-hc"));
	}
}

static void advice_is_a_sentence_of_its_own(void **state)
{
	static const struct {
		const char *message, *want;
	} cases[] = {
		{"Required 'x' permission", "Required 'x' permission. Grant x to "},
		{"Not allowed.", "Not allowed. Grant the permission to "},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[200];
		struct error err;
		struct answer_case c = {403, "forbidden", NULL, cases[i].message, ERROR_REJECTED, "", ""};
		from_answer(&err, 403, body, write_body(body, sizeof(body), &c), 0);
		assert_ptr_equal(strstr(err.message, cases[i].want), err.message);
	}
}

static void says_what_came_instead_of_json(void **state)
{
	static const struct {
		const char *body, *want;
	} cases[] = {{"", "Compute Engine answered HTTP 502 with an empty body."},
		{" \n", "Compute Engine answered HTTP 502 with an empty body."},
		{"\n<!DOCTYPE html><p>502", "Compute Engine answered HTTP 502 with an HTML page."},
		{"{\"error\":", "Compute Engine answered HTTP 502 with a body that says no reason."}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err;
		from_answer(&err, 502, cases[i].body, strlen(cases[i].body), 0);
		assert_int_equal(err.class, ERROR_TRANSIENT);
		assert_string_equal(err.message, cases[i].want);
	}
}

static void html_is_judged_by_its_status(void **state)
{
	static const char page[] = "<html>no</html>";
	struct error err;
	from_answer(&err, 403, page, strlen(page), 0);
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_string_equal(err.reason, "PermissionDenied");
	from_answer(&err, 429, page, strlen(page), 7);
	assert_int_equal(err.class, ERROR_THROTTLED);
	assert_int_equal(err.retry_after_ms, 7000);
	from_answer(&err, 302, page, strlen(page), 0);
	assert_int_equal(err.class, ERROR_TRANSIENT);
}

static void reads_how_long_to_wait(void **state)
{
	static const char body[] = "{\"error\":{\"message\":\"slow "
				   "down\",\"errors\":[{\"reason\":\"rateLimitExceeded\"}],\"details\":[{},{"
				   "\"retryDelay\":\"13.5s\"}]}}";
	struct error err;
	from_answer(&err, 403, body, strlen(body), 0);
	assert_int_equal(err.retry_after_ms, 13500);
	from_answer(&err, 403, body, strlen(body), 2);
	assert_int_equal(err.retry_after_ms, 2000);
	from_answer(&err, 503, "", 0, 2000000000);
	assert_int_equal(err.retry_after_ms, 3600000);
}

static void cuts_long_sentences_between_characters(void **state)
{
	char body[9000] = "{\"error\":{\"errors\":[{\"reason\":\"forbidden\"}],\"message\":\"\\n";
	struct error err;
	for (int i = 0; i < 2000; i++)
		strcat(body, "ü");
	strcat(body, "\"}}");
	from_answer(&err, 403, body, strlen(body), 0);
	assert_true(strlen(err.message) < sizeof(err.message) - 150); /* room for who and where */
	const char *dots = strstr(err.message, "... ");
	assert_non_null(dots);
	assert_int_equal((dots - err.message) % 2, 1); /* a space, then whole characters of two bytes */
	assert_null(strchr(err.message, '\n'));
	assert_non_null(strstr(err.message, "Grant "));
}

/* Every beginning of an answer, and any bytes, give an error with a class and a sentence. */
static void survives_every_prefix(void **state)
{
	for (size_t length = 0; length <= strlen(recorded_in_use); length++) {
		char *copy = malloc(length + 1); /* as long as it is, so that reading on is seen */
		memcpy(copy, recorded_in_use, length);
		struct error err;
		from_answer(&err, 400, copy, length, 0);
		assert_int_not_equal(err.class, ERROR_NONE);
		assert_string_not_equal(err.message, "");
		free(copy);
	}
}

static void survives_random_bytes(void **state)
{
	static const int statuses[] = {0, 100, 302, 400, 401, 403, 404, 409, 412, 418, 429, 500, 503, 599};
	static const char letters[] = "{}[]\":,0a\\u ntf\n\xc3\xff\0-";
	unsigned long long x = 42;
	for (int round = 0; round < 20000; round++) {
		char body[48];
		size_t length = (size_t)round % sizeof(body);
		for (size_t i = 0; i < length; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			body[i] = letters[(x >> 33) % (sizeof(letters) - 1)];
		}
		struct error err;
		from_answer(&err, statuses[round % 14], body, length, 0);
		assert_int_not_equal(err.class, ERROR_NONE);
		assert_string_not_equal(err.message, "");
	}
}

static void survives_wrong_types(void **state)
{
	static const char *const bodies[] = {"{\"error\":null}", "{\"error\":[]}", "{\"error\":7}",
		"{\"error\":\"invalid_grant\"}", "{\"error\":{\"errors\":{}}}", "{\"error\":{\"errors\":[7]}}",
		"{\"error\":{\"errors\":[{\"reason\":7}],\"message\":[]}}", "{\"error\":{\"details\":\"x\"}}",
		"{\"error\":{\"details\":[7,{\"reason\":{}}]}}", "{\"error\":{\"message\":\"\"}}"};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct error err;
		from_answer(&err, 400, bodies[i], strlen(bodies[i]), 0);
		assert_int_equal(err.class, ERROR_REJECTED);
		assert_string_not_equal(err.message, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classifies_each_answer),
		cmocka_unit_test(classifies_each_operation),
		cmocka_unit_test(classifies_codes_of_machines),
		cmocka_unit_test(a_code_alone_is_enough),
		cmocka_unit_test(a_good_operation_is_no_error),
		cmocka_unit_test(an_operation_that_failed_without_words),
		cmocka_unit_test(names_the_user_of_a_resource),
		cmocka_unit_test(absent_is_only_what_the_message_names),
		cmocka_unit_test(a_missing_project_proves_nothing),
		cmocka_unit_test(a_foreign_404_proves_nothing),
		cmocka_unit_test(advice_is_a_sentence_of_its_own),
		cmocka_unit_test(says_what_came_instead_of_json),
		cmocka_unit_test(html_is_judged_by_its_status),
		cmocka_unit_test(reads_how_long_to_wait),
		cmocka_unit_test(cuts_long_sentences_between_characters),
		cmocka_unit_test(survives_every_prefix),
		cmocka_unit_test(survives_random_bytes),
		cmocka_unit_test(survives_wrong_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rig.h"

struct row {
	int status;
	const char *body;
	int retry_after_s;
	enum error_class class;
	const char *code, *reason, *message;
	int retry_after_ms;
};

static const struct row rows[] = {
	{404, "404 page not found\n", 0, ERROR_STALE, "NotFound", "", "HTTP 404: 404 page not found", 0},
	{404, "{\"kind\":\"Status\",\"code\":404,\"reason\":\"NotFound\",\"message\":\"widgets \\\"a\\\" not found\"}",
		0, ERROR_STALE, "NotFound", "", "widgets \"a\" not found", 0},
	{401, "{\"kind\":\"Status\",\"code\":401,\"reason\":\"Unauthorized\",\"message\":\"Unauthorized\"}", 0,
		ERROR_REJECTED, "Unauthorized", "PermissionDenied",
		"Unauthorized; the token or client certificate of the kubeconfig is wrong or has expired", 0},
	{403,
		"{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"widgets is forbidden: User "
		"\\\"x\\\" cannot "
		"list resource \\\"widgets\\\"\"}",
		0, ERROR_REJECTED, "Forbidden", "PermissionDenied",
		"widgets is forbidden: User \"x\" cannot list resource \"widgets\"; a Role or ClusterRole bound to "
		"this user must "
		"allow it",
		0},
	{409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"m\"}", 0, ERROR_STALE, "AlreadyExists",
		"", "m", 0},
	{410, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}", 0, ERROR_STALE,
		"Expired", "", "too old", 0},
	{422, "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"spec.x is bad\"}", 0,
		ERROR_REJECTED, "Invalid", "", "spec.x is bad", 0},
	{422,
		"{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"the server rejected our "
		"request due to an error "
		"in our request\"}",
		0, ERROR_STALE, "Invalid", "", "the server rejected our request due to an error in our request", 0},
	{429, "{\"kind\":\"Status\",\"code\":429,\"details\":{\"retryAfterSeconds\":7},\"message\":\"slow\"}", 2,
		ERROR_THROTTLED, "TooManyRequests", "", "slow", 7000},
	{429, "too many\n", 9, ERROR_THROTTLED, "TooManyRequests", "", "HTTP 429: too many", 9000},
	{500, "", 0, ERROR_TRANSIENT, "InternalError", "", "HTTP 500", 0},
	{502, " <html><head>bad</head>", 0, ERROR_TRANSIENT, "InternalError", "",
		"HTTP 502 with a web page instead of an answer; is the kubeconfig's server right, and is there a proxy "
		"in between?",
		0},
	{302, "", 0, ERROR_REJECTED, "Redirect", "",
		"HTTP 302; redirects are not followed; is the kubeconfig's server right?", 0},
	{504,
		"{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"Timeout: Too large resource "
		"version: 9, current: 8\",\"details\":{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}],"
		"\"retryAfterSeconds\":1}}",
		0, ERROR_TRANSIENT, "ResourceVersionTooLarge", "", "Timeout: Too large resource version: 9, current: 8",
		1000},
	{504,
		"{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"m\",\"details\":{\"causes\":["
		"{\"message\":\"Too large resource version\"}]}}",
		0, ERROR_TRANSIENT, "ResourceVersionTooLarge", "", "m", 0},
	{504, "{\"kind\":\"Status\",\"reason\":\"Timeout\",\"message\":\"Too large resource version: 9, current: 8\"}",
		0, ERROR_TRANSIENT, "ResourceVersionTooLarge", "", "Too large resource version: 9, current: 8", 0},
	{504, "{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"m\"}", 0, ERROR_TRANSIENT,
		"Timeout", "", "m", 0},
	{418, "{\"kind\":\"Teapot\"}", 0, ERROR_REJECTED, "BadRequest", "", "HTTP 418: {\"kind\":\"Teapot\"}", 0},
	{503, "{\"kind\":\"Status\",\"message\":", 999999999, ERROR_TRANSIENT, "ServiceUnavailable", "",
		"HTTP 503: {\"kind\":\"Status\",\"message\":", 3600000},
};

static void test_answers(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct error err;
		memset(&err, 0xee, sizeof(err));
		kube_error_from_answer(&err, row->status, row->body, strlen(row->body), row->retry_after_s);
		assert_string_equal(err.message, row->message);
		assert_int_equal(err.class, row->class);
		assert_int_equal(err.status, row->status);
		assert_string_equal(err.code, row->code);
		assert_string_equal(err.reason, row->reason);
		assert_int_equal(err.retry_after_ms, row->retry_after_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

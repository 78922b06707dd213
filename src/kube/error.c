/* What the API server's refusals mean. Decided by code and reason, never by text, with two exceptions: a failed test of
 * a JSON patch bears no reason of its own, and neither does a version that is too large, with old servers. */
#include "kube/status.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "kube/kube.h"

enum { RETRY_AFTER_MAX_S = 3600, TEXT_MAX = 300, BODY_MAX = 1024 * 1024 };

/* The whole message of a JSON patch whose test failed: the object is not as last seen. */
static const char patch_test_failed[] = "the server rejected our request due to an error in our request";

struct meaning {
	int code;
	enum error_class class;
	const char *reason; /* of a body that is no Status */
	const char *advice; /* for a person; NULL: the message says enough */
};

static const struct meaning meanings[] = {
	{400, ERROR_REJECTED, "BadRequest", NULL},
	{401, ERROR_REJECTED, "Unauthorized",
		"the token or client certificate of the kubeconfig is wrong or has expired"},
	{403, ERROR_REJECTED, "Forbidden", "a Role or ClusterRole bound to this user must allow it"},
	{404, ERROR_STALE, "NotFound", NULL},
	{405, ERROR_REJECTED, "MethodNotAllowed", NULL},
	{406, ERROR_REJECTED, "NotAcceptable", NULL},
	{408, ERROR_TRANSIENT, "Timeout", NULL},
	{409, ERROR_STALE, "Conflict", NULL},
	{410, ERROR_STALE, "Expired", NULL},
	{413, ERROR_REJECTED, "RequestEntityTooLarge", NULL},
	{415, ERROR_REJECTED, "UnsupportedMediaType", NULL},
	{422, ERROR_REJECTED, "Invalid", NULL},
	{429, ERROR_THROTTLED, "TooManyRequests", NULL},
	{500, ERROR_TRANSIENT, "InternalError", NULL},
	{503, ERROR_TRANSIENT, "ServiceUnavailable", NULL},
	{504, ERROR_TRANSIENT, "Timeout", NULL},
};

static struct meaning meaning_of(int code)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == code)
			return meanings[i];
	if (code >= 300 && code < 400)
		return (struct meaning){code, ERROR_REJECTED, "Redirect",
			"redirects are not followed; is the kubeconfig's server right?"};
	bool client = code >= 400 && code < 500;
	return (struct meaning){
		code, client ? ERROR_REJECTED : ERROR_TRANSIENT, client ? "BadRequest" : "InternalError", NULL};
}

static void error_fill(struct error *err, int code, const char *reason, const char *text)
{
	struct meaning meaning = meaning_of(code);
	error_set(err, meaning.class, "%s%s%s", text, meaning.advice ? "; " : "", meaning.advice ? meaning.advice : "");
	err->status = code;
	error_code(err, reason && *reason ? reason : meaning.reason);
	if (code == 401 || code == 403)
		error_reason(err, "PermissionDenied");
}

static void retry_after(struct error *err, int64_t seconds)
{
	if (seconds > RETRY_AFTER_MAX_S)
		seconds = RETRY_AFTER_MAX_S;
	if (seconds > 0 && seconds * 1000 > err->retry_after_ms)
		err->retry_after_ms = (int)(seconds * 1000);
}

/* A version that the server has not reached. Servers have said so in one of three ways. */
static bool is_ahead(const cJSON *status)
{
	static const char text[] = "Too large resource version";
	const cJSON *cause;
	cJSON_ArrayForEach(cause, json_at(status, "details.causes"))
	{
		if (text_equal(json_text(cause, "reason"), "ResourceVersionTooLarge") ||
			text_equal(json_text(cause, "message"), text))
			return true;
	}
	return strstr(json_text_or(status, "message", ""), text) != NULL;
}

void kube_error_from_status(struct error *err, const cJSON *status, int code)
{
	*err = (struct error){0};
	int64_t own_code = json_int(status, "code", code);
	if (own_code >= 300 && own_code < 600)
		code = (int)own_code;
	const char *text = json_text_or(status, "message", "");
	char plain[32];
	snprintf(plain, sizeof(plain), "HTTP %d", code);
	error_fill(err, code, json_text(status, "reason"), *text ? text : plain);
	if (code == 422 && text_equal(text, patch_test_failed))
		err->class = ERROR_STALE;
	if (code == 504 && is_ahead(status))
		error_code(err, "ResourceVersionTooLarge");
	retry_after(err, json_int(status, "details.retryAfterSeconds", 0));
}

bool kube_error_is_expired(const struct error *err)
{
	return err->status == 410 || text_equal(err->code, "ResourceVersionTooLarge") ||
	       text_equal(err->code, "Expired") || text_equal(err->code, "Gone");
}

/* The first line of a text body, printable, cut. */
static void first_line(const char *body, size_t length, char *to, size_t size)
{
	size_t used = 0;
	while (length && isspace((unsigned char)*body))
		body++, length--;
	for (; length && *body != '\n' && *body != '\r' && used + 1 < size; body++, length--)
		if (isprint((unsigned char)*body))
			to[used++] = *body;
	to[used] = '\0';
}

/* Answers that are no Status: of the server's front door (404 page not found) or of something between us and it. */
static void error_from_text(struct error *err, int code, const char *body, size_t length)
{
	char line[TEXT_MAX];
	char text[TEXT_MAX + 200];
	first_line(body, length, line, sizeof(line));
	if (line[0] == '<')
		snprintf(text, sizeof(text),
			"HTTP %d with a web page instead of an answer; is the kubeconfig's server right, "
			"and is there a proxy in between?",
			code);
	else
		snprintf(text, sizeof(text), "HTTP %d%s%s", code, line[0] ? ": " : "", line);
	error_fill(err, code, NULL, text);
}

void kube_error_from_answer(struct error *err, int status, const char *body, size_t length, int retry_after_s)
{
	JSON_WORK(work);
	*err = (struct error){0};
	const cJSON *tree = length ? json_parse(body, length, (struct json_limits){.bytes = BODY_MAX}, NULL) : NULL;
	if (text_equal(json_text(tree, "kind"), "Status"))
		kube_error_from_status(err, tree, status);
	else
		error_from_text(err, status, length ? body : "", length);
	err->status = status;
	retry_after(err, retry_after_s);
}

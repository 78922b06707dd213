/* The classifier: words (reasons, codes) and texts are gathered from an answer, an operation or a machine's last attempt, and
 * looked up in one table, first fit. Words match without regard to case and underscores, so that the synchronous
 * `resourceNotReady` and the operation's `RESOURCE_NOT_READY` are one row. Texts decide only where words do not: they may
 * change, and what they decide must be safe when they do. */
#include "gce/error.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { WORDS = 3, SENTENCE_SIZE = 480, RETRY_AFTER_MOST_S = 3600 };

/* What is known of a failure. Most specific word first; the texts are loans. */
struct facts {
	int http; /* 0: unknown */
	const char *words[WORDS];
	const char *sentence;
	bool in_json; /* the answer was in the cloud's own form */
};

struct row {
	int http;         /* 0: any */
	const char *word; /* NULL: any; a final '*' matches any ending */
	const char *text; /* part of the sentence; NULL: any */
	enum error_class class;
	const char *reason;
	const char *advice; /* added to the sentence; NULL: none */
};

static const char wait_for_it[] = "Waiting";
static const char read_again[] = "";
static const char rate[] = "RateLimited";
static const char cloud[] = "CloudUnavailable";
static const char spec[] = "InvalidSpec";
static const char image[] = "ImageNotFound";
static const char reference[] = "ReferenceNotFound";
static const char permission[] = "PermissionDenied";
static const char quota[] = "QuotaExceeded";
static const char policy[] = "OrgPolicyViolated";
static const char disabled[] = "APIDisabled";
static const char billing[] = "BillingDisabled";
static const char stock_out[] = "StockOut";

static const char ask_image[] = "Name an image or family that exists and may be read.";
static const char ask_api[] = "Enable the Compute Engine API in the project, then wait a few minutes.";
static const char ask_billing[] = "Enable billing for the project.";
static const char ask_permission[] = "Grant it to the controller's account; that takes effect within minutes.";
static const char ask_quota[] = "Ask for a higher quota, or release something.";
static const char ask_project[] = "Check the name of the project, and whether the controller's account may see it.";

static const struct row rows[] = {
	/* The caller. */
	{401, NULL, NULL, ERROR_REJECTED, permission, NULL},

	/* Rates: a 403, mostly. Before quotas, since "Quota exceeded for quota metric ... per minute" is a rate. */
	{429, NULL, NULL, ERROR_THROTTLED, rate, NULL},
	{403, NULL, "per minute", ERROR_THROTTLED, rate, NULL},
	{0, "rateLimitExceeded", NULL, ERROR_THROTTLED, rate, NULL},
	{0, "userRateLimitExceeded", NULL, ERROR_THROTTLED, rate, NULL},
	{0, "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED", NULL, ERROR_THROTTLED, rate, NULL},

	/* What a person must grant, raise or enable. */
	{0, "BILLING_DISABLED", NULL, ERROR_REJECTED, billing, ask_billing},
	{403, NULL, "requires billing", ERROR_REJECTED, billing, ask_billing},
	{0, "accessNotConfigured", NULL, ERROR_REJECTED, disabled, ask_api},
	{0, "SERVICE_DISABLED", NULL, ERROR_REJECTED, disabled, ask_api},
	{0, NULL, "Constraint constraints/", ERROR_REJECTED, policy, NULL},
	{412, NULL, "Constraint ", ERROR_REJECTED, policy, NULL},
	{0, "CONDITION_NOT_MET", "Constraint ", ERROR_REJECTED, policy, NULL},
	{0, "QUOTA*", NULL, ERROR_REJECTED, quota, ask_quota},
	{0, "dailyLimitExceeded", NULL, ERROR_REJECTED, quota, ask_quota},
	{0, "LIMIT_EXCEEDED", NULL, ERROR_REJECTED, quota, NULL},
	{0, "IP_SPACE_EXHAUSTED*", NULL, ERROR_REJECTED, quota, NULL},
	{0, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", NULL, ERROR_REJECTED, permission,
		"The token needs the scope cloud-platform or compute."},
	{0, "VPC_SERVICE_CONTROLS", NULL, ERROR_REJECTED, permission, NULL},
	{0, "PERMISSIONS_ERROR", NULL, ERROR_REJECTED, permission, ask_permission},

	/* No machines to be had. */
	{0, "ZONE_RESOURCE_POOL_EXHAUSTED*", NULL, ERROR_TRANSIENT, stock_out, NULL},
	{0, "RESOURCE_POOL_EXHAUSTED*", NULL, ERROR_TRANSIENT, stock_out, NULL},
	{0, "INSUFFICIENT_CAPACITY", NULL, ERROR_TRANSIENT, stock_out, NULL},
	{0, NULL, "does not have enough resources available", ERROR_TRANSIENT, stock_out, NULL},

	/* Others in the way, or not ready. */
	{0, "resourceInUseByAnotherResource", NULL, ERROR_WAIT, wait_for_it, NULL},
	{0, "resourceNotReady", NULL, ERROR_WAIT, wait_for_it, NULL},
	{0, "operationInProgress", NULL, ERROR_WAIT, wait_for_it, NULL},
	{0, NULL, "is already being used by '", ERROR_WAIT, wait_for_it, NULL},

	/* What we knew is not so any more. A 412 has other meanings too: only these three texts mean "read again". */
	{0, "conditionNotMet", "Invalid fingerprint", ERROR_STALE, read_again, NULL},
	{0, "conditionNotMet", "Labels fingerprint either invalid", ERROR_STALE, read_again, NULL},
	{0, "conditionNotMet", "Supplied fingerprint does not match", ERROR_STALE, read_again, NULL},
	{0, "conditionNotMet", NULL, ERROR_REJECTED, spec, NULL},
	{412, NULL, NULL, ERROR_REJECTED, spec, NULL},
	{0, "alreadyExists", NULL, ERROR_STALE, read_again, NULL},
	{0, "RESOURCE_ALREADY_EXISTS", NULL, ERROR_STALE, read_again, NULL},
	{409, NULL, NULL, ERROR_STALE, read_again, NULL},

	/* Things that are not there. */
	{404, "notFound", "/global/images/", ERROR_REJECTED, image, ask_image},
	{0, "RESOURCE_NOT_FOUND", "/global/images/", ERROR_REJECTED, image, ask_image},
	{0, NULL, "The referenced image resource cannot be found", ERROR_REJECTED, image, ask_image},
	{0, NULL, "resource cannot be found", ERROR_REJECTED, reference, NULL},
	{400, NULL, "The project '", ERROR_REJECTED, reference, ask_project},
	{0, NULL, "/machineTypes/", ERROR_REJECTED, spec, NULL},
	{0, NULL, "/acceleratorTypes/", ERROR_REJECTED, spec, NULL},
	{404, "notFound", "/networks/", ERROR_REJECTED, reference, NULL},
	{404, "notFound", "/subnetworks/", ERROR_REJECTED, reference, NULL},
	{0, "notFound", NULL, ERROR_WAIT, wait_for_it, NULL},
	{0, "RESOURCE_NOT_FOUND", NULL, ERROR_WAIT, wait_for_it, NULL},

	/* The cloud's own trouble. */
	{0, "INTERNAL_ERROR", NULL, ERROR_TRANSIENT, cloud, NULL},
	{0, "backendError", NULL, ERROR_TRANSIENT, cloud, NULL},
	{0, "SERVICE_UNAVAILABLE", NULL, ERROR_TRANSIENT, cloud, NULL},
	{0, "OPERATION_TIMEOUT", NULL, ERROR_TRANSIENT, cloud, NULL},
	{0, "TIMEOUT", NULL, ERROR_TRANSIENT, cloud, NULL},
	{408, NULL, NULL, ERROR_TRANSIENT, cloud, NULL},

	/* The request, and whoever sends it. */
	{403, "forbidden", NULL, ERROR_REJECTED, permission, ask_permission},
	{403, NULL, NULL, ERROR_REJECTED, permission, NULL},
	{0, NULL, "IP address is in-use", ERROR_REJECTED, "Conflict", NULL},
	{400, NULL, NULL, ERROR_REJECTED, spec, NULL},
	{0, "invalid*", NULL, ERROR_REJECTED, spec, NULL},
	{0, "UNSUPPORTED_OPERATION", NULL, ERROR_REJECTED, spec, NULL},
	{0, "REQUIRED*", NULL, ERROR_REJECTED, spec, NULL},
};

static const struct row project_unknown = {404, NULL, NULL, ERROR_REJECTED, permission, ask_project};
static const struct row not_the_api = {0, NULL, NULL, ERROR_TRANSIENT, cloud, NULL};
static const struct row server_trouble = {0, NULL, NULL, ERROR_TRANSIENT, cloud, NULL};
static const struct row request_refused = {0, NULL, NULL, ERROR_REJECTED, spec, NULL};

/* Compares without regard to case and underscores; a '*' ends the comparison. */
static bool word_fits(const char *pattern, const char *word)
{
	for (;;) {
		while (*pattern == '_')
			pattern++;
		while (*word == '_')
			word++;
		if (*pattern == '*')
			return true;
		if (tolower((unsigned char)*pattern) != tolower((unsigned char)*word))
			return false;
		if (*pattern == '\0')
			return true;
		pattern++, word++;
	}
}

static bool row_fits(const struct row *row, const struct facts *facts)
{
	if (row->http && row->http != facts->http)
		return false;
	if (row->text && !strcasestr(facts->sentence, row->text))
		return false;
	for (size_t i = 0; row->word && i < WORDS; i++) {
		if (facts->words[i] && word_fits(row->word, facts->words[i]))
			return true;
	}
	return !row->word;
}

/* "The resource 'projects/P' was not found": the project itself, so the absence of what we asked for says nothing. */
static bool project_is_missing(const struct facts *facts)
{
	const char *name = facts->http == 404 ? strstr(facts->sentence, "'projects/") : NULL;
	return name && name[strlen("'projects/") + strcspn(name + strlen("'projects/"), "'/")] == '\'';
}

static const struct row *find_row(const struct facts *facts)
{
	if (facts->http == 404 && !facts->in_json)
		return &not_the_api;
	if (project_is_missing(facts))
		return &project_unknown;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (row_fits(&rows[i], facts))
			return &rows[i];
	}
	return facts->http >= 400 && facts->http < 500 ? &request_refused : &server_trouble;
}

/* Copies a sentence for one line of text: control characters become spaces, and what is too long is cut between two
 * characters of UTF-8 and marked. */
static void copy_sentence(char to[SENTENCE_SIZE], const char *from)
{
	size_t length = strnlen(from, SENTENCE_SIZE);
	bool cut = length >= SENTENCE_SIZE;
	if (cut) {
		length = SENTENCE_SIZE - sizeof("...");
		while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
			length--;
	}
	for (size_t i = 0; i < length; i++)
		to[i] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? ' ' : from[i];
	memcpy(to + length, cut ? "..." : "", cut ? sizeof("...") : 1);
}

static bool ends_sentence(const char *text)
{
	return *text && strchr(".!?", text[strlen(text) - 1]);
}

static void fill(struct error *err, const struct facts *facts)
{
	char sentence[SENTENCE_SIZE];
	const struct row *row = find_row(facts);
	copy_sentence(sentence, facts->sentence);
	*err = (struct error){0};
	if (row->advice)
		error_set(err, row->class, "%s%s %s", sentence, ends_sentence(sentence) ? "" : ".", row->advice);
	else
		error_set(err, row->class, "%s", sentence);
	err->status = row == &not_the_api ? 0 : facts->http;
	error_reason(err, row->reason);
	for (size_t i = WORDS; i-- > 0;) {
		if (facts->words[i])
			error_code(err, facts->words[i]);
	}
}

/* The first of error.details that has a reason says it best. */
static const char *detail_reason(const cJSON *error)
{
	const cJSON *detail;
	cJSON_ArrayForEach(detail, json_at(error, "details"))
	{
		const char *reason = json_text(detail, "reason");
		if (reason && *reason)
			return reason;
	}
	return NULL;
}

/* google.rpc.RetryInfo: {"retryDelay": "30s"}. */
static int detail_retry_ms(const cJSON *error)
{
	const cJSON *detail;
	cJSON_ArrayForEach(detail, json_at(error, "details"))
	{
		const char *delay = json_text(detail, "retryDelay");
		double seconds = delay ? strtod(delay, NULL) : 0;
		if (seconds > 0 && seconds <= RETRY_AFTER_MOST_S)
			return (int)(seconds * 1000);
	}
	return 0;
}

static const char *sentence_of(const cJSON *error)
{
	const char *message = json_text(error, "message");
	if (!message || !*message)
		message = json_text(error, "errors[0].message");
	return message && *message ? message : NULL;
}

/* The API says {"error": {...}}; the token service and some proxies say {"error": "word", "error_description": "..."}. */
static void facts_from_body(struct facts *facts, const cJSON *body)
{
	const cJSON *error = json_member(body, "error");
	if (!cJSON_IsObject(error)) {
		facts->words[0] = json_text(body, "error");
		facts->sentence = json_text(body, "error_description");
		return;
	}
	facts->in_json = true;
	facts->words[0] = detail_reason(error);
	facts->words[1] = json_text(error, "errors[0].reason");
	facts->words[2] = json_text(error, "status");
	facts->sentence = sentence_of(error);
}

/* What can be said of an answer that says nothing itself. */
static const char *sentence_for(int status, const char *body, size_t length)
{
	size_t at = 0;
	while (at < length && isspace((unsigned char)body[at]))
		at++;
	const char *what = at == length      ? "an empty body"
	                   : body[at] == '<' ? "an HTML page"
	                                     : "a body that says no reason";
	struct arena *arena = json_arena();
	return arena_printf(arena, "Compute Engine answered HTTP %d with %s.", status, what);
}

void gce_error_from_answer(struct error *err, int status, const char *body, size_t length, int retry_after_s)
{
	JSON_WORK(work);
	struct facts facts = {.http = status};
	struct json_limits limits = {.bytes = 1 << 20, .depth = 32};
	cJSON *tree = length ? json_parse(body, length, limits, NULL) : NULL;
	facts_from_body(&facts, tree);
	if (!facts.sentence)
		facts.sentence = sentence_for(status, body, length);
	fill(err, &facts);
	if (retry_after_s > RETRY_AFTER_MOST_S)
		retry_after_s = RETRY_AFTER_MOST_S;
	err->retry_after_ms = retry_after_s > 0 ? retry_after_s * 1000 : detail_retry_ms(json_member(tree, "error"));
}

bool gce_error_from_operation(const cJSON *operation, struct error *err)
{
	struct facts facts = {.http = (int)json_int(operation, "httpErrorStatusCode", 0), .in_json = true};
	const cJSON *error = json_member(operation, "error");
	if (facts.http < 400 && (!error || cJSON_IsNull(error)))
		return true;
	facts.words[0] = json_text(error, "errors[0].code");
	facts.words[1] = json_text(error, "errors[0].errorDetails[0].errorInfo.reason");
	facts.sentence = json_text(error, "errors[0].message");
	if (!facts.sentence || !*facts.sentence)
		facts.sentence =
			json_text_or(operation, "httpErrorMessage", "The operation failed without saying why.");
	fill(err, &facts);
	return false;
}

void gce_error_from_code(struct error *err, const char *code, const char *message)
{
	bool has_message = message && *message;
	struct facts facts = {.words = {code}, .in_json = true};
	facts.sentence = has_message ? message : code && *code ? code : "The cloud gave no reason.";
	fill(err, &facts);
}

/* Skips "projects/X/": a message may say the project's number where the path has its name. NULL: no such beginning. */
static const char *below_project(const char *path)
{
	if (!text_starts(path, "projects/"))
		return NULL;
	const char *rest = strchr(path + strlen("projects/"), '/');
	return rest ? rest + 1 : NULL;
}

bool gce_error_absent(const struct error *err, const char *path)
{
	const char *wanted = below_project(path);
	if (err->status != 404 || !word_fits("notFound", err->code) || !wanted)
		return false;
	for (const char *at = strchr(err->message, '\''); at; at = strchr(at + 1, '\'')) {
		const char *named = below_project(at + 1);
		if (named && text_starts(named, wanted) && named[strlen(wanted)] == '\'')
			return true;
	}
	return false;
}

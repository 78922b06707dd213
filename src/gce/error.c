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
#include "gce/advice.h"

enum { WORDS = 3, SENTENCE_SIZE = 480, RETRY_AFTER_MOST_S = 3600 };

/* What is known of a failure. Most specific word first; the texts are loans. */
struct facts {
	int http; /* 0: unknown */
	const char *words[WORDS];
	const char *sentence;
	bool in_json; /* the answer was in the cloud's own form */
	struct quota_facts quota;
};

struct row {
	int http;         /* 0: any */
	const char *word; /* NULL: any; a final '*' matches any ending */
	const char *text; /* part of the sentence; NULL: any */
	enum error_class class;
	const char *reason;
	enum advice advice; /* added to the sentence */
};

static const char wait_for_it[] = "Waiting";
static const char read_again[] = "";
static const char rate[] = "RateLimited";
static const char cloud[] = "CloudUnavailable";
static const char spec[] = "InvalidSpec";
static const char image[] = "ImageNotFound";
static const char reference[] = "ReferenceNotFound";
static const char permission[] = "PermissionDenied";
static const char count_quota[] = "QuotaExceeded";
static const char policy[] = "OrgPolicyViolated";
static const char disabled[] = "APIDisabled";
static const char billing[] = "BillingDisabled";
static const char stock_out[] = "StockOut";

static const struct row rows[] = {
	/* The caller. */
	{401, NULL, NULL, ERROR_REJECTED, permission, ADVICE_NONE},

	/* Rates: a 403, mostly. Before quotas, since "Quota exceeded for quota metric ... per minute" is a rate. */
	{429, NULL, NULL, ERROR_THROTTLED, rate, ADVICE_RATE},
	{403, NULL, "per minute", ERROR_THROTTLED, rate, ADVICE_RATE},
	{0, "rateLimitExceeded", NULL, ERROR_THROTTLED, rate, ADVICE_RATE},
	{0, "userRateLimitExceeded", NULL, ERROR_THROTTLED, rate, ADVICE_RATE},
	{0, "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED", NULL, ERROR_THROTTLED, rate, ADVICE_RATE},

	/* What a person must grant, raise or enable. */
	{0, "USER_PROJECT_DENIED", NULL, ERROR_REJECTED, permission, ADVICE_PAYER},
	{403, NULL, "requires a quota project", ERROR_REJECTED, disabled, ADVICE_PAYER},
	{403, NULL, "quota_project setting", ERROR_REJECTED, disabled, ADVICE_PAYER},
	{0, "BILLING_DISABLED", NULL, ERROR_REJECTED, billing, ADVICE_BILLING},
	{403, NULL, "requires billing", ERROR_REJECTED, billing, ADVICE_BILLING},
	{0, "accessNotConfigured", NULL, ERROR_REJECTED, disabled, ADVICE_API},
	{0, "SERVICE_DISABLED", NULL, ERROR_REJECTED, disabled, ADVICE_API},
	{0, NULL, "Constraint constraints/", ERROR_REJECTED, policy, ADVICE_POLICY},
	{412, NULL, "Constraint ", ERROR_REJECTED, policy, ADVICE_POLICY},
	{0, "CONDITION_NOT_MET", "Constraint ", ERROR_REJECTED, policy, ADVICE_POLICY},
	{0, "QUOTA*", NULL, ERROR_REJECTED, count_quota, ADVICE_QUOTA},
	{0, "dailyLimitExceeded", NULL, ERROR_REJECTED, count_quota, ADVICE_QUOTA},
	{0, "LIMIT_EXCEEDED", NULL, ERROR_REJECTED, count_quota, ADVICE_QUOTA},
	{0, "IP_SPACE_EXHAUSTED*", NULL, ERROR_REJECTED, count_quota, ADVICE_IP_SPACE},
	{0, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", NULL, ERROR_REJECTED, permission, ADVICE_SCOPE},
	{0, "VPC_SERVICE_CONTROLS", NULL, ERROR_REJECTED, permission, ADVICE_PERIMETER},
	{0, "PERMISSIONS_ERROR", NULL, ERROR_REJECTED, permission, ADVICE_PERMISSION},

	/* No machines to be had. */
	{0, "ZONE_RESOURCE_POOL_EXHAUSTED*", NULL, ERROR_TRANSIENT, stock_out, ADVICE_STOCK_OUT},
	{0, "RESOURCE_POOL_EXHAUSTED*", NULL, ERROR_TRANSIENT, stock_out, ADVICE_STOCK_OUT},
	{0, "INSUFFICIENT_CAPACITY", NULL, ERROR_TRANSIENT, stock_out, ADVICE_STOCK_OUT},
	{0, NULL, "does not have enough resources available", ERROR_TRANSIENT, stock_out, ADVICE_STOCK_OUT},

	/* Others in the way, or not ready. */
	{0, "resourceInUseByAnotherResource", NULL, ERROR_WAIT, wait_for_it, ADVICE_IN_USE},
	{0, "resourceNotReady", NULL, ERROR_WAIT, wait_for_it, ADVICE_NONE},
	{0, "operationInProgress", NULL, ERROR_WAIT, wait_for_it, ADVICE_NONE},
	{0, NULL, "is already being used by '", ERROR_WAIT, wait_for_it, ADVICE_IN_USE},

	/* What we knew is not so any more. A 412 has other meanings too: only these three texts mean "read again". */
	{0, "conditionNotMet", "Invalid fingerprint", ERROR_STALE, read_again, ADVICE_NONE},
	{0, "conditionNotMet", "Labels fingerprint either invalid", ERROR_STALE, read_again, ADVICE_NONE},
	{0, "conditionNotMet", "Supplied fingerprint does not match", ERROR_STALE, read_again, ADVICE_NONE},
	{0, "required", "'resource.fingerprint'", ERROR_STALE, read_again, ADVICE_NONE},
	{0, "conditionNotMet", NULL, ERROR_REJECTED, spec, ADVICE_NONE},
	{412, NULL, NULL, ERROR_REJECTED, spec, ADVICE_NONE},
	{0, "alreadyExists", NULL, ERROR_STALE, read_again, ADVICE_NONE},
	{0, "RESOURCE_ALREADY_EXISTS", NULL, ERROR_STALE, read_again, ADVICE_NONE},
	{409, NULL, NULL, ERROR_STALE, read_again, ADVICE_NONE},

	/* Things that are not there. */
	{404, "notFound", "/global/images/", ERROR_REJECTED, image, ADVICE_IMAGE},
	{0, "RESOURCE_NOT_FOUND", "/global/images/", ERROR_REJECTED, image, ADVICE_IMAGE},
	{0, NULL, "The referenced image resource cannot be found", ERROR_REJECTED, image, ADVICE_IMAGE},
	{0, NULL, "resource cannot be found", ERROR_REJECTED, reference, ADVICE_NONE},
	{400, NULL, "The project '", ERROR_REJECTED, reference, ADVICE_PROJECT},
	{400, "invalid", "Unknown zone.", ERROR_REJECTED, spec, ADVICE_ZONE},
	{400, "invalid", "Unknown region.", ERROR_REJECTED, spec, ADVICE_REGION},
	{0, NULL, "/machineTypes/", ERROR_REJECTED, spec, ADVICE_NONE},
	{0, NULL, "/acceleratorTypes/", ERROR_REJECTED, spec, ADVICE_NONE},
	{404, "notFound", "/networks/", ERROR_REJECTED, reference, ADVICE_NONE},
	{404, "notFound", "/subnetworks/", ERROR_REJECTED, reference, ADVICE_NONE},
	{0, "notFound", NULL, ERROR_WAIT, wait_for_it, ADVICE_NONE},
	{0, "RESOURCE_NOT_FOUND", NULL, ERROR_WAIT, wait_for_it, ADVICE_NONE},

	/* The cloud's own trouble. */
	{0, "INTERNAL_ERROR", NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE},
	{0, "backendError", NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE},
	{0, "SERVICE_UNAVAILABLE", NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE},
	{0, "OPERATION_TIMEOUT", NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE},
	{0, "TIMEOUT", NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE},
	{408, NULL, NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE},

	/* The request, and whoever sends it. */
	{403, "forbidden", NULL, ERROR_REJECTED, permission, ADVICE_PERMISSION},
	{403, NULL, NULL, ERROR_REJECTED, permission, ADVICE_FORBIDDEN},
	{0, NULL, "IP address is in-use", ERROR_REJECTED, "Conflict", ADVICE_NONE},
	{400, NULL, NULL, ERROR_REJECTED, spec, ADVICE_NONE},
	{0, "invalid*", NULL, ERROR_REJECTED, spec, ADVICE_NONE},
	{0, "UNSUPPORTED_OPERATION", NULL, ERROR_REJECTED, spec, ADVICE_NONE},
	{0, "REQUIRED*", NULL, ERROR_REJECTED, spec, ADVICE_NONE},
};

static const struct row project_unknown = {404, NULL, NULL, ERROR_REJECTED, permission, ADVICE_PROJECT};
static const struct row not_the_api = {0, NULL, NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE};
static const struct row server_trouble = {0, NULL, NULL, ERROR_TRANSIENT, cloud, ADVICE_NONE};
static const struct row request_refused = {0, NULL, NULL, ERROR_REJECTED, spec, ADVICE_NONE};

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

static void fill(struct error *err, const struct facts *facts, const struct error_scene *scene)
{
	AUTO_STR struct str advice = STR_INIT(sizeof(err->message));
	char sentence[SENTENCE_SIZE];
	const struct row *row = find_row(facts);
	copy_sentence(sentence, facts->sentence);
	advice_add(&advice, row->advice, sentence, &facts->quota, scene);
	*err = (struct error){0};
	if (advice.length)
		error_set(err, row->class, "%s%s %s", sentence, ends_sentence(sentence) ? "" : ".", str_text(&advice));
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

/* Some answers say "metadatas". */
static const cJSON *metadata_of(const cJSON *detail)
{
	const cJSON *metadata = json_member(detail, "metadatas");
	return metadata ? metadata : json_member(detail, "metadata");
}

/* An operation says "quotaInfo". */
static void quota_from_detail(struct quota_facts *quota, const cJSON *detail)
{
	const cJSON *metadata = metadata_of(detail), *info = json_member(detail, "quotaInfo");
	const char *metric = json_text_or(info, "metricName", json_text(metadata, "quota_metric"));
	const char *region = json_text_or(info, "dimensions.region", json_text(metadata, "quota_location"));
	quota->metric = quota->metric ? quota->metric : metric;
	quota->region = quota->region ? quota->region : text_equal(region, "global") ? NULL : region;
}

static void quota_from_details(struct quota_facts *quota, const cJSON *details)
{
	const cJSON *detail;
	cJSON_ArrayForEach(detail, details)
	{
		quota_from_detail(quota, detail);
	}
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
	quota_from_details(&facts->quota, json_member(error, "details"));
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

void gce_error_from_answer(struct error *err, const struct error_scene *scene, const struct error_answer *answer)
{
	JSON_WORK(work);
	struct facts facts = {.http = answer->status};
	struct json_limits limits = {.bytes = 1 << 20, .depth = 32};
	cJSON *tree = answer->length ? json_parse(answer->body, answer->length, limits, NULL) : NULL;
	int retry_after_s = answer->retry_after_s;
	facts_from_body(&facts, tree);
	if (!facts.sentence)
		facts.sentence = sentence_for(answer->status, answer->body, answer->length);
	fill(err, &facts, scene);
	if (retry_after_s > RETRY_AFTER_MOST_S)
		retry_after_s = RETRY_AFTER_MOST_S;
	err->retry_after_ms = retry_after_s > 0 ? retry_after_s * 1000 : detail_retry_ms(json_member(tree, "error"));
}

double gce_error_quota_per_minute(const struct error_answer *answer)
{
	JSON_WORK(work);
	struct json_limits limits = {.bytes = 1 << 20, .depth = 32};
	const cJSON *tree = answer->length ? json_parse(answer->body, answer->length, limits, NULL) : NULL;
	const cJSON *detail;
	cJSON_ArrayForEach(detail, json_at(tree, "error.details"))
	{
		const cJSON *metadata = metadata_of(detail);
		const char *limit = json_text(metadata, "quota_limit_value");
		if (limit && strcasestr(json_text_or(metadata, "quota_limit", ""), "PerMinute"))
			return strtod(limit, NULL);
	}
	return 0;
}

/* One of the errors of an operation or a machine. */
static void facts_from_item(struct facts *facts, const cJSON *item)
{
	const char *message = json_text(item, "message");
	facts->in_json = true;
	facts->words[0] = json_text(item, "code");
	facts->words[1] = json_text(item, "errorDetails[0].errorInfo.reason");
	facts->sentence = message && *message ? message : NULL;
	quota_from_details(&facts->quota, json_member(item, "errorDetails"));
}

bool gce_error_from_operation(const cJSON *operation, const struct error_scene *scene, struct error *err)
{
	struct facts facts = {.http = (int)json_int(operation, "httpErrorStatusCode", 0)};
	const cJSON *error = json_member(operation, "error");
	if (facts.http < 400 && (!error || cJSON_IsNull(error)))
		return true;
	facts_from_item(&facts, json_at(error, "errors[0]"));
	if (!facts.sentence)
		facts.sentence =
			json_text_or(operation, "httpErrorMessage", "The operation failed without saying why.");
	fill(err, &facts, scene);
	return false;
}

void gce_error_from_item(struct error *err, const struct error_scene *scene, const cJSON *item)
{
	struct facts facts = {0};
	facts_from_item(&facts, item);
	if (!facts.sentence)
		facts.sentence = facts.words[0] && *facts.words[0] ? facts.words[0] : "The cloud gave no reason.";
	fill(err, &facts, scene);
}

/* Skips "projects/X/": a message may say the project's number where the path has its name. NULL: no such beginning. */
static const char *below_project(const char *path)
{
	if (!text_starts(path, "projects/"))
		return NULL;
	const char *rest = strchr(path + strlen("projects/"), '/');
	return rest ? rest + 1 : NULL;
}

bool gce_error_in_use(const struct error *err)
{
	return word_fits("resourceInUseByAnotherResource", err->code) ||
	       strcasestr(err->message, "is already being used by '") != NULL;
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

bool gce_error_not_ready(const struct error *err)
{
	return word_fits("resourceNotReady", err->code);
}

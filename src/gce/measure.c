#include "gce/measure.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "gce/internal.h"

enum { SEGMENTS_MAX = 8 };

static const struct metric_row ROWS[GCE_MEASURED] = {
	[G_REQUESTS] = {.name = "tflb_cloud_requests_total",
		.help = "requests to the Compute API, by what was answered",
		.type = METRIC_COUNTER,
		.labels = {"method", "kind", "code"}},
	[G_SECONDS] = {.name = "tflb_cloud_request_duration_seconds",
		.help = "time from a request to the end of its answer, without wait",
		.type = METRIC_HISTOGRAM,
		.labels = {"method"},
		.bounds = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60}},
	[G_OPERATIONS] = {.name = "tflb_cloud_operations_total",
		.help = "operations that ended, by how",
		.type = METRIC_COUNTER,
		.labels = {"kind", "outcome"}},
	[G_OPERATION_SECONDS] = {.name = "tflb_cloud_operation_duration_seconds",
		.help = "time from the acceptance of an operation to its end",
		.type = METRIC_HISTOGRAM,
		.labels = {"kind"},
		.bounds = {0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800}},
	[G_RUNNING] = {.name = "tflb_cloud_operations_running",
		.help = "operations that are followed now",
		.type = METRIC_GAUGE},
	[G_THROTTLED] = {.name = "tflb_cloud_throttled_total",
		.help = "requests that the cloud refused as too many",
		.type = METRIC_COUNTER,
		.labels = {"project", "location", "budget"}},
	[G_BUDGET_LEFT] = {.name = "tflb_cloud_budget_left",
		.help = "requests that may leave at once now",
		.type = METRIC_GAUGE,
		.labels = {"project", "location", "budget"}},
	[G_BUDGET_RATE] = {.name = "tflb_cloud_budget_rate",
		.help = "requests a second that we allow ourselves",
		.type = METRIC_GAUGE,
		.labels = {"project", "location", "budget"}},
	[G_BUDGET_FULL_RATE] = {.name = "tflb_cloud_budget_full_rate",
		.help = "requests a second that we allow ourselves without refusals",
		.type = METRIC_GAUGE,
		.labels = {"budget"}},
	[G_BUDGET_WAITING] = {.name = "tflb_cloud_budget_waiting",
		.help = "requests that wait for their budget",
		.type = METRIC_GAUGE,
		.labels = {"project", "location", "budget"}},
	[G_TOKEN_FETCHES] = {.name = "tflb_token_fetches_total",
		.help = "access tokens asked for, by kind of credentials and by what was answered",
		.type = METRIC_COUNTER,
		.labels = {"type", "code"}},
	[G_TOKEN_SECONDS] = {.name = "tflb_token_fetch_duration_seconds",
		.help = "time until an access token was there or refused, retries included",
		.type = METRIC_HISTOGRAM,
		.labels = {"type"},
		.bounds = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60}},
	[G_TOKEN_EXPIRY] = {.name = "tflb_token_expiry_timestamp_seconds",
		.help = "Unix time when the access token in use ends; not there when nobody knows",
		.type = METRIC_GAUGE,
		.labels = {"type"}},
};

static const char *const BUDGETS[GCE_BUDGETS] = {[GCE_READ] = "read",
	[GCE_LIST] = "list",
	[GCE_HEAVY] = "heavy_list",
	[GCE_WRITE] = "write",
	[GCE_OPERATION] = "operation",
	[GCE_HEALTH] = "health"};

/* --- what a call is called --- */

/* A part of a path. */
struct segment {
	const char *text;
	size_t length;
};

static bool is(struct segment segment, const char *word)
{
	return segment.length == strlen(word) && memcmp(segment.text, word, segment.length) == 0;
}

static size_t split(const char *path, struct segment segments[SEGMENTS_MAX])
{
	size_t count = 0;

	while (count < SEGMENTS_MAX && *path && *path != '?') {
		size_t length = strcspn(path, "/?");

		segments[count++] = (struct segment){path, length};
		path += length + (path[length] == '/');
	}
	return count;
}

/* How many segments stand before the collection: "projects/p/global/", "zones/z/" or nothing. */
static size_t place_of_collection(const struct segment *segments, size_t count)
{
	size_t at = count > 2 && is(segments[0], "projects") ? 2 : 0;

	if (at + 1 < count && (is(segments[at], "global") || is(segments[at], "aggregated")))
		return at + 1;
	if (at + 2 < count && (is(segments[at], "zones") || is(segments[at], "regions")))
		return at + 2;
	return at;
}

static void put(char word[CALL_WORD_SIZE], struct segment segment)
{
	snprintf(word, CALL_WORD_SIZE, "%.*s", (int)segment.length, segment.text);
}

/* Without a verb of its own a call is called by its method of HTTP, and by whether it names one resource. */
static const char *usual_name(const char *http_method, bool names_one)
{
	if (text_equal(http_method, "GET"))
		return names_one ? "get" : "list";
	if (text_equal(http_method, "POST"))
		return "insert";
	return text_equal(http_method, "PATCH") ? "patch" : text_equal(http_method, "PUT") ? "update" : "delete";
}

struct call_name call_name(const char *http_method, const char *path)
{
	struct segment segments[SEGMENTS_MAX];
	size_t count = split(path, segments);
	size_t at = place_of_collection(segments, count);
	struct call_name name = {.kind = "other"};

	if (at < count)
		put(name.kind, segments[at]);
	snprintf(name.method, sizeof(name.method), "%s", usual_name(http_method, count > at + 1));
	if (at > 0 && at < count && is(segments[at - 1], "aggregated"))
		snprintf(name.method, sizeof(name.method), "aggregatedList");
	if (count == at + 3 && is(segments[at + 1], "family"))
		snprintf(name.method, sizeof(name.method), "getFromFamily");
	else if (count == at + 3)
		put(name.method, segments[at + 2]);
	return name;
}

/* --- counting --- */

void gce_measure_request(const struct gce *gce, const char *http_method, const char *url, int status, int64_t began_us)
{
	size_t base = strlen(gce->endpoint.own_base);
	struct call_name name = call_name(http_method, strlen(url) > base ? url + base : "");
	char code[12];

	snprintf(code, sizeof(code), status ? "%d" : "<error>", status);
	metric_count(gce->measured[G_REQUESTS], name.method, name.kind, code);
	if (!text_equal(name.method, "wait"))
		metric_observe(
			gce->measured[G_SECONDS], (double)(loop_now_us(gce->loop) - began_us) / 1e6, name.method);
}

void gce_measure_throttled(const struct gce *gce, const char *project, const char *location, enum gce_budget budget)
{
	metric_count(gce->measured[G_THROTTLED], project, location, BUDGETS[budget]);
}

void gce_measure_operation(const struct gce *gce, const char *subject, enum gce_outcome outcome, int64_t began_us)
{
	static const char *const outcomes[] = {[GCE_DONE] = "done", [GCE_FAILED] = "failed", [GCE_UNCLEAR] = "unclear"};
	struct call_name name = call_name("GET", subject);

	for (size_t i = GCE_DONE; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		metric_begin(gce->measured[G_OPERATIONS], name.kind, outcomes[i]);
	metric_count(gce->measured[G_OPERATIONS], name.kind, outcomes[outcome]);
	metric_observe(
		gce->measured[G_OPERATION_SECONDS], (double)(loop_now_us(gce->loop) - began_us) / 1e6, name.kind);
}

void gce_measure_fetch(struct metric *const *measured, const char *type, const struct error *err, double seconds)
{
	char code[12];

	if (!measured)
		return;
	if (err && err->status)
		snprintf(code, sizeof(code), "%d", err->status);
	else
		snprintf(code, sizeof(code), "%s", err ? "<error>" : "ok");
	metric_begin(measured[G_TOKEN_FETCHES], type, "ok");
	metric_begin(measured[G_TOKEN_FETCHES], type, "<error>");
	metric_count(measured[G_TOKEN_FETCHES], type, code);
	metric_observe(measured[G_TOKEN_SECONDS], seconds, type);
}

static void collect_token(const struct gce *gce)
{
	const struct token *token = &gce->token;
	int64_t at = token_expires_at(token);

	if (at != INT64_MAX)
		metric_set(gce->measured[G_TOKEN_EXPIRY],
			(double)env_wall_us(gce->env) / 1e6 + (double)(at - loop_now(gce->loop)) / 1e3,
			token->own_credential->type);
}

static void collect_budget(void *arg, const struct budget_state *state)
{
	const struct gce *gce = arg;
	const char *project = state->project, *location = state->location, *budget = BUDGETS[state->budget];

	metric_set(gce->measured[G_BUDGET_LEFT], state->left, project, location, budget);
	metric_set(gce->measured[G_BUDGET_RATE], state->rate, project, location, budget);
	metric_set(gce->measured[G_BUDGET_WAITING], (double)state->waiting, project, location, budget);
	metric_begin(gce->measured[G_THROTTLED], project, location, budget); /* a refusal is seen to be the first */
}

void gce_collect(struct gce *gce)
{
	metric_set(gce->measured[G_RUNNING], gce->operations.running);
	for (int budget = 0; budget < GCE_BUDGETS; budget++)
		metric_set(gce->measured[G_BUDGET_FULL_RATE], budget_full_rate(budget), BUDGETS[budget]);
	budgets_each(&gce->budgets, collect_budget, gce);
	collect_token(gce);
}

void gce_measure(struct gce *gce, struct metrics *metrics)
{
	metrics_add_rows(metrics, ROWS, GCE_MEASURED, gce->measured);
	gce->token.measured = gce->measured;
}

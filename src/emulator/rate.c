#include "emulator/rate.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/link.h"

enum { MINUTE_MS = 60000 };

static const char OF_REGION[] = "_per_region";

/* Metrics without what makes them regional. */
static const struct row {
	const char *metric, *text, *limit;
	bool global, regional;
} rows[] = {
	{"read_requests", "Read requests", "ReadRequests", true, true},
	{"list_requests", "List requests", "ListRequests", true, true},
	{"operation_read_requests", "Operation read requests", "OperationReadRequests", true, true},
	{"heavy_weight_read_requests", "Heavy-weight read requests", "HeavyWeightReadRequests", true, true},
	{"global_writes", "Global writes", "GlobalWrites", true, false},
	{"writes", "Writes", "Writes", false, true},
	{"default", "Queries", "DefaultRequests", false, true},
};

/* Calls in one minute. */
struct window {
	int64_t minute;
	double calls;
};

static const struct row *row_named(const char *metric, bool *regional)
{
	*regional = text_ends(metric, OF_REGION);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = strlen(rows[i].metric);
		bool same =
			text_starts(metric, rows[i].metric) && text_equal(metric + length, *regional ? OF_REGION : "");

		if (same && (*regional ? rows[i].regional : rows[i].global))
			return &rows[i];
	}
	return NULL;
}

static const char *sort_of_verb(const char *verb)
{
	static const char *const sorts[][2] = {{"listManagedInstances", "default"}, {"listErrors", "default"},
		{"listPerInstanceConfigs", "default"}, {"listInstances", "list_requests"},
		{"getHealth", "read_requests"}};

	for (size_t i = 0; verb && i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (text_equal(sorts[i][0], verb))
			return sorts[i][1];
	}
	return NULL;
}

/* As gce-compute-v1.md section 14.1 has it. A wait in a region counts as a heavy read there. */
static const char *sort_of(const struct emu_call *call)
{
	const struct emu_route *route = &call->route;
	const char *of_verb = sort_of_verb(route->verb);

	if (route->aggregated)
		return "heavy_weight_read_requests";
	if (text_equal(route->collection, "operations") && route->name)
		return text_equal(route->verb, "wait") && route->location ? "heavy_weight_read_requests"
		                                                          : "operation_read_requests";
	if (of_verb)
		return of_verb;
	if (text_equal(call->method, "GET"))
		return route->name ? "read_requests" : "list_requests";
	return route->location ? "writes" : "global_writes";
}

static bool refuse(struct emu_call *call, const char *metric, const char *location, double most)
{
	char number[16];
	bool regional;
	const struct row *row = row_named(metric, &regional);
	const char *each = regional ? " per region" : "";
	cJSON *detail, *metadata;

	emu_project_number(call->route.project, number);
	emu_refuse(&call->refusal, 403, "rateLimitExceeded",
		"Quota exceeded for quota metric '%s' and limit '%s per minute%s' of service 'compute.googleapis.com' "
		"for "
		"consumer 'project_number:%s'.",
		row->text, row->text, each, number);
	call->refusal.domain = "usageLimits";
	call->refusal.details = cJSON_CreateArray();
	detail = json_add_object(call->refusal.details);
	json_set_text(detail, "@type", "type.googleapis.com/google.rpc.ErrorInfo");
	json_set_text(detail, "reason", "RATE_LIMIT_EXCEEDED");
	json_set_text(detail, "domain", "googleapis.com");
	metadata = json_set_object(detail, "metadata");
	json_set_text(metadata, "service", "compute.googleapis.com");
	json_setf(metadata, "consumer", "projects/%s", number);
	json_setf(metadata, "quota_metric", "compute.googleapis.com/%s", metric);
	json_setf(metadata, "quota_limit", "%sPerMinutePerProject%s", row->limit, regional ? "PerRegion" : "");
	json_setf(metadata, "quota_limit_value", "%.0f", most);
	json_set_text(metadata, "quota_location", location);
	return false;
}

bool emu_rate_admits(struct emu_call *call)
{
	struct emu_world *world = &call->emulator->world;
	const struct emu_route *route = &call->route;
	const char *location = !route->location           ? "global"
	                       : route->scope == EMU_ZONE ? emu_zone_region(route->location)
	                                                  : route->location;
	char *metric = arena_printf(json_arena(), "%s%s", sort_of(call), route->location ? OF_REGION : "");
	const char *said = map_find(&world->rates, arena_printf(json_arena(), "%s %s", route->project, metric));
	char *key = arena_printf(json_arena(), "%s %s %s", route->project, metric, location);
	struct window *window = map_find(&world->windows, key);
	int64_t minute = call->emulator->now / MINUTE_MS;

	if (!said)
		return true;
	if (!window)
		map_put(&world->windows, key, window = mem_alloc(sizeof(*window)));
	if (window->minute != minute)
		*window = (struct window){.minute = minute};
	return ++window->calls <= strtod(said, NULL) || refuse(call, metric, location, strtod(said, NULL));
}

bool emu_rate_change(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *project = json_text(value, "project"), *metric = json_text(value, "metric");
	const cJSON *most = json_member(value, "perMinute");
	bool good = most && (cJSON_IsNull(most) || (cJSON_IsNumber(most) && most->valuedouble >= 0)), regional;
	char *key = arena_printf(json_arena(), "%s %s", project ? project : "", metric ? metric : "");
	char *text = good && !cJSON_IsNull(most) ? mem_strdup(json_print(most)) : NULL;

	if (!project || !metric || !good || !row_named(metric, &regional)) {
		mem_free(text);
		return emu_refuse(refusal, 400, "badRequest",
			"rate: needs project, metric (such as read_requests, global_writes or writes_per_region) and "
			"perMinute "
			"(a number of at least 0, or null for no limit).");
	}
	mem_free(text ? map_put(&emulator->world.rates, key, text) : map_remove(&emulator->world.rates, key));
	return true;
}

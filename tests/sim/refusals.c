/* Every row of the table of errors (gce-compute-v1.md section 5.2, corrected by gce-facts-2.md): the answer is injected where the
 * whole controller meets it, and the row says what comes of it: which reason, what its message tells a person, whether it is
 * Stalled, and when the call is tried again. Then the fault ends, and all must become as wanted. Bodies are those of the reference. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "sim/refusals.h"
#include "sim/script.h"

/* What is done while the fault is there. */
enum occasion { ON_CREATE, ON_EDIT, ON_DELETE };

enum { SAYS_MAX = 5, FOR_EVER = -1 };

struct row {
	const char *name;
	enum occasion occasion;
	const char *method, *path; /* the calls that are hit; '*' is any text */
	int count;
	const char *fault;   /* what hits them, as the emulator's faults have it */
	const char *reason;  /* Ready's; NULL: nobody need be told, it passes */
	int stalled_after_s; /* so long after the reason is told at most; -1: never */
	const char *says[SAYS_MAX];
	int least_s, most_s; /* from the first call that is hit to the next one like it */
};

#define ANSWER(status, reason, message)                                                                                \
	"\"answer\":{\"status\":" status ",\"reason\":\"" reason "\",\"message\":\"" message "\"}"
#define DETAILED(status, reason, message, details)                                                                     \
	"\"answer\":{\"status\":" status ",\"reason\":\"" reason "\",\"message\":\"" message                           \
	"\",\"details\":[" details "]}"
#define PAGE(status)                                                                                                   \
	"\"answer\":{\"status\":" status ",\"contentType\":\"text/html\",\"body\":\"<html><title>Error " status        \
	"</title></html>\"}"
#define OPERATION(status, code, message)                                                                               \
	"\"operation\":{\"httpErrorStatusCode\":" status ",\"code\":\"" code "\",\"message\":\"" message "\"}"
#define INFO(reason)                                                                                                   \
	"{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" reason                                 \
	"\",\"domain\":\"googleapis.com\"}"

#define P "projects/my-project"
#define SERVICES "*/global/backendServices"
#define SERVICE_INSERT ON_CREATE, "POST", SERVICES
#define CHECK_PATCH ON_EDIT, "PATCH", "*/global/healthChecks/*-health-check"
#define MAP_DELETE ON_DELETE, "DELETE", "*/global/urlMaps/*"
#define QUOTAS "https://console.cloud.google.com/iam-admin/quotas?project=my-project"
/* Seconds between two tries, by class. */
#define AT_ONCE 0, 5
#define SOON 1, 4
#define BACK_OFF 0, 3
#define NEXT_MINUTE 20, 75
#define SLOWLY 24, 40
#define IN_MINUTES 48, 80
#define AFTER_FIVE_MINUTES 300, 460
#define NOW 0
#define NEVER (-1)
#define IN_FIVE_MINUTES 420

static const struct row rows[] = {
	/* 404 */
	{"reference", ON_CREATE, "POST", "*/global/forwardingRules", FOR_EVER,
		ANSWER("404", "notFound", "The resource '" P "/global/targetHttpProxies/other' was not found"),
		"Waiting", IN_FIVE_MINUTES, {"forwarding rule", "targetHttpProxies/other", "was not found"}, SOON},
	{"reference-operation", ON_CREATE, "POST", "*/global/urlMaps", FOR_EVER,
		OPERATION(
			"404", "RESOURCE_NOT_FOUND", "The resource '" P "/global/backendServices/other' was not found"),
		"Waiting", IN_FIVE_MINUTES, {"URL map", "backendServices/other"}, 2, 30},
	{"patched-away", CHECK_PATCH, 1,
		ANSWER("404", "notFound", "The resource '" P "/global/healthChecks/%s' was not found"), NULL, NEVER,
		{NULL}, AT_ONCE},
	{"deleted-already", MAP_DELETE, 1,
		ANSWER("404", "notFound", "The resource '" P "/global/urlMaps/%s' was not found"), NULL, NEVER, {NULL},
		0, 120},
	{"no-image", ON_CREATE, "GET", "*/images/family/*", FOR_EVER,
		ANSWER("404", "notFound",
			"The resource 'projects/deeplearning-platform-release/global/images/family/"
			"common-cu129-ubuntu-2204-nvidia-580' was not found"),
		"ImageNotFound", NOW, {"spec.template.image"}, SLOWLY},
	{"no-project", ON_CREATE, "*", "*/" P "/*", FOR_EVER,
		ANSWER("404", "notFound", "The resource '" P "' was not found"), "PermissionDenied", NOW,
		{"spec.project", "no token"}, 0, 100},
	{"hidden-project", ON_CREATE, "*", "*/" P "/*", FOR_EVER,
		ANSWER("403", "forbidden", "Required 'compute.urlMaps.list' permission for '" P "'"),
		"PermissionDenied", NOW, {"compute.urlMaps.list", "my-project"}, 0, 100},

	/* 409 */
	{"exists", SERVICE_INSERT, 1,
		ANSWER("409", "alreadyExists", "The resource '" P "/global/backendServices/x' already exists"), NULL,
		NEVER, {NULL}, AT_ONCE},
	{"exists-operation", SERVICE_INSERT, 1,
		OPERATION("409", "RESOURCE_ALREADY_EXISTS",
			"The resource '" P "/global/backendServices/x' already exists"),
		NULL, NEVER, {NULL}, 0, 60},
	{"exists-always", SERVICE_INSERT, FOR_EVER,
		ANSWER("409", "alreadyExists", "The resource '" P "/global/backendServices/x' already exists"),
		"Waiting", IN_FIVE_MINUTES, {"backend service", "already exists"}, AT_ONCE},
	{"other-operation", CHECK_PATCH, FOR_EVER, ANSWER("409", "operationInProgress", "Another operation is running"),
		"Waiting", IN_FIVE_MINUTES, {"health check", "Another operation"}, SOON},

	/* 400: in use, not ready */
	{"in-use", MAP_DELETE, 5,
		ANSWER("400", "resourceInUseByAnotherResource",
			"The url_map resource '" P "/global/urlMaps/a' is already being used by '" P
			"/global/targetHttpProxies/somebody'"),
		"Waiting", NEVER, {"URL map", "target http proxy somebody is gone"}, SOON},
	{"in-use-oddly", MAP_DELETE, 5,
		ANSWER("400", "resourceInUseByAnotherResource",
			"The url_map resource 'GLOBAL:global/PROJECT:12/URL_MAP:a' is already being used by "
			"'GLOBAL:global/PROJECT:12/TARGET_HTTP_PROXY:somebody'"),
		"Waiting", NEVER, {"target http proxy somebody is gone"}, SOON},
	{"in-use-operation", MAP_DELETE, FOR_EVER,
		OPERATION("400", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
			"The url_map resource '" P "/global/urlMaps/a' is already being used by '" P
			"/global/targetHttpProxies/somebody'"),
		"Waiting", IN_FIVE_MINUTES, {"URL map", "target http proxy somebody is gone"}, 2, 30},
	{"in-use-insert", ON_CREATE, "POST", "*/global/forwardingRules", FOR_EVER,
		ANSWER("400", "resourceInUseByAnotherResource",
			"The address resource '" P "/global/addresses/a' is already being used by '" P
			"/global/forwardingRules/theirs'"),
		"Conflict", NOW, {"forwarding rule", "forwarding rule theirs is gone"}, SLOWLY},
	{"address-in-use", ON_CREATE, "POST", "*/global/forwardingRules", FOR_EVER,
		ANSWER("400", "invalid",
			"Invalid value for field 'resource.IPAddress': '1.2.3.4'. Specified IP address is in-use and "
			"would result "
			"in a conflict."),
		"Conflict", NOW, {"spec.frontend.address", "in-use"}, SLOWLY},
	{"not-ready", ON_CREATE, "POST", "*/global/urlMaps", FOR_EVER,
		ANSWER("400", "resourceNotReady", "The resource '" P "/global/backendServices/b' is not ready"),
		"Waiting", IN_FIVE_MINUTES, {"URL map", "backendServices/b", "is not ready"}, SOON},
	{"not-ready-operation", ON_CREATE, "POST", "*/global/urlMaps", FOR_EVER,
		OPERATION("400", "RESOURCE_NOT_READY", "The resource '" P "/global/backendServices/b' is not ready"),
		"Waiting", IN_FIVE_MINUTES, {"is not ready"}, 2, 30},

	/* 400: the request */
	{"invalid", CHECK_PATCH, FOR_EVER,
		ANSWER("400", "invalid",
			"Invalid value for field 'resource.httpHealthCheck.requestPath': '/healthz'. Must be something "
			"else."),
		"InvalidSpec", NOW,
		{"health check", "spec.healthCheck.requestPath: '/healthz'. Must be something else."}, SLOWLY},
	{"invalid-operation", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("400", "INVALID_FIELD_VALUE",
			"Invalid value for field 'resource.baseInstanceName': 'tf-instance'. No."),
		"InvalidSpec", NOW, {"spec.pools[tf].baseInstanceName: 'tf-instance'. No."}, 24, 90},
	{"invalid-usage", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("400", "INVALID_USAGE", "Not so."), "InvalidSpec", NOW, {"instance group manager", "Not so."},
		24, 90},
	{"invalid-parameter", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("400", "INVALID_PARAMETER", "Not that."), "InvalidSpec", NOW, {"Not that."}, 24, 90},
	{"no-network", ON_CREATE, "POST", "*/instanceTemplates", FOR_EVER,
		ANSWER("400", "invalid",
			"Invalid value for field 'resource.properties.networkInterfaces[0].subnetwork': 's'. The "
			"referenced "
			"subnetwork resource cannot be found."),
		"ReferenceNotFound", NOW, {"instance template", "spec.template.subnetwork: 's'", "cannot be found"},
		SLOWLY},
	{"no-image-at-insert", ON_CREATE, "POST", "*/instanceTemplates", FOR_EVER,
		ANSWER("400", "invalid",
			"Invalid value for field 'resource.properties.disks[0].initializeParams.sourceImage': 'i'. The "
			"referenced "
			"image resource cannot be found."),
		"ImageNotFound", NOW, {"spec.template.image: 'i'"}, SLOWLY},
	{"no-fingerprint", CHECK_PATCH, 1,
		ANSWER("400", "required", "Required field 'resource.fingerprint' not specified"), NULL, NEVER, {NULL},
		AT_ONCE},
	{"required", SERVICE_INSERT, FOR_EVER,
		ANSWER("400", "required", "Required field 'resource.protocol' not specified"), "InvalidSpec", NOW,
		{"field spec.serving.protocol not specified"}, SLOWLY},
	{"bad-request", SERVICE_INSERT, FOR_EVER, ANSWER("400", "badRequest", "Bad Request"), "InvalidSpec", NOW,
		{"backend service", "Bad Request"}, SLOWLY},
	{"parse-error", SERVICE_INSERT, FOR_EVER, ANSWER("400", "parseError", "Parse Error"), "InvalidSpec", NOW,
		{"Parse Error"}, SLOWLY},
	{"bad-parameter", SERVICE_INSERT, FOR_EVER, ANSWER("400", "invalidParameter", "Invalid value for 'x'"),
		"InvalidSpec", NOW, {"Invalid value for 'x'"}, SLOWLY},
	{"unsupported", SERVICE_INSERT, FOR_EVER, OPERATION("400", "UNSUPPORTED_OPERATION", "Not supported here."),
		"InvalidSpec", NOW, {"Not supported here."}, 24, 90},

	/* 412 */
	{"fingerprint", CHECK_PATCH, 3, ANSWER("412", "conditionNotMet", "Invalid fingerprint."), NULL, NEVER, {NULL},
		AT_ONCE},
	{"label-fingerprint", CHECK_PATCH, 1,
		ANSWER("412", "conditionNotMet", "Labels fingerprint either invalid or resource labels have changed"),
		NULL, NEVER, {NULL}, AT_ONCE},
	{"metadata-fingerprint", CHECK_PATCH, 1,
		ANSWER("412", "conditionNotMet", "Supplied fingerprint does not match current metadata fingerprint."),
		NULL, NEVER, {NULL}, AT_ONCE},
	{"fingerprint-always", CHECK_PATCH, FOR_EVER, ANSWER("412", "conditionNotMet", "Invalid fingerprint."),
		"Waiting", IN_FIVE_MINUTES, {"health check", "Invalid fingerprint.", "somebody else"}, AT_ONCE},
	{"condition", CHECK_PATCH, FOR_EVER,
		ANSWER("412", "conditionNotMet",
			"Resizing of autoscaled regional managed instance groups is not allowed. If you want to "
			"manually adjust "
			"target size remove the autoscaler or set autoscaling policy mode to OFF."),
		"InvalidSpec", NOW, {"Resizing of autoscaled"}, SLOWLY},
	{"policy", ON_CREATE, "POST", "*/instanceTemplates", FOR_EVER,
		ANSWER("412", "conditionNotMet",
			"Constraint constraints/compute.vmExternalIpAccess violated for projects/my-project."),
		"OrgPolicyViolated", NOW, {"instance template", "constraint compute.vmExternalIpAccess", "my-project"},
		SLOWLY},
	{"policy-operation", ON_CREATE, "POST", "*/global/addresses", FOR_EVER,
		OPERATION("412", "CONDITION_NOT_MET",
			"Constraint constraints/compute.restrictLoadBalancerCreationForTypes violated for project "
			"my-project"),
		"OrgPolicyViolated", NOW, {"address", "constraint compute.restrictLoadBalancerCreationForTypes"}, 24,
		90},

	/* 403: quotas and rates */
	{"quota", SERVICE_INSERT, FOR_EVER,
		ANSWER("403", "quotaExceeded", "Quota 'BACKEND_SERVICES' exceeded.  Limit: 5.0 globally."),
		"QuotaExceeded", NOW,
		{"backend service", "Limit: 5.0 globally", "more BACKEND_SERVICES in project my-project", QUOTAS},
		AFTER_FIVE_MINUTES},
	{"quota-operation", SERVICE_INSERT, FOR_EVER,
		"\"operation\":{\"httpErrorStatusCode\":403,\"code\":\"QUOTA_EXCEEDED\",\"message\":\"Quota "
		"'GPUS_ALL_REGIONS' "
		"exceeded.  Limit: 0.0 globally.\",\"errorDetails\":[{\"quotaInfo\":{\"metricName\":"
		"\"compute.googleapis.com/"
		"gpus_all_regions\",\"limitName\":\"GPUS-ALL-REGIONS-per-project\",\"dimensions\":"
		"{\"global\":\"global\"},\"limit\":0.0}}]}",
		"QuotaExceeded", NOW, {"compute.googleapis.com/gpus_all_regions", QUOTAS}, AFTER_FIVE_MINUTES},
	{"limit", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("400", "LIMIT_EXCEEDED", "Exceeded the limit of 1000 instances."), "QuotaExceeded", NOW,
		{"1000 instances", QUOTAS}, AFTER_FIVE_MINUTES},
	{"rate", SERVICE_INSERT, 6, ANSWER("403", "rateLimitExceeded", "Rate Limit Exceeded"), "RateLimited", NEVER,
		{"Rate Limit Exceeded", QUOTAS}, NEXT_MINUTE},
	{"user-rate", SERVICE_INSERT, 6, ANSWER("403", "userRateLimitExceeded", "User Rate Limit Exceeded"),
		"RateLimited", NEVER, {"User Rate Limit"}, NEXT_MINUTE},
	{"rate-by-text", SERVICE_INSERT, 6,
		DETAILED("403", "quotaExceeded",
			"Quota exceeded for quota metric 'Mutate requests' and limit 'Mutate requests per minute' of "
			"service "
			"'compute.googleapis.com'",
			"{\"@type\":\"type.googleapis.com/"
			"google.rpc.ErrorInfo\",\"reason\":\"RATE_LIMIT_EXCEEDED\",\"metadata\":{"
			"\"quota_metric\":\"compute.googleapis.com/global_writes\",\"quota_location\":\"global\"}}"),
		"RateLimited", NEVER, {"compute.googleapis.com/global_writes", QUOTAS}, NEXT_MINUTE},
	{"operations", SERVICE_INSERT, 6,
		DETAILED("403", "rateLimitExceeded", "Rate Limit Exceeded",
			INFO("CONCURRENT_OPERATIONS_QUOTA_EXCEEDED")),
		"RateLimited", NEVER, {"backend service", "Rate Limit"}, NEXT_MINUTE},
	{"too-many", SERVICE_INSERT, 6, ANSWER("429", "rateLimitExceeded", "Too Many Requests"), "RateLimited", NEVER,
		{"Too Many Requests"}, NEXT_MINUTE},
	{"too-many-with-header", SERVICE_INSERT, 2,
		"\"answer\":{\"status\":429,\"reason\":\"rateLimitExceeded\",\"message\":\"Too Many "
		"Requests\",\"retryAfterS\":100}",
		NULL, NEVER, {NULL}, 100, 125},
	{"unavailable-with-header", SERVICE_INSERT, 1,
		"\"answer\":{\"status\":503,\"reason\":\"backendError\",\"message\":\"Later.\",\"retryAfterS\":40}",
		NULL, NEVER, {NULL}, 40, 45},
	{"too-many-with-time", SERVICE_INSERT, 2,
		DETAILED("429", "rateLimitExceeded", "Too Many Requests",
			"{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"100s\"}"),
		NULL, NEVER, {NULL}, 100, 125},

	/* 403: who asks, and what is not enabled */
	{"permission", SERVICE_INSERT, FOR_EVER,
		ANSWER("403", "forbidden",
			"Required 'compute.backendServices.create' permission for '" P "/global/backendServices/b'"),
		"PermissionDenied", NOW,
		{"backend service", "Grant compute.backendServices.create to the controller (it sends no token) in",
			"in project my-project", "roles/compute.loadBalancerAdmin"},
		SLOWLY},
	{"permission-operation", SERVICE_INSERT, FOR_EVER,
		OPERATION("403", "PERMISSIONS_ERROR",
			"Required 'compute.healthChecks.use' permission for '" P "/global/healthChecks/h'"),
		"PermissionDenied", NOW, {"Grant compute.healthChecks.use"}, 24, 90},
	{"not-configured", SERVICE_INSERT, FOR_EVER,
		ANSWER("403", "accessNotConfigured",
			"Compute Engine API has not been used in project 12 before or it is disabled."),
		"APIDisabled", NOW, {"gcloud services enable compute.googleapis.com --project=my-project"}, SLOWLY},
	{"disabled", SERVICE_INSERT, FOR_EVER,
		DETAILED("403", "forbidden",
			"Compute Engine API has not been used in project 12 before or it is disabled.",
			INFO("SERVICE_DISABLED")),
		"APIDisabled", NOW, {"gcloud services enable compute.googleapis.com --project=my-project"}, SLOWLY},
	{"billing", SERVICE_INSERT, FOR_EVER,
		DETAILED("403", "forbidden", "This API method requires billing to be enabled.",
			INFO("BILLING_DISABLED")),
		"BillingDisabled", NOW, {"https://console.cloud.google.com/billing/linkedaccount?project=my-project"},
		SLOWLY},
	{"scope", SERVICE_INSERT, FOR_EVER,
		DETAILED("403", "forbidden", "Request had insufficient authentication scopes.",
			INFO("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
		"PermissionDenied", NOW, {"scope cloud-platform or compute"}, SLOWLY},
	{"perimeter", SERVICE_INSERT, FOR_EVER,
		DETAILED("403", "forbidden", "Request is prohibited by organization's policy.",
			INFO("VPC_SERVICE_CONTROLS")),
		"PermissionDenied", NOW, {"VPC Service Controls", "my-project"}, SLOWLY},
	{"payer", SERVICE_INSERT, FOR_EVER,
		DETAILED("403", "forbidden", "Caller does not have required permission to use project payer.",
			INFO("USER_PROJECT_DENIED")),
		"PermissionDenied", NOW, {"GOOGLE_CLOUD_QUOTA_PROJECT", "serviceUsageConsumer"}, SLOWLY},
	{"no-payer", SERVICE_INSERT, FOR_EVER,
		DETAILED("403", "forbidden",
			"The compute.googleapis.com API requires a quota project, which is not set by default.",
			INFO("SERVICE_DISABLED")),
		"APIDisabled", NOW, {"GOOGLE_CLOUD_QUOTA_PROJECT", "serviceUsageConsumer"}, SLOWLY},
	{"html-403", SERVICE_INSERT, FOR_EVER, PAGE("403"), "PermissionDenied", NOW,
		{"HTTP 403 with an HTML page", "a proxy or a firewall"}, SLOWLY},

	/* 401 */
	{"credentials", SERVICE_INSERT, FOR_EVER, ANSWER("401", "authError", "Invalid Credentials"), "PermissionDenied",
		NOW, {"Invalid Credentials. We sent no token"}, SLOWLY},
	{"login", SERVICE_INSERT, FOR_EVER, ANSWER("401", "required", "Login Required."), "PermissionDenied", NOW,
		{"Login Required", "no token"}, SLOWLY},

	/* 5xx */
	{"backend-error", SERVICE_INSERT, 20, ANSWER("503", "backendError", "Backend Error"), "CloudUnavailable", NEVER,
		{"backend service", "Backend Error", "tried again"}, BACK_OFF},
	{"unavailable", SERVICE_INSERT, 20, ANSWER("503", "SERVICE_UNAVAILABLE", "Service unavailable."),
		"CloudUnavailable", NEVER, {"Service unavailable."}, BACK_OFF},
	{"internal", SERVICE_INSERT, 20, ANSWER("500", "internalError", "Internal Error"), "CloudUnavailable", NEVER,
		{"Internal Error"}, BACK_OFF},
	{"internal-backend", SERVICE_INSERT, 20, ANSWER("500", "backendError", "Internal Error"), "CloudUnavailable",
		NEVER, {"Internal Error"}, BACK_OFF},
	{"internal-lasting", SERVICE_INSERT, FOR_EVER, ANSWER("500", "internalError", "Internal Error."),
		"CloudUnavailable", NEVER,
		{"may not pass by itself", "backend service", "Internal Error.", "https://status.cloud.google.com"},
		BACK_OFF},
	{"internal-operation", SERVICE_INSERT, FOR_EVER,
		OPERATION("500", "INTERNAL_ERROR", "Internal error. Please try again or contact Google Support."),
		"CloudUnavailable", NEVER, {"backend service", "contact Google Support. It is tried again"}, 2, 45},
	{"gateway", SERVICE_INSERT, 20, PAGE("502"), "CloudUnavailable", NEVER, {"HTTP 502 with an HTML page"},
		BACK_OFF},
	{"gateway-late", SERVICE_INSERT, 20, PAGE("504"), "CloudUnavailable", NEVER, {"HTTP 504"}, BACK_OFF},

	/* Operations only */
	{"stock-out", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("503", "ZONE_RESOURCE_POOL_EXHAUSTED",
			"The zone '" P
			"/zones/us-central1-a' does not have enough resources available to fulfill the request."),
		"StockOut", NEVER, {"us-central1-a", "does not have enough resources", "spec.pools[].zone"},
		IN_MINUTES},
	{"stock-out-details", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("503", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "Try another zone."), "StockOut", NEVER,
		{"Try another zone."}, IN_MINUTES},
	{"stock-out-region", ON_CREATE, "POST", "*/instanceGroupManagers", FOR_EVER,
		OPERATION("503", "RESOURCE_POOL_EXHAUSTED", "Try another region."), "StockOut", NEVER,
		{"Try another region."}, IN_MINUTES},
	{"operation-timeout", SERVICE_INSERT, 1, OPERATION("504", "OPERATION_TIMEOUT", "Timed out."), NULL, NEVER,
		{NULL}, 0, 60},
	{"timeout", SERVICE_INSERT, 1, OPERATION("504", "TIMEOUT", "Timed out."), NULL, NEVER, {NULL}, 0, 60},
};

/* --- the script of a row --- */

static void make(struct world *world)
{
	world->at_rest = true;
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_settled(world);
	world->at_rest = false;
}

static char *name_in(struct world *world, const char *collection)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, world_list(world, collection))
	{
		const char *name = json_text(item, "name");

		if (text_starts(name, "tflb-") && !text_ends(name, "-healing"))
			return arena_strdup(json_arena(), name);
	}
	return arena_strdup(json_arena(), "");
}

/* Where the row's words hold %s the resource's name is meant. */
static void inject(struct world *world, const struct row *row)
{
	JSON_WORK(work);
	const char *cut = strstr(row->fault, "%s");
	const char *name =
		!cut ? "" : name_in(world, row->occasion == ON_EDIT ? "global/healthChecks" : "global/urlMaps");
	char *fault = cut ? arena_printf(json_arena(), "%.*s%s%s", (int)(cut - row->fault), row->fault, name, cut + 2)
	                  : arena_strdup(json_arena(), row->fault);
	char *method = row->method[0] == '*' ? arena_strdup(json_arena(), "")
	                                     : arena_printf(json_arena(), "\"method\":\"%s\",", row->method);

	world_do(world, "POST", "/emulator/v1/faults",
		arena_printf(
			json_arena(), "{%s\"path\":\"%s\",\"count\":%d,%s}", method, row->path, row->count, fault));
	if (world->direct_status != 200)
		world_complain(world, "the fault is not taken: %s", world->own_direct);
}

static void act(struct world *world, const struct row *row)
{
	switch (row->occasion) {
	case ON_CREATE:
		start_with(world, SEED_OBJECT);
		return;
	case ON_EDIT:
		apiserver_edit(&world->api, KEY, "{\"healthCheck\":{\"requestPath\":\"/healthz\"}}");
		return;
	case ON_DELETE:
		apiserver_delete(&world->api, KEY);
		return;
	}
}

static void check_told(struct world *world, const struct row *row)
{
	check_reason(world, KEY, row->reason, row->says[0]);
	for (int i = 0; i < SAYS_MAX && row->says[i]; i++)
		check_message(world, KEY, row->says[i]);
	if (row->stalled_after_s > 0 && is_stalled(world, KEY))
		world_complain(world, "Stalled at once");
	for (int s = 0; s < row->stalled_after_s && !is_stalled(world, KEY); s += 5)
		world_run(world, 5000);
	if (is_stalled(world, KEY) != (row->stalled_after_s >= 0))
		world_complain(world, row->stalled_after_s >= 0 ? "not Stalled" : "Stalled");
}

/* Seconds from the first call that the row's fault hit to the next one of its like; -1: there were no two. */
static int64_t gap_s(struct world *world, const struct row *row, uint64_t after)
{
	JSON_WORK(work);
	char *path = arena_printf(json_arena(), "/emulator/v1/requests?after=%llu", (unsigned long long)after);
	const cJSON *list = json_member(json_parse_text(world_cloud(world, "GET", path, NULL)), "requests");
	const cJSON *item;
	int64_t first = -1;

	cJSON_ArrayForEach(item, list)
	{
		if ((row->method[0] != '*' && !text_equal(json_text(item, "method"), row->method)) ||
			fnmatch(row->path, json_text_or(item, "path", ""), 0) != 0)
			continue;
		if (first >= 0)
			return (json_int(item, "time", 0) - first) / 1000;
		first = json_int(item, "time", 0);
	}
	return -1;
}

static uint64_t last_request(struct world *world)
{
	JSON_WORK(work);

	return (uint64_t)json_int(
		json_parse_text(world_cloud(world, "GET", "/emulator/v1/requests?after=99999999", NULL)), "last", 0);
}

static void check_gap(struct world *world, const struct row *row, uint64_t after)
{
	int64_t gap;

	for (int s = 0; (gap = gap_s(world, row, after)) < 0 && s <= row->most_s + 60; s += 20)
		world_run(world, 20000);
	if (gap < row->least_s || gap > row->most_s)
		world_complain(world, "tried again after %lld s; %d to %d s were right", (long long)gap, row->least_s,
			row->most_s);
}

static void run_row(struct world *world, const void *arg)
{
	const struct row *row = arg;
	uint64_t before;

	world->meddled = true;
	if (row->occasion != ON_CREATE)
		make(world);
	inject(world, row);
	before = last_request(world);
	act(world, row);
	if (row->reason)
		check_told(world, row);
	check_gap(world, row, before);
	world_do(world, "DELETE", "/emulator/v1/faults", NULL);
	if (row->occasion == ON_DELETE) {
		check_gone(world, KEY);
		judge_nothing(world);
		return;
	}
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

bool refusals_run(const char *name)
{
	int failed = 0, run = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (name && !text_equal(name, rows[i].name))
			continue;
		run++;
		failed += !run_alone(rows[i].name, run_row, &rows[i]);
	}
	printf("refusals: %d rows, %d failed\n", run, failed);
	return run > 0 && failed == 0;
}

/* Two checks: one tells the load balancer where to send requests, the other, more patient, tells groups which machines to
 * replace; sharing one would kill machines that are still loading a model. All numbers are sent, so that no default of the
 * cloud matters. */
#include "kinds/internal.h"

static const struct kind_member members[] = {
	{"httpHealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"httpHealthCheck.requestPath", .rule = MEMBER_ABSENT_IS, .absent = "\"/\""},
	{"httpHealthCheck.proxyHeader", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"logConfig.enable", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{0},
};

static const struct kind_source sources[] = {
	{"httpHealthCheck.requestPath", "spec.healthCheck.requestPath"},
	{"httpHealthCheck.port", "spec.healthCheck.port"},
	{"checkIntervalSec", "spec.healthCheck.checkIntervalSec"},
	{"timeoutSec", "spec.healthCheck.timeoutSec"},
	{"healthyThreshold", "spec.healthCheck.healthyThreshold"},
	{"unhealthyThreshold", "spec.healthCheck.unhealthyThreshold"},
	{"type", "spec.healthCheck.type"},
	{0},
};

struct numbers {
	int64_t interval, timeout, healthy, unhealthy;
};

static const char *const other_types[] = {
	"tcpHealthCheck", "sslHealthCheck", "httpsHealthCheck", "http2HealthCheck", "grpcHealthCheck"};

static void set_probe(cJSON *body, const struct lb *lb)
{
	const char *path = lb->spec.health_check.request_path;
	cJSON *probe = json_set_object(body, "httpHealthCheck");

	json_set_int(probe, "port", probe_port(lb));
	json_set_text(probe, "portSpecification", "USE_FIXED_PORT");
	json_set_text(probe, "requestPath", path ? path : "/");
	json_set_text(probe, "proxyHeader", "NONE");
	json_set(probe, "host", cJSON_CreateNull());
	json_set(probe, "response", cJSON_CreateNull());
	for (size_t i = 0; i < sizeof(other_types) / sizeof(other_types[0]); i++)
		json_set(body, other_types[i], cJSON_CreateNull());
}

static void add(const struct kind_context *context, struct wants *wants, const char *role, struct numbers numbers)
{
	cJSON *body = want_begin(wants, &kind_health_check, context, role, "", NULL)->body;

	json_set_text(body, "type", "HTTP");
	json_set_int(body, "checkIntervalSec", numbers.interval);
	json_set_int(body, "timeoutSec", numbers.timeout);
	json_set_int(body, "healthyThreshold", numbers.healthy);
	json_set_int(body, "unhealthyThreshold", numbers.unhealthy);
	set_probe(body, context->lb);
	json_set_bool(json_set_object(body, "logConfig"), "enable", false);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_health_check *check = &context->lb->spec.health_check;

	add(context, wants, "health-check",
		(struct numbers){check->check_interval_sec, check->timeout_sec, check->healthy_threshold,
			check->unhealthy_threshold});
	add(context, wants, "healing", (struct numbers){30, 10, 2, 5});
}

const struct kind kind_health_check = {
	.id = KIND_HEALTH_CHECK,
	.name = "HealthCheck",
	.text = "health check",
	.collection = "healthChecks",
	.list_path = "global/healthChecks",
	.members = members,
	.sources = sources,
	.build = build,
};

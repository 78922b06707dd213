/* Two checks for each backend: one tells the load balancer where to send requests, the other, more patient, tells groups which machines to
 * replace; sharing one would kill machines that are still loading a model. All numbers are sent, so that no default of the
 * cloud matters. */
#include <assert.h>

#include "kinds/body.h"
#include "kinds/internal.h"

enum { HTTP_LIKE = 1, TEXT_LIKE = 2, GRPC_LIKE = 4, NOT_GRPC = HTTP_LIKE | TEXT_LIKE };

/* The block that a check of each type has, and no other. */
static const struct form {
	const char *type, *block;
	int like;
} forms[] = {
	{"HTTP", "httpHealthCheck", HTTP_LIKE},
	{"HTTPS", "httpsHealthCheck", HTTP_LIKE},
	{"HTTP2", "http2HealthCheck", HTTP_LIKE},
	{"TCP", "tcpHealthCheck", TEXT_LIKE},
	{"SSL", "sslHealthCheck", TEXT_LIKE},
	{"GRPC", "grpcHealthCheck", GRPC_LIKE},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static const struct kind_member members[] = {
	{"httpHealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"httpHealthCheck.requestPath", .rule = MEMBER_ABSENT_IS, .absent = "\"/\""},
	{"httpHealthCheck.proxyHeader", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"httpsHealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"httpsHealthCheck.requestPath", .rule = MEMBER_ABSENT_IS, .absent = "\"/\""},
	{"httpsHealthCheck.proxyHeader", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"http2HealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"http2HealthCheck.requestPath", .rule = MEMBER_ABSENT_IS, .absent = "\"/\""},
	{"http2HealthCheck.proxyHeader", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"tcpHealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"tcpHealthCheck.proxyHeader", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"sslHealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"sslHealthCheck.proxyHeader", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"grpcHealthCheck.portSpecification", .rule = MEMBER_ABSENT_IS, .absent = "\"USE_FIXED_PORT\""},
	{"logConfig.enable", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{0},
};

static const struct kind_source sources[] = {
	{"httpHealthCheck", "spec.healthCheck"},
	{"httpHealthCheck.requestPath", "spec.healthCheck.requestPath"},
	{"httpHealthCheck.host", "spec.healthCheck.host"},
	{"httpHealthCheck.port", "spec.healthCheck.port"},
	{"httpsHealthCheck.requestPath", "spec.healthCheck.requestPath"},
	{"httpsHealthCheck", "spec.healthCheck"},
	{"http2HealthCheck.requestPath", "spec.healthCheck.requestPath"},
	{"http2HealthCheck", "spec.healthCheck"},
	{"tcpHealthCheck", "spec.healthCheck"},
	{"sslHealthCheck", "spec.healthCheck"},
	{"grpcHealthCheck", "spec.healthCheck"},
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

static const struct form *form_of(const struct lb_service *service)
{
	for (size_t i = 0; i < FORMS; i++) {
		if (text_equal(forms[i].type, service->health_check.type))
			return &forms[i];
	}
	assert(!"a type of the schema");
	return NULL;
}

static void set_probe(cJSON *body, const struct lb_spec *spec, const struct lb_service *service)
{
	static const struct {
		const char *member;
		int like;
	} taken[] = {
		{"host", HTTP_LIKE}, {"request", TEXT_LIKE}, {"response", NOT_GRPC}, {"grpcServiceName", GRPC_LIKE}};
	const cJSON *tree = model_health_check_tree(&service->health_check);
	const struct form *form = form_of(service);
	cJSON *probe;

	for (size_t i = 0; i < FORMS; i++) {
		if (&forms[i] != form)
			json_set(body, forms[i].block, cJSON_CreateNull());
	}
	probe = json_set_object(body, form->block);
	json_set_int(probe, "port", lb_probe_port(spec, service));
	json_set_text(probe, "portSpecification", "USE_FIXED_PORT");
	if (form->like & HTTP_LIKE)
		json_set_text(probe, "requestPath", json_text_or(tree, "requestPath", "/"));
	if (form->like & NOT_GRPC)
		json_set_text(probe, "proxyHeader", json_text_or(tree, "proxyHeader", "NONE"));
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (form->like & taken[i].like)
			body_take(probe, tree, taken[i].member);
	}
}

/* A check that probes in another way is another one, attached before the old one goes. HTTP has no hash, as when there was
 * nothing else. */
static const char *type_hash(const char *type, char hash[HASH_SIZE])
{
	cJSON *inputs = cJSON_CreateObject();

	if (text_equal(type, "HTTP"))
		return NULL;
	json_set_text(inputs, "type", type);
	hash_inputs(inputs, hash);
	return hash;
}

static void add(const struct kind_context *context, struct wants *wants, const char *role,
	const struct lb_service *service, struct numbers numbers)
{
	const char *type = service->health_check.type;
	char hash[HASH_SIZE];
	struct want *want = want_begin(wants, &kind_health_check, context, role, service->name, type_hash(type, hash));
	cJSON *body = want->body;

	json_set_text(body, "type", type);
	json_set_int(body, "checkIntervalSec", numbers.interval);
	json_set_int(body, "timeoutSec", numbers.timeout);
	json_set_int(body, "healthyThreshold", numbers.healthy);
	json_set_int(body, "unhealthyThreshold", numbers.unhealthy);
	set_probe(body, &context->lb->spec, service);
	json_set_bool(json_set_object(body, "logConfig"), "enable", service->health_check.log_config.enable);
	if (type_hash(type, hash))
		want_take_over(want, context);
}

static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"type"};

	return first_that_differs(want, seen, at_birth, 1);
}

/* Machines are replaced by the probe of the first backend that they serve. */
static bool heals(const struct lb_spec *spec, const struct lb_service *service)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];

		if (lb_pool_heals(spec, pool) && lb_pool_service(spec, pool) == service)
			return true;
	}
	return false;
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_services *services = &context->lb->spec.services;
	const struct lb_healing_check *patient = &context->lb->spec.auto_healing.health_check;

	for (size_t i = 0; i < services->count; i++) {
		const struct lb_service *service = &services->items[i];
		const struct lb_health_check *check = &service->health_check;

		add(context, wants, check_role(service), service,
			(struct numbers){check->check_interval_sec, check->timeout_sec, check->healthy_threshold,
				check->unhealthy_threshold});
		if (heals(&context->lb->spec, service))
			add(context, wants, healing_role(service), service,
				(struct numbers){patient->check_interval_sec, patient->timeout_sec,
					patient->healthy_threshold, patient->unhealthy_threshold});
	}
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
	.fixed = fixed,
};

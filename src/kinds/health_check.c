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
	{"logConfig", "spec.healthCheck.logConfig"},
	{0},
};

/* What is asked of which port, for whom. */
struct probe {
	const char *role, *part;
	const struct lb_health_check *check;
	int64_t port;
};

static const struct form *form_of(const struct lb_health_check *check)
{
	for (size_t i = 0; i < FORMS; i++) {
		if (text_equal(forms[i].type, check->type))
			return &forms[i];
	}
	assert(!"a type of the schema");
	return NULL;
}

static void set_probe(cJSON *body, const struct lb_health_check *check, int64_t port)
{
	static const struct {
		const char *member;
		int like;
	} taken[] = {
		{"host", HTTP_LIKE}, {"request", TEXT_LIKE}, {"response", NOT_GRPC}, {"grpcServiceName", GRPC_LIKE}};
	const cJSON *tree = model_health_check_tree(check);
	const struct form *form = form_of(check);
	cJSON *probe;

	for (size_t i = 0; i < FORMS; i++) {
		if (&forms[i] != form)
			json_set(body, forms[i].block, cJSON_CreateNull());
	}
	probe = json_set_object(body, form->block);
	json_set_int(probe, "port", port);
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

static void add(const struct kind_context *context, struct wants *wants, const struct probe *probe)
{
	const struct lb_health_check *check = probe->check;
	char hash[HASH_SIZE];
	struct want *want =
		want_begin(wants, &kind_health_check, context, probe->role, probe->part, type_hash(check->type, hash));
	cJSON *body = want->body;

	json_set_text(body, "type", check->type);
	json_set_int(body, "checkIntervalSec", check->check_interval_sec);
	json_set_int(body, "timeoutSec", check->timeout_sec);
	json_set_int(body, "healthyThreshold", check->healthy_threshold);
	json_set_int(body, "unhealthyThreshold", check->unhealthy_threshold);
	set_probe(body, check, probe->port);
	json_set_bool(json_set_object(body, "logConfig"), "enable", check->log_config.enable);
	if (type_hash(check->type, hash))
		want_take_over(want, context);
}

static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"type"};

	return first_that_differs(want, seen, at_birth, 1);
}

/* A pool of those whose machines are kept by the probe of the first backend that they serve; NULL: there is none. */
static const struct lb_pool *kept_by(const struct lb_spec *spec, const struct lb_service *service)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];

		if (lb_pool_heals(spec, pool) && !pool->own_probe && lb_pool_service(spec, pool) == service)
			return pool;
	}
	return NULL;
}

static void add_healing(const struct kind_context *context, struct wants *wants, const char *role, const char *part,
	const struct lb_pool *pool)
{
	const struct lb_spec *spec = &context->lb->spec;
	const struct probe probe = {role, part, lb_pool_probe(spec, pool), lb_pool_probe_port(spec, pool)};

	add(context, wants, &probe);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_spec *spec = &context->lb->spec;

	for (size_t i = 0; lb_has_front(spec) && i < spec->services.count; i++) {
		const struct lb_service *service = &spec->services.items[i];
		const struct lb_pool *kept = kept_by(spec, service);
		const struct probe probe = {
			check_role(service), service->name, &service->health_check, lb_probe_port(spec, service)};

		add(context, wants, &probe);
		if (kept)
			add_healing(context, wants, healing_role(service), service->name, kept);
	}
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];

		if (pool->own_probe && lb_pool_heals(spec, pool))
			add_healing(context, wants, pool_healing_role(spec, pool), pool->name, pool);
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

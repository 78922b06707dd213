/* Backend services, one for each backend, whose backends follow the groups: one is born before a pool that can't be made, a
 * group joins when it is there, and an old group stays until its successor serves. */
#include <string.h>

#include "kinds/cdn.h"
#include "kinds/internal.h"
#include "kinds/migration.h"
#include "kinds/serving.h"

static const struct kind_verb set_security_policy = {
	.name = "setSecurityPolicy", .body = "securityPolicy", .after_insert = true};
static const struct kind_verb set_edge_security_policy = {
	.name = "setEdgeSecurityPolicy", .body = "securityPolicy", .after_insert = true};

/* The SHA-256 of no secret at all. */
#define NO_SECRET "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""

static const struct kind_member members[] = {
	{"healthChecks[]", .rule = MEMBER_REFERENCE, .target = KIND_HEALTH_CHECK},
	{"backends", .rule = MEMBER_KEYED, .key = "group"},
	{"backends[].group", .rule = MEMBER_REFERENCE, .target = KIND_GROUP, .soft = true},
	{"backends[].balancingMode", .rule = MEMBER_ABSENT_IS, .absent = "\"UTILIZATION\""},
	{"backends[].preference", .rule = MEMBER_ABSENT_IS, .absent = "\"DEFAULT\""},
	{"backends[].customMetrics", .rule = MEMBER_KEYED, .key = "name"},
	{"backends[].customMetrics[].dryRun", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{"backends[].capacityScaler", .rule = MEMBER_ABSENT_IS, .absent = "1"},
	{"protocol", .rule = MEMBER_ABSENT_IS, .absent = "\"HTTP\""},
	{"portName", .rule = MEMBER_ABSENT_IS, .absent = "\"http\""},
	{"timeoutSec", .rule = MEMBER_ABSENT_IS, .absent = "30"},
	{"connectionDraining.drainingTimeoutSec", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"sessionAffinity", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"affinityCookieTtlSec", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"securityPolicy", .rule = MEMBER_VERB, .verb = &set_security_policy},
	{"securityPolicy", .rule = MEMBER_LINK},
	{"edgeSecurityPolicy", .rule = MEMBER_VERB, .verb = &set_edge_security_policy},
	{"edgeSecurityPolicy", .rule = MEMBER_LINK},
	{"serviceLbPolicy", .rule = MEMBER_LINK},
	{"customMetrics", .rule = MEMBER_KEYED, .key = "name"},
	{"maxStreamDuration.seconds", .rule = MEMBER_ABSENT_IS, .absent = "\"0\""},
	{"strongSessionAffinityCookie.ttl.seconds", .rule = MEMBER_ABSENT_IS, .absent = "\"0\""},
	{"consistentHash.httpCookie.ttl.seconds", .rule = MEMBER_ABSENT_IS, .absent = "\"0\""},
	{"logConfig.optionalFields", .rule = MEMBER_SET},
	{"localityLbPolicy", .rule = MEMBER_ABSENT_IS, .absent = "\"ROUND_ROBIN\""},
	{"compressionMode", .rule = MEMBER_ABSENT_IS, .absent = "\"DISABLED\""},
	{"ipAddressSelectionPolicy", .rule = MEMBER_ABSENT_IS, .absent = "\"IPV4_ONLY\""},
	{"consistentHash.minimumRingSize", .rule = MEMBER_ABSENT_IS, .absent = "1024"},
	{"logConfig.enable", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{"logConfig.sampleRate", .rule = MEMBER_ABSENT_IS, .absent = "1"},
	{"logConfig.optionalMode", .rule = MEMBER_ABSENT_IS, .absent = "\"EXCLUDE_ALL_OPTIONAL\""},
	{"customMetrics[].dryRun", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{"outlierDetection.consecutiveErrors", .rule = MEMBER_ABSENT_IS, .absent = "5"},
	{"outlierDetection.consecutiveGatewayFailure", .rule = MEMBER_ABSENT_IS, .absent = "3"},
	{"outlierDetection.enforcingConsecutiveErrors", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"outlierDetection.enforcingConsecutiveGatewayFailure", .rule = MEMBER_ABSENT_IS, .absent = "100"},
	{"outlierDetection.enforcingSuccessRate", .rule = MEMBER_ABSENT_IS, .absent = "100"},
	{"outlierDetection.maxEjectionPercent", .rule = MEMBER_ABSENT_IS, .absent = "50"},
	{"outlierDetection.successRateMinimumHosts", .rule = MEMBER_ABSENT_IS, .absent = "5"},
	{"outlierDetection.successRateRequestVolume", .rule = MEMBER_ABSENT_IS, .absent = "100"},
	{"outlierDetection.successRateStdevFactor", .rule = MEMBER_ABSENT_IS, .absent = "1900"},
	{"circuitBreakers.maxRetries", .rule = MEMBER_ABSENT_IS, .absent = "3"},
	{"enableCDN", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	CDN_MEMBERS,
	{"iap.enabled", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{"iap.oauth2ClientSecretSha256", .rule = MEMBER_DIGEST, .key = "oauth2ClientSecret"},
	{"iap.oauth2ClientSecretSha256", .rule = MEMBER_ABSENT_IS, .absent = NO_SECRET},
	{"cdnPolicy.cacheKeyPolicy.includeHost", .rule = MEMBER_ABSENT_IS, .absent = "true"},
	{"cdnPolicy.cacheKeyPolicy.includeProtocol", .rule = MEMBER_ABSENT_IS, .absent = "true"},
	{"cdnPolicy.cacheKeyPolicy.includeQueryString", .rule = MEMBER_ABSENT_IS, .absent = "true"},
	{"cdnPolicy.cacheKeyPolicy.queryStringBlacklist", .rule = MEMBER_SET},
	{"cdnPolicy.cacheKeyPolicy.includeNamedCookies", .rule = MEMBER_SET},
	{0},
};

static const struct kind_source sources[] = {
	{"loadBalancingScheme", "spec.frontend.loadBalancingScheme"},
	{"protocol", "spec.serving.protocol"},
	{"portName", "spec.serving.portName"},
	{"timeoutSec", "spec.serving.timeoutSec"},
	{"connectionDraining.drainingTimeoutSec", "spec.serving.drainingTimeoutSec"},
	{"sessionAffinity", "spec.serving.sessionAffinity"},
	{"affinityCookieTtlSec", "spec.serving.affinityCookieTtlSec"},
	{"backends[].maxUtilization", "spec.pools[].capacity.maxUtilizationPercent"},
	{"backends[].balancingMode", "spec.pools[].capacity.balancingMode"},
	{"backends[].maxRate", "spec.pools[].capacity.maxRate"},
	{"backends[].maxRatePerInstance", "spec.pools[].capacity.maxRatePerInstance"},
	{"backends[].capacityScaler", "spec.pools[].capacity.capacityScalerPercent"},
	{"backends[].customMetrics", "spec.pools[].capacity.customMetrics"},
	{"backends[].preference", "spec.pools[].capacity.preference"},
	{"backends", "spec.pools"},
	{"strongSessionAffinityCookie", "spec.serving.strongSessionAffinityCookie"},
	{"consistentHash", "spec.serving.consistentHash"},
	{"localityLbPolicy", "spec.serving.localityLbPolicy"},
	{"customMetrics", "spec.serving.customMetrics"},
	{"outlierDetection", "spec.serving.outlierDetection"},
	{"circuitBreakers", "spec.serving.circuitBreakers"},
	{"maxStreamDuration", "spec.serving.maxStreamDurationSec"},
	{"compressionMode", "spec.serving.compressionMode"},
	{"customRequestHeaders", "spec.serving.customRequestHeaders"},
	{"customResponseHeaders", "spec.serving.customResponseHeaders"},
	{"logConfig", "spec.serving.logConfig"},
	{"ipAddressSelectionPolicy", "spec.serving.ipAddressSelectionPolicy"},
	{"serviceLbPolicy", "spec.serving.serviceLbPolicy"},
	{"securityPolicy", "spec.serving.securityPolicy"},
	{"edgeSecurityPolicy", "spec.serving.edgeSecurityPolicy"},
	{"enableCDN", "spec.serving.enableCDN"},
	{"cdnPolicy", "spec.serving.cdnPolicy"},
	{"cdnPolicy.cacheMode", "spec.serving.cdnPolicy.cacheMode"},
	{"cdnPolicy.clientTtl", "spec.serving.cdnPolicy.clientTtl"},
	{"cdnPolicy.defaultTtl", "spec.serving.cdnPolicy.defaultTtl"},
	{"cdnPolicy.maxTtl", "spec.serving.cdnPolicy.maxTtl"},
	{"keyName", "spec.serving.cdnPolicy.signedUrlKeys"},
	{"keyValue", "spec.serving.cdnPolicy.signedUrlKeys"},
	{"iap", "spec.serving.iap"},
	{"iap.oauth2ClientId", "spec.serving.iap.oauth2ClientId"},
	{"iap.oauth2ClientSecret", "spec.serving.iap.oauth2ClientSecretRef"},
	{0},
};

/* The cloud refuses a backend service with nothing but drained groups: these are there beside one that is not. */
static bool any_takes_traffic(const cJSON *backends)
{
	const cJSON *backend;

	cJSON_ArrayForEach(backend, backends)
	{
		const cJSON *scaler = json_member(backend, "capacityScaler");

		if (!scaler || scaler->valuedouble > 0)
			return true;
	}
	return false;
}

static void set_backends(
	cJSON *body, const struct wants *wants, const struct lb_spec *spec, const struct lb_service *service)
{
	cJSON *backends = json_set_array(body, "backends");

	for (size_t i = 0; i < wants->count; i++) {
		const struct want *group = &wants->items[i];
		const struct lb_pool *pool = lb_pool_named(spec, group->part);

		if (group->kind->id == KIND_GROUP && lb_pool_serves(pool, service->name))
			add_backend(backends,
				link_url(group_instance_group_path(group->project, group->location, group->name)),
				&pool->capacity);
	}
	if (!any_takes_traffic(backends))
		json_set_array(body, "backends");
}

static const struct migration_terms *terms_of(const struct kind_context *context)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;
	struct lb_migration migration = lb_migration(frontend);
	struct migration_terms *terms = arena_alloc(json_arena(), sizeof(*terms));

	*terms = (struct migration_terms){
		.managed = text_equal(frontend->load_balancing_scheme, "EXTERNAL_MANAGED"),
		.testing_percentage = migration.testing_percentage,
		.step_s = migration.step_sec,
		.hold_at = migration.hold_at,
		.now_s = context->now_s,
	};
	return terms;
}

/* At rest a classic one is in no step; of others the cloud may print what it likes. */
static void set_scheme(cJSON *body, const char *scheme)
{
	json_set_text(body, "loadBalancingScheme", scheme);
	if (!text_equal(scheme, "EXTERNAL"))
		return;
	set_text(body, "externalManagedMigrationState", NULL);
	set_int(body, "externalManagedMigrationTestingPercentage", LB_ABSENT);
}

static void add(const struct kind_context *context, struct wants *wants, const struct lb_service *service)
{
	const struct lb_serving *serving = &service->serving;
	bool session_cookie = serving->affinity_cookie_ttl_sec == LB_ABSENT;
	const char *role = service_role("backend", service);
	struct want *want = want_begin(wants, &kind_backend_service, context, role, service->name, NULL);
	cJSON *body = want->body;

	want->migration = terms_of(context);
	set_scheme(body, context->lb->spec.frontend.load_balancing_scheme);
	json_set_text(body, "protocol", serving->protocol);
	json_set_text(body, "portName", serving->port_name);
	json_set_int(body, "timeoutSec", serving->timeout_sec);
	json_add_text(json_set_array(body, "healthChecks"), wanted_path(wants, KIND_HEALTH_CHECK, check_role(service)));
	set_backends(body, wants, &context->lb->spec, service);
	json_set_int(json_set_object(body, "connectionDraining"), "drainingTimeoutSec", serving->draining_timeout_sec);
	json_set_text(body, "sessionAffinity", serving->session_affinity);
	json_set_int(body, "affinityCookieTtlSec", session_cookie ? 0 : serving->affinity_cookie_ttl_sec);
	serving_set(want, context, serving);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_services *services = &context->lb->spec.services;

	for (size_t i = 0; i < services->count; i++)
		add(context, wants, &services->items[i]);
}

static bool has_backend(const cJSON *body, const char *link, const char *project)
{
	const cJSON *backend;

	cJSON_ArrayForEach(backend, json_member(body, "backends"))
	{
		const char *group = json_text(backend, "group");

		if (group && link_equal(group, link, project))
			return true;
	}
	return false;
}

/* Who takes over does so with all of its machines; when that was waited for in vain, with as many as serve. An autoscaled group is ready
 * with its least machines, but takes over with what its predecessor had. */
static bool is_late(const struct node *group, bool waited)
{
	struct group_sight sight = group_sight(group);

	return !group_serving(group) || sight.healthy < (waited ? group_healthy_needed(sight.target) : sight.target);
}

static bool is_wanted_behind(const struct node *group, const struct node *service)
{
	return group->kind->id == KIND_GROUP && group->wanted &&
	       has_backend(service->want, group_path(group), group->own_project);
}

/* Of a pool that is gone, or serves other backends by now: pools that came after it may be meant to take over. One that does not come
 * is waited for as long as an update is, and where nobody else serves for as long as it takes. */
static bool newcomer_is_late(const struct node *service, const struct nodes *nodes, const struct node *old)
{
	bool late = false, served = false;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (!is_wanted_behind(node, service))
			continue;
		served |= !is_late(node, true);
		late |= is_late(node, old->drain.waited) && node_is_newer(node, old);
	}
	return late && (!served || (!old->wanted && !old->drain.waited));
}

/* Nothing of what is to take over from old serves yet. */
static bool successor_is_late(const struct node *service, const struct nodes *nodes, const struct node *old)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (is_wanted_behind(node, service) && text_equal(node->own_part, old->own_part))
			return is_late(node, old->drain.waited);
	}
	return newcomer_is_late(service, nodes, old);
}

/* The service itself may have a name that the user gave; templates never have. */
static bool bears_our_name(const struct nodes *nodes, const char *name)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id == KIND_INSTANCE_TEMPLATE)
			return strncmp(name, node->own_name, strlen("tflb-") + MODEL_ID_SIZE) == 0;
	}
	return false;
}

/* Must a group that is a backend but no longer wanted stay one? What bears our name and is not known yet stays: the lists may
 * not have come (a restart may delay a decision, never advance one). */
static bool must_stay(const struct node *service, const struct nodes *nodes, const char *link)
{
	const struct node *group = nodes_target(nodes, KIND_GROUP, link);

	if (!group)
		return bears_our_name(nodes, link_name(link));
	return group->presence != NODE_ABSENT && successor_is_late(service, nodes, group);
}

/* A wanted group joins once it is usable, and then stays: an operation on it must not take it out of service. */
static bool may_join(const struct node *service, const struct nodes *nodes, const char *link)
{
	const struct node *group = nodes_target(nodes, KIND_GROUP, link);

	return (group && node_usable(group)) || has_backend(service->seen, link, service->own_project);
}

/* As it stands, until it goes. */
static void keep_backend(cJSON *backends, const cJSON *backend, const char *group_url)
{
	cJSON *kept = json_add(backends, json_copy(backend));

	json_set_text(kept, "group", group_url);
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	cJSON *body = json_copy(node->want);
	cJSON *backends = json_set_array(body, "backends");
	const cJSON *backend;

	cJSON_ArrayForEach(backend, json_member(node->want, "backends"))
	{
		if (may_join(node, nodes, json_text(backend, "group")))
			json_add(backends, json_copy(backend));
	}
	cJSON_ArrayForEach(backend, json_member(node->seen, "backends"))
	{
		const char *link = json_text(backend, "group");

		if (link && !has_backend(node->want, link, node->own_project) && must_stay(node, nodes, link))
			keep_backend(backends, backend, link_url(link_path(link, node->own_project)));
	}
	if (!any_takes_traffic(backends))
		json_set_array(body, "backends");
	cdn_aim(body, node->seen);
	migration_aim_service(node, nodes, body);
	return body;
}

/* Refused, or made of what was refused. */
static bool failed(const struct node *group, const struct nodes *nodes)
{
	if (group->own_error || group->presence == NODE_FOREIGN)
		return true;
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id == KIND_INSTANCE_TEMPLATE && node->wanted && node->presence != NODE_PRESENT &&
			text_equal(node->own_part, group->own_part))
			return node->own_error || node->presence == NODE_FOREIGN;
	}
	return false;
}

/* Better born with all its backends than patched again and again, but one pool that can't be made holds nobody up. */
static const struct node *insert_waits_for(const struct node *node, const struct nodes *nodes)
{
	const struct node *given_up = NULL;
	int usable = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *group = nodes->items[i];

		if (group->kind->id != KIND_GROUP || !group->wanted ||
			!has_backend(node->want, group_path(group), group->own_project))
			continue;
		if (node_usable(group))
			usable++;
		else if (!failed(group, nodes))
			return group;
		else
			given_up = group;
	}
	return usable > 0 ? NULL : given_up;
}

static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"loadBalancingScheme"};

	return first_that_differs(want, seen, at_birth, 1);
}

const struct kind kind_backend_service = {
	.id = KIND_BACKEND_SERVICE,
	.name = "BackendService",
	.text = "backend service",
	.collection = "backendServices",
	.fingerprint = true,
	.list_path = "global/backendServices",
	.members = members,
	.sources = sources,
	.build = build,
	.fixed = fixed,
	.toward = toward,
	.due = migration_due,
	.insert_waits_for = insert_waits_for,
};

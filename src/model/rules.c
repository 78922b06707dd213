/* The rules themselves. Members that have a default are tested with has() in CEL all the same: the API server checks a rule
 * against `{}` where that is the default of the object it hangs on. */
#include "model/types_internal.h"

#include <string.h>

#include "base/str.h"

/* object */

static bool name_fits(const void *self, const void *old)
{
	const struct lb *lb = self;
	return lb->name && pattern_object_name.matches(lb->name);
}

const struct rule object_rules[] = {
	{
		.cel = "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
		.message = "metadata.name becomes part of Compute Engine names: at most 63 lower-case letters, digits "
			   "and dashes, "
			   "no dots",
		.field_path = ".metadata.name",
		.holds = name_fits,
	},
	{.cel = NULL},
};

/* spec */

static bool some_pool_serves(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (!lb_pool_is_drained(&spec->pools.items[i]))
			return true;
	}
	return false;
}

static bool canaries_fit(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		if (lb_pool_follows(pool) && pool->canary.replicas > spec->replicas)
			return false;
	}
	return true;
}

static bool amounts_fit_zones(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (!rules_amounts_fit_zones(&spec->update_policy, &spec->pools.items[i]))
			return false;
	}
	return true;
}

static bool moves_where_even(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		if (!lb_pool_is_even(pool) && !pool->update_policy.instance_redistribution_type &&
			text_equal(spec->update_policy.instance_redistribution_type, "PROACTIVE"))
			return false;
	}
	return true;
}

static bool names_are_kept(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		bool keeps = pool->role || rules_has(pools_type.item, pool, "statefulPolicy");
		if (keeps && !pool->update_policy.replacement_method &&
			text_equal(spec->update_policy.replacement_method, "SUBSTITUTE"))
			return false;
	}
	return true;
}

static bool stateful_stays(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		if (rules_has(pools_type.item, pool, "statefulPolicy") && pool->region &&
			!pool->update_policy.instance_redistribution_type &&
			text_equal(spec->update_policy.instance_redistribution_type, "PROACTIVE"))
			return false;
	}
	return true;
}

static bool starts_before_deadline(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (spec->pools.items[i].auto_healing.initial_delay_sec >= spec->rollout.progress_deadline_sec)
			return false;
	}
	return spec->auto_healing.initial_delay_sec < spec->rollout.progress_deadline_sec;
}

#define FITS_ZONES(member)                                                                                             \
	"(!has(self.updatePolicy." member ") || !has(self.updatePolicy." member ".fixed) || self.updatePolicy." member \
	".fixed == 0 || self.pools.all(p, !has(p.region) || (has(p.updatePolicy) && (has(p.updatePolicy.maxSurge) || " \
	"has(p.updatePolicy.maxUnavailable))) || self.updatePolicy." member                                            \
	".fixed >= (has(p.zones) ? size(p.zones) : 3)))"

static bool some_pool_follows(const struct lb_spec *spec)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (lb_pool_follows(&spec->pools.items[i]))
			return true;
	}
	return false;
}

/* Going back to the default is allowed, so that a manifest may drop the member. */
static bool replicas_has_effect(const void *self, const void *old)
{
	const struct lb_spec *spec = self, *before = old;
	return spec->replicas == before->replicas || spec->replicas == 3 || some_pool_follows(spec) ||
	       some_pool_follows(before);
}

static bool names_stay(const void *self, const void *old)
{
	const struct lb_spec *spec = self, *before = old;
	return (spec->resource_names.count > 0) == (before->resource_names.count > 0);
}

static bool origin_stays(const void *self, const void *old)
{
	const struct lb_spec *spec = self, *before = old;
	return !spec->move_from.name == !before->move_from.name;
}

static const struct lb_backend *find_backend(const struct lb_spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->backends.count; i++) {
		if (text_equal(spec->backends.items[i].name, name))
			return &spec->backends.items[i];
	}
	return NULL;
}

bool rules_has_backend(const struct lb_spec *spec, const char *name)
{
	return text_equal(name, "default") || find_backend(spec, name);
}

bool rules_has_bucket(const struct lb_spec *spec, const char *name)
{
	const struct lb_backend *backend = find_backend(spec, name);
	return backend && backend->bucket.bucket_name;
}

bool rules_has_machines(const struct lb_spec *spec, const char *name)
{
	return rules_has_backend(spec, name) && !rules_has_bucket(spec, name);
}

static bool pools_name_backends(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool_backends *backends = &spec->pools.items[i].backends;
		for (size_t j = 0; j < backends->count; j++) {
			if (!rules_has_machines(spec, backends->items[j].name))
				return false;
		}
	}
	return true;
}

static int64_t either(int64_t over, int64_t base)
{
	return over == LB_ABSENT ? base : over;
}

static bool backend_times_fit(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->backends.count; i++) {
		const struct lb_health_check *over = &spec->backends.items[i].health_check, *base = &spec->health_check;
		if (either(over->timeout_sec, base->timeout_sec) >
			either(over->check_interval_sec, base->check_interval_sec))
			return false;
	}
	return true;
}

static bool names_one_port(const struct lb_serving *serving)
{
	return serving->port_name && serving->port != LB_ABSENT;
}

static bool backend_ports_differ_by_name(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->backends.count; i++) {
		const struct lb_serving *a = &spec->backends.items[i].serving;
		for (size_t j = 0; j < i && names_one_port(a); j++) {
			const struct lb_serving *b = &spec->backends.items[j].serving;
			if (names_one_port(b) && text_equal(a->port_name, b->port_name) && a->port != b->port)
				return false;
		}
	}
	return true;
}

#define RULE_CLASSIC                                                                                                   \
	"loadBalancingScheme EXTERNAL has no H2C, no affinity by header or own cookie, and none of localityLbPolicy, " \
	"consistentHash, strongSessionAffinityCookie, customMetrics, outlierDetection, circuitBreakers, "              \
	"maxStreamDurationSec, ipAddressSelectionPolicy, serviceLbPolicy; use EXTERNAL_MANAGED"

#define IS_BACKEND(name, more)                                                                                         \
	"(" name " == 'default' || (has(self.backends) && self.backends.exists(b, b.name == " name more ")))"
#define NO_BUCKET " && !has(b.bucket)"
#define NAMES_BACKENDS(x)                                                                                              \
	"(!has(" x ".backend) || " IS_BACKEND(x ".backend",                                                            \
		"") ") && (!has(" x ".routeAction) || !has(" x                                                         \
		    ".routeAction.requestMirrorPolicy) || " IS_BACKEND(x ".routeAction.requestMirrorPolicy.backend",   \
			    NO_BUCKET) ") && (!has(" x ".customErrorResponsePolicy) || (has(self.backends) && "        \
				       "self.backends.exists(b, b.name == " x                                          \
				       ".customErrorResponsePolicy.errorBackend && has(b.bucket))))"
#define SHARES(x)                                                                                                      \
	"(!has(" x ".weightedBackends) || " x ".weightedBackends.all(w, " IS_BACKEND("w.backend", NO_BUCKET) "))"
#define RULE_ROLES " (a mirror needs one without bucket, errorBackend one with bucket)"

const struct rule spec_rules[] = {
	{
		.cel = "self.pools.all(p, has(self.template.image) || has(self.template.container) || (has(p.template) "
		       "&& "
		       "(has(p.template.image) || has(p.template.container))))",
		.message =
			"template needs image or container; set it in spec.template, or in the template of every pool",
		.field_path = ".template",
		.reason = "FieldValueRequired",
		.holds = rules_has_image,
	},
	{
		.cel = "has(self.template.container) || self.pools.all(p, has(p.template) && has(p.template.container) "
		       "? has(p.template.container.image) : !has(p.canary) || !has(p.canary.template.container) || "
		       "has(p.canary.template.container.image))",
		.message = "a container needs image",
		.field_path = ".template",
		.holds = rules_containers_have_image,
	},
	{
		.cel = "self.pools.all(p, has(self.template.serviceAccount) || (has(p.template) && "
		       "has(p.template.serviceAccount)) || (has(p.template) && has(p.template.scopes) ? "
		       "size(p.template.scopes) == 0 : !has(self.template.scopes) || size(self.template.scopes) == 0) "
		       "&& (!has(p.canary) || has(p.canary.template.serviceAccount) || "
		       "!has(p.canary.template.scopes) || size(p.canary.template.scopes) == 0))",
		.message = "scopes need serviceAccount",
		.field_path = ".template",
		.holds = rules_scopes_have_account,
	},
	{
		.cel = "self.pools.all(p, has(p.zone) || !((has(self.template.disk) && "
		       "has(self.template.disk.storagePool)) || "
		       "(has(self.template.additionalDisks) && self.template.additionalDisks.exists(d, "
		       "has(d.storagePool) "
		       "|| has(d.source))) || (has(p.template) && ((has(p.template.disk) && "
		       "has(p.template.disk.storagePool)) || (has(p.template.additionalDisks) && "
		       "p.template.additionalDisks.exists(d, has(d.storagePool) || has(d.source))))) || (has(p.canary) "
		       "&& "
		       "((has(p.canary.template.disk) && has(p.canary.template.disk.storagePool)) || "
		       "(has(p.canary.template.additionalDisks) && p.canary.template.additionalDisks.exists(d, "
		       "has(d.storagePool) || has(d.source)))))))",
		.message = "a disk's storagePool and source stand in one zone: a pool with region can't use them",
		.field_path = ".pools",
		.holds = rules_regions_have_no_zonal_disks,
	},
	{
		.cel = "self.pools.exists(p, !has(p.capacity) || !has(p.capacity.capacityScalerPercent) || "
		       "p.capacity.capacityScalerPercent > 0)",
		.message = "one pool at least must take traffic: capacityScalerPercent is 0 in all of them",
		.field_path = ".pools",
		.holds = some_pool_serves,
	},
	{
		.cel = "self.pools.all(p, !has(p.canary) || !has(p.canary.replicas) || has(p.replicas) || "
		       "has(p.autoscaling) || p.canary.replicas <= self.replicas)",
		.message = RULE_CANARIES_FIT,
		.field_path = ".pools",
		.holds = canaries_fit,
	},
	{
		.cel = FITS_ZONES("maxSurge") " && " FITS_ZONES("maxUnavailable"),
		.message =
			"updatePolicy.maxSurge.fixed and maxUnavailable.fixed are 0 or at least the number of zones of "
			"every regional pool (3 when zones is not set)",
		.field_path = ".updatePolicy",
		.holds = amounts_fit_zones,
	},
	{
		.cel = "!has(self.updatePolicy.instanceRedistributionType) || "
		       "self.updatePolicy.instanceRedistributionType == 'NONE' || self.pools.all(p, "
		       "!has(p.targetShape) || p.targetShape == 'EVEN' || (has(p.updatePolicy) && "
		       "has(p.updatePolicy.instanceRedistributionType)))",
		.message = "targetShape other than EVEN needs instanceRedistributionType NONE",
		.field_path = ".updatePolicy",
		.holds = moves_where_even,
	},
	{
		.cel = "!has(self.updatePolicy.replacementMethod) || self.updatePolicy.replacementMethod == 'RECREATE' "
		       "|| self.pools.all(p, !(has(p.statefulPolicy) || has(p.role)) || (has(p.updatePolicy) && "
		       "has(p.updatePolicy.replacementMethod)))",
		.message = RULE_NAMES_ARE_KEPT,
		.field_path = ".updatePolicy",
		.holds = names_are_kept,
	},
	{
		.cel = "has(self.training) || !self.pools.exists(p, has(p.role))",
		.message = "a pool has a role: add training (training: {} takes the defaults)",
		.field_path = ".training",
		.holds = rules_roles_have_training,
	},
	{
		.cel = "!has(self.training) || self.pools.exists(p, has(p.role))",
		.message = "training needs at least one pool with a role",
		.field_path = ".training",
		.holds = rules_training_has_roles,
	},
	{
		.cel = "['CHIEF', 'EVALUATOR'].all(r, self.pools.filter(p, has(p.role) && p.role == r).size() <= 1)",
		.message = "at most one pool can be CHIEF and one EVALUATOR",
		.field_path = ".pools",
		.holds = rules_single_roles_stand_once,
	},
	{
		.cel = "!has(self.updatePolicy.instanceRedistributionType) || "
		       "self.updatePolicy.instanceRedistributionType == 'NONE' || self.pools.all(p, "
		       "!has(p.statefulPolicy) || !has(p.region) || (has(p.updatePolicy) && "
		       "has(p.updatePolicy.instanceRedistributionType)))",
		.message = RULE_STATEFUL_STAYS,
		.field_path = ".updatePolicy",
		.holds = stateful_stays,
	},
	{
		.cel = "!has(self.rollout.progressDeadlineSec) || ((!has(self.autoHealing.initialDelaySec) || "
		       "self.rollout.progressDeadlineSec > self.autoHealing.initialDelaySec) && self.pools.all(p, "
		       "!has(p.autoHealing) || !has(p.autoHealing.initialDelaySec) || "
		       "self.rollout.progressDeadlineSec > p.autoHealing.initialDelaySec))",
		.message = "rollout.progressDeadlineSec must exceed autoHealing.initialDelaySec",
		.field_path = ".rollout.progressDeadlineSec",
		.holds = starts_before_deadline,
	},
	{
		.cel = "self.replicas == oldSelf.replicas || self.replicas == 3 || self.pools.exists(p, "
		       "!has(p.replicas) && !has(p.autoscaling)) || oldSelf.pools.exists(p, !has(p.replicas) && "
		       "!has(p.autoscaling))",
		.message = "replicas has no effect here: every pool sets replicas or autoscaling of its own; change "
			   "those instead",
		.field_path = ".replicas",
		.transition = true,
		.holds = replicas_has_effect,
	},
	{
		.cel = "self.pools.all(p, !has(p.backends) || p.backends.all(x, x.name == 'default' || "
		       "(has(self.backends) && self.backends.exists(b, b.name == x.name && !has(b.bucket)))))",
		.message = "pools[].backends names an entry of spec.backends that does not exist or is a bucket",
		.field_path = ".pools",
		.holds = pools_name_backends,
	},
	{
		.cel = "!has(self.backends) || self.backends.all(b, !has(b.healthCheck) || "
		       "(has(b.healthCheck.timeoutSec) ? b.healthCheck.timeoutSec : self.healthCheck.timeoutSec) <= "
		       "(has(b.healthCheck.checkIntervalSec) ? b.healthCheck.checkIntervalSec : "
		       "self.healthCheck.checkIntervalSec))",
		.message = "in backends[], timeoutSec exceeds checkIntervalSec after merging with spec.healthCheck",
		.field_path = ".backends",
		.holds = backend_times_fit,
	},
	{
		.cel = "!has(self.backends) || self.backends.all(b, !has(b.serving) || !has(b.serving.cdnPolicy) || "
		       "(has(b.serving.enableCDN) ? b.serving.enableCDN : has(self.serving.enableCDN) && "
		       "self.serving.enableCDN))",
		.message = RULE_CDN " in the backend, or in spec.serving",
		.field_path = ".backends",
		.holds = rules_backend_caches,
	},
	{
		.cel = "!has(self.backends) || self.backends.all(a, !has(a.serving) || !has(a.serving.portName) || "
		       "!has(a.serving.port) || self.backends.all(b, !has(b.serving) || !has(b.serving.portName) || "
		       "!has(b.serving.port) || a.serving.portName != b.serving.portName || "
		       "a.serving.port == b.serving.port))",
		.message = RULE_ONE_PORT,
		.field_path = ".backends",
		.holds = backend_ports_differ_by_name,
	},
	{
		.cel = "self.frontend.loadBalancingScheme != 'EXTERNAL' || (!(self.serving.sessionAffinity in "
		       "['HEADER_FIELD', 'HTTP_COOKIE', 'STRONG_COOKIE_AFFINITY']) && self.serving.protocol != "
		       "'H2C' && !(has(self.serving.localityLbPolicy) || has(self.serving.consistentHash) || "
		       "has(self.serving.strongSessionAffinityCookie) || has(self.serving.customMetrics) || "
		       "has(self.serving.outlierDetection) || has(self.serving.circuitBreakers) || "
		       "has(self.serving.maxStreamDurationSec) || has(self.serving.ipAddressSelectionPolicy) || "
		       "has(self.serving.serviceLbPolicy)))",
		.message = RULE_CLASSIC,
		.field_path = ".serving",
		.holds = rules_serving_fits_scheme,
	},
	{
		.cel = "self.frontend.loadBalancingScheme != 'EXTERNAL' || !has(self.backends) || "
		       "self.backends.all(b, !has(b.serving) || ((!has(b.serving.sessionAffinity) || "
		       "!(b.serving.sessionAffinity in ['HEADER_FIELD', 'HTTP_COOKIE', 'STRONG_COOKIE_AFFINITY']))"
		       " && (!has(b.serving.protocol) || b.serving.protocol != 'H2C') && "
		       "!(has(b.serving.localityLbPolicy) || has(b.serving.consistentHash) || "
		       "has(b.serving.strongSessionAffinityCookie) || has(b.serving.customMetrics) || "
		       "has(b.serving.outlierDetection) || has(b.serving.circuitBreakers) || "
		       "has(b.serving.maxStreamDurationSec) || has(b.serving.ipAddressSelectionPolicy) || "
		       "has(b.serving.serviceLbPolicy))))",
		.message = RULE_CLASSIC,
		.field_path = ".backends",
		.holds = rules_backends_fit_scheme,
	},
	{
		.cel = "!has(self.routes) || self.routes.all(r, " NAMES_BACKENDS("r") ")",
		.message = "routes[] names a backend that spec.backends does not have" RULE_ROLES,
		.field_path = ".routes",
		.holds = rules_routes_name_backends,
	},
	{
		.cel = "!has(self.routes) || self.routes.all(r, !has(r.pathRules) || "
		       "r.pathRules.all(x, " NAMES_BACKENDS("x") "))",
		.message = "routes[].pathRules[] names a backend that spec.backends does not have" RULE_ROLES,
		.field_path = ".routes",
		.holds = rules_path_rules_name_backends,
	},
	{
		.cel = "!has(self.routes) || self.routes.all(r, !has(r.routeRules) || "
		       "r.routeRules.all(x, " NAMES_BACKENDS("x") "))",
		.message = "routes[].routeRules[] names a backend that spec.backends does not have" RULE_ROLES,
		.field_path = ".routes",
		.holds = rules_route_rules_name_backends,
	},
	{
		.cel = "!has(self.routes) || self.routes.all(r, " SHARES(
			"r") " && (!has(r.pathRules) || "
			     "r.pathRules.all(x, " SHARES(
				     "x") ")) && (!has(r.routeRules) || r.routeRules.all(x, " SHARES("x") ")))",
		.message = "weightedBackends of a route names a backend that spec.backends does not have, or a bucket",
		.field_path = ".routes",
		.holds = rules_weights_name_backends,
	},
	{
		.cel = "!has(self.routeTests) || self.routeTests.all(t, !has(t.backend) || (t.backend == "
		       "'default' || (has(self.backends) && self.backends.exists(b, b.name == t.backend))))",
		.message = "routeTests[] names a backend that spec.backends does not have",
		.field_path = ".routeTests",
		.holds = rules_tests_name_backends,
	},
	{
		.cel = "!has(self.routes) || self.routes.all(r, (has(r.hosts) ? r.hosts : ['*']).all(h, "
		       "self.routes.exists_one(q, has(q.hosts) ? h in q.hosts : h == '*')))",
		.message = "a host may stand in one route only",
		.field_path = ".routes",
		.holds = rules_hosts_stand_once,
	},
	{
		.cel = "self.frontend.loadBalancingScheme != 'EXTERNAL' || !has(self.routes) || "
		       "self.routes.all(r, (!has(r.routeRules) || size(r.routeRules) == 0) && "
		       "!(has(r.weightedBackends) || has(r.headerAction) || has(r.customErrorResponsePolicy) || "
		       "(has(r.routeAction) && "
		       "(has(r.routeAction.timeoutSec) || has(r.routeAction.maxStreamDurationSec) || "
		       "has(r.routeAction.retryPolicy) || has(r.routeAction.requestMirrorPolicy) || "
		       "has(r.routeAction.faultInjectionPolicy) || has(r.routeAction.corsPolicy)))) && "
		       "(!has(r.pathRules) || r.pathRules.all(x, !(has(x.weightedBackends) || "
		       "has(x.customErrorResponsePolicy) || (has(x.routeAction) && (has(x.routeAction.timeoutSec) || "
		       "has(x.routeAction.maxStreamDurationSec) || has(x.routeAction.retryPolicy) || "
		       "has(x.routeAction.requestMirrorPolicy) || has(x.routeAction.faultInjectionPolicy) || "
		       "has(x.routeAction.corsPolicy)))))))",
		.message = "loadBalancingScheme EXTERNAL routes by host and path only, with redirect and urlRewrite; "
			   "routeRules, weightedBackends, headerAction, customErrorResponsePolicy and other route "
			   "actions need EXTERNAL_MANAGED",
		.field_path = ".routes",
		.holds = rules_routes_fit_scheme,
	},
	{
		.cel = "(has(self.resourceNames) && size(self.resourceNames) > 0) == (has(oldSelf.resourceNames) && "
		       "size(oldSelf.resourceNames) > 0)",
		.message = "resourceNames is set when the object is created, and stays",
		.field_path = ".resourceNames",
		.transition = true,
		.holds = names_stay,
	},
	{
		.cel = "has(self.moveFrom) == has(oldSelf.moveFrom)",
		.message = "moveFrom is set when the object is created, and stays",
		.field_path = ".moveFrom",
		.transition = true,
		.holds = origin_stays,
	},
	{.cel = NULL},
};

bool rules_text_stays(const void *self, const void *old)
{
	return text_equal(*(char *const *)self, *(char *const *)old);
}

const struct rule project_rules[] = {
	{
		.cel = "self == oldSelf",
		.message = "project cannot be changed; create another TFLoadBalancer in the other project",
		.transition = true,
		.holds = rules_text_stays,
	},
	{.cel = NULL},
};

static bool object_unchanged(const void *self, const void *old)
{
	const struct lb_object *object = self, *before = old;
	return text_equal(object->namespace, before->namespace) && text_equal(object->name, before->name);
}

const struct rule move_from_rules[] = {
	{
		.cel = "self == oldSelf",
		.message = "moveFrom cannot be changed",
		.transition = true,
		.holds = object_unchanged,
	},
	{.cel = NULL},
};

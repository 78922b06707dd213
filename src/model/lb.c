/* Small questions about a load balancer. */
#include "model/lb.h"

#include "base/str.h"
#include "model/types_internal.h"

bool lb_pool_heals(const struct lb_spec *spec, const struct lb_pool *pool)
{
	bool own = rules_has(&type_auto_healing, &pool->auto_healing, "enabled");

	if (!pool->own_probe && !lb_pool_service(spec, pool))
		return false;
	return own ? pool->auto_healing.enabled : spec->auto_healing.enabled;
}

const struct lb_health_check *lb_pool_probe(const struct lb_spec *spec, const struct lb_pool *pool)
{
	return pool->own_probe ? pool->own_probe : &lb_pool_service(spec, pool)->healing;
}

int64_t lb_pool_initial_delay(const struct lb_spec *spec, const struct lb_pool *pool)
{
	int64_t own = pool->auto_healing.initial_delay_sec;

	return own == LB_ABSENT ? spec->auto_healing.initial_delay_sec : own;
}

int64_t lb_pool_least_of(const struct lb *lb, const struct lb_pool *pool, int64_t size)
{
	int64_t least = (size * lb->spec.min_healthy_percent + 99) / 100;

	if (size == 0 || lb_pool_is_drained(pool))
		return 0;
	return least ? least : 1;
}

int64_t lb_pool_least_healthy(const struct lb *lb, const struct lb_pool *pool)
{
	return lb_pool_least_of(lb, pool, lb_pool_replicas(lb, pool));
}

bool lb_pool_is_drained(const struct lb_pool *pool)
{
	return pool->capacity.capacity_scaler_percent == 0;
}

const struct lb_pool *lb_pool_named(const struct lb_spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (text_equal(spec->pools.items[i].name, name))
			return &spec->pools.items[i];
	}
	return NULL;
}

const char *lb_pool_location(const struct lb_pool *pool)
{
	return pool->zone ? pool->zone : pool->region;
}

bool lb_pool_is_stateful(const struct lb_pool *pool)
{
	const struct lb_stateful *kept = &pool->stateful_policy;

	return kept->disks.count || kept->internal_ips.count || kept->external_ips.count;
}

bool lb_pool_keeps_names(const struct lb_pool *pool)
{
	return pool->role || lb_pool_is_stateful(pool);
}

bool lb_pool_is_even(const struct lb_pool *pool)
{
	return !pool->target_shape || text_equal(pool->target_shape, "EVEN");
}

int64_t lb_pool_zones(const struct lb_pool *pool)
{
	enum { CHOSEN_BY_CLOUD = 3 };

	if (pool->zone)
		return 1;
	return pool->zones.count ? (int64_t)pool->zones.count : CHOSEN_BY_CLOUD;
}

bool lb_pool_is_autoscaled(const struct lb_pool *pool)
{
	return pool->autoscaling.max_replicas != LB_ABSENT;
}

bool lb_autoscaling_by_cpu(const struct lb_autoscaling *scaling)
{
	return rules_has(&type_autoscaling, scaling, "cpuUtilization");
}

bool lb_autoscaling_by_load(const struct lb_autoscaling *scaling)
{
	return rules_has(&type_autoscaling, scaling, "loadBalancingUtilization");
}

bool lb_pool_follows(const struct lb_pool *pool)
{
	return pool->replicas == LB_ABSENT && !lb_pool_is_autoscaled(pool);
}

int64_t lb_pool_most(const struct lb *lb, const struct lb_pool *pool)
{
	const int64_t *standing_by[] = {
		&pool->standby_policy.target_suspended_size, &pool->standby_policy.target_stopped_size};
	int64_t most = lb_pool_is_autoscaled(pool) ? pool->autoscaling.max_replicas : lb_pool_replicas(lb, pool);

	for (size_t i = 0; i < sizeof(standing_by) / sizeof(standing_by[0]); i++)
		most += *standing_by[i] == LB_ABSENT ? 0 : *standing_by[i];
	return most;
}

int64_t lb_pool_canaries(const struct lb_pool *pool, int64_t size)
{
	const struct lb_canary *canary = &pool->canary;
	int64_t count = canary->percent != LB_ABSENT ? (canary->percent * size + 99) / 100 : canary->replicas;

	if (!pool->trial)
		return 0;
	return count < size ? count : size;
}

bool lb_pool_serves(const struct lb_pool *pool, const char *backend)
{
	if (!rules_has(pools_type.item, pool, "backends"))
		return !pool->role && text_equal(backend, "default");
	for (size_t i = 0; i < pool->backends.count; i++) {
		if (text_equal(pool->backends.items[i].name, backend))
			return true;
	}
	return false;
}

static const struct lb_service *find_service(const struct lb_spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->services.count; i++) {
		if (text_equal(spec->services.items[i].name, name))
			return &spec->services.items[i];
	}
	return NULL;
}

static bool has_bucket(const struct lb_spec *spec)
{
	for (size_t i = 0; i < spec->backends.count; i++) {
		if (spec->backends.items[i].bucket.bucket_name)
			return true;
	}
	return false;
}

bool lb_has_front(const struct lb_spec *spec)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (lb_pool_service(spec, &spec->pools.items[i]))
			return true;
	}
	return has_bucket(spec);
}

bool lb_has_training(const struct lb_spec *spec)
{
	return rules_has(&spec_type, spec, "training");
}

const struct lb_service *lb_service_of_port(const struct lb_spec *spec, const char *port_name)
{
	for (size_t i = 0; i < spec->services.count; i++) {
		if (text_equal(spec->services.items[i].serving.port_name, port_name))
			return &spec->services.items[i];
	}
	return NULL;
}

const struct lb_service *lb_pool_service(const struct lb_spec *spec, const struct lb_pool *pool)
{
	if (!rules_has(pools_type.item, pool, "backends"))
		return pool->role ? NULL : &spec->services.items[0];
	return pool->backends.count ? find_service(spec, pool->backends.items[0].name) : NULL;
}

/* service: whose port it is when the check says none. */
static int64_t port_of(
	const struct lb_spec *spec, const struct lb_health_check *check, const struct lb_service *service)
{
	if (check->port_name)
		return lb_service_of_port(spec, check->port_name)->serving.port;
	return check->port == LB_ABSENT ? service->serving.port : check->port;
}

int64_t lb_probe_port(const struct lb_spec *spec, const struct lb_service *service)
{
	return port_of(spec, &service->health_check, service);
}

int64_t lb_pool_probe_port(const struct lb_spec *spec, const struct lb_pool *pool)
{
	return port_of(spec, lb_pool_probe(spec, pool), lb_pool_service(spec, pool));
}

int64_t lb_pool_replicas(const struct lb *lb, const struct lb_pool *pool)
{
	if (lb_pool_is_autoscaled(pool))
		return pool->autoscaling.min_replicas;
	return pool->replicas == LB_ABSENT ? lb->spec.replicas : pool->replicas;
}

const struct lb_template *lb_pool_template(const struct lb_spec *spec, const struct lb_pool *pool)
{
	return pool->combined ? pool->combined : &spec->template;
}

bool lb_template_has_built_in_gpus(const struct lb_template *template)
{
	const char *type = template->machine_type;

	return (type[0] == 'a' || type[0] == 'g') && type[1] >= '0' && type[1] <= '9';
}

bool lb_template_has_gpus(const struct lb_template *template)
{
	return template->guest_accelerators.count || lb_template_has_built_in_gpus(template);
}

int64_t lb_forwarded_port(const struct lb_spec *spec, const struct lb_pool *pool)
{
	const struct lb_container *container = &lb_pool_template(spec, pool)->container;
	const struct lb_service *service = lb_pool_service(spec, pool);

	if (!container->image || container->port == LB_ABSENT || !service || service->serving.port == container->port)
		return LB_ABSENT;
	return service->serving.port;
}

bool lb_has_tls(const struct lb_frontend *frontend)
{
	return frontend->tls.certificates.count || frontend->tls.certificate_map;
}

bool lb_has_ipv6(const struct lb_frontend *frontend)
{
	return rules_has(&type_frontend, frontend, "ipv6");
}

bool lb_has_labels(const struct lb_frontend *frontend)
{
	return rules_has(&type_frontend, frontend, "labels");
}

bool lb_has_http(const struct lb_frontend *frontend)
{
	return !lb_has_tls(frontend) || !text_equal(frontend->tls.http_policy, "Disable");
}

struct lb_migration lb_migration(const struct lb_frontend *frontend)
{
	if (rules_has(&type_frontend, frontend, "migration"))
		return frontend->migration;
	return (struct lb_migration){.testing_percentage = 10, .step_sec = 600};
}

bool lb_redirects(const struct lb_frontend *frontend)
{
	return lb_has_tls(frontend) && text_equal(frontend->tls.http_policy, "Redirect");
}

bool lb_amount_is_set(const struct lb_amount *amount)
{
	return amount->fixed != LB_ABSENT || amount->percent != LB_ABSENT;
}

static void take_amounts(struct lb_update_policy *policy, const struct lb_update_policy *over)
{
	if (!lb_amount_is_set(&over->surge) && !lb_amount_is_set(&over->unavailable))
		return;
	policy->surge = over->surge;
	policy->unavailable = over->unavailable;
}

/* One at a time, in each zone: a new machine first, or the old one first where its name is kept. */
static void complete_amounts(struct lb_update_policy *policy, int64_t zones)
{
	bool keeps_names = text_equal(policy->replacement_method, "RECREATE");

	if (!lb_amount_is_set(&policy->surge))
		policy->surge = (struct lb_amount){.fixed = keeps_names ? 0 : zones, .percent = LB_ABSENT};
	if (!lb_amount_is_set(&policy->unavailable))
		policy->unavailable = (struct lb_amount){.fixed = keeps_names ? zones : 0, .percent = LB_ABSENT};
}

struct lb_update_policy lb_pool_update_policy(const struct lb_spec *spec, const struct lb_pool *pool)
{
	struct lb_update_policy policy = spec->update_policy;
	const struct lb_update_policy *over = &pool->update_policy;

	policy.type = over->type ? over->type : policy.type;
	policy.minimal_action = over->minimal_action ? over->minimal_action : policy.minimal_action;
	if (over->most_disruptive_allowed_action)
		policy.most_disruptive_allowed_action = over->most_disruptive_allowed_action;
	policy.replacement_method = over->replacement_method ? over->replacement_method : policy.replacement_method;
	if (!policy.replacement_method)
		policy.replacement_method = lb_pool_keeps_names(pool) ? "RECREATE" : "SUBSTITUTE";
	if (over->instance_redistribution_type)
		policy.instance_redistribution_type = over->instance_redistribution_type;
	take_amounts(&policy, over);
	complete_amounts(&policy, lb_pool_zones(pool));
	return policy;
}

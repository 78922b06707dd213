/* Small questions about a load balancer. */
#include "model/lb.h"

#include "base/str.h"
#include "model/types_internal.h"

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
	return lb_pool_is_autoscaled(pool) ? pool->autoscaling.max_replicas : lb_pool_replicas(lb, pool);
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

bool lb_forwards(const struct lb *lb, const struct lb_template *template)
{
	const struct lb_container *container = &template->container;

	return container->image && container->port != LB_ABSENT && container->port != lb->spec.serving.port;
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

bool lb_redirects(const struct lb_frontend *frontend)
{
	return lb_has_tls(frontend) && text_equal(frontend->tls.http_policy, "Redirect");
}

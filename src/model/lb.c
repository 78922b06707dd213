/* Small questions about a load balancer. */
#include "model/lb.h"

#include "base/str.h"

int64_t lb_pool_replicas(const struct lb *lb, const struct lb_pool *pool)
{
	return pool->replicas == LB_ABSENT ? lb->spec.replicas : pool->replicas;
}

const struct lb_template *lb_pool_template(const struct lb_spec *spec, const struct lb_pool *pool)
{
	return pool->combined ? pool->combined : &spec->template;
}

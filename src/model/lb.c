/* Small questions about a load balancer. */
#include "model/lb.h"

#include "base/str.h"

int64_t lb_pool_replicas(const struct lb *lb, const struct lb_pool *pool)
{
	return pool->replicas == LB_ABSENT ? lb->spec.replicas : pool->replicas;
}

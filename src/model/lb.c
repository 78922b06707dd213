/* Small questions about a load balancer. */
#include "model/lb.h"

#include "base/str.h"

int64_t lb_pool_replicas(const struct lb *lb, const struct lb_pool *pool)
{
	return pool->replicas == LB_ABSENT ? lb->spec.replicas : pool->replicas;
}

const struct lb_pool *lb_pool_find(const struct lb *lb, const char *name)
{
	for (size_t i = 0; i < lb->spec.pools.count; i++) {
		if (text_equal(lb->spec.pools.items[i].name, name))
			return &lb->spec.pools.items[i];
	}
	return NULL;
}

#include "leader.h"

#include <stdio.h>
#include <unistd.h>

#include "net/env.h"

struct lease_terms leader_terms(const struct flags *flags, const char *namespace, char identity[128])
{
	char host[64] = "", uuid[37];

	gethostname(host, sizeof(host) - 1);
	env_uuid(env_system(), uuid);
	snprintf(identity, 128, "%s_%s", host, uuid);
	return (struct lease_terms){
		.namespace = flags->lease_namespace ? flags->lease_namespace
	                     : namespace            ? namespace
	                                            : "default",
		.name = flags->lease_name,
		.identity = identity,
		.duration_ms = flags->lease_duration_ms,
		.renew_deadline_ms = flags->renew_deadline_ms,
		.retry_period_ms = flags->retry_period_ms,
	};
}

bool leader_check(const struct flags *flags, struct error *err)
{
	char identity[128];
	struct lease_terms terms = leader_terms(flags, NULL, identity);

	return lease_terms_check(&terms, err) || error_context(err, "leader election");
}

/* From the classic load balancer (EXTERNAL) to the global one (EXTERNAL_MANAGED) and back, step by step as the cloud wants it
 * (gce-compute-v1.md 13.2): the states of all backend services in step, then their scheme, then that of the rules; backwards the rules
 * first. Where it stands is what the cloud shows of each; since when, the note of a service's mark. Nothing else is remembered. */
#pragma once

#include "kinds/node.h"

/* What the spec says of it, of each wanted backend service. */
struct migration_terms {
	bool managed; /* to EXTERNAL_MANAGED */
	int64_t testing_percentage, step_s;
	const char *hold_at; /* NULL: nowhere */
	int64_t now_s;       /* since 1970 */
};

/* Each turns the goal of a node into what it is to be now; seen NULL: it is to be born. */
void migration_aim_service(const struct node *service, const struct nodes *nodes, cJSON *aim);
void migration_aim_rule(const struct node *rule, const struct nodes *nodes, cJSON *aim);
void migration_aim_map(const struct node *map, const struct nodes *nodes, cJSON *aim);
/* Of proxies: what only EXTERNAL_MANAGED has stays as it is. */
void migration_aim_proxy(const struct nodes *nodes, cJSON *aim);

bool migration_runs(const struct nodes *nodes); /* else the goals stand as they are */
/* ms until the next step is due; INT64_MAX: not by time. */
int64_t migration_due(const struct nodes *nodes);
/* Where it stands and what comes next, as a sentence in the arena; NULL: it does not run. */
char *migration_story(const struct nodes *nodes);
/* What it means to clients when this patch makes this of a backend service, in the arena; NULL: it is no step. */
char *migration_step(const cJSON *patch, const cJSON *body);

/* The words that scripts are made of: they act as users do, wait, and complain. Time limits are virtual. */
#pragma once

#include "sim/sim.h"

enum { MINUTE = 60000, OPERATION = 45000, LONG = 40 * MINUTE };

#define IMAGE "projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580"
#define OBJECT(namespace, name, spec)                                                                                                                                 \
	"{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"namespace\":\"" namespace "\",\"name\":\"" name                            \
														     "\"},\"spec\":{\"project\":\"my-project\"," spec \
														     "}}"
#define POOL "\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"}]"
#define TEMPLATE "\"template\":{\"image\":\"" IMAGE "\"}"

#define KEY "default/tf"

/* A policy that selects every namespace and allows all that may be asked for. */
extern const char ALL_ALLOWED[];
/* The seven-resource example of deploy/examples/tflb.yaml, under KEY. */
extern const char SEED_OBJECT[];

void start_with(struct world *world, const char *object);
void check_ready(struct world *world, const char *key);
/* A condition's member, in the arena; "" when there is none. */
char *condition_text(const struct world *world, const char *key, const char *type, const char *member);
void check_settled(struct world *world);
void check_gone(struct world *world, const char *key);
void check_deleted(struct world *world, const char *key); /* somebody deletes it, and it goes */
/* Nothing was written to the cloud since cloud_writes was so many. */
void check_no_writes(struct world *world, uint64_t before);
/* What one process may do so often; of several that lead, each may. */
int for_each(const struct world *world, int count);
/* So many writes were carried out since then, and none refused; of several that lead, each may do all of them, and is refused where
 * it comes late. */
struct writes {
	uint64_t asked, begun;
};
struct writes writes_now(const struct world *world);
void check_writes(struct world *world, const struct writes *since, int count);
/* No call was refused, where none has to be: the death of a controller may cost one, for what it had sent must be found out by
 * asking; and of two that do the same thing at once one is refused. */
void check_nothing_refused(struct world *world);
/* Settled, complete, nothing twice, and quiet from now on. */
void check_rest(struct world *world, int objects, int pools);

/* Waits until Ready has the reason, and its message holds the word. */
void check_reason(struct world *world, const char *key, const char *reason, const char *word);
void check_message(struct world *world, const char *key, const char *word); /* Ready's, now */
bool is_true(const struct world *world, const char *key, const char *condition);
bool is_stalled(const struct world *world, const char *key);
void check_stalled(struct world *world, const char *key);
/* Name of the first resource of ours in a collection, such as "global/urlMaps"; current arena. */
char *first_name(struct world *world, const char *path);

/* Has an event of that reason been told whose note holds the words? */
bool has_event(const struct world *world, const char *reason, const char *words);
void check_event(struct world *world, const char *reason, const char *words);

/* Does a line of a replica's metrics begin so? */
void check_metric(struct world *world, const char *line);

/* load_scenarios.c */
void load_many(struct world *world);
void load_flapping(struct world *world);
void load_servers_flap(struct world *world);
void load_large(struct world *world);
void load_foreign(struct world *world);
void load_refused_project(struct world *world);

/* quota_scenarios.c */
void quota_told(struct world *world);
void quota_found_out(struct world *world);
void quota_short(struct world *world);

/* token_scenarios.c */
void token_life(struct world *world);

/* spoilt_scenarios.c */
void spoilt_unclear(struct world *world);
void spoilt_throttled(struct world *world);
void spoilt_token_refused(struct world *world);
void spoilt_endpoint_down(struct world *world);
void spoilt_empty(struct world *world);
void spoilt_truncated(struct world *world);
void spoilt_not_json(struct world *world);
void spoilt_wrong_shape(struct world *world);
void spoilt_too_large(struct world *world);
/* sweep_scenarios.c */
void sweep_not_shown(struct world *world);
void sweep_no_proof(struct world *world);
void sweep_zone_lost(struct world *world);
void sweep_asked(struct world *world);
/* adopt_scenarios.c */
void adopt(struct world *world);
void adopt_pool(struct world *world);
void adopt_nothing(struct world *world);
void adopt_edited(struct world *world);
void adopt_never(struct world *world);
void adopt_replaced(struct world *world);
void adopt_impossible(struct world *world);
void adopt_claimed(struct world *world);
void adopt_abandoned(struct world *world);
void adopt_abandoned_never(struct world *world);
void adopt_others(struct world *world);
void restored(struct world *world);
void restored_elsewhere(struct world *world);
void cloned(struct world *world);
/* orphan_scenarios.c */
void orphans_reported(struct world *world);
void orphans_deleted(struct world *world);
void orphans_used(struct world *world);
void orphans_abandoned(struct world *world);
void orphans_found(struct world *world);
void orphans_not_sure(struct world *world);
void orphans_unwatched(struct world *world);
void orphans_moved(struct world *world);
/* drift_scenarios.c */
void drift_delete(struct world *world);
void drift_change(struct world *world);
void drift_members(struct world *world);
void drift_report(struct world *world);
void drift_report_first(struct world *world);
void drift_stuck(struct world *world);
/* front_scenarios.c: first a certificate of somebody else's */
void make_certificate(struct world *world, const char *name);
void https(struct world *world);
void https_named(struct world *world);
void ipv6(struct world *world);
void front_moves(struct world *world);
void front_shared(struct world *world);
void secret_rotated(struct world *world);
void secret_late(struct world *world);
void secret_again(struct world *world);
void certificates_mixed(struct world *world);
void certificates(struct world *world);
void certificate_later(struct world *world);
void certificate_fails(struct world *world);
/* secret_scenarios.c */
void iap(struct world *world);
void iap_drift(struct world *world);
void url_keys(struct world *world);
void url_keys_drift(struct world *world);
/* migration_scenarios.c */
void migrate(struct world *world);
void migrate_steps(struct world *world);
void migrate_held(struct world *world);
void migrate_features(struct world *world);
void migrate_buckets(struct world *world);
void migrate_born(struct world *world);
void migrate_grows(struct world *world);
void migrate_exchanges(struct world *world);
/* living_scenarios.c */
void living_abandon(struct world *world);
void living_suspend(struct world *world);
void living_report(struct world *world);
void living_move(struct world *world);
/* move_scenarios.c */
void move(struct world *world);
void move_one_sided(struct world *world);
void move_deleted_first(struct world *world);
void move_taken_back(struct world *world);
void move_taker_deleted(struct world *world);
void move_suspended(struct world *world);
void move_recreated(struct world *world);
void move_twice(struct world *world);
void move_drift(struct world *world);
void move_within(struct world *world);
void move_policy(struct world *world);
/* machine_scenarios.c */
void override(struct world *world);
void gpus(struct world *world);
void gpus_elsewhere(struct world *world);
void disks(struct world *world);
void container(struct world *world);
void no_such_zone(struct world *world);
/* pool_scenarios.c */
void autoscale(struct world *world);
void autoscaler_drift(struct world *world);
void regional(struct world *world);
void regional_stock_out(struct world *world);
void machine_troubles(struct world *world);
void flexible(struct world *world);
void renamed(struct world *world);
void drained_first(struct world *world);
void probes(struct world *world);
void standby(struct world *world);
void stateful(struct world *world);
void drain(struct world *world);
void healing(struct world *world);
/* training_scenarios.c */
void training(struct world *world);
void training_short(struct world *world);
void training_changes(struct world *world);
void training_stock_out(struct world *world);
void training_meddled(struct world *world);
/* rollout_scenarios.c */
void least_disruption(struct world *world);
void all_instances(struct world *world);
void updates_left_to_others(struct world *world);
void update_amounts(struct world *world);
void rolls_back(struct world *world);
void rolls_back_again(struct world *world);
void rollout_held(struct world *world);
void rollout_makes_ill(struct world *world);
void rollout_lines(struct world *world);
void quick_edits(struct world *world);
/* image_scenarios.c */
void image_pinned(struct world *world);
void image_deleted(struct world *world);
void image_latest(struct world *world);
void image_policies(struct world *world);
void image_shared(struct world *world);
void image_deprecated(struct world *world);
/* canary_scenarios.c */
void canary(struct world *world);
void canary_fails(struct world *world);
void canary_falls_ill(struct world *world);
void canary_makes_ill(struct world *world);
void canary_drift(struct world *world);
void canary_sizes(struct world *world);
void canary_quick_edits(struct world *world);
/* backend_scenarios.c */
void backends(struct world *world);
void routes(struct world *world);
void static_site(struct world *world);
/* apiserver_scenarios.c */
void rewound(struct world *world);

/* replica_scenarios.c */
void replicas_killed(struct world *world);
void replicas_frozen(struct world *world);
void replicas_frozen_in_trouble(struct world *world);
void replicas_cut(struct world *world);
void replicas_stopped(struct world *world);
void replicas_stale(struct world *world);

/* policy_scenarios.c */
void policies_denied(struct world *world);
void policies_tightened(struct world *world);
void policies_labels(struct world *world);
void policies_namespace_unreadable(struct world *world);
void policies_built_in(struct world *world);
void policies_identity(struct world *world);
void policies_moved(struct world *world);
void policies_machines(struct world *world);
void policies_unreadable(struct world *world);
void policies_restart(struct world *world);

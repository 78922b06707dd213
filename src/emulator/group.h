/* A managed instance group: machines that are created, rolled, repaired and deleted over emulated time, as the cloud's
 * group manager does it. Pure: no HTTP, no clock; time comes with each call, chance and the world from callbacks.
 *
 * How to use it: group_new, then group_set_versions / _policy / _healing / _lifecycle, then group_resize. Every verb
 * takes effect at `now` (it lets everything that is due before happen first) and starts at once what the group's rules
 * allow; group_advance lets the rest happen. The same seed and calls give the same history, however often it is advanced.
 *
 * Invariants: the sum of the 13 action counters is the number of managed instances; an instance has an id exactly while
 * its machine exists; a stable group has as many instances as its target size, all with action NONE.
 *
 * Templates are opaque texts compared byte by byte: the owner passes one canonical form (projects/P/global/
 * instanceTemplates/T) and gets it back in callbacks. Values are checked by the owner before they come here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	GROUP_NAME_SIZE = 64,
	GROUP_IP_SIZE = 48,
	GROUP_UNSET = -1,
	GROUP_ERRORS_MAX = 100, /* newest entries that listErrors keeps */
};

/* What the group is doing with an instance, in the order in which the API prints the counters. */
enum group_action {
	GROUP_ABANDONING,
	GROUP_CREATING,
	GROUP_CREATING_WITHOUT_RETRIES,
	GROUP_DELETING,
	GROUP_NONE,
	GROUP_RECREATING,
	GROUP_REFRESHING,
	GROUP_RESTARTING,
	GROUP_RESUMING,
	GROUP_STARTING,
	GROUP_STOPPING,
	GROUP_SUSPENDING,
	GROUP_VERIFYING,
	GROUP_ACTIONS /* how many */
};

/* State of the machine behind an instance. */
enum group_status {
	GROUP_ABSENT, /* there is no machine (yet, or any more) */
	GROUP_MACHINE_PROVISIONING,
	GROUP_MACHINE_STAGING,
	GROUP_MACHINE_RUNNING,
	GROUP_MACHINE_STOPPING,
	GROUP_MACHINE_TERMINATED,
	GROUP_MACHINE_SUSPENDING,
	GROUP_MACHINE_SUSPENDED,
};

/* Whether an instance serves, or stands by, beyond the group's size. */
enum group_duty { GROUP_SERVES, GROUP_SUSPENDED, GROUP_STOPPED, GROUP_DUTIES };

/* Auto-healing health of an instance. */
enum group_health { GROUP_HEALTH_UNKNOWN, GROUP_HEALTH_HEALTHY, GROUP_HEALTH_UNHEALTHY };

/* How much an update disturbs a machine; ordered. */
enum group_disruption { GROUP_DISRUPT_NONE, GROUP_DISRUPT_REFRESH, GROUP_DISRUPT_RESTART, GROUP_DISRUPT_REPLACE };

/* An amount of instances: absent, a number, or percent of the target size. */
enum group_amount_form { GROUP_AMOUNT_ABSENT, GROUP_AMOUNT_FIXED, GROUP_AMOUNT_PERCENT };
struct group_amount {
	enum group_amount_form form;
	int value;
};

/* Why an attempt to create a machine failed. */
struct group_fault {
	char code[64]; /* QUOTA_EXCEEDED, ZONE_RESOURCE_POOL_EXHAUSTED, RESOURCE_NOT_FOUND, ... */
	char message[512];
	char details[1024]; /* JSON array for errorDetails, "" when there is none */
};

struct group;

struct group_instance {
	char name[GROUP_NAME_SIZE];
	const char *zone; /* loan of the group: bare zone name */
	uint64_t id;      /* of the machine; 0 while there is none */
	enum group_status status;
	enum group_action action;
	enum group_duty duty;
	char *own_template;         /* intended version of the instance */
	char *own_version;          /* its name, "" when the version has none */
	char *own_machine_template; /* version the machine has; NULL while there is none */
	char *own_machine_version;
	char *own_config;              /* intended properties over the template's, as the group has them; NULL: none */
	char *own_machine_config;      /* those that the machine has */
	char *own_machine_type;        /* instead of the template's; NULL: that one */
	struct group_fault *own_fault; /* last failed attempt, NULL when the last one succeeded or none was made */
	int attempts;                  /* failed ones in a row */
	int64_t due;                   /* when the running step ends; INT64_MAX: no step runs */
	int64_t created_at;            /* birth of the machine */
	int64_t running_at;            /* last time it began to run */
	int64_t app_up_at;             /* when what it serves answers; INT64_MAX: machine does not run */
	bool lost;                     /* somebody else deletes the machine */
	bool broken;                   /* what it serves does not answer, until mended or recreated */
	bool answering;                /* last answer of world.healthy */
	bool healthy_once;             /* since it last began to run */
	enum group_health health;
	int64_t health_due; /* when health follows answering; INT64_MAX: it has */
	char ip[GROUP_IP_SIZE];
	char nat_ip[GROUP_IP_SIZE]; /* "" when the machine has no public address */
	uint64_t draw;              /* chance drawn at birth: decides between equal victims */
};

/* What a machine is to be made of. */
struct group_machine {
	const char *name; /* one that was asked for; NULL: a random one, which nobody else has */
	const char *template_name;
	const char *type; /* instead of the template's machine type; NULL: that one */
};

/* The owner's side. All get arg first; those marked may be NULL. */
struct group_world {
	void *arg;
	uint64_t (*random)(void *arg, uint64_t limit); /* 0 .. limit - 1 */
	uint64_t (*new_id)(void *arg);                 /* never 0, never the same */
	/* May that machine be created in zone now? false: the attempt fails with fault, which is zeroed before. */
	bool (*can_create)(void *arg, const struct group *group, const char *zone, const struct group_machine *machine,
		struct group_fault *fault);
	/* Does the auto-healing probe get its answer? Asked only for running instances whose application is up and not
	 * broken (group_instance_answers); the owner adds what he knows: health check exists, port, firewall. */
	bool (*healthy)(void *arg, const struct group *group, const struct group_instance *instance);
	/* Time from a change of the answer to the change of health (interval times threshold). May be NULL: durations.probe_ms. */
	int64_t (*probe_ms)(void *arg, const struct group *group, bool to_healthy);
	/* Addresses of a machine that is being born from instance->own_template; nat_ip stays "" when it has none. */
	void (*allocate_ip)(void *arg, const struct group *group, const struct group_instance *instance,
		char ip[GROUP_IP_SIZE], char nat_ip[GROUP_IP_SIZE]);
	/* The least that a change between two templates needs. May be NULL: REPLACE. */
	enum group_disruption (*change_needs)(void *arg, const char *from_template, const char *to_template);
	/* Does the application of a machine that is being born from instance->own_template ever answer? May be NULL: it does. */
	bool (*serves)(void *arg, const struct group *group, const struct group_instance *instance);
	/* How long a machine that leaves is drained, from the backend services of the group. May be NULL: 0. */
	int64_t (*drain_ms)(void *arg, const struct group *group);
	/* An instance left the group and its machine lives on. May be NULL. */
	void (*abandoned)(void *arg, const struct group *group, const struct group_instance *instance);
};

/* Emulated milliseconds. A pair is the range that a seeded choice is made from. */
struct group_range {
	int64_t least, most;
};
struct group_durations {
	struct group_range attempt; /* from the decision to create until the machine exists or the attempt failed */
	struct group_range provisioning;       /* PROVISIONING */
	struct group_range staging;            /* STAGING */
	struct group_range boot;               /* RUNNING until the application answers */
	struct group_range stopping;           /* of a delete, stop or restart */
	struct group_range refresh;            /* REFRESHING, ABANDONING */
	int64_t probe_ms;                      /* without world.probe_ms */
	int64_t retry_first_ms, retry_most_ms; /* back-off of failed creations, doubling */
};
extern const struct group_durations group_durations_default;

struct group_version {
	const char *name; /* NULL or "": none */
	const char *template_name;
	struct group_amount size; /* ABSENT for exactly one version of a group: it takes the rest */
};

enum group_update_type { GROUP_OPPORTUNISTIC, GROUP_PROACTIVE };
/* How machines of several zones spread: as many in each; the same, where there is stock; all in one, where there is stock. */
enum group_shape { GROUP_EVEN, GROUP_WHERE_STOCK_IS, GROUP_SINGLE_ZONE };
enum group_replacement { GROUP_SUBSTITUTE, GROUP_RECREATE };
struct group_policy {
	enum group_update_type type;
	enum group_disruption minimal;         /* API default REPLACE */
	enum group_disruption most_disruptive; /* API default REPLACE */
	enum group_replacement replacement;
	struct group_amount surge;
	struct group_amount unavailable;
};
/* What the API fills in: OPPORTUNISTIC, REPLACE, REPLACE, SUBSTITUTE, surge and unavailable = number of zones. */
struct group_policy group_policy_default(size_t zone_count);

struct group_healing {
	const char *health_check; /* projects/P/global/healthChecks/H; NULL: no auto-healing */
	int64_t initial_delay_ms;
};

struct group_lifecycle {
	bool repair;           /* defaultActionOnFailure REPAIR: broken, deleted and stopped machines are made again */
	bool heal;             /* onFailedHealthCheck: repair unhealthy machines too (DEFAULT_ACTION = as repair) */
	bool update_on_repair; /* forceUpdateOnRepair */
};

/* Machines that stand by: made, run for a while, and then suspended or stopped. */
struct group_standby {
	int sizes[GROUP_DUTIES]; /* of SUSPENDED and STOPPED */
	bool scales_out;         /* mode SCALE_OUT_POOL: they serve before new machines are made */
	int64_t delay_ms;        /* initialDelaySec: how long they run first */
};

/* What a machine that is made anew keeps of the one before. */
struct group_stateful {
	const char *policy; /* preservedState as one canonical text; NULL: none */
	bool ip, nat_ip;    /* addresses of the first interface */
};

struct group_error {
	struct group_fault fault;
	int64_t at;
	enum group_action action;
	char instance[GROUP_NAME_SIZE];
	const char *zone; /* loan of the group */
	char *own_template, *own_version;
};

/* Readable by everybody, changed only by this module. */
struct group {
	const struct group_world *world;
	struct group_durations durations; /* the owner may set others; steps that run already keep theirs */
	char *own_base_name;
	char **own_zones; /* one: zonal; several: regional, machines are spread as the shape says */
	size_t zone_count;
	enum group_shape shape;
	int target_size;
	struct group_version *own_versions; /* their texts are owned too */
	size_t version_count;
	char *own_config;   /* properties over those of any template, one canonical text; NULL: none */
	int64_t config_set; /* when it was changed last; GROUP_UNSET: never */
	struct group_policy policy;
	char *own_health_check; /* NULL: no auto-healing */
	int64_t initial_delay_ms;
	struct group_lifecycle lifecycle;
	struct group_standby standby;
	char *own_stateful; /* statefulPolicy.preservedState; NULL: none */
	bool keeps_ip, keeps_nat_ip;
	char **own_machine_types; /* instanceFlexibilityPolicy, best first */
	size_t machine_type_count;
	struct group_instance **own_instances; /* managed instances, oldest first */
	size_t instance_count, instance_capacity;
	struct group_error *own_errors; /* oldest first */
	size_t error_count;
	int64_t now;
	bool deleting;
	bool held; /* several changes are being made at once */
};

struct group_options {
	const struct group_world *world;         /* loan for the group's life */
	const struct group_durations *durations; /* copied; NULL: group_durations_default */
	const char *base_instance_name;
	const char *const *zones; /* bare names, copied */
	size_t zone_count;        /* at least 1 */
};

/* An empty group: size 0, no version, default policy, no auto-healing, repair on. */
struct group *group_new(const struct group_options *options, int64_t now);
void group_free(struct group *group);

/* Time. now never runs backwards; advance stops at every event on the way. next: INT64_MAX when nothing will happen. */
void group_advance(struct group *group, int64_t now);
int64_t group_next(const struct group *group);
/* To be called when what healthy() answers may have changed by the owner's side (firewall, health check, world). */
void group_touch(struct group *group, int64_t now);

/* What is wanted. Each replaces the former value whole; texts are copied. */
void group_resize(struct group *group, int size, int64_t now);
void group_set_versions(struct group *group, const struct group_version *versions, size_t count, int64_t now);
/* allInstancesConfig.properties, one canonical text compared byte by byte; NULL: none. Machines to come have it; those that there
 * are get it by the policy's update, for which it needs a refresh. */
void group_set_config(struct group *group, const char *config, int64_t now);
void group_set_standby(struct group *group, const struct group_standby *standby, int64_t now);
void group_set_stateful(struct group *group, const struct group_stateful *stateful, int64_t now);
/* Types that machines to come may have, best first; none: what their template says. */
void group_set_machine_types(struct group *group, const char *const *types, size_t count, int64_t now);
void group_set_shape(struct group *group, enum group_shape shape, int64_t now); /* of machines that are yet to come */
void group_set_policy(struct group *group, const struct group_policy *policy, int64_t now);
void group_set_healing(struct group *group, const struct group_healing *healing, int64_t now);
void group_set_lifecycle(struct group *group, const struct group_lifecycle *lifecycle, int64_t now);
/* All machines go. Later changes of what is wanted and verbs on named instances are programming errors. The group is gone when group_gone says so. */
void group_start_delete(struct group *group, int64_t now);
bool group_gone(const struct group *group);

/* Verbs on named instances (bare names). They do nothing at all and return false (err: class REJECTED, code "invalid")
 * when a name is not managed here, is already leaving (delete, abandon, recreate), or exists already (create).
 * With skip, group_delete_instances passes over such names instead. */
struct group_names {
	const char *const *items;
	size_t count;
};
bool group_recreate(struct group *group, struct group_names names, int64_t now, struct error *err);
bool group_delete_instances(struct group *group, struct group_names names, bool skip, int64_t now, struct error *err);
bool group_abandon(struct group *group, struct group_names names, int64_t now, struct error *err);
bool group_create_instances(struct group *group, struct group_names names, int64_t now, struct error *err);
/* names.count 0: all instances. Whatever the policy's type, and at once for all of them; names are kept. */
bool group_apply_updates(struct group *group, struct group_names names, enum group_disruption minimal,
	enum group_disruption most_disruptive, int64_t now, struct error *err);

/* The world acts on a machine. false: no such instance, or its machine does not run (lose: it has none). */
bool group_break_instance(struct group *group, const char *name, int64_t now); /* its application stops answering */
bool group_mend_instance(struct group *group, const char *name, int64_t now);
bool group_preempt(struct group *group, const char *name, int64_t now);       /* the machine is stopped by the cloud */
bool group_lose_instance(struct group *group, const char *name, int64_t now); /* the machine is deleted by somebody */

/* What is seen. */
struct group_instance *group_find(const struct group *group, const char *name); /* loan or NULL */
/* Running, application up, not broken: what a probe of the machine itself would see. */
bool group_instance_answers(const struct group_instance *instance, int64_t now);
/* "Available": runs, is neither on its way out nor down for a change, and has been healthy once when there is auto-healing. */
bool group_instance_available(const struct group *group, const struct group_instance *instance);
void group_count_actions(const struct group *group, int counts[GROUP_ACTIONS]);
bool group_stable(const struct group *group);                        /* status.isStable */
bool group_version_reached(const struct group *group);               /* status.versionTarget.isReached */
bool group_config_effective(const struct group *group);              /* status.allInstancesConfig.effective */
int group_version_target(const struct group *group, size_t version); /* versions[i].targetSize.calculated */
int group_surge(const struct group *group);                          /* updatePolicy.maxSurge.calculated */
int group_unavailable(const struct group *group);                    /* updatePolicy.maxUnavailable.calculated */
bool group_uses_template(const struct group *group, const char *template_name); /* by a version or an instance */

/* Words of the API. action_name is the value of currentAction; action_key the member of currentActions. */
const char *group_action_name(enum group_action action);
const char *group_action_key(enum group_action action);
const char *group_status_name(enum group_status status); /* instanceStatus; NULL for GROUP_ABSENT */
const char *group_health_name(enum group_health health);

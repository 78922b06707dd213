/* Shared between the files of kinds/: the rows, and what several builds need. */
#pragma once

#include "kinds/kind.h"
#include "kinds/link.h"
#include "kinds/spec.h"

extern const struct kind kind_image, kind_subnetwork, kind_accelerator, kind_address, kind_firewall, kind_health_check,
	kind_instance_template, kind_group, kind_backend_service, kind_backend_bucket, kind_url_map,
	kind_ssl_certificate, kind_ssl_policy, kind_target_http_proxy, kind_target_https_proxy, kind_forwarding_rule;
extern const struct kind kind_autoscaler;

enum { HASH_SIZE = MODEL_HASH_CHARACTERS + 1 };

/* The hash of an immutable resource's name. Released hashes are frozen by golden files: what goes into inputs, and its form,
 * never changes. */
void hash_inputs(const cJSON *inputs, char hash[HASH_SIZE]);

/* Whether one of that kind and path is wanted already: pools share what they refer to alike. */
bool is_wanted(const struct wants *wants, enum kind_id kind, const char *path);

/* A want of ours, added: its name made of role and hash (NULL: none), and a body with name and mark. part: pool or "". */
struct want *want_begin(struct wants *wants, const struct kind *kind, const struct kind_context *context,
	const char *role, const char *part, const char *hash);

/* For kinds with a hash in the name, once the body is complete: the given name instead, unless a successor is there or the
 * resource of that name can't become what is wanted. */
void want_take_over(struct want *want, const struct kind_context *context);
/* The first of these members that differs; links by path. NULL: none. */
const char *first_that_differs(const struct want *want, const cJSON *seen, const char *const members[], size_t count);

/* The node of that kind that link points at; NULL: none. */
const struct node *nodes_target(const struct nodes *nodes, enum kind_id kind, const char *link);

/* Was it made later, as last read? One that was only sent yet is newer than any. */
bool node_is_newer(const struct node *one, const struct node *other);

/* Path of the wanted resource of that kind and role, which an earlier build added. */
char *wanted_path(const struct wants *wants, enum kind_id kind, const char *role);

/* What a member of a Secret holds; NULL: it is not known to be named. */
const struct kind_value *secret_value(const struct kind_context *context, const char *secret, const char *key);
/* A secret of the want under that name; text NULL: it is not at hand. */
void want_secret(struct want *want, const char *name, const char *text);

/* Of both proxies. */
extern const struct kind_verb set_url_map;
void set_keep_alive(cJSON *body, const struct lb_frontend *frontend);
/* Do all wanted certificates serve? */
bool certificates_serve(const struct nodes *nodes);
/* The first part of the front of HTTPS that is wanted and does not serve yet; NULL: all do. */
const struct node *https_late(const struct nodes *nodes);
/* A member as the user set it; null, which is "must be unset", when text is NULL or number LB_ABSENT. */
void set_text(cJSON *object, const char *name, const char *text);
void set_int(cJSON *object, const char *name, int64_t number);
void set_number(cJSON *object, const char *name, const char *decimal);
/* A share, of a whole percentage. */
void set_share(cJSON *object, const char *name, int64_t percent);

/* advanced.c: does a body of that kind hold what only EXTERNAL_MANAGED has? */
bool service_is_advanced(const cJSON *body);
bool map_is_advanced(const cJSON *body); /* of a URL map, at any depth */
/* Takes that away from what a backend service is to be, so that what is seen of it (NULL: it is not there) stays. */
void service_withhold(cJSON *aim, const cJSON *seen);

/* machines.c: machines of one group by their links, in the arena. */
struct machines {
	const char **places; /* link_place of each, sorted; loans */
	size_t count;
};
/* Those of the list that are meant; member: where an item has the link. */
struct machines machines_pick(const cJSON *list, const char *member, bool (*meant)(const cJSON *item));
bool machines_have(const struct machines *machines, const char *link);

/* group_health.c: the healthy machines by each of node->fronts. */
struct probes {
	struct machines healthy[FRONTS_MAX];
	size_t count;
};
struct probes group_probes(const struct node *group);
/* Do all of them say that the machine (a link) is healthy? Where there are none, nobody says that it is not. */
bool probes_agree(const struct probes *probes, const char *instance);
/* Likewise of a managed machine; where nobody probes, it is one that the group wants nothing of. */
bool group_machine_is_healthy(const struct node *group, const struct probes *probes, const cJSON *machine);
/* Fills healthy and health_known, and corrects existing, which is read at another time. */
void group_count_healthy(const struct node *group, struct group_sight *sight);

/* group.c: the first part of the names of a pool's machines. */
char *group_base_name(const struct lb *lb, const struct identity *who, const struct lb_pool *pool);
/* The hash in the name of a pool's group, and of what belongs to that group alone. */
void group_hash(const struct lb *lb, const struct lb_pool *pool, char hash[HASH_SIZE]);

/* address.c: labels of rules and addresses change by this verb; an insert drops them. */
extern const struct kind_verb set_labels;
void want_labels(struct want *want, const struct lb *lb);
/* capacity.c: an entry of a backend service's backends. */
void add_backend(cJSON *backends, const char *group_url, const struct lb_capacity *capacity);

/* group_options.c: what body says beside versions, sizes, place and updates. */
void group_set_options(cJSON *body, const struct kind_context *context, const struct lb_pool *pool);

/* group_update.c: body's updatePolicy; and what of it is due now. Where the size is not ours to say, or not sent yet, percent goes
 * by the one that there is, or, of a group to be made, by the one that aim says. */
void group_set_update_policy(cJSON *body, const struct lb *lb, const struct lb_pool *pool);
void group_aim_amounts(const struct node *group, cJSON *aim);
void group_aim_action(const struct node *group, const struct nodes *nodes, cJSON *aim); /* of one that is there */

/* rollout.c: what the note of a group's mark says, NULL: nothing; the digest of the spec that its updates go by; name of a version's
 * template, and of that of the main one; what versions that are alike have alike. */
const cJSON *rollout_note(const struct node *group);
const char *rollout_digest(const struct node *group);
const char *version_template(const cJSON *version);
const char *versions_template(const cJSON *versions);
uint64_t versions_key(const cJSON *versions);

/* spec.c */

/* Calls fn for each thing that machines are made of: each pool, and each pool as its canaries are behind it. */
typedef void (*make_fn)(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool);
void each_make(const struct kind_context *context, struct wants *wants, make_fn fn);
bool is_bare_name(const char *name); /* NULL is none */
/* Roles of what exists once per pool: "group-cpu". */
char *pool_role(const char *what, const struct lb_pool *pool);
/* The network is only known by one of its subnetworks. */
bool names_only_subnetwork(const struct lb *lb, const struct lb_pool *pool);
/* No pool before it says its network in the same words. (A bare subnetwork in two regions is taken for parts of one network.) */
bool is_first_in_network(const struct lb *lb, const struct lb_pool *pool);
/* The network tag that the firewall rule and every machine bear: "tflb-<id>". */
char *machine_tag(const struct identity *who);
/* Roles of the checks by which the load balancer probes the backend, and by which groups find machines to replace. Those of
 * default are frozen: "health-check", "healing"; others are "check-v2", "healing-v2". */
char *check_role(const struct lb_service *service);
char *healing_role(const struct lb_service *service);
/* Of the one that the pool's group has: its backend's, or "heal-cpu". The pool heals (lb_pool_heals). */
char *pool_healing_role(const struct lb_spec *spec, const struct lb_pool *pool);
/* The URL map leads there. */
bool is_routed(const struct lb *lb, const struct lb_service *service);

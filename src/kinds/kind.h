/* Kinds of resources as rows: where they live, how they are updated, their unusual members, and a pure build that returns the
 * whole wanted body. Everything about one kind stands in one file of the same anatomy. Facts: gce-compute-v1.md sections 7,
 * 9, 10; gce-facts-2.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"
#include "kinds/mark.h"
#include "kinds/node.h"
#include "model/model.h"

enum kind_id {
	KIND_IMAGE,       /* external: an image family, resolved */
	KIND_SUBNETWORK,  /* external: tells the firewall its network */
	KIND_ACCELERATOR, /* external: GPUs that a zone offers */
	KIND_ADDRESS,
	KIND_FIREWALL,
	KIND_HEALTH_CHECK,
	KIND_INSTANCE_TEMPLATE,
	KIND_GROUP, /* instance group manager, and the instance group of the same name */
	KIND_AUTOSCALER,
	KIND_BACKEND_SERVICE,
	KIND_BACKEND_BUCKET,
	KIND_URL_MAP,
	KIND_SSL_CERTIFICATE, /* may be external: one that the user names */
	KIND_SSL_POLICY,      /* likewise */
	KIND_TARGET_HTTP_PROXY,
	KIND_TARGET_HTTPS_PROXY,
	KIND_FORWARDING_RULE,
	KINDS
};

enum member_rule {
	MEMBER_INSERT_ONLY, /* sent at insert, never compared again */
	MEMBER_REFERENCE,   /* a link: compared by path, and an edge to a node of `target` */
	MEMBER_LINK,        /* a link to what is no node: compared by path */
	MEMBER_SET,         /* array whose order does not matter; patched whole */
	MEMBER_KEYED,       /* array of objects matched by member `key`; patched whole */
	MEMBER_MAP,         /* object whose members are all ours: what is not wanted is removed */
	MEMBER_RANGE,       /* "80" equals "80-80" */
	MEMBER_VERB,        /* changed by `verb`, not by PATCH */
	MEMBER_NAMES,       /* array of names, changed one by one by `names`, not by PATCH */
	/* the SHA-256 of a secret: what is read back, and compared; sent is the secret itself, as the member `key` beside it */
	MEMBER_DIGEST,
	MEMBER_ABSENT_IS, /* when the server prints nothing, it means `absent` (JSON text) */
};

/* How a member is changed when PATCH does not do it. The call is POST <path of the resource, or of `collection`>/<name>. */
struct kind_verb {
	const char *name; /* "resize", "setNamedPorts", "setUrlMap", "setTarget" */
	const char
		*collection; /* other collection of the same scope and name ("instanceGroups"), NULL: the kind's own */
	bool no_scope;       /* the path has no "global/" (target proxies) */
	const char *
		query; /* name of a query parameter that takes the value ("size"), NULL: the value goes into the body */
	const char *body;  /* member of the body that takes the value ("namedPorts") */
	const char *proof; /* member as last read that goes along ("labelFingerprint") */
	bool after_insert; /* an insert does not take the member; so it is with proof */
};

/* POST <path of the resource>/<add> {name: N, value: the secret of that name}, and POST .../<remove>?<name>=N. */
struct kind_names {
	const char *add, *remove, *name, *value;
	int most; /* so many there may be at once */
};

struct kind_member {
	const char *path; /* "urlMap", "backends[].group", "autoHealingPolicies[].healthCheck" */
	enum member_rule rule;
	enum kind_id target;            /* REFERENCE */
	bool soft;                      /* REFERENCE: an insert need not wait for it */
	const char *key;                /* KEYED, DIGEST */
	const struct kind_verb *verb;   /* VERB */
	const struct kind_names *names; /* NAMES */
	const char *absent;             /* ABSENT_IS */
};

/* A member of a body whose value is the user's, and where in the spec it comes from. What is below both under the same names needs
 * no row: the spec has Compute Engine's. */
struct kind_source {
	const char *member; /* "httpHealthCheck.requestPath"; "[]" for any index, "[0]" for this one */
	/* "spec.healthCheck.requestPath"; "[]" for the resource's pool, "[i]" for the member's index, "[i-1]" for the one before. */
	const char *spec;
};

/* One wanted resource. Memory of the current arena. */
struct want {
	const struct kind *kind;
	char name[MODEL_NAME_SIZE];
	const char *project, *location, *role, *part;
	cJSON *body;    /* NULL for external ones */
	cJSON *secrets; /* texts that the body does not show, by the path of their digest or by their name; NULL: none */
	int64_t least_healthy;                   /* of a group: so many machines must be healthy for Ready */
	int64_t cards;                           /* of an accelerator type: so many one machine is to have */
	const struct rollout_terms *terms;       /* of a group; NULL: none */
	const char *const *fronts;               /* of a group: see struct node */
	const struct migration_terms *migration; /* of a backend service */
};

struct wants {
	struct want *items;
	size_t count, capacity;
};

/* A chain and its key out of a Secret. Loans. */
struct kind_pair {
	const char *secret;
	char hash[MODEL_HASH_CHARACTERS + 1]; /* of the chain; "": not known, what stands stays */
	const char *chain, *key;              /* NULL: not at hand, which only an insert needs */
};

/* What one member of a Secret holds. Loans. */
struct kind_value {
	const char *secret, *key;
	char digest[DIGEST_HEX_SIZE]; /* "": not known */
	const char *value;            /* NULL: not at hand, which only a write needs */
};

struct kind_context {
	const struct lb *lb;
	const struct identity *who;
	int64_t now_s;                 /* since 1970; 0: what takes its time stands still */
	const struct kind_pair *pairs; /* of the Secrets that the spec names, each once */
	size_t pair_count;
	const struct kind_value *values; /* of the members of Secrets that the spec names, each once */
	size_t value_count;
	/* What there is, with seen; for resources that spec.resourceNames names. One whose members fixed at birth are not as
	 * wanted has a successor under a name of ours where the kind knows how (the name has a hash). */
	struct nodes nodes;
	const char *status; /* our last one as text; NULL: none */
};

/* A call that changes a member, made of what is seen: POST <path of the resource>/<verb>. */
struct kind_call {
	const char *verb; /* NULL: what it goes by, the managed machines of a group, has to be read first */
	cJSON *body;
	int64_t change; /* what it adds to the member */
};

struct kind {
	enum kind_id id;
	const char *name;                  /* Compute Engine's name of the type: "InstanceGroupManager" */
	const char *text;                  /* for sentences: "instance group manager" */
	const char *collection;            /* "instanceGroupManagers" */
	bool external;                     /* observed and referred to, never written */
	bool immutable;                    /* has no update at all: present and ours is as wanted */
	bool description_fixed;            /* the mark can't be rewritten */
	bool fingerprint;                  /* PATCH carries the fingerprint last seen */
	bool label_release;                /* Abandon marks it by label tflb-released, not by the description */
	const char *patch_query;           /* PATCH goes to the collection, with this parameter as name; NULL: no */
	const char *list_path;             /* below projects/P/: "global/urlMaps", "aggregated/instanceGroupManagers" */
	const char *list_inner;            /* inner array of the aggregated list, NULL */
	const char *list_query;            /* "fields=...", NULL */
	const struct kind_member *members; /* up to one without path */
	const struct kind_source *sources; /* up to one without member; NULL: none */

	/* Adds the wanted resources of this kind (none, one, one per pool) with their goal bodies to wants. Members that must be
	 * unset are null. Called in the order of enum kind_id. */
	void (*build)(const struct kind_context *context, struct wants *wants);

	/* Optional: the first member, fixed at birth, in which a resource to be taken over differs from what is wanted; NULL: none
	 * does. NULL as a whole: nothing is fixed. */
	const char *(*fixed)(const struct kind_context *context, const struct want *want, const cJSON *seen);

	/* Optional hooks; NULL: the default. */
	bool (*usable)(const struct node *node);  /* may dependants be made? default: present, nothing running */
	bool (*settled)(const struct node *node); /* has the change arrived? default: usable */
	/* Does node, beyond what its seen body refers to, still need target? (A group that rolls needs its old template.) */
	bool (*holds)(const struct node *node, const struct nodes *nodes, const struct node *target);
	/* What has to arrive before old, which nobody wants any more, may go; NULL: nothing. default: nodes_late_successor */
	const struct node *(*awaits)(const struct node *old, const struct nodes *nodes);
	/* When node, which nobody wants or uses any more, may go (ms). default: at once */
	int64_t (*goes_at)(const struct node *node);
	/* Is node to stay as it is, although that is not what is wanted? default: no */
	bool (*gave_up)(const struct node *node);
	/* Is node, which nobody wants any more, kept for now? default: no */
	bool (*stays)(const struct node *node, const struct nodes *nodes);
	/* What an update with these members makes untrue in the body that is taken as seen until it is read again. default: nothing */
	void (*assume)(cJSON *assumed, const cJSON *change);
	/* The body to aim for now; NULL: the goal (node->want). */
	cJSON *(*toward)(const struct node *node, const struct nodes *nodes);
	/* The call that brings the member at path, a number, nearer to value in place of its verb; false: it is the verb. default: that */
	bool (*instead)(const struct node *node, const char *path, const cJSON *value, struct kind_call *call);
	/* ms until toward says something else by time alone; INT64_MAX: it does not. default: that */
	int64_t (*due)(const struct nodes *nodes);
	/* What the insert waits for although its reference is soft; NULL: nothing. default: nothing */
	const struct node *(*insert_waits_for)(const struct node *node, const struct nodes *nodes);
};

const struct kind *kind_at(enum kind_id id);

/* All wanted resources of the object, in the order of kinds. */
void kinds_want(const struct kind_context *context, struct wants *wants);
/* A message of the cloud's about a body of this kind, or about a machine made of it: what it calls "field 'resource.x'" is called
 * by its place in the spec, where it comes from there. part: the resource's pool or backend. spec: the user's, as JSON, which tells
 * what these say for themselves; NULL: it is not known. In the arena. */
char *kind_in_spec(const struct kind *kind, const char *part, const cJSON *spec, const char *message);
/* For kinds: a zeroed want at the end. */
struct want *wants_add(struct wants *wants, const struct kind *kind, const struct kind_context *context);
struct want *wants_find(const struct wants *wants, enum kind_id kind, const char *role);
/* The name that spec.resourceNames gives to a role ("group-cpu" here is "group/cpu" there); a loan, NULL: none. */
const char *kinds_given_name(const struct lb *lb, const char *role);
/* Role of a key of spec.resourceNames, in the arena, and its kind. */
char *kinds_given_role(const char *key, const struct kind **kind);

/* "projects/P/global/urlMaps/N" of a node / a want, in the arena. */
char *node_path(const struct node *node);
char *want_path(const struct want *want);
/* The path of the instance group that belongs to a group; the second: to one that is a node. */
char *group_instance_group_path(const char *project, const char *location, const char *name);
char *group_path(const struct node *group);
/* "projects/P/zones/Z", "projects/P/regions/R", or, for "", "projects/P/global". */
char *scope_path(const char *project, const char *location);
/* Does a link in `member` of some body point at node? Maps instance groups to their managers and literal addresses to address nodes. */
bool node_is_target(const struct node *node, const struct kind_member *member, const char *link);

/* The wanted node that takes the place of one that is no longer wanted, as long as it has not arrived; NULL: none. */
const struct node *nodes_late_successor(const struct nodes *nodes, const struct node *old);

/* Default predicates, for hooks that add to them. */
bool node_usable(const struct node *node);
bool node_settled(const struct node *node);

/* What clients notice when this forwarding rule, which nobody wants any more, goes, as a sentence in the arena; NULL: nothing, or
 * there is no other. */
char *rule_farewell(const struct node *old, const struct nodes *nodes);

/* Do clients get this certificate, or would they if it were shown? Google may still be obtaining it. */
bool certificate_serves(const struct node *certificate);
/* The role of the certificate of an entry of spec.frontend.tls.certificates, in the arena. */
char *certificate_role(const struct lb_certificate *entry);
/* Role of what exists once per backend, "backend-v2"; and of a backend that is a bucket. In the arena. */
char *service_role(const char *what, const struct lb_service *service);
char *bucket_role(const char *backend);

/* What is wanted of a group's machines, out of its bodies and views. */
struct group_sight {
	int64_t target;   /* wanted size; of an autoscaled group what it was set to last */
	int64_t existing; /* machines that exist (not being created) */
	int64_t updated;  /* of them, at the wanted template */
	int64_t healthy;  /* by getHealth */
	bool health_known;
	/* The group runs the template that it is to have now, and what it says of all machines, as last read: on every machine, or
	 * on those that it is allowed to change. That is the wanted one, unless it went back (kinds/rollout.h). */
	bool at_version;
	bool went_back;   /* it is not the wanted one */
	bool mixed;       /* the latter: some machines keep an earlier template */
	bool unrefreshed; /* likewise earlier metadata and labels of allInstancesConfig */
	bool stable;
};
struct group_sight group_sight(const struct node *group);
/* Does the service, as last seen, hold the group? */
bool group_is_behind(const struct node *group, const struct node *service);
/* Notes in group->drain whether a backend service holds it. Before each plan. */
void group_watch_drain(struct node *group, const struct nodes *nodes, int64_t now);
/* Is it, an item of managedInstances, one that stands by (standbyPolicy)? */
bool group_stands_by(const struct node *group, const cJSON *machine);
/* When health was read last by the one that was asked longest ago (ms); without fronts INT64_MAX. */
int64_t group_probed_at(const struct node *group);
/* Machines that are healthy by that one of node->fronts. */
int64_t group_healthy_at(const struct node *group, const char *front);
/* Of several versions the one that has a size of its own, which are the canaries; NULL: there is none. */
const cJSON *group_canary(const cJSON *versions);
/* The other one, or the only one. NULL: there is none. */
const cJSON *group_main(const cJSON *versions);
/* How many machines of a group of that size are to be of the version, one of these. */
int64_t group_version_size(const cJSON *versions, const cJSON *version, int64_t size);
/* What is seen of the canaries that a group is to have now. */
struct canary_sight {
	const char *template; /* its name; NULL: it is to have none */
	int64_t target, existing, healthy;
	bool known; /* which machines they are is known, and whether they are healthy */
};
struct canary_sight group_canary_sight(const struct node *group);
/* Are these, each with instanceTemplate, the versions that it was last read, or told, to have? */
bool group_versions_are(const struct node *group, const cJSON *versions);
/* Are the versions that it is to have now those that it was last read, or told, to have? */
bool group_has_versions(const struct node *group);
/* Does its want name its machines? Then which there are is looked at now and then. */
bool group_is_named(const struct node *group);
/* The cluster of the pools with a role, as in TF_CONFIG; in the arena. */
cJSON *training_cluster(const struct lb *lb, const struct identity *who);
/* Half of target, rounded up, at least one (0 for target 0). */
int64_t group_healthy_needed(int64_t target);
/* At its version, and at least node->least_healthy machines are healthy. */
bool group_serving(const struct node *group);

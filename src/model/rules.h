/* Rules that no bound or pattern can say, each once for the API server (CEL) and once for us (C). One set of cases,
 * tests/data/rule-cases.json, runs against both. A type's rules end with a row without cel. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/types.h"

/* self, old: where the value stands in its C struct (char ** for a STRING, the struct for an OBJECT, ...), defaults filled in.
 * Called only when self is set. */
typedef bool (*rule_fn)(const void *self, const void *old);

struct rule {
	const char *cel;        /* only CEL of the first releases */
	const char *message;    /* what to write instead */
	const char *field_path; /* ".zone"; NULL: the error names the node that the rule hangs on */
	const char *reason;     /* FieldValueRequired, ...; NULL: FieldValueInvalid */
	bool transition;        /* compares with the old object: runs on updates only, when both have the node */
	bool whole;             /* asks for a second member: does not hold inside an override */
	rule_fn holds;
};

bool rules_text_stays(const void *self, const void *old); /* of a STRING, with transition */

extern const struct rule object_rules[], spec_rules[], project_rules[], template_rules[], metadata_rules[],
	config_metadata_rules[], labels_rules[], tags_rules[], pool_rules[], serving_rules[], health_check_rules[],
	address_rules[], resource_names_rules[];
extern const struct rule frontend_rules[], tls_rules[], certificate_rules[], ssl_policy_rules[], firewall_log_rules[];
extern const struct rule move_from_rules[];
extern const struct rule autoscaling_rules[], metric_rules[], amount_rules[], number_rules[];
extern const struct rule consistent_hash_rules[], request_log_rules[];
extern const struct rule negative_code_rules[], cache_key_rules[], cdn_policy_rules[], bucket_rules[], backend_rules[],
	iap_rules[];
extern const struct rule canary_rules[];
extern const struct rule capacity_rules[], scaler_rules[];
extern const struct rule healing_check_rules[];
extern const struct rule scheduling_rules[], card_count_rules[], host_timeout_rules[], reservation_rules[];
extern const struct rule update_policy_rules[], rollout_rules[];
extern const struct rule disk_labels_rules[], additional_disk_rules[], interface_rules[];

/* Hold of what pools say, and of what the spec says of them all. */
#define RULE_NAMES_ARE_KEPT                                                                                            \
	"pools with role or statefulPolicy keep their machines' names: replacementMethod must be RECREATE"
#define RULE_STATEFUL_STAYS                                                                                            \
	"pools with statefulPolicy keep their machines where they are: instanceRedistributionType must be NONE"
/* Holds of the backends as they are written, and of what comes of them. */
#define RULE_ONE_PORT "two backends give one portName two ports; use one portName per port"

#define RULE_CDN "cdnPolicy needs enableCDN: true"
/* Holds of a pool's own size, and of spec.replicas. */
#define RULE_CANARIES_FIT "canary.replicas must not exceed the size of the pool"

/* For rules: whether the user set the member, also where its absence can't be seen from the value. */
bool rules_has(const struct type *type, const void *object, const char *name);
extern const struct rule weights_rules[], redirect_rules[], rewrite_rules[], path_rule_rules[], route_rule_rules[],
	route_rules_of_route[], match_rule_rules[], header_match_rules[], parameter_match_rules[], route_test_rules[];

/* Whether there is a backend of that name. */
bool rules_has_backend(const struct lb_spec *spec, const char *name);
/* The same, of backends that machines serve, and of those that are a bucket. */
bool rules_has_machines(const struct lb_spec *spec, const char *name);
bool rules_has_bucket(const struct lb_spec *spec, const char *name);
/* rules_route.c: rules of the spec as a whole. */
bool rules_routes_name_backends(const void *self, const void *old);
bool rules_path_rules_name_backends(const void *self, const void *old);
bool rules_route_rules_name_backends(const void *self, const void *old);
bool rules_weights_name_backends(const void *self, const void *old);
bool rules_tests_name_backends(const void *self, const void *old);
bool rules_hosts_stand_once(const void *self, const void *old);
bool rules_routes_fit_scheme(const void *self, const void *old);
/* Whether no status code has two pages at one place. */
bool rules_codes_stand_once(const struct lb_spec *spec);
/* rules_serving.c: the same. */
bool rules_serving_fits_scheme(const void *self, const void *old);
bool rules_backends_fit_scheme(const void *self, const void *old);
bool rules_backend_caches(const void *self, const void *old);
/* rules_machines.c: the same. */
bool rules_has_image(const void *self, const void *old);
bool rules_containers_have_image(const void *self, const void *old);
bool rules_scopes_have_account(const void *self, const void *old);
bool rules_regions_have_no_zonal_disks(const void *self, const void *old);
bool rules_roles_have_training(const void *self, const void *old);
bool rules_training_has_roles(const void *self, const void *old);
bool rules_single_roles_stand_once(const void *self, const void *old);
/* Whether spec.updatePolicy moves none, or one machine in each zone of the pool. */
bool rules_amounts_fit_zones(const struct lb_update_policy *policy, const struct lb_pool *pool);
/* For rules of maps. */
bool rules_all_keys(const struct lb_map *map, bool (*good)(const char *key));

/* Where a value stands, as a chain on the stack; written out only when something is wrong. */
struct place {
	const struct place *above; /* NULL: the root */
	const char *name;          /* a member; NULL: the item at index */
	size_t index;
};

enum { PLACE_SIZE = 256 };
/* "spec.pools[0].zone", cut to fit. */
void place_text(const struct place *place, char text[PLACE_SIZE]);

/* rules_kept.c: what statefulPolicy names is there. place: of the policy. Fails as rules_hold does. */
bool rules_kept_is_there(
	const struct lb_spec *spec, const struct lb_pool *pool, const struct place *place, struct error *err);

/* Checks the rules of one list against one value. old: the same of the object before, NULL: transitions are passed over. */
bool rules_hold(const struct rule *rules, bool override, const struct place *place, const void *self, const void *old,
	struct error *err);

/* Checks all rules at and below a value of `type` that the parser has filled. false + err (REJECTED, InvalidSpec) with the
 * first rule that does not hold. */
bool rules_check(const struct type *type, bool override, const struct place *place, const void *self, const void *old,
	struct error *err);

/* false, with err REJECTED, InvalidSpec and "PATH: SENTENCE". suffix: ".zone" below the place, or "". */
bool rules_refuse(struct error *err, const struct place *place, const char *suffix, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

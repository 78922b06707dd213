/* Each policy that selects the namespace is asked for all that the object names. What it does not allow is counted, and the first told:
 * the policy with the fewest is the one that the object was meant for, and the one to change. */
#include "policy/judge.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "model/policy_types.h"
#include "model/walk.h"
#include "policy/glob.h"
#include "policy/references.h"

enum { SHOWN_MAX = 200, FAR = 1000 };

/* What one policy says of the object. */
struct opinion {
	const struct policy_question *question;
	const struct policy *policy;
	const struct policy_spec *spec;
	size_t refusals; /* that of the project counts as many: a policy for other projects is far away */
	char *message;   /* of the first one */
};

#define BUILT_IN_ADVICE "make a TFLoadBalancerPolicy that selects the namespace and allows it"

static bool is_built_in(const struct opinion *opinion)
{
	return opinion->policy == NULL;
}

static void refuse(struct opinion *opinion, char *message)
{
	if (opinion->refusals++ == 0)
		opinion->message = message;
}

/* --- rules --- */

static const struct field *rule_field(const char *name)
{
	for (size_t i = 0; i < policy_allow_type.field_count; i++) {
		if (text_equal(policy_allow_type.fields[i].name, name))
			return &policy_allow_type.fields[i];
	}
	return NULL;
}

static bool is_in_project(const char *path, const char *project)
{
	size_t length = strlen(project);

	return text_starts(path, "projects/") && text_starts(path + strlen("projects/"), project) &&
	       path[strlen("projects/") + length] == '/';
}

/* Scopes have a short and a long form. */
static const char *scope_name(const char *scope)
{
	static const char prefix[] = "https://www.googleapis.com/auth/";

	return text_starts(scope, prefix) ? scope + strlen(prefix) : scope;
}

static bool list_has(const struct lb_texts *list, const struct use *use)
{
	bool scopes = text_equal(use->rule->name, "scopes");

	for (size_t i = 0; i < list->count; i++) {
		if (scopes ? glob_fits(scope_name(list->items[i]), scope_name(use->value))
			   : glob_fits(list->items[i], use->value))
			return true;
	}
	return false;
}

static const char *shown(const struct lb_texts *list)
{
	char *text = "nothing";

	for (size_t i = 0; i < list->count; i++) {
		text = i == 0 ? list->items[0] : arena_printf(json_arena(), "%s, %s", text, list->items[i]);
		if (strlen(text) > SHOWN_MAX)
			return arena_printf(json_arena(), "%.*s ...", SHOWN_MAX, text);
	}
	return text;
}

/* --- refusals --- */

static void refuse_built_in(struct opinion *opinion, const struct use *use)
{
	const char *home = opinion->question->home;

	if (use->rule->unset == UNSET_OWN)
		refuse(opinion, arena_printf(json_arena(),
					"%s: the built-in policy allows no %s outside of the object's project, such as "
					"%s; " BUILT_IN_ADVICE,
					use->field, use->rule->what, use->value));
	else if (!text_equal(use->rule->name, "projects"))
		refuse(opinion, arena_printf(json_arena(),
					"%s: the built-in policy allows no %s; remove it, or " BUILT_IN_ADVICE,
					use->field, use->rule->what));
	else if (home)
		refuse(opinion, arena_printf(json_arena(),
					"%s: the built-in policy allows only %s, the project of the controller's own "
					"credentials, not %s; " BUILT_IN_ADVICE,
					use->field, home, use->value));
	else
		refuse(opinion, arena_printf(json_arena(),
					"%s: the built-in policy allows only the project of the controller's own "
					"credentials, which is not known; start the controller with --project, "
					"or " BUILT_IN_ADVICE,
					use->field));
}

static void refuse_use(struct opinion *opinion, const struct use *use, const struct lb_texts *list)
{
	const char *policy = is_built_in(opinion) ? "" : opinion->policy->name;
	const char *rule = use->rule->name, *what = use->rule->what;

	if (!rule)
		refuse(opinion,
			arena_printf(json_arena(),
				"%s: whatever the policy, a %s must lie in the object's project, not be %s; use one "
				"of that project",
				use->field, what, use->value));
	else if (is_built_in(opinion))
		refuse_built_in(opinion, use);
	else if (use->rule->verdict)
		refuse(opinion,
			arena_printf(json_arena(),
				"%s: policy %s denies %s (allow.%s is Deny); remove it, or have the policy changed",
				use->field, policy, what, rule));
	else if (use->unknown)
		refuse(opinion,
			arena_printf(json_arena(),
				"%s: policy %s names the networks it allows (allow.%s), and %s is not known; set %s "
				"to one of %s, or have the policy changed",
				use->field, policy, rule, use->value, use->field, shown(list)));
	else if (list)
		refuse(opinion,
			arena_printf(json_arena(),
				"%s: policy %s does not allow %s %s; its allow.%s has %s: use one of these, or have "
				"the policy changed",
				use->field, policy, what, use->value, rule, shown(list)));
	else if (use->rule->unset == UNSET_OWN)
		refuse(opinion,
			arena_printf(json_arena(),
				"%s: policy %s does not allow %s %s; without allow.%s it must lie in the object's "
				"project: use one of these, or have the policy changed",
				use->field, policy, what, use->value, rule));
	else
		refuse(opinion,
			arena_printf(json_arena(),
				"%s: policy %s allows no %s (allow.%s is not set); remove it, or have the policy "
				"changed",
				use->field, policy, what, rule));
}

static bool is_given(const struct opinion *opinion, const char *rule)
{
	return walk_present(&policy_allow_type, rule_field(rule), &opinion->spec->allow);
}

static bool unset_allows(const struct opinion *opinion, const struct use *use)
{
	switch (use->rule->unset) {
	case UNSET_NONE:
		return false;
	case UNSET_OWN:
		return use->unknown || is_in_project(use->value, opinion->question->lb->spec.project);
	default:
		return true;
	}
}

static void judge_use(void *arg, const struct use *use)
{
	struct opinion *opinion = arg;
	size_t before = opinion->refusals;
	const struct field *field = use->rule->name ? rule_field(use->rule->name) : NULL;
	const void *value = field ? (const char *)&opinion->spec->allow + field->offset : NULL;

	if (use->rule->verdict) {
		assert(value);
		if (!text_equal(*(char *const *)value, "Allow"))
			refuse_use(opinion, use, NULL);
	} else if (!field || !is_given(opinion, use->rule->name)) {
		if (!unset_allows(opinion, use))
			refuse_use(opinion, use, NULL);
	} else if (use->unknown ? !is_given(opinion, "subnetworks") : !list_has(value, use)) {
		refuse_use(opinion, use, value); /* a subnetwork that is allowed by name brings its network along */
	}
	if (opinion->refusals > before && text_equal(use->rule->name, "projects"))
		opinion->refusals += FAR;
}

/* --- machines --- */

int64_t policy_machines(const struct lb *lb)
{
	int64_t sum = 0;

	for (size_t i = 0; i < lb->spec.pools.count; i++)
		sum += lb_pool_most(lb, &lb->spec.pools.items[i]);
	return sum;
}

static void judge_machines(struct opinion *opinion)
{
	int64_t wanted = policy_machines(opinion->question->lb), others = opinion->question->others;
	int64_t object = opinion->spec->machines_per_object, all = opinion->spec->machines_per_namespace;

	if (object != LB_ABSENT && wanted > object)
		refuse(opinion,
			arena_printf(json_arena(),
				"spec.pools: policy %s allows %lld machines per object (maxMachinesPerObject), and "
				"%lld are wanted; want fewer, or have the policy changed",
				opinion->policy->name, (long long)object, (long long)wanted));
	if (all != LB_ABSENT && wanted + others > all)
		refuse(opinion,
			arena_printf(json_arena(),
				"spec.pools: policy %s allows %lld machines in the namespace "
				"(maxMachinesPerNamespace); %lld are wanted here, and others have %lld: want fewer, "
				"or have the policy changed",
				opinion->policy->name, (long long)all, (long long)wanted, (long long)others));
}

/* --- policies --- */

static struct opinion ask(const struct policy_question *question, const struct policy *policy)
{
	struct opinion opinion = {.question = question, .policy = policy, .spec = &policy->spec};

	if (policy->trouble) {
		refuse(&opinion, arena_printf(json_arena(),
					 "spec: policy %s can't be read, and so allows nothing: %s; have it repaired",
					 policy->name, policy->trouble));
		opinion.refusals = SIZE_MAX; /* no other is farther */
		return opinion;
	}
	references_each(question->lb, judge_use, &opinion);
	judge_machines(&opinion);
	return opinion;
}

static void give(struct policy_allow *allow, const char *rule)
{
	walk_set_present(&policy_allow_type, rule_field(rule), allow);
}

/* No account, the project of our own credentials, the rest free. */
static struct opinion ask_built_in(const struct policy_question *question)
{
	char *any = arena_strdup(json_arena(), "*");
	char *project = question->homeless ? "**" : arena_strdup(json_arena(), question->home ? question->home : "");
	struct policy_spec spec = {
		.allow = {.projects = {&project, 1},
			.buckets = {&any, 1},
			.startup_scripts = "Allow",
			.privileged_containers = "Allow",
			.adoption = "Allow",
			.external_ips = "Allow"},
		.machines_per_object = LB_ABSENT,
		.machines_per_namespace = LB_ABSENT,
	};
	struct opinion opinion = {.question = question, .spec = &spec};

	give(&spec.allow, "projects");
	give(&spec.allow, "buckets");
	references_each(question->lb, judge_use, &opinion);
	opinion.spec = NULL; /* it ends here */
	return opinion;
}

static struct policy_verdict verdict_of(const struct opinion *opinion)
{
	return (struct policy_verdict){
		.allowed = opinion->refusals == 0,
		.identity = is_built_in(opinion) ? NULL : opinion->policy->spec.impersonate,
		.message = opinion->message,
	};
}

struct policy_verdict policy_judge(const struct policy_question *question)
{
	struct opinion nearest = {0};

	for (size_t i = 0; i < question->count; i++) {
		const struct policy *policy = &question->policies[i];
		struct opinion opinion;

		if (!policy_selects(policy, question->labels))
			continue;
		opinion = ask(question, policy);
		if (!nearest.policy || opinion.refusals < nearest.refusals)
			nearest = opinion;
	}
	if (!nearest.policy)
		nearest = ask_built_in(question);
	return verdict_of(&nearest);
}

const char *policy_identity(const struct policy *policies, size_t count, const struct lb_map *labels)
{
	for (size_t i = 0; i < count; i++) {
		if (policy_selects(&policies[i], labels))
			return policies[i].spec.impersonate;
	}
	return NULL;
}

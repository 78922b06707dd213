#include "gce/advice.h"

#include <ctype.h>
#include <string.h>

enum { WORD_SIZE = 160 };

/* The part of text between two marks. false, and to is "": it has none that fits. */
static bool between(const char *text, const char *before, const char *after, char to[WORD_SIZE])
{
	const char *begin = strcasestr(text, before);
	const char *end = begin ? strpbrk(begin + strlen(before), after) : NULL;
	size_t length = end ? (size_t)(end - begin) - strlen(before) : 0;

	to[0] = '\0';
	if (length == 0 || length >= WORD_SIZE)
		return false;
	memcpy(to, begin + strlen(before), length);
	to[length] = '\0';
	return true;
}

/* Who we are, without where that is written. */
static char *who(const struct error_scene *scene)
{
	const char *identity = scene->identity ? scene->identity : "the account that makes a group's machines";
	const char *source = strstr(identity, ", from ");

	return arena_strndup(json_arena(), identity, source ? (size_t)(source - identity) : strlen(identity));
}

static const char *project_of(const struct error_scene *scene)
{
	return scene->project ? scene->project : "PROJECT";
}

/* --- quotas --- */

static void add_quota_page(struct str *to, const struct error_scene *scene)
{
	str_addf(to, "https://console.cloud.google.com/iam-admin/quotas?project=%s", project_of(scene));
}

static void add_quota(
	struct str *to, const char *sentence, const struct quota_facts *quota, const struct error_scene *scene)
{
	char metric[WORD_SIZE], region[WORD_SIZE];
	bool named = between(sentence, "Quota '", "'", metric),
	     regional = between(sentence, "in region ", " .", region);

	str_addf(to, "Delete what is not needed, or ask for more %s%s%s in project %s: ",
		quota->metric ? quota->metric
		: named       ? metric
			      : "of it",
		regional || quota->region ? " of region " : "",
		quota->region ? quota->region
		: regional    ? region
			      : "",
		project_of(scene));
	add_quota_page(to, scene);
	str_adds(to, ".");
}

static void add_rate(struct str *to, const struct quota_facts *quota, const struct error_scene *scene)
{
	str_adds(to, "Calls slow down by themselves. If that goes on, see who else uses ");
	str_addf(to, "%s, or ask for more: ", quota->metric ? quota->metric : "the project's quotas of requests");
	add_quota_page(to, scene);
	str_adds(to, ".");
}

/* --- permissions --- */

/* A role that holds the permission, of those that the README asks for. First fit. */
static const char *role_with(const char *permission)
{
	static const struct {
		const char *begins, *role;
	} roles[] = {
		{"iam.serviceAccounts.", "roles/iam.serviceAccountUser"},
		{"serviceusage.", "roles/serviceusage.serviceUsageConsumer"},
		{"compute.firewalls.", "roles/compute.securityAdmin"},
		{"compute.networks.updatePolicy", "roles/compute.securityAdmin"},
		{"compute.ssl", "roles/compute.securityAdmin"},
		{"compute.networks.use", "roles/compute.networkUser"},
		{"compute.subnetworks.use", "roles/compute.networkUser"},
		{"compute.images.", "roles/compute.imageUser"},
		{"compute.instance", "roles/compute.instanceAdmin.v1"},
		{"compute.autoscalers.", "roles/compute.instanceAdmin.v1"},
		{"compute.disks.", "roles/compute.instanceAdmin.v1"},
		{"compute.", "roles/compute.loadBalancerAdmin"},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (text_starts(permission, roles[i].begins))
			return roles[i].role;
	}
	return NULL;
}

static void add_permission(struct str *to, const char *sentence, const struct error_scene *scene)
{
	char permission[WORD_SIZE], project[WORD_SIZE];
	bool named = between(sentence, "Required '", "'", permission);
	const char *role = named ? role_with(permission) : NULL;

	if (!between(sentence, "for 'projects/", "/'", project))
		text_copy(project, sizeof(project), project_of(scene));
	str_addf(to, "Grant %s ", named ? permission : "the permission");
	if (scene->identity)
		str_addf(to, "to %s", who(scene));
	else
		str_adds(to, "to the account that makes a group's machines, "
			     "PROJECT_NUMBER@cloudservices.gserviceaccount.com,");
	str_addf(to, " in project %s", project);
	if (role)
		str_addf(to, ", for example by %s", role);
	str_adds(to, "; that takes effect within minutes.");
}

static void add_forbidden(struct str *to, const struct error_scene *scene)
{
	str_addf(to, "See whether %s may use project %s, and whether a proxy or a firewall stands before the API.",
		who(scene), project_of(scene));
}

static void add_payer(struct str *to, const struct error_scene *scene)
{
	str_addf(to,
		"The project that pays for the calls of %s stands in quota_project_id of the credentials, or in "
		"GOOGLE_CLOUD_QUOTA_PROJECT: name one where it has roles/serviceusage.serviceUsageConsumer and the API "
		"is "
		"enabled.",
		who(scene));
}

/* --- who uses it --- */

/* "targetHttpProxies" and "TARGET_HTTP_PROXY" are a target http proxy. */
static void add_kind(struct str *to, const char *word, size_t length)
{
	bool plural = islower((unsigned char)word[0]);

	for (size_t i = 0; i < length; i++) {
		if (plural && isupper((unsigned char)word[i]))
			str_adds(to, " ");
		str_addf(to, "%c", word[i] == '_' ? ' ' : tolower((unsigned char)word[i]));
	}
}

static size_t without_plural(const char *word, size_t length, const char **ending)
{
	static const struct {
		const char *many, *one;
	} endings[] = {{"ies", "y"}, {"sses", "ss"}, {"s", ""}};

	*ending = "";
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t tail = strlen(endings[i].many);

		if (length > tail && memcmp(word + length - tail, endings[i].many, tail) == 0) {
			*ending = endings[i].one;
			return length - tail;
		}
	}
	return length;
}

/* A path, "projects/P/global/urlMaps/m", or what some answers have instead, "GLOBAL:global/PROJECT:1/URL_MAP:m". */
static void add_resource(struct str *to, const char *path)
{
	const char *name = strrchr(path, '/'), *colon = name ? strchr(name, ':') : NULL;
	const char *kind = name, *ending;
	size_t length;

	if (!name) {
		str_adds(to, path);
	} else if (colon) {
		add_kind(to, name + 1, (size_t)(colon - name - 1));
		str_addf(to, " %s", colon + 1);
	} else {
		while (kind > path && kind[-1] != '/')
			kind--;
		length = without_plural(kind, (size_t)(name - kind), &ending);
		add_kind(to, kind, length);
		str_addf(to, "%s %s", ending, name + 1);
	}
}

static void add_user(struct str *to, const char *sentence)
{
	char user[WORD_SIZE];

	if (!between(sentence, "already being used by '", "'", user))
		return;
	str_adds(to, "It is free when ");
	add_resource(to, user);
	str_adds(to, " is gone or refers to something else.");
}

/* --- the others --- */

static void add_policy(struct str *to, const char *sentence, const struct error_scene *scene)
{
	char constraint[WORD_SIZE];
	size_t length;

	if (!between(sentence, "constraints/", " ',", constraint))
		between(sentence, "Constraint ", " ',", constraint);
	length = strlen(constraint);
	if (length && constraint[length - 1] == '.')
		constraint[length - 1] = '\0';
	str_addf(to,
		"A policy of the organization forbids it in project %s: change the spec, or ask the policy's "
		"administrator "
		"for an exception%s%s.",
		project_of(scene), *constraint ? " from constraint " : "", constraint);
}

static void add_api(struct str *to, const struct error_scene *scene)
{
	str_addf(to,
		"Enable the Compute Engine API: gcloud services enable compute.googleapis.com --project=%s; that takes "
		"a few "
		"minutes.",
		project_of(scene));
}

static void add_billing(struct str *to, const struct error_scene *scene)
{
	str_addf(to,
		"Enable billing for the project: https://console.cloud.google.com/billing/linkedaccount?project=%s.",
		project_of(scene));
}

static void add_project(struct str *to, const struct error_scene *scene)
{
	str_addf(to, "Check the name in spec.project, and whether %s may see the project.", who(scene));
}

static void add_perimeter(struct str *to, const struct error_scene *scene)
{
	str_addf(to, "A perimeter of VPC Service Controls protects project %s: its administrator must let %s in.",
		project_of(scene), who(scene));
}

void advice_add(struct str *to, enum advice advice, const char *sentence, const struct quota_facts *quota,
	const struct error_scene *scene)
{
	switch (advice) {
	case ADVICE_NONE:
		return;
	case ADVICE_QUOTA:
		return add_quota(to, sentence, quota, scene);
	case ADVICE_RATE:
		return add_rate(to, quota, scene);
	case ADVICE_PERMISSION:
		return add_permission(to, sentence, scene);
	case ADVICE_FORBIDDEN:
		return add_forbidden(to, scene);
	case ADVICE_PAYER:
		return add_payer(to, scene);
	case ADVICE_SCOPE:
		str_addf(to, "The token of %s needs the scope cloud-platform or compute.", who(scene));
		return;
	case ADVICE_PERIMETER:
		return add_perimeter(to, scene);
	case ADVICE_API:
		return add_api(to, scene);
	case ADVICE_BILLING:
		return add_billing(to, scene);
	case ADVICE_POLICY:
		return add_policy(to, sentence, scene);
	case ADVICE_PROJECT:
		return add_project(to, scene);
	case ADVICE_ZONE:
		str_adds(to, "Name one that exists in spec.pools[].zone: gcloud compute zones list.");
		return;
	case ADVICE_REGION:
		str_adds(to, "Name one that exists in spec.pools[].region: gcloud compute regions list.");
		return;
	case ADVICE_IMAGE:
		str_adds(to, "Name an image or family that exists and may be read in spec.template.image; where the "
			     "image of a "
			     "family is gone, another spec.template.revision looks the family up again.");
		return;
	case ADVICE_IN_USE:
		return add_user(to, sentence);
	case ADVICE_IP_SPACE:
		str_adds(to, "Give the subnetwork a larger range, or name another one in spec.template.subnetwork.");
		return;
	case ADVICE_STOCK_OUT:
		str_adds(to, "If that lasts, try another zone in spec.pools[].zone, several with spec.pools[].region, "
			     "or another "
			     "spec.template.machineType.");
		return;
	}
}

/* Forms of names and links, by hand instead of by regcomp: an object is parsed in microseconds, and nothing is compiled or kept. The
 * functions read left to right: take_ steps over what they name and return where it ends, or NULL. */
#include "model/patterns_internal.h"

enum { NAME_MAX_LENGTH = 63 };

static bool slice_is_project(const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);
	if (colon) {
		size_t domain = (size_t)(colon - text);
		if (domain > 63 || !slice_is(text, domain, LOWER DIGIT, LOWER DIGIT ".-", LOWER DIGIT))
			return false;
		text += domain + 1;
		length -= domain + 1;
	}
	return length >= 6 && length <= 30 && slice_is(text, length, LOWER, LOWER DIGIT "-", LOWER DIGIT);
}

static const char *take(const char *text, const char *prefix)
{
	return text && text_starts(text, prefix) ? text + strlen(prefix) : NULL;
}

/* [projects/P/] */
static const char *take_project(const char *text)
{
	const char *project = take(text, "projects/");
	if (!project)
		return text;
	size_t length = strcspn(project, "/");
	return project[length] == '/' && slice_is_project(project, length) ? project + length + 1 : NULL;
}

static bool is_name(const char *text)
{
	return text && text_is_label(text, NAME_MAX_LENGTH);
}

static bool slice_is_name(const char *text, size_t length)
{
	return length <= NAME_MAX_LENGTH && slice_is(text, length, LOWER, LOWER DIGIT "-", LOWER DIGIT);
}

static bool is_label(const char *text)
{
	return slice_is(text, strlen(text), LOWER, LOWER DIGIT "-", LOWER DIGIT);
}

static bool is_project(const char *text)
{
	return slice_is_project(text, strlen(text));
}

static bool is_machine_type(const char *text)
{
	size_t length = strlen(text);
	return slice_is(text, length, LOWER, LOWER DIGIT "-", LOWER DIGIT) && strchr(text, '-') && !strstr(text, "--");
}

static bool is_image(const char *text)
{
	const char *rest = take(take_project(text), "global/images/");
	const char *family = take(rest, "family/");
	return is_name(family ? family : rest);
}

static bool is_network(const char *text)
{
	return is_name(text) || is_name(take(take_project(text), "global/networks/"));
}

static bool is_subnetwork(const char *text)
{
	if (is_name(text))
		return true;
	const char *region = take(take_project(text), "regions/");
	size_t length = region ? strspn(region, LOWER DIGIT "-") : 0;
	return length > 0 && is_name(take(region + length, "/subnetworks/"));
}

static bool is_email(const char *text)
{
	const char *at = strchr(text, '@');
	size_t domain = at ? strlen(at + 1) : 0;
	return domain > 0 && strspn(at + 1, LOWER DIGIT ".-") == domain && one_of(text[0], UPPER LOWER DIGIT) &&
	       strspn(text, UPPER LOWER DIGIT "._%+-") == (size_t)(at - text);
}

static bool is_service_account(const char *text)
{
	return text_equal(text, "default") || is_email(text);
}

/* word, and anything up to a slash */
static const char *take_segment(const char *text, const char *word)
{
	const char *value = take(text, word);
	size_t length = value ? strcspn(value, "/") : 0;
	return length > 0 ? value + length : NULL;
}

static bool is_kms_key(const char *text)
{
	const char *rest = take_segment(take_segment(text, "projects/"), "/locations/");
	rest = take_segment(take_segment(rest, "/keyRings/"), "/cryptoKeys/");
	if (!rest || !*rest)
		return rest != NULL;
	const char *version = take(rest, "/cryptoKeyVersions/");
	return version && *version && version[strspn(version, DIGIT)] == '\0';
}

static bool is_domain(const char *text)
{
	size_t parts = 0;
	for (; *text; parts++) {
		size_t length = strcspn(text, ".");
		if (!slice_is(text, length, LOWER DIGIT, LOWER DIGIT "-", LOWER DIGIT))
			return false;
		text += length;
		if (*text == '.' && !*++text)
			return false;
	}
	return parts >= 2;
}

static bool is_secret_name(const char *text)
{
	return slice_is(text, strlen(text), LOWER DIGIT, LOWER DIGIT "-.", LOWER DIGIT);
}

static bool is_tls_policy(const char *text)
{
	const char *rest = take_project(text);
	const char *name = rest != text ? take(rest, "locations/global/serverTlsPolicies/") : NULL;
	return name && one_of(name[0], LOWER DIGIT) && name[strspn(name, LOWER DIGIT "_-")] == '\0';
}

static bool is_snapshot(const char *text)
{
	return is_name(take(take_project(text), "global/snapshots/"));
}

static bool is_network_attachment(const char *text)
{
	const char *region = take(take_project(text), "regions/");
	size_t length = region ? strspn(region, LOWER DIGIT "-") : 0;
	return length > 0 && is_name(take(region + length, "/networkAttachments/"));
}

static bool is_scope(const char *text)
{
	const char *name = take(text, "https://www.googleapis.com/auth/");
	if (!name)
		name = text;
	return *name && name[strspn(name, LOWER DIGIT "._-")] == '\0';
}

static bool is_label_value(const char *text)
{
	return text[strspn(text, LOWER DIGIT "_-")] == '\0';
}

static bool is_zone(const char *text)
{
	const char *dash = strrchr(text, '-');
	return dash && slice_is(text, (size_t)(dash - text), LOWER, LOWER DIGIT "-", DIGIT) && one_of(dash[1], LOWER) &&
	       dash[1 + strspn(dash + 1, LOWER DIGIT)] == '\0';
}

static bool is_region(const char *text)
{
	size_t length = strlen(text), digits = 0;
	while (digits < length && one_of(text[length - 1 - digits], DIGIT))
		digits++;
	return digits > 0 && length - digits > 1 && slice_is(text, length - digits, LOWER, LOWER DIGIT "-", LOWER);
}

static bool is_revision(const char *text)
{
	return text[strspn(text, UPPER LOWER DIGIT "._:+-")] == '\0';
}

/* The name, or projects/P/reservations/N; a block of it may follow. */
static bool is_reservation(const char *text)
{
	const char *name = take_project(text);
	if (name != text)
		name = take(name, "reservations/");
	if (!name)
		return false;
	size_t length = strcspn(name, "/");
	const char *block = take(name + length, "/reservationBlocks/");
	return slice_is_name(name, length) && (name[length] == '\0' || is_name(block));
}

static bool is_manager_tag(const char *text)
{
	return *text && text[strspn(text, UPPER LOWER DIGIT "/._-")] == '\0';
}

static bool is_object_name(const char *text)
{
	size_t length = strlen(text);
	return length <= NAME_MAX_LENGTH && slice_is(text, length, LOWER DIGIT, LOWER DIGIT "-", LOWER DIGIT);
}

static bool is_reason(const char *text)
{
	size_t length = strlen(text);
	return slice_is(text, length, UPPER LOWER, UPPER LOWER DIGIT "_,:", UPPER LOWER DIGIT "_");
}

static bool is_account(const char *text)
{
	const char *at = strchr(text, '@');
	size_t domain = at ? strspn(at + 1, LOWER DIGIT ".-") : 0;

	return domain > 0 && at[1 + domain] == '\0' && one_of(text[0], LOWER DIGIT) &&
	       strspn(text, LOWER DIGIT "._-") == (size_t)(at - text);
}

static bool is_name_glob(const char *text)
{
	size_t length = 0;

	while (text[length] >= '!' && text[length] <= '~')
		length++;
	return length > 0 && text[length] == '\0';
}

static bool is_path_glob(const char *text)
{
	return is_name_glob(text) && (text_starts(text, "projects/") || text_starts(text, "**"));
}

bool pattern_is_label_key(const char *text)
{
	return one_of(text[0], LOWER) && strlen(text) <= NAME_MAX_LENGTH && is_label_value(text);
}

bool pattern_is_metadata_key(const char *text)
{
	size_t length = strlen(text);
	return length >= 1 && length <= 128 && strspn(text, UPPER LOWER DIGIT "_-") == length;
}

#define RE_PROJECT "([a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"

#define RE_NAME "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"

const struct pattern pattern_label = {
	"^[a-z]([-a-z0-9]*[a-z0-9])?$",
	NULL,
	is_label,
};

const struct pattern pattern_project = {
	"^" RE_PROJECT "$",
	"project is a project ID such as my-project-1: 6 to 30 lower-case letters, digits and dashes; not a number, "
	"not a path",
	is_project,
};

const struct pattern pattern_machine_type = {
	"^[a-z][a-z0-9]*(-[a-z0-9]+)+$",
	"machineType is a bare name such as n1-standard-4, without zone or path",
	is_machine_type,
};

const struct pattern pattern_image = {
	"^(projects/" RE_PROJECT "/)?global/images/(family/)?" RE_NAME "$",
	"image is [projects/PROJECT/]global/images/NAME or [projects/PROJECT/]global/images/family/FAMILY",
	is_image,
};

const struct pattern pattern_network = {
	"^((projects/" RE_PROJECT "/)?global/networks/)?" RE_NAME "$",
	"network is a name such as default, or [projects/P/]global/networks/NAME",
	is_network,
};

const struct pattern pattern_subnetwork = {
	"^((projects/" RE_PROJECT "/)?regions/[a-z0-9-]+/subnetworks/)?" RE_NAME "$",
	"subnetwork is a name, or [projects/P/]regions/REGION/subnetworks/NAME",
	is_subnetwork,
};

const struct pattern pattern_service_account = {
	"^(default|[a-zA-Z0-9][a-zA-Z0-9._%+-]*@[a-z0-9.-]+)$",
	"serviceAccount is an email such as tf@my-project.iam.gserviceaccount.com, or default",
	is_service_account,
};

const struct pattern pattern_scope = {
	"^(https://www\\.googleapis\\.com/auth/)?[a-z0-9._-]+$",
	"a scope is a name such as cloud-platform, or https://www.googleapis.com/auth/NAME",
	is_scope,
};

const struct pattern pattern_label_value = {
	"^[a-z0-9_-]*$",
	NULL,
	is_label_value,
};

const struct pattern pattern_zone = {
	"^[a-z][a-z0-9-]*[0-9]-[a-z][a-z0-9]*$",
	"zone is a zone such as us-central1-a; for all zones of a region use region",
	is_zone,
};

const struct pattern pattern_region = {
	"^[a-z][a-z0-9-]*[a-z][0-9]+$",
	"region is a region such as us-central1; for one zone use zone",
	is_region,
};

const struct pattern pattern_kms_key = {
	"^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+(/cryptoKeyVersions/[0-9]+)?$",
	"kmsKeyName is projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY",
	is_kms_key,
};

const struct pattern pattern_email = {
	"^[a-zA-Z0-9][a-zA-Z0-9._%+-]*@[a-z0-9.-]+$",
	NULL,
	is_email,
};

const struct pattern pattern_snapshot = {
	"^(projects/" RE_PROJECT "/)?global/snapshots/" RE_NAME "$",
	"a snapshot is [projects/PROJECT/]global/snapshots/NAME",
	is_snapshot,
};

const struct pattern pattern_network_attachment = {
	"^(projects/" RE_PROJECT "/)?regions/[a-z0-9-]+/networkAttachments/" RE_NAME "$",
	"networkAttachment is [projects/PROJECT/]regions/REGION/networkAttachments/NAME",
	is_network_attachment,
};

const struct pattern pattern_revision = {
	"^[A-Za-z0-9._:+-]*$",
	NULL,
	is_revision,
};

const struct pattern pattern_reservation = {
	"^(projects/" RE_PROJECT "/reservations/)?" RE_NAME "(/reservationBlocks/" RE_NAME ")?$",
	"a reservation is a name, or projects/PROJECT/reservations/NAME",
	is_reservation,
};

const struct pattern pattern_manager_tag = {
	"^[0-9A-Za-z/._-]+$",
	NULL,
	is_manager_tag,
};

const struct pattern pattern_object_name = {
	"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
	"metadata.name becomes part of Compute Engine names: at most 63 lower-case letters, digits and dashes, no dots",
	is_object_name,
};

const struct pattern pattern_object = {
	"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
	"write namespace and name of a TFLoadBalancer: each at most 63 lower-case letters, digits and dashes",
	is_object_name,
};

const struct pattern pattern_account = {
	"^[a-z0-9][a-z0-9._-]*@[a-z0-9.-]+$",
	"write the email of a service account, such as tflb@my-project.iam.gserviceaccount.com",
	is_account,
};

const struct pattern pattern_name_glob = {
	"^[!-~]+$",
	"write a name without blanks; * stands for any text without a slash, ** for any text",
	is_name_glob,
};

const struct pattern pattern_path_glob = {
	"^(projects/|\\*\\*)[!-~]*$",
	"write a full path that begins with projects/; * stands for any text without a slash, ** for any text",
	is_path_glob,
};

const struct pattern pattern_domain = {
	"^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
	"a managed certificate takes full lower-case domain names without wildcard and without a dot at the end; for "
	"*.example.com use certificateMap, or a certificate of your own",
	is_domain,
};

const struct pattern pattern_secret_name = {
	"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
	NULL,
	is_secret_name,
};

const struct pattern pattern_tls_policy = {
	"^projects/" RE_PROJECT "/locations/global/serverTlsPolicies/[a-z0-9][a-z0-9_-]*$",
	"serverTlsPolicy is projects/PROJECT/locations/global/serverTlsPolicies/NAME",
	is_tls_policy,
};

const struct pattern pattern_reason = {
	"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
	NULL,
	is_reason,
};

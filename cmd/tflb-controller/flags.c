#include "flags.h"

#include <getopt.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "flag.h"
#include "model/model.h"
#include "model/patterns.h"
#include "serve.h"

static bool is_namespace(const char *text)
{
	return text_is_label(text, 63);
}

/* A DNS subdomain, as names of objects are. */
static bool is_object_name(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 253 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length &&
	       !strchr("-.", text[0]) && !strchr("-.", text[length - 1]);
}

static bool is_project(const char *text)
{
	return pattern_project.matches(text);
}

static bool is_not_empty(const char *text)
{
	return *text;
}

static const char *const FORMATS[] = {[LOG_AUTO] = "auto", [LOG_TEXT] = "text", [LOG_JSON] = "json", NULL};
static const char *const LEVELS[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error", NULL};

static const char *const ORPHAN_POLICIES[] = {"Report", "Delete", NULL};

#define AT(member) .offset = offsetof(struct flags, member)
#define A_TIME "must be a time, such as 15s"
#define AN_ADDRESS "must be :PORT or IP:PORT, such as :8080, or 0 for none"

/* In the order of --help. */
static const struct flag FLAGS[] = {
	{"config", NULL, "FILE", FLAG_TEXT, AT(config),
		.help = "YAML with the same settings; flags win (default: none)"},
	{"kubeconfig", "kubeconfig", "FILE", FLAG_TEXT, AT(kubeconfig),
		.help = "where the API server is and who we are (default: the files in $KUBECONFIG; in a pod "
			"its service account; then ~/.kube/config)"},
	{"context", "context", "NAME", FLAG_TEXT, AT(context),
		.help = "context of the kubeconfig (default: its current-context)"},
	{"user", "user", "NAME", FLAG_TEXT, AT(user), .help = "user of the kubeconfig (default: the context's)"},
	{"namespace", "namespaces", "NAME", FLAG_TEXTS, AT(namespaces), .accepts = is_namespace,
		.must = "not a namespace name", .help = "look at this namespace only; repeatable (default: all)"},
	{"compute-endpoint", "computeEndpoint", "URL", FLAG_TEXT, AT(compute_endpoint),
		.initial = "https://compute.googleapis.com/compute/v1/", .help = "base URL of the Compute API"},
	{"access-token-file", "accessTokenFile", "FILE", FLAG_TEXT, AT(access_token_file),
		.help = "OAuth access token, read again when it changes (default: Application Default Credentials)"},
	{"project", "project", "NAME", FLAG_TEXT, AT(project), .accepts = is_project, .must = "not a project ID",
		.help = "the Google Cloud project of our own credentials, which is allowed where there is no "
			"TFLoadBalancerPolicy (default: as they say)"},
	{"built-in-policy-only", "builtInPolicyOnly", NULL, FLAG_SWITCH, AT(built_in_only),
		.must = "must be true or false",
		.help = "read no TFLoadBalancerPolicy and no labels of namespaces: the built-in policy holds for all "
			"(default: off)"},
	{"cluster-id", "clusterId", "TEXT", FLAG_TEXT, AT(cluster_id), .accepts = model_is_identity,
		.must = "must be 1 to 253 letters, digits and -._:/",
		.help = "name of this cluster in all marks (default: the uid of namespace kube-system)"},
	{"drift-interval", "driftInterval", "TIME", FLAG_TIME, AT(drift_interval_ms), .initial = "50s", .least = 5000,
		.most = 3600000, .must = "must be 5s to 60m, such as 50s",
		.help = "between two looks at a whole project, 5s to 60m"},
	{"orphan-policy", "orphanPolicy", "POLICY", FLAG_WORD, AT(orphan_policy), .initial = "Report",
		.words = ORPHAN_POLICIES, .must = "must be Report or Delete",
		.help = "what becomes of resources that bear our mark while their object is gone: Report tells of "
			"them, Delete deletes them too, once three looks found them so"},
	{"orphan-project", "orphanProjects", "PROJECT", FLAG_TEXTS, AT(orphan_projects), .accepts = is_not_empty,
		.must = "must not be empty",
		.help = "look for such resources in this project although no object names it; repeatable (default: "
			"the projects that objects name)"},

	/* Names and meanings are those that Kubernetes' own programs use. */
	{"leader-elect", "leaderElection.leaderElect", NULL, FLAG_SWITCH, AT(leader_elect),
		.must = "must be true or false",
		.help = "several replicas: one works, the others watch and wait (default: off)"},
	{"leader-elect-lease-duration", "leaderElection.leaseDuration", "TIME", FLAG_TIME, AT(lease_duration_ms),
		.initial = "15s", .must = A_TIME, .help = "how long others wait for one that is silent"},
	{"leader-elect-renew-deadline", "leaderElection.renewDeadline", "TIME", FLAG_TIME, AT(renew_deadline_ms),
		.initial = "10s", .must = A_TIME, .help = "how long one that can't renew goes on"},
	{"leader-elect-retry-period", "leaderElection.retryPeriod", "TIME", FLAG_TIME, AT(retry_period_ms),
		.initial = "2s", .must = A_TIME, .help = "between two tries"},
	{"leader-elect-resource-name", "leaderElection.resourceName", "NAME", FLAG_TEXT, AT(lease_name),
		.initial = "tflb-controller", .accepts = is_object_name, .must = "not a name of a Lease",
		.help = "of the Lease"},
	{"leader-elect-resource-namespace", "leaderElection.resourceNamespace", "NAME", FLAG_TEXT, AT(lease_namespace),
		.accepts = is_namespace, .must = "not a namespace name",
		.help = "of the Lease (default: that of the pod or the context, then \"default\")"},

	{"health-probe-bind-address", "health.healthProbeBindAddress", "ADDRESS", FLAG_TEXT, AT(probe_address),
		.initial = "0", .accepts = bind_address_is_good, .must = AN_ADDRESS,
		.help = "where /livez and /readyz are, such as :8081; 0: nowhere"},
	{"metrics-bind-address", "metrics.bindAddress", "ADDRESS", FLAG_TEXT, AT(metrics_address), .initial = "0",
		.accepts = bind_address_is_good, .must = AN_ADDRESS,
		.help = "where /metrics is, such as :8080; 0: nowhere"},

	{"log-format", "logging.format", "FORMAT", FLAG_WORD, AT(log_format), .initial = "auto", .words = FORMATS,
		.must = "must be auto, text or json",
		.help = "of the lines on stderr: text, json, or auto for text on a terminal and json elsewhere"},
	{"log-level", "logging.level", "LEVEL", FLAG_WORD, AT(log_level), .initial = "info", .words = LEVELS,
		.must = "must be debug, info, warn or error", .help = "debug, info, warn or error"},
	{"version", NULL, NULL, FLAG_END, AT(version), .help = "print the version"},
	{"help", NULL, NULL, FLAG_END, AT(help), .help = "print this, as -h does"},
};
enum { COUNT = sizeof(FLAGS) / sizeof(FLAGS[0]), FIRST = 256 };
_Static_assert(sizeof(FLAGS) / sizeof(FLAGS[0]) <= FLAGS_MAX, "struct flags has too few sources");

const struct flag *flags_at(size_t index)
{
	return index < COUNT ? &FLAGS[index] : NULL;
}

enum flag_source *flags_source(struct flags *flags, const struct flag *flag)
{
	return &flags->sources[flag - FLAGS];
}

/* --- the command line --- */

static void write_options(struct option options[COUNT + 1])
{
	for (int i = 0; i < COUNT; i++) {
		int argument = FLAGS[i].value                 ? required_argument
		               : FLAGS[i].kind == FLAG_SWITCH ? optional_argument
		                                              : no_argument;
		options[i] = (struct option){FLAGS[i].name, argument, NULL, FIRST + i};
	}
	options[COUNT] = (struct option){0};
}

/* word as it was written, with its dashes. */
static const char *nearest(const char *word)
{
	size_t best = SIZE_MAX;
	const char *name = NULL;

	AUTO_FREE char *bare = mem_strndup(word, strcspn(word, "="));
	for (int i = 0; i < COUNT; i++) {
		size_t distance = text_distance(bare + strspn(bare, "-"), FLAGS[i].name);
		if (distance < best)
			name = FLAGS[i].name;
		best = distance < best ? distance : best;
	}
	return name;
}

/* option: what getopt says of it in optopt: a row, a letter, or 0 for a word that is no flag. */
static bool refuse(const char *word, int option, bool lacks_value, struct error *err)
{
	if (option >= FIRST)
		return error_set(err, ERROR_REJECTED, "--%s %s", FLAGS[option - FIRST].name,
			lacks_value ? "needs a value" : "takes no value");
	if (option)
		return error_set(err, ERROR_REJECTED, "unknown flag -%c", option);
	return error_set(err, ERROR_REJECTED, "unknown flag %s, the nearest is --%s", word, nearest(word));
}

static bool take(struct flags *flags, const struct flag *flag, const char *text, struct error *err)
{
	const char *value = text ? text : "true";

	return flag_set(flags, flag, value, SOURCE_COMMAND_LINE, err) ||
	       error_context(err, "--%s %s", flag->name, value);
}

static bool read_command_line(struct flags *flags, int argc, char *const argv[], struct error *err)
{
	struct option options[COUNT + 1];
	int option;

	write_options(options);
	optind = 0; /* from the start, also for the second command line of a process */
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return refuse(argv[optind - 1], optopt, option == ':', err);
		if (option == 'h') {
			flags->help = true;
			return true;
		}
		const struct flag *flag = &FLAGS[option - FIRST];
		if (!take(flags, flag, optarg, err))
			return false;
		if (flag->kind == FLAG_END)
			return true;
	}
	return optind == argc || error_set(err, ERROR_REJECTED, "unexpected argument %s", argv[optind]);
}

bool flags_parse(struct flags *flags, int argc, char *const argv[], struct error *err)
{
	*flags = (struct flags){0};
	for (int i = 0; i < COUNT; i++)
		if (FLAGS[i].initial && !flag_set(flags, &FLAGS[i], FLAGS[i].initial, SOURCE_DEFAULT, err))
			return error_context(err, "the default of --%s", FLAGS[i].name);
	return read_command_line(flags, argc, argv, err);
}

void flags_done(struct flags *flags)
{
	arena_free(flags->own_arena);
	*flags = (struct flags){0};
}

/* --- --help --- */

enum { INDENT = 28, WIDTH = 112 };

/* The words begin at INDENT; lines are broken before WIDTH. */
static void print_words(FILE *out, const char *text)
{
	int column = INDENT;

	while (*text) {
		int length = (int)strcspn(text, " ");
		if (column + 1 + length > WIDTH)
			column = fprintf(out, "\n%*s", INDENT, "") - 1;
		else if (column > INDENT)
			column += fprintf(out, " ");
		column += fprintf(out, "%.*s", length, text);
		text += length + strspn(text + length, " ");
	}
	fputc('\n', out);
}

void flags_print(FILE *out)
{
	for (const struct flag *flag = FLAGS; flag < FLAGS + COUNT; flag++) {
		const char *value = flag->value ? flag->value : "";
		int column = fprintf(out, "  --%s%s%s", flag->name, *value ? " " : "", value);
		if (column + 2 > INDENT)
			column = fprintf(out, "\n") - 1;
		fprintf(out, "%*s", INDENT - column, "");
		AUTO_FREE char *text = flag->initial ? mem_printf("%s (default: %s)", flag->help, flag->initial)
		                                     : mem_strdup(flag->help);
		print_words(out, text);
	}
}

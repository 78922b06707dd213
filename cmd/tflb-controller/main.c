/* tflb-controller: flags, wiring, exit code. Exit 2: flags that can't work; 1: configuration that can't work, a lost lease, or
 * a second signal; 0: stopped. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "base/version.h"
#include "leader.h"
#include "reconcile/controller.h"

static const char HELP[] =
	"tflb-controller keeps the Google Compute Engine resources behind each TFLoadBalancer as the object says.\n"
	"\n"
	"usage: tflb-controller [flags]\n"
	"  --kubeconfig FILE         where the API server is and who we are (default: the files in $KUBECONFIG; in a "
	"pod its\n"
	"                            service account; then ~/.kube/config)\n"
	"  --context NAME            context of the kubeconfig (default: its current-context)\n"
	"  --user NAME               user of the kubeconfig (default: the context's)\n"
	"  --namespace NAME          look at this namespace only; repeatable (default: all)\n"
	"  --compute-endpoint URL    base URL of the Compute API (default: "
	"https://compute.googleapis.com/compute/v1/)\n"
	"  --access-token-file FILE  OAuth access token, read again when it changes; needed unless the endpoint is "
	"loopback http\n"
	"  --cluster-id TEXT         name of this cluster in all marks (default: the uid of namespace kube-system)\n"
	"  --drift-interval TIME     between two looks at a whole project, 5s to 60m (default: 50s)\n"
	"%s"
	"  --log-format text|json    (default: text)\n"
	"  --log-level LEVEL         debug, info, warn or error (default: info)\n"
	"  --version                 print the version\n"
	"  --help                    print this\n";

enum { NAMESPACES_MAX = 64 };

struct flags {
	const char *kubeconfig, *context, *user, *compute_endpoint, *access_token_file, *cluster_id;
	const char *namespaces[NAMESPACES_MAX];
	size_t namespace_count;
	int64_t drift_ms;
	struct leader_flags leader;
	struct log log;
};

enum {
	FLAG_KUBECONFIG = 256,
	FLAG_CONTEXT,
	FLAG_USER,
	FLAG_NAMESPACE,
	FLAG_ENDPOINT,
	FLAG_TOKEN,
	FLAG_CLUSTER,
	FLAG_DRIFT,
	FLAG_LEADER,
	FLAG_FORMAT,
	FLAG_LEVEL,
	FLAG_VERSION,
	FLAG_HELP
};

static const struct option OPTIONS[] = {
	{"kubeconfig", required_argument, NULL, FLAG_KUBECONFIG},
	{"context", required_argument, NULL, FLAG_CONTEXT},
	{"user", required_argument, NULL, FLAG_USER},
	{"namespace", required_argument, NULL, FLAG_NAMESPACE},
	{"compute-endpoint", required_argument, NULL, FLAG_ENDPOINT},
	{"access-token-file", required_argument, NULL, FLAG_TOKEN},
	{"cluster-id", required_argument, NULL, FLAG_CLUSTER},
	{"drift-interval", required_argument, NULL, FLAG_DRIFT},
	{"leader-elect", optional_argument, NULL, FLAG_LEADER},
	{"leader-elect-lease-duration", required_argument, NULL, FLAG_LEADER},
	{"leader-elect-renew-deadline", required_argument, NULL, FLAG_LEADER},
	{"leader-elect-retry-period", required_argument, NULL, FLAG_LEADER},
	{"leader-elect-resource-name", required_argument, NULL, FLAG_LEADER},
	{"leader-elect-resource-namespace", required_argument, NULL, FLAG_LEADER},
	{"log-format", required_argument, NULL, FLAG_FORMAT},
	{"log-level", required_argument, NULL, FLAG_LEVEL},
	{"version", no_argument, NULL, FLAG_VERSION},
	{"help", no_argument, NULL, FLAG_HELP},
	{0},
};

static bool bad(const char *format, const char *value)
{
	fputs("tflb-controller: ", stderr);
	fprintf(stderr, format, value);
	fputs("; see tflb-controller --help\n", stderr);
	return false;
}

static bool drift_parse(const char *text, int64_t *ms)
{
	if (!time_parse_duration(text, ms) || *ms < 5000 || *ms > 3600000)
		return bad("--drift-interval %s: must be 5s to 60m, such as 50s", text);
	return true;
}

static bool namespace_add(struct flags *flags, const char *name)
{
	if (flags->namespace_count == NAMESPACES_MAX)
		return bad("--namespace %s: at most 64 namespaces; leave the flag out to look at all", name);
	if (!text_is_label(name, 63))
		return bad("--namespace %s: not a namespace name", name);
	flags->namespaces[flags->namespace_count++] = name;
	return true;
}

static bool flag_take(struct flags *flags, int flag, const char *name, const char *value)
{
	switch (flag) {
	case FLAG_LEADER:
		return leader_flag_take(&flags->leader, name, value);
	case FLAG_KUBECONFIG:
		flags->kubeconfig = value;
		return true;
	case FLAG_CONTEXT:
		flags->context = value;
		return true;
	case FLAG_USER:
		flags->user = value;
		return true;
	case FLAG_NAMESPACE:
		return namespace_add(flags, value);
	case FLAG_ENDPOINT:
		flags->compute_endpoint = value;
		return true;
	case FLAG_TOKEN:
		flags->access_token_file = value;
		return true;
	case FLAG_CLUSTER:
		flags->cluster_id = value;
		return *value ? true : bad("--cluster-id %s: must not be empty", value);
	case FLAG_DRIFT:
		return drift_parse(value, &flags->drift_ms);
	case FLAG_FORMAT:
		return log_format_parse(value, &flags->log.format) ||
		       bad("--log-format %s: must be text or json", value);
	case FLAG_LEVEL:
		return log_level_parse(value, &flags->log.level) ||
		       bad("--log-level %s: must be debug, info, warn or error", value);
	default:
		return false;
	}
}

/* Returns -1 to go on, else the exit code. */
static int flags_parse(int argc, char **argv, struct flags *flags)
{
	int flag, index = 0;

	while ((flag = getopt_long(argc, argv, ":", OPTIONS, &index)) != -1) {
		if (flag == FLAG_HELP) {
			printf(HELP, LEADER_HELP);
			return 0;
		}
		if (flag == FLAG_VERSION) {
			printf("tflb-controller %s\n", VERSION);
			return 0;
		}
		if (flag == '?' || flag == ':') {
			bad(flag == '?' ? "unknown flag %s" : "%s needs a value", argv[optind - 1]);
			return 2;
		}
		if (!flag_take(flags, flag, OPTIONS[index].name, optarg))
			return 2;
	}
	if (optind < argc) {
		bad("unexpected argument %s", argv[optind]);
		return 2;
	}
	return leader_flags_check(&flags->leader) ? -1 : 2;
}

static long long wall_us(void *arg)
{
	return env_wall_us(arg);
}

/* The program while it runs. */
struct process {
	struct loop *loop;
	const struct log *log;
	struct controller *controller;
	bool stopping;
	int code; /* of exit */
};

static void on_stopped(void *arg)
{
	net_loop_stop(((struct process *)arg)->loop);
}

static void end_at_once(void *arg)
{
	struct process *process = arg;

	process->code = 1;
	net_loop_stop(process->loop);
}

static void on_signal(void *arg, int signal)
{
	struct process *process = arg;

	if (process->stopping) {
		end_at_once(process);
		return;
	}
	process->stopping = true;
	log_line(process->log, LOG_INFO, "stopping", "signal", strsignal(signal), NULL);
	controller_stop(process->controller, on_stopped, process);
}

static void live(struct process *process, const struct flags *flags, const struct kube_config *config)
{
	log_line(process->log, LOG_INFO, "started", "version", VERSION, "server", config->own_server, "endpoint",
		flags->compute_endpoint, NULL);
	net_loop_on_signals(process->loop, on_signal, process);
	net_loop_run(process->loop);
	log_line(process->log, LOG_INFO, "stopped", NULL);
}

static int run(const struct flags *flags, const struct kube_config *config)
{
	struct process process = {.loop = net_loop_new(), .log = &flags->log};
	AUTO_FREE char *agent = mem_printf("tflb-controller/%s (linux)", VERSION);
	struct http *http = net_http_new(process.loop, agent);
	char identity[128];
	struct lease_terms terms = leader_terms(&flags->leader, config->own_namespace, identity);
	struct controller_options options = {
		.loop = process.loop,
		.env = env_system(),
		.http = http,
		.log = &flags->log,
		.kube_config = config,
		.compute_endpoint = flags->compute_endpoint,
		.access_token_file = flags->access_token_file,
		.cluster_id = flags->cluster_id,
		.namespaces = flags->namespaces,
		.namespace_count = flags->namespace_count,
		.drift_interval_ms = flags->drift_ms,
		.election = flags->leader.elect ? &terms : NULL,
		.lost = end_at_once,
		.lost_arg = &process,
	};
	struct error err = {0};

	process.controller = controller_new(&options, &err);
	if (process.controller) {
		live(&process, flags, config);
	} else {
		fprintf(stderr, "tflb-controller: %s\n", err.message);
		process.code = 1;
	}
	controller_free(process.controller);
	net_http_free(http);
	net_loop_free(process.loop);
	return process.code;
}

int main(int argc, char **argv)
{
	struct flags flags = {
		.compute_endpoint = "https://compute.googleapis.com/compute/v1/",
		.leader = LEADER_FLAGS_DEFAULT,
		.log = {.out = stderr, .level = LOG_INFO, .wall_us = wall_us, .wall_arg = env_system()},
	};
	struct kube_config config = {0};
	struct error err = {0};
	int code = flags_parse(argc, argv, &flags);

	if (code >= 0)
		return code;
	struct kube_config_options where = {.path = flags.kubeconfig, .context = flags.context, .user = flags.user};
	if (!kube_config_load(env_system(), &where, &config, &err)) {
		fprintf(stderr, "tflb-controller: %s\n", err.message);
		return 1;
	}
	code = run(&flags, &config);
	kube_config_done(&config);
	return code;
}

/* tflb-controller: flags, wiring, exit code. Exit 2: flags that can't work; 1: configuration that can't work; 0: stopped. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
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
	"  --log-format text|json    (default: text)\n"
	"  --log-level LEVEL         debug, info, warn or error (default: info)\n"
	"  --version                 print the version\n"
	"  --help                    print this\n";

enum { NAMESPACES_MAX = 64 };

struct flags {
	const char *kubeconfig, *context, *user, *compute_endpoint, *access_token_file, *cluster_id;
	const char *namespaces[NAMESPACES_MAX];
	size_t namespace_count;
	long drift_interval;
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

/* "50", "50s" or "2m". */
static bool drift_parse(const char *text, long *seconds)
{
	char *end;

	errno = 0;
	*seconds = strtol(text, &end, 10);
	if (end != text && strcmp(end, "m") == 0)
		*seconds *= 60;
	else if (end == text || (*end && strcmp(end, "s") != 0))
		errno = EINVAL;
	if (errno || *seconds < 5 || *seconds > 3600)
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

static bool flag_take(struct flags *flags, int flag, const char *value)
{
	switch (flag) {
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
		return drift_parse(value, &flags->drift_interval);
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
	int flag;

	while ((flag = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1) {
		if (flag == FLAG_HELP) {
			fputs(HELP, stdout);
			return 0;
		}
		if (flag == FLAG_VERSION) {
			puts("tflb-controller " TFLB_VERSION);
			return 0;
		}
		if (flag == '?' || flag == ':') {
			bad(flag == '?' ? "unknown flag %s" : "%s needs a value", argv[optind - 1]);
			return 2;
		}
		if (!flag_take(flags, flag, optarg))
			return 2;
	}
	if (optind < argc) {
		bad("unexpected argument %s", argv[optind]);
		return 2;
	}
	return -1;
}

static long long wall_us(void *arg)
{
	return env_wall_us(arg);
}

static void on_signal(void *arg, int signal)
{
	net_loop_stop(arg);
}

static int run(const struct flags *flags, const struct kube_config *config)
{
	struct loop *loop = net_loop_new();
	struct http *http = net_http_new(loop, "tflb-controller/" TFLB_VERSION " (linux)");
	struct controller_options options = {
		.loop = loop,
		.env = env_system(),
		.http = http,
		.log = &flags->log,
		.kube_config = config,
		.compute_endpoint = flags->compute_endpoint,
		.access_token_file = flags->access_token_file,
		.cluster_id = flags->cluster_id,
		.namespaces = flags->namespaces,
		.namespace_count = flags->namespace_count,
		.drift_interval_ms = flags->drift_interval * 1000,
	};
	struct error err = {0};
	struct controller *controller = controller_new(&options, &err);

	if (controller) {
		log_line(&flags->log, LOG_INFO, "started", "version", TFLB_VERSION, "server", config->own_server,
			"endpoint", flags->compute_endpoint, NULL);
		net_loop_on_signals(loop, on_signal, loop);
		net_loop_run(loop);
		log_line(&flags->log, LOG_INFO, "stopped", NULL);
	} else {
		fprintf(stderr, "tflb-controller: %s\n", err.message);
	}
	controller_free(controller);
	net_http_free(http);
	net_loop_free(loop);
	return controller ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct flags flags = {
		.compute_endpoint = "https://compute.googleapis.com/compute/v1/",
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

/* tflb-controller: flags, wiring, exit code. Exit 2: flags, or a file of them, that can't work; 1: a kubeconfig or credentials that
 * can't work, a lost lease, or a second signal; 0: stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/version.h"
#include "config_file.h"
#include "flags.h"
#include "leader.h"
#include "reconcile/controller.h"

static const char USAGE[] =
	"tflb-controller keeps the Google Compute Engine resources behind each TFLoadBalancer as the object says.\n"
	"\n"
	"usage: tflb-controller [flags]\n";

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

static int run(const struct flags *flags, const struct log *log, const struct kube_config *config)
{
	struct process process = {.loop = net_loop_new(), .log = log};
	AUTO_FREE char *agent = mem_printf("tflb-controller/%s (linux)", VERSION);
	struct http *http = net_http_new(process.loop, agent);
	char identity[128];
	struct lease_terms terms = leader_terms(flags, config->own_namespace, identity);
	struct controller_options options = {
		.loop = process.loop,
		.env = env_system(),
		.http = http,
		.log = log,
		.kube_config = config,
		.compute_endpoint = flags->compute_endpoint,
		.access_token_file = flags->access_token_file,
		.cluster_id = flags->cluster_id,
		.namespaces = flags->namespaces.items,
		.namespace_count = flags->namespaces.count,
		.drift_interval_ms = flags->drift_interval_ms,
		.election = flags->leader_elect ? &terms : NULL,
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

/* The flags are good. */
static int start(const struct flags *flags)
{
	struct log log = {.out = stderr,
		.level = (enum log_level)flags->log_level,
		.format = (enum log_format)flags->log_format,
		.wall_us = wall_us,
		.wall_arg = env_system()};
	struct kube_config_options where = {.path = flags->kubeconfig, .context = flags->context, .user = flags->user};
	struct kube_config config = {0};
	struct error err = {0};

	if (!kube_config_load(env_system(), &where, &config, &err)) {
		fprintf(stderr, "tflb-controller: %s\n", err.message);
		return 1;
	}
	int code = run(flags, &log, &config);
	kube_config_done(&config);
	return code;
}

static int complain(const struct error *err, const char *advice)
{
	fprintf(stderr, "tflb-controller: %s%s\n", err->message, advice);
	return 2;
}

static int follow(struct flags *flags)
{
	struct error err = {0};

	if (flags->version) {
		printf("tflb-controller %s\n", VERSION);
		return 0;
	}
	if (flags->help) {
		fputs(USAGE, stdout);
		flags_print(stdout);
		return 0;
	}
	if (flags->config && !config_file_read(flags, env_system(), &err))
		return complain(&err, "");
	return leader_check(flags, &err) ? start(flags) : complain(&err, "");
}

int main(int argc, char **argv)
{
	struct flags flags;
	struct error err = {0};
	int code =
		flags_parse(&flags, argc, argv, &err) ? follow(&flags) : complain(&err, "; see tflb-controller --help");

	flags_done(&flags);
	return code;
}

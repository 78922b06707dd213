/* tflb-controller: flags, wiring, exit code. Exit 2: flags, or a file of them, that can't work; 1: a kubeconfig or credentials that
 * can't work, a lost lease, or a second signal; 0: stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pages.h"
#include "base/version.h"
#include "config_file.h"
#include "flags.h"
#include "leader.h"
#include "net/log_writer.h"
#include "serve.h"

enum { START_MS = 1000 }; /* before the first sweeps make it large */

static const char USAGE[] =
	"tflb-controller keeps the Google Compute Engine resources behind each TFLoadBalancer as the object says.\n"
	"\n"
	"usage: tflb-controller [flags]\n";

static int64_t wall_us(void *arg)
{
	return env_wall_us(arg);
}

/* The program while it runs. */
struct process {
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct http *http;
	struct controller *controller;
	struct endpoints *endpoints;
	struct serve *serve;
	struct timer started;
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

/* What read the configuration and made the first connections is not needed any more. */
static void on_started(void *arg)
{
	pages_give_back();
}

static void live(struct process *process, const struct flags *flags, const struct kube_config *config)
{
	log_line(process->log, LOG_INFO, "started", "version", VERSION, "server", config->own_server, "endpoint",
		flags->compute_endpoint, NULL);
	net_loop_on_signals(process->loop, on_signal, process);
	timer_start(process->loop, &process->started, START_MS, on_started, process);
	net_loop_run(process->loop);
	timer_stop(process->loop, &process->started);
	log_line(process->log, LOG_INFO, "stopped", NULL);
}

static struct controller *make_controller(struct process *process, const struct flags *flags,
	const struct kube_config *config, const struct lease_terms *terms, struct error *err)
{
	struct controller_options options = {
		.loop = process->loop,
		.env = env_system(),
		.http = process->http,
		.log = process->log,
		.metrics = process->metrics,
		.kube_config = config,
		.compute_endpoint = flags->compute_endpoint,
		.access_token_file = flags->access_token_file,
		.project = flags->project,
		.built_in_only = flags->built_in_only,
		.cluster_id = flags->cluster_id,
		.namespaces = flags->namespaces.items,
		.namespace_count = flags->namespaces.count,
		.drift_interval_ms = flags->drift_interval_ms,
		.delete_orphans = flags->orphan_policy == 1,
		.orphan_projects = flags->orphan_projects.items,
		.orphan_project_count = flags->orphan_projects.count,
		.election = terms,
		.lost = end_at_once,
		.lost_arg = process,
	};

	return controller_new(&options, err);
}

static bool make_parts(
	struct process *process, const struct flags *flags, const struct kube_config *config, struct error *err)
{
	char identity[128];
	struct lease_terms terms = leader_terms(flags, config->own_namespace, identity);
	AUTO_FREE char *agent = mem_printf("tflb-controller/%s (linux)", VERSION);

	process->http = net_http_new(process->loop, agent, env_variable(env_system(), "SSL_CERT_FILE"));
	process->controller = make_controller(process, flags, config, flags->leader_elect ? &terms : NULL, err);
	if (!process->controller)
		return false;
	process->endpoints = endpoints_new(process->loop, process->controller, process->metrics, process->log);
	process->serve = serve_new(process->loop, flags, process->endpoints, process->log, err);
	return process->serve != NULL;
}

static void free_parts(struct process *process)
{
	serve_free(process->serve);
	endpoints_free(process->endpoints);
	controller_free(process->controller);
	net_http_free(process->http);
}

static int run(const struct flags *flags, struct log *log, const struct kube_config *config)
{
	struct process process = {.loop = net_loop_new(), .log = log, .metrics = metrics_new()};
	struct log_writer *writer = log_writer_new(process.loop, log, STDERR_FILENO, process.metrics);
	struct error err = {0};

	if (make_parts(&process, flags, config, &err)) {
		live(&process, flags, config);
	} else {
		fprintf(stderr, "tflb-controller: %s\n", err.message);
		process.code = 1;
	}
	free_parts(&process);
	log_writer_free(writer);
	net_loop_free(process.loop);
	metrics_free(process.metrics);
	return process.code;
}

static enum log_format log_format(const struct flags *flags)
{
	if (flags->log_format != LOG_AUTO)
		return (enum log_format)flags->log_format;
	return isatty(STDERR_FILENO) ? LOG_TEXT : LOG_JSON;
}

/* The flags are good. */
static int start(const struct flags *flags)
{
	struct log log = {.level = (enum log_level)flags->log_level,
		.format = log_format(flags),
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

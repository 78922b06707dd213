#include "reconcile/endpoints.h"

#include <string.h>

#include "base/alloc.h"
#include "base/version.h"
#include "net/self.h"

/* A turn of the loop that takes so long is no turn: what was to happen meanwhile did not. */
enum { BEAT_MS = 1000, ALIVE_MS = 15000 };

enum { BUILD, DELAY, COUNT };

static const struct metric_row ROWS[COUNT] = {
	[BUILD] = {.name = "tflb_build_info", .help = "always 1", .type = METRIC_GAUGE, .labels = {"version"}},
	[DELAY] = {.name = "tflb_loop_delay_seconds",
		.help = "how late a timer ran that is due each second",
		.type = METRIC_HISTOGRAM,
		.bounds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5}},
};

struct endpoints {
	struct loop *loop;
	struct controller *controller;
	struct metrics *metrics;
	struct log *log;
	struct self *self;
	struct metric *measured[COUNT];
	struct timer beat;
	int64_t beat_due_us;
};

/* --- the heartbeat --- */

static void on_beat(void *arg);

static void beat_next(struct endpoints *endpoints)
{
	endpoints->beat_due_us = loop_now_us(endpoints->loop) + BEAT_MS * 1000;
	timer_start(endpoints->loop, &endpoints->beat, BEAT_MS, on_beat, endpoints);
}

static void on_beat(void *arg)
{
	struct endpoints *endpoints = arg;
	int64_t late = loop_now_us(endpoints->loop) - endpoints->beat_due_us;

	metric_observe(endpoints->measured[DELAY], late > 0 ? (double)late / 1e6 : 0);
	beat_next(endpoints);
}

/* --- probes --- */

/* The checks of one probe, as they are answered. */
struct probe {
	const char *only;  /* NULL: all of them */
	const char *query; /* may leave some out */
	struct str lines;
	bool failed, any;
};

/* Is it in the query as "exclude=NAME"? */
static bool is_excluded(const char *query, const char *name)
{
	static const char word[] = "exclude=";
	size_t length = strlen(name);

	for (const char *at = query; (at = strstr(at, word)); at += 1) {
		const char *value = at + sizeof(word) - 1;

		if ((at == query || at[-1] == '&') && strncmp(value, name, length) == 0 && strchr("&", value[length]))
			return true;
	}
	return false;
}

static void check(void *arg, const char *name, const char *why_not)
{
	struct probe *probe = arg;

	if (probe->only && !text_equal(probe->only, name))
		return;
	probe->any = true;
	if (is_excluded(probe->query, name)) {
		str_addf(&probe->lines, "[+]%s excluded: ok\n", name);
		return;
	}
	if (why_not)
		str_addf(&probe->lines, "[-]%s failed: %s\n", name, why_not);
	else
		str_addf(&probe->lines, "[+]%s ok\n", name);
	probe->failed |= why_not != NULL;
}

static void check_alive(struct endpoints *endpoints, struct probe *probe)
{
	int64_t late = loop_now_us(endpoints->loop) - endpoints->beat_due_us;

	check(probe, "ping", NULL);
	check(probe, "loop", late < ALIVE_MS * 1000LL ? NULL : "it has not turned for a while");
}

static bool asks_for_all(const char *query)
{
	return text_starts(query, "verbose") || strstr(query, "&verbose");
}

static void plain(struct endpoint_answer *answer, int status, const char *text)
{
	answer->status = status;
	answer->content_type = "text/plain; charset=utf-8";
	str_adds(&answer->body, text);
}

static void probe_answer(struct probe *probe, const char *name, struct endpoint_answer *answer)
{
	if (!probe->any)
		plain(answer, 404, "there is no such check\n");
	else if (!probe->failed && !asks_for_all(probe->query))
		plain(answer, 200, "ok");
	else
		plain(answer, probe->failed ? 500 : 200, str_text(&probe->lines));
	if (probe->any && (probe->failed || asks_for_all(probe->query)))
		str_addf(&answer->body, "%s check %s\n", name, probe->failed ? "failed" : "passed");
}

/* Is path the probe, or one check of it, which is then put into only? */
static bool is_probe(const char *path, const char *probe, const char **only)
{
	size_t length = strlen(probe);

	if (strncmp(path, probe, length) != 0 || !strchr("/", path[length]))
		return false;
	*only = path[length] && path[length + 1] ? path + length + 1 : NULL;
	return true;
}

static bool answer_probe(
	struct endpoints *endpoints, const struct endpoint_question *question, struct endpoint_answer *answer)
{
	struct probe probe = {.query = question->query};
	bool ready = is_probe(question->path, "/readyz", &probe.only);

	if (!ready && !is_probe(question->path, "/livez", &probe.only) &&
		!is_probe(question->path, "/healthz", &probe.only))
		return false;
	check_alive(endpoints, &probe);
	if (ready)
		controller_ready(endpoints->controller, check, &probe);
	probe_answer(&probe, ready ? "readyz" : text_starts(question->path, "/livez") ? "livez" : "healthz", answer);
	str_done(&probe.lines);
	return true;
}

/* --- metrics --- */

static void answer_metrics(
	struct endpoints *endpoints, const struct endpoint_question *question, struct endpoint_answer *answer)
{
	enum metrics_format format = metrics_format(question->accept);

	metric_set(endpoints->measured[BUILD], 1, VERSION);
	self_collect(endpoints->self);
	controller_collect(endpoints->controller);
	answer->status = 200;
	answer->content_type = metrics_content_type(format);
	metrics_write(endpoints->metrics, format, &answer->body);
}

/* --- the level of the log --- */

static void answer_level(
	struct endpoints *endpoints, const struct endpoint_question *question, struct endpoint_answer *answer)
{
	enum log_level level = endpoints->log->level;

	if (!question->loopback) {
		plain(answer, 403, "only from this machine, such as by kubectl port-forward\n");
		return;
	}
	if (text_equal(question->method, "PUT") && !log_level_parse(question->body, &level)) {
		plain(answer, 400, "the body must be debug, info, warn or error\n");
		return;
	}
	if (level != endpoints->log->level) {
		log_line(endpoints->log, LOG_WARN, "the level of this log changes", "from",
			log_level_name(endpoints->log->level), "to", log_level_name(level), NULL);
		endpoints->log->level = level;
	}
	plain(answer, 200, log_level_name(level));
	str_adds(&answer->body, "\n");
}

/* --- all of them --- */

static bool is_read(const struct endpoint_question *question)
{
	return text_equal(question->method, "GET") || text_equal(question->method, "HEAD");
}

void endpoints_answer(
	struct endpoints *endpoints, const struct endpoint_question *question, struct endpoint_answer *answer)
{
	bool level = text_equal(question->path, "/debug/flags/log-level");
	bool metrics = question->at & ENDPOINT_METRICS && text_equal(question->path, "/metrics");

	if (!is_read(question) && !(level && text_equal(question->method, "PUT")))
		plain(answer, 405, "only GET\n");
	else if (level)
		answer_level(endpoints, question, answer);
	else if (metrics)
		answer_metrics(endpoints, question, answer);
	else if (!(question->at & ENDPOINT_PROBES) || !answer_probe(endpoints, question, answer))
		plain(answer, 404, "there is nothing here\n");
}

struct endpoints *endpoints_new(
	struct loop *loop, struct controller *controller, struct metrics *metrics, struct log *log)
{
	struct endpoints *endpoints = mem_alloc(sizeof(*endpoints));

	*endpoints = (struct endpoints){
		.loop = loop,
		.controller = controller,
		.metrics = metrics,
		.log = log,
		.self = self_new(metrics),
	};
	metrics_add_rows(metrics, ROWS, COUNT, endpoints->measured);
	beat_next(endpoints);
	return endpoints;
}

void endpoints_free(struct endpoints *endpoints)
{
	if (!endpoints)
		return;
	timer_stop(endpoints->loop, &endpoints->beat);
	self_free(endpoints->self);
	mem_free(endpoints);
}

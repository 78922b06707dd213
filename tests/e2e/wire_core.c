/* The simulation's API server core as a program: one JSON object a line asks, one a line answers. So that one script can be
 * played to it and to a real API server (test_wire.py).
 *
 *   {"request": {"method", "path", "query", "type", "body"}}       -> {"status", "type", "body"}
 *   {"watch": {"path", "query"}, "acts": [act...], "ms": N}       -> the same; what came within N ms after the acts
 *   {"acts": [act...]}                                            -> {}
 *
 * An act is what users do: {"apply": object}, {"edit": key, "spec": patch}, {"delete": key}, {"compact": true} or
 * {"install": true or false}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fake_http.h"
#include "sim/apiserver.h"

enum { ANSWER_MAX = 1 << 24, LATENCY_MS = 1, ENOUGH_MS = 100, LINE_MAX_BYTES = 1 << 22 };

struct core {
	struct fake_loop loop;
	struct fake_http http;
	struct apiserver server;
};

/* One exchange as its client sees it. */
struct exchange {
	struct str body;
	char type[128];
	int status;
	bool over;
};

static void on_request(void *arg, struct fake_call *call)
{
	apiserver_request(&((struct core *)arg)->server, call);
}

static void on_head(void *arg, const struct http_head *head)
{
	struct exchange *exchange = arg;

	exchange->status = head->status;
	text_copy(exchange->type, sizeof(exchange->type), head->content_type);
}

static bool on_data(void *arg, const char *bytes, size_t length)
{
	return str_add(&((struct exchange *)arg)->body, bytes, length);
}

static void on_end(void *arg, const struct error *err)
{
	((struct exchange *)arg)->over = true;
}

static void act(struct apiserver *server, const cJSON *act)
{
	const cJSON *install = json_member(act, "install");

	if (json_member(act, "apply"))
		apiserver_apply(server, json_print(json_member(act, "apply")));
	else if (json_member(act, "edit"))
		apiserver_edit(server, json_text(act, "edit"), json_print(json_member(act, "spec")));
	else if (json_member(act, "delete"))
		apiserver_delete(server, json_text(act, "delete"));
	else if (json_member(act, "compact"))
		apiserver_compact(server);
	else if (install)
		server->installed = cJSON_IsTrue(install);
}

static void acts(struct apiserver *server, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		act(server, item);
	}
}

static void print_answer(const struct exchange *exchange)
{
	cJSON *answer = cJSON_CreateObject();

	json_set_int(answer, "status", exchange->status);
	json_set_text(answer, "type", exchange->type);
	json_set_text(answer, "body", str_text(&exchange->body));
	puts(json_print(answer));
}

static void exchange_run(struct core *core, const cJSON *asked, const cJSON *acts_meanwhile, int64_t ms)
{
	struct exchange exchange = {.body = STR_INIT(ANSWER_MAX)};
	struct http_handler handler = {.head = on_head, .data = on_data, .end = on_end, .arg = &exchange};
	const char *body = json_text(asked, "body");
	char *url = arena_printf(
		json_arena(), "https://core%s?%s", json_text(asked, "path"), json_text_or(asked, "query", ""));
	struct http_request request = {
		.method = json_text_or(asked, "method", "GET"),
		.url = url,
		.headers = {{"Content-Type", json_text_or(asked, "type", "application/json")}},
		.body = body,
		.body_length = body ? strlen(body) : 0,
	};
	struct http_call *call = http_send(&core->http.http, &request, &handler);

	fake_loop_run_for(&core->loop, ENOUGH_MS);
	acts(&core->server, acts_meanwhile);
	fake_loop_run_for(&core->loop, ms);
	if (!exchange.over)
		http_cancel(&core->http.http, call);
	print_answer(&exchange);
	str_done(&exchange.body);
}

static void obey(struct core *core, const char *line)
{
	JSON_WORK(work);
	cJSON *command = json_parse_text(line);

	if (json_member(command, "request")) {
		exchange_run(core, json_member(command, "request"), NULL, ENOUGH_MS);
	} else if (json_member(command, "watch")) {
		exchange_run(core, json_member(command, "watch"), json_member(command, "acts"),
			json_int(command, "ms", ENOUGH_MS));
	} else {
		acts(&core->server, json_member(command, "acts"));
		puts("{}");
	}
	fflush(stdout);
}

int main(void)
{
	struct core core = {0};
	char *line = mem_alloc(LINE_MAX_BYTES);

	fake_loop_init(&core.loop);
	fake_http_init(&core.http, &core.loop, on_request, &core);
	core.http.latency_ms = LATENCY_MS;
	apiserver_init(&core.server, &core.loop);
	while (fgets(line, LINE_MAX_BYTES, stdin))
		obey(&core, line);
	apiserver_done(&core.server);
	fake_http_done(&core.http);
	fake_loop_done(&core.loop);
	mem_free(line);
	return 0;
}

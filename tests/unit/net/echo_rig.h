/* Our own server as tests of the client need it: it echoes, waits, drops and says much. */
#pragma once

#include "rig.h"

static struct timer later_timer;
static struct rig *later_rig;
static uint64_t later_id;
static int served;

static inline void answer_later(void *arg)
{
	server_answer(later_rig->server, later_id, 200, "text/plain", "late", 4);
}

static inline void echo(struct rig *rig, const struct server_request *request)
{
	AUTO_STR struct str text = STR_INIT(RIG_BODY_MAX + 1000);
	str_addf(&text, "%s %s?%s auth=%s type=%s length=%zu\n", request->method, request->path, request->query,
		request->authorization != NULL ? request->authorization : "none", request->content_type,
		request->body_length);
	str_add(&text, request->body, request->body_length);
	server_answer(rig->server, request->id, 201, "application/json", text.own_text, text.length);
}

/* By path: /echo, /later?MS, /drop, /never, /large?BYTES, /busy. */
static inline void serve(void *arg, const struct server_request *request)
{
	struct rig *rig = arg;
	served++;
	if (text_equal(request->path, "/later")) {
		later_rig = rig;
		later_id = request->id;
		timer_start(rig->loop, &later_timer, strtol(request->query, NULL, 10), answer_later, NULL);
	} else if (text_equal(request->path, "/drop")) {
		server_answer(rig->server, request->id, 0, NULL, NULL, 0);
	} else if (text_equal(request->path, "/large")) {
		size_t length = strtoul(request->query, NULL, 10);
		AUTO_FREE char *body = mem_alloc(length);
		memset(body, 'x', length);
		server_answer(rig->server, request->id, 200, "", body, length);
	} else if (text_equal(request->path, "/busy")) {
		server_retry_after(rig->server, request->id, (int)strtol(request->query, NULL, 10));
		server_answer(rig->server, request->id, 503, "text/plain", "busy", 4);
	} else if (!text_equal(request->path, "/never")) {
		echo(rig, request);
	}
}

static int set_up(void **state)
{
	struct rig *rig = mem_alloc(sizeof(*rig));
	rig_open(rig, serve);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;
	timer_stop(rig->loop, &later_timer);
	rig_close(rig);
	mem_free(rig);
	return 0;
}

static const char *url(const struct rig *rig, const char *path)
{
	static char texts[4][256];
	static int next;
	char *text = texts[next++ % 4];
	snprintf(text, sizeof(texts[0]), "%s%s", rig->base, path);
	return text;
}

static inline void get(struct rig *rig, struct outcome *outcome, const char *path)
{
	outcome_of(rig, outcome, &(struct http_request){.method = "GET", .url = url(rig, path)});
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

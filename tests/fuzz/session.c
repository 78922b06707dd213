#include "session.h"

#include <stdlib.h>

enum { HOUR_MS = 3600 * 1000, ASKED_MOST = 64 };

static bool part_is(struct part line, const char *word)
{
	return line.length == strlen(word) && memcmp(line.text, word, line.length) == 0;
}

/* The next part as status and body. False: there is none. */
static bool next_answer(struct session *session, struct part *line, struct part *body)
{
	if (!input_part(&session->answers, body))
		return false;
	*line = part_line(body);
	session->answered++;
	return true;
}

static void serve(void *arg, struct fake_call *call)
{
	struct session *session = arg;
	struct part line, body;
	session->asked++;
	if (session->see)
		session->see(session->arg, call);
	if (session->asked > ASKED_MOST || !next_answer(session, &line, &body) || part_is(line, "drop")) {
		fake_drop(call);
		return;
	}
	JSON_WORK(work);
	char *end;
	const char *words = part_text(line);
	long status = strtol(words, &end, 10), retry = strtol(end, NULL, 10);
	bool good = status >= 100 && status <= 599;
	fake_head(call, good ? (int)status : 200, "application/json", retry > 0 && retry < HOUR_MS ? (int)retry : 0);
	fake_chunk(call, body.length ? body.text : "", body.length);
	if (part_is(line, "cut"))
		fake_drop(call);
	else if (!part_is(line, "silent"))
		fake_end(call);
}

static void play(void *arg, const struct process_request *request, struct process *process)
{
	struct session *session = arg;
	struct part line, body;
	if (!session->programs || !next_answer(session, &line, &body)) {
		fake_env_end(process, -1, "", "no such program");
		return;
	}
	JSON_WORK(work);
	fake_env_end(process, abs(atoi(part_text(line))) % 256, part_text(body), "it complains");
}

void session_open(struct session *session, struct input answers, size_t piece)
{
	*session = (struct session){.answers = answers};
	fake_loop_init(&session->loop);
	fake_env_init(&session->env, &session->loop, 7);
	session->env.run = play;
	session->env.run_arg = session;
	fake_http_init(&session->http, &session->loop, serve, session);
	session->http.piece = piece;
}

void session_run(struct session *session)
{
	int64_t until = session->loop.now_ms + HOUR_MS;
	while (session->asked <= ASKED_MOST && fake_loop_step(&session->loop, until))
		;
}

void session_close(struct session *session)
{
	fake_http_done(&session->http);
	fake_env_done(&session->env);
	fake_loop_done(&session->loop);
}

/* A program on uv_spawn. It is over when it has exited and closed its outputs; a child of its own that keeps them open is
 * not waited for. Invariants: `alive` while the program may run and was not waited for; fn runs once, with `settled` set;
 * the memory goes when the last of the handles is closed. */
#include "net/process.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "net/uv_loop.h"

enum {
	COMPLAINT_MAX = 4096,
	LINE_SIZE = 600,
	LINGER_MS = 1000, /* for what is still in the pipes once the program has exited */
};

enum { PIPE_OUTPUT, PIPE_COMPLAINT, PIPES };

struct process {
	struct loop *loop;
	process_fn fn;
	void *arg;
	char *own_file;
	size_t output_max;
	int timeout_ms;
	uv_process_t child;
	uv_pipe_t pipes[PIPES];
	struct str texts[PIPES];
	char buffer[4096];
	struct timer timer;
	int open;     /* handles that are not closed yet */
	int readable; /* pipes that did not end yet */
	bool alive, settled;
	int exit_code;
	struct error failure; /* class NONE: none */
};

extern char **environ;

static void process_free(struct process *process)
{
	for (int i = 0; i < PIPES; i++)
		str_done(&process->texts[i]);
	mem_free(process->own_file);
	mem_free(process);
}

static void handle_closed(uv_handle_t *handle)
{
	struct process *process = handle->data;
	if (--process->open == 0)
		process_free(process);
}

static void close_handle(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, handle_closed);
}

/* Ends the group. The wait is short: nothing outlives SIGKILL. */
static void kill_group(struct process *process)
{
	pid_t pid = process->child.pid;
	if (!process->alive)
		return;
	process->alive = false;
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL); /* should it have left its group */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void process_close(struct process *process)
{
	process->settled = true;
	timer_stop(process->loop, &process->timer);
	kill_group(process);
	close_handle((uv_handle_t *)&process->child);
	for (int i = 0; i < PIPES; i++)
		close_handle((uv_handle_t *)&process->pipes[i]);
}

/* All of it in one line, as far as it is printable. */
static void flatten(const struct str *text, struct str *line)
{
	bool blank = false;
	for (const char *at = str_text(text); *at; at++) {
		if (isgraph((unsigned char)*at)) {
			if (blank && line->length)
				str_adds(line, " ");
			str_add(line, at, 1);
		}
		blank = isspace((unsigned char)*at) || (blank && !isgraph((unsigned char)*at));
	}
}

/* What is wrong stands in the first words of one program and in the last ones of another: what is left out is between them. */
static void shorten(const struct str *whole, char line[LINE_SIZE])
{
	static const char gap[] = " ... ";
	int half = (LINE_SIZE - (int)sizeof(gap)) / 2;
	const char *text = str_text(whole);
	if (whole->length < LINE_SIZE)
		snprintf(line, LINE_SIZE, "%s", text);
	else
		snprintf(line, LINE_SIZE, "%.*s%s%s", half, text, gap, text + whole->length - half);
}

/* Tells the end; the process is gone afterwards, but for its memory. */
static void settle(struct process *process)
{
	process_fn fn = process->fn;
	void *arg = process->arg;
	struct error failure = process->failure;
	char line[LINE_SIZE];
	AUTO_STR struct str whole = STR_INIT(COMPLAINT_MAX);
	flatten(&process->texts[PIPE_COMPLAINT], &whole);
	shorten(&whole, line);
	struct str output = process->texts[PIPE_OUTPUT];
	process->texts[PIPE_OUTPUT] = (struct str){0};
	struct process_result result = {.exit_code = process->exit_code,
		.output = str_text(&output),
		.length = output.length,
		.complaint = line};
	process_close(process);
	if (failure.class == ERROR_NONE)
		fn(arg, &result, NULL);
	else
		fn(arg, NULL, &failure);
	if (output.own_text)
		explicit_bzero(output.own_text, output.capacity);
	str_done(&output);
}

static void settle_later(void *arg)
{
	settle(arg);
}

static void fail(struct process *process, const char *code, const char *why)
{
	if (process->settled)
		return;
	error_set(&process->failure, ERROR_TRANSIENT, "%s %s", process->own_file, why);
	error_code(&process->failure, code);
	settle(process);
}

static void on_late(void *arg)
{
	struct process *process = arg;
	AUTO_FREE char *why = mem_printf("did not end within %g s and was stopped", process->timeout_ms / 1000.0);
	fail(process, "Timeout", why);
}

static void on_exited(uv_process_t *child, int64_t status, int signal)
{
	struct process *process = child->data;
	process->alive = false;
	process->exit_code = signal ? 128 + signal : (int)status;
	timer_start(process->loop, &process->timer, process->readable ? LINGER_MS : 0, settle_later, process);
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct process *process = handle->data;
	*buffer = uv_buf_init(process->buffer, sizeof(process->buffer));
}

static void take_output(struct process *process, const char *bytes, size_t length)
{
	if (!str_add(&process->texts[PIPE_OUTPUT], bytes, length))
		fail(process, "TooLarge", "wrote more than is allowed and was stopped");
}

/* What passes the maximum is left out. */
static void take_complaint(struct process *process, const char *bytes, size_t length)
{
	struct str *text = &process->texts[PIPE_COMPLAINT];
	size_t room = COMPLAINT_MAX - text->length;
	str_add(text, bytes, length < room ? length : room);
}

static void on_read(uv_stream_t *pipe, ssize_t length, const uv_buf_t *buffer)
{
	struct process *process = pipe->data;
	if (length > 0) {
		bool output = pipe == (uv_stream_t *)&process->pipes[PIPE_OUTPUT];
		(output ? take_output : take_complaint)(process, buffer->base, (size_t)length);
		explicit_bzero(buffer->base, (size_t)length);
		return;
	}
	if (length == 0)
		return;
	uv_read_stop(pipe);
	if (--process->readable == 0 && !process->alive)
		timer_start(process->loop, &process->timer, 0, settle_later, process);
}

static bool hidden(const char *own, const char *const *variables)
{
	size_t name = strcspn(own, "=") + 1;
	for (; variables && *variables; variables++)
		if (strncmp(*variables, own, name) == 0)
			return true;
	return false;
}

/* Our own variables and the request's; texts are loans. */
static void environment(struct vec *to, const struct process_request *request)
{
	for (char **own = environ; *own; own++)
		if (!hidden(*own, request->variables))
			vec_add(to, *own);
	for (const char *const *more = request->variables; more && *more; more++)
		vec_add(to, (char *)*more);
	vec_add(to, NULL);
}

static void arguments(struct vec *to, const struct process_request *request)
{
	vec_add(to, (char *)request->file);
	for (const char *const *more = request->arguments; more && *more; more++)
		vec_add(to, (char *)*more);
	vec_add(to, NULL);
}

static int spawn(struct process *process, const struct process_request *request)
{
	struct vec words = {0}, variables = {0};
	arguments(&words, request);
	environment(&variables, request);
	uv_stdio_container_t stdio[] = {{.flags = UV_IGNORE},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
			.data.stream = (uv_stream_t *)&process->pipes[PIPE_OUTPUT]},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
			.data.stream = (uv_stream_t *)&process->pipes[PIPE_COMPLAINT]}};
	uv_process_options_t options = {.exit_cb = on_exited,
		.file = request->file,
		.args = (char **)words.own_items,
		.env = (char **)variables.own_items,
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = sizeof(stdio) / sizeof(stdio[0]),
		.stdio = stdio};
	int failed = uv_spawn(net_loop_uv(process->loop), &process->child, &options);
	vec_done(&words, NULL);
	vec_done(&variables, NULL);
	return failed;
}

static void open_pipes(struct process *process)
{
	process->texts[PIPE_OUTPUT] = STR_INIT(process->output_max);
	process->texts[PIPE_COMPLAINT] = STR_INIT(COMPLAINT_MAX);
	for (int i = 0; i < PIPES; i++) {
		int failed = uv_pipe_init(net_loop_uv(process->loop), &process->pipes[i], 0);
		assert(failed == 0);
		process->pipes[i].data = process;
	}
	process->open = PIPES + 1;
}

static void not_started(struct process *process, int failed)
{
	error_set(&process->failure, ERROR_TRANSIENT, "cannot start %s: %s", process->own_file, uv_strerror(failed));
	error_code(&process->failure, failed == UV_ENOENT ? "NotFound" : "NotStarted");
	timer_start(process->loop, &process->timer, 0, settle_later, process);
}

struct process *process_start(struct loop *loop, const struct process_request *request, process_fn fn, void *arg)
{
	struct process *process = mem_alloc(sizeof(*process));
	*process = (struct process){.loop = loop,
		.fn = fn,
		.arg = arg,
		.own_file = mem_strdup(request->file),
		.output_max = request->output_max,
		.timeout_ms = request->timeout_ms};
	open_pipes(process);
	int failed = spawn(process, request);
	process->child.data = process;
	if (failed) {
		not_started(process, failed);
		return process;
	}
	process->alive = true;
	process->readable = PIPES;
	for (int i = 0; i < PIPES; i++)
		uv_read_start((uv_stream_t *)&process->pipes[i], on_buffer, on_read);
	timer_start(loop, &process->timer, process->timeout_ms, on_late, process);
	return process;
}

void process_cancel(struct process *process)
{
	if (process)
		process_close(process);
}

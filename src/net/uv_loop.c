/* The loop on libuv. One uv timer stands for the whole heap. What is due at once runs from an idle handle: a uv timer of
 * delay 0, armed by its own callback, would fire again before any socket is looked at. The uv timer is always armed, if
 * only for the end of time, so that the loop runs until it is stopped. */
#include "net/uv_loop.h"

#include <assert.h>
#include <signal.h>
#include <time.h>

#include "base/alloc.h"

struct net_loop {
	struct loop loop;
	uv_loop_t uv;
	uv_timer_t wake;
	uv_idle_t soon;
	uv_signal_t signals[2];
	void (*on_signal)(void *arg, int signal);
	void *signal_arg;
};

static void run_turn(struct net_loop *net);

static void on_wake(uv_timer_t *wake)
{
	run_turn(wake->data);
}

static void on_soon(uv_idle_t *soon)
{
	run_turn(soon->data);
}

/* Of a clock that stands still neither while a callback works nor while the machine sleeps: deadlines are compared with it.
 * libuv's own knows nothing of sleep, so that it is only told how long to wait. */
static int64_t net_now_us(struct loop *loop)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * (int64_t)1000000 + now.tv_nsec / 1000;
}

static void net_wake_at(struct loop *loop, int64_t due)
{
	struct net_loop *net = (struct net_loop *)loop;
	int64_t now = loop_now(loop);
	if (due <= now) {
		uv_idle_start(&net->soon, on_soon);
		return;
	}
	uv_idle_stop(&net->soon);
	uv_update_time(&net->uv);
	uv_timer_start(&net->wake, on_wake, (uint64_t)(due - now), 0);
}

static void run_turn(struct net_loop *net)
{
	net_wake_at(&net->loop, loop_turn(&net->loop));
}

static const struct loop_ops net_ops = {.now_us = net_now_us, .wake_at = net_wake_at};

uv_loop_t *net_loop_uv(struct loop *loop)
{
	assert(loop->ops == &net_ops);
	return &((struct net_loop *)loop)->uv;
}

struct loop *net_loop_new(void)
{
	struct net_loop *net = mem_alloc(sizeof(*net));
	signal(SIGPIPE, SIG_IGN); /* a peer that closes is an error of that call, not the end of the process */
	loop_init(&net->loop, &net_ops);
	int failed = uv_loop_init(&net->uv);
	assert(failed == 0);
	uv_timer_init(&net->uv, &net->wake);
	uv_idle_init(&net->uv, &net->soon);
	net->wake.data = net->soon.data = net;
	net_wake_at(&net->loop, INT64_MAX);
	return &net->loop;
}

void net_loop_run(struct loop *loop)
{
	uv_run(net_loop_uv(loop), UV_RUN_DEFAULT);
}

void net_loop_stop(struct loop *loop)
{
	uv_stop(net_loop_uv(loop));
}

static void close_handle(uv_handle_t *handle)
{
	if (handle->data)
		uv_close(handle, NULL);
}

/* The round of the loop runs the close callbacks of handles that a client or a server closed before. */
void net_loop_free(struct loop *loop)
{
	if (!loop)
		return;
	struct net_loop *net = (struct net_loop *)loop;
	loop_done(loop);
	close_handle((uv_handle_t *)&net->wake);
	close_handle((uv_handle_t *)&net->soon);
	close_handle((uv_handle_t *)&net->signals[0]);
	close_handle((uv_handle_t *)&net->signals[1]);
	uv_run(&net->uv, UV_RUN_NOWAIT);
	int failed = uv_loop_close(&net->uv);
	assert(failed == 0 && "a client or server outlived its loop");
	mem_free(net);
}

static void on_signal(uv_signal_t *handle, int signal)
{
	struct net_loop *net = handle->data;
	net->on_signal(net->signal_arg, signal);
}

void net_loop_on_signals(struct loop *loop, void (*fn)(void *arg, int signal), void *arg)
{
	static const int numbers[] = {SIGTERM, SIGINT};
	struct net_loop *net = (struct net_loop *)loop;
	net->on_signal = fn;
	net->signal_arg = arg;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		uv_signal_t *handle = &net->signals[i];
		if (!handle->data)
			uv_signal_init(&net->uv, handle);
		handle->data = net;
		uv_signal_start(handle, on_signal, numbers[i]);
	}
}

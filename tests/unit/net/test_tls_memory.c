/* What comes by a long poll over TLS costs no memory: the program's malloc takes the place of the C library's, and counts. */
#include "tls.h"

enum { RECORDS = 60, WARM = 20, GAP_US = 1000 };

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static _Thread_local size_t allocations; /* the server has a thread of its own */

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	allocations++;
	return __libc_realloc(memory, size);
}

/* One event after the other, each in a record of its own. */
static void answer_with_events(SSL *ssl)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			  event[] = "6\r\nevent\n\r\n", end[] = "0\r\n\r\n";
	char request[4096];

	if (!tls_read_head(ssl, request, sizeof(request)))
		return;
	SSL_write(ssl, head, sizeof(head) - 1);
	for (int i = 0; i < RECORDS; i++) {
		SSL_write(ssl, event, sizeof(event) - 1);
		usleep(GAP_US);
	}
	SSL_write(ssl, end, sizeof(end) - 1);
}

struct received {
	struct rig *rig;
	size_t bytes, before, after;
	bool failed;
};

static bool on_data(void *arg, const char *bytes, size_t length)
{
	struct received *received = arg;

	received->bytes += length;
	if (received->bytes <= WARM * strlen("event\n"))
		received->before = allocations;
	received->after = allocations;
	return true;
}

static void on_end(void *arg, const struct error *err)
{
	struct received *received = arg;

	received->failed = err != NULL;
	net_loop_stop(received->rig->loop);
}

static void test_events_cost_no_memory(void **state)
{
	struct rig rig = {.loop = net_loop_new()};
	struct identity authority, own;
	struct tls_server server = {.answer = answer_with_events};
	struct received received = {.rig = &rig};
	char url[64];

	rig.http = net_http_new(rig.loop, "tflb-test/1", NULL); /* before anything else uses OpenSSL */
	identity_make(&authority, NULL, "authority", NULL, 1);
	identity_make(&own, &authority, "server", "IP:127.0.0.1", 1);
	tls_start(&server, &own, &authority);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", server.port);
	struct http_peer peer = {.ca_pem = authority.own_certificate_pem};
	http_send(rig.http, &(struct http_request){.method = "GET", .url = url, .peer = &peer, .own_connection = true},
		&(struct http_handler){.data = on_data, .end = on_end, .arg = &received});
	rig_run(&rig);
	assert_false(received.failed);
	assert_int_equal(received.bytes, RECORDS * strlen("event\n"));
	assert_true(received.before > 0);
	assert_int_equal(received.after - received.before, 0);
	net_http_free(rig.http);
	tls_stop(&server);
	net_loop_free(rig.loop);
	identity_done(&own);
	identity_done(&authority);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_events_cost_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

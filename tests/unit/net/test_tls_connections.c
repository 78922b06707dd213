/* Who may speak over a connection: only the peer that opened it. The server keeps its connections and answers each request
 * with what it was told: "sni=NAME client=NAME". */
#include "tls.h"

enum { KEPT_MAX = 32 };

struct kept {
	int fd;
	SSL *own_ssl; /* NULL: over */
	bool ready;
	char heard[2048];
	size_t length;
};

struct keeper {
	struct loop *loop;
	struct timer timer;
	SSL_CTX *own_context;
	int listener, accepted;
	uint16_t port;
	struct kept connections[KEPT_MAX];
};

struct fixture {
	struct rig rig;
	struct identity authority, stranger, server, client;
	struct keeper keeper;
	char url[64];
};

static void kept_close(struct kept *connection)
{
	SSL_free(TAKE(connection->own_ssl));
	close(connection->fd);
}

static void client_name(SSL *ssl, char name[64])
{
	X509 *certificate = SSL_get1_peer_certificate(ssl);
	text_copy(name, 64, "none");
	if (certificate != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, 64);
	X509_free(certificate);
}

static void kept_answer(struct kept *connection)
{
	const char *sni = SSL_get_servername(connection->own_ssl, TLSEXT_NAMETYPE_host_name);
	char client[64], body[512], text[700];
	client_name(connection->own_ssl, client);
	snprintf(body, sizeof(body), "sni=%s client=%s", sni != NULL ? sni : "none", client);
	int length =
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	assert_int_equal(SSL_write(connection->own_ssl, text, length), length);
	connection->length = 0;
}

/* One step of a connection: shake hands, then read and answer. */
static void kept_step(struct kept *connection)
{
	SSL *ssl = connection->own_ssl;
	int done = connection->ready ? SSL_read(ssl, connection->heard + connection->length,
					       (int)(sizeof(connection->heard) - 1 - connection->length))
	                             : SSL_accept(ssl);
	if (done <= 0) {
		if (SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ)
			kept_close(connection);
		return;
	}
	if (!connection->ready) {
		connection->ready = true;
		return;
	}
	connection->length += (size_t)done;
	connection->heard[connection->length] = '\0';
	if (strstr(connection->heard, "\r\n\r\n") != NULL)
		kept_answer(connection);
}

static void keeper_tick(void *arg)
{
	struct keeper *keeper = arg;
	int fd = accept4(keeper->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		assert_true(keeper->accepted < KEPT_MAX);
		struct kept *connection = &keeper->connections[keeper->accepted++];
		*connection = (struct kept){.fd = fd, .own_ssl = SSL_new(keeper->own_context)};
		SSL_set_fd(connection->own_ssl, fd);
	}
	for (int i = 0; i < keeper->accepted; i++)
		if (keeper->connections[i].own_ssl != NULL)
			kept_step(&keeper->connections[i]);
	timer_start(keeper->loop, &keeper->timer, 1, keeper_tick, keeper);
}

static void keeper_open(
	struct keeper *keeper, struct loop *loop, const struct identity *identity, const struct identity *authority)
{
	keeper->loop = loop;
	keeper->own_context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(keeper->own_context, identity->certificate);
	SSL_CTX_use_PrivateKey(keeper->own_context, identity->key);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(keeper->own_context), authority->certificate);
	SSL_CTX_set_verify(keeper->own_context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(keeper->own_context, SSL_SESS_CACHE_OFF);
	keeper->listener = listen_somewhere(&keeper->port);
	timer_start(loop, &keeper->timer, 0, keeper_tick, keeper);
}

static void keeper_done(struct keeper *keeper)
{
	timer_stop(keeper->loop, &keeper->timer);
	for (int i = 0; i < keeper->accepted; i++)
		if (keeper->connections[i].own_ssl != NULL)
			kept_close(&keeper->connections[i]);
	close(keeper->listener);
	SSL_CTX_free(keeper->own_context);
}

static void serve_nothing(void *arg, const struct server_request *request)
{
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	rig_open(&fixture->rig, serve_nothing);
	identity_make(&fixture->authority, NULL, "authority", NULL, 1);
	identity_make(&fixture->stranger, NULL, "stranger", NULL, 1);
	identity_make(&fixture->server, &fixture->authority, "server", "DNS:tflb.test", 1);
	identity_make(&fixture->client, &fixture->authority, "client", NULL, 1);
	keeper_open(&fixture->keeper, fixture->rig.loop, &fixture->server, &fixture->authority);
	snprintf(fixture->url, sizeof(fixture->url), "https://127.0.0.1:%u/", fixture->keeper.port);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	keeper_done(&fixture->keeper);
	rig_close(&fixture->rig);
	identity_done(&fixture->authority);
	identity_done(&fixture->stranger);
	identity_done(&fixture->server);
	identity_done(&fixture->client);
	mem_free(fixture);
	return 0;
}

static void assert_answered(
	struct fixture *fixture, const struct http_request *request, const char *sni, const char *client)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	char want[128];
	snprintf(want, sizeof(want), "sni=%s client=%s", sni, client);
	outcome_of(&fixture->rig, &outcome, request);
	assert_string_equal(outcome.err.message, "");
	assert_string_equal(str_text(&outcome.body), want);
}

static void assert_answers(struct fixture *fixture, const struct http_peer *peer, const char *sni, const char *client)
{
	struct http_request request = {.method = "GET", .url = fixture->url, .peer = peer};
	assert_answered(fixture, &request, sni, client);
}

static void assert_refused(struct fixture *fixture, const struct http_peer *peer, const char *why)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	outcome_of(&fixture->rig, &outcome, &(struct http_request){.method = "GET", .url = fixture->url, .peer = peer});
	assert_string_equal(str_text(&outcome.body), "");
	assert_true(outcome.failed);
	assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
	if (strstr(outcome.err.message, why) == NULL)
		fail_msg("expected \"%s\": %s", why, outcome.err.message);
}

/* A connection belongs to who opened it: it is kept for them, and nobody else speaks over it. */
static void test_identities_do_not_share_connections(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer nobody = {.ca_pem = fixture->authority.own_certificate_pem, .server_name = "tflb.test"};
	struct http_peer client = nobody;
	client.client_cert_pem = fixture->client.own_certificate_pem;
	client.client_key_pem = fixture->client.own_key_pem;
	assert_answers(fixture, &client, "tflb.test", "client");
	assert_answers(fixture, &nobody, "tflb.test", "none");
	assert_answers(fixture, &client, "tflb.test", "client");
	assert_int_equal(fixture->keeper.accepted, 2);
	struct http_peer careless = {.insecure = true, .server_name = "tflb.test"};
	struct http_peer distrustful = {.ca_pem = fixture->stranger.own_certificate_pem, .server_name = "tflb.test"};
	assert_answers(fixture, &careless, "tflb.test", "none");
	assert_refused(fixture, &distrustful, "the certificate is not accepted");
}

/* A peer whose texts change: what stood is not used for it any more, and the old texts may go at once. */
static void test_a_renewed_identity(void **state)
{
	struct fixture *fixture = *state;
	char *ca = mem_strdup(fixture->authority.own_certificate_pem);
	char *own_certificate = mem_strdup(fixture->client.own_certificate_pem);
	char *own_key = mem_strdup(fixture->client.own_key_pem);
	struct http_peer peer = {.ca_pem = ca, .server_name = "tflb.test"};
	peer.client_cert_pem = own_certificate;
	peer.client_key_pem = own_key;
	assert_answers(fixture, &peer, "tflb.test", "client");
	mem_free(own_certificate);
	mem_free(own_key);
	struct identity renewed;
	identity_make(&renewed, &fixture->authority, "renewed", NULL, 1);
	peer.client_cert_pem = renewed.own_certificate_pem;
	peer.client_key_pem = renewed.own_key_pem;
	assert_answers(fixture, &peer, "tflb.test", "renewed");
	assert_answers(fixture, &peer, "tflb.test", "renewed");
	assert_int_equal(fixture->keeper.accepted, 2);
	mem_free(ca);
	peer.ca_pem = fixture->stranger.own_certificate_pem;
	assert_refused(fixture, &peer, "the certificate is not accepted");
	identity_done(&renewed);
}

static void test_fresh_connections(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer peer = {.ca_pem = fixture->authority.own_certificate_pem, .server_name = "tflb.test"};
	struct http_request request = {.method = "GET", .url = fixture->url, .peer = &peer};
	assert_answered(fixture, &request, "tflb.test", "none");
	assert_answered(fixture, &request, "tflb.test", "none");
	assert_int_equal(fixture->keeper.accepted, 1);
	request.fresh_connection = true;
	assert_answered(fixture, &request, "tflb.test", "none");
	assert_int_equal(fixture->keeper.accepted, 2);
}

#define TLS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(test_identities_do_not_share_connections),
		TLS_TEST(test_a_renewed_identity),
		TLS_TEST(test_fresh_connections),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* TLS of the transport: whom it trusts, whose name it verifies, who it says it is. The server answers with what it was told:
 * "sni=NAME client=NAME host=NAME". */
#include "rig.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "certificate.h"

enum { TLS_CONNECTIONS = 32 };

struct tls_connection {
	int fd;
	SSL *own_ssl; /* NULL: over */
	bool ready;
	char heard[2048];
	size_t length;
};

struct tls_server {
	struct loop *loop;
	struct timer timer;
	SSL_CTX *own_context;
	int listener, accepted;
	uint16_t port;
	struct tls_connection connections[TLS_CONNECTIONS];
};

struct fixture {
	struct rig rig;
	struct identity authority, stranger, server, client;
	struct tls_server tls;
	char url[64];
};

static void tls_close(struct tls_connection *connection)
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

static void tls_answer(struct tls_connection *connection)
{
	const char *sni = SSL_get_servername(connection->own_ssl, TLSEXT_NAMETYPE_host_name);
	char client[64], body[512], text[700];
	char *host = strstr(connection->heard, "Host: ") + strlen("Host: ");
	client_name(connection->own_ssl, client);
	snprintf(body, sizeof(body), "sni=%s client=%s host=%.*s", sni != NULL ? sni : "none", client,
		(int)strcspn(host, "\r"), host);
	int length =
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	assert_int_equal(SSL_write(connection->own_ssl, text, length), length);
	connection->length = 0;
}

/* One step of a connection: shake hands, then read and answer. */
static void tls_serve(struct tls_connection *connection)
{
	SSL *ssl = connection->own_ssl;
	int done = connection->ready ? SSL_read(ssl, connection->heard + connection->length,
					       (int)(sizeof(connection->heard) - 1 - connection->length))
				     : SSL_accept(ssl);
	if (done <= 0) {
		if (SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ)
			tls_close(connection);
		return;
	}
	if (!connection->ready) {
		connection->ready = true;
		return;
	}
	connection->length += (size_t)done;
	connection->heard[connection->length] = '\0';
	if (strstr(connection->heard, "\r\n\r\n") != NULL)
		tls_answer(connection);
}

static void tls_tick(void *arg)
{
	struct tls_server *tls = arg;
	int fd = accept4(tls->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		assert_true(tls->accepted < TLS_CONNECTIONS);
		struct tls_connection *connection = &tls->connections[tls->accepted++];
		*connection = (struct tls_connection){.fd = fd, .own_ssl = SSL_new(tls->own_context)};
		SSL_set_fd(connection->own_ssl, fd);
	}
	for (int i = 0; i < tls->accepted; i++)
		if (tls->connections[i].own_ssl != NULL)
			tls_serve(&tls->connections[i]);
	timer_start(tls->loop, &tls->timer, 1, tls_tick, tls);
}

static void tls_open(
	struct tls_server *tls, struct loop *loop, const struct identity *identity, const struct identity *authority)
{
	tls->loop = loop;
	tls->own_context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(tls->own_context, identity->own_certificate);
	SSL_CTX_use_PrivateKey(tls->own_context, identity->own_key);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(tls->own_context), authority->own_certificate);
	SSL_CTX_set_verify(tls->own_context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(tls->own_context, SSL_SESS_CACHE_OFF);
	tls->listener = listen_somewhere(&tls->port);
	timer_start(loop, &tls->timer, 0, tls_tick, tls);
}

static void tls_done(struct tls_server *tls)
{
	timer_stop(tls->loop, &tls->timer);
	for (int i = 0; i < tls->accepted; i++)
		if (tls->connections[i].own_ssl != NULL)
			tls_close(&tls->connections[i]);
	close(tls->listener);
	SSL_CTX_free(tls->own_context);
}

static void serve_nothing(void *arg, const struct server_request *request)
{
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	rig_open(&fixture->rig, serve_nothing);
	fixture->authority = identity_new("authority", NULL, NULL);
	fixture->stranger = identity_new("stranger", NULL, NULL);
	fixture->server = identity_new("server", "DNS:tflb.test", &fixture->authority);
	fixture->client = identity_new("client", NULL, &fixture->authority);
	tls_open(&fixture->tls, fixture->rig.loop, &fixture->server, &fixture->authority);
	snprintf(fixture->url, sizeof(fixture->url), "https://127.0.0.1:%u/", fixture->tls.port);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	tls_done(&fixture->tls);
	rig_close(&fixture->rig);
	identity_done(&fixture->authority);
	identity_done(&fixture->stranger);
	identity_done(&fixture->server);
	identity_done(&fixture->client);
	mem_free(fixture);
	return 0;
}

static void assert_answers(struct fixture *fixture, const struct http_peer *peer, const char *sni, const char *client)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	char want[128];
	snprintf(want, sizeof(want), "sni=%s client=%s host=127.0.0.1:%u", sni, client, fixture->tls.port);
	outcome_of(&fixture->rig, &outcome, &(struct http_request){.method = "GET", .url = fixture->url, .peer = peer});
	assert_string_equal(outcome.err.message, "");
	assert_string_equal(str_text(&outcome.body), want);
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

/* A file that holds text, until file_gone. */
static char *file_of(const char *text)
{
	char *path = mem_strdup("/tmp/test_tls_XXXXXX");
	int fd = mkstemp(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void file_gone(char *own_path)
{
	unlink(own_path);
	mem_free(own_path);
}

static void test_authority_and_name_as_text(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer peer = {.ca_pem = fixture->authority.own_certificate_pem, .server_name = "tflb.test"};
	assert_answers(fixture, &peer, "tflb.test", "none");
}

static void test_the_name_must_fit(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer peer = {.ca_pem = fixture->authority.own_certificate_pem};
	assert_refused(fixture, &peer, "the certificate is not accepted");
	peer.server_name = "other.test";
	assert_refused(fixture, &peer, "the certificate is not accepted");
}

static void test_the_authority_must_be_known(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer peer = {.server_name = "tflb.test"};
	assert_refused(fixture, &peer, "the certificate is not accepted");
	peer.ca_pem = fixture->stranger.own_certificate_pem;
	assert_refused(fixture, &peer, "the certificate is not accepted");
	peer.ca_pem = "nonsense";
	assert_refused(fixture, &peer, "the CA certificates cannot be used");
	peer = (struct http_peer){.ca_file = "/no/such/file", .server_name = "tflb.test"};
	assert_refused(fixture, &peer, "the CA certificates cannot be used");
}

static void test_insecure(void **state)
{
	struct http_peer peer = {.insecure = true};
	assert_answers(*state, &peer, "none", "none");
}

static void test_client_certificate_as_text(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer peer = {.ca_pem = fixture->authority.own_certificate_pem,
		.server_name = "tflb.test",
		.client_cert_pem = fixture->client.own_certificate_pem,
		.client_key_pem = fixture->client.own_key_pem};
	assert_answers(fixture, &peer, "tflb.test", "client");
}

static void test_the_key_must_fit_the_certificate(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer peer = {.insecure = true,
		.client_cert_pem = fixture->client.own_certificate_pem,
		.client_key_pem = fixture->stranger.own_key_pem};
	assert_refused(fixture, &peer, "our client certificate cannot be used");
}

static void test_everything_from_files(void **state)
{
	struct fixture *fixture = *state;
	char *ca = file_of(fixture->authority.own_certificate_pem), *key = file_of(fixture->client.own_key_pem);
	char *certificate = file_of(fixture->client.own_certificate_pem);
	struct http_peer peer = {
		.ca_file = ca, .server_name = "tflb.test", .client_cert_file = certificate, .client_key_file = key};
	assert_answers(fixture, &peer, "tflb.test", "client");
	file_gone(ca);
	file_gone(certificate);
	file_gone(key);
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
	assert_int_equal(fixture->tls.accepted, 2);
	struct http_peer careless = {.insecure = true, .server_name = "tflb.test"};
	struct http_peer distrustful = {.ca_pem = fixture->stranger.own_certificate_pem, .server_name = "tflb.test"};
	assert_answers(fixture, &careless, "tflb.test", "none");
	assert_refused(fixture, &distrustful, "the certificate is not accepted");
}

static void test_a_server_without_tls(void **state)
{
	struct fixture *fixture = *state;
	snprintf(fixture->url, sizeof(fixture->url), "https://127.0.0.1:%u/", server_port(fixture->rig.server));
	assert_refused(fixture, &(struct http_peer){.insecure = true}, "TLS failed");
}

#define TLS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(test_authority_and_name_as_text),
		TLS_TEST(test_the_name_must_fit),
		TLS_TEST(test_the_authority_must_be_known),
		TLS_TEST(test_insecure),
		TLS_TEST(test_client_certificate_as_text),
		TLS_TEST(test_the_key_must_fit_the_certificate),
		TLS_TEST(test_everything_from_files),
		TLS_TEST(test_identities_do_not_share_connections),
		TLS_TEST(test_a_server_without_tls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

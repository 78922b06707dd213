/* Certificates made on the spot, and a TLS server in a thread of its own: it answers each connection's one request, if not told
 * otherwise with what it saw, "sni=NAME host=HEADER client=COMMON NAME". */
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>

#include "rig.h"

/* A key and its certificate, as PEM too. */
struct identity {
	EVP_PKEY *key;
	X509 *certificate;
	char *own_key_pem, *own_certificate_pem;
};

static inline char *tls_pem(EVP_PKEY *key, X509 *certificate)
{
	char *bytes;
	BIO *bio = BIO_new(BIO_s_mem());
	if (key)
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_X509(bio, certificate);
	long length = BIO_get_mem_data(bio, &bytes);
	char *text = mem_strndup(bytes, (size_t)length);
	BIO_free(bio);
	return text;
}

static inline void tls_extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(extension);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

/* issuer NULL: signed by itself, an authority. names: "IP:127.0.0.1,DNS:...", NULL: none. */
static inline void identity_make(
	struct identity *self, const struct identity *issuer, const char *common_name, const char *names, long days)
{
	static long serial;
	X509 *certificate = X509_new();
	self->key = EVP_EC_gen("P-256");
	self->certificate = certificate;
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -10 * 24 * 3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), days * 24 * 3600);
	X509_set_pubkey(certificate, self->key);
	X509_NAME_add_entry_by_txt(
		X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer->certificate : certificate));
	if (!issuer)
		tls_extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
	if (names)
		tls_extend(certificate, NID_subject_alt_name, names);
	assert_true(X509_sign(certificate, issuer ? issuer->key : self->key, EVP_sha256()) > 0);
	self->own_key_pem = tls_pem(self->key, NULL);
	self->own_certificate_pem = tls_pem(NULL, certificate);
}

static inline void identity_done(struct identity *self)
{
	EVP_PKEY_free(self->key);
	X509_free(self->certificate);
	mem_free(self->own_key_pem);
	mem_free(self->own_certificate_pem);
}

struct tls_server {
	SSL_CTX *context;
	int listener;
	uint16_t port;
	pthread_t thread;
	void (*answer)(SSL *ssl); /* NULL: tls_answer */
};

static inline bool tls_read_head(SSL *ssl, char *text, size_t size)
{
	size_t length = 0;
	text[0] = '\0';
	while (!strstr(text, "\r\n\r\n")) {
		int got = SSL_read(ssl, text + length, (int)(size - 1 - length));
		if (got <= 0)
			return false;
		length += (size_t)got;
		text[length] = '\0';
	}
	return true;
}

static inline void tls_answer(SSL *ssl)
{
	char request[4096], name[128] = "none", answer[1024], body[512];
	if (!tls_read_head(ssl, request, sizeof(request)))
		return;
	X509 *client = SSL_get1_peer_certificate(ssl);
	if (client)
		X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, name, sizeof(name));
	X509_free(client);
	const char *host = strstr(request, "\r\nHost: ") + strlen("\r\nHost: ");
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	snprintf(body, sizeof(body), "sni=%s host=%.*s client=%s", sni ? sni : "none", (int)strcspn(host, "\r"), host,
		name);
	int length = snprintf(answer, sizeof(answer),
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	SSL_write(ssl, answer, length);
	SSL_shutdown(ssl);
}

static inline void *tls_serve(void *arg)
{
	struct tls_server *server = arg;
	int fd;
	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		SSL *ssl = SSL_new(server->context);
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1)
			(server->answer ? server->answer : tls_answer)(ssl);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

/* clients: the authority of clients' certificates, which are then asked for but not required. */
static inline void tls_start(struct tls_server *server, const struct identity *own, const struct identity *clients)
{
	server->context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(server->context, own->certificate);
	SSL_CTX_use_PrivateKey(server->context, own->key);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(server->context), clients->certificate);
	SSL_CTX_set_verify(server->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(server->context, SSL_MODE_NO_AUTO_CHAIN); /* the authority itself is not sent */
	SSL_CTX_set_session_id_context(server->context, (const unsigned char *)"t", 1);
	server->listener = listen_somewhere(&server->port);
	fcntl(server->listener, F_SETFL, 0);
	assert_int_equal(pthread_create(&server->thread, NULL, tls_serve, server), 0);
}

static inline void tls_stop(struct tls_server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
	SSL_CTX_free(server->context);
}

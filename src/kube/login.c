#include "kube/login.h"

#include <string.h>

#include "kube/client.h"
#include "kube/exec_plugin.h"

enum { FILES_AGE_MS = 60 * 1000, TOKEN_MAX = 64 * 1024, PEM_MAX = 1024 * 1024 };

static void secret_free(char *own_text)
{
	if (own_text)
		explicit_bzero(own_text, strlen(own_text));
	mem_free(own_text);
}

/* Replaces *kept when text is another one; text is consumed. */
static bool replace(char **kept, char *own_text)
{
	if (text_equal(*kept, own_text)) {
		secret_free(own_text);
		return false;
	}
	secret_free(*kept);
	*kept = own_text;
	return true;
}

static void peer_compose(struct login *login)
{
	login->peer = login->kube->config->peer;
	if (login->own_authority) {
		login->peer.ca_file = NULL;
		login->peer.ca_pem = login->own_authority;
	}
	if (login->own_certificate && login->own_key) {
		login->peer.client_cert_file = login->peer.client_key_file = NULL;
		login->peer.client_cert_pem = login->own_certificate;
		login->peer.client_key_pem = login->own_key;
	}
}

void login_take(struct login *login, char *own_token, char *own_certificate, char *own_key)
{
	bool news = own_token && replace(&login->own_token, own_token);
	if (own_certificate)
		news = replace(&login->own_certificate, own_certificate) || news;
	if (own_key)
		news = replace(&login->own_key, own_key) || news;
	login->version += news;
	peer_compose(login);
}

/* --- files --- */

static bool token_valid(const char *token)
{
	if (!*token)
		return false;
	for (; *token; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

/* A file's text without white space at its end, owned by the caller; NULL and err when there is none. */
static char *file_text(struct login *login, const char *path, size_t maximum, struct error *err)
{
	AUTO_STR struct str content = STR_INIT(maximum);
	if (!env_read_file(login->kube->env, path, &content, err)) {
		if (content.own_text)
			explicit_bzero(content.own_text, content.capacity);
		return NULL;
	}
	while (content.length && strchr(" \t\r\n", content.own_text[content.length - 1]))
		content.own_text[--content.length] = '\0';
	char *own_text = mem_strdup(str_text(&content));
	if (content.own_text)
		explicit_bzero(content.own_text, content.capacity);
	return own_text;
}

static bool token_read(struct login *login, struct error *err)
{
	const char *path = login->kube->config->own_token_file;
	if (!path)
		return true;
	char *own_text = file_text(login, path, TOKEN_MAX, err);
	if (!own_text)
		return error_context(err, "token file");
	if (token_valid(own_text)) {
		login_take(login, own_text, NULL, NULL);
		return true;
	}
	secret_free(own_text);
	return error_set(err, ERROR_TRANSIENT, "token file %s holds no token", path);
}

/* A PEM file whose text is kept. */
static bool pem_read(struct login *login, const char *path, char **kept, struct error *err)
{
	if (!path)
		return true;
	char *own_text = file_text(login, path, PEM_MAX, err);
	if (!own_text)
		return false;
	if (!strstr(own_text, "-----BEGIN ")) {
		secret_free(own_text);
		return error_set(err, ERROR_TRANSIENT, "%s holds no PEM text", path);
	}
	login->version += replace(kept, own_text);
	return true;
}

static bool files_read(struct login *login, struct error *err)
{
	const struct http_peer *peer = &login->kube->config->peer;
	bool good = token_read(login, err) && pem_read(login, peer->ca_file, &login->own_authority, err) &&
	            pem_read(login, peer->client_cert_file, &login->own_certificate, err) &&
	            pem_read(login, peer->client_key_file, &login->own_key, err);
	peer_compose(login);
	if (!good)
		return false;
	login->loaded = true;
	login->read_at = loop_now(login->kube->loop);
	return true;
}

/* --- for requests --- */

void login_init(struct login *login, struct kube *kube)
{
	*login = (struct login){.kube = kube};
	if (kube->config->exec.command)
		login->own_plugin = exec_plugin_new(login);
	peer_compose(login);
}

void login_done(struct login *login)
{
	exec_plugin_free(TAKE(login->own_plugin));
	secret_free(TAKE(login->own_token));
	secret_free(TAKE(login->own_authority));
	secret_free(TAKE(login->own_certificate));
	secret_free(TAKE(login->own_key));
}

bool login_ready(struct login *login, struct login_wait *wait, loop_fn fn, void *arg)
{
	return !login->own_plugin || exec_plugin_ready(login->own_plugin, wait, fn, arg);
}

void login_forget(struct login *login, struct login_wait *wait)
{
	timer_stop(login->kube->loop, &wait->timer);
	if (wait->waiting)
		LIST_REMOVE(wait, link);
	wait->waiting = false;
}

bool login_current(struct login *login, const char **token, struct error *err)
{
	bool fresh = login->loaded && loop_now(login->kube->loop) - login->read_at < FILES_AGE_MS;
	if (!fresh && !files_read(login, login->loaded ? NULL : err) && !login->loaded)
		return false;
	if (login->own_plugin && !exec_plugin_good(login->own_plugin, err))
		return false;
	*token = login->own_token ? login->own_token : login->kube->config->own_token;
	return true;
}

bool login_reread(struct login *login, unsigned version)
{
	if (login->version == version)
		files_read(login, NULL);
	return login->version != version;
}

bool login_renewed(struct login *login, unsigned version)
{
	return login_reread(login, version) || (login->own_plugin && exec_plugin_refused(login->own_plugin));
}

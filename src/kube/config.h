/* Where the API server is and who we are: kubeconfig files, or the service account of the pod we run in. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/map.h"
#include "net/env.h"
#include "net/http.h"

enum { KUBE_HEADERS_MAX = 24 };

/* A credential plugin: a program that says who we are (client.authentication.k8s.io). Texts are of the config. */
struct kube_exec {
	const char *command; /* NULL: none */
	const char *api_version;
	const char *install_hint; /* NULL: none */
	struct vec arguments;     /* const char *; ends with NULL */
	struct vec variables;     /* "NAME=value", KUBERNETES_EXEC_INFO among them; ends with NULL */
};

struct kube_config {
	char *own_server;      /* "https://127.0.0.1:6443", without last slash */
	char *own_token;       /* NULL: none */
	char *own_token_file;  /* wins over own_token; read again at least every minute and after a 401 */
	char *own_namespace;   /* of the context or the service account, NULL: none */
	struct http_peer peer; /* its files are read again, too */
	struct http_header headers[KUBE_HEADERS_MAX]; /* impersonation; up to the first without name */
	struct kube_exec exec;
	struct vec texts; /* char *: what peer, headers and exec point into */
};

struct kube_config_options {
	const char *path;    /* one kubeconfig file; NULL: see below */
	const char *context; /* NULL: the current-context */
	const char *user;    /* entry of users, NULL: the context's */
};

/* Reads, in this order: options->path; the files that the variable KUBECONFIG lists (merged: what the first file says
 * stands; missing files are passed over, unless all are missing); the service account of our pod, when the variables
 * KUBERNETES_SERVICE_HOST and _PORT are set; ~/.kube/config.
 *
 * Bounds: 16 files of 1 MiB, depth 16, no aliases. Errors name the file, the entry and what to do; entries that are not
 * supported (auth-provider, username and password) are named. config is written only on success. */
bool kube_config_load(
	struct env *env, const struct kube_config_options *options, struct kube_config *config, struct error *err);
void kube_config_done(struct kube_config *config);
